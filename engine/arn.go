package engine

import (
	"crypto/rand"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gait-engine/gait/states"
)

// ID is the ARN of an execution: "arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME". It may be stored and compared; it
// means the same execution as long as the store keeps it. That of an Express execution has "express" in place of "execution", and a
// further part that makes it unique.
type ID string

// Name returns the name of the execution.
func (id ID) Name() string {
	parts := strings.SplitN(string(id), ":", 9)
	return parts[min(len(parts), 8)-1]
}

// arns makes the ARNs of one region and account.
type arns struct{ execution, express, machine, activity, mapRun string } // prefixes

func newARNs(region, account string) arns {
	p := "arn:aws:states:" + region + ":" + account + ":"
	return arns{execution: p + "execution:", express: p + "express:", machine: p + "stateMachine:", activity: p + "activity:",
		mapRun: p + "mapRun:"}
}

func (a arns) id(machine, name string) ID { return ID(a.execution + machine + ":" + name) }

// expressID returns a new ARN for an execution of an Express machine.
func (a arns) expressID(machine, name string, now time.Time) ID {
	return ID(a.express + machine + ":" + name + ":" + newName(now))
}

// split returns the machine and the name in the ARN of an execution.
func (a arns) split(id ID) (machine, name string, err error) {
	if machine, name, ok := a.splitLabelled(id); ok {
		return machine, name, nil
	}
	rest, ok := strings.CutPrefix(string(id), a.execution)
	if !ok {
		switch kind := resourceType(string(id)); kind {
		case "":
			return "", "", &ARNError{ARN: string(id)}
		case "execution":
			return "", "", &NotFoundError{ARN: string(id)} // of another region or account
		default:
			return "", "", &ARNError{ARN: string(id), Type: kind}
		}
	}
	machine, name, ok = strings.Cut(rest, ":")
	if !ok || machine == "" || name == "" {
		return "", "", &ARNError{ARN: string(id)}
	}
	return machine, name, nil
}

// resourceType returns the type of the resource in an ARN of the service, "" for anything else.
func resourceType(arn string) string {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) < 7 || parts[0] != "arn" || parts[2] != "states" {
		return ""
	}
	return parts[5]
}

// machineName returns the name in s, which is a name or the ARN of a state machine.
func (a arns) machineName(s string) string {
	if name, ok := strings.CutPrefix(s, a.machine); ok {
		return name
	}
	return s
}

// checkName applies the rules for names of machines, activities and executions: *[ValidationError] for the length, *[NameError] for the
// characters. Source: API model, Name; API reference, CreateStateMachine and StartExecution.
func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n < 1:
		return invalid("name", name, "Member must have length greater than or equal to 1")
	case n > 80:
		return invalid("name", name, tooLong(80))
	case !utf8.ValidString(name):
		return &NameError{Name: name}
	}
	for _, r := range name {
		if r < 0x20 || r >= 0x7f && r <= 0x9f || unicode.IsSpace(r) || strings.ContainsRune("<>{}[]?*\"#%\\^|~`$&,;:/", r) {
			return &NameError{Name: name}
		}
	}
	return nil
}

// newName returns a UUID of version 7 (RFC 9562), the name of an execution that was given none: random, but for the time it begins
// with. Names of one time lie together in the store's index, where wholly random ones would each touch a page of their own.
func newName(now time.Time) string {
	var b [16]byte
	rand.Read(b[:]) // never fails, see its documentation
	ms := now.UnixMilli()
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	return uuid(b)
}

// uuid writes b in the form of RFC 9562.
func uuid(b [16]byte) string {
	text := make([]byte, 0, 36)
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = append(text, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	return string(text)
}

// idCache remembers the numbers of the executions that were used last. Two generations bound it: when the young one is full
// it becomes the old one, and the old one is forgotten.
type idCache struct {
	mu         sync.Mutex
	young, old map[ID]states.ExecID
}

const idCacheSize = 8192

func (c *idCache) get(id ID) (states.ExecID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.young[id]
	if !ok {
		n, ok = c.old[id]
	}
	return n, ok
}

func (c *idCache) put(id ID, n states.ExecID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= idCacheSize {
		c.old, c.young = c.young, make(map[ID]states.ExecID, idCacheSize)
	}
	c.young[id] = n
}
