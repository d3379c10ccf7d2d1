package httptask

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
)

// Exchange shows a request and its response as TestState does at the inspection level TRACE. Headers are written
// "[name: value, name: value]". Request leaves out everything that the connection adds, Revealed shows it; hand Revealed only to
// those who may read the connection's secrets.
//
// Source: AWS Step Functions Developer Guide, "Using TestState API to test a state".
type Exchange struct {
	Request, Revealed ExchangeRequest
	Response          ExchangeResponse
}

// ExchangeRequest is the request that was sent first, before any redirect.
type ExchangeRequest struct {
	Protocol, Method, URL, Headers string
	Body                           string // "" when none was sent
}

// ExchangeResponse is the response that counts.
type ExchangeResponse struct {
	Protocol, StatusCode, StatusMessage, Headers, Body string
}

type traceKey struct{}

// WithTrace returns a context whose calls of [Client.ServeTask] tell f what was sent and what came back. f is called once for
// each response, before ServeTask returns, and not when there is none.
func WithTrace(ctx context.Context, f func(Exchange)) context.Context {
	return context.WithValue(ctx, traceKey{}, f)
}

// trace tells whoever listens.
func trace(ctx context.Context, o *outgoing, res *response) {
	f, ok := ctx.Value(traceKey{}).(func(Exchange))
	if !ok {
		return
	}
	headers := make([]field, len(res.headers))
	for i, h := range res.headers {
		headers[i] = field{name: strings.ToLower(h.name), text: h.text} // as in results
	}
	f(Exchange{Request: o.show(false), Revealed: o.show(true), Response: ExchangeResponse{
		Protocol: res.protocol, StatusCode: res.code(), StatusMessage: res.text,
		Headers: showHeaders(headers, true), Body: cut(string(res.body), maxBody),
	}})
}

// Preview returns the request that http:invoke with these parameters makes, without what a connection adds. Nothing is sent. The error
// is that of parameters that cannot be used, a *task.Error.
func Preview(input json.RawMessage) (ExchangeRequest, error) {
	p, err := readParams(input)
	if err != nil {
		return ExchangeRequest{}, err
	}
	o, err := (&Client{userAgent: agent(defaultRegion)}).build(p, nil)
	if err != nil {
		return ExchangeRequest{}, err
	}
	return o.show(false), nil
}

func (o *outgoing) show(secrets bool) ExchangeRequest {
	r := ExchangeRequest{Method: o.method, URL: o.clear, Headers: showHeaders(o.headers, secrets), Body: cut(string(o.clearBody), maxBody)}
	if secrets {
		r.URL, r.Body = o.url, cut(string(o.body), maxBody)
	}
	if u, err := url.Parse(o.url); err == nil {
		r.Protocol = u.Scheme
	}
	return r
}

func showHeaders(list []field, secrets bool) string {
	var parts []string
	for _, h := range list {
		if secrets || !h.secret {
			parts = append(parts, h.name+": "+h.text)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
