package states_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// FuzzStep runs random machines with random answers: no panic, no hang, and what [world] checks holds after every step. Then the
// same is run again with a crash at every commit, which must not change the history.
func FuzzStep(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, shape uint8) {
		definition := (&grammar{rng: rand.New(rand.NewPCG(seed, 1))}).machine()
		plain := wander(t, definition, seed, shape, false)
		crashed := wander(t, definition, seed, shape, true)
		if plain != crashed {
			t.Fatalf("%s\nwithout a crash\n%s\nwith crashes\n%s", definition, plain, crashed)
		}
	})
}

// wander answers tasks, lets time pass and aborts at random until the execution has ended, and returns its history.
func wander(t *testing.T, definition string, seed uint64, shape uint8, crash bool) string {
	rng := rand.New(rand.NewPCG(seed, uint64(shape)))
	w := newWorld(t, definition)
	defer func() {
		if t.Failed() {
			t.Log(definition)
		}
	}()
	w.crash = crash
	w.env.Limits = states.Limits{Events: 150 + rng.Int64N(100), Transitions: 1 + rng.IntN(20), Payload: 3000, Variable: 900, Variables: 1500, Concurrency: 3}
	w.env.Seed[0] = shape
	inputs := []string{`{"n":1,"a":[1,2,3,4,5],"e":[]}`, `{"n":0,"a":[1,{"n":1,"a":[3,4]}],"e":[]}`, `{"n":1,"a":[[1],[2]],"e":[]}`, `{"n":0,"a":[{"n":1},{"n":2}],"e":[]}`, `[1,[2],3]`, `null`, `"text"`}
	w.start(inputs[rng.IntN(len(inputs))])
	refs := []states.Ref{{Exec: 7}}
	redrives := int32(rng.IntN(4))
	for n := 0; ; n++ {
		if w.x.Status != states.Running {
			redrivable := w.x.NotRedrivable(states.MillisOf(w.env.Now), w.env.Limits) == ""
			if redrivable == (w.x.Status == states.Succeeded || w.x.Events >= w.env.Limits.Events-1) {
				t.Fatalf("%v with %d events: redrivable %t", w.x.Status, w.x.Events, redrivable)
			}
			if !redrivable || w.x.Redrives == redrives {
				break
			}
			w.step(states.Redrive{})
			continue
		}
		if n > 2000 {
			t.Fatalf("2,000 inputs and still running:\n%s", lines(w.records, 1))
		}
		for _, r := range states.Pending(w.m, w.x, &w.env) {
			refs = append(refs, r.Ref)
		}
		refs = refs[max(0, len(refs)-12):]
		in := answer(rng, w, refs, 2)
		if _, ok := in.(states.Tick); ok && rng.IntN(4) > 0 {
			if due := w.x.NextDue(); due > states.MillisOf(w.env.Now) {
				w.env.Now = due.Time()
			}
		} else if rng.IntN(3) == 0 {
			w.env.Now = w.env.Now.Add(time.Duration(rng.IntN(3000)-500) * time.Millisecond) // clocks may go back
		}
		w.step(in)
	}
	if w.x.Events > w.env.Limits.Events {
		t.Fatalf("%d events, at most %d are allowed", w.x.Events, w.env.Limits.Events)
	}
	return lines(w.records, 1)
}

// answer makes a random input.
func answer(rng *rand.Rand, w *world, refs []states.Ref, depth int) states.Input {
	ref := refs[rng.IntN(len(refs))]
	at := states.Millis(0)
	if rng.IntN(2) == 0 {
		at = states.MillisOf(w.env.Now) - states.Millis(rng.IntN(3000)-100)
	}
	switch n := rng.IntN(20); {
	case n < 2:
		return states.TaskStarted{Ref: ref, Worker: "w", At: at}
	case n < 3:
		return states.TaskSubmitted{Ref: ref, Handle: pick(rng, "", "j-1"), Follow: rng.IntN(2) == 0}
	case n < 9:
		outputs := []value.Value{doc(w.t, `{"n":0,"a":[1,2,3],"e":[]}`), doc(w.t, `{"n":1,"a":[{"n":1,"a":[5]}],"e":[]}`), {}, value.FromInt(1), value.FromString(strings.Repeat("x", rng.IntN(4000))), doc(w.t, `{"n":2,"a":[7]}`)}
		return states.TaskSucceeded{Ref: ref, Output: outputs[rng.IntN(len(outputs))], StartedAt: at}
	case n < 12:
		f := states.Failure{Nulls: true}
		if rng.IntN(9) > 0 {
			f.Name = states.Some(pick(rng, "E1", "E2", "States.Timeout", "States.Runtime", "E1"))
		}
		return states.TaskFailed{Ref: ref, Failure: f, Stage: states.FailStage(rng.IntN(6)), StartedAt: at}
	case n < 13:
		return states.Heartbeat{Ref: ref}
	case n < 14 && rng.IntN(10) == 0:
		return states.Abort{Error: states.Some("stop")}
	case n < 16 && depth > 0:
		var batch states.Batch
		for range 1 + rng.IntN(4) {
			batch = append(batch, answer(rng, w, refs, depth-1))
		}
		return batch
	case n < 17:
		return states.Continue{}
	}
	return states.Tick{}
}

func pick(rng *rand.Rand, of ...string) string { return of[rng.IntN(len(of))] }

// grammar makes random definitions that compile. Every state leads to the next one of its flow, so that all can be reached, and
// some also back.
type grammar struct {
	rng   *rand.Rand
	names int
}

func (g *grammar) machine() string {
	head := ""
	if g.rng.IntN(4) == 0 {
		head = `"TimeoutSeconds":` + strconv.Itoa(1+g.rng.IntN(20)) + ","
	}
	return "{" + head + strings.TrimPrefix(g.flow(3), "{")
}

func (g *grammar) flow(depth int) string {
	names := make([]string, 1+g.rng.IntN(4))
	for i := range names {
		g.names++
		names[i] = fmt.Sprintf("S%d", g.names)
	}
	var parts []string
	for i, name := range names {
		end := `"End":true`
		if i+1 < len(names) {
			end = `"Next":"` + names[i+1] + `"`
		}
		parts = append(parts, `"`+name+`":{`+g.state(depth, end, names)+"}")
	}
	return `{"StartAt":"` + names[0] + `","States":{` + strings.Join(parts, ",\n") + "}}"
}

// state makes the members of a state; end is its Next or End.
func (g *grammar) state(depth int, end string, names []string) string {
	last := strings.Contains(end, "End")
	some := func(of ...string) string { return pick(g.rng, append(of, "", "")...) }
	rarely := func(of ...string) string {
		if g.rng.IntN(5) > 0 {
			return ""
		}
		return pick(g.rng, of...)
	}
	lang := g.rng.IntN(3) == 0
	common := rarely(`"InputPath":"$.n",`, `"InputPath":null,`) + rarely(`"OutputPath":"$",`, `"OutputPath":"$.n",`)
	result := pick(g.rng, "", `"ResultPath":null,`, `"ResultPath":"$.r",`, `"ResultPath":"$.r.q",`)
	assign := some(`"Assign":{"v.$":"$","w":1},`, `"Assign":{"v.$":"States.UUID()"},`)
	if lang {
		common = `"QueryLanguage":"JSONata",` + pick(g.rng, "", `"Output":"{% $states.input %}",`, `"Output":{"a":[1,2],"n":1,"e":[]},`, `"Output":{"a":[1,2],"n":"{% $random() %}"},`, `"Output":"{% $states.input.n + 1 %}",`)
		result, assign = "", some(`"Assign":{"v":"{% $states.input %}"},`, `"Assign":{"v":"{% $uuid() %}"},`)
	}
	if strings.Contains(assign, `"v`) && depth < 3 {
		assign = strings.ReplaceAll(strings.ReplaceAll(assign, `"v`, `"v`+names[0]), `"w"`, `"w`+names[0]+`"`) // an inner scope may not assign the variable of an outer one
	}
	catch := func() string {
		retry := some(`"Retry":[{"ErrorEquals":["E1","States.Timeout"],"MaxAttempts":2,"JitterStrategy":"FULL"},{"ErrorEquals":["States.ALL"],"MaxAttempts":1,"MaxDelaySeconds":3,"BackoffRate":9.5}],`)
		if g.rng.IntN(2) == 0 {
			retry += `"Catch":[{"ErrorEquals":["` + pick(g.rng, "E1", "States.ALL", "States.TaskFailed", "States.HeartbeatTimeout") + `"],"Next":"` + pick(g.rng, names...) + `"}],`
		}
		return retry
	}
	switch n := g.rng.IntN(20); {
	case n < 3:
		return `"Type":"Pass",` + common + result + assign + end
	case n < 7:
		resource := pick(g.rng, "gait:work", "arn:aws:lambda:us-east-1:123456789012:function:f", "arn:aws:states:us-east-1:123456789012:activity:a", "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken")
		clocks := some(`"TimeoutSeconds":3,`, `"TimeoutSeconds":2,"HeartbeatSeconds":1,`)
		return `"Type":"Task","Resource":"` + resource + `",` + clocks + common + result + assign + catch() + end
	case n < 9:
		return `"Type":"Wait","Seconds":` + pick(g.rng, "0", "1", "2") + "," + common + assign + end
	case n < 10 && last:
		return `"Type":"Fail","Error":"` + pick(g.rng, "E1", "E1", "E2", "States.Runtime") + `"`
	case n < 11 && last:
		return `"Type":"Succeed"`
	case n < 13 && !last:
		next := strings.TrimSuffix(strings.TrimPrefix(end, `"Next":"`), `"`)
		rule := `{"Variable":"$.n","NumericEquals":1,"Next":"` + pick(g.rng, names...) + `"}`
		if g.rng.IntN(2) == 0 {
			rule = `{"And":[{"Variable":"$.n","IsPresent":true},{"Variable":"$.n","NumericEquals":1}],"Next":"` + pick(g.rng, names...) + `"}`
		}
		return `"Type":"Choice","Choices":[` + rule + `],"Default":"` + next + `"`
	case n < 16 && depth > 0:
		branches := make([]string, 1+g.rng.IntN(3))
		for i := range branches {
			branches[i] = g.flow(depth - 1)
		}
		return `"Type":"Parallel","Branches":[` + strings.Join(branches, ",") + "]," + common + result + assign + catch() + end
	case n < 19 && depth > 0:
		selector := pick(g.rng, "", `"ItemsPath":"$.a",`, `"ItemsPath":"$.a","ItemSelector":{"n":1,"a":[1,2],"e":[]},`, `"ItemsPath":"$.a","ItemSelector":{"i.$":"$$.Map.Item.Value","n.$":"$$.Map.Item.Index"},`, `"ItemsPath":"$.a","ItemSelector":{"i.$":"States.MathAdd($$.Map.Item.Value,1)"},`, `"ItemsPath":"$.e",`)
		if lang {
			selector = pick(g.rng, "", `"Items":[{"n":1,"a":[3]},{"n":0,"a":[]}],`, `"Items":[1,2,3,4],`, `"Items":"{% $states.input.a %}",`, `"Items":[1,2,3,"x"],"ItemSelector":{"i":"{% $states.context.Map.Item.Value + 1 %}"},`, `"Items":[],`)
		}
		return `"Type":"Map","MaxConcurrency":` + strconv.Itoa(g.rng.IntN(3)) + "," + selector + `"ItemProcessor":` + g.flow(depth-1) + "," + common + result + assign + catch() + end
	}
	return `"Type":"Pass",` + end
}
