package httptask

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// methods are what Method may be.
var methods = []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"}

// field is one header or parameter; secret means that it comes from a connection.
type field struct {
	name, text string
	secret     bool
}

// params are the parameters of a call, checked.
type params struct {
	input      json.RawMessage
	url        *url.URL // with the query of the endpoint and of QueryParameters
	method     string
	connection string // ARN
	headers    []field
	query      value.Value // an object, an array or a string; null when absent
	body       value.Value // null when absent
	form       bool        // URL_ENCODED
	arrays     string
	gateway    bool // of apigateway:invoke
}

// problems collects what is wrong with parameters.
type problems struct {
	input json.RawMessage
	list  []string
}

func (p *problems) missing(name string) {
	p.list = append(p.list, "The field '"+name+"' is required but was missing")
}

func (p *problems) invalid(name string) {
	p.list = append(p.list, "The value of the field '"+name+"' has an invalid format")
}

func (p *problems) unsupported(name string) {
	p.list = append(p.list, "The field '"+name+"' is not supported by Step Functions")
}

// err returns the failure of parameters that cannot be used, nil when nothing is wrong.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return task.Errorf(errRuntime, "The Parameters '%s' could not be used to start the Task: [%s]", p.input,
		strings.Join(p.list, ", "))
}

// text returns a member that must be a string.
func (p *problems) text(v value.Value, name string, required bool) string {
	m, ok := v.Get(name)
	switch {
	case !ok && required:
		p.missing(name)
	case ok && m.Kind() != value.String:
		p.list = append(p.list, "The value for the field '"+name+"' must be a STRING")
	}
	return m.Str()
}

// choice returns a member that must be one of some strings.
func (p *problems) choice(v value.Value, name string, required bool, among ...string) string {
	s := p.text(v, name, required)
	if s != "" && !slices.Contains(among, s) {
		p.invalid(name)
	}
	return s
}

// readParams reads the parameters of http:invoke.
func readParams(input json.RawMessage) (*params, error) {
	v, err := value.Parse(input)
	p := &problems{input: input}
	if err != nil || v.Kind() != value.Object {
		p.list = append(p.list, "The Parameters must be an object")
		return nil, p.err()
	}
	for _, m := range v.Members() {
		switch m.Key {
		case "ApiEndpoint", "Method", "Authentication", "InvocationConfig", "Headers", "QueryParameters", "RequestBody", "Transform":
		default:
			p.unsupported(m.Key)
		}
	}
	c := &params{input: input, method: p.choice(v, "Method", true, methods...)}
	if endpoint := p.text(v, "ApiEndpoint", true); endpoint != "" {
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
			p.invalid("ApiEndpoint")
		}
		c.url = u
	} else if _, ok := v.Get("ApiEndpoint"); ok {
		p.invalid("ApiEndpoint")
	}
	c.connection = p.connection(v)
	if h, ok := v.Get("Headers"); ok {
		c.headers = p.headers(h, "http", true)
	}
	c.query, _ = v.Get("QueryParameters")
	switch c.query.Kind() {
	case value.Null, value.Object, value.Array, value.String:
	default:
		p.invalid("QueryParameters")
	}
	c.body, _ = v.Get("RequestBody")
	if t, ok := v.Get("Transform"); ok {
		p.transform(t, c)
	}
	return c, p.err()
}

// connection returns the ARN in Authentication or in InvocationConfig: one of them, not both.
func (p *problems) connection(v value.Value) string {
	a, hasA := v.Get("Authentication")
	i, hasI := v.Get("InvocationConfig")
	name := "Authentication"
	switch {
	case hasA && hasI:
		p.unsupported("Authentication and InvocationConfig together")
		return ""
	case hasI:
		a, name = i, "InvocationConfig"
	case !hasA:
		p.missing("Authentication")
		return ""
	}
	arn, ok := a.Get("ConnectionArn")
	switch {
	case !ok:
		p.missing(name + ".ConnectionArn")
	case arn.Kind() != value.String || arn.Str() == "":
		p.invalid(name + ".ConnectionArn")
	}
	return arn.Str()
}

// headers returns the fields of the Headers of a service, an object whose values are lists of strings or, where single values may stand,
// one.
func (p *problems) headers(v value.Value, service string, single bool) []field {
	if v.Kind() != value.Object {
		p.invalid("Headers")
		return nil
	}
	var list []field
	for _, m := range v.Members() {
		if catalogue.HeaderForbidden(service, m.Key) {
			p.unsupported("Headers." + m.Key)
			continue
		}
		values := m.Value.Elems()
		if m.Value.Kind() != value.Array {
			values = []value.Value{m.Value}
		}
		good := isToken(m.Key) && (single || m.Value.Kind() == value.Array)
		for _, e := range values {
			switch e.Kind() {
			case value.Number, value.Bool:
				good = good && single
			case value.String:
			default:
				good = false
			}
			good = good && isHeaderValue(scalar(e))
			list = append(list, field{name: m.Key, text: scalar(e)})
		}
		if !good {
			p.invalid("Headers")
			return nil
		}
	}
	return list
}

func (p *problems) transform(v value.Value, c *params) {
	if v.Kind() != value.Object {
		p.invalid("Transform")
		return
	}
	c.form = p.choice(v, "RequestBodyEncoding", false, "NONE", "URL_ENCODED") == "URL_ENCODED"
	c.arrays = indices
	if o, ok := v.Get("RequestEncodingOptions"); ok {
		if a := p.choice(o, "ArrayFormat", false, indices, repeat, commas, brackets); a != "" {
			c.arrays = a
		}
	}
}
