package asl

import (
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// place names a spot of the definition while it is walked. The nil place is the root. Texts are made only when they are needed.
type place struct {
	up    *place
	key   string
	index int // element of an array when key is not used: -1 marks a member
}

func (p *place) member(key string) *place { return &place{up: p, key: key, index: -1} }

func (p *place) item(i int) *place { return &place{up: p, index: i} }

// pointer returns the JSON pointer (RFC 6901).
func (p *place) pointer() string { return string(p.appendPointer(nil)) }

func (p *place) appendPointer(dst []byte) []byte {
	if p == nil {
		return dst
	}
	dst = p.up.appendPointer(dst)
	if p.index >= 0 {
		return strconv.AppendInt(append(dst, '/'), int64(p.index), 10)
	}
	return append(dst, value.AppendPointer("", p.key)...)
}

// location returns the place as AWS prints it: "/States/C/Choices[0]/Next", names unescaped, "/" for the root.
func (p *place) location() string {
	if p == nil {
		return "/"
	}
	var b strings.Builder
	p.write(&b, nil)
	return b.String()
}

// below returns the place relative to the enclosing place top: "Choices[1]/Condition".
func (p *place) below(top *place) string {
	var b strings.Builder
	p.write(&b, top)
	return strings.TrimPrefix(b.String(), "/")
}

func (p *place) write(b *strings.Builder, top *place) {
	if p == top || p == nil {
		return
	}
	p.up.write(b, top)
	if p.index >= 0 {
		b.WriteByte('[')
		b.WriteString(strconv.Itoa(p.index))
		b.WriteByte(']')
		return
	}
	b.WriteByte('/')
	b.WriteString(p.key)
}
