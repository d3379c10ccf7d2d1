package suite

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// object is one that a distributed Map reads, or that is expected of one.
type object struct {
	name    task.ObjectName // the key may hold "*" when it is expected
	pointer string
	body    string
	text    bool // it was given as text, not as a document
}

// objects reads an object of documents or texts by "BUCKET/KEY"; with files set, of paths.
func (r *reader) objects(v value.Value, at string, files bool) []object {
	if v.Kind() != value.Object {
		r.hint(at, "write BUCKET/KEY: {…}", "expected an object by BUCKET/KEY, found %s", kindOf(v))
		return nil
	}
	var all []object
	for _, m := range v.Members() {
		o := object{pointer: value.AppendPointer(at, m.Key), body: m.Value.JSON()}
		var ok bool
		if o.name.Bucket, o.name.Key, ok = strings.Cut(m.Key, "/"); !ok || o.name.Bucket == "" || o.name.Key == "" {
			r.sayKey(o.pointer, "write BUCKET/KEY", "%q names no object", clip(m.Key))
		}
		switch {
		case files:
			o.body = string(r.file(m.Value, o.pointer, "an object"))
		case m.Value.Kind() == value.String:
			o.body, o.text = m.Value.Str(), true
		}
		all = append(all, o)
	}
	return all
}

// stored returns a memory that holds the objects of the suite and of the test, whose own go before.
func (s *Suite) stored(c *test) (*task.MemoryObjects, error) {
	memory := &task.MemoryObjects{}
	for _, list := range [][]object{s.objects, c.objects} {
		for _, o := range list {
			if err := memory.Put(context.Background(), o.name, []byte(o.body)); err != nil {
				return nil, err
			}
		}
	}
	return memory, nil
}

// mostObjects bounds what is looked at for one expected object.
const mostObjects = 10_000

// checkObjects compares what is there at the end.
func (e *expectation) checkObjects(x *asltest.Execution, memory *task.MemoryObjects) {
	for _, o := range e.objects {
		if d := o.missing(memory); d != "" {
			x.Failf("object %s/%s: %s", o.name.Bucket, o.name.Key, d)
		}
	}
}

// missing says why no object is as expected; "" when one is.
func (o *object) missing(memory *task.MemoryObjects) string {
	ctx := context.Background()
	prefix, _, _ := strings.Cut(o.name.Key, "*")
	pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(o.name.Key), `\*`, ".*") + "$")
	there, err := memory.List(ctx, o.name.Bucket, "", "", mostObjects)
	if err != nil {
		return fmt.Sprintf("there is no bucket %q", o.name.Bucket)
	}
	why, names := "", []string{}
	for _, t := range there {
		names = append(names, t.Key)
		if !strings.HasPrefix(t.Key, prefix) || !pattern.MatchString(t.Key) {
			continue
		}
		body, err := memory.Get(ctx, task.ObjectName{Bucket: o.name.Bucket, Key: t.Key})
		if err != nil {
			return err.Error()
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return err.Error()
		}
		d := ""
		switch {
		case !o.text:
			d = asltest.MissingJSON(o.body, string(text))
		case string(text) != o.body:
			d = fmt.Sprintf("want %q, got %q", clipTo(o.body, 400), clipTo(string(text), 400))
		}
		if d == "" {
			return ""
		}
		why = d
	}
	if why == "" {
		why = "it is not there; the bucket has " + clipTo(strings.Join(names, ", "), 400)
	}
	return why
}
