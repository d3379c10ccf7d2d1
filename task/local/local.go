package local

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gait-engine/gait/task"
)

// Config says where the services seem to be. The zero Config is a good choice.
type Config struct {
	// Region and Account appear in URLs and ARNs. Defaults, as those of an engine: "us-east-1" and "000000000000".
	Region, Account string
	// Capacity is how many messages a queue or a subscription holds. Default 10,000.
	Capacity int
	// Clock is what the services know of time. Default: the system clock.
	Clock Clock
	// NewID makes the ids of messages. Default: random UUIDs.
	NewID func() string
	// Logger gets a warning when a subscriber fails. Messages are never logged. Default: nothing is logged.
	Logger *slog.Logger
}

// Clock is what the services know of time. The clock of an engine fits.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own once d has passed. Calling stop prevents that, if it has not happened yet.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// ErrClosed is what everything returns after Close.
var ErrClosed = errors.New("local: the services are closed")

// Services are the queues, topics and event buses of one account. They are safe for concurrent use.
type Services struct {
	cfg  Config
	ctx  context.Context // of subscribers; ends when Close does not wait any longer
	stop context.CancelFunc

	mu          sync.Mutex
	closed      bool
	queues      map[string]*Queue
	topics      map[string]*Topic
	buses       map[string]*Bus
	subscribers []*subscriber
	delayed     map[*delayed]struct{}
	workers     sync.WaitGroup
}

// A Caller serves every pattern, and aws-sdk resources too.
var _ task.Caller = (*Services)(nil)

// New returns services with an event bus "default" and nothing else. Close them.
func New(cfg Config) *Services {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.Account == "" {
		cfg.Account = "000000000000"
	}
	if cfg.Capacity <= 0 {
		cfg.Capacity = 10_000
	}
	if cfg.Clock == nil {
		cfg.Clock = systemClock{}
	}
	if cfg.NewID == nil {
		cfg.NewID = newUUID
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Services{cfg: cfg, queues: map[string]*Queue{}, topics: map[string]*Topic{}, buses: map[string]*Bus{}, delayed: map[*delayed]struct{}{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.Bus("default")
	return s
}

// newUUID returns a random UUID.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails, see its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Register makes the services answer sqs, sns and events resources, optimised and aws-sdk ones.
func (s *Services) Register(m *task.Mux) {
	m.HandleServices(s, "sqs", "sns", "events", "aws-sdk:sqs", "aws-sdk:sns", "aws-sdk:eventbridge")
}

// Call makes one call: sqs sendMessage, receiveMessage and deleteMessage, sns publish, events or eventbridge putEvents. Errors are
// *task.ServiceError as AWS's services give them.
func (s *Services) Call(ctx context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
	switch service + ":" + action {
	case "sqs:sendMessage":
		return answer(input, s.sendMessage)
	case "sqs:receiveMessage":
		return answer(input, func(r receiveRequest) (any, error) { return s.receiveMessage(ctx, r) })
	case "sqs:deleteMessage":
		return answer(input, s.deleteMessage)
	case "sns:publish":
		return answer(input, s.publish)
	case "events:putEvents", "eventbridge:putEvents":
		return answer(input, s.putEvents)
	}
	return nil, &task.ServiceError{Code: "InvalidAction", Status: 400, Unmodeled: true,
		Message: "The action " + action + " is not valid for this endpoint."}
}

// answer decodes the parameters of a call and encodes its result.
func answer[In any](input json.RawMessage, f func(In) (any, error)) (json.RawMessage, error) {
	var in In
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, &task.ServiceError{Code: "SerializationException", Message: "the parameters cannot be read", Status: 400, Unmodeled: true}
	}
	out, err := f(in)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// Close takes no more messages, lets subscribers finish with those that they have, and ends their contexts when ctx ends first.
// Queues can still be emptied by Receive. Further calls do nothing. The error is that of ctx.
func (s *Services) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		for d := range s.delayed {
			d.stop()
		}
		clear(s.delayed)
		for _, q := range s.queues {
			close(q.messages)
		}
		for _, u := range s.subscribers {
			close(u.pending)
		}
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.workers.Wait()
		close(done)
	}()
	defer s.stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s.stop()
		<-done
		return ctx.Err()
	}
}

// subscriber is a function that gets messages of a topic or events of a bus, one after the other.
type subscriber struct {
	name    string // of the topic or bus
	pending chan Message
	wanted  func(Message) bool // nil: all
}

// subscribe starts a subscriber. s.mu is not held.
func (s *Services) subscribe(name string, wanted func(Message) bool, f func(context.Context, Message) error) *subscriber {
	u := &subscriber{name: name, pending: make(chan Message, s.cfg.Capacity), wanted: wanted}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.subscribers = append(s.subscribers, u)
	s.workers.Go(func() {
		for m := range u.pending {
			if s.ctx.Err() != nil {
				continue // nobody waits any longer
			}
			if err := s.deliver(f, m); err != nil {
				s.cfg.Logger.Warn("subscriber failed", "subscription", u.name, "err", err)
			}
		}
	})
	return u
}

// deliver calls f, whose panic is an error of its own.
func (s *Services) deliver(f func(context.Context, Message) error, m Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("local: the subscriber panicked: %v", p)
		}
	}()
	return f(s.ctx, m)
}

// full reports whether a subscriber that wants m has no room for it. s.mu is held.
func (u *subscriber) full(m Message) bool {
	return (u.wanted == nil || u.wanted(m)) && len(u.pending) == cap(u.pending)
}

// give hands m over. s.mu is held, and u is not full.
func (u *subscriber) give(m Message) {
	if u.wanted == nil || u.wanted(m) {
		u.pending <- m
	}
}
