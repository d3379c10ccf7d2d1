package lint

import (
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// checkMap looks at a Map.
func (l *linter) checkMap(s *asl.Map) {
	for old, new := range map[string]string{"Iterator": "ItemProcessor", "Parameters": "ItemSelector"} {
		if l.has(s.Pointer, old) {
			l.add("deprecated-field", at(s.Pointer, old), "rename it to "+new, "%s is deprecated", old)
		}
	}
	if s.Distributed && s.Writer == nil && s.Reader != nil && !s.ResultPath.Null && s.ResultSelector == nil && s.Output == nil {
		l.add("map-result-grows", s.Pointer, "write the results to S3 with ResultWriter, or drop them with ResultPath null",
			"The results of all items become the output of the state, which may have 256 KiB")
	}
}

// checkPass looks for a Pass that hands on its input as it is.
func (l *linter) checkPass(s *asl.Pass) {
	c := s.Common()
	same := func(p asl.PathField) bool {
		return !p.Null && (p.Path == nil || p.Path.Bare() && p.Path.Root() == jsonpath.Data)
	}
	idle := c.Assign == nil && c.Output == nil && c.Arguments == nil && !s.HasResult && same(c.InputPath) && same(c.OutputPath)
	idle = idle && (c.ResultPath.Null || same(c.ResultPath))
	if idle && !c.Next.End && c.Comment == "" {
		l.add("pass-without-effect", s.Pointer, "remove it, or say in its Comment what it is for", "The Pass state hands on its input as it is")
	}
}

// checkResult looks for results that are computed and then dropped.
func (l *linter) checkResult(s asl.State) {
	c := s.Common()
	if c.Lang == asl.JSONata {
		return
	}
	p, isPass := s.(*asl.Pass)
	if c.ResultPath.Null {
		switch {
		case c.ResultSelector != nil:
			l.add("result-dropped", at(c.Pointer, "ResultSelector"), "remove ResultSelector, or give ResultPath a place", "The result is shaped and then dropped: ResultPath is null")
		case isPass && c.Assign == nil && p.HasResult:
			l.add("result-dropped", at(c.Pointer, "Result"), "remove Result, or give ResultPath a place", "The result is dropped: ResultPath is null")
		case isPass && c.Assign == nil && c.Arguments != nil:
			l.add("result-dropped", at(c.Pointer, "Parameters"), "remove Parameters, or give ResultPath a place", "The result is dropped: ResultPath is null")
		}
		return
	}
	if isPass && p.HasResult && c.Arguments != nil {
		l.add("result-dropped", at(c.Pointer, "Parameters"), "remove Parameters or Result", "Parameters have no effect: Result is what the Pass state gives")
	}
	if isPass && p.HasResult && (c.InputPath.Null || c.InputPath.Path != nil && !c.InputPath.Path.Bare()) {
		l.add("result-dropped", at(c.Pointer, "InputPath"), "remove InputPath or Result", "InputPath has no effect: Result is what the Pass state gives")
	}
	l.checkOutputPath(c)
}

// checkOutputPath looks for an OutputPath beside the place where the result was put.
func (l *linter) checkOutputPath(c *asl.Common) {
	if c.ResultPath.Path == nil || c.ResultPath.Path.Bare() {
		return
	}
	if c.OutputPath.Null {
		l.add("result-dropped", at(c.Pointer, "ResultPath"), "remove OutputPath, or set ResultPath to null", "The result is put into the output and dropped: OutputPath is null")
		return
	}
	if c.OutputPath.Path == nil || c.OutputPath.Path.Root() != jsonpath.Data {
		return
	}
	result, ok := c.ResultPath.Path.Segments()
	output, exact := c.OutputPath.Path.Segments()
	if !ok || !exact {
		return
	}
	for i := range min(len(result), len(output)) {
		if result[i].Array || output[i].Array {
			return
		}
		if result[i].Name != output[i].Name {
			l.add("result-dropped", at(c.Pointer, "ResultPath"), "select it with OutputPath, or set ResultPath to null",
				"The result is put at %s, which OutputPath %s leaves out", c.ResultPath.Path, c.OutputPath.Path)
			return
		}
	}
}

// computed are the fields of a state in which expressions or templates may stand.
var computed = []string{
	"Arguments", "Parameters", "Output", "Assign", "ResultSelector", "ItemSelector", "Items", "Result", "Error", "Cause", "Credentials", "ItemReader",
	"ItemBatcher", "ResultWriter", "Seconds", "Timestamp", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency", "ToleratedFailureCount",
	"ToleratedFailurePercentage", "Catch", "Choices",
}

// checkTexts looks at the texts of a state for what will not be evaluated, and for what need not be.
func (l *linter) checkTexts(c *asl.Common) {
	state, _ := l.raw(c.Pointer)
	for _, field := range computed {
		if v, ok := state.Get(field); ok {
			l.checkText(c, v, at(c.Pointer, field), field == "Result")
		}
	}
}

// checkText looks at one value of a field and all below. plain: it is never evaluated in JSONPath.
func (l *linter) checkText(c *asl.Common, v value.Value, place string, plain bool) {
	switch v.Kind() {
	case value.Object:
		for _, m := range v.Members() {
			if m.Key == "Comment" && strings.Contains(place, "/Choices/") {
				continue
			}
			here := at(place, m.Key)
			if c.Lang == asl.JSONata && strings.HasSuffix(m.Key, ".$") {
				l.add("jsonpath-in-jsonata", here, `write the name without ".$" and the value as "{% … %}"`,
					"%s keeps its name and its value: JSONata states have no paths", quoted(m.Key))
				continue
			}
			l.checkText(c, m.Value, here, plain)
		}
	case value.Array:
		for i, e := range v.Elems() {
			l.checkText(c, e, at(place, itoa(i)), plain)
		}
	case value.String:
		l.checkString(c, v.Str(), place, plain)
	}
}

func (l *linter) checkString(c *asl.Common, s, place string, plain bool) {
	open := strings.Index(s, "{%")
	marked := open >= 0 && strings.Contains(s[open:], "%}")
	whole := marked && open == 0 && strings.HasSuffix(s, "%}")
	switch {
	case c.Lang == asl.JSONPath && whole && !plain:
		l.add("expression-not-evaluated", place, `set "QueryLanguage": "JSONata" in the state`, "The text is no expression: the state is in JSONPath")
	case c.Lang == asl.JSONata && marked && !whole:
		l.add("expression-not-evaluated", place, "write the whole value as one expression: {% 'text ' & $x %}",
			"Only a text that begins with {%% and ends with %%} is evaluated")
	case c.Lang == asl.JSONata && whole:
		l.checkConstant(s[2:len(s)-2], place)
	case c.Lang == asl.JSONata && (strings.HasPrefix(s, "$.") || strings.HasPrefix(s, "$$.") || strings.HasPrefix(s, "$states.") ||
		strings.HasPrefix(s, "States.") && strings.HasSuffix(s, ")")):
		l.add("jsonpath-in-jsonata", place, "write it as {% … %}, in JSONata", "%s stays a literal text: the state is in JSONata", quoted(s))
	}
}

// checkConstant looks for an expression that reads nothing.
func (l *linter) checkConstant(expression, place string) {
	if text := strings.TrimSpace(anyString.ReplaceAllString(expression, "")); !strings.ContainsAny(text, "$(") && !strings.Contains(text, "function") {
		l.add("constant-expression", place, "write the value itself", "The expression always gives the same value")
	}
}
