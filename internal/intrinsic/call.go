package intrinsic

import (
	"fmt"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// Random is the randomness a host injects.
type Random interface{ Uint64() uint64 }

// Call is a parsed intrinsic function call. It is immutable and safe for concurrent use.
type Call struct {
	text  string
	outer *node
	paths []*jsonpath.Path
}

// node is one call in the tree of nested calls.
type node struct {
	name     string
	function function
	args     []argument
	template []piece // of States.Format, when its template is a literal
	wrong    string  // what is wrong with the number of arguments, or ""
}

// argument is a literal, a path or a call.
type argument struct {
	literal value.Value
	path    *jsonpath.Path
	call    *node
}

// maxResult is the largest value that a function may return, in bytes of JSON: the largest payload.
const maxResult = 262144

// String returns the call as it was written.
func (c *Call) String() string { return c.text }

// Name returns the name of the outermost function, such as "States.Format".
func (c *Call) Name() string { return c.outer.name }

// Paths returns the paths that the call and the calls inside of it read, in the order of the text. The slice must not be changed.
func (c *Call) Paths() []*jsonpath.Path { return c.paths }

// env is what an evaluation reads.
type env struct {
	input  value.Value
	roots  jsonpath.Roots
	random Random
}

// Eval returns the value of the call. Paths are read from input and roots (see [jsonpath.Path.Eval]); random is used by States.UUID
// and by States.MathRandom without a seed and may be nil when neither occurs. The error is an *[Error].
func (c *Call) Eval(input value.Value, roots jsonpath.Roots, random Random) (value.Value, error) {
	v, err := c.outer.eval(&env{input, roots, random})
	if err != nil {
		return value.Value{}, c.wrap(err, input)
	}
	return v, nil
}

func (n *node) eval(e *env) (value.Value, error) {
	if n.wrong != "" {
		return value.Value{}, arityError(n.wrong)
	}
	args := make([]value.Value, len(n.args))
	for i := range n.args {
		v, err := n.args[i].eval(e)
		if err != nil {
			return value.Value{}, err
		}
		args[i] = v
	}
	v, err := n.function.eval(e, n, args)
	if err != nil {
		return value.Value{}, err
	}
	if size := v.Size(); size > maxResult {
		return value.Value{}, tooLarge(size)
	}
	return v, nil
}

func tooLarge(size int) error {
	return failf("The result of %d bytes exceeds the maximum of %d bytes", size, maxResult)
}

func (a *argument) eval(e *env) (value.Value, error) {
	switch {
	case a.call != nil:
		return a.call.eval(e)
	case a.path != nil:
		v, err := a.path.Eval(e.input, e.roots)
		if err != nil {
			return value.Value{}, &pathError{a.path, err}
		}
		return v, nil
	default:
		return a.literal, nil
	}
}

// function is one of the States.* functions.
type function struct {
	min, max int // number of arguments; max -1 means any
	eval     func(e *env, n *node, args []value.Value) (value.Value, error)
}

// plain adapts a function that needs nothing but its arguments.
func plain(f func(args []value.Value) (value.Value, error)) func(*env, *node, []value.Value) (value.Value, error) {
	return func(_ *env, _ *node, args []value.Value) (value.Value, error) { return f(args) }
}

// functions are all intrinsic functions by name.
var functions = map[string]function{
	"States.Format":         {1, -1, format},
	"States.StringToJson":   {1, 1, plain(stringToJSON)},
	"States.JsonToString":   {1, 1, plain(jsonToString)},
	"States.Array":          {0, -1, plain(array)},
	"States.ArrayPartition": {2, 2, plain(arrayPartition)},
	"States.ArrayContains":  {2, 2, plain(arrayContains)},
	"States.ArrayRange":     {3, 3, plain(arrayRange)},
	"States.ArrayGetItem":   {2, 2, plain(arrayGetItem)},
	"States.ArrayLength":    {1, 1, plain(arrayLength)},
	"States.ArrayUnique":    {1, 1, plain(arrayUnique)},
	"States.Base64Encode":   {1, 1, plain(base64Encode)},
	"States.Base64Decode":   {1, 1, plain(base64Decode)},
	"States.Hash":           {2, 2, plain(hash)},
	"States.JsonMerge":      {3, 3, plain(jsonMerge)},
	"States.MathRandom":     {2, 3, mathRandom},
	"States.MathAdd":        {2, 2, plain(mathAdd)},
	"States.StringSplit":    {2, 2, plain(stringSplit)},
	"States.UUID":           {0, 0, uuid},
}

// arity words the number of arguments that a function takes.
func (f function) arity() string {
	switch {
	case f.max < 0:
		return fmt.Sprintf("at least %d arguments", f.min)
	case f.min == f.max && f.min == 1:
		return "1 argument"
	case f.min == f.max:
		return fmt.Sprintf("%d arguments", f.min)
	default:
		return fmt.Sprintf("%d to %d arguments", f.min, f.max)
	}
}

// want returns an error unless argument i has the kind.
func want(args []value.Value, i int, kind value.Kind) error {
	if got := args[i].Kind(); got != kind {
		return failf("Argument %d must be of type %s but was of type %s", i+1, kind, got)
	}
	return nil
}

// text returns argument i, which must be a string.
func text(args []value.Value, i int) (string, error) {
	return args[i].Str(), want(args, i, value.String)
}

// whole returns argument i, which must be a whole number.
func whole(args []value.Value, i int) (int64, error) {
	if err := want(args, i, value.Number); err != nil {
		return 0, err
	}
	n, ok := args[i].Int()
	if !ok {
		return 0, failf("Argument %d must be an integer but was %.64s", i+1, args[i].NumberText())
	}
	return n, nil
}
