package pack_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// sameText compares documents by their JSON text, which is stricter than value.Value.Equal.
var sameText = cmp.Comparer(func(v, w value.Value) bool { return v.JSON() == w.JSON() })

func TestExecutionRoundTrips(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 500 {
		x := randomExecution(rng)
		packed := pack.AppendExecution([]byte("before"), x)
		if !strings.HasPrefix(string(packed), "before") {
			t.Fatalf("round %d: what stood in dst is gone", i)
		}
		got, err := pack.Execution(packed[len("before"):], x.Input)
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		if diff := cmp.Diff(x, got, sameText); diff != "" {
			t.Fatalf("round %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestOutcomeRoundTrips(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		want := random[*states.Outcome](rng)
		got, err := pack.Outcome(pack.AppendOutcome(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameText); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

func TestCommitRoundTrips(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 300 {
		x := randomExecution(rng)
		c := randomCommit(rng, x)
		packed := pack.AppendCommit(nil, c, x)
		got, err := pack.Commit(packed)
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		want := *c
		want.Tasks, want.Cancel, want.Stop, want.Runs, want.Children, want.Quit, want.QuitRuns, want.Write = nil, nil, nil, nil, nil, nil, nil, false
		if diff := cmp.Diff(want, got.Commit, sameText); diff != "" {
			t.Fatalf("round %d: commit (-want +got):\n%s", i, diff)
		}
		for j, id := range c.Changed {
			if diff := cmp.Diff(x.Frames[id], got.Frames[j], sameText); diff != "" {
				t.Fatalf("round %d: frame %d (-want +got):\n%s", i, id, diff)
			}
		}
		records, err := pack.Records(packed, c.FirstEvent)
		if err != nil {
			t.Fatalf("round %d: records: %v", i, err)
		}
		if diff := cmp.Diff(c.Records, records, sameText); diff != "" {
			t.Fatalf("round %d: records (-want +got):\n%s", i, diff)
		}
		if _, err := pack.Records(packed, c.FirstEvent+1); !errors.Is(err, pack.ErrCorrupt) {
			t.Fatalf("round %d: records under a wrong first event: %v, want ErrCorrupt", i, err)
		}
	}
}

// TestReplayedCommitsGiveTheState is the property that allows a store to keep the log alone.
func TestReplayedCommitsGiveTheState(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		x := &states.Execution{ID: 7, Started: 1000, Input: randomDoc(rng, 3)}
		replayed := &states.Execution{Input: x.Input}
		for step := range 20 {
			c := mutate(rng, x, uint64(step))
			change, err := pack.Commit(pack.AppendCommit(nil, c, x))
			if err != nil {
				t.Fatal(err)
			}
			if err := change.Apply(replayed); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(x, replayed, sameText); diff != "" {
				t.Fatalf("after commit %d (-want +got):\n%s", step, diff)
			}
			if err := change.Apply(replayed); !errors.Is(err, pack.ErrCorrupt) {
				t.Fatalf("applied twice: %v, want ErrCorrupt", err)
			}
		}
	}
}

func TestSharedDocumentsAreWrittenOnce(t *testing.T) {
	t.Parallel()
	doc := value.Obj(value.M("text", value.FromString(strings.Repeat("x", 1000))))
	for _, n := range []int{2, 7, 8, 9, 40, 3000} {
		x := &states.Execution{ID: 1, Frames: []*states.Frame{{Parent: states.NoFrame, Index: -1}}}
		join := &states.Join{}
		for i := range n {
			join.Results = append(join.Results, value.FromArray([]value.Value{value.FromInt(int64(i))}), doc)
		}
		x.Frames[0].Join = join
		packed := pack.AppendExecution(nil, x)
		if got := strings.Count(string(packed), "xxxxxxxxxx"); got != 100 {
			t.Errorf("%d references: the text stands %d times in the blob, want once", n, got/100)
		}
		back, err := pack.Execution(packed, x.Input)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x, back, sameText); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if r := back.Frames[0].Join.Results; !r[1].Same(r[2*n-1]) {
			t.Errorf("%d references: the document is not shared after reading", n)
		}
	}
}

func TestInputIsNotStoredAgain(t *testing.T) {
	t.Parallel()
	input := value.Obj(value.M("a", value.FromString(strings.Repeat("long ", 1000))))
	x := &states.Execution{ID: 1, Input: input, Frames: []*states.Frame{{Parent: states.NoFrame, Index: -1, Input: input}}}
	packed := pack.AppendExecution(nil, x)
	if len(packed) > 40 {
		t.Errorf("the state takes %d bytes, want at most 40", len(packed))
	}
	again, err := value.ParseString(input.JSON())
	if err != nil {
		t.Fatal(err)
	}
	back, err := pack.Execution(packed, again)
	if err != nil {
		t.Fatal(err)
	}
	if !back.Frames[0].Input.Same(again) {
		t.Error("the frame does not share the execution's input")
	}
}

func TestDeepDocumentsCanBeReadAgain(t *testing.T) {
	t.Parallel()
	v := value.FromInt(1)
	for range 100_000 {
		v = value.FromArray([]value.Value{v})
	}
	o := &states.Outcome{Status: states.Succeeded, Output: v}
	if _, err := pack.Outcome(pack.AppendOutcome(nil, o)); err != nil {
		t.Fatal(err)
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(9, 10))
	x := randomExecution(rng)
	c := randomCommit(rng, x)
	state, commit := pack.AppendExecution(nil, x), pack.AppendCommit(nil, c, x)
	check := func(what string, n int, err error) {
		t.Helper()
		if e := new(pack.Error); !errors.As(err, &e) {
			t.Errorf("%s cut to %d bytes: %v, want an *Error", what, n, err)
		}
	}
	for n := range state {
		_, err := pack.Execution(state[:n], x.Input)
		check("execution", n, err)
	}
	for n := range commit {
		_, err := pack.Commit(commit[:n])
		check("commit", n, err)
	}
}

func TestBlobsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	state := pack.AppendExecution(nil, &states.Execution{ID: 1})
	newer := append([]byte{state[0] + 1}, state[1:]...)
	tests := []struct {
		name string
		src  []byte
		want error
	}{
		{"empty", nil, pack.ErrCorrupt},
		{"newer version", newer, pack.ErrVersion},
		{"version 0", append([]byte{0}, state[1:]...), pack.ErrCorrupt},
		{"an outcome", pack.AppendOutcome(nil, &states.Outcome{}), pack.ErrCorrupt},
		{"trailing bytes", append(state[:len(state):len(state)], 0), pack.ErrCorrupt},
		{"a flag of the future", append(state[:len(state)-1:len(state)-1], 0x80, 0x80, 0x80, 0x01), pack.ErrVersion},
	}
	for _, test := range tests {
		if _, err := pack.Execution(test.src, value.Value{}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestPackingDoesNotAllocate(t *testing.T) {
	x, c := typical(t)
	buf := make([]byte, 0, 64<<10)
	for name, f := range map[string]func(){
		"execution": func() { buf = pack.AppendExecution(buf[:0], x) },
		"commit":    func() { buf = pack.AppendCommit(buf[:0], c, x) },
		"outcome":   func() { buf = pack.AppendOutcome(buf[:0], &states.Outcome{Output: x.Input}) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

// typical is an execution in a Task state of a chain, and the commit that brought it there.
func typical(t testing.TB) (*states.Execution, *states.Commit) {
	doc := func(s string) value.Value {
		v, err := value.ParseString(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	input := doc(`{"order":{"id":"o-1029","lines":[{"sku":"A-1","n":2},{"sku":"B-7","n":1}],"customer":"c-77"},"attempt":1}`)
	output := doc(`{"order":{"id":"o-1029","total":1999},"receipt":{"id":"r-5561","at":"2026-01-01T00:00:00Z"}}`)
	args := doc(`{"order":"o-1029","amount":1999,"currency":"EUR"}`)
	x := &states.Execution{
		ID: 4711, Seq: 5, Events: 14, Gen: 3, Started: 1767225600000, Last: 1767225612345, Input: input,
		Frames: []*states.Frame{{
			Parent: states.NoFrame, Index: -1, State: 3, Phase: states.AwaitTask, Gen: 3, Prev: 14, EnteredEvent: 13,
			EnteredPrev: 12, Entered: 1767225612345, Input: output, Due: 1767225642345,
			Task: &states.TaskWait{Arguments: args, TimeoutSeconds: 30},
		}},
	}
	detail := &states.TaskDetail{ResourceType: "gait", Resource: "charge", Region: "local", TimeoutSeconds: 30}
	c := &states.Commit{Exec: 4711, Base: 4, FirstEvent: 10, Changed: []states.FrameID{0}, Records: []states.Record{
		{Type: states.TaskStartedEvent, At: x.Last - 20, Prev: 9, Task: detail},
		{Type: states.TaskSucceededEvent, At: x.Last, Prev: 10, Task: detail, Doc: doc(`{"id":"r-5561","at":"2026-01-01T00:00:00Z"}`), HasDoc: true},
		{Type: states.TaskStateExited, At: x.Last, Prev: 11, Name: "Charge", Doc: output, HasDoc: true},
		{Type: states.TaskStateEntered, At: x.Last, Prev: 12, Name: "Ship", Doc: output, HasDoc: true},
		{Type: states.TaskScheduled, At: x.Last, Prev: 13, Task: detail, Doc: args, HasDoc: true},
	}}
	return x, c
}

func BenchmarkPack(b *testing.B) {
	x, c := typical(b)
	state, commit := pack.AppendExecution(nil, x), pack.AppendCommit(nil, c, x)
	buf := make([]byte, 0, 64<<10)
	run := func(name string, size int, f func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.ReportMetric(float64(size), "bytes")
			for b.Loop() {
				f()
			}
		})
	}
	run("execution", len(state), func() { buf = pack.AppendExecution(buf[:0], x) })
	run("commit", len(commit), func() { buf = pack.AppendCommit(buf[:0], c, x) })
	run("read-execution", len(state), func() { _, _ = pack.Execution(state, x.Input) })
	run("read-commit", len(commit), func() { _, _ = pack.Commit(commit) })
	run("read-records", len(commit), func() { _, _ = pack.Records(commit, 10) })
	for _, n := range []int{1000, 10_000} {
		wide := &states.Execution{ID: 1}
		for i := range n {
			wide.Frames = append(wide.Frames, &states.Frame{ID: states.FrameID(i), Index: int32(i), Input: value.FromArray([]value.Value{value.FromInt(int64(i))})})
		}
		run(fmt.Sprintf("execution-wide-%d", n), len(pack.AppendExecution(nil, wide)), func() { buf = pack.AppendExecution(buf[:0], wide) })
	}
}

// FuzzUnpack gives arbitrary bytes to every decoder: no panic, typed errors, and what can be read packs to something that
// reads the same.
func FuzzUnpack(f *testing.F) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 20 {
		x := randomExecution(rng)
		f.Add(pack.AppendExecution(nil, x))
		f.Add(pack.AppendCommit(nil, randomCommit(rng, x), x))
		f.Add(pack.AppendOutcome(nil, random[*states.Outcome](rng)))
	}
	input := value.Obj(value.M("in", value.FromBool(true)))
	f.Fuzz(func(t *testing.T, src []byte) {
		typed := func(err error) {
			if e := new(pack.Error); err != nil && !errors.As(err, &e) {
				t.Errorf("%v is no *Error", err)
			}
		}
		if x, err := pack.Execution(src, input); err == nil {
			again, err := pack.Execution(pack.AppendExecution(nil, x), input)
			if diff := cmp.Diff(x, again, sameText); err != nil || diff != "" {
				t.Errorf("%v (-first +second):\n%s", err, diff)
			}
		} else {
			typed(err)
		}
		if o, err := pack.Outcome(src); err == nil {
			again, err := pack.Outcome(pack.AppendOutcome(nil, o))
			if diff := cmp.Diff(o, again, sameText); err != nil || diff != "" {
				t.Errorf("%v (-first +second):\n%s", err, diff)
			}
		} else {
			typed(err)
		}
		if c, err := pack.Commit(src); err == nil {
			records, err := pack.Records(src, c.Commit.FirstEvent)
			if diff := cmp.Diff(c.Commit.Records, records, sameText); err != nil || diff != "" {
				t.Errorf("%v (-commit +records):\n%s", err, diff)
			}
			x := &states.Execution{ID: c.Commit.Exec, Seq: c.Commit.Base}
			typed(c.Apply(x))
			if len(x.Frames) < 1000 {
				again, err := pack.Commit(pack.AppendCommit(nil, &c.Commit, x))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.Commit, again.Commit, sameText); diff != "" {
					t.Errorf("(-first +second):\n%s", diff)
				}
			}
		} else {
			typed(err)
		}
	})
}

// random fills a value of type T by reflection, so that a field added to the state cannot be forgotten here.
func random[T any](rng *rand.Rand) T {
	var x T
	fill(rng, reflect.ValueOf(&x).Elem(), true)
	return x
}

func fill(rng *rand.Rand, v reflect.Value, must bool) {
	if !must && rng.IntN(3) == 0 {
		return // stays zero
	}
	switch x := v.Addr().Interface().(type) {
	case *value.Value:
		*x = randomDoc(rng, 3)
		return
	case *states.Status:
		*x = states.Status(rng.IntN(int(states.Aborted) + 1))
		return
	case *states.Phase:
		*x = states.Phase(rng.IntN(int(states.AwaitRun) + 1))
		return
	case *states.Ending:
		*x = states.Ending(rng.IntN(int(states.Writing) + 1))
		return
	case *[]states.MapRequest:
		return // what a commit asks for is not packed
	case *states.EventType:
		*x = states.EventType(1 + rng.IntN(int(states.EvaluationFailed)))
		return
	case *states.Text:
		*x = states.Some(randomText(rng))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(rng, v.Elem(), true)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(rng, v.Field(i), false)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+rng.IntN(12), 20))
		for i := range v.Len() {
			fill(rng, v.Index(i), false)
		}
	case reflect.String:
		v.SetString(randomText(rng))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		n := int64(rng.Uint64()) >> rng.IntN(64)
		for v.OverflowInt(n) {
			n >>= 8
		}
		v.SetInt(n)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n := rng.Uint64() >> rng.IntN(64)
		for v.OverflowUint(n) {
			n >>= 8
		}
		v.SetUint(n)
	case reflect.Float64:
		v.SetFloat(rng.NormFloat64())
	default:
		panic("no rule to fill a " + v.Type().String())
	}
}

func randomText(rng *rand.Rand) string {
	words := []string{"a", "Ship", "Charge", "States.TaskFailed", "arn:aws:states:::lambda:invoke", "é\x00\"\\", strings.Repeat("w", 300)}
	return words[rng.IntN(len(words))]
}

func randomDoc(rng *rand.Rand, depth int) value.Value {
	switch k := rng.IntN(7); {
	case k == 0:
		return value.FromBool(rng.IntN(2) == 0)
	case k == 1:
		v, _ := value.ParseString([]string{"1.0", "9007199254740993", "-0", "1e400", "17"}[rng.IntN(5)])
		return v
	case k == 2:
		return value.FromString(randomText(rng))
	case k == 3 || depth == 0:
		return value.Value{}
	case k == 4:
		var elems []value.Value
		for range rng.IntN(4) {
			elems = append(elems, randomDoc(rng, depth-1))
		}
		return value.FromArray(elems)
	default:
		var members []value.Member
		for range rng.IntN(4) {
			members = append(members, value.M(randomText(rng), randomDoc(rng, depth-1)))
		}
		return value.FromMembers(members)
	}
}

// randomExecution returns an execution with random fields whose frames know their place, some of which share documents.
func randomExecution(rng *rand.Rand) *states.Execution {
	x := random[*states.Execution](rng)
	if x.Seq == 0 {
		x.Seq = 1
	}
	for i, f := range x.Frames {
		if f != nil {
			f.ID = states.FrameID(i)
			if rng.IntN(3) == 0 {
				f.Input = x.Input
			}
			if rng.IntN(3) == 0 {
				f.Result = f.Input
			}
		}
	}
	return x
}

// randomCommit returns a commit that could have led to x.
func randomCommit(rng *rand.Rand, x *states.Execution) *states.Commit {
	c := random[*states.Commit](rng)
	c.Exec, c.Base, c.Outcome, c.Changed = x.ID, x.Seq-1, x.Outcome, nil
	for i := range x.Frames {
		if rng.IntN(2) == 0 {
			c.Changed = append(c.Changed, states.FrameID(i))
		}
	}
	for i := range c.Records {
		if r := &c.Records[i]; r.Type == 0 {
			r.Type = states.PassStateEntered
		}
		if r := &c.Records[i]; !r.HasDoc {
			r.Doc = value.Value{}
		}
	}
	return c
}

// mutate changes x as a step could: frames come, change and go, and the tree shrinks when its tail has gone.
func mutate(rng *rand.Rand, x *states.Execution, base uint64) *states.Commit {
	c := &states.Commit{Exec: x.ID, Base: base, FirstEvent: x.Events + 1}
	x.Seq, x.Events, x.Last, x.Gen = base+1, x.Events+int64(rng.IntN(5)), x.Last+states.Millis(rng.IntN(1000)), x.Gen+1
	for i := range 1 + rng.IntN(6) {
		if i >= len(x.Frames) {
			x.Frames = append(x.Frames, nil)
		}
		switch rng.IntN(3) {
		case 0:
			continue
		case 1:
			x.Frames[i] = nil
		default:
			f := random[*states.Frame](rng)
			f.ID = states.FrameID(i)
			x.Frames[i] = f
		}
		c.Changed = append(c.Changed, states.FrameID(i))
	}
	for len(x.Frames) > 0 && x.Frames[len(x.Frames)-1] == nil && rng.IntN(2) == 0 {
		x.Frames = x.Frames[:len(x.Frames)-1]
	}
	if len(x.Frames) == 0 {
		x.Frames = nil
	}
	return c
}
