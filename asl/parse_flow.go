package asl

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
)

// maxStateName is the most characters of a state name.
const maxStateName = 80

// scope is what the states of one flow share while it is read.
type scope struct {
	flow    FlowID
	names   map[string]StateID
	express bool // runs as an Express execution
}

// stateScope is the state that is being read.
type stateScope struct {
	*scope
	c      *compiler
	id     StateID
	lang   QueryLanguage
	fields []string // of $states, where is being read
	at     *place
}

// machine reads a whole definition.
func (c *compiler) machine(doc value.Value) {
	c.sieve("Machine", doc, nil)
	c.m.Comment = text(doc, "Comment")
	c.m.QueryLanguage = language(doc, JSONPath)
	if t, ok := doc.Get("TimeoutSeconds"); ok {
		c.m.TimeoutSeconds, _ = t.Int()
	}
	c.flow(doc, nil, c.opts.Express)
	c.check()
}

// check runs the checks that need the whole machine, as long as the stages before found nothing.
func (c *compiler) check() {
	if len(c.found[structure]) == 0 {
		c.checkTransitions()
	}
	if len(c.found[structure])+len(c.found[transitions]) == 0 {
		c.checkVariables()
	}
}

// single reads a definition that is one state.
func (c *compiler) single(doc value.Value) {
	name := c.opts.Single
	c.m.Flows = []Flow{{StartAt: 0}}
	c.flows = []string{""}
	sc := &scope{names: map[string]StateID{name: 0}, express: c.opts.Express}
	s := c.state(sc, 0, name, doc, nil)
	c.m.Flows[0].States = append([]State{s}, c.stubs...)
	c.check()
}

// stub makes the state that stands for a target of a single state.
func (c *compiler) stub(sc *scope, name string) StateID {
	id := StateID(len(sc.names))
	sc.names[name] = id
	c.stubs = append(c.stubs, &Succeed{common: Common{
		Name: name, Type: TypeSucceed, ID: id, Lang: c.m.QueryLanguage, Next: Transition{Target: NoState},
	}})
	return id
}

// language returns the query language that v declares. As on AWS, anything but "JSONPath" counts as JSONata; the sieve reports
// spellings that do not exist.
func language(v value.Value, inherited QueryLanguage) QueryLanguage {
	l, ok := v.Get("QueryLanguage")
	switch {
	case !ok:
		return inherited
	case l.Str() == "JSONPath":
		return JSONPath
	default:
		return JSONata
	}
}

func text(v value.Value, name string) string {
	t, _ := v.Get(name)
	return t.Str()
}

// flow reads one StartAt with its States and returns its ID.
func (c *compiler) flow(v value.Value, at *place, express bool) FlowID {
	id := FlowID(len(c.m.Flows))
	c.m.Flows = append(c.m.Flows, Flow{ID: id, Pointer: at.pointer(), StartAt: NoState})
	c.flows = append(c.flows, strings.TrimSuffix(at.location(), "/"))
	states, _ := v.Get("States")
	sc := &scope{flow: id, names: make(map[string]StateID, states.Len()), express: express}
	for i, m := range states.Members() {
		sc.names[m.Key] = StateID(i)
	}
	if start, ok := v.Get("StartAt"); ok && start.Kind() == value.String {
		c.m.Flows[id].StartAt = c.target(sc, start, at.member("StartAt"))
	}
	list := make([]State, 0, states.Len())
	for i, m := range states.Members() {
		s := c.state(sc, StateID(i), m.Key, m.Value, at.member("States").member(m.Key))
		list = append(list, s)
	}
	c.m.Flows[id].States = list
	return id
}

// missingTarget begins AWS's message of a target that does not exist, whatever field names it.
const missingTarget = "Missing 'Next' target: "

// target resolves the name of a state of the same flow.
func (c *compiler) target(sc *scope, name value.Value, at *place) StateID {
	if name.Kind() != value.String || name.Str() == "" {
		return NoState // the sieve says so
	}
	if id, ok := sc.names[name.Str()]; ok {
		return id
	}
	if c.opts.Single != "" && sc.flow == 0 {
		return c.stub(sc, name.Str())
	}
	d := c.report(transitions, codeMissingTarget, missingTarget+name.Str(), at, at)
	if c.hint() {
		d.Hint = didYouMean(name.Str(), sc.names)
	}
	return NoState
}

// state reads one state of any type.
func (c *compiler) state(sc *scope, id StateID, name string, v value.Value, at *place) State {
	if n := utf8.RuneCountInString(name); n > maxStateName {
		states := at
		if at != nil {
			states = at.up
		}
		c.refuseMember(states, at, fmt.Sprintf("The state name '%.64s…' has %d characters, the maximum is %d", name, n, maxStateName))
	}
	lang := language(v, c.m.QueryLanguage)
	shared := Common{
		Name: name, ID: id, Flow: sc.flow, Pointer: at.pointer(), Lang: lang, Comment: text(v, "Comment"),
		Type: Type(text(v, "Type")), Next: Transition{Target: NoState},
	}
	c.uniqueName(name, shared.Pointer, at)
	st := &stateScope{scope: sc, c: c, id: id, lang: lang, fields: statesFields, at: at}
	if !c.sieveState(v, shared.Type, lang, at) {
		return nil
	}
	if c.m.QueryLanguage == JSONata && text(v, "QueryLanguage") == "JSONPath" {
		c.refuseMember(at, at.member("QueryLanguage"),
			"'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
	}
	st.common(v, &shared)
	switch shared.Type {
	case TypeTask:
		return st.task(v, shared)
	case TypePass:
		return st.pass(v, shared)
	case TypeChoice:
		return st.choice(v, shared)
	case TypeWait:
		return st.wait(v, shared)
	case TypeSucceed:
		return &Succeed{common: shared}
	case TypeFail:
		return st.fail(v, shared)
	case TypeParallel:
		return st.parallel(v, shared)
	default:
		return st.mapState(v, shared)
	}
}

// uniqueName refuses a second state of the same name, wherever in the machine it is.
func (c *compiler) uniqueName(name, pointer string, at *place) {
	if first, ok := c.names[name]; ok {
		d := c.report(structure, codeDuplicateState, fmt.Sprintf("A state with the name '%s' already exists", name), at, at)
		d.Hint = "the first is at " + first
		return
	}
	c.names[name] = pointer
}

// common reads the fields that several state types share. Those that the type does not have, the sieve has refused.
func (st *stateScope) common(v value.Value, c *Common) {
	for _, m := range v.Members() {
		if !hasField(c.Type, c.Lang, m.Key) {
			continue
		}
		at := st.at.member(m.Key)
		switch m.Key {
		case "InputPath":
			c.InputPath = st.pathField(m.Value, at)
		case "OutputPath":
			c.OutputPath = st.pathField(m.Value, at)
		case "ResultPath":
			c.ResultPath = st.resultPath(m.Value, at)
		case "Parameters":
			if c.Type != TypeMap {
				c.Arguments = st.template(m.Value, at)
			}
		case "Arguments":
			c.Arguments = st.arguments(m.Value, at)
		case "ResultSelector":
			c.ResultSelector = st.template(m.Value, at)
		case "Assign":
			st.with(outputFields(c.Type), func() { c.Assign = st.assign(m.Value, at) })
		case "Output":
			st.with(outputFields(c.Type), func() { c.Output = st.template(m.Value, at) })
		case "Retry":
			c.Retry = st.retriers(m.Value, at)
		case "Catch":
			c.Catch = st.catchers(m.Value, at)
		case "Next":
			c.Next.Target = st.c.target(st.scope, m.Value, at)
		case "End":
			c.Next.End = m.Value.Bool()
		}
	}
	switch c.Type {
	case TypeTask, TypePass, TypeWait, TypeParallel, TypeMap:
		st.nextOrEnd(v, c)
	}
}

// nextOrEnd wants exactly one of Next and a true End.
func (st *stateScope) nextOrEnd(v value.Value, c *Common) {
	_, next := v.Get("Next")
	end, ended := v.Get("End")
	switch {
	case next && end.Bool():
		st.c.refuse(st.at, "There should only be one of the following fields: [Next, End]")
	case !next && !end.Bool() && !(ended && end.Kind() != value.Bool):
		st.c.refuse(st.at, "This object should have only one of the following fields: [Next, End]")
	}
	if c.Next.End {
		c.Next.Target = NoState
	}
}

// exclusive refuses an object that has more than one of the fields.
func (c *compiler) exclusive(v value.Value, at *place, fields ...string) bool {
	n := 0
	for _, f := range fields {
		if _, ok := v.Get(f); ok {
			n++
		}
	}
	if n > 1 {
		c.refuse(at, "There should only be one of the following fields: "+list(fields))
	}
	return n <= 1
}

// oneOf refuses an object that has none or several of the fields.
func (c *compiler) oneOf(v value.Value, at *place, fields ...string) bool {
	for _, f := range fields {
		if _, ok := v.Get(f); ok {
			return c.exclusive(v, at, fields...)
		}
	}
	c.refuse(at, "This object should have only one of the following fields: "+list(fields))
	return false
}
