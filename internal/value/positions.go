package value

import (
	"strconv"
	"strings"
)

// Positions maps the JSON pointers of a document (RFC 6901, "" is the root) to places in its text. It takes memory in proportion
// to the number of values, however long their pointers are.
type Positions struct {
	src  string
	root place
}

// place is where one value stands, with the values inside of it in source order.
type place struct {
	key    string // of the member of an object
	keyAt  int    // offset of the key; -1 for elements and the root
	at     int    // offset of the value
	inside []place
}

// ParseAt reads one JSON document as [Options.Parse] does and also says where each value stands.
func (o Options) ParseAt(src string) (Value, *Positions, error) {
	at := &Positions{src: src}
	v, err := o.parse(src, at)
	if err != nil {
		return Value{}, nil, err
	}
	return v, at, nil
}

// find returns the place at the pointer, or the nearest one around it and false.
func (p *Positions) find(pointer string) (*place, bool) {
	here := &p.root
	for pointer != "" {
		token := strings.TrimPrefix(pointer, "/")
		token, pointer = cutToken(token)
		next := here.member(token)
		if next == nil {
			return here, false
		}
		here = next
	}
	return here, true
}

// cutToken splits a pointer without its first '/' behind its first token, which it unescapes.
func cutToken(pointer string) (token, rest string) {
	token = pointer
	if cut := strings.IndexByte(pointer, '/'); cut >= 0 {
		token, rest = pointer[:cut], pointer[cut:]
	}
	if strings.IndexByte(token, '~') >= 0 {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	}
	return token, rest
}

// member returns the place of the member or element that token names. Of members with the same name it is the last.
func (p *place) member(token string) *place {
	if len(p.inside) == 0 {
		return nil
	}
	if p.inside[0].keyAt < 0 {
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(p.inside) {
			return nil
		}
		return &p.inside[i]
	}
	for i := len(p.inside) - 1; i >= 0; i-- {
		if p.inside[i].key == token {
			return &p.inside[i]
		}
	}
	return nil
}

// Value returns line and column (from 1, columns in bytes) of the value at the pointer; of the nearest enclosing value when
// there is none.
func (p *Positions) Value(pointer string) (line, column int) {
	here, _ := p.find(pointer)
	return lineColumn(p.src, here.at)
}

// Key is Value for the name of the member at the pointer.
func (p *Positions) Key(pointer string) (line, column int) {
	if here, ok := p.find(pointer); ok && here.keyAt >= 0 {
		return lineColumn(p.src, here.keyAt)
	}
	return p.Value(pointer)
}

// AppendPointer appends "/" and the escaped name to a JSON pointer.
func AppendPointer(pointer, name string) string { return string(appendPointer([]byte(pointer), name)) }

func appendPointer(dst []byte, name string) []byte {
	dst = append(dst, '/')
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '~':
			dst = append(dst, '~', '0')
		case '/':
			dst = append(dst, '~', '1')
		default:
			dst = append(dst, name[i])
		}
	}
	return dst
}
