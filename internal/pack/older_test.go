package pack_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// olderMachine and olderInput are those of the executions in testdata/v1, which were packed before executions could be redriven.
const (
	olderMachine = `{"TimeoutSeconds":60,"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
		{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"v":1},"Next":"M"},"M":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,
			"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","TimeoutSeconds":9,"HeartbeatSeconds":3,"End":true}}},"End":true}}},
		{"StartAt":"B","States":{"B":{"Type":"Task","Resource":"gait:b","End":true}}},
		{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}}],"End":true}}}`
	olderInput = `{"items":[1,2,3],"text":"some text that is long enough to be shared"}`
)

func older(t *testing.T, name string) (*states.Execution, []byte) {
	t.Helper()
	text, err := os.ReadFile("testdata/v1/" + name + ".hex")
	if err != nil {
		t.Fatal(err)
	}
	src, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	input, err := value.ParseString(olderInput)
	if err != nil {
		t.Fatal(err)
	}
	x, err := pack.Execution(src, input)
	if err != nil {
		t.Fatal(err)
	}
	return x, src
}

func TestOlderExecutionsGoOn(t *testing.T) {
	t.Parallel()
	m, err := asl.Compile([]byte(olderMachine), asl.Options{AnyResource: true})
	if err != nil {
		t.Fatal(err)
	}
	x, src := older(t, "running")
	if got := pack.AppendExecution(nil, x); !bytes.Equal(got, src) {
		t.Error("what has nothing new is packed otherwise than before")
	}
	env := states.Env{Now: time.UnixMilli(1_700_000_005_000), Host: &states.Host{RoleARN: "role", Region: "here"}}
	waiting := map[string]int{}
	for x.Status == states.Running {
		in := states.Input(states.Tick{}) // the heartbeats ran out: no retrier, and the execution fails
		pending := states.Pending(m, x, &env)
		for _, r := range pending {
			waiting[r.State]++
		}
		if i := slices.IndexFunc(pending, func(r states.TaskRequest) bool { return r.State == "B" }); i >= 0 {
			in = states.TaskSucceeded{Ref: pending[i].Ref}
		}
		if _, err := states.Step(m, x, &env, in); err != nil {
			t.Fatal(err)
		}
	}
	if waiting["B"] != 1 || waiting["T"] != 2*2 { // two at once, before and after the end of B
		t.Errorf("waited for %v", waiting)
	}
	if x.Status != states.Failed || x.NotRedrivable(x.Last, states.Limits{}) != "" {
		t.Errorf("ended as %v, %q", x.Status, x.NotRedrivable(x.Last, states.Limits{}))
	}
}

func TestOlderFailuresCannotBeRedriven(t *testing.T) {
	t.Parallel()
	x, _ := older(t, "failed")
	if got := x.NotRedrivable(x.Last, states.Limits{}); x.Status != states.Failed || got != "Execution was started before the launch of RedriveExecution" {
		t.Errorf("%v: %q", x.Status, got)
	}
}
