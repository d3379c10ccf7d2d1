package local

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gait-engine/gait/task"
)

// maxMessage is the most bytes of a message with its attributes.
//
// Source: Amazon SQS Developer Guide, "Message quotas", before 2025; Step Functions passes no more than that.
const maxMessage = 262_144

// Queue is a queue in memory: first in, first out, each message received once. A name that ends in ".fifo" makes a FIFO queue, which
// asks for MessageGroupId and drops messages that come twice within five minutes.
type Queue struct {
	s        *Services
	name     string
	messages chan Message
	fifo     fifo
}

// Queue returns the queue of this name, and creates it when there is none.
func (s *Services) Queue(name string) *Queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[name]
	if q == nil {
		q = &Queue{s: s, name: name, messages: make(chan Message, s.cfg.Capacity)}
		if s.closed {
			close(q.messages)
		}
		s.queues[name] = q
	}
	return q
}

// URL returns the QueueUrl that definitions give.
func (q *Queue) URL() string {
	return "https://sqs." + q.s.cfg.Region + ".amazonaws.com/" + q.s.cfg.Account + "/" + q.name
}

// ARN returns the ARN of the queue.
func (q *Queue) ARN() string {
	return "arn:aws:sqs:" + q.s.cfg.Region + ":" + q.s.cfg.Account + ":" + q.name
}

// Len returns how many messages wait to be received, without delayed ones.
func (q *Queue) Len() int { return len(q.messages) }

// Messages returns the channel of messages. It is closed by [Services.Close], once it is empty.
func (q *Queue) Messages() <-chan Message { return q.messages }

// Receive waits for a message and takes it from the queue. Errors: [ErrClosed] when there will be none, that of ctx.
func (q *Queue) Receive(ctx context.Context) (Message, error) {
	select {
	case m, ok := <-q.messages:
		if !ok {
			return Message{}, ErrClosed
		}
		return m, nil
	case <-ctx.Done():
		return Message{}, ctx.Err()
	}
}

// put adds a message. q.s.mu is held. It reports false when the queue is full.
func (q *Queue) put(m Message) bool {
	if len(q.messages) == cap(q.messages) {
		return false
	}
	q.messages <- m
	return true
}

func (q *Queue) isFIFO() bool { return strings.HasSuffix(q.name, ".fifo") }

// sendRequest are the parameters of SendMessage.
type sendRequest struct {
	QueueURL          string `json:"QueueUrl"`
	MessageBody       string
	DelaySeconds      float64
	MessageAttributes map[string]Attribute
	MessageGroupID    string `json:"MessageGroupId"`
	DeduplicationID   string `json:"MessageDeduplicationId"`
}

// sendResult is the result of SendMessage.
type sendResult struct {
	MD5OfMessageAttributes string `json:",omitempty"`
	MD5OfMessageBody       string
	MessageID              string `json:"MessageId"`
	SequenceNumber         string `json:",omitempty"`
}

func (s *Services) sendMessage(r sendRequest) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(r.QueueURL)
	if err != nil {
		return nil, err
	}
	size := len(r.MessageBody)
	for name, a := range r.MessageAttributes {
		size += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	switch {
	case r.MessageBody == "":
		return nil, refuse("MissingParameter", "The request must contain the parameter MessageBody.")
	case size > maxMessage:
		return nil, refuse("InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", maxMessage)
	case r.DelaySeconds < 0 || r.DelaySeconds > 900:
		return nil, refuse("InvalidParameterValue", "Value %v for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
			r.DelaySeconds)
	case q.isFIFO() && r.MessageGroupID == "":
		return nil, refuse("MissingParameter", "The request must contain the parameter MessageGroupId.")
	case q.isFIFO() && r.DelaySeconds != 0:
		return nil, refuse("InvalidParameterValue", "Value %v for parameter DelaySeconds is invalid. Reason: The request include parameter that is "+
			"not valid for this queue type.", r.DelaySeconds)
	}
	now := s.cfg.Clock.Now()
	m := Message{ID: s.cfg.NewID(), Body: r.MessageBody, Attributes: r.MessageAttributes, Group: r.MessageGroupID, Sent: now, Source: q.URL()}
	result := sendResult{
		MD5OfMessageAttributes: attributesMD5(r.MessageAttributes), MD5OfMessageBody: md5Hex([]byte(r.MessageBody)), MessageID: m.ID,
	}
	dedup := r.DeduplicationID
	if q.isFIFO() {
		if dedup == "" {
			dedup = md5Hex([]byte(r.MessageBody))
		}
		if old, ok := q.fifo.repeated(dedup, now); ok {
			result.MessageID, result.SequenceNumber = old.id, old.sequence
			return result, nil
		}
	}
	if len(q.messages)+s.delayedFor(q) >= cap(q.messages) {
		return nil, &task.ServiceError{Code: "OverLimit", Message: "The queue is full.", Status: 403}
	}
	if q.isFIFO() {
		m.Sequence = q.fifo.accept(dedup, m.ID, now).sequence
		result.SequenceNumber = m.Sequence
	}
	if r.DelaySeconds > 0 {
		s.delay(q, m, time.Duration(r.DelaySeconds*float64(time.Second)))
	} else {
		q.put(m)
	}
	return result, nil
}

// delayed is a message that is on its way.
type delayed struct {
	q    *Queue
	stop func() bool
}

// delay puts m into q after d. s.mu is held.
func (s *Services) delay(q *Queue, m Message, d time.Duration) {
	x := &delayed{q: q}
	s.delayed[x] = struct{}{}
	x.stop = s.cfg.Clock.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, waits := s.delayed[x]; waits {
			delete(s.delayed, x)
			q.put(m) // its place was kept
		}
	})
}

// delayedFor counts the messages on their way to q. s.mu is held.
func (s *Services) delayedFor(q *Queue) (n int) {
	for x := range s.delayed {
		if x.q == q {
			n++
		}
	}
	return n
}

// queue finds a queue by its URL. s.mu is held.
func (s *Services) queue(queueURL string) (*Queue, error) {
	if s.closed {
		return nil, ErrClosed
	}
	u, err := url.Parse(queueURL)
	if err != nil || queueURL == "" {
		return nil, refuse("InvalidAddress", "The address %s is not valid for this endpoint.", queueURL)
	}
	if host := u.Hostname(); u.IsAbs() && !strings.HasPrefix(host, "sqs.") && !strings.Contains(host, ".queue.") && host != "localhost" {
		return nil, &unreachableError{host}
	}
	q := s.queues[u.Path[strings.LastIndexByte(u.Path, '/')+1:]]
	if q == nil {
		return nil, &task.ServiceError{Code: "QueueDoesNotExist", Message: "The specified queue does not exist.", Status: 400}
	}
	return q, nil
}

// unreachableError is a queue whose host does not exist. The words are AWS's, as recorded.
type unreachableError struct{ host string }

func (e *unreachableError) Error() string {
	return "Unable to execute HTTP request: " + e.host + ": Name or service not known"
}

// refuse is an error that the models of the services do not name.
func refuse(code, format string, args ...any) error {
	return &task.ServiceError{Code: code, Message: fmt.Sprintf(format, args...), Status: 400, Unmodeled: true}
}

// receiveRequest are the parameters of ReceiveMessage.
type receiveRequest struct {
	QueueURL            string `json:"QueueUrl"`
	MaxNumberOfMessages int
	WaitTimeSeconds     float64
}

// receiveMessage takes up to ten messages; they do not come back. It waits for the first one up to WaitTimeSeconds.
func (s *Services) receiveMessage(ctx context.Context, r receiveRequest) (any, error) {
	s.mu.Lock()
	q, err := s.queue(r.QueueURL)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if r.MaxNumberOfMessages == 0 {
		r.MaxNumberOfMessages = 1
	}
	if r.MaxNumberOfMessages < 0 || r.MaxNumberOfMessages > 10 {
		return nil, refuse("InvalidParameterValue", "Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if "+
			"provided.", r.MaxNumberOfMessages)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wait := time.Duration(min(max(r.WaitTimeSeconds, 0), 20) * float64(time.Second))
	if wait == 0 {
		cancel()
	} else {
		defer s.cfg.Clock.AfterFunc(wait, cancel)()
	}
	var out struct {
		Messages []map[string]any `json:",omitempty"`
	}
	for len(out.Messages) < r.MaxNumberOfMessages {
		m, ok := q.next(ctx)
		if !ok {
			break
		}
		cancel() // further ones are taken without waiting
		out.Messages = append(out.Messages, map[string]any{
			"Body": m.Body, "MD5OfBody": md5Hex([]byte(m.Body)), "MessageId": m.ID, "ReceiptHandle": m.ID,
		})
	}
	return out, nil
}

// next takes a message; when there is none it waits until ctx ends.
func (q *Queue) next(ctx context.Context) (Message, bool) {
	select {
	case m, ok := <-q.messages:
		return m, ok
	default:
	}
	m, err := q.Receive(ctx)
	return m, err == nil
}

func (s *Services) deleteMessage(r struct {
	QueueURL string `json:"QueueUrl"`
}) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.queue(r.QueueURL)
	return json.RawMessage(`{}`), err
}
