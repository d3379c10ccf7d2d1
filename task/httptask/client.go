package httptask

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gait-engine/gait/task"
)

// Config says what a [Client] may do. The zero Config calls public addresses by https and knows no connections.
type Config struct {
	// Connections are where authorisation comes from. Default: none is known, and a call fails with
	// Events.ConnectionResource.ResourceNotFound.
	Connections Connections
	// AllowHTTP permits URLs without TLS, which AWS refuses.
	AllowHTTP bool
	// Allow lists networks that may be called beside the public internet: netip.MustParsePrefix("127.0.0.0/8").
	Allow []netip.Prefix
	// AllowPrivate permits every address: loopback, private, link-local and metadata ones too. For machines whose definitions
	// are as trusted as the program itself.
	AllowPrivate bool
	// Resolver finds the addresses of hosts. Default: that of the system. Its answers are checked too.
	Resolver Resolver
	// Dial replaces how connections are made; addresses are then not checked. For tests, and for tunnels into private networks.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is cloned and used for every connection; for private certificate authorities. Default: the system's roots.
	TLS *tls.Config
	// Timeout is how long a call may take, from the first packet to the last byte of the body. Default: 60 s, as on AWS.
	Timeout time.Duration
	// MaxRedirects is how many redirects one call follows; what comes then is the response. Default: 10; -1: none.
	MaxRedirects int
	// Region is part of the User-Agent. Default: "us-east-1".
	Region string
	// Sign signs calls of apigateway:invoke with the AuthType IAM_ROLE or RESOURCE_POLICY. Default: such calls fail.
	Sign func(r *http.Request, body []byte) error
	// Clock is what the client knows of time. Default: the system clock.
	Clock Clock
	// Logger gets warnings about connections that cannot be read. Default: nothing is logged.
	Logger *slog.Logger
}

// Clock is what a client knows of time. The clock of an engine fits.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own once d has passed. Calling stop prevents that, if it has not happened yet.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// The limits of a response besides [maxBody].
const (
	maxHeaders      = 64 << 10
	defaultTimeout  = 60 * time.Second
	defaultRedirect = 10
	defaultRegion   = "us-east-1"
	grace           = 5 * time.Second // a connection that a call has given up is given up too
)

// Client calls HTTPS APIs for the states of machines. It is safe for concurrent use and keeps connections open between calls.
type Client struct {
	cfg       Config
	userAgent string
	transport *http.Transport
	tokens    tokens
}

var _ task.Handler = (*Client)(nil)

// New returns a client. Close it when no engine uses it any more.
func New(cfg Config) *Client {
	if cfg.Connections == nil {
		cfg.Connections = Static(nil)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.MaxRedirects == 0 {
		cfg.MaxRedirects = defaultRedirect
	}
	if cfg.Region == "" {
		cfg.Region = defaultRegion
	}
	if cfg.Clock == nil {
		cfg.Clock = systemClock{}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	dial := cfg.Dial
	if dial == nil {
		dial = (&guard{allow: cfg.Allow, all: cfg.AllowPrivate, resolver: cfg.Resolver, timeout: cfg.Timeout + grace}).dial
	}
	return &Client{
		cfg: cfg, userAgent: agent(cfg.Region),
		transport: &http.Transport{
			Proxy: nil, DialContext: dial, TLSClientConfig: cfg.TLS.Clone(), ForceAttemptHTTP2: true,
			DisableCompression:  true, // what was not asked for is not unpacked
			TLSHandshakeTimeout: cfg.Timeout + grace, IdleConnTimeout: 90 * time.Second, MaxIdleConns: 256, MaxIdleConnsPerHost: 16,
			MaxResponseHeaderBytes: maxHeaders,
		},
	}
}

// agent is the User-Agent.
func agent(region string) string { return "Amazon|StepFunctions|HttpInvoke|" + region }

// Close closes the connections that are kept open. Calls on their way go on; they end with the contexts of their tasks.
func (c *Client) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}

// partitions are the parts of AWS that a resource may name.
var partitions = []string{"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"}

// Register makes the client answer arn:aws:states:::http:invoke and arn:aws:states:::apigateway:invoke, that one also with
// .waitForTaskToken, in every partition. A call that was on its way when a host died is made again; where that must not happen,
// register the client for the resource with Mux.HandleOnce instead.
func (c *Client) Register(m *task.Mux) {
	for _, p := range partitions {
		m.Handle("arn:"+p+":states:::http:invoke", c)
		m.Handle("arn:"+p+":states:::apigateway:invoke", c.APIGateway())
		m.Handle("arn:"+p+":states:::apigateway:invoke.waitForTaskToken", c.APIGateway())
	}
}

// Handler returns what answers for a resource: the client itself for http:invoke, [Client.APIGateway] for apigateway:invoke, in any
// partition, region and account; nil for everything else.
func (c *Client) Handler(resource string) task.Handler {
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "states" {
		return nil
	}
	switch parts[5] {
	case "http:invoke":
		return c
	case "apigateway:invoke", "apigateway:invoke.waitForTaskToken":
		return c.APIGateway()
	}
	return nil
}

// ServeTask answers http:invoke. The input has the members ApiEndpoint, Method, Authentication or InvocationConfig (with
// ConnectionArn), Headers, QueryParameters, RequestBody and Transform; the result is
// {"Headers": {"content-type": ["…"]}, "ResponseBody": …, "StatusCode": 200, "StatusText": "OK"}, where a body that is JSON is parsed.
//
// Errors, as *task.Error:
//   - States.Http.StatusCode.404 and the like for a status other than 2xx; the cause is the result as JSON text.
//   - States.Http.Socket when the answer is not complete within Config.Timeout.
//   - States.Runtime for parameters that cannot be used, and for a response that is binary or not UTF-8.
//   - States.DataLimitExceeded for a response, or a request, above 262,144 bytes.
//   - Events.ConnectionResource.ResourceNotFound and others for connections that cannot be used.
//   - States.TaskFailed when there is no response: the address may not be called, the host is unknown, the connection broke.
//
// Redirects are followed, up to Config.MaxRedirects: what the connection adds goes to the host of ApiEndpoint alone, and from https
// to http only when Config.AllowHTTP is set. A redirect that is not followed is the response, and fails by its status.
func (c *Client) ServeTask(ctx context.Context, req *task.Request) (any, error) {
	p, err := readParams(req.Input)
	if err != nil {
		return nil, err
	}
	if p.url.Scheme == "http" && !c.cfg.AllowHTTP {
		bad := &problems{input: req.Input}
		bad.invalid("ApiEndpoint")
		return nil, bad.err()
	}
	ctx, cancel := c.limit(ctx)
	defer cancel()
	conn, err := c.connection(ctx, p.connection)
	if err != nil {
		return nil, err
	}
	o, err := c.build(p, conn.AuthParameters.InvocationHTTPParameters)
	if err != nil {
		return nil, err
	}
	res, err := c.authorized(ctx, p.connection, conn, o)
	if err != nil {
		return nil, err
	}
	return res.output("States.Http.StatusCode.", true)
}

// limit ends the context when a call takes too long.
func (c *Client) limit(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := c.cfg.Clock.AfterFunc(c.cfg.Timeout, func() { cancel(errSlow) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// connection gets the connection of this ARN.
func (c *Client) connection(ctx context.Context, arn string) (*Connection, error) {
	conn, err := c.cfg.Connections.Connection(ctx, arn)
	if err == nil && conn == nil {
		err = ErrNoConnection
	}
	var named task.Named
	switch {
	case err == nil:
	case errors.Is(err, ErrNoConnection):
		return nil, task.Errorf(connectionPrefix+"ResourceNotFound", "Connection %s not found", arn)
	case errors.As(err, &named):
		return nil, err
	case ctx.Err() != nil:
		return nil, c.ended(ctx)
	default:
		c.cfg.Logger.Warn("connection was not read", "err", err)
		return nil, task.Errorf(connectionPrefix+"InternalError", "Connection %s could not be read", arn)
	}
	if err := conn.check(); err != nil {
		return nil, task.Errorf(connectionPrefix+"InvalidConnectionState", "Connection %s cannot be used: %v", arn, err)
	}
	return conn, nil
}

// authorized sends o with the authorisation of the connection. When a token that was kept is refused, a new one is tried.
func (c *Client) authorized(ctx context.Context, arn string, conn *Connection, o *outgoing) (*response, error) {
	a := &conn.AuthParameters
	switch conn.AuthorizationType {
	case Basic:
		o.authorize("Authorization", basic(a.BasicAuthParameters.Username, a.BasicAuthParameters.Password))
	case APIKey:
		o.authorize(a.APIKeyAuthParameters.APIKeyName, string(a.APIKeyAuthParameters.APIKeyValue))
	case OAuthClientCredentials:
		for again := false; ; again = true {
			token, kept, err := c.token(ctx, arn, a.OAuthParameters)
			if err != nil {
				return nil, err
			}
			o.authorize("Authorization", "Bearer "+token)
			res, err := c.send(ctx, o)
			if err != nil || res.status != http.StatusUnauthorized {
				return res, err
			}
			c.tokens.forget(arn, token)
			if !kept || again {
				return res, nil
			}
		}
	}
	return c.send(ctx, o)
}

// send sends o, follows redirects and reads the response.
func (c *Client) send(ctx context.Context, o *outgoing) (*response, error) {
	r, err := o.request(ctx)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: c.transport, CheckRedirect: c.redirect(o)}
	hr, err := client.Do(r)
	if err != nil {
		return nil, c.transportError(ctx, r.URL.Hostname(), err)
	}
	defer hr.Body.Close()
	res, err := c.read(ctx, hr)
	if err == nil {
		trace(ctx, o, res)
	}
	return res, err
}

// redirect returns what decides whether a redirect is followed.
func (c *Client) redirect(o *outgoing) func(r *http.Request, via []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		away := false
		for _, v := range via[1:] {
			away = away || origin(v) != origin(via[0])
		}
		away = away || origin(r) != origin(via[0])
		switch {
		case len(via) > c.cfg.MaxRedirects:
			return http.ErrUseLastResponse
		case r.URL.Scheme != "https" && !(r.URL.Scheme == "http" && c.cfg.AllowHTTP):
			return http.ErrUseLastResponse
		case away && o.secretBody && r.Body != nil:
			return http.ErrUseLastResponse
		}
		r.Header.Del("Referer") // would show the query
		if r.URL.User != nil {
			r.URL.User = nil // would become a header
		}
		if away {
			r.Header.Del("Authorization")
			r.Header.Del("Cookie")
			for _, h := range o.headers {
				if h.secret {
					r.Header.Del(h.name)
				}
			}
		}
		return nil
	}
}

// origin is scheme, host and port: the place that a secret was meant for.
func origin(r *http.Request) string {
	port := r.URL.Port()
	if port == "" {
		port = r.URL.Scheme
	}
	return strings.ToLower(r.URL.Scheme + "://" + r.URL.Hostname() + ":" + port)
}
