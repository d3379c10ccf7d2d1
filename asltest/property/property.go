package property

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/gait-engine/gait/asltest"
)

// Check runs the machine with many inputs and asks the invariant about each execution; it reports by the assertions of the
// execution, or by [asltest.Execution.Failf]. A call that no mock answers fails the test, as does an execution that does not end. The
// test shows the smallest failing input that was found.
//
// t is a *testing.T.
func Check(t rapid.TB, m *asltest.Machine, inputs *rapid.Generator[string], invariant func(x *asltest.Execution), mocks ...asltest.Mock) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		input := inputs.Draw(rt, "input")
		invariant(m.For(quoted{rt, input}).Run(input, mocks...))
	})
}

// quoted tells a failure with its input.
type quoted struct {
	*rapid.T
	input string
}

func (q quoted) Errorf(format string, args ...any) {
	q.T.Helper()
	q.T.Errorf("with the input %s\n%s", q.input, fmt.Sprintf(format, args...))
}

func (q quoted) Fatalf(format string, args ...any) {
	q.T.Helper()
	q.T.Fatalf("with the input %s\n%s", q.input, fmt.Sprintf(format, args...))
}

// NoRuntimeError fails an execution that ended with States.Runtime: a path that selected nothing, a choice that matched nothing, a
// wrong type in an intrinsic function, that no Catch can handle on AWS.
func NoRuntimeError(x *asltest.Execution) {
	if x.Error != nil && *x.Error == "States.Runtime" {
		x.Failf("the definition cannot handle its input: %s", *x.Error)
	}
}

// Replies draws what each call gets: one of the errors, or a result. Use it within rapid.Check:
//
//	rapid.Check(t, func(rt *rapid.T) {
//		replies := property.Replies(rt, property.Like(`{"id": "r1"}`), "Card.Busy")
//		m.For(rt).Run(input, asltest.Otherwise(replies))
//	})
func Replies(t *rapid.T, results *rapid.Generator[string], errors ...string) asltest.Reply {
	n := 0
	return asltest.Do(func(c asltest.Call) asltest.Answer {
		n++
		label := fmt.Sprintf("call %d, of %s", n, c.State)
		if i := rapid.IntRange(0, len(errors)).Draw(t, label+": error"); i > 0 {
			return asltest.Fail(errors[i-1], "drawn")
		}
		return asltest.Return(results.Draw(t, label+": result"))
	})
}
