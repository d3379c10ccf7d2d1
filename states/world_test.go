package states_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// world runs one execution and checks, after every step, what must hold after any.
type world struct {
	t       testing.TB
	m       *asl.Machine
	x       *states.Execution
	env     states.Env
	records []states.Record
	commits []states.Commit
	crash   bool // load the execution from its packed form after every commit
}

func newWorld(t testing.TB, definition string) *world {
	t.Helper()
	m, err := asl.Compile([]byte(definition), asl.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, definition)
	}
	return &world{
		t: t, m: m, x: &states.Execution{ID: 7},
		env: states.Env{Now: time.UnixMilli(1_700_000_000_000), Host: &states.Host{RoleARN: "role", Region: "here"}},
	}
}

func doc(t testing.TB, text string) value.Value {
	t.Helper()
	v, err := value.ParseString(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// step steps in and goes on while there is more to do. It reports whether the input was of use.
func (w *world) step(in states.Input) bool {
	w.t.Helper()
	for n := 0; ; n++ {
		c, err := w.once(in)
		if err != nil {
			return false
		}
		if !c.More {
			return true
		}
		if n > 100_000 {
			w.t.Fatal("100,000 commits and still more to do")
		}
		in = states.Continue{}
	}
}

// once makes one step and checks it.
func (w *world) once(in states.Input) (states.Commit, error) {
	w.t.Helper()
	before := pack.AppendExecution(nil, w.x)
	seq, events := w.x.Seq, w.x.Events
	c, err := states.Step(w.m, w.x, &w.env, in)
	after := pack.AppendExecution(nil, w.x)
	if err != nil {
		if !slices.Equal(before, after) {
			w.t.Fatalf("%T changed the execution and failed: %v", in, err)
		}
		return c, err
	}
	if c.Base != seq || w.x.Seq != seq+1 || c.FirstEvent != events+1 || int64(len(c.Records)) != w.x.Events-events {
		w.t.Fatalf("commit %d from %d with %d records of events %d to %d", c.Base, seq, len(c.Records), events, w.x.Events)
	}
	w.checkRecords(&c)
	w.checkQueue(&c)

	twin := w.load(before)
	same, err := states.Step(w.m, twin, &w.env, in)
	if err != nil || dump(twin) != dump(w.x) {
		w.t.Fatalf("the packed execution goes on differently after %T: %v\n%s\n%s", in, err, lines(c.Records, c.FirstEvent), lines(same.Records, c.FirstEvent))
	}
	log := pack.AppendCommit(nil, &c, w.x)
	if lines(same.Records, 1) != lines(c.Records, 1) || !slices.Equal(same.Changed, c.Changed) || fmt.Sprint(c.Tasks, c.Cancel, c.Stop) != fmt.Sprint(same.Tasks, same.Cancel, same.Stop) {
		w.t.Fatalf("the same step gave another commit after %T", in)
	}

	change, err := pack.Commit(log)
	if err != nil {
		w.t.Fatal(err)
	}
	replayed := w.load(before)
	if err := change.Apply(replayed); err != nil {
		w.t.Fatal(err)
	}
	if dump(replayed) != dump(w.x) {
		w.t.Fatalf("%T: Changed %v does not name all frames that changed:\n%s\n%s", in, c.Changed, dump(replayed), dump(w.x))
	}

	quiet := w.env
	quiet.Discard = true
	silent := w.load(before)
	if _, err := states.Step(w.m, silent, &quiet, in); err != nil || dump(silent) != dump(w.x) {
		w.t.Fatalf("%T: a step without records leads elsewhere: %v", in, err)
	}

	w.records = append(w.records, c.Records...)
	w.commits = append(w.commits, c)
	if w.crash {
		w.x = w.load(after)
	}
	return c, nil
}

func (w *world) load(src []byte) *states.Execution {
	w.t.Helper()
	x, err := pack.Execution(src, w.x.Input)
	if err != nil {
		w.t.Fatal(err)
	}
	return x
}

func (w *world) checkRecords(c *states.Commit) {
	w.t.Helper()
	var last states.Millis
	if n := len(w.records); n > 0 {
		last = w.records[n-1].At
	}
	for i, r := range c.Records {
		if id := c.FirstEvent + int64(i); r.Prev < 0 || r.Prev >= id || r.At < last || r.Type.String() == "" {
			w.t.Fatalf("event %d: type %d, previous %d, at %d after %d", id, r.Type, r.Prev, r.At, last)
		}
		last = r.At
	}
	if w.x.Last < last {
		w.t.Fatalf("the last event is of %d, not %d", last, w.x.Last)
	}
}

// awaitsTask reports whether a frame waits for the answer of a task, or for the end of a map run.
func awaitsTask(x *states.Execution) bool {
	return slices.ContainsFunc(x.Frames, func(f *states.Frame) bool {
		return f != nil && (f.Phase == states.AwaitTask || f.Phase == states.AwaitRun)
	})
}

func (w *world) checkQueue(c *states.Commit) {
	w.t.Helper()
	x := w.x
	if c.More != (len(x.Ready) > 0) || !slices.IsSorted(c.Changed) || len(slices.Compact(slices.Clone(c.Changed))) != len(c.Changed) {
		w.t.Fatalf("more %t, ready %v, changed %v", c.More, x.Ready, c.Changed)
	}
	if x.Status != states.Running {
		if x.Status == states.Succeeded && len(x.Frames) > 0 || len(x.Ready) > 0 || len(c.Tasks) > 0 || c.Outcome == nil || x.NextDue() != 0 || c.Outcome.Stopped == 0 {
			w.t.Fatalf("ended with %d frames, ready %v, tasks %v, outcome %v", len(x.Frames), x.Ready, c.Tasks, c.Outcome)
		}
		if len(states.Pending(w.m, x, &w.env)) > 0 {
			w.t.Fatal("what has ended waits for tasks")
		}
		w.checkKept(x)
		return
	}
	if !c.More && !awaitsTask(x) && x.NextDue() == 0 {
		w.t.Fatalf("nothing will ever wake the execution:\n%s", lines(w.records, 1))
	}
	queued := map[states.FrameID]int{}
	for _, id := range x.Ready {
		queued[id]++
	}
	for id, f := range x.Frames {
		id := states.FrameID(id)
		moving := f != nil && (f.Phase == states.Entering || f.Phase == states.Exiting || f.Phase == states.Rerunning)
		if resumed := f != nil && f.Phase == states.AwaitFrames && x.Redrives > 0; resumed {
			moving = queued[id] == 1 // a Map with iterations that were never started
		}
		if n := queued[id]; moving && n != 1 || !moving && n != 0 {
			w.t.Fatalf("frame %d (%v) is %d times in the queue", id, f, n)
		}
		if f != nil && (f.ID != id || (f.Phase == states.AwaitTask) != (f.Task != nil) || (f.Phase == states.AwaitFrames) != (f.Join != nil)) {
			w.t.Fatalf("frame %d: %+v", id, f)
		}
	}
	for _, r := range c.Tasks {
		if f := x.Frames[r.Ref.Frame]; f == nil || f.Gen != r.Ref.Gen || f.Phase != states.AwaitTask {
			w.t.Fatalf("a request for %v, where nobody waits", r.Ref)
		}
	}
	seen := map[states.Ref]bool{}
	for _, ref := range c.Cancel {
		if f := frameAt(x, ref.Frame); seen[ref] || f != nil && f.Gen == ref.Gen && f.Phase == states.AwaitTask {
			w.t.Fatalf("%v cancelled twice, or in vain", ref)
		}
		seen[ref] = true
	}
}

// checkKept checks the frames of an execution that has ended: nothing is under way, and the tree is whole.
func (w *world) checkKept(x *states.Execution) {
	w.t.Helper()
	for id, f := range x.Frames {
		if f == nil {
			continue
		}
		parent := frameAt(x, max(f.Parent, 0))
		switch {
		case f.ID != states.FrameID(id), f.Task != nil, f.Due != 0, f.Heartbeat != 0, f.Attempts != nil, f.RetryCount != 0,
			f.Phase != states.Stopped && f.Phase != states.Entering && f.Phase != states.Exiting,
			f.Parent != states.NoFrame && (parent == nil || parent.Join == nil || parent.Phase != states.Stopped):
			w.t.Fatalf("kept frame %d: %+v below %+v", id, f, parent)
		}
	}
}

// dump prints all that an execution holds.
func dump(x *states.Execution) string {
	var b strings.Builder
	flat := *x
	flat.Frames, flat.Outcome = nil, nil
	fmt.Fprintf(&b, "%+v\n", flat)
	if x.Outcome != nil {
		o := *x.Outcome
		o.Failure.TimedOut = false // matters to a catcher only
		fmt.Fprintf(&b, "%+v\n", o)
	}
	for _, f := range x.Frames {
		if f == nil {
			b.WriteString("gone\n")
			continue
		}
		flat := *f
		flat.Task, flat.Join, flat.Run = nil, nil, nil
		fmt.Fprintf(&b, "%+v", flat)
		if f.Task != nil {
			fmt.Fprintf(&b, " task %+v", *f.Task)
		}
		if f.Run != nil {
			fmt.Fprintf(&b, " run %+v", *f.Run)
		}
		if f.Join != nil {
			fmt.Fprintf(&b, " join %+v", *f.Join)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func frameAt(x *states.Execution, id states.FrameID) *states.Frame {
	if int(id) >= len(x.Frames) {
		return nil
	}
	return x.Frames[id]
}

// start starts the execution with an input.
func (w *world) start(input string) *world {
	w.t.Helper()
	if !w.step(states.Start{Input: doc(w.t, input)}) {
		w.t.Fatal("not started")
	}
	return w
}

// pass lets time pass and ticks.
func (w *world) pass(d time.Duration) *world {
	w.t.Helper()
	w.env.Now = w.env.Now.Add(d)
	w.step(states.Tick{})
	return w
}

// task returns the address of the task that waits in a state.
func (w *world) task(state string) states.Ref {
	w.t.Helper()
	for _, r := range states.Pending(w.m, w.x, &w.env) {
		if r.State == state {
			return r.Ref
		}
	}
	w.t.Fatalf("no task waits in %s:\n%s", state, lines(w.records, 1))
	return states.Ref{}
}

func (w *world) succeed(state, output string) *world {
	w.t.Helper()
	w.step(states.TaskSucceeded{Ref: w.task(state), Output: doc(w.t, output)})
	return w
}

func (w *world) fail(state, name string) *world {
	w.t.Helper()
	w.step(states.TaskFailed{Ref: w.task(state), Failure: states.Failure{Name: states.Some(name)}})
	return w
}

// want compares the whole history with lines like "3<2 MapStateStarted 2".
func (w *world) want(history string) {
	w.t.Helper()
	var want []string
	for line := range strings.Lines(history) {
		if line = strings.TrimSpace(line); line != "" {
			want = append(want, line)
		}
	}
	if got := lines(w.records, 1); got != strings.Join(want, "\n") {
		w.t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// lines prints records: id, previous id, type, then name and number, error and cause, document and variables where there are any.
func lines(records []states.Record, first int64) string {
	var out []string
	for i, r := range records {
		line := fmt.Sprintf("%d<%d %s", first+int64(i), r.Prev, r.Type)
		switch r.Type {
		case states.MapIterationStarted, states.MapIterationSucceeded, states.MapIterationFailed, states.MapIterationAborted:
			line += fmt.Sprint(" ", r.N)
		case states.MapStateStarted:
			line += fmt.Sprint(" ", r.N)
		case states.ExecutionStarted, states.TaskScheduled, states.TaskStartedEvent:
		default:
			if r.Name != "" {
				line += " " + r.Name
			}
			if r.HasDoc && strings.HasSuffix(r.Type.String(), "ed") && !strings.HasSuffix(r.Type.String(), "Entered") {
				line += " " + r.Doc.JSON()
			}
		}
		if r.Vars.Len() > 0 {
			line += " assigns " + r.Vars.JSON()
		}
		if r.Fail != nil {
			line += strings.TrimRight(fmt.Sprintf(" %s: %s", r.Fail.Error.S, r.Fail.Cause.S), ": ")
			if r.Fail.Location != "" {
				line += " at " + r.Fail.Location
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestInputsOfNoUseChangeNothing(t *testing.T) {
	t.Parallel()
	const machine = `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:x","End":true}}}`
	w := newWorld(t, machine)
	fails := func(in states.Input, want error) {
		t.Helper()
		if _, err := w.once(in); !errors.Is(err, want) {
			t.Errorf("%T: got %v, want %v", in, err, want)
		}
	}
	fails(states.Tick{}, states.ErrFinished) // not begun
	fails(states.Batch{states.Tick{}}, states.ErrFinished)
	w.start(`{}`)
	ref := w.task("T")
	old, elsewhere, beyond, other := ref, ref, ref, ref
	old.Gen--
	elsewhere.Frame, beyond.Frame, other.Exec = -1, 1<<30, 8
	for _, r := range []states.Ref{old, elsewhere, beyond, other} {
		fails(states.TaskStarted{Ref: r}, states.ErrStale)
		fails(states.TaskSubmitted{Ref: r}, states.ErrStale)
		fails(states.TaskSucceeded{Ref: r}, states.ErrStale)
		fails(states.TaskFailed{Ref: r}, states.ErrStale)
		fails(states.Heartbeat{Ref: r}, states.ErrStale)
		fails(states.Batch{states.Heartbeat{Ref: r}, states.TaskFailed{Ref: r}}, states.ErrStale)
	}
	fails(states.Start{}, states.ErrStarted)
	fails(states.Batch{}, states.ErrStale)
	fails(nil, states.ErrInput)
	fails(&states.Tick{}, states.ErrInput)
	if !w.step(states.Batch{states.Heartbeat{Ref: old}, states.TaskSucceeded{Ref: ref}, states.Abort{}}) {
		t.Error("a batch with a useful member was refused")
	}
	fails(states.Tick{}, states.ErrFinished)
	fails(states.Start{}, states.ErrStarted)
	if w.x.Status != states.Aborted {
		t.Errorf("got %v: the members of a batch take effect in order", w.x.Status)
	}
	if !reflect.DeepEqual(w.commits[1].Changed, []states.FrameID{0}) {
		t.Errorf("changed %v", w.commits[1].Changed)
	}
}
