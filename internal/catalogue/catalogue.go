package catalogue

import "strings"

// Patterns are the service integration patterns of an action beyond request-response, which every action has.
type Patterns uint8

// The patterns, as bits.
const (
	RunJob          Patterns = 1 << iota // .sync
	RunJobParsed                         // .sync:2
	TaskToken                            // .waitForTaskToken
	RequestResponse Patterns = 0
)

// Service is one service with optimised integrations.
type Service struct {
	Name    string // as in a Resource: "elasticmapreduce"
	Prefix  string // of its error names: "ElasticMapReduce"
	Generic string // the exception of errors that the service's model does not name: "AmazonElasticMapReduceException"
	Client  string // the service as causes name it, by the AWS SDK for Java v1: "AmazonElasticMapReduce"
	// Camel says that the service's own API spells members in camelCase. Parameters and results of Step Functions are in
	// PascalCase all the same; only the caller that speaks to the service minds.
	Camel bool
	// Bare says that results carry no SdkHttpMetadata and SdkResponseMetadata.
	Bare bool
	// HTTP is for answers of HTTP servers: {"Headers", "ResponseBody", "StatusCode", "StatusText"}. A StatusCode outside of 2xx is
	// a failure named HTTP and the status, "ApiGateway.403"; "" for other services.
	HTTP string
	// WholeCause makes the cause of such a failure the whole answer, not its body.
	WholeCause bool
	// Transport is the error name when the service could not be reached; "" for Prefix.SdkClientException.
	Transport string
	Actions   []Action
}

// Action is one API of a service.
type Action struct {
	Name     string // as in a Resource: "addStep"
	API      string // the service's own name of the call; "" when it is Name
	Patterns Patterns
	// Params are the parameters. Unless Open is set they are all there are.
	Params []Param
	Open   bool
	// OneOf lists parameters of which one is required.
	OneOf []string
	// Texts are paths of nested members that the service takes as text, beside parameters of the kind Text.
	Texts []string
	// Call makes the call's parameters of the task's, Reply the task's result of the call's answer; nil: they are the same.
	Call, Reply Shape
	// Marks are what Step Functions adds to the call.
	Marks []Mark
	// ByName tells that the API wants an id where the parameters hold a name.
	ByName *ByName
	// FailedWhen is the member of the answer that tells of failed work; see there.
	FailedWhen Partial
	Job        *Job // nil unless RunJob is among the patterns
	// Blobs are members of the answer that hold JSON as text; the result holds it parsed.
	Blobs []string
	// Forbidden are the headers that the parameter Headers may not hold.
	Forbidden Forbidden
	Bare      bool // this action's results carry no metadata, whatever the service's do
}

// Partial is an answer that came with HTTP 200 and tells of a failure all the same.
type Partial struct {
	Member string // a list that is not empty, or a number that is not 0
	Error  string // the error name; its cause is the answer as JSON text
	// Waiting limits it to the patterns that wait for the work.
	Waiting bool
}

// Mark is something that Step Functions adds to a call. At is a path; the member is set unless the parameters have it, or, when
// At ends in "[]", the value is appended to the list there. "Entries[].Resources[]" goes into every element of Entries.
type Mark struct {
	At    string
	Value string // JSON text
	// Origin appends the ARNs of the state machine and of the execution instead of Value.
	Origin bool
	// JobOnly limits it to Run-a-Job. Shown puts it into the parameters of the TaskScheduled event as well.
	JobOnly, Shown bool
}

// ByName is the call that finds an id: List is asked, page by page, for Members until one has the Name that the parameter From
// holds; its Id becomes the member ID of the parameter Into.
type ByName struct {
	List, Members, From, Into, ID string
}

// Job is how the work that a call has begun is followed to its end.
type Job struct {
	Describe string // the API that tells how it stands
	Ask      Shape  // its parameters, of the task's parameters and the start's answer
	Found    string // path of the description in its answer, "" for all of it
	// As is the member that wraps the description in the result, "" when the description is the result.
	As string
	// Keep are members of the start's answer that a success adds to the result after the description.
	Keep []string
	// KeepAll makes the start's result the result of a success.
	KeepAll          bool
	Status           string   // path of the status in the description
	Success, Failure []string // terminal statuses; every other means that it goes on
	// Containers says that success is told by the exit codes of containers, not by the status (ECS).
	Containers bool
	// Gone says that the job has succeeded when the service no longer knows the thing.
	Gone bool
	// Conditions says that the description is a Kubernetes Job, which ends by a condition (EKS).
	Conditions bool
	Parsed     []string // members of the result that .sync:2 parses
	Stop       string   // the API that ends it early, "" when there is none
	StopAsk    Shape
	StopReason string // the parameter of Stop that takes a sentence, "" when there is none
}

// Find returns a service and its action; the action is nil when the service lacks it, and both are when nothing is known of the
// service. The action is without the suffix of the pattern.
func Find(service, action string) (*Service, *Action) {
	s := index[service]
	if s == nil {
		return nil, nil
	}
	for i := range s.Actions {
		if s.Actions[i].Name == action {
			return s, &s.Actions[i]
		}
	}
	return s, nil
}

// Spelling returns the name of the service that name differs from in letter case and separators alone, "" when there is none.
func Spelling(name string) string {
	for i := range services {
		if known := services[i].Name; known != name && plainName(known) == plainName(name) {
			return known
		}
	}
	return ""
}

// Services returns every service, by name. The table must not be modified.
func Services() []*Service {
	out := make([]*Service, len(services))
	for i := range services {
		out[i] = &services[i]
	}
	return out
}

// SplitAction takes the suffix off the last part of a resource: "addStep.sync" is "addStep" and RunJob. ok is false for a suffix
// that means nothing.
func SplitAction(s string) (action string, p Patterns, ok bool) {
	action, suffix, dotted := strings.Cut(s, ".")
	switch {
	case !dotted:
		return action, RequestResponse, true
	case suffix == "sync":
		return action, RunJob, true
	case suffix == "sync:2":
		return action, RunJobParsed, true
	case suffix == "waitForTaskToken":
		return action, TaskToken, true
	}
	return action, RequestResponse, false
}

// Has reports whether the action supports a pattern.
func (a *Action) Has(p Patterns) bool { return a.Patterns&p == p }

// APIName returns the name of the call behind the action.
func (a *Action) APIName() string {
	if a.API != "" {
		return a.API
	}
	return a.Name
}

// services is the table, by name. Each element stands in a file of its kind.
var services = []Service{
	apigateway, athena, batch, bedrock, bedrockagentcore, codebuild, databrew, dynamodb, ecs, eks, elasticmapreduce, emrContainers,
	emrServerless, events, glue, http, lambda, mediaconvert, sagemaker, sns, sqs, states,
}

var index = indexed(services)

func indexed(list []Service) map[string]*Service {
	m := make(map[string]*Service, len(list))
	for i := range list {
		m[list[i].Name] = &list[i]
	}
	return m
}
