package httptask

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// The formats of arrays in RequestEncodingOptions.
const (
	indices  = "INDICES"  // array[0]=a&array[1]=b
	repeat   = "REPEAT"   // array=a&array=b
	commas   = "COMMAS"   // array=a,b
	brackets = "BRACKETS" // array[]=a&array[]=b
)

// errTooLarge is the end of an encoding that grows beyond maxBody: nested names are repeated for each value below them.
var errTooLarge = errors.New("too large")

// form writes names and values as application/x-www-form-urlencoded, all reserved characters percent-encoded and spaces as "%20".
//
// Source: AWS Step Functions Developer Guide, "Call HTTPS APIs in Step Functions workflows", "Apply URL-encoding on request body".
type form struct {
	arrays string
	buf    []byte
}

// object adds the members of an object.
func (f *form) object(v value.Value) error {
	for _, m := range v.Members() {
		if err := f.add(m.Key, m.Value); err != nil {
			return err
		}
	}
	return nil
}

// add adds a value of this name; what is inside of it gets names like name[inner].
func (f *form) add(name string, v value.Value) error {
	switch v.Kind() {
	case value.Object:
		for _, m := range v.Members() {
			if err := f.add(name+"["+m.Key+"]", m.Value); err != nil {
				return err
			}
		}
		return nil
	case value.Array:
		return f.array(name, v)
	}
	return f.pair(name, scalar(v))
}

func (f *form) array(name string, v value.Value) error {
	if f.arrays == commas && flat(v) {
		var list []string
		for _, e := range v.Elems() {
			list = append(list, scalar(e))
		}
		return f.pair(name, strings.Join(list, ","))
	}
	for i, e := range v.Elems() {
		inner := name
		switch f.arrays {
		case brackets:
			inner += "[]"
		case repeat:
		default: // INDICES, and objects in a list that COMMAS cannot write
			inner += "[" + strconv.Itoa(i) + "]"
		}
		if err := f.add(inner, e); err != nil {
			return err
		}
	}
	return nil
}

func (f *form) pair(name, text string) error {
	if len(f.buf) > 0 {
		f.buf = append(f.buf, '&')
	}
	f.buf = append(appendEscaped(f.buf, name), '=')
	f.buf = appendEscaped(f.buf, text)
	if len(f.buf) > maxBody {
		return errTooLarge
	}
	return nil
}

// flat reports whether an array has no arrays and objects in it.
func flat(v value.Value) bool {
	for _, e := range v.Elems() {
		if k := e.Kind(); k == value.Array || k == value.Object {
			return false
		}
	}
	return true
}

// scalar returns a string as it is, a number as it was written, true, false, or "" for null.
func scalar(v value.Value) string {
	switch v.Kind() {
	case value.String:
		return v.Str()
	case value.Null:
		return ""
	}
	return v.JSON()
}

// appendEscaped percent-encodes all bytes but the unreserved ones of RFC 3986.
func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// appendCleaned adds a piece of a query that was written by hand: what may stand in a query stays, "%20" as well.
//
// Source: RFC 3986, section 3.4.
func appendCleaned(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) || strings.IndexByte("!$&'()*+,;=:@/?", c) >= 0 {
			dst = append(dst, c)
		} else {
			dst = appendEscaped(dst, s[i:i+1])
		}
	}
	return dst
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

// unescape returns what a name in a query stands for; one that cannot be decoded stands for itself.
func unescape(name string) string {
	s, err := url.QueryUnescape(name)
	if err != nil {
		return name
	}
	return s
}

// isToken reports whether s can be the name of a header.
//
// Source: RFC 9110, section 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// isHeaderValue reports whether s can be the value of a header: no line breaks and no other control characters but the tab.
//
// Source: RFC 9110, section 5.5.
func isHeaderValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
