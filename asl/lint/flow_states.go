package lint

import (
	"github.com/gait-engine/gait/asl"
)

// visit is a state on its way through the analysis.
type visit struct {
	a     *analysis
	c     *asl.Common
	s     asl.State
	input *shape // the document it is entered with

	quiet       bool   // inside of a Not
	result      *shape // JSONata: $states.result
	errorOutput *shape // JSONata: $states.errorOutput
}

// selected applies InputPath or OutputPath.
func (v *visit) selected(p asl.PathField, field string, doc *shape) *shape {
	switch {
	case p.Null:
		return emptyObject
	case p.Path == nil:
		return doc
	}
	return v.path(p.Path, at(v.c.Pointer, field), doc)
}

// jsonPath computes a state of JSONPath.
func (v *visit) jsonPath() {
	c := v.c
	if p, ok := v.s.(*asl.Pass); ok && p.HasResult { // InputPath and Parameters are then not looked at
		v.settle(shapeOf(p.Result))
		return
	}
	in := v.selected(c.InputPath, "InputPath", v.input)
	switch s := v.s.(type) {
	case *asl.Choice:
		v.choicePaths(s, in)
		return
	case *asl.Wait:
		v.number(s.Seconds, "SecondsPath", in)
		if s.Timestamp.Path != nil {
			v.path(s.Timestamp.Path, at(c.Pointer, "TimestampPath"), in)
		}
		v.assigns(c.Assign, at(c.Pointer, "Assign"), in)
		v.a.leave(c, v.selected(c.OutputPath, "OutputPath", in))
		return
	case *asl.Succeed:
		v.assigns(c.Assign, at(c.Pointer, "Assign"), in)
		v.a.leave(c, v.selected(c.OutputPath, "OutputPath", in))
		return
	case *asl.Fail:
		v.text(s.Error, "ErrorPath", in)
		v.text(s.Cause, "CausePath", in)
		return
	case *asl.Pass:
		v.settle(v.arguments(in))
		return
	}
	result := v.work(in)
	for i, k := range c.Catch {
		place := at(c.Pointer, "Catch", itoa(i))
		v.assigns(k.Assign, at(place, "Assign"), errorOutput)
		v.a.enter(c.Flow, k.Next, v.placed(k.ResultPath, errorOutput, at(place, "ResultPath")))
	}
	if result != nil {
		v.settle(result)
	}
}

// arguments applies Parameters.
func (v *visit) arguments(in *shape) *shape {
	if v.c.Arguments == nil {
		return in
	}
	return v.template(&v.c.Arguments.Root, at(v.c.Pointer, "Parameters"), in)
}

// work returns the result of a Task, a Parallel or a Map; nil when it is not known to have any.
func (v *visit) work(in *shape) *shape {
	c := v.c
	switch s := v.s.(type) {
	case *asl.Task:
		v.number(s.Timeout, "TimeoutSecondsPath", in)
		v.number(s.Heartbeat, "HeartbeatSecondsPath", in)
		if s.RoleARN != nil && c.Lang == asl.JSONPath {
			v.template(&s.RoleARN.Root, at(c.Pointer, "Credentials", "RoleArn.$"), in)
		}
		v.arguments(in)
		return resultOf(s.Resource)
	case *asl.Parallel:
		in = v.arguments(in)
		return v.branches(s, in)
	case *asl.Map:
		return v.mapState(s, in)
	}
	return anything
}

// branches starts the branches of a Parallel with a document and returns the array of their results.
func (v *visit) branches(s *asl.Parallel, in *shape) *shape {
	var elem *shape
	for _, id := range s.Branches {
		v.a.enter(id, v.a.l.m.Flows[id].StartAt, in)
		if v.a.ends[id] == nil {
			return nil
		}
		elem = join(elem, v.a.ends[id])
	}
	return arrayOf(elem)
}

// mapState starts the iterations of a JSONPath Map and returns the array of their results.
func (v *visit) mapState(s *asl.Map, in *shape) *shape {
	p := v.c.Pointer
	v.number(s.MaxConcurrency, "MaxConcurrencyPath", in)
	v.number(s.ToleratedCount, "ToleratedFailureCountPath", in)
	v.number(s.ToleratedPercentage, "ToleratedFailurePercentagePath", in)
	item := anything
	if s.Reader == nil || s.Reader.Resource == "" {
		items := in
		if s.ItemsPath.Path != nil {
			items = v.path(s.ItemsPath.Path, at(p, "ItemsPath"), in)
		}
		item = v.items(items, s)
	} else {
		v.nested(s.Reader.Arguments, at(p, "ItemReader"), in)
	}
	if s.ItemSelector != nil {
		item = v.template(&s.ItemSelector.Root, at(p, selectorField(v.a.l, s)), in)
	}
	if s.Batcher != nil {
		var members []any
		if t := s.Batcher.BatchInput; t != nil {
			members = append(members, "BatchInput", v.template(&t.Root, at(p, "ItemBatcher", "BatchInput"), in))
		}
		item = objectOf(append(members, "Items", arrayOf(item))...)
	}
	if s.Writer != nil {
		v.nested(s.Writer.Arguments, at(p, "ResultWriter"), in)
	}
	return v.iterate(s, item)
}

// selectorField is the name that the ItemSelector has in the definition.
func selectorField(l *linter, s *asl.Map) string {
	if l.has(s.Pointer, "ItemSelector") {
		return "ItemSelector"
	}
	return "Parameters"
}

// nested reads the Parameters of a reader or a writer.
func (v *visit) nested(t *asl.Template, place string, in *shape) {
	if t != nil {
		v.template(&t.Root, at(place, "Parameters"), in)
	}
}

// items returns the elements that a Map iterates over, and warns when there can be none.
func (v *visit) items(items *shape, s *asl.Map) *shape {
	if items == nil || items.any {
		return items
	}
	if !items.array && !(items.object && s.Distributed) {
		if v.a.reporting {
			place := v.c.Pointer
			if s.ItemsPath.Path != nil {
				place = at(place, "ItemsPath")
			}
			v.a.l.add("items-not-array", place, "select the array with ItemsPath or Items", "What the Map iterates over is never an array")
		}
		return anything
	}
	if s.Distributed && items.object {
		return anything
	}
	return items.element()
}

// iterate starts the processor of a Map with an item and returns the array of the results.
func (v *visit) iterate(s *asl.Map, item *shape) *shape {
	if item == nil { // the array is always empty
		return arrayOf(nil)
	}
	v.a.enter(s.Processor, v.a.l.m.Flows[s.Processor].StartAt, item)
	if s.Writer != nil {
		return anything // exported, or formatted in one of several ways
	}
	return arrayOf(v.a.ends[s.Processor])
}

// settle computes the output of a JSONPath state from its result and leaves it.
func (v *visit) settle(result *shape) {
	c := v.c
	v.assigns(c.Assign, at(c.Pointer, "Assign"), result)
	if c.ResultSelector != nil {
		result = v.template(&c.ResultSelector.Root, at(c.Pointer, "ResultSelector"), result)
	}
	out := v.placed(c.ResultPath, result, at(c.Pointer, "ResultPath"))
	v.a.leave(c, v.selected(c.OutputPath, "OutputPath", out))
}

// placed puts a result into the input, as ResultPath does.
func (v *visit) placed(p asl.PathField, result *shape, place string) *shape {
	switch {
	case p.Null:
		return v.input
	case p.Path == nil:
		return result
	}
	segments, exact := p.Path.Segments()
	if !exact {
		return anything
	}
	if v.a.reporting && v.input.misfit(segments) {
		v.a.l.add("result-path-never-fits", place, "put the result into an object, or replace the input",
			"There is never room for the result at %s: the input, or what is on the way, is no object", p.Path)
	}
	return v.input.with(segments, result)
}
