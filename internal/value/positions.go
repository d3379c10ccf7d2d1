package value

import "strings"

// Positions maps the JSON pointers of a document (RFC 6901, "" is the root) to places in its text.
type Positions struct {
	src    string
	values map[string]int
	keys   map[string]int
}

// ParseAt reads one JSON document as [Options.Parse] does and also says where each value stands.
func (o Options) ParseAt(src string) (Value, *Positions, error) {
	return o.parse(src, &Positions{src: src, values: map[string]int{}, keys: map[string]int{}})
}

func (p *Positions) note(pointer string, offset int)    { p.values[pointer] = offset }
func (p *Positions) noteKey(pointer string, offset int) { p.keys[pointer] = offset }

// Value returns line and column (from 1, columns in bytes) of the value at the pointer; of the nearest enclosing value when
// there is none.
func (p *Positions) Value(pointer string) (line, column int) {
	for {
		if at, ok := p.values[pointer]; ok {
			return lineColumn(p.src, at)
		}
		cut := strings.LastIndexByte(pointer, '/')
		if cut < 0 {
			return 1, 1
		}
		pointer = pointer[:cut]
	}
}

// Key is Value for the name of the member at the pointer.
func (p *Positions) Key(pointer string) (line, column int) {
	if at, ok := p.keys[pointer]; ok {
		return lineColumn(p.src, at)
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
