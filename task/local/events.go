package local

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Bus is an event bus in memory.
type Bus struct {
	s    *Services
	name string
	all  []*subscriber
}

// Bus returns the event bus of this name, and creates it when there is none. The one called "default" gets events that name no bus.
func (s *Services) Bus(name string) *Bus {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buses[name]
	if b == nil {
		b = &Bus{s: s, name: name}
		s.buses[name] = b
	}
	return b
}

// ARN returns the ARN of the bus.
func (b *Bus) ARN() string {
	return "arn:aws:events:" + b.s.cfg.Region + ":" + b.s.cfg.Account + ":event-bus/" + b.name
}

// Subscribe calls f for every event that matches, as [Topic.Subscribe] does; a nil match takes all. The Body of the message is the
// event's Detail, Event is the rest. match is called while the services are locked: it must be quick and not use them.
func (b *Bus) Subscribe(match func(m Message) bool, f func(ctx context.Context, m Message) error) {
	u := b.s.subscribe(b.ARN(), match, f)
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	if u != nil {
		b.all = append(b.all, u)
	}
}

// entry is one of the Entries of PutEvents.
type entry struct {
	Source, DetailType, Detail, EventBusName string
	Resources                                []string
	Time                                     json.RawMessage
}

// entryResult is what became of an entry: an id, or an error.
type entryResult struct {
	EventID      string `json:"EventId,omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

// putEvents puts each entry on its bus. An entry that cannot be put is told in the result; the others are put all the same.
func (s *Services) putEvents(r struct{ Entries []entry }) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if n := len(r.Entries); n < 1 || n > 10 {
		return nil, refuse("ValidationException", "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have "+
			"length between 1 and 10")
	}
	var out struct {
		Entries          []entryResult
		FailedEntryCount int
	}
	for i := range r.Entries {
		result := s.putEvent(&r.Entries[i])
		if result.EventID == "" {
			out.FailedEntryCount++
		}
		out.Entries = append(out.Entries, result)
	}
	return out, nil
}

// putEvent puts one entry on its bus. s.mu is held.
func (s *Services) putEvent(e *entry) entryResult {
	for _, p := range []struct{ name, text string }{{"Source", e.Source}, {"DetailType", e.DetailType}, {"Detail", e.Detail}} {
		if p.text == "" {
			return entryResult{ErrorCode: "InvalidArgument",
				ErrorMessage: "Parameter " + p.name + " is not valid. Reason: " + p.name + " is a required argument."}
		}
	}
	var detail map[string]json.RawMessage
	if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil || detail == nil {
		return entryResult{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	}
	name := e.EventBusName
	if name == "" {
		name = "default"
	}
	b := s.buses[name[strings.LastIndexByte(name, '/')+1:]]
	if b == nil || strings.HasPrefix(name, "arn:") && name != b.ARN() {
		return entryResult{ErrorCode: "ResourceNotFoundException", ErrorMessage: "Event bus " + name + " does not exist."}
	}
	m := Message{ID: s.cfg.NewID(), Body: e.Detail, Sent: s.when(e.Time), Source: b.ARN(), Event: &Event{
		DetailType: e.DetailType, Source: e.Source, Account: s.cfg.Account, Region: s.cfg.Region, Resources: e.Resources,
	}}
	for _, u := range b.all {
		if u.full(m) {
			return entryResult{ErrorCode: "ThrottlingException", ErrorMessage: "A subscription of the event bus is full."}
		}
	}
	for _, u := range b.all {
		u.give(m)
	}
	return entryResult{EventID: m.ID}
}

// when reads the Time of an entry: milliseconds since 1970, or a text in ISO 8601. Without one it is now.
func (s *Services) when(raw json.RawMessage) time.Time {
	var ms int64
	if json.Unmarshal(raw, &ms) == nil {
		return time.UnixMilli(ms)
	}
	var at time.Time
	if json.Unmarshal(raw, &at) == nil && !at.IsZero() {
		return at
	}
	return s.cfg.Clock.Now()
}
