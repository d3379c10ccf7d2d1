package engine

import (
	crand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/task"
)

// Config says what an engine works with. Only Store is required; the zero value of everything else is a good choice.
type Config struct {
	// Store keeps everything durable. The engine owns it from Open on, and closes it in Close.
	Store store.Store
	// Tasks chooses the handlers of Task states. Handlers may be added later. Default: an empty Mux.
	Tasks *task.Mux
	// Objects is where distributed Maps read their items and leave their results. Without it an ItemReader or a ResultWriter
	// fails.
	Objects task.Objects
	// Logger gets what an operator should know; documents, inputs and tokens are never logged. Default: nothing is logged.
	Logger *slog.Logger

	Shards     int           // goroutines that step executions; default GOMAXPROCS
	MaxTasks   int           // handlers running at once; default 256
	Batch      int           // commits per transaction at most; default 512
	Loaded     int           // executions kept in memory between their steps; default 8,192
	MaxExpress int           // Express executions at once, beyond which a start waits; default 10,000
	Limits     states.Limits // default: the quotas of AWS
	Clock      Clock         // default: the system clock
	// Rand chooses between the versions of an alias and seeds Express executions. The engine alone may use it. Default: a generator
	// with a seed of its own.
	Rand rand.Source

	// ExpressLog is told the events of Express executions, in order for each of them, while they run. It holds them up: it must be
	// quick. Default: nobody is told, and no events are made.
	ExpressLog func(id ID, events []history.Event)

	// Region and Account appear in ARNs. Defaults: "us-east-1" and "000000000000".
	Region, Account string
	// RoleARN is the role of machines deployed without one. Default: "arn:aws:iam::ACCOUNT:role/gait".
	RoleARN string
}

// Clock is what an engine knows of time.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own once d has passed. Calling stop prevents that, if it has not happened yet.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// validate refuses what cannot work and fills in the defaults.
func (c *Config) validate() error {
	if c.Store == nil {
		return errors.New("engine: Config.Store is missing")
	}
	for name, n := range map[string]int{"MaxExpress": c.MaxExpress, "Shards": c.Shards, "MaxTasks": c.MaxTasks, "Batch": c.Batch, "Loaded": c.Loaded} {
		if n < 0 {
			return fmt.Errorf("engine: Config.%s is %d, expected 0 or more", name, n)
		}
	}
	if strings.ContainsAny(c.Region+c.Account, ": ") {
		return fmt.Errorf("engine: Config.Region %q and Account %q must be usable in an ARN", c.Region, c.Account)
	}
	if c.Tasks == nil {
		c.Tasks = new(task.Mux)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	if c.Rand == nil {
		var seed [32]byte
		crand.Read(seed[:]) // never fails, see its documentation
		c.Rand = rand.NewChaCha8(seed)
	}
	setDefault(&c.Shards, runtime.GOMAXPROCS(0))
	setDefault(&c.MaxTasks, 256)
	setDefault(&c.Batch, 512)
	setDefault(&c.Loaded, 8192)
	setDefault(&c.MaxExpress, 10_000)
	setDefault(&c.Region, "us-east-1")
	setDefault(&c.Account, "000000000000")
	setDefault(&c.RoleARN, "arn:aws:iam::"+c.Account+":role/gait")
	setDefault(&c.Limits.Payload, 262_144)
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
