package httptask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrNoConnection is what [Connections] return for a name that they do not know. The task then fails with
// Events.ConnectionResource.ResourceNotFound.
var ErrNoConnection = errors.New("httptask: no such connection")

// Connections is where a [Client] gets connections from: a file, a vault, the environment. It is asked for every call, by many
// goroutines at once, and may keep what it has read.
//
// arn is the ConnectionArn as the definition has it. Errors: [ErrNoConnection]; an error that knows its ASL name (task.Named), such
// as task.Errorf("Events.ConnectionResource.AccessDenied", …), fails the task with that name and cause; of every other error the
// task shows only that there was one, Events.ConnectionResource.InternalError, because its text may hold secrets.
type Connections interface {
	Connection(ctx context.Context, arn string) (*Connection, error)
}

// Static is a fixed set of connections. A key is the ARN of a connection, or its name alone: "partner" stands for
// arn:aws:events:us-east-1:123456789012:connection/partner/7f3fa48c-…. The ARN goes first.
type Static map[string]Connection

var _ Connections = Static(nil)

// Connection returns the connection of this ARN or name.
func (s Static) Connection(_ context.Context, arn string) (*Connection, error) {
	if c, ok := s[arn]; ok {
		return &c, nil
	}
	if c, ok := s[connectionName(arn)]; ok {
		return &c, nil
	}
	return nil, ErrNoConnection
}

// connectionName returns NAME of arn:<partition>:events:<region>:<account>:connection/NAME/<id>, and any other text unchanged.
func connectionName(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "events" {
		return arn
	}
	name, ok := strings.CutPrefix(parts[5], "connection/")
	if !ok {
		return arn
	}
	name, _, _ = strings.Cut(name, "/")
	return name
}

// ParseConnections reads an object whose members are named like the keys of [Static] and have the shape of EventBridge's
// CreateConnection:
//
//	{"partner": {"AuthorizationType": "API_KEY",
//	             "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "X-Api-Key", "ApiKeyValue": "…"}}}}
//
// The error names the connection and the member, and never quotes a value.
func ParseConnections(text []byte) (Static, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("httptask: connections: %s", jsonProblem(err))
	}
	s := Static{}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		d := json.NewDecoder(strings.NewReader(string(raw[name])))
		d.DisallowUnknownFields()
		var c Connection
		if err := d.Decode(&c); err != nil {
			return nil, fmt.Errorf("httptask: connection %q: %s", name, jsonProblem(err))
		}
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("httptask: connection %q: %w", name, err)
		}
		s[name] = c
	}
	return s, nil
}

// jsonProblem words an error of encoding/json without the text that it could not read.
func jsonProblem(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("member %q is %s, expected %s", t.Field, strings.Fields(t.Value)[0], t.Type.Kind())
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("no JSON at byte %d", s.Offset)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return "unknown member " + name
	}
	return "no JSON"
}

// Secret is a text that fmt and log packages print as "***". JSON encodes and decodes it as it is.
type Secret string

// String returns "***", or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString returns what String does, for %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// Format prints "***" for every verb, also for %x and %d.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// AuthorizationType says how requests of a connection are authorised. The zero value is none at all, which EventBridge does not
// have.
type AuthorizationType string

// The authorisation types of EventBridge.
const (
	Basic                  AuthorizationType = "BASIC"
	APIKey                 AuthorizationType = "API_KEY"
	OAuthClientCredentials AuthorizationType = "OAUTH_CLIENT_CREDENTIALS"
)

// Connection is what a request needs beside the parameters of its state. Members and their names in JSON are those of
// EventBridge's CreateConnection.
type Connection struct {
	AuthorizationType AuthorizationType
	AuthParameters    AuthParameters
}

// AuthParameters are the secrets of a connection: of the first three, the one that AuthorizationType names must be there.
type AuthParameters struct {
	BasicAuthParameters  *BasicAuth  `json:",omitempty"`
	APIKeyAuthParameters *APIKeyAuth `json:"ApiKeyAuthParameters,omitempty"`
	OAuthParameters      *OAuth      `json:",omitempty"`
	// InvocationHTTPParameters are added to every request; they win over parameters of the state with the same name.
	InvocationHTTPParameters *HTTPParameters `json:"InvocationHttpParameters,omitempty"`
}

// BasicAuth makes an Authorization header by the Basic scheme.
type BasicAuth struct {
	Username string
	Password Secret
}

// APIKeyAuth makes a header of this name and value.
type APIKeyAuth struct {
	APIKeyName  string `json:"ApiKeyName"`
	APIKeyValue Secret `json:"ApiKeyValue"`
}

// OAuth gets an access token by the client credentials grant, and makes an Authorization header by the Bearer scheme of it.
//
// The token is requested with the client's id and secret in an Authorization header by the Basic scheme, and with
// grant_type=client_credentials unless the parameters have another, as a form in the body or, for GET, in the query.
//
// Source: RFC 6749, sections 2.3.1 and 4.4.
type OAuth struct {
	AuthorizationEndpoint string
	HTTPMethod            string `json:"HttpMethod"` // GET, POST or PUT; default POST
	ClientParameters      OAuthClient
	OAuthHTTPParameters   *HTTPParameters `json:"OAuthHttpParameters,omitempty"`
}

// OAuthClient is who asks for an access token.
type OAuthClient struct {
	ClientID     string
	ClientSecret Secret
}

// HTTPParameters are added to a request.
type HTTPParameters struct {
	HeaderParameters      []Parameter `json:",omitempty"`
	QueryStringParameters []Parameter `json:",omitempty"`
	BodyParameters        []Parameter `json:",omitempty"`
}

// Parameter is one of HTTPParameters. All of them are treated as secrets, whatever IsValueSecret says.
type Parameter struct {
	Key           string
	Value         Secret
	IsValueSecret bool `json:",omitempty"`
}

// check refuses a connection that could not be used.
func (c *Connection) check() error {
	a := &c.AuthParameters
	switch c.AuthorizationType {
	case "":
		if a.BasicAuthParameters != nil || a.APIKeyAuthParameters != nil || a.OAuthParameters != nil {
			return errors.New("AuthorizationType is missing: expected BASIC, API_KEY or OAUTH_CLIENT_CREDENTIALS")
		}
	case Basic:
		if a.BasicAuthParameters == nil || strings.Contains(a.BasicAuthParameters.Username, ":") {
			return errors.New("BasicAuthParameters are missing, or the Username has a colon")
		}
	case APIKey:
		if k := a.APIKeyAuthParameters; k == nil || !isToken(k.APIKeyName) || !isHeaderValue(string(k.APIKeyValue)) {
			return errors.New("ApiKeyAuthParameters are missing, or cannot be used as a header")
		}
	case OAuthClientCredentials:
		o := a.OAuthParameters
		if o == nil || o.AuthorizationEndpoint == "" || o.ClientParameters.ClientID == "" {
			return errors.New("OAuthParameters, their AuthorizationEndpoint or their ClientID are missing")
		}
		switch o.HTTPMethod {
		case "", "GET", "POST", "PUT":
		default:
			return errors.New("HttpMethod of OAuthParameters must be GET, POST or PUT")
		}
		if err := o.OAuthHTTPParameters.check("OAuthHttpParameters"); err != nil {
			return err
		}
	default:
		return errors.New("AuthorizationType must be BASIC, API_KEY or OAUTH_CLIENT_CREDENTIALS")
	}
	return a.InvocationHTTPParameters.check("InvocationHttpParameters")
}

func (p *HTTPParameters) check(where string) error {
	if p == nil {
		return nil
	}
	for _, h := range p.HeaderParameters {
		if !isToken(h.Key) || !isHeaderValue(string(h.Value)) {
			return fmt.Errorf("%s: the header parameter %q cannot be used as a header", where, h.Key)
		}
	}
	return nil
}
