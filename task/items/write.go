package items

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// Target is a ResultWriter with its evaluated fields.
type Target struct {
	Bucket, Prefix string
	MapRunARN, ID  string // ID is the last part of the ARN; it names the folder

	Transformation string // "NONE", "COMPACT" or "FLATTEN"; "" is NONE where results are written and COMPACT where not
	OutputType     string // "JSONL", else JSON
}

// Result is how one child execution ended.
type Result struct {
	ARN, MachineARN, Name string
	Status                string // "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"; "PENDING" when it was never started
	Input, Output         value.Value
	Error, Cause          *string // nil when absent
	Started, Stopped      time.Time
}

// succeeded reports whether there is an output.
func (r *Result) succeeded() bool { return r.Status == "SUCCEEDED" }

// describe is the document that stands for a child execution whose result is not transformed.
func (r *Result) describe() value.Value {
	text := value.FromString
	included := value.Obj(value.M("Included", value.FromBool(true)))
	var members []value.Member
	add := func(name string, v value.Value) { members = append(members, value.M(name, v)) }
	if r.Cause != nil {
		add("Cause", text(*r.Cause))
	}
	if r.Error != nil {
		add("Error", text(*r.Error))
	}
	add("ExecutionArn", text(r.ARN))
	add("Input", text(r.Input.JSON()))
	add("InputDetails", included)
	add("Name", text(r.Name))
	if r.succeeded() {
		add("Output", text(r.Output.JSON()))
	}
	add("OutputDetails", included)
	add("RedriveCount", value.FromInt(0))
	if r.succeeded() {
		add("RedriveStatus", text("NOT_REDRIVABLE"))
		add("RedriveStatusReason", text("Execution is SUCCEEDED and cannot be redriven"))
	} else {
		add("RedriveStatus", text("REDRIVABLE_BY_MAP_RUN"))
	}
	add("StartDate", text(stamp(r.Started)))
	add("StateMachineArn", text(r.MachineARN))
	add("Status", text(r.Status))
	add("StopDate", text(stamp(r.Stopped)))
	return value.FromMembers(members)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// shape calls add with what a transformation makes of a result.
func shape(r *Result, transformation string, add func(value.Value)) {
	switch {
	case transformation != "COMPACT" && transformation != "FLATTEN":
		add(r.describe())
	case !r.succeeded():
		add(r.describe())
	case transformation == "FLATTEN" && r.Output.Kind() == value.Array:
		for _, v := range r.Output.Elems() {
			add(v)
		}
	default:
		add(r.Output)
	}
}

// Shape returns the result of a Map state that writes its results nowhere: an array. Without a transformation it holds the
// outputs of the child executions that succeeded. Once it has more than limit bytes, tooLarge is set and there is none.
//
// Source: AWS Step Functions Developer Guide, "ResultWriter (Map)"; third parties: what failed and is tolerated leaves no element.
func Shape(results iter.Seq2[Result, error], transformation string, limit int) (output value.Value, n int64, tooLarge bool, err error) {
	elems := []value.Value{}
	size := 2
	plain := transformation == ""
	if plain {
		transformation = "COMPACT"
	}
	for r, err := range results {
		if err != nil {
			return value.Value{}, n, false, err
		}
		if plain && !r.succeeded() {
			continue
		}
		shape(&r, transformation, func(v value.Value) {
			elems = append(elems, v)
			size += v.Size() + 1
		})
		n++
		if limit > 0 && size-1 > limit {
			return value.Value{}, n, true, nil
		}
	}
	return value.FromArray(elems), n, false, nil
}

// fileSize is how large a file of results becomes before another one is begun.
const fileSize = 16 << 20

// Write leaves the results of a map run in objects, and a manifest beside them, and returns the result of its Map state:
// {"MapRunArn": …, "ResultWriterDetails": {"Bucket": …, "Key": "PREFIX/ID/manifest.json"}}. The results lie in files SUCCEEDED_0.json,
// FAILED_0.json and PENDING_0.json, which go on with _1 when they become long. Writing again replaces what was there. n is how many
// results there were. The error is an *[Error], that of ctx, or one that results gave.
//
// Source: AWS Step Functions Developer Guide, "ResultWriter (Map)".
func Write(ctx context.Context, objects task.Objects, t Target, results iter.Seq2[Result, error]) (details value.Value, n int64, err error) {
	if objects == nil {
		return details, 0, failf(nil, "No place to write objects to is configured.")
	}
	if t.Bucket == "" {
		return details, 0, failf(nil, "The Bucket of the ResultWriter must be a non-empty string.")
	}
	w := &writer{ctx: ctx, objects: objects, t: t, folder: t.ID + "/"}
	if prefix := strings.TrimSuffix(t.Prefix, "/"); prefix != "" {
		w.folder = prefix + "/" + w.folder
	}
	for i, status := range statuses {
		w.files[i] = file{status: status}
	}
	for r, err := range results {
		if err != nil {
			return details, n, err
		}
		n++
		if err := w.add(&r); err != nil {
			return details, n, err
		}
	}
	key, err := w.finish()
	if err != nil {
		return details, n, err
	}
	return value.Obj(
		value.M("MapRunArn", value.FromString(t.MapRunARN)),
		value.M("ResultWriterDetails", value.Obj(value.M("Bucket", value.FromString(t.Bucket)), value.M("Key", value.FromString(key)))),
	), n, nil
}

// The kinds of result files, in the order of the manifest.
var statuses = [...]string{"FAILED", "PENDING", "SUCCEEDED"}

// writer is one Write.
type writer struct {
	ctx     context.Context
	objects task.Objects
	t       Target
	folder  string
	files   [len(statuses)]file
}

// file is the file of a status that is being filled.
type file struct {
	status string
	n      int
	body   []byte
	listed []value.Value
}

func (w *writer) add(r *Result) error {
	f := &w.files[0]
	switch r.Status {
	case "SUCCEEDED":
		f = &w.files[2]
	case "PENDING":
		f = &w.files[1]
	}
	lines := w.t.OutputType == "JSONL"
	shape(r, w.t.Transformation, func(v value.Value) {
		switch {
		case lines:
		case len(f.body) == 0:
			f.body = append(f.body, '[')
		default:
			f.body = append(f.body, ',')
		}
		f.body = v.AppendJSON(f.body)
		if lines {
			f.body = append(f.body, '\n')
		}
	})
	if len(f.body) < fileSize {
		return nil
	}
	return w.flush(f)
}

// flush stores the file as it is and begins the next one.
func (w *writer) flush(f *file) error {
	if len(f.body) == 0 {
		return nil
	}
	extension := ".json"
	if w.t.OutputType == "JSONL" {
		extension = ".jsonl"
	} else {
		f.body = append(f.body, ']')
	}
	key := fmt.Sprintf("%s%s_%d%s", w.folder, f.status, f.n, extension)
	if err := w.put(key, f.body); err != nil {
		return err
	}
	f.listed = append(f.listed, value.Obj(value.M("Key", value.FromString(key)), value.M("Size", value.FromInt(int64(len(f.body))))))
	f.n++
	f.body = f.body[:0]
	return nil
}

func (w *writer) put(key string, body []byte) error {
	err := w.objects.Put(w.ctx, task.ObjectName{Bucket: w.t.Bucket, Key: key}, body)
	if err == nil || w.ctx.Err() != nil {
		return w.ctx.Err()
	}
	return failf(err, "The object '%s' could not be written to the bucket '%s': %v", cut(key), cut(w.t.Bucket), err)
}

// finish stores what is left and the manifest, whose key it returns.
func (w *writer) finish() (string, error) {
	var members []value.Member
	for i := range w.files {
		f := &w.files[i]
		if err := w.flush(f); err != nil {
			return "", err
		}
		members = append(members, value.M(f.status, value.FromArray(f.listed)))
	}
	manifest := value.Obj(
		value.M("DestinationBucket", value.FromString(w.t.Bucket)),
		value.M("MapRunArn", value.FromString(w.t.MapRunARN)),
		value.M("ResultFiles", value.FromMembers(members)),
	)
	key := w.folder + "manifest.json"
	return key, w.put(key, []byte(manifest.JSON()))
}
