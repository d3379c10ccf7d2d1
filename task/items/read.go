package items

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// Source is an ItemReader with its evaluated fields.
type Source struct {
	List bool // listObjectsV2, else getObject

	Bucket, Key, VersionID string
	Prefix, StartAfter     string // of a list

	InputType         string // "CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"; "" is JSON
	CSVHeaderLocation string // "FIRST_ROW" or "GIVEN"
	CSVHeaders        []string
	CSVDelimiter      string // "COMMA" when empty
	ItemsPointer      string // of a JSON object
	Transformation    string // of a list: "LOAD_AND_FLATTEN", else the objects themselves are the items
	ManifestType      string // "ATHENA_DATA", else "S3_INVENTORY"
	MaxItems          int64  // 0: all
}

// Item is one item. Key is set for the members of a JSON object. Source is "S3://bucket/key".
type Item struct {
	Value  value.Value
	Key    string
	Keyed  bool
	Source string
}

// Error is why items cannot be read or results cannot be written. Its text is the cause of States.ItemReaderFailed or
// States.ResultWriterFailed.
type Error struct {
	Cause string
	Err   error // what lies below it; may be nil
}

// Error returns the cause, in the words of AWS.
func (e *Error) Error() string { return e.Cause }

// Unwrap returns what lies below.
func (e *Error) Unwrap() error { return e.Err }

func failf(err error, format string, args ...any) *Error {
	return &Error{Cause: fmt.Sprintf(format, args...), Err: err}
}

// errStop ends reading when nobody wants more.
var errStop = errors.New("items: enough")

// Read yields the items of src in order. An error ends the sequence, beside a zero Item: an *[Error], or that of ctx.
func Read(ctx context.Context, objects task.Objects, src Source) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		r := &reader{ctx: ctx, objects: objects, src: src, yield: yield}
		if err := r.read(); err != nil && !errors.Is(err, errStop) {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			yield(Item{}, err)
		}
	}
}

// reader is one Read.
type reader struct {
	ctx     context.Context
	objects task.Objects
	src     Source
	yield   func(Item, error) bool
	n       int64
}

// emit hands on one item.
func (r *reader) emit(i Item) error {
	r.n++
	if !r.yield(i, nil) || r.src.MaxItems > 0 && r.n >= r.src.MaxItems {
		return errStop
	}
	return r.ctx.Err()
}

func (r *reader) read() error {
	if r.objects == nil {
		return failf(nil, "No place to read objects from is configured.")
	}
	if r.src.Bucket == "" {
		return failf(nil, "The Bucket of the ItemReader must be a non-empty string.")
	}
	if r.src.List {
		return r.list()
	}
	if r.src.Key == "" {
		return failf(nil, "The Key of the ItemReader must be a non-empty string.")
	}
	name := task.ObjectName{Bucket: r.src.Bucket, Key: r.src.Key, VersionID: r.src.VersionID}
	switch {
	case r.src.InputType == "MANIFEST" || r.src.ManifestType == "S3_INVENTORY":
		return r.inventory(name)
	case r.src.ManifestType == "ATHENA_DATA":
		return r.athena(name)
	}
	return r.load(name)
}

// open returns the bytes of an object. Those that gzip made are unpacked.
func (r *reader) open(name task.ObjectName) (*bufio.Reader, io.Closer, error) {
	body, err := r.objects.Get(r.ctx, name)
	if err != nil {
		return nil, nil, r.unreadable(name, err)
	}
	buffered := bufio.NewReaderSize(body, 64<<10)
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			_ = body.Close() // the first error says more
			return nil, nil, r.unreadable(name, err)
		}
		buffered = bufio.NewReaderSize(unpacked, 64<<10)
	}
	return buffered, body, nil
}

func (r *reader) unreadable(name task.ObjectName, err error) error {
	switch {
	case r.ctx.Err() != nil:
		return r.ctx.Err()
	case errors.Is(err, task.ErrNoBucket):
		return failf(err, "The bucket '%s' does not exist.", cut(name.Bucket))
	case errors.Is(err, task.ErrNoObject):
		return failf(err, "The object '%s' does not exist in the bucket '%s'.", cut(name.Key), cut(name.Bucket))
	}
	return failf(err, "The object '%s' in the bucket '%s' could not be read: %v", cut(name.Key), cut(name.Bucket), err)
}

// load yields the items in one object.
func (r *reader) load(name task.ObjectName) error {
	body, closer, err := r.open(name)
	if err != nil {
		return err
	}
	defer closer.Close() // it was only read
	source := "S3://" + name.Bucket + "/" + name.Key
	switch r.src.InputType {
	case "CSV":
		return r.csv(body, name, source)
	case "JSONL":
		return r.jsonLines(body, name, source)
	case "", "JSON":
		return r.json(body, name, source)
	case "PARQUET":
		return failf(nil, "The InputType PARQUET is not supported.")
	}
	return failf(nil, "The InputType '%s' is not supported.", cut(r.src.InputType))
}

// listPage is how many objects are asked for at once, as S3 does.
const listPage = 1000

// list yields the objects of a list, or the items in them.
func (r *reader) list() error {
	for after := r.src.StartAfter; ; {
		page, err := r.objects.List(r.ctx, r.src.Bucket, r.src.Prefix, after, listPage)
		if err != nil {
			return r.unreadable(task.ObjectName{Bucket: r.src.Bucket, Key: r.src.Prefix}, err)
		}
		if len(page) == 0 {
			return nil
		}
		for i := range page {
			o := &page[i]
			name := task.ObjectName{Bucket: r.src.Bucket, Key: o.Key}
			switch {
			case r.src.Transformation != "LOAD_AND_FLATTEN":
				err = r.emit(Item{Value: listed(o), Source: "S3://" + r.src.Bucket})
			case strings.HasSuffix(o.Key, "/"): // stands for a folder
			default:
				err = r.load(name)
			}
			if err != nil {
				return err
			}
		}
		last := page[len(page)-1].Key
		if last <= after {
			return failf(nil, "The list of objects in the bucket '%s' does not go on after '%s'.", cut(r.src.Bucket), cut(after))
		}
		after = last
	}
}

// listed is the item that stands for an object of a list.
//
// Source: recorded: Etag, LastModified, Key, Size, StorageClass.
func listed(o *task.Object) value.Value {
	class := o.StorageClass
	if class == "" {
		class = "STANDARD"
	}
	return value.Obj(
		value.M("Etag", value.FromString(`"`+o.ETag+`"`)),
		value.M("LastModified", value.FromString(o.Modified.UTC().Format(time.RFC3339))),
		value.M("Key", value.FromString(o.Key)),
		value.M("Size", value.FromInt(o.Size)),
		value.M("StorageClass", value.FromString(class)),
	)
}

// cut shortens a text that comes from outside.
func cut(s string) string {
	const most = 256
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
