package local

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/gait-engine/gait/task"
)

// Topic is a topic in memory. A name that ends in ".fifo" makes a FIFO topic, which asks for MessageGroupId and drops messages
// that come twice within five minutes.
type Topic struct {
	s      *Services
	name   string
	all    []*subscriber
	queues []queueSubscription
	fifo   fifo
}

// queueSubscription is a queue that gets the messages of a topic.
type queueSubscription struct {
	q   *Queue
	raw bool
}

// Topic returns the topic of this name, and creates it when there is none.
func (s *Services) Topic(name string) *Topic {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.topics[name]
	if t == nil {
		t = &Topic{s: s, name: name}
		s.topics[name] = t
	}
	return t
}

// ARN returns the TopicArn that definitions give.
func (t *Topic) ARN() string {
	return "arn:aws:sns:" + t.s.cfg.Region + ":" + t.s.cfg.Account + ":" + t.name
}

func isTopic(arn string) bool {
	parts := strings.SplitN(arn, ":", 4)
	return len(parts) == 4 && parts[0] == "arn" && parts[2] == "sns"
}

// Subscribe calls f for every message that is published from now on, one after the other, in a goroutine of its own. An error, or a
// panic, is logged; the message does not come again. f's context ends when [Services.Close] does not wait any longer.
func (t *Topic) Subscribe(f func(ctx context.Context, m Message) error) {
	u := t.s.subscribe(t.ARN(), nil, f)
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if u != nil {
		t.all = append(t.all, u)
	}
}

// SubscribeQueue puts every message into q: the notification as a JSON document, or with raw the message alone.
func (t *Topic) SubscribeQueue(q *Queue, raw bool) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.queues = append(t.queues, queueSubscription{q, raw})
}

// publishRequest are the parameters of Publish.
type publishRequest struct {
	TopicARN          string `json:"TopicArn"`
	TargetARN         string `json:"TargetArn"`
	PhoneNumber       string
	Message           string
	MessageStructure  string
	MessageAttributes map[string]Attribute
	Subject           string
	MessageGroupID    string `json:"MessageGroupId"`
	DeduplicationID   string `json:"MessageDeduplicationId"`
}

// publishResult is the result of Publish.
type publishResult struct {
	MessageID      string `json:"MessageId"`
	SequenceNumber string `json:",omitempty"`
}

func (s *Services) publish(r publishRequest) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	arn := r.TopicARN
	if arn == "" {
		arn = r.TargetARN
	}
	invalid := func(text string) error {
		return &task.ServiceError{Code: "InvalidParameter", Message: "Invalid parameter: " + text, Status: 400}
	}
	switch {
	case arn == "" && r.PhoneNumber != "":
		return nil, invalid("PhoneNumber Reason: there are no telephones here")
	case !isTopic(arn):
		return nil, invalid("TopicArn")
	case r.Message == "":
		return nil, invalid("Empty message")
	case len(r.Message) > maxMessage:
		return nil, invalid("Message too long")
	}
	t := s.topics[arn[strings.LastIndexByte(arn, ':')+1:]]
	if t == nil || arn != t.ARN() {
		return nil, &task.ServiceError{Code: "NotFound", Message: "Topic does not exist", Status: 404}
	}
	body := r.Message
	if r.MessageStructure == "json" {
		var per map[string]string
		if err := json.Unmarshal([]byte(body), &per); err != nil {
			return nil, invalid("Message Structure - JSON message body failed to parse")
		}
		text, ok := per["default"]
		if !ok {
			return nil, invalid("Message Structure - No default entry in JSON message body")
		}
		body = text
	}
	now := s.cfg.Clock.Now()
	m := Message{ID: s.cfg.NewID(), Body: body, Attributes: r.MessageAttributes, Group: r.MessageGroupID, Sent: now, Source: t.ARN(), Subject: r.Subject}
	isFIFO, dedup := strings.HasSuffix(t.name, ".fifo"), r.DeduplicationID
	if isFIFO {
		if r.MessageGroupID == "" {
			return nil, invalid("The MessageGroupId parameter is required for FIFO topics")
		}
		if dedup == "" {
			dedup = md5Hex([]byte(r.Message))
		}
		if old, ok := t.fifo.repeated(dedup, now); ok {
			return publishResult{old.id, old.sequence}, nil
		}
	}
	if t.full(m) {
		return nil, &task.ServiceError{Code: "Throttled", Message: "A subscription of the topic is full.", Status: 429}
	}
	if isFIFO {
		m.Sequence = t.fifo.accept(dedup, m.ID, now).sequence
	}
	t.deliver(m)
	return publishResult{m.ID, m.Sequence}, nil
}

// full reports whether somebody has no room for a message: then nobody gets it. s.mu is held.
func (t *Topic) full(m Message) bool {
	for _, u := range t.all {
		if u.full(m) {
			return true
		}
	}
	for _, to := range t.queues {
		if to.q.Len()+t.s.delayedFor(to.q) >= cap(to.q.messages) {
			return true
		}
	}
	return false
}

// deliver hands a message to everybody. s.mu is held.
func (t *Topic) deliver(m Message) {
	for _, u := range t.all {
		u.give(m)
	}
	for _, to := range t.queues {
		copied := m
		if !to.raw {
			copied.Body, copied.Attributes = string(m.Envelope()), nil
		}
		copied.Source = to.q.URL()
		to.q.put(copied)
	}
}
