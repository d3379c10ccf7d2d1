package lint

import (
	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/jsonpath"
)

// analysis follows the shapes of documents along all transitions until nothing new appears. Entries and variables only grow, so
// what a path cannot find in the end no execution can find.
type analysis struct {
	l         *linter
	entry     [][]*shape          // by flow and state; nil: never entered, as far as is known
	changes   [][]int             // how often an entry has grown
	ends      []*shape            // by flow: the outputs it ends with; nil: it never ends
	endings   []int               // how often an end has grown
	variables []map[string]*shape // by flow: what its Assigns give, wherever in the flow they are
	parent    []asl.State
	outer     []asl.FlowID // the flow around a flow whose variables it sees; -1: none
	todo      []asl.State
	grown     bool // a variable has grown
	reporting bool
	work      int
}

// maxChanges is how often a place may grow before it becomes anything.
const maxChanges = 8

// maxWork bounds the analysis, in members and elements of shapes; a machine that needs more gets no warnings about its data.
const maxWork = 2_000_000

// analyse runs the analysis. The result is nil when it was given up.
func analyse(l *linter) *analysis {
	n := len(l.m.Flows)
	a := &analysis{
		l: l, entry: make([][]*shape, n), changes: make([][]int, n), ends: make([]*shape, n), endings: make([]int, n),
		variables: make([]map[string]*shape, n), parent: make([]asl.State, n), outer: make([]asl.FlowID, n),
	}
	for i := range l.m.Flows {
		f := &l.m.Flows[i]
		a.entry[i], a.changes[i] = make([]*shape, len(f.States)), make([]int, len(f.States))
		a.variables[i] = map[string]*shape{}
		a.parent[i], a.outer[i] = l.m.Parent(f.ID), -1
		if p := a.parent[i]; p != nil {
			if m, ok := p.(*asl.Map); !ok || !m.Distributed {
				a.outer[i] = p.Common().Flow
			}
		}
	}
	for round := 0; ; round++ {
		a.grown = false
		a.enter(0, l.m.Flows[0].StartAt, anything)
		for len(a.todo) > 0 {
			s := a.todo[len(a.todo)-1]
			a.todo = a.todo[:len(a.todo)-1]
			if a.visit(s); a.work > maxWork {
				return nil
			}
		}
		if !a.grown {
			return a
		}
		for i := range a.entry { // what reads the variables has to be seen again
			for id, in := range a.entry[i] {
				if in != nil {
					a.todo = append(a.todo, l.m.Flows[i].States[id])
				}
			}
			if round >= maxChanges {
				for name := range a.variables[i] {
					a.variables[i][name] = anything
				}
			}
		}
	}
}

// union joins two shapes and counts what it costs.
func (a *analysis) union(before, x *shape) *shape {
	s, size := bounded(join(before, x))
	a.work += 1 + size
	return s
}

// enter lets a document of the shape into a state.
func (a *analysis) enter(flow asl.FlowID, id asl.StateID, in *shape) {
	if id == asl.NoState || in == nil || a.reporting {
		return
	}
	before := a.entry[flow][id]
	after := a.union(before, in)
	if before != nil && equal(before, after) {
		return
	}
	if a.changes[flow][id]++; a.changes[flow][id] > maxChanges {
		after = anything
	}
	a.entry[flow][id] = after
	a.todo = append(a.todo, a.l.m.Flows[flow].States[id])
}

// end lets a document of the shape out of a flow.
func (a *analysis) end(flow asl.FlowID, out *shape) {
	if a.reporting {
		return
	}
	before := a.ends[flow]
	after := a.union(before, out)
	if before != nil && equal(before, after) || after == nil {
		return
	}
	if a.endings[flow]++; a.endings[flow] > maxChanges {
		after = anything
	}
	a.ends[flow] = after
	if p := a.parent[flow]; p != nil {
		a.todo = append(a.todo, p)
	}
}

// assign lets a variable of the flow have the shape.
func (a *analysis) assign(flow asl.FlowID, name string, x *shape) {
	if a.reporting {
		return
	}
	before := a.variables[flow][name]
	after := a.union(before, x)
	if after == nil || before != nil && equal(before, after) {
		return
	}
	a.variables[flow][name] = after
	a.grown = true
}

// variable returns the shape of a variable as the flow sees it; anything when nothing assigns it, which other rules tell of.
func (a *analysis) variable(flow asl.FlowID, name string) *shape {
	for f := flow; f >= 0; f = a.outer[f] {
		if v := a.variables[f][name]; v != nil {
			return v
		}
	}
	return anything
}

// leave passes the output on along Next or End.
func (a *analysis) leave(c *asl.Common, out *shape) {
	if c.Next.End || c.Type == asl.TypeSucceed {
		a.end(c.Flow, out)
		return
	}
	a.enter(c.Flow, c.Next.Target, out)
}

// visit computes what a state does to the document that it is entered with.
func (a *analysis) visit(s asl.State) {
	c := s.Common()
	in := a.entry[c.Flow][c.ID]
	if in == nil {
		return
	}
	a.work++
	v := &visit{a: a, c: c, s: s, input: in}
	if c.Lang == asl.JSONata {
		v.jsonata()
	} else {
		v.jsonPath()
	}
}

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

// number reads the path of a number.
func (v *visit) number(n asl.NumberField, field string, in *shape) {
	switch {
	case n.Path != nil:
		v.path(n.Path, at(v.c.Pointer, field), in)
	case n.Expr != nil:
		v.expression(n.Expr, at(v.c.Pointer, field[:len(field)-len("Path")]))
	}
}

// text reads the path of a text.
func (v *visit) text(t asl.StringField, field string, in *shape) {
	place := at(v.c.Pointer, field)
	switch {
	case t.Path != nil:
		v.path(t.Path, place, in)
	case t.Call != nil:
		v.calls(t.Call.Paths(), place, in)
	case t.Expr != nil:
		v.expression(t.Expr, at(v.c.Pointer, field[:len(field)-len("Path")]))
	}
}

func (v *visit) calls(paths []*jsonpath.Path, place string, in *shape) {
	for _, p := range paths {
		v.path(p, place, in)
	}
}

// assigns evaluates an Assign.
func (v *visit) assigns(t *asl.Template, place string, in *shape) {
	if t == nil {
		return
	}
	for _, m := range t.Root.Members {
		v.a.assign(v.c.Flow, m.Key, v.template(&m.Node, at(place, keyOf(&m, v.c.Lang)), in))
	}
}

// keyOf returns the key of a member as it is written in the definition.
func keyOf(m *asl.NodeMember, lang asl.QueryLanguage) string {
	if lang == asl.JSONPath && (m.Node.Kind == asl.PathNode || m.Node.Kind == asl.IntrinsicNode) {
		return m.Node.Field
	}
	return m.Key
}

// template evaluates a payload template or a JSONata value; doc is what "$" is.
func (v *visit) template(n *asl.Node, place string, doc *shape) *shape {
	switch n.Kind {
	case asl.PathNode:
		return v.path(n.Path, place, doc)
	case asl.IntrinsicNode:
		v.calls(n.Call.Paths(), place, doc)
		return intrinsicResult(n.Call.Name())
	case asl.JSONataNode:
		return v.expression(n.Expr, place)
	case asl.ObjectNode:
		s := &shape{object: true, fields: make(map[string]*shape, len(n.Members))}
		for i := range n.Members {
			m := &n.Members[i]
			s.fields[m.Key] = orAnything(v.template(&m.Node, at(place, keyOf(m, v.c.Lang)), doc))
		}
		return s
	case asl.ArrayNode:
		s := &shape{array: true}
		for i := range n.Elems {
			s.elem = join(s.elem, v.template(&n.Elems[i], at(place, itoa(i)), doc))
		}
		return s
	default:
		return shapeOf(n.Literal)
	}
}

func orAnything(s *shape) *shape {
	if s == nil {
		return anything
	}
	return s
}

// intrinsicResult is what an intrinsic function gives.
func intrinsicResult(name string) *shape {
	switch name {
	case "States.Format", "States.JsonToString", "States.Base64Encode", "States.Base64Decode", "States.Hash", "States.UUID":
		return text
	case "States.MathRandom", "States.MathAdd", "States.ArrayLength":
		return number
	case "States.ArrayContains":
		return boolean
	case "States.StringSplit":
		return arrayOf(text)
	case "States.ArrayRange":
		return arrayOf(number)
	case "States.Array", "States.ArrayPartition", "States.ArrayUnique":
		return arrayOf(anything)
	default: // the result is what an argument holds
		return anything
	}
}
