package jsonata

import (
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// signature is the parsed form of <params:result>. The result is not checked.
type signature struct {
	params []param
	simple bool // no parameter is variadic or lazily optional: the common case has a shortcut
	least  int  // from this parameter on a missing one is the same as one that is undefined
}

type param struct {
	classes  string // letters that fit; m is undefined
	mask     uint16 // the same as a set
	kind     byte   // the letter; '(' for a choice
	subtype  string // a<…>
	typed    bool   // subtype was given
	context  bool   // taken from the context when missing
	optional bool
	lazy     bool
	many     bool
}

// parseSignature reads a signature. Letters it does not know are ignored, as the reference does.
//
// Errors: S0401, S0402 with an offset from the start of the signature.
func parseSignature(s string) (*signature, *Error) {
	sig := &signature{simple: true}
	last := func() *param {
		if len(sig.params) == 0 {
			return &param{}
		}
		return &sig.params[len(sig.params)-1]
	}
	for i := 1; i < len(s) && s[i] != ':'; i++ {
		switch c := s[i]; c {
		case 's', 'n', 'b', 'l', 'o':
			sig.params = append(sig.params, param{kind: c, classes: string(c) + "m"})
		case 'a', 'x':
			sig.params = append(sig.params, param{kind: c, classes: "asnblfom"})
		case 'f':
			sig.params = append(sig.params, param{kind: c, classes: "f"})
		case 'j':
			sig.params = append(sig.params, param{kind: c, classes: "asnblom"})
		case '-':
			last().context = true
			last().lazy = last().lazy || last().optional
			last().optional = true
		case '?':
			last().lazy = last().lazy || last().optional || last().many
			last().optional = last().optional || !last().many
		case '+':
			last().many = true
			sig.simple = false
		case '(':
			end := closing(s, i, '(', ')')
			choice := s[i+1 : min(end, len(s))]
			if strings.Contains(choice, "<") {
				e := failValue("S0402", value.FromString(choice))
				e.offset = i
				return nil, e
			}
			sig.params = append(sig.params, param{kind: '(', classes: choice + "m"})
			i = end
		case '<':
			p := last()
			if p.kind != 'a' && p.kind != 'f' {
				e := fail("S0401")
				if p.kind != 0 {
					e.value = value.FromString(p.name())
				}
				e.offset = i
				return nil, e
			}
			end := closing(s, i, '<', '>')
			p.subtype, p.typed = s[i+1:min(end, len(s))], true
			i = end
		}
	}
	for i := range sig.params {
		p := &sig.params[i]
		sig.simple = sig.simple && !p.lazy
		for _, c := range []byte(p.classes) {
			p.mask |= classBit(c)
		}
		if !p.optional || p.context || p.kind == 'a' || !p.fits('m') {
			sig.least = i + 1
		}
	}
	return sig, nil
}

func (p *param) name() string {
	if p.kind == '(' {
		return "(" + strings.TrimSuffix(p.classes, "m") + ")"
	}
	return string(p.kind)
}

func closing(s string, i int, open, shut byte) int {
	depth := 1
	for i++; i < len(s); i++ {
		switch s[i] {
		case shut:
			if depth--; depth == 0 {
				return i
			}
		case open:
			depth++
		}
	}
	return i
}

// class returns the letter of the kind of a value.
func class(v value.Value) byte {
	switch v.Kind() {
	case value.Null:
		return 'l'
	case value.Bool:
		return 'b'
	case value.Number:
		return 'n'
	case value.String:
		return 's'
	case value.Array, kindArray:
		return 'a'
	case value.Object, kindObject:
		return 'o'
	case kindFunction:
		return 'f'
	}
	return 'm'
}

func (p *param) fits(c byte) bool { return p.mask&classBit(c) != 0 }

// classBit numbers the letters of the classes.
func classBit(c byte) uint16 {
	switch c {
	case 'l':
		return 1
	case 'b':
		return 2
	case 'n':
		return 4
	case 's':
		return 8
	case 'a':
		return 16
	case 'o':
		return 32
	case 'f':
		return 64
	case 'm':
		return 128
	}
	return 0
}

// match assigns the classes of the arguments to the parameters from index k on: lens[k] arguments to parameter k, greedily,
// with backtracking. whole demands that all arguments are used.
func (sig *signature) match(classes []byte, k, upTo int, whole bool, lens []int) bool {
	if k == upTo {
		return !whole || len(classes) == 0
	}
	p := &sig.params[k]
	most := 0
	for most < len(classes) && p.fits(classes[most]) && (most == 0 || p.many) {
		most++
	}
	least := 1
	if p.optional {
		least = 0
	}
	if p.lazy {
		for n := least; n <= most; n++ {
			if lens[k] = n; sig.match(classes[n:], k+1, upTo, whole, lens) {
				return true
			}
		}
		return false
	}
	for n := most; n >= least; n-- {
		if lens[k] = n; sig.match(classes[n:], k+1, upTo, whole, lens) {
			return true
		}
	}
	return false
}

// validate checks the arguments and returns them completed: a missing one may come from the context, and where an array is
// due a single value is wrapped.
//
// args may be changed and returned. Errors: T0410, T0411, T0412.
func (sig *signature) validate(args []value.Value, context value.Value) ([]value.Value, *Error) {
	if sig.simple && len(args) == len(sig.params) {
		for i := range args {
			p := &sig.params[i]
			if !p.fits(class(args[i])) {
				return sig.general(args, context)
			}
		}
		for i := range args {
			if p := &sig.params[i]; p.kind == 'a' {
				var err *Error
				if args[i], err = p.array(args[i], i, class(args[i]) == p.only()); err != nil {
					return nil, err
				}
			}
		}
		return args, nil
	}
	return sig.general(args, context)
}

// missing returns how many undefined arguments complete a list whose arguments are those of the first parameters; 0 when they
// are not, or when what is missing is not just undefined.
func (sig *signature) missing(args []value.Value) int {
	if !sig.simple || len(args) < sig.least || len(args) >= len(sig.params) {
		return 0
	}
	for i := range args {
		if !sig.params[i].fits(class(args[i])) {
			return 0
		}
	}
	return len(sig.params) - len(args)
}

// only returns the subtype when it is a single letter.
func (p *param) only() byte {
	if len(p.subtype) == 1 {
		return p.subtype[0]
	}
	return 0
}

func (sig *signature) general(args []value.Value, context value.Value) ([]value.Value, *Error) {
	var buf [8]byte
	var lenBuf [8]int
	classes := buf[:0]
	for _, a := range args {
		classes = append(classes, class(a))
	}
	lens := lenBuf[:]
	if len(sig.params) > len(lens) {
		lens = make([]int, len(sig.params))
	}
	if !sig.match(classes, 0, len(sig.params), true, lens) {
		return nil, sig.mismatch(args, classes, lens)
	}
	arg := func(i int) value.Value {
		if i < len(args) {
			return args[i]
		}
		return undefined
	}
	out := make([]value.Value, 0, max(len(sig.params), len(args)))
	at := 0
	for k := range sig.params {
		p := &sig.params[k]
		if lens[k] == 0 {
			if !p.context {
				out = append(out, arg(at))
				at++
				continue
			}
			if !p.fits(class(context)) {
				e := failValue("T0411", context)
				e.Index = at + 1
				return nil, e
			}
			out = append(out, context)
			continue
		}
		first, start := arg(at), at
		for range lens[k] {
			v := first // a variadic parameter repeats its first argument: so does the reference
			if p.kind == 'a' {
				var err *Error
				same := lens[k] == len(p.subtype) && string(classes[start:start+lens[k]]) == p.subtype
				if v, err = p.array(arg(at), at, same); err != nil {
					return nil, err
				}
			}
			out = append(out, v)
			at++
		}
	}
	return out, nil
}

// array checks an argument where an array is due. same says that the argument is of the type of the members.
func (p *param) array(v value.Value, at int, same bool) (value.Value, *Error) {
	c := class(v)
	if c == 'm' {
		return undefined, nil
	}
	if p.typed {
		ok := true
		if c != 'a' {
			ok = same
		} else if elems := elements(v); len(elems) > 0 {
			want := class(elems[0])
			ok = p.subtype != "" && want == p.subtype[0]
			kind := elems[0].Kind()
			for i := 1; ok && i < len(elems); i++ {
				ok = elems[i].Kind() == kind || class(elems[i]) == want
			}
		}
		if !ok {
			e := failValue("T0412", v)
			e.Index = at + 1
			e.typeName = pluralTypes[p.subtype]
			return v, e
		}
	}
	if c != 'a' {
		return newArray([]value.Value{v}, 0), nil
	}
	return v, nil
}

var pluralTypes = map[string]string{
	"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings",
}

// mismatch finds the first argument that no assignment reaches.
func (sig *signature) mismatch(args []value.Value, classes []byte, lens []int) *Error {
	goodTo := 0
	for k := range sig.params {
		if !sig.match(classes, 0, k+1, false, lens) {
			break
		}
		goodTo = 0
		for _, n := range lens[:k+1] {
			goodTo += n
		}
	}
	e := fail("T0410")
	if goodTo < len(args) {
		e.value = args[goodTo]
	}
	e.Index = goodTo + 1
	return e
}
