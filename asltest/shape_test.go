package asltest

import (
	"slices"
	"testing"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

func TestShapeTablesAreClosed(t *testing.T) {
	t.Parallel()
	tables, err := loadShapes()
	if err != nil {
		t.Fatal(err)
	}
	basic := []string{"string", "number", "boolean", "timestamp", "blob", "any"}
	for service, load := range tables {
		table, err := load()
		if err != nil {
			t.Fatal(err)
		}
		known := func(name string) bool { return table.Shapes[name] != nil || slices.Contains(basic, name) }
		for action, name := range table.Operations {
			if !known(name) {
				t.Errorf("%s: %s: no shape %q", service, action, name)
			}
		}
		for name, s := range table.Shapes {
			switch s.Type {
			case "structure":
				for _, m := range s.Members {
					if !known(m[1]) {
						t.Errorf("%s: %s.%s: no shape %q", service, name, m[0], m[1])
					}
				}
				for _, r := range s.Required {
					if !slices.ContainsFunc(s.Members, func(m memberShape) bool { return m[0] == r }) {
						t.Errorf("%s: %s requires %s, which it does not have", service, name, r)
					}
				}
			case "list", "map":
				if !known(s.Element) {
					t.Errorf("%s: %s: no shape %q", service, name, s.Element)
				}
			default:
				if !slices.Contains(basic, s.Type) {
					t.Errorf("%s: %s: unknown type %q", service, name, s.Type)
				}
			}
		}
	}
}

// An optimised integration and the SDK's call of the same action may give different results.
func TestShapesOfIntegrations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		service, action, result string
		ok                      bool
	}{
		{"lambda", "invoke", `{"Payload":{"a":1}}`, true},
		{"aws-sdk:lambda", "invoke", `{"Payload":{"a":1}}`, false},
		{"bedrock", "invokeModel", `{"Body":{"a":1},"ContentType":"application/json"}`, true},
		{"aws-sdk:bedrockruntime", "invokeModel", `{"Body":{"a":1},"ContentType":"application/json"}`, false},
		{"bedrock", "invokeModel", `{}`, false}, // Body is required
		{"elasticmapreduce", "addStep.sync", `{"Step":{"Status":{"State":"COMPLETED"}}}`, true},
		{"elasticmapreduce", "addStep.sync", `{"Step":{"Status":{"State":"READY"}}}`, false},
		{"aws-sdk:ssm", "getParameter", `{"Parameter":{"Version":"1"}}`, false},
		{"events", "putEvents", `{"FailedEntryCount":0}`, true},
		{"aws-sdk:unknown", "anything", `[]`, true},
	}
	for _, tt := range tests {
		v, err := value.ParseString(tt.result)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkShape(asl.Resource{Service: tt.service, Action: tt.action}, v, "STRICT"); (err == nil) != tt.ok {
			t.Errorf("%s:%s %s: got %v", tt.service, tt.action, tt.result, err)
		}
	}
}
