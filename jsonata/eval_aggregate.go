package jsonata

import (
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// aggregate is a function of the library that makes one number of many.
type aggregate uint8

const (
	noAggregate aggregate = iota
	aggregateSum
	aggregateCount
	aggregateAverage
	aggregateMax
	aggregateMin
)

var aggregateNamed = map[string]aggregate{
	"sum": aggregateSum, "count": aggregateCount, "average": aggregateAverage, "max": aggregateMax, "min": aggregateMin,
}

// memberAggregate is an aggregate of one member, like $sum(price): what most groupings ask for. It is computed from item to item
// while they are grouped, without a list of the items and one of the members.
type memberAggregate struct {
	how    aggregate
	member cursor
}

// aggregateOf recognises such an expression.
func (s *state) aggregateOf(n *node) memberAggregate {
	if n.op != opCall || !n.is(flagDirect) || n.preds != nil || n.group != nil || len(n.list) != 1 || n.list[0].fast != oneName {
		return memberAggregate{}
	}
	g := s.globalOf(n.a.ref)
	if g.Kind() != kindNative || s.depth+2 > s.limits.Depth {
		return memberAggregate{}
	}
	return memberAggregate{value.Foreign[native](g).aggregate, cursor{name: n.list[0].list[0].str}}
}

// running is an aggregate under way. It is spoiled by an item that is no object and a member that is no number.
type running struct {
	total   float64
	count   int32
	spoiled bool
}

func (r *running) add(a *memberAggregate, item value.Value) {
	m := a.member.find(item)
	if m == nil || m.Value.Kind() != value.Number {
		r.spoiled = r.spoiled || m != nil || item.Kind() != value.Object
		return
	}
	x := m.Value.Float()
	switch {
	case a.how < aggregateMax:
		r.total += x
	case r.count == 0:
		r.total = x
	case a.how == aggregateMax:
		r.total = math.Max(r.total, x)
	default:
		r.total = math.Min(r.total, x)
	}
	r.count++
}

// result returns the aggregate; ok is false when the expression must be evaluated in the general way.
func (s *state) result(how aggregate, r *running) (v value.Value, ok bool) {
	if how == noAggregate || r.spoiled || r.count == 0 {
		return undefined, false
	}
	if s.chargeItems(int(r.count)) != nil { // what the list would take: limits do not depend on shortcuts
		return undefined, false
	}
	switch how {
	case aggregateCount:
		return value.FromFloat(float64(r.count)), true
	case aggregateAverage:
		return value.FromFloat(r.total / float64(r.count)), true
	}
	return value.FromFloat(r.total), true
}
