package suite

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/gait-engine/gait/asltest"
)

// recorder is a test outside of package testing: it keeps what it is told.
type recorder struct {
	name     string
	messages []string
	cleanups []func()
}

var _ asltest.TB = (*recorder)(nil)

func (r *recorder) Helper()          {}
func (r *recorder) Name() string     { return r.name }
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Errorf(format string, args ...any) {
	r.messages = append(r.messages, strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
}

// Fatalf ends the goroutine of the test, as package testing does.
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// run runs f to its end, or to a Fatalf.
func (r *recorder) run(f func()) {
	end := make(chan any, 1)
	go func() {
		returned := false
		defer func() {
			var p any
			if !returned {
				p = recover() // nil after Goexit
			}
			for i := len(r.cleanups) - 1; i >= 0; i-- {
				r.cleanups[i]()
			}
			end <- p
		}()
		f()
		returned = true
	}()
	if p := <-end; p != nil {
		r.messages = append(r.messages, fmt.Sprintf("panic: %v", p))
	}
}
