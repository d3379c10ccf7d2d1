package task

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Func makes a Handler of a typed function. The request's input is decoded into In by encoding/json and Out is encoded back;
// f finds the rest of the request with [RequestFrom].
//
// Func panics when In or Out cannot be JSON at all (a channel, a function, a complex number, also inside of structs, or a map
// with a key that is no text): that shows at registration, not in a running execution. An input that does not fit In fails the
// task with States.TaskFailed and a cause that names the type and the member.
func Func[In, Out any](f func(ctx context.Context, in In) (Out, error)) Handler {
	in, out := reflect.TypeFor[In](), reflect.TypeFor[Out]()
	if path := unfit(in, forDecoding, nil); path != "" {
		panic(fmt.Sprintf("task: the input %s cannot be decoded from JSON: %s", in, path))
	}
	if path := unfit(out, forEncoding, nil); path != "" {
		panic(fmt.Sprintf("task: the output %s cannot be encoded as JSON: %s", out, path))
	}
	return &typed[In, Out]{f}
}

type typed[In, Out any] struct {
	f func(context.Context, In) (Out, error)
}

func (t *typed[In, Out]) ServeTask(ctx context.Context, req *Request) (any, error) {
	var in In
	if err := json.Unmarshal(req.Input, &in); err != nil {
		return nil, &Error{Name: TaskFailed, Cause: fmt.Sprintf("the input of state %q does not fit %s: %s", req.State,
			reflect.TypeFor[In](), strings.TrimPrefix(err.Error(), "json: "))}
	}
	return t.f(ctx, in)
}

// direction is the way a type is used.
type direction bool

const (
	forDecoding direction = true
	forEncoding direction = false
)

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// unfit returns where inside of t a type stands that encoding/json can never handle, "" when there is none. Interfaces are
// fit: what they hold is known only at run time.
func unfit(t reflect.Type, d direction, seen map[reflect.Type]bool) string {
	if seen[t] || custom(t, d) {
		return ""
	}
	if seen == nil {
		seen = map[reflect.Type]bool{}
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return "it is a " + t.Kind().String()
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return unfit(t.Elem(), d, seen)
	case reflect.Map:
		if !textKey(t.Key(), d) {
			return "it is a map with keys of type " + t.Key().String()
		}
		return unfit(t.Elem(), d, seen)
	case reflect.Struct:
		for f := range t.Fields() {
			if !f.IsExported() && !f.Anonymous || f.Tag.Get("json") == "-" {
				continue
			}
			if at := unfit(f.Type, d, seen); at != "" {
				return "field " + f.Name + ": " + at
			}
		}
	}
	return ""
}

// custom reports whether t brings its own encoding.
func custom(t reflect.Type, d direction) bool {
	if d == forDecoding {
		p := reflect.PointerTo(t)
		return p.Implements(jsonUnmarshaler) || p.Implements(textUnmarshaler)
	}
	return t.Implements(jsonMarshaler) || t.Implements(textMarshaler)
}

// textKey reports whether encoding/json takes t as the key of a map.
func textKey(t reflect.Type, d direction) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	if d == forDecoding {
		return reflect.PointerTo(t).Implements(textUnmarshaler)
	}
	return t.Implements(textMarshaler)
}
