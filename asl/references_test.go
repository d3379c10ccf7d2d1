package asl_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
)

// step is one call of a recorded API sequence.
type step struct {
	Operation string
	Request   struct {
		Definition string `json:"definition"`
		Type       string `json:"type"`
	}
	Expect struct {
		Response struct {
			VariableReferences map[string][]string `json:"variableReferences"`
			StateMachineArn    string              `json:"stateMachineArn"`
		}
	}
}

func TestCorpusVariableReferences(t *testing.T) {
	n, good := 0, 0
	eachCase(t, "aws/api/sfn_api_variable_references", func(id string, c map[string]json.RawMessage) {
		var steps []step
		if err := json.Unmarshal(c["steps"], &steps); err != nil {
			t.Fatal(err)
		}
		var definition string
		for _, s := range steps {
			if s.Request.Definition != "" {
				definition = s.Request.Definition
			}
			want := s.Expect.Response.VariableReferences
			if !strings.HasPrefix(s.Operation, "DescribeStateMachine") || definition == "" || want == nil {
				continue
			}
			n++
			m, err := asl.Compile([]byte(definition), asl.Options{})
			if err != nil {
				t.Errorf("%s: %v", id, err)
				continue
			}
			if diff := cmp.Diff(want, m.VariableReferences()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", id, diff)
				continue
			}
			good++
		}
	})
	t.Logf("variable references: %d of %d agree", good, n)
}

func TestCorpusAPIDefinitions(t *testing.T) {
	n, bad, skipped := 0, 0, 0
	eachCase(t, "aws/api", func(id string, c map[string]json.RawMessage) {
		var steps []struct {
			Operation string
			Request   struct {
				Definition string `json:"definition"`
				Type       string `json:"type"`
			}
			Expect struct {
				Error    *struct{ Code string }
				Response json.RawMessage
			}
			Unrecorded bool
		}
		if err := json.Unmarshal(c["steps"], &steps); err != nil {
			skipped++
			t.Logf("%s: skipped: %v", id, err)
			return
		}
		for _, s := range steps {
			if s.Request.Definition == "" {
				continue
			}
			refused := s.Expect.Error != nil && s.Expect.Error.Code == "InvalidDefinition" || strings.Contains(string(s.Expect.Response), `"result":"FAIL"`)
			if s.Expect.Error != nil && !refused {
				continue // refused for another reason
			}
			n++
			_, err := asl.Compile([]byte(s.Request.Definition), asl.Options{Express: s.Request.Type == "EXPRESS"})
			if refused != (err != nil) {
				bad++
				t.Errorf("%s: refused %v by AWS; we say %v", id, refused, err)
			}
		}
	})
	t.Logf("api: %d of %d definitions agree, %d cases skipped", n-bad, n, skipped)
}
