package evaluate

import (
	"context"
	_ "embed"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"modernc.org/quickjs"

	"github.com/gait-engine/gait/task"
)

// Config bounds what an expression may use. The zero Config is a good choice.
type Config struct {
	Timeout time.Duration // for one evaluation; default 5 s
	Memory  int           // bytes for the values of one evaluation, at least 1 MiB; default 32 MiB
	Stack   int           // nested calls; default 1,000
	// Parallel is how many evaluations run at once; others wait. Default GOMAXPROCS.
	Parallel int
	// Now and Random are what Date and Math.random are made of. Default: the system clock, read once for each evaluation, and a
	// random seed.
	Now    func() time.Time
	Random func() uint64
}

// Evaluator evaluates JavaScript expressions. It is safe for concurrent use and holds no resources between calls.
type Evaluator struct {
	cfg   Config
	slots chan struct{}
}

var _ task.Handler = (*Evaluator)(nil)

// lambdaUnknown is the name of a failure of a function that ended without telling why: by its time or its memory.
//
// Source: AWS Step Functions Developer Guide, "Handling errors", "Lambda.Unknown".
const lambdaUnknown = "Lambda.Unknown"

// New returns an evaluator.
func New(cfg Config) *Evaluator {
	if cfg.Timeout <= 0 {
		cfg.Timeout = 5 * time.Second
	}
	if cfg.Memory <= 0 {
		cfg.Memory = 32 << 20
	}
	cfg.Memory = max(cfg.Memory, 1<<20)
	if cfg.Stack <= 0 {
		cfg.Stack = 1000
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = runtime.GOMAXPROCS(0)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Uint64
	}
	return &Evaluator{cfg: cfg, slots: make(chan struct{}, cfg.Parallel)}
}

// Register makes the evaluator answer for Lambda functions of these names, by function ARN and by lambda:invoke alike. A name may
// have "*" in it, which stands for any text: the CDK adds a hash to the names of its functions.
func (e *Evaluator) Register(m *task.Mux, names ...string) {
	for _, name := range names {
		m.HandleLambda(name, e)
	}
}

// grace is how much longer than its time an evaluation is waited for. The engine looks at the clock between calls of functions,
// so that one call of a built-in function can outlast it. Its goroutine then ends when the call does, and keeps its place in Parallel
// until then.
const grace = time.Second

func (e *Evaluator) tooLate() error {
	return task.Errorf(lambdaUnknown, "The expression was not evaluated within %v", e.cfg.Timeout)
}

// request is what the construct sends.
type request struct {
	Expression *string                    `json:"expression"`
	Values     map[string]json.RawMessage `json:"expressionAttributeValues"`
}

// ServeTask evaluates the expression in the input and returns its value; undefined, functions and NaN become null, as Lambda's
// runtime for Node.js makes them. A promise is waited for.
//
// Errors, as *task.Error: the name of what the expression throws ("TypeError", "SyntaxError", …) with its message; Lambda.Unknown
// when time or memory run out.
func (e *Evaluator) ServeTask(ctx context.Context, req *task.Request) (any, error) {
	var r request
	if err := json.Unmarshal(req.Input, &r); err != nil || r.Expression == nil || r.Values == nil {
		return nil, task.Errorf("TypeError", "the event must be {\"expression\": text, \"expressionAttributeValues\": object}")
	}
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	type answer struct {
		out any
		err error
	}
	done := make(chan answer, 1)
	go func() {
		a := answer{err: task.Errorf(lambdaUnknown, "The expression broke the JavaScript engine")}
		defer func() {
			if p := recover(); p != nil {
				a.out = nil // of the engine; its machine is lost, and nothing else
			}
			<-e.slots
			done <- a
		}()
		a.out, a.err = e.run(ctx, string(req.Input))
	}()
	late := make(chan struct{})
	defer time.AfterFunc(e.cfg.Timeout+grace, func() { close(late) }).Stop()
	select {
	case a := <-done:
		return a.out, a.err
	case <-late:
		return nil, e.tooLate()
	}
}

// prelude is JavaScript that leaves one function in a new machine.
//
//go:embed prelude.js
var prelude string

// run evaluates an event in a machine of its own.
func (e *Evaluator) run(ctx context.Context, event string) (any, error) {
	vm, err := quickjs.NewVM()
	if err != nil {
		return nil, task.Errorf(task.TaskFailed, "evaluate: no virtual machine: %v", err)
	}
	defer vm.Close()
	vm.SetCanBlock(false)
	vm.SetMemoryLimit(uintptr(e.cfg.Memory))
	vm.SetMaxStackSize(uintptr(e.cfg.Stack))
	if err := vm.SetEvalTimeout(e.cfg.Timeout); err != nil {
		return nil, task.Errorf(task.TaskFailed, "evaluate: %v", err)
	}
	defer context.AfterFunc(ctx, vm.Interrupt)()
	if _, err := vm.Eval(prelude, quickjs.EvalGlobal); err != nil {
		return nil, e.failure(ctx, err)
	}
	out, err := vm.Call("gait", event, float64(e.cfg.Now().UnixMilli()), float64(e.cfg.Random()>>11))
	if err == nil && out == nil { // a promise
		if _, err = vm.ExecutePendingJobs(); err == nil {
			out, err = vm.Call("gait")
		}
	}
	if err != nil {
		return nil, e.failure(ctx, err)
	}
	text, ok := out.(string)
	if !ok {
		return nil, task.Errorf(lambdaUnknown, "The expression waits for something that never comes")
	}
	return result(text)
}

// result reads what the function in the prelude returns.
func result(text string) (any, error) {
	if rest, ok := strings.CutPrefix(text, "="); ok {
		return json.RawMessage(rest), nil
	}
	var thrown struct{ Name, Message string }
	if err := json.Unmarshal([]byte(text), &thrown); err != nil {
		return nil, task.Errorf(task.TaskFailed, "evaluate: %v", err)
	}
	if thrown.Name == "InternalError" {
		switch {
		case strings.Contains(thrown.Message, "out of memory"):
			return nil, errMemory()
		case strings.Contains(thrown.Message, "stack overflow"):
			thrown.Name, thrown.Message = "RangeError", "Maximum call stack size exceeded"
		}
	}
	return nil, &task.Error{Name: thrown.Name, Cause: thrown.Message}
}

func errMemory() error { return task.Errorf(lambdaUnknown, "The expression ran out of memory") }

// failure words an error that the expression could not catch.
func (e *Evaluator) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "interrupted"):
		return e.tooLate()
	case strings.Contains(text, "out of memory"), strings.HasSuffix(text, "null"): // there was none left to say so
		return errMemory()
	}
	return task.Errorf(lambdaUnknown, "The expression ended without a value: %.200s", text)
}
