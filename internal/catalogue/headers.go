package catalogue

import (
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Forbidden are names of headers that an action does not take, in lower case, in its parameter Headers.
type Forbidden struct {
	Prefixes, Names []string
}

// Has reports whether no header of this name is taken, in whatever case it is written.
func (f *Forbidden) Has(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(f.Names, name) ||
		slices.ContainsFunc(f.Prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// problems words the headers among parameters that are not taken. That names are quoted with that of the parameter is a belief.
func (f *Forbidden) problems(parameters value.Value) []string {
	var found []string
	headers, _ := parameters.Get("Headers")
	for name := range headers.All() {
		if f.Has(name) {
			found = append(found, "The field 'Headers."+name+"' is not supported by Step Functions")
		}
	}
	return found
}

// Source: developer guide, "Call HTTPS APIs in Step Functions workflows", "HTTP Task definition".
var httpForbidden = Forbidden{
	Prefixes: []string{"x-forwarded", "x-amz-", "x-amzn-"},
	Names: strings.Fields("a-im accept-charset accept-datetime accept-encoding authorization cache-control connection content-encoding " +
		"content-md5 date expect forwarded from host http2-settings if-match if-modified-since if-none-match if-range " +
		"if-unmodified-since max-forwards origin pragma proxy-authorization referer server te trailer transfer-encoding upgrade via warning"),
}

// Source: developer guide, "Create API Gateway REST APIs with Step Functions", "Request format".
var gatewayForbidden = Forbidden{
	Prefixes: []string{"x-forwarded", "x-amz"},
	Names: strings.Fields("authorization connection content-md5 expect host max-forwards proxy-authenticate server te transfer-encoding " +
		"trailer upgrade via www-authenticate"),
}

// HeaderForbidden reports whether the invoke of a service, "http" or "apigateway", takes no header of this name.
func HeaderForbidden(service, name string) bool {
	_, a := Find(service, "invoke")
	return a != nil && a.Forbidden.Has(name)
}
