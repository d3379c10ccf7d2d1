package httptask

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// noAuth is the AuthType of a call without authorisation, the default.
const noAuth = "NO_AUTH"

// APIGateway returns the handler of apigateway:invoke. The input has the members ApiEndpoint (a host), Method, Stage, Path, Headers
// and QueryParameters (lists of strings), RequestBody, AllowNullValues and AuthType; https://ApiEndpoint/Stage/Path is called. The result
// has the shape of that of [Client.ServeTask], with the names of headers as they are usually written.
//
// The status of a failure is in its error name, ApiGateway.403, and its cause is the body of the response. The other errors are those
// of [Client.ServeTask]. AuthType IAM_ROLE and RESOURCE_POLICY need Config.Sign; without it they fail with States.TaskFailed.
//
// Source: AWS Step Functions Developer Guide, "Create API Gateway REST APIs with Step Functions".
func (c *Client) APIGateway() task.Handler { return task.HandlerFunc(c.gateway) }

func (c *Client) gateway(ctx context.Context, req *task.Request) (any, error) {
	p, auth, err := readGateway(req.Input)
	if err != nil {
		return nil, err
	}
	if c.cfg.Sign == nil && auth != noAuth {
		return nil, task.Errorf(task.TaskFailed, "apigateway:invoke with AuthType %s needs a signer, and this client has none", auth)
	}
	ctx, cancel := c.limit(ctx)
	defer cancel()
	o, err := c.build(p, nil)
	if err != nil {
		return nil, err
	}
	if auth != noAuth {
		if err := c.sign(ctx, o); err != nil {
			return nil, err
		}
	}
	res, err := c.send(ctx, o)
	if err != nil {
		return nil, err
	}
	if res.status/100 != 2 {
		return nil, task.Errorf("ApiGateway."+res.code(), "%s", cut(string(res.body), maxCause))
	}
	return res.output("", false)
}

// sign lets Config.Sign add headers to o.
func (c *Client) sign(ctx context.Context, o *outgoing) error {
	r, err := o.request(ctx)
	if err != nil {
		return err
	}
	before := r.Header.Clone()
	if err := c.cfg.Sign(r, o.body); err != nil {
		c.cfg.Logger.Warn("request was not signed", "err", err)
		return task.Errorf(task.TaskFailed, "the request to %s could not be signed", r.URL.Hostname())
	}
	for name, values := range r.Header {
		if len(before[name]) == 0 && len(values) > 0 {
			o.authorize(name, values[0])
		}
	}
	return nil
}

// readGateway reads the parameters of apigateway:invoke.
func readGateway(input json.RawMessage) (c *params, auth string, err error) {
	v, err := value.Parse(input)
	p := &problems{input: input}
	if err != nil || v.Kind() != value.Object {
		p.list = append(p.list, "The Parameters must be an object")
		return nil, "", p.err()
	}
	for _, m := range v.Members() {
		switch m.Key {
		case "ApiEndpoint", "Method", "Stage", "Path", "Headers", "QueryParameters", "RequestBody", "AllowNullValues", "AuthType":
		default:
			p.unsupported(m.Key)
		}
	}
	c = &params{input: input, gateway: true, method: p.choice(v, "Method", true, methods...)}
	host, stage, path := p.text(v, "ApiEndpoint", true), p.text(v, "Stage", false), p.text(v, "Path", false)
	if auth = p.choice(v, "AuthType", false, noAuth, "IAM_ROLE", "RESOURCE_POLICY"); auth == "" {
		auth = noAuth
	}
	c.url = gatewayURL(host, stage, path)
	if host != "" && c.url == nil {
		p.invalid("ApiEndpoint")
	}
	if h, ok := v.Get("Headers"); ok && !h.IsNull() {
		c.headers = p.headers(h, "apigateway", false)
	}
	if q, ok := v.Get("QueryParameters"); ok && !q.IsNull() {
		c.query = q
		if !listsOfStrings(q) {
			p.invalid("QueryParameters")
		}
	}
	c.body, _ = v.Get("RequestBody")
	if nulls, _ := v.Get("AllowNullValues"); !nulls.Bool() {
		c.body = withoutNulls(c.body)
	}
	switch c.method {
	case "POST", "PUT", "PATCH":
	default:
		c.body = value.Value{} // is not sent
	}
	return c, auth, p.err()
}

// gatewayURL returns https://host/stage/path, nil when that is no URL. host has no scheme and no path.
func gatewayURL(host, stage, path string) *url.URL {
	text := "https://" + host
	for _, part := range []string{stage, path} {
		if part = strings.TrimPrefix(part, "/"); part != "" {
			text = strings.TrimSuffix(text, "/") + "/" + part
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Host != host || u.Hostname() == "" || u.User != nil {
		return nil
	}
	return u
}

func listsOfStrings(v value.Value) bool {
	if v.Kind() != value.Object {
		return false
	}
	for _, m := range v.Members() {
		if m.Value.Kind() != value.Array {
			return false
		}
		for _, e := range m.Value.Elems() {
			if e.Kind() != value.String {
				return false
			}
		}
	}
	return true
}

// withoutNulls returns v without the members that are null, at any depth.
func withoutNulls(v value.Value) value.Value {
	switch v.Kind() {
	case value.Object:
		var kept []value.Member
		for _, m := range v.Members() {
			if !m.Value.IsNull() {
				kept = append(kept, value.M(m.Key, withoutNulls(m.Value)))
			}
		}
		return value.FromMembers(kept)
	case value.Array:
		list := make([]value.Value, v.Len())
		for i, e := range v.Elems() {
			list[i] = withoutNulls(e)
		}
		return value.FromArray(list)
	}
	return v
}
