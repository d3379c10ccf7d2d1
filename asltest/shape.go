package asltest

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// shapeFiles are the results of the operations of AWS services, one file for each service, named as in "aws-sdk:kms:encrypt".
// Members are spelt as Step Functions spells them, in Pascal case. A service or an operation that is not there is not checked.
//
//go:embed shapes/*.json
var shapeFiles embed.FS

// shapeTable is one service.
type shapeTable struct {
	// Operations maps an action, "getItem", to the shape of its result. That of the sync patterns ends in ".sync" or ".sync:2":
	// it is the answer of the call that asks how the job goes.
	Operations map[string]string `json:"operations"`
	Shapes     map[string]*shape `json:"shapes"`
}

// shape is one type of a service. A name that the table does not have is a type without constraints: "string", "number",
// "boolean", "timestamp", "blob" or "any".
type shape struct {
	Type     string        `json:"type"` // those above, "structure", "list" or "map"
	Members  []memberShape `json:"members"`
	Required []string      `json:"required"`
	Element  string        `json:"element"` // of a list; of a map's values
	Enum     []string      `json:"enum"`
	Min      *float64      `json:"min"` // of a number, or of a length
	Max      *float64      `json:"max"`
}

// memberShape is [name, shape].
type memberShape [2]string

// optimised are the services and actions whose optimised integration has another name than the SDK's.
var optimised = map[string]string{
	"bedrock:invokeModel": "bedrockruntime", "elasticmapreduce": "emr", "emr-containers": "emrcontainers", "emr-serverless": "emrserverless",
	"events": "eventbridge", "states": "sfn",
}

// loadShapes lists the tables by service. Each is read once, when it is asked for.
var loadShapes = sync.OnceValues(func() (map[string]func() (*shapeTable, error), error) {
	files, err := shapeFiles.ReadDir("shapes")
	if err != nil {
		return nil, err
	}
	tables := map[string]func() (*shapeTable, error){}
	for _, f := range files {
		tables[strings.TrimSuffix(f.Name(), ".json")] = sync.OnceValues(func() (*shapeTable, error) {
			text, err := shapeFiles.ReadFile("shapes/" + f.Name())
			if err != nil {
				return nil, err
			}
			t := &shapeTable{}
			if err := json.Unmarshal(text, t); err != nil {
				return nil, fmt.Errorf("asltest: shapes/%s: %w", f.Name(), err)
			}
			return t, nil
		})
	}
	return tables, nil
})

// shapeError says what is wrong with a mocked result, in AWS's words.
type shapeError struct{ text string }

func (e *shapeError) Error() string { return e.text }

// checkShape compares the mocked result of a task with the API of its service. Members that the API does not have are accepted
// in every mode. Results of functions, activities and callbacks may be anything.
//
// Source: measured on AWS for the texts of types, enumerations, ranges and required members.
func checkShape(r asl.Resource, result value.Value, mode string) error {
	if mode == "NONE" || r.Kind != asl.Integration || r.Pattern == asl.WaitForTaskToken {
		return nil
	}
	tables, err := loadShapes()
	if err != nil {
		return err
	}
	service, sdk := strings.CutPrefix(r.Service, "aws-sdk:")
	action := r.Action
	if !sdk {
		service = cmp.Or(optimised[service+":"+action], optimised[service], service)
	}
	load := tables[service]
	if load == nil {
		return nil
	}
	table, err := load()
	if err != nil {
		return err
	}
	name, ok := table.Operations[action]
	if !sdk { // an optimised integration may answer in another way than the SDK
		if own, special := table.Operations["optimised:"+action]; special {
			name, ok = own, true
		}
	}
	if !ok {
		return nil
	}
	if result.Kind() != value.Object {
		return &shapeError{"Mocked result must be a JSON object"}
	}
	c := &shapeCheck{shapes: table.Shapes, strict: mode != "PRESENT"}
	return c.check(name, "", result)
}

// shapeCheck is one comparison.
type shapeCheck struct {
	shapes map[string]*shape
	strict bool // required members must be there
}

// check compares a value with the named shape. field is the nearest member name, which the texts quote.
func (c *shapeCheck) check(name, field string, v value.Value) error {
	s := c.shapes[name]
	if s == nil {
		s = &shape{Type: name}
	}
	switch s.Type {
	case "structure":
		return c.structure(s, field, v)
	case "list":
		if v.Kind() != value.Array {
			return wrong(field, "must be an array")
		}
		if err := within(s, field, float64(v.Len()), "is smaller than the minimum length", "exceeds the maximum length"); err != nil {
			return err
		}
		for _, e := range v.Elems() {
			if err := c.check(s.Element, field, e); err != nil {
				return err
			}
		}
	case "map":
		if v.Kind() != value.Object {
			return wrong(field, "must be an object")
		}
		for _, m := range v.Members() {
			if err := c.check(s.Element, m.Key, m.Value); err != nil {
				return err
			}
		}
	case "number":
		if v.Kind() != value.Number {
			return wrong(field, "must be a number")
		}
		return within(s, field, v.Float(), "is less than the minimum value", "exceeds the maximum value")
	case "boolean":
		if v.Kind() != value.Bool {
			return wrong(field, "must be a boolean")
		}
	case "string", "timestamp", "blob":
		return checkText(s, field, v)
	}
	return nil
}

func (c *shapeCheck) structure(s *shape, field string, v value.Value) error {
	if v.Kind() != value.Object {
		return wrong(field, "must be an object")
	}
	if c.strict {
		for _, name := range s.Required {
			if _, ok := v.Get(name); !ok {
				return &shapeError{"Required field '" + name + "' is missing"}
			}
		}
	}
	for _, m := range s.Members {
		if x, ok := v.Get(m[0]); ok {
			if err := c.check(m[1], m[0], x); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkText checks a string, a timestamp or a blob, all of which are JSON strings. Lengths are in characters.
func checkText(s *shape, field string, v value.Value) error {
	if v.Kind() != value.String {
		return wrong(field, "must be a string")
	}
	if len(s.Enum) > 0 {
		for _, e := range s.Enum {
			if e == v.Str() {
				return nil
			}
		}
		return wrong(field, "is not an expected value")
	}
	return within(s, field, float64(utf8.RuneCountInString(v.Str())), "is smaller than the minimum length", "exceeds the maximum length")
}

func within(s *shape, field string, n float64, low, high string) error {
	switch {
	case s.Min != nil && n < *s.Min:
		return wrong(field, low)
	case s.Max != nil && n > *s.Max:
		return wrong(field, high)
	}
	return nil
}

func wrong(field, what string) error { return &shapeError{"Field '" + field + "' " + what} }
