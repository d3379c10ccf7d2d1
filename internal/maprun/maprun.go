// Package maprun is what all hosts do for map runs in the same way: it reads and plans the items that a distributed Map asks for,
// and shapes or writes the results of the child executions. Where plan and results lie is the host's affair.
package maprun

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/items"
)

// Sources are where items come from.
type Sources struct {
	Objects task.Objects // nil: there are none
	// Call has a resource other than those of S3 give the items: an array, or an object whose members they are. The error is an
	// *[items.Error], that of ctx, or one after which it is tried again. nil: there are no such resources.
	Call func(ctx context.Context, resource string, arguments value.Value) (value.Value, error)
}

// Plan reads the items of a map run and calls keep with each child execution, in order. failed says why the map run has failed
// instead; err is that of keep or of ctx.
func Plan(ctx context.Context, from Sources, r *states.MapRequest, keep func(states.ChildPlan) error) (failed *states.Failure, err error) {
	if r.MaxItems < 0 {
		return states.ReaderFailed("field MaxItems must be positive"), nil // recorded
	}
	planner := r.Planner()
	for item, err := range source(ctx, from, r) {
		if err != nil {
			var refused *items.Error
			if errors.As(err, &refused) {
				return states.ReaderFailed(refused.Cause), nil
			}
			return nil, err
		}
		children, failed := planner.Add(item)
		if failed != nil {
			return failed, nil
		}
		for _, c := range children {
			if err := keep(c); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range planner.Rest() {
		if err := keep(c); err != nil {
			return nil, err
		}
	}
	return nil, ctx.Err()
}

// source returns the items of a request.
func source(ctx context.Context, from Sources, r *states.MapRequest) iter.Seq2[states.MapItem, error] {
	d := r.State.Reader
	if d == nil {
		return func(yield func(states.MapItem, error) bool) {
			r.Items(func(i states.MapItem) bool { return yield(i, ctx.Err()) })
		}
	}
	if !strings.HasSuffix(d.Resource, ":s3:getObject") && !strings.HasSuffix(d.Resource, ":s3:listObjectsV2") {
		return called(ctx, from, r)
	}
	s := items.Source{
		List:   strings.HasSuffix(d.Resource, ":listObjectsV2"),
		Bucket: text(r.Reader, "Bucket"), Key: text(r.Reader, "Key"), VersionID: text(r.Reader, "VersionId"),
		Prefix: text(r.Reader, "Prefix"), StartAfter: text(r.Reader, "StartAfter"),
		InputType: d.InputType, CSVHeaderLocation: d.CSVHeaderLocation, CSVHeaders: d.CSVHeaders, CSVDelimiter: d.CSVDelimiter,
		ItemsPointer: d.ItemsPointer, Transformation: d.Transformation, ManifestType: d.ManifestType, MaxItems: r.MaxItems,
	}
	return func(yield func(states.MapItem, error) bool) {
		for i, err := range items.Read(ctx, from.Objects, s) {
			item := states.MapItem{Value: i.Value, Source: i.Source}
			if i.Keyed {
				item.Key = states.Some(i.Key)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// called returns the items that a resource of the host gives.
func called(ctx context.Context, from Sources, r *states.MapRequest) iter.Seq2[states.MapItem, error] {
	return func(yield func(states.MapItem, error) bool) {
		resource := r.State.Reader.Resource
		if from.Call == nil {
			yield(states.MapItem{}, &items.Error{Cause: "The resource '" + resource + "' is not supported."})
			return
		}
		v, err := from.Call(ctx, resource, r.Reader)
		if err == nil && v.Kind() != value.Array && v.Kind() != value.Object {
			err = &items.Error{Cause: "Attempting to map over non-iterable node."}
		}
		if err != nil {
			yield(states.MapItem{}, err)
			return
		}
		n := int64(0)
		give := func(i states.MapItem) bool {
			n++
			i.Source = resource
			return yield(i, ctx.Err()) && (r.MaxItems == 0 || n < r.MaxItems)
		}
		for _, e := range v.Elems() {
			if !give(states.MapItem{Value: e}) {
				return
			}
		}
		for _, m := range v.Members() {
			if !give(states.MapItem{Value: m.Value, Key: states.Some(m.Key)}) {
				return
			}
		}
	}
}

func text(v value.Value, name string) string {
	m, _ := v.Get(name)
	return m.Str()
}

// Gather makes the result of a map run of the ends of its child executions, in the order of the plan. limit is that of a payload.
// The error is that of results or of ctx.
func Gather(ctx context.Context, objects task.Objects, st *asl.Map, r *states.MapRun, limit int, results iter.Seq2[items.Result, error]) (states.RunWritten, error) {
	w := st.Writer
	transformation := ""
	if w != nil {
		transformation = w.Transformation
	}
	if w == nil || w.Resource == "" {
		output, n, tooLarge, err := items.Shape(results, transformation, limit)
		return states.RunWritten{Output: output, Written: n, TooLarge: tooLarge}, err
	}
	output, n, err := items.Write(ctx, objects, items.Target{
		Bucket: text(r.Writer, "Bucket"), Prefix: text(r.Writer, "Prefix"), MapRunARN: r.ARN, ID: r.Name(),
		Transformation: transformation, OutputType: w.OutputType,
	}, results)
	var refused *items.Error
	if errors.As(err, &refused) {
		return states.RunWritten{Written: n, Failure: states.WriterFailed(refused.Cause)}, nil
	}
	return states.RunWritten{Output: output, Written: n}, err
}

// ChildName returns the name of a child execution: the same one however often it is asked for, so that no child execution is
// started twice. run is the last part of the map run's ARN.
func ChildName(run string, child int32) string { return run + "-" + strconv.Itoa(int(child)) }

// SplitChildName takes apart what ChildName made. What follows a dot tells child executions of a place that were begun anew apart.
func SplitChildName(name string) (run string, child int32, ok bool) {
	run, number, ok := cutLast(name, "-")
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.ParseInt(number, 10, 32)
	return run, int32(n), ok && err == nil && n >= 0
}

func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}
