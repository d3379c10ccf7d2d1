package jsonata

import "github.com/gait-engine/gait/internal/value"

// cursor looks one name up in many objects. Objects of one array are mostly laid out alike, so the place of the last hit is tried
// first.
type cursor struct {
	name string
	at   int
	far  value.Member // what an object too large to search in order had
}

// find returns the member of a document's object, nil when there is none or v is something else. It holds until the next call.
func (c *cursor) find(v value.Value) *value.Member {
	list := v.Members()
	if c.at < len(list) && list[c.at].Key == c.name {
		return &list[c.at]
	}
	if len(list) >= indexFrom {
		m, ok := v.Get(c.name)
		if !ok {
			return nil
		}
		c.far = value.Member{Key: c.name, Value: m}
		return &c.far
	}
	for i := range list {
		if list[i].Key == c.name {
			c.at = i
			return &list[i]
		}
	}
	return nil
}
