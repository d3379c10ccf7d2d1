package asl

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
)

// mapState reads a Map state with its item processor, reader, batcher and writer.
func (st *stateScope) mapState(v value.Value, shared Common) State {
	s := &Map{common: shared, Processor: -1}
	st.c.exclusive(v, st.at, "ItemSelector", "Parameters")
	for _, m := range v.Members() {
		if !hasField(TypeMap, st.lang, m.Key) {
			continue
		}
		at := st.at.member(m.Key)
		switch m.Key {
		case "ItemsPath":
			s.ItemsPath = st.itemsPath(m.Value, at)
		case "Items":
			s.Items = st.items(m.Value, at)
		case "ItemSelector", "Parameters":
			s.ItemSelector = st.template(m.Value, at)
		case "Label":
			s.Label = st.label(m.Value, at)
		case "ItemReader":
			s.Reader = st.itemReader(m.Value, at)
		case "ItemBatcher":
			s.Batcher = st.itemBatcher(m.Value, at)
		case "ResultWriter":
			s.Writer = st.resultWriter(m.Value, at)
		}
	}
	s.MaxConcurrency = st.number(v, "MaxConcurrency", st.at, st.dataReference)
	s.ToleratedCount = st.number(v, "ToleratedFailureCount", st.at, st.dataReference)
	s.ToleratedPercentage = st.number(v, "ToleratedFailurePercentage", st.at, st.dataReference)
	if !st.c.oneOf(v, st.at, "ItemProcessor", "Iterator") {
		return s
	}
	for _, name := range []string{"ItemProcessor", "Iterator"} {
		if p, ok := v.Get(name); ok {
			st.processor(p, st.at.member(name), s)
		}
	}
	return s
}

// processor reads ItemProcessor or Iterator.
func (st *stateScope) processor(v value.Value, at *place, s *Map) {
	if !st.c.sieve("Processor", v, at) {
		return
	}
	if config, ok := v.Get("ProcessorConfig"); ok && config.Kind() == value.Object {
		at := at.member("ProcessorConfig")
		mode := text(config, "Mode")
		if mode == "DISTRIBUTED" {
			st.c.sieve("ProcessorConfig.DISTRIBUTED", config, at)
			s.Distributed = true
			if st.express {
				st.c.refuse(at.member("Mode"), "Express state machine does not support 'DISTRIBUTED' mode")
			}
		} else {
			st.c.sieve("ProcessorConfig.INLINE", config, at)
		}
		s.Express = s.Distributed && text(config, "ExecutionType") == "EXPRESS"
	}
	s.Processor = st.inner(v, at, s)
}

// itemsPath reads ItemsPath: a reference path that may begin in the context object or in a variable.
func (st *stateScope) itemsPath(v value.Value, at *place) PathField {
	if v.IsNull() {
		return PathField{Null: true}
	}
	if v.Kind() != value.String {
		return PathField{}
	}
	return PathField{Path: st.reference(v.Str(), at)}
}

// items reads Items: an array with expressions in it, an object, or one expression.
func (st *stateScope) items(v value.Value, at *place) *Template {
	if v.Kind() == value.String && !marked(v.Str()) && !halfMarked(v.Str()) {
		st.c.refuse(at, expected("array")).Hint = expressionHint
		return nil
	}
	return st.template(v, at)
}

// maxLabel is the most characters of a Label.
const maxLabel = 40

// label reads the Label of a distributed Map: it becomes part of an ARN.
func (st *stateScope) label(v value.Value, at *place) string {
	s := v.Str()
	if v.Kind() != value.String {
		return ""
	}
	if s == "" {
		st.c.refuse(at, "Value cannot be empty")
	}
	if n := utf8.RuneCountInString(s); n > maxLabel {
		st.c.refuse(at, fmt.Sprintf("Label cannot exceed %d characters", maxLabel))
	}
	for _, r := range s {
		if r <= ' ' || r >= 0x7F && r <= 0x9F || strings.ContainsRune("?*<>{}[]:;,\\|^~$#%&`\"", r) {
			st.c.refuse(at, fmt.Sprintf("Label contains invalid character: %q", r))
			break
		}
	}
	return s
}

// itemReader reads ItemReader.
func (st *stateScope) itemReader(v value.Value, at *place) *ItemReader {
	if !st.c.sieve(st.lang.String()+".ItemReader", v, at) {
		return nil
	}
	r := &ItemReader{Resource: text(v, "Resource"), Arguments: st.serviceArguments(v, at)}
	if _, ok := v.Get("Resource"); ok && r.Resource != "" && !st.c.opts.AnyResource {
		st.allowed(r.Resource, at, "s3:getObject", "s3:listObjectsV2")
	}
	config, ok := v.Get("ReaderConfig")
	if !ok {
		return r
	}
	at = at.member("ReaderConfig")
	if !st.c.sieve(st.lang.String()+".ReaderConfig", config, at) {
		return r
	}
	r.InputType = text(config, "InputType")
	r.CSVHeaderLocation = text(config, "CSVHeaderLocation")
	r.CSVDelimiter = text(config, "CSVDelimiter")
	r.ItemsPointer = text(config, "ItemsPointer")
	r.Transformation = text(config, "Transformation")
	r.ManifestType = text(config, "ManifestType")
	headers, given := config.Get("CSVHeaders")
	for _, h := range headers.Elems() {
		r.CSVHeaders = append(r.CSVHeaders, h.Str())
	}
	_, location := config.Get("CSVHeaderLocation")
	switch {
	case r.InputType == "CSV" && !location:
		st.c.refuse(at, "The field 'CSVHeaderLocation' is required")
	case location && r.InputType != "CSV" && r.InputType != "MANIFEST" && r.InputType != "":
		st.c.refuseMember(at, at.member("CSVHeaderLocation"), "Field 'CSVHeaderLocation' is not supported")
	case r.CSVHeaderLocation == "GIVEN" && !given:
		st.c.refuse(at, "These fields are required: [CSVHeaders]")
	}
	r.MaxItems = st.number(config, "MaxItems", at, st.dataReference)
	return r
}

// serviceArguments reads Parameters (JSONPath) or Arguments (JSONata) of a reader or writer.
func (st *stateScope) serviceArguments(v value.Value, at *place) *Template {
	if x, ok := v.Get("Arguments"); ok && st.lang == JSONata {
		return st.arguments(x, at.member("Arguments"))
	}
	if x, ok := v.Get("Parameters"); ok && st.lang == JSONPath {
		return st.template(x, at.member("Parameters"))
	}
	return nil
}

// allowed refuses a reader or writer Resource that is none of the service actions.
func (st *stateScope) allowed(resource string, owner *place, actions ...string) {
	r, ok := parseResource(resource)
	for _, a := range actions {
		if ok && r.Service+":"+r.Action == a || strings.HasPrefix(resource, hostScheme) {
			return
		}
	}
	st.c.refuseMember(owner, owner.member("Resource"), "The field 'Resource' does not match any of the allowed values").Hint =
		"one of arn:aws:states:::" + strings.Join(actions, ", arn:aws:states:::")
}

// itemBatcher reads ItemBatcher.
func (st *stateScope) itemBatcher(v value.Value, at *place) *ItemBatcher {
	if !st.c.sieve(st.lang.String()+".ItemBatcher", v, at) {
		return nil
	}
	b := &ItemBatcher{
		MaxItems:      st.number(v, "MaxItemsPerBatch", at, st.dataReference),
		MaxInputBytes: st.number(v, "MaxInputBytesPerBatch", at, st.dataReference),
	}
	if x, ok := v.Get("BatchInput"); ok {
		b.BatchInput = st.template(x, at.member("BatchInput"))
	}
	return b
}

// resultWriter reads ResultWriter: a destination, a WriterConfig, or both.
func (st *stateScope) resultWriter(v value.Value, at *place) *ResultWriter {
	if !st.c.sieve(st.lang.String()+".ResultWriter", v, at) {
		return nil
	}
	w := &ResultWriter{Resource: text(v, "Resource"), Arguments: st.serviceArguments(v, at)}
	_, destined := v.Get("Resource")
	if destined && w.Resource != "" && !st.c.opts.AnyResource {
		st.allowed(w.Resource, at, "s3:putObject")
	}
	if config, ok := v.Get("WriterConfig"); ok && st.c.sieve("WriterConfig", config, at.member("WriterConfig")) {
		w.Transformation, w.OutputType = text(config, "Transformation"), text(config, "OutputType")
	}
	return w
}
