package states

import (
	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// Context returns the context object of the state in focus. It is built when it is first asked for.
//
// Source: AWS Step Functions Developer Guide, "Accessing execution data from the Context object".
func (s *stepper) Context() value.Value {
	if !s.context.IsNull() {
		return s.context
	}
	if t := s.env.Trace; t != nil && !t.Context.IsNull() {
		return s.tracedContext()
	}
	members := make([]value.Member, 0, 5)
	if s.env.Host != nil {
		members = append(members, value.M("Execution", s.env.Host.Execution), value.M("StateMachine", s.env.Host.StateMachine))
	}
	state := []value.Member{
		value.M("Name", value.FromString(s.common.Name)),
		value.M("EnteredTime", value.FromString(s.f.Entered.Time().Format(contextTime))),
	}
	switch s.common.Type {
	case asl.TypeTask, asl.TypeParallel, asl.TypeMap:
		state = append(state, value.M("RetryCount", value.FromInt(int64(s.f.RetryCount))))
	}
	members = append(members, value.M("State", value.FromMembers(state)))
	if t, ok := s.st.(*asl.Task); ok && t.Resource.Pattern != asl.RequestResponse {
		token := SealToken(s.env.TokenKey, s.ref(s.f))
		members = append(members, value.M("Task", value.Obj(value.M("Token", value.FromString(token)))))
	}
	if item := s.mapItem(); !item.IsNull() {
		members = append(members, value.M("Map", value.Obj(value.M("Item", item))))
	}
	s.context = value.FromMembers(members)
	return s.context
}

// contextTime is ISO 8601 in UTC; zeros at the end of the fraction are dropped.
const contextTime = "2006-01-02T15:04:05.999Z"

// mapItem returns the Map.Item that the state in focus sees: that of the item being selected, or of the nearest iteration.
func (s *stepper) mapItem() value.Value {
	if !s.item.IsNull() {
		return s.item
	}
	for f := s.f; f != nil; f = s.parent(f) {
		if !f.Item.IsNull() {
			return f.Item
		}
	}
	return value.Value{}
}

func (s *stepper) parent(f *Frame) *Frame {
	if f.Parent == NoFrame {
		return nil
	}
	return s.x.Frames[f.Parent]
}

// Variable returns the value that a variable had when the state in focus was entered: the nearest scope's.
func (s *stepper) Variable(name string) (value.Value, bool) {
	for f := s.f; f != nil; f = s.parent(f) {
		if v, ok := f.Vars.Get(name); ok {
			return v, true
		}
	}
	return value.Value{}, false
}
