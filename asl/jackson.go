package asl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AWS reads definitions with the Java library Jackson, and its texts are what users see for text that is not JSON. jackson finds
// the first fault the way that library does and words it so.
type jackson struct {
	src   string
	pos   int
	stack []jacksonFrame
}

// jacksonFrame is an open object or array.
type jacksonFrame struct {
	array bool
	start int
}

// jacksonFault is a fault and where the library stood when it noticed: behind the characters that it had read.
type jacksonFault struct {
	message string
	pos     int
}

const (
	jacksonTokens = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	jacksonSource = 500 // characters of the source that a location shows
)

// diagnoseJSON returns the fault of src, nil when it is JSON.
func diagnoseJSON(src string) (fault *jacksonFault) {
	j := &jackson{src: src}
	defer func() {
		if f, ok := recover().(*jacksonFault); ok {
			fault = f
		}
	}()
	j.document()
	return nil
}

// JSONFault words why src is not JSON as AWS does, without the place: "Unrecognized token 'not': was expecting (JSON String, …". It
// returns "" when AWS would read src.
func JSONFault(src string) string {
	if fault := diagnoseJSON(src); fault != nil {
		return fault.message
	}
	return ""
}

// jacksonLocation prints a position of src: `[Source: (String)"…"; line: 1, column: 4]`.
func jacksonLocation(src string, pos int) string {
	head := src[:min(pos, len(src))]
	line := strings.Count(head, "\n") + 1
	column := utf8.RuneCountInString(head[strings.LastIndexByte(head, '\n')+1:]) + 1
	shown, rest := src, ""
	if n := utf8.RuneCountInString(src); n > jacksonSource {
		shown = string([]rune(src)[:jacksonSource])
		rest = fmt.Sprintf("[truncated %d chars]", n-jacksonSource)
	}
	return fmt.Sprintf("[Source: (String)\"%s\"%s; line: %d, column: %d]", shown, rest, line, column)
}

func (j *jackson) fail(format string, args ...any) {
	panic(&jacksonFault{message: fmt.Sprintf(format, args...), pos: j.pos})
}

// next returns the next character behind white space and moves behind it; -1 at the end.
func (j *jackson) next() rune {
	for j.pos < len(j.src) && strings.IndexByte(" \t\r\n", j.src[j.pos]) >= 0 {
		j.pos++
	}
	return j.read()
}

func (j *jackson) read() rune {
	if j.pos >= len(j.src) {
		return -1
	}
	r, n := utf8.DecodeRuneInString(j.src[j.pos:])
	j.pos += n
	return r
}

// unexpected reports the character that was just read.
func (j *jackson) unexpected(r rune, comment string) {
	j.fail("Unexpected character (%s): %s", describe(r), comment)
}

func describe(r rune) string {
	switch {
	case unicode.IsControl(r):
		return fmt.Sprintf("(CTRL-CHAR, code %d)", r)
	case r > 255:
		return fmt.Sprintf("'%c' (code %d / 0x%x)", r, r, r)
	default:
		return fmt.Sprintf("'%c' (code %d)", r, r)
	}
}

// document walks the text with a stack of its own, so that nesting costs no call depth.
func (j *jackson) document() {
	for first := true; ; first = false {
		var r rune
		switch {
		case len(j.stack) == 0 && !first:
			if r = j.next(); r < 0 {
				return
			}
		case len(j.stack) == 0:
			r = j.next()
		default:
			if r = j.entry(); r == 0 {
				continue // the container was closed
			}
		}
		j.value(r)
	}
}

// entry moves to the value of the next member or element of the open container and returns its first character; 0 when the
// container ends.
func (j *jackson) entry() rune {
	f := j.stack[len(j.stack)-1]
	kind, end, empty := "Object", '}', true
	if f.array {
		kind, end = "Array", ']'
	}
	for i := f.start + 1; i < j.pos; i++ {
		if strings.IndexByte(" \t\r\n", j.src[i]) < 0 {
			empty = false
			break
		}
	}
	r := j.next()
	if r < 0 {
		j.fail("Unexpected end-of-input: expected close marker for %s (start marker at %s)", kind, jacksonLocation(j.src, f.start))
	}
	if r == end {
		j.stack = j.stack[:len(j.stack)-1]
		return 0
	}
	if !empty {
		if r != ',' {
			j.unexpected(r, "was expecting comma to separate "+kind+" entries")
		}
		if r = j.next(); r < 0 {
			j.fail("Unexpected end-of-input within/between %s entries", kind)
		}
	}
	if f.array {
		return r
	}
	if r != '"' {
		j.unexpected(r, "was expecting double-quote to start field name")
	}
	j.text("name", "Unexpected end-of-input in field name")
	if r = j.next(); r != ':' {
		if r < 0 {
			j.fail("Unexpected end-of-input within/between Object entries")
		}
		j.unexpected(r, "was expecting a colon to separate field name and value")
	}
	if r = j.next(); r < 0 {
		j.fail("Unexpected end-of-input within/between Object entries")
	}
	return r
}

// value reads a value that begins with r, which has been read.
func (j *jackson) value(r rune) {
	switch {
	case r == '{' || r == '[':
		j.stack = append(j.stack, jacksonFrame{array: r == '[', start: j.pos - 1})
	case r == '"':
		j.text("string value", "Unexpected end-of-input: was expecting closing quote for a string value")
	case r == '-' || r >= '0' && r <= '9':
		j.number(r)
	case r == 't' && j.word("rue"), r == 'f' && j.word("alse"), r == 'n' && j.word("ull"):
	case r >= 0 && (unicode.IsLetter(r) || r == '_' || r == '$'):
		j.token()
	case r < 0:
		j.fail("Unexpected end-of-input")
	default:
		j.unexpected(r, "expected a valid value "+jacksonTokens)
	}
}

// word reads the rest of a literal when it is there and nothing follows that belongs to the same word.
func (j *jackson) word(rest string) bool {
	if !strings.HasPrefix(j.src[j.pos:], rest) {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(j.src[j.pos+len(rest):]); identifierPart(r) && j.pos+len(rest) < len(j.src) {
		return false
	}
	j.pos += len(rest)
	return true
}

func identifierPart(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '$'
}

// token reports the word whose first letter has been read.
func (j *jackson) token() {
	_, n := utf8.DecodeLastRuneInString(j.src[:j.pos])
	start := j.pos - n
	for j.pos < len(j.src) {
		r, n := utf8.DecodeRuneInString(j.src[j.pos:])
		if !identifierPart(r) || j.pos-start >= 256 {
			break
		}
		j.pos += n
	}
	j.fail("Unrecognized token '%s': was expecting %s", j.src[start:j.pos], jacksonTokens)
}

func (j *jackson) text(what, end string) {
	for {
		switch r := j.read(); {
		case r < 0:
			j.fail("%s", end)
		case r == '"':
			return
		case r == '\\':
			j.escape()
		case r < ' ':
			j.fail("Illegal unquoted character (%s): has to be escaped using backslash to be included in %s", describe(r), what)
		}
	}
}

func (j *jackson) escape() {
	r := j.read()
	switch {
	case r < 0:
		j.fail("Unexpected end-of-input in character escape sequence")
	case r == 'u':
		for range 4 {
			d := j.read()
			if d < 0 {
				j.fail("Unexpected end-of-input in character escape sequence")
			}
			if !unicode.Is(unicode.ASCII_Hex_Digit, d) {
				j.unexpected(d, "expected a hex-digit for character escape sequence")
			}
		}
	case !strings.ContainsRune(`"\/bfnrt`, r):
		j.fail("Unrecognized character escape %s", describe(r))
	}
}

// number reads the rest of a number.
func (j *jackson) number(r rune) {
	digits := func() int {
		n := 0
		for j.pos < len(j.src) && j.src[j.pos] >= '0' && j.src[j.pos] <= '9' {
			j.pos++
			n++
		}
		return n
	}
	if r == '-' {
		if r = j.read(); r < '0' || r > '9' {
			j.numeric(r, "expected digit (0-9) to follow minus sign, for valid numeric value")
		}
	}
	if n := digits(); r == '0' && n > 0 {
		j.fail("Invalid numeric value: Leading zeroes not allowed")
	}
	if j.pos < len(j.src) && j.src[j.pos] == '.' {
		j.pos++
		if digits() == 0 {
			j.numeric(j.read(), "Decimal point not followed by a digit")
		}
	}
	if j.pos < len(j.src) && (j.src[j.pos] == 'e' || j.src[j.pos] == 'E') {
		j.pos++
		if j.pos < len(j.src) && (j.src[j.pos] == '+' || j.src[j.pos] == '-') {
			j.pos++
		}
		if digits() == 0 {
			j.numeric(j.read(), "Exponent indicator not followed by a digit")
		}
	}
	if j.pos < len(j.src) && strings.IndexByte(" \t\r\n,]}", j.src[j.pos]) < 0 {
		if r := j.read(); len(j.stack) == 0 {
			j.unexpected(r, "Expected space separating root-level values")
		}
		j.pos--
	}
}

func (j *jackson) numeric(r rune, comment string) {
	if r < 0 {
		j.fail("Unexpected end-of-input: %s", comment)
	}
	j.fail("Unexpected character (%s) in numeric value: %s", describe(r), comment)
}
