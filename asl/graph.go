package asl

import (
	"time"

	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/intrinsic"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// QueryLanguage is the language of a state's expressions.
type QueryLanguage uint8

// The query languages. JSONPath is the default of a machine that names none.
const (
	JSONPath QueryLanguage = iota
	JSONata
)

// String returns the name as definitions spell it.
func (q QueryLanguage) String() string {
	if q == JSONata {
		return "JSONata"
	}
	return "JSONPath"
}

// Machine is a compiled definition. It is immutable and safe for concurrent use.
type Machine struct {
	Comment        string
	QueryLanguage  QueryLanguage
	Flows          []Flow   // Flows[0] is the top level; branches and item processors follow in document order
	TimeoutSeconds int64    // 0 means none
	Hash           [32]byte // SHA-256 of the definition's text

	parents []parent            // of Flows[1:]
	reads   map[string][]string // by state name: the variables it reads, sorted
}

// FlowID indexes Machine.Flows and StateID indexes Flow.States. Both are stable for one definition, so a stored frame can
// point at them.
type (
	FlowID  int32
	StateID int32
)

// NoState is the StateID of a missing target.
const NoState StateID = -1

// Flow is one StartAt with its States: the machine itself, a Parallel branch or an item processor.
type Flow struct {
	ID      FlowID
	Pointer string // JSON pointer of the object that holds StartAt; "" for the machine
	StartAt StateID
	States  []State // in document order
}

// Lookup returns the state with this name.
func (f *Flow) Lookup(name string) (StateID, bool) {
	for i, s := range f.States {
		if s.Common().Name == name {
			return StateID(i), true
		}
	}
	return NoState, false
}

// State is one of *Task, *Pass, *Choice, *Wait, *Succeed, *Fail, *Parallel, *Map.
type State interface{ Common() *Common }

// Type is the type of a state, spelt as in a definition.
type Type string

// The state types.
const (
	TypeTask     Type = "Task"
	TypePass     Type = "Pass"
	TypeChoice   Type = "Choice"
	TypeWait     Type = "Wait"
	TypeSucceed  Type = "Succeed"
	TypeFail     Type = "Fail"
	TypeParallel Type = "Parallel"
	TypeMap      Type = "Map"
)

// Common is what all state types share. Fields that the state's type or language does not have are zero.
type Common struct {
	Name    string
	Type    Type
	ID      StateID
	Flow    FlowID
	Pointer string // JSON pointer in the source: "/States/Charge"
	Lang    QueryLanguage
	Comment string

	InputPath, OutputPath, ResultPath PathField
	Arguments                         *Template // JSONPath: Parameters; JSONata: Arguments
	ResultSelector                    *Template
	Assign                            *Template // an object template, nil when absent
	Output                            *Template // JSONata only
	Next                              Transition
	Retry                             []Retrier
	Catch                             []Catcher
}

// common is the name under which state types embed Common: a field named Common would hide the method.
type common = Common

// Common returns c itself, so that every state type that embeds Common is a State.
func (c *Common) Common() *Common { return c }

// Transition says where to go. Target is NoState when End is true.
type Transition struct {
	Target StateID
	End    bool
}

// PathField is a path that may be absent (its default holds, "$") or null.
type PathField struct {
	Path *jsonpath.Path // nil when absent or null
	Null bool
}

// Pass copies, shapes or injects data.
type Pass struct {
	common
	Result    value.Value // valid when HasResult
	HasResult bool
}

// Succeed ends its flow.
type Succeed struct{ common }

// Fail ends its flow with an error.
type Fail struct {
	common
	Error, Cause StringField
}

// StringField is a text that is literal or computed. All fields nil and Set false: absent.
type StringField struct {
	Set     bool
	Literal string
	Path    *jsonpath.Path  // ErrorPath, CausePath
	Call    *intrinsic.Call // ErrorPath, CausePath that is an intrinsic function
	Expr    *Expression
}

// NumberField is a number that is literal or computed.
type NumberField struct {
	Set     bool    // any form is present
	Literal float64 // when Path and Expr are nil
	Path    *jsonpath.Path
	Expr    *Expression
}

// Wait pauses its line of control. Exactly one of Seconds and Timestamp is set.
type Wait struct {
	common
	Seconds   NumberField
	Timestamp TimestampField
}

// TimestampField is a point in time that is literal or computed.
type TimestampField struct {
	Set     bool
	Text    string // the literal as written
	Literal time.Time
	Path    *jsonpath.Path
	Expr    *Expression
}

// Choice branches. Default is NoState when the definition gives none.
type Choice struct {
	common
	Rules   []ChoiceRule
	Default StateID
}

// ChoiceRule is one element of Choices.
type ChoiceRule struct {
	Pointer   string
	Condition Condition   // JSONPath
	Expr      *Expression // JSONata; nil when the condition is the literal Literal
	Literal   bool
	Next      StateID
	Assign    *Template
	Output    *Template
}

// Operator is what a Condition does: And, Or, Not, or a comparison named as in a definition without "Path".
type Operator uint8

// The operators of JSONPath choice rules.
const (
	And Operator = iota
	Or
	Not
	StringEquals
	StringLessThan
	StringGreaterThan
	StringLessThanEquals
	StringGreaterThanEquals
	StringMatches
	NumericEquals
	NumericLessThan
	NumericGreaterThan
	NumericLessThanEquals
	NumericGreaterThanEquals
	BooleanEquals
	TimestampEquals
	TimestampLessThan
	TimestampGreaterThan
	TimestampLessThanEquals
	TimestampGreaterThanEquals
	IsNull
	IsPresent
	IsNumeric
	IsString
	IsBoolean
	IsTimestamp
)

// Condition is a JSONPath choice rule without its Next: a boolean expression or a data test.
type Condition struct {
	Op          Operator
	Children    []Condition // And, Or, Not
	Variable    *jsonpath.Path
	Operand     value.Value    // literal operand
	OperandTime time.Time      // the operand of a Timestamp comparison, when literal
	OperandPath *jsonpath.Path // of the …Path forms; nil for literals
}

// Parallel runs its branches side by side.
type Parallel struct {
	common
	Branches []FlowID
}

// Map runs its processor once for each item.
type Map struct {
	common
	Processor           FlowID
	Distributed         bool
	Express             bool // ExecutionType of a distributed Map
	ItemsPath           PathField
	Items               *Template // JSONata
	ItemSelector        *Template // also a legacy Parameters
	MaxConcurrency      NumberField
	ToleratedCount      NumberField
	ToleratedPercentage NumberField
	Label               string
	Reader              *ItemReader
	Batcher             *ItemBatcher
	Writer              *ResultWriter
}

// ItemReader says where a distributed Map finds its items.
type ItemReader struct {
	Resource          string
	Arguments         *Template
	InputType         string
	CSVHeaderLocation string
	CSVHeaders        []string
	CSVDelimiter      string
	ItemsPointer      string
	Transformation    string
	ManifestType      string
	MaxItems          NumberField
}

// ItemBatcher groups items into one child execution.
type ItemBatcher struct {
	MaxItems      NumberField
	MaxInputBytes NumberField
	BatchInput    *Template
}

// ResultWriter says where a distributed Map leaves its results.
type ResultWriter struct {
	Resource       string
	Arguments      *Template
	Transformation string
	OutputType     string
}

// Task calls a resource.
type Task struct {
	common
	Resource Resource
	// Integration is what is known of the action of an optimised integration; nil for other resources.
	Integration *catalogue.Action
	Timeout     NumberField
	Heartbeat   NumberField
	RoleARN     *Template // Credentials.RoleArn
}

// Pattern is the way a Task waits for the work it asks for.
type Pattern uint8

// The service integration patterns.
const (
	RequestResponse  Pattern = iota
	RunJob                   // ".sync" and ".sync:2"
	WaitForTaskToken         // ".waitForTaskToken"
)

// ResourceKind decides which family of history events a Task writes.
type ResourceKind uint8

// The kinds of resources.
const (
	Integration    ResourceKind = iota // arn:aws:states:::service:action, and any other ARN or URI
	LambdaFunction                     // a function ARN
	Activity                           // an activity ARN
)

// Resource is a parsed Resource field. For "arn:aws:states:::sqs:sendMessage.waitForTaskToken" Service is "sqs" and Action is
// "sendMessage.waitForTaskToken"; for "…:aws-sdk:s3:getObject" they are "aws-sdk:s3" and "getObject".
type Resource struct {
	Text            string // as written
	Kind            ResourceKind
	Pattern         Pattern
	Service, Action string
	Region          string // that an ARN of Step Functions names, where the call goes; "" for the region of the state machine
}

// Retrier is one element of Retry, with its defaults filled in.
type Retrier struct {
	ErrorEquals     []string
	IntervalSeconds int64
	MaxAttempts     int64
	BackoffRate     float64
	MaxDelaySeconds int64 // 0: no cap
	FullJitter      bool
}

// Catcher is one element of Catch.
type Catcher struct {
	ErrorEquals []string
	Next        StateID
	ResultPath  PathField
	Assign      *Template
	Output      *Template
}

// Template is a compiled payload template (JSONPath) or a JSON value with expressions in it (JSONata).
type Template struct{ Root Node }

// NodeKind says which fields of a Node count.
type NodeKind uint8

// The kinds of template nodes.
const (
	LiteralNode   NodeKind = iota // Literal, a whole constant subtree
	PathNode                      // Path: JSONPath "x.$" with a path
	IntrinsicNode                 // Call: JSONPath "x.$" with an intrinsic function
	JSONataNode                   // Expr
	ObjectNode                    // Members
	ArrayNode                     // Elems
)

// Node is one place of a Template.
type Node struct {
	Kind    NodeKind
	Literal value.Value
	Path    *jsonpath.Path
	Call    *intrinsic.Call
	Expr    *Expression
	Field   string // JSONPath: the key as written, "x.$", for error texts
	Members []NodeMember
	Elems   []Node
}

// NodeMember is one member of an ObjectNode. Key lacks the ".$".
type NodeMember struct {
	Key  string
	Node Node
}
