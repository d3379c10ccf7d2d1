package intrinsic

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
)

// piece is a part of a template: a text, or a hole for an argument.
type piece struct {
	text string
	hole bool
}

// template cuts the text of a template at each "{}". \{ \} \\ and \' stand for the second character. bad is the offset of the first
// brace that is neither escaped nor part of "{}", -1 when there is none; such a brace stands for itself.
func template(text string) (pieces []piece, bad int) {
	bad = -1
	var buf []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`{}\'`, text[i+1]) >= 0:
			i++
			buf = append(buf, text[i])
		case c == '{' && i+1 < len(text) && text[i+1] == '}':
			i++
			if len(buf) > 0 {
				pieces = append(pieces, piece{text: string(buf)})
				buf = buf[:0]
			}
			pieces = append(pieces, piece{hole: true})
		default:
			if bad < 0 && (c == '{' || c == '}') {
				bad = i
			}
			buf = append(buf, c)
		}
	}
	if len(buf) > 0 {
		pieces = append(pieces, piece{text: string(buf)})
	}
	return pieces, bad
}

// format is States.Format(template, arg…): each {} replaced by an argument. Strings go in as they are, other scalars as JSON;
// objects and arrays as Java prints them ({a=1, b=[]}), which the specification forbids and AWS does (recorded).
func format(_ *env, n *node, args []value.Value) (value.Value, error) {
	pieces := n.template
	if pieces == nil {
		s, err := text(args, 0)
		if err != nil {
			return value.Value{}, err
		}
		pieces, _ = template(s)
	}
	holes := 0
	for _, p := range pieces {
		if p.hole {
			holes++
		}
	}
	if holes != len(args)-1 {
		return value.Value{}, arityError(fmt.Sprintf("The template has %d placeholders but %d arguments were given", holes, len(args)-1))
	}
	var out []byte
	next := 1
	for _, p := range pieces {
		if p.hole {
			out = args[next].AppendJava(out)
			next++
		} else {
			out = append(out, p.text...)
		}
		if len(out) > maxResult {
			return value.Value{}, tooLarge(len(out))
		}
	}
	return value.FromString(string(out)), nil
}

// stringSplit is States.StringSplit(string, delimiters): every character of the second argument is a delimiter, and empty parts are
// dropped (recorded).
func stringSplit(args []value.Value) (value.Value, error) {
	s, err := text(args, 0)
	if err != nil {
		return value.Value{}, err
	}
	delimiters, err := text(args, 1)
	if err != nil {
		return value.Value{}, err
	}
	if s == "" {
		return value.FromArray(nil), nil
	}
	if delimiters == "" {
		return value.Value{}, failf("The delimiter must not be empty")
	}
	set := make(map[rune]struct{}, utf8.RuneCountInString(delimiters))
	for _, r := range delimiters {
		set[r] = struct{}{}
	}
	parts := strings.FieldsFunc(s, func(r rune) bool {
		_, ok := set[r]
		return ok
	})
	elems := make([]value.Value, len(parts))
	for i, part := range parts {
		elems[i] = value.FromString(part)
	}
	return value.FromArray(elems), nil
}
