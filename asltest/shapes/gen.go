//go:build ignore

// Gen writes the tables of shapes from the API models of AWS, as module github.com/aws/aws-sdk-go v1 has them in models/apis
// (Apache License 2.0):
//
//	go run gen.go -models "$(go list -m -f '{{.Dir}}' github.com/aws/aws-sdk-go)/models/apis"
//
// It keeps what a mocked result is compared with: the outputs of operations, types, required members, enumerations that do not
// grow, and ranges. sfn.json is not written: the model there is older than the service.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// services are the models by the name that Step Functions gives to a service.
var services = map[string]string{
	"athena": "athena", "batch": "batch", "bedrock": "bedrock", "bedrockruntime": "bedrock-runtime",
	"cloudwatch": "monitoring", "cloudwatchlogs": "logs", "codebuild": "codebuild", "comprehend": "comprehend", "databrew": "databrew",
	"dynamodb": "dynamodb", "ecs": "ecs", "eks": "eks", "emr": "elasticmapreduce", "emrcontainers": "emr-containers",
	"emrserverless": "emr-serverless", "eventbridge": "eventbridge", "firehose": "firehose", "glue": "glue", "kinesis": "kinesis", "kms": "kms",
	"lambda": "lambda", "mediaconvert": "mediaconvert", "rekognition": "rekognition", "s3": "s3", "sagemaker": "sagemaker", "scheduler": "scheduler",
	"secretsmanager": "secretsmanager", "ses": "email", "sesv2": "sesv2", "sns": "sns", "sqs": "sqs", "ssm": "ssm", "sts": "sts",
	"textract": "textract", "translate": "translate",
}

// jobs are the calls that ask how a job goes: their answers are the results of the .sync pattern.
var jobs = map[string]map[string]string{
	"athena": {"startQueryExecution": "getQueryExecution"}, "batch": {"submitJob": "describeJobs"},
	"bedrock":   {"createModelCustomizationJob": "getModelCustomizationJob"},
	"codebuild": {"startBuild": "batchGetBuilds", "startBuildBatch": "batchGetBuildBatches"}, "databrew": {"startJobRun": "describeJobRun"},
	"ecs": {"runTask": "describeTasks"}, "emr": {"addStep": "describeStep", "createCluster": "describeCluster"},
	"emrcontainers": {"startJobRun": "describeJobRun"}, "emrserverless": {"startJobRun": "getJobRun"}, "glue": {"startJobRun": "getJobRun"},
	"mediaconvert": {"createJob": "getJob"},
	"sagemaker": {"createTrainingJob": "describeTrainingJob", "createTransformJob": "describeTransformJob", "createLabelingJob": "describeLabelingJob",
		"createProcessingJob": "describeProcessingJob", "createHyperParameterTuningJob": "describeHyperParameterTuningJob"},
}

// anything lists members that optimised integrations give as JSON where the service gives bytes.
var anything = map[string]map[string]string{"lambda": {"invoke": "Payload"}, "bedrockruntime": {"invokeModel": "Body"}}

// only restricts services of which machines use a small part.
var only = map[string]*regexp.Regexp{
	"sagemaker":  regexp.MustCompile(`^(create|describe|update|stop)(Endpoint|EndpointConfig|Model|TrainingJob|TransformJob|HyperParameterTuningJob|LabelingJob|ProcessingJob)$`),
	"glue":       regexp.MustCompile(`JobRun|Crawler|^getTables?$|^(get|batchCreate)Partitions?$|WorkflowRun`),
	"ssm":        regexp.MustCompile(`Parameters?(ByPath)?$|^sendCommand$|CommandInvocation|AutomationExecution`),
	"comprehend": regexp.MustCompile(`^(detect|batchDetect|classify)`),
}

// growing are enumerations that AWS extends often: what is new is no mistake.
var growing = regexp.MustCompile(`(?i)runtime|instance.?type|region|version|engine|model|languagecode|principal|partition|platform`)

type model struct {
	Metadata   struct{ APIVersion string }
	Operations map[string]struct{ Output struct{ Shape string } }
	Shapes     map[string]modelShape
}

type modelShape struct {
	Type     string
	Required []string
	Members  json.RawMessage
	Member   struct{ Shape string }
	Value    struct{ Shape string }
	Enum     []string
	Min, Max *float64
	Document bool
}

type shape struct {
	Type     string      `json:"type"`
	Members  [][2]string `json:"members,omitempty"`
	Required []string    `json:"required,omitempty"`
	Element  string      `json:"element,omitempty"`
	Enum     []string    `json:"enum,omitempty"`
	Min      *float64    `json:"min,omitempty"`
	Max      *float64    `json:"max,omitempty"`
}

type table struct {
	Operations map[string]string `json:"operations"`
	Shapes     map[string]*shape `json:"shapes"`
}

func main() {
	dir := flag.String("models", "", "models/apis of aws-sdk-go")
	flag.Parse()
	for name, from := range services {
		if err := write(name, filepath.Join(*dir, from)); err != nil {
			fmt.Fprintln(os.Stderr, name+":", err)
			os.Exit(1)
		}
	}
}

func write(name, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*", "api-2.json"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no model in %s", dir)
	}
	slices.Sort(files)
	text, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		return err
	}
	var m model
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	g := &generator{model: &m, out: table{Operations: map[string]string{}, Shapes: map[string]*shape{}}, names: map[string]string{}}
	for op, o := range m.Operations {
		action := lower(op)
		if o.Output.Shape == "" || only[name] != nil && !only[name].MatchString(action) {
			continue
		}
		g.out.Operations[action] = g.shape(o.Output.Shape)
		if member := anything[name][action]; member != "" {
			own := *g.out.Shapes[g.out.Operations[action]]
			own.Members = slices.Clone(own.Members)
			for i := range own.Members {
				if own.Members[i][0] == member {
					own.Members[i][1] = "any"
				}
			}
			g.out.Shapes["optimised."+action] = &own
			g.out.Operations["optimised:"+action] = "optimised." + action
		}
	}
	for start, look := range jobs[name] {
		if g.out.Operations[look] == "" {
			return fmt.Errorf("no operation %s", look)
		}
		g.out.Operations[start+".sync"] = g.out.Operations[look]
	}
	text, err = json.Marshal(g.out)
	if err != nil {
		return err
	}
	return os.WriteFile(name+".json", append(text, '\n'), 0o644)
}

type generator struct {
	model *model
	out   table
	names map[string]string
}

// shape takes in a shape and what it refers to, and returns its name in the table.
func (g *generator) shape(name string) string {
	if done, ok := g.names[name]; ok {
		return done
	}
	m := g.model.Shapes[name]
	s := &shape{Type: m.Type, Min: m.Min, Max: m.Max}
	switch m.Type {
	case "integer", "long", "float", "double":
		s.Type = "number"
	case "character":
		s.Type = "string"
	case "timestamp", "blob", "string", "boolean":
	case "structure":
		if m.Document {
			s.Type = "any"
		}
	}
	if m.Type == "string" && !growing.MatchString(name) {
		s.Enum = m.Enum
	}
	if len(s.Enum) > 0 || m.Type == "timestamp" {
		s.Min, s.Max = nil, nil
	}
	plain := m.Type != "structure" && m.Type != "list" && m.Type != "map" && len(s.Enum) == 0 && s.Min == nil && s.Max == nil
	if plain || s.Type == "any" {
		g.names[name] = s.Type
		return s.Type
	}
	g.names[name] = name
	g.out.Shapes[name] = s
	switch m.Type {
	case "list":
		s.Element = g.shape(m.Member.Shape)
	case "map":
		s.Element = g.shape(m.Value.Shape)
		s.Min, s.Max = nil, nil
	case "structure":
		g.members(s, &m)
	}
	return name
}

// members takes in the members of a structure in the order of the model.
func (g *generator) members(s *shape, m *modelShape) {
	if len(m.Members) == 0 {
		return
	}
	d := json.NewDecoder(strings.NewReader(string(m.Members)))
	if _, err := d.Token(); err != nil {
		return
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return
		}
		var ref struct{ Shape string }
		if err := d.Decode(&ref); err != nil {
			return
		}
		s.Members = append(s.Members, [2]string{upper(key.(string)), g.shape(ref.Shape)})
	}
	for _, r := range m.Required {
		if name := upper(r); !acronym.MatchString(name) { // whose spelling in Step Functions is not known
			s.Required = append(s.Required, name)
		}
	}
}

var acronym = regexp.MustCompile(`[A-Z]{2}`)

func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func lower(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}
