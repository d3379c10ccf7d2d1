package states

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// RunWait is what a frame knows of the map run it waits for: the evaluated fields of its distributed Map state.
type RunWait struct {
	ARN         string      // of the map run
	Redrives    int32       // how often it was redriven
	Items       value.Value // an array, or an object whose members are the items; null with an ItemReader
	Reader      value.Value // arguments of the ItemReader
	Writer      value.Value // arguments of the ResultWriter
	BatchInput  value.Value // valid when the ItemBatcher has one
	MaxItems    int64       // items to read at most; 0: all. Negative fails the map run
	BatchItems  int64       // items of one child execution at most; 0: no limit
	BatchBytes  int64       // bytes of the input of one child execution at most; 0: no limit
	Concurrency int32       // child executions at once; 0: as many as the limits allow

	ToleratedCount      int64   // items that may fail
	ToleratedPercentage float64 // of the items, 0 to 100
}

// MapRequest asks the host to make a map run: read the items, plan its child executions with a [Planner], and begin an
// execution of its own for it with [StartRun]. When that has ended, the host answers with [RunEnded]. Hosts act on it only after
// the commit is durable.
type MapRequest struct {
	Ref   Ref
	Name  string // the last part of the ARN, a UUID
	Label string // given in the definition, or made for it
	State *asl.Map
	Flow  asl.FlowID // of the Map state
	ID    asl.StateID
	RunWait

	s *stepper
	f *Frame
}

// errReader and errWriter are the failures of an ItemReader and of a ResultWriter.
const (
	errReader = "States.ItemReaderFailed"
	errWriter = "States.ResultWriterFailed"
)

// ReaderFailed is the failure of an ItemReader.
func ReaderFailed(cause string) *Failure { return &Failure{Name: Some(errReader), Cause: Some(cause)} }

// WriterFailed is the failure of a ResultWriter.
func WriterFailed(cause string) *Failure { return &Failure{Name: Some(errWriter), Cause: Some(cause)} }

// askRun begins an attempt of a distributed Map state.
//
// Source: AWS Step Functions Developer Guide, "Using Map state in Distributed mode"; the order of events and of failures is
// recorded.
func (s *stepper) askRun(f *Frame, st *asl.Map, input value.Value, concurrency int32) *stateError {
	w := &RunWait{Concurrency: concurrency}
	var err *stateError
	if st.Reader == nil {
		if w.Items, err = s.items(f, st, input); err != nil {
			return err
		}
	}
	s.on(f, Record{Type: MapStateStarted, N: int64(w.Items.Len())})
	count, percentage, err := s.tolerance(st, input)
	if err != nil {
		return err
	}
	w.ToleratedCount, w.ToleratedPercentage = int64(min(count, math.MaxInt64/2)), percentage
	if err := s.readerFields(f, st, input, w); err != nil {
		return err
	}
	w.ARN = s.mapRunARN(st)
	s.on(f, Record{Type: MapRunStarted, Name: w.ARN})
	s.wait(f, AwaitRun)
	f.Run = w
	s.c.Runs = append(s.c.Runs, s.mapRequest(f, st))
	return nil
}

// readerFields evaluates ItemReader, ItemBatcher and ResultWriter.
func (s *stepper) readerFields(f *Frame, st *asl.Map, input value.Value, w *RunWait) (err *stateError) {
	b := bindings{input: f.Input}
	if s.common.Lang == asl.JSONPath {
		b.input = input
	}
	arguments := func(t *asl.Template) (value.Value, *stateError) {
		if t == nil {
			return emptyObject, nil
		}
		return s.evalTemplate(t, b)
	}
	if r := st.Reader; r != nil {
		if w.MaxItems, err = s.mapCount(&r.MaxItems, "MaxItems", input); err != nil {
			return err
		}
		if w.Reader, err = arguments(r.Arguments); err != nil {
			return err
		}
	}
	if t := st.Batcher; t != nil {
		if w.BatchItems, err = s.mapCount(&t.MaxItems, "MaxItemsPerBatch", input); err != nil {
			return err
		}
		if w.BatchBytes, err = s.mapCount(&t.MaxInputBytes, "MaxInputBytesPerBatch", input); err != nil {
			return err
		}
		switch {
		case w.BatchItems < 0:
			return s.outOfRange(&t.MaxItems, "MaxItemsPerBatch cannot be negative.")
		case w.BatchBytes < 0:
			return s.outOfRange(&t.MaxInputBytes, "MaxInputBytesPerBatch cannot be negative.")
		}
		if t.BatchInput != nil {
			if w.BatchInput, err = s.evalTemplate(t.BatchInput, b); err != nil {
				return err
			}
		}
	}
	if st.Writer != nil && st.Writer.Resource != "" {
		w.Writer, err = arguments(st.Writer.Arguments)
	}
	return err
}

// mapCount evaluates an integer field of a Map state.
func (s *stepper) mapCount(n *asl.NumberField, field string, input value.Value) (int64, *stateError) {
	v, err := s.mapNumber(n, field, "integer", input)
	return int64(max(min(v, math.MaxInt32), math.MinInt32)), err
}

// mapRunARN makes the ARN of a new map run: arn:…:mapRun:MACHINE/LABEL:UUID.
func (s *stepper) mapRunARN(st *asl.Map) string {
	prefix, name := "arn:aws:states:us-east-1:123456789012", "StateMachine"
	if s.env.Host != nil {
		id, _ := s.env.Host.StateMachine.Get("Id")
		if before, after, ok := strings.Cut(id.Str(), ":stateMachine:"); ok {
			prefix = before
			name, _, _ = strings.Cut(after, "/") // that of a child execution has a label
		}
	}
	var id [16]byte
	for i := range 2 {
		n := s.random.Uint64()
		for j := range 8 {
			id[8*i+j] = byte(n >> (8 * j))
		}
	}
	return prefix + ":mapRun:" + name + "/" + s.label(st) + ":" + uuidText(id)
}

// label returns the label of a distributed Map. One that is not given is the same for each execution of a definition.
func (s *stepper) label(st *asl.Map) string {
	if st.Label != "" {
		return st.Label
	}
	sum := sha256.Sum256(append(s.m.Hash[:], st.Pointer...))
	return uuidText([16]byte(sum[:16]))
}

// uuidText words 16 random bytes as a UUID of version 4.
func uuidText(id [16]byte) string {
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	text := hex.EncodeToString(id[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// mapRequest is what the host has to do for the map run that f waits for. It holds a copy of all that the planning sees.
func (s *stepper) mapRequest(f *Frame, st *asl.Map) MapRequest {
	copied := *f
	copied.ID, copied.Parent, copied.Index, copied.Attempts, copied.Item = 0, NoFrame, -1, nil, value.Value{}
	for at := f; at != nil; at = s.parent(at) {
		if copied.Item.IsNull() {
			copied.Item = at.Item
		}
		for _, v := range at.Vars.Members() {
			if _, nearer := copied.Vars.Get(v.Key); !nearer {
				copied.Vars = copied.Vars.With(v.Key, v.Value)
			}
		}
	}
	env := Env{Now: s.env.Now, Seed: s.env.Seed, TokenKey: s.env.TokenKey, Limits: s.env.Limits}
	if s.env.Host != nil {
		host := *s.env.Host
		env.Host = &host
	}
	own := &stepper{
		m: s.m, x: &Execution{ID: s.x.ID, Frames: []*Frame{&copied}}, env: &env, limits: s.env.Limits.withDefaults(), now: s.now,
		random: s.random,
	}
	own.focus(&copied)
	name := f.Run.ARN[strings.LastIndexByte(f.Run.ARN, ':')+1:]
	return MapRequest{
		Ref: s.ref(f), Name: name, Label: s.label(st), State: st, Flow: f.Flow, ID: f.State, RunWait: *f.Run, s: own, f: &copied,
	}
}

// PendingRuns returns the requests of all map runs that x waits for: what a host takes up again after a restart.
func PendingRuns(m *asl.Machine, x *Execution, env *Env) []MapRequest {
	s := &stepper{m: m, x: x, env: env, now: max(MillisOf(env.Now), x.Last)}
	s.random.seed(env.Seed)
	var requests []MapRequest
	for _, f := range x.Frames {
		if f != nil && f.Phase == AwaitRun && f.Run != nil {
			if st, ok := s.focus(f).(*asl.Map); ok {
				requests = append(requests, s.mapRequest(f, st))
			}
		}
	}
	return requests
}

// RunEnded says how a map run that a distributed Map waits for has ended. Failure is nil when it succeeded. Redrives tells which
// of its ends it is; a success is the last one, even when the Map state was stopped and redriven before it heard of it.
type RunEnded struct {
	ARN      string
	Redrives int32
	Output   value.Value
	Failure  *Failure
}

func (RunEnded) input() {}

// runEnded goes on with the Map state. MapRunSucceeded and MapStateSucceeded stand aside of its line: what follows points at
// MapRunStarted, as recorded since 2024.
func (s *stepper) runEnded(in RunEnded) error {
	at := slices.IndexFunc(s.x.Frames, func(f *Frame) bool {
		return f != nil && f.Phase == AwaitRun && f.Run != nil && f.Run.ARN == in.ARN &&
			(in.Failure == nil || f.Run.Redrives == in.Redrives)
	})
	if at < 0 {
		return ErrStale
	}
	f := s.x.Frames[at]
	s.focus(f)
	s.touch(f)
	if in.Failure != nil {
		s.on(f, Record{Type: MapRunFailed, Fail: &Failing{Error: in.Failure.Name, Cause: in.Failure.Cause}})
		if name := in.Failure.Name.S; name != errThreshold && name != errWriter {
			f.Run = nil // a redrive begins a new one
		}
		f.Phase = Entering
		s.fail(f, *in.Failure)
		return nil
	}
	f.Run = nil
	ended := s.record(Record{Type: MapRunSucceeded, Prev: f.Prev})
	s.record(Record{Type: MapStateSucceeded, Prev: ended})
	f.Result, f.Phase = in.Output, Exiting
	s.ready(f)
	return nil
}

// redriveRun lets a map run go on that had failed or was stopped: only child executions that did not succeed run again.
//
// Source: AWS Step Functions Developer Guide, "Redriving Map Runs"; that results of more than a payload, and items that could not
// be read, make everything run again is said there too.
func (s *stepper) redriveRun(f *Frame, st *asl.Map) {
	w := *f.Run
	w.Redrives++
	f.Run = &w
	s.on(f, Record{Type: MapRunRedriven, Name: w.ARN, N: int64(w.Redrives)})
	s.wait(f, AwaitRun)
	s.c.Runs = append(s.c.Runs, s.mapRequest(f, st))
}
