package states

import (
	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// MapItem is one item of a distributed Map.
type MapItem struct {
	Value  value.Value
	Key    Text   // of a member, where the items are those of an object
	Source string // where it was read: "S3://bucket/key"; "" for an item of the input
}

// ChildPlan is a child execution that a map run is to start.
type ChildPlan struct {
	Input value.Value
	Item  value.Value // Map.Item of its context object; null for a batch
	Items int64       // how many items it works on
}

// A Planner turns the items of one map run, in order, into its child executions: ItemSelector, then ItemBatcher. It is for one
// goroutine.
type Planner struct {
	r         *MapRequest
	effective value.Value
	n         int64
	batch     []value.Value
	size      int // of the input that the batch makes
	empty     int // of the input of a batch without items
	out       []ChildPlan
	failed    *Failure
}

// Planner returns a planner at the first item.
func (r *MapRequest) Planner() *Planner {
	p := &Planner{r: r}
	effective, err := r.s.mapInput(r.f)
	if err != nil {
		p.failed = &err.Failure
	}
	p.effective = effective
	if r.State.Batcher != nil {
		p.empty = p.input(nil).Size()
		p.size = p.empty
	}
	return p
}

// Items calls yield with the items of the Map state's own input until it returns false. A request with an ItemReader has none.
func (r *MapRequest) Items(yield func(MapItem) bool) {
	for _, v := range r.RunWait.Items.Elems() {
		if !yield(MapItem{Value: v}) {
			return
		}
	}
	for _, m := range r.RunWait.Items.Members() {
		if !yield(MapItem{Value: m.Value, Key: Some(m.Key)}) {
			return
		}
	}
}

// Add takes the next item and returns the child executions that are complete with it, in a slice that is good until the next
// call. A failure is that of the map run.
func (p *Planner) Add(item MapItem) ([]ChildPlan, *Failure) {
	if p.failed != nil {
		return nil, p.failed
	}
	p.out = p.out[:0]
	seen := p.seen(item)
	input := item.Value
	if item.Key.Set {
		input = value.Obj(value.M("Key", value.FromString(item.Key.S)), value.M("Value", item.Value))
	}
	p.n++
	var err *stateError
	if st := p.r.State; st.ItemSelector != nil {
		input, err = p.r.s.selectFor(p.r.f, st, seen, p.effective)
	} else {
		err = p.r.s.checkPayload(st.Name, input)
	}
	switch {
	case err != nil:
		p.failed = &err.Failure
		return nil, p.failed
	case p.r.State.Batcher == nil:
		p.out = append(p.out, ChildPlan{Input: input, Item: seen, Items: 1})
	default:
		p.add(input)
	}
	return p.out, nil
}

// add puts an item into the batch, and before that into a new one if the batch has no room for it. An item that is too large
// for any batch is one of its own.
func (p *Planner) add(input value.Value) {
	limit := p.r.s.limits.Payload
	if b := p.r.BatchBytes; b > 0 {
		limit = min(limit, int(b))
	}
	size := input.Size()
	if len(p.batch) > 0 && p.size+1+size > limit {
		p.flush()
	}
	if len(p.batch) > 0 {
		p.size++ // a comma
	}
	p.batch = append(p.batch, input)
	p.size += size
	if n := p.r.BatchItems; n > 0 && int64(len(p.batch)) >= n {
		p.flush()
	}
}

// Rest returns the child execution of the items that are left at the end, if there is one.
func (p *Planner) Rest() []ChildPlan {
	p.out = p.out[:0]
	if len(p.batch) > 0 && p.failed == nil {
		p.flush()
	}
	return p.out
}

func (p *Planner) flush() {
	p.out = append(p.out, ChildPlan{Input: p.input(p.batch), Items: int64(len(p.batch))})
	p.batch, p.size = nil, p.empty
}

// input is the input of the child execution of a batch.
//
// Source: recorded: BatchInput precedes Items.
func (p *Planner) input(items []value.Value) value.Value {
	members := make([]value.Member, 0, 2)
	if p.r.State.Batcher.BatchInput != nil {
		members = append(members, value.M("BatchInput", p.r.RunWait.BatchInput))
	}
	return value.FromMembers(append(members, value.M("Items", value.FromArray(items))))
}

// seen is the Map.Item of the context object for an item.
//
// Source: AWS Step Functions Developer Guide, "Context object data for Map states".
func (p *Planner) seen(item MapItem) value.Value {
	members := make([]value.Member, 0, 4)
	members = append(members, value.M("Index", value.FromInt(p.n)))
	if item.Key.Set {
		members = append(members, value.M("Key", value.FromString(item.Key.S)))
	}
	source := item.Source
	if source == "" {
		source = "STATE_DATA"
	}
	return value.FromMembers(append(members, value.M("Value", item.Value), value.M("Source", value.FromString(source))))
}

// Processor returns the flow of the child executions of a map run, and whether they are Express ones.
func Processor(m *asl.Machine, flow asl.FlowID, id asl.StateID) (processor asl.FlowID, express, ok bool) {
	if int(flow) >= len(m.Flows) || flow < 0 || int(id) >= len(m.Flows[flow].States) || id < 0 {
		return 0, false, false
	}
	st, ok := m.Flows[flow].States[id].(*asl.Map)
	if !ok {
		return 0, false, false
	}
	return st.Processor, st.Express, true
}
