package httptask

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// maxBody is the most bytes of a request or response body.
//
// Source: AWS Step Functions Developer Guide, "Quotas related to HTTP Task".
const maxBody = 262_144

// outgoing is a request with everything that a connection adds.
type outgoing struct {
	method     string
	url, clear string // clear: without what the connection adds
	headers    []field
	body       []byte
	clearBody  []byte
	hasBody    bool
	secretBody bool // the connection adds to the body
}

// build makes the request of p. The parameters of the connection win over those of the state.
func (c *Client) build(p *params, extra *HTTPParameters) (*outgoing, error) {
	if extra == nil {
		extra = &HTTPParameters{}
	}
	o := &outgoing{method: p.method}
	if err := o.setURL(p, extra.QueryStringParameters); err != nil {
		return nil, err
	}
	contentType := ""
	switch p.body.Kind() {
	case value.Null, value.Object:
		o.hasBody = !p.body.IsNull() || len(extra.BodyParameters) > 0
	default:
		o.hasBody = true
		if len(extra.BodyParameters) > 0 {
			return nil, task.Errorf(errRuntime, "The connection has body parameters, which can only be added to a RequestBody "+
				"that is an object")
		}
		if p.form && p.body.Kind() != value.String {
			bad := &problems{input: p.input}
			bad.invalid("RequestBody")
			return nil, bad.err()
		}
	}
	if o.hasBody {
		var err error
		full := p.body
		for _, b := range extra.BodyParameters {
			full = full.With(b.Key, value.FromString(string(b.Value)))
		}
		o.secretBody = len(extra.BodyParameters) > 0
		if o.body, contentType, err = p.encode(full); err != nil {
			return nil, err
		}
		o.clearBody = o.body
		if o.secretBody && p.body.IsNull() {
			o.clearBody = nil
		} else if o.secretBody {
			if o.clearBody, _, err = p.encode(p.body); err != nil {
				return nil, err
			}
		}
	}
	o.setHeaders(p.headers, extra.HeaderParameters)
	for _, d := range []field{
		{name: "Content-Type", text: contentType}, {name: "User-Agent", text: c.userAgent}, {name: "Range", text: "bytes=0-262144"},
	} {
		if p.gateway && d.name == "Range" {
			continue
		}
		if d.text != "" && !slices.ContainsFunc(o.headers, func(h field) bool { return strings.EqualFold(h.name, d.name) }) {
			o.headers = append(o.headers, d)
		}
	}
	return o, nil
}

// encode returns the bytes of a body and the Content-Type that goes with them by default.
func (p *params) encode(v value.Value) (body []byte, contentType string, err error) {
	switch {
	case v.Kind() == value.String:
		body = []byte(v.Str())
		if p.form {
			contentType = "application/x-www-form-urlencoded"
		}
	case p.form:
		f := form{arrays: p.arrays}
		if err := f.object(v); err != nil {
			return nil, "", tooLarge("request body")
		}
		return f.buf, "application/x-www-form-urlencoded", nil
	default:
		body, contentType = v.AppendJSON(nil), "application/json; charset=UTF-8"
	}
	if len(body) > maxBody {
		return nil, "", tooLarge("request body")
	}
	return body, contentType, nil
}

// setURL adds QueryParameters and the connection's parameters to the URL. A list writes its name once for each of its elements.
func (o *outgoing) setURL(p *params, extra []Parameter) error {
	f := form{arrays: repeat}
	won := func(name string) bool {
		return slices.ContainsFunc(extra, func(e Parameter) bool { return e.Key == name })
	}
	add := func(v value.Value) error {
		for _, m := range v.Members() {
			if !won(m.Key) {
				if err := f.add(m.Key, m.Value); err != nil {
					return err
				}
			}
		}
		return nil
	}
	query := []string{p.url.RawQuery}
	switch p.query.Kind() {
	case value.Object:
		if err := add(p.query); err != nil {
			return tooLarge("query")
		}
	case value.String:
		query = append(query, p.query.Str())
	case value.Array: // each element is "name=value" or an object
		for _, e := range p.query.Elems() {
			switch e.Kind() {
			case value.Object:
				if err := add(e); err != nil {
					return tooLarge("query")
				}
			case value.String:
				query = append(query, e.Str())
			default:
				bad := &problems{input: p.input}
				bad.invalid("QueryParameters")
				return bad.err()
			}
		}
	}
	query = append(query, string(f.buf))
	u := *p.url
	u.Fragment, u.RawFragment = "", ""
	u.RawPath = string(appendCleaned(nil, u.RawPath)) // net/url would decode "%2F" beside a character that it must encode
	u.RawQuery = joinQuery(query, won)
	o.clear = u.String()
	secret := form{}
	for _, e := range extra {
		if err := secret.pair(e.Key, string(e.Value)); err != nil {
			return tooLarge("query")
		}
	}
	u.RawQuery = joinQuery([]string{u.RawQuery, string(secret.buf)}, func(string) bool { return false })
	o.url = u.String()
	return nil
}

// joinQuery joins parts of a query, without the names that something else sets. What is not allowed in a query is encoded.
func joinQuery(parts []string, won func(name string) bool) string {
	var b []byte
	for _, part := range parts {
		for _, pair := range strings.Split(part, "&") {
			name, _, _ := strings.Cut(pair, "=")
			if pair == "" || won(name) || won(unescape(name)) {
				continue
			}
			if len(b) > 0 {
				b = append(b, '&')
			}
			b = appendCleaned(b, pair)
		}
	}
	return string(b)
}

// setHeaders puts the headers of the state and of the connection together.
func (o *outgoing) setHeaders(own []field, extra []Parameter) {
	for _, h := range own {
		if !slices.ContainsFunc(extra, func(e Parameter) bool { return strings.EqualFold(e.Key, h.name) }) {
			o.headers = append(o.headers, h)
		}
	}
	for _, e := range extra {
		o.headers = append(o.headers, field{name: e.Key, text: string(e.Value), secret: true})
	}
}

// authorize adds a header that wins over others of its name.
func (o *outgoing) authorize(name, text string) {
	o.headers = slices.DeleteFunc(o.headers, func(h field) bool { return strings.EqualFold(h.name, name) })
	at := slices.IndexFunc(o.headers, func(h field) bool { return h.name == "User-Agent" })
	if at < 0 {
		at = len(o.headers)
	}
	o.headers = slices.Insert(o.headers, at, field{name: name, text: text, secret: true})
}

// request returns o as net/http sends it.
func (o *outgoing) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if o.hasBody {
		body = bytes.NewReader(o.body)
	}
	r, err := http.NewRequestWithContext(ctx, o.method, o.url, body)
	if err != nil {
		return nil, task.Errorf(errRuntime, "The URL of the request cannot be used")
	}
	for _, h := range o.headers {
		r.Header.Add(h.name, h.text)
	}
	return r, nil
}
