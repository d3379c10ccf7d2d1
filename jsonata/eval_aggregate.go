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

// aggregateOf evaluates what most groupings ask for, an aggregate of one member like $sum(price), from item to item: without a
// list of the items and one of the members. ok is false when the expression is another or the members are not all numbers.
func (s *state) aggregateOf(n *node, c chain) (v value.Value, ok bool) {
	if n.op != opCall || !n.is(flagDirect) || n.preds != nil || n.group != nil || len(n.list) != 1 || n.list[0].fast != oneName {
		return undefined, false
	}
	g := s.globalOf(n.a.ref)
	if g.Kind() != kindNative || s.depth+2 > s.limits.Depth {
		return undefined, false
	}
	how, name := value.Foreign[native](g).aggregate, n.list[0].list[0].str
	if how == noAggregate {
		return undefined, false
	}
	total, count := 0.0, 0
	for i, k := c.first, 0; k < c.n; i, k = int(c.next[i]), k+1 {
		m, found := c.items.at(i).Get(name)
		if !found && c.items.at(i).Kind() == value.Object {
			continue
		}
		if m.Kind() != value.Number {
			return undefined, false
		}
		x := m.Float()
		switch {
		case how == aggregateMax && count > 0:
			total = math.Max(total, x)
		case how == aggregateMin && count > 0:
			total = math.Min(total, x)
		case how == aggregateMax || how == aggregateMin:
			total = x
		default:
			total += x
		}
		count++
	}
	if count == 0 || s.chargeItems(count) != nil { // what it would have taken: limits do not depend on shortcuts
		return undefined, false
	}
	switch how {
	case aggregateCount:
		total = float64(count)
	case aggregateAverage:
		total /= float64(count)
	}
	return value.FromFloat(total), true
}
