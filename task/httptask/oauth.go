package httptask

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// maxToken is the most bytes of an answer of an authorisation server.
const maxToken = 64 << 10

// tokens keeps access tokens until they expire.
type tokens struct {
	mu   sync.Mutex
	kept map[string]*kept // by ARN of the connection
}

// kept is the token of one connection. Its place is held while the token is read, fetched or forgotten, so that only one of many
// callers fetches it.
type kept struct {
	place   chan struct{} // has room for one
	token   string
	expires time.Time
	of      [sha256.Size]byte // the parameters that it was fetched with
}

func (t *tokens) entry(arn string) *kept {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		t.kept = map[string]*kept{}
	}
	e := t.kept[arn]
	if e == nil {
		e = &kept{place: make(chan struct{}, 1)}
		t.kept[arn] = e
	}
	return e
}

// forget drops a token that was refused.
func (t *tokens) forget(arn, token string) {
	e := t.entry(arn)
	e.place <- struct{}{}
	defer func() { <-e.place }()
	if e.token == token {
		e.token = ""
	}
}

// token returns an access token of the connection; kept tells that it was not fetched just now.
func (c *Client) token(ctx context.Context, arn string, o *OAuth) (token string, isKept bool, err error) {
	of := fingerprint(o)
	e := c.tokens.entry(arn)
	select {
	case e.place <- struct{}{}:
		defer func() { <-e.place }()
	case <-ctx.Done():
		return "", false, c.ended(ctx)
	}
	if e.token != "" && e.of == of && c.cfg.Clock.Now().Before(e.expires) {
		return e.token, true, nil
	}
	asked := c.cfg.Clock.Now()
	token, life, err := c.fetchToken(ctx, arn, o)
	if err != nil {
		e.token = ""
		return "", false, err
	}
	// A token is given up a little early: it must still be good when it arrives.
	e.token, e.of, e.expires = token, of, asked.Add(life-min(life/10, time.Minute))
	return token, false, nil
}

// fingerprint changes with everything that a token is asked for with.
func fingerprint(o *OAuth) [sha256.Size]byte {
	text, err := json.Marshal(o)
	if err != nil {
		panic("httptask: a connection that is no JSON: " + err.Error())
	}
	return sha256.Sum256(text)
}

// fetchToken asks the authorisation server for a token and how long it lives: 0 when the server does not tell.
func (c *Client) fetchToken(ctx context.Context, arn string, o *OAuth) (token string, life time.Duration, err error) {
	refused := func(why string) (string, time.Duration, error) {
		return "", 0, task.Errorf(connectionPrefix+"InvalidConnectionState", "Connection %s is not authorized: %s", arn, why)
	}
	u, err := url.Parse(o.AuthorizationEndpoint)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && c.cfg.AllowHTTP) {
		return refused("its authorization endpoint is not an https URL")
	}
	r, err := tokenRequest(ctx, u, o)
	if err != nil {
		return refused("its parameters cannot be used")
	}
	client := &http.Client{Transport: c.transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	hr, err := client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return "", 0, c.ended(ctx)
		}
		if inner, ok := err.(*url.Error); ok {
			err = inner.Err
		}
		return refused("its authorization endpoint could not be reached: " + reason(err))
	}
	defer hr.Body.Close()
	body, err := io.ReadAll(io.LimitReader(hr.Body, maxToken))
	if ctx.Err() != nil {
		return "", 0, c.ended(ctx)
	}
	if hr.StatusCode/100 != 2 {
		return refused("its authorization endpoint answered " + hr.Status[:min(len(hr.Status), 3)])
	}
	doc, perr := value.Parse(body)
	if err != nil || perr != nil {
		return refused("its authorization endpoint answered no JSON")
	}
	access, _ := doc.Get("access_token")
	if access.Kind() != value.String || access.Str() == "" || !isHeaderValue(access.Str()) {
		return refused("its authorization endpoint answered no access_token")
	}
	expires, _ := doc.Get("expires_in")
	return access.Str(), lifetime(expires), nil
}

// lifetime reads expires_in: seconds, which some servers write as a string.
func lifetime(v value.Value) time.Duration {
	if v.Kind() == value.String {
		v, _ = value.ParseString(v.Str())
	}
	const most = 365 * 24 * 3600
	if v.Kind() != value.Number || !(v.Float() > 0) {
		return 0
	}
	return time.Duration(min(v.Float(), most)) * time.Second
}

// tokenRequest makes the request of the client credentials grant.
func tokenRequest(ctx context.Context, u *url.URL, o *OAuth) (*http.Request, error) {
	extra := o.OAuthHTTPParameters
	if extra == nil {
		extra = &HTTPParameters{}
	}
	query, body := &form{}, &form{}
	grant := body
	method := o.HTTPMethod
	if method == "" {
		method = http.MethodPost
	}
	if method == http.MethodGet {
		grant = query
	}
	granted := false
	for _, p := range extra.QueryStringParameters {
		if err := query.pair(p.Key, string(p.Value)); err != nil {
			return nil, err
		}
		granted = granted || p.Key == "grant_type"
	}
	for _, p := range extra.BodyParameters {
		if err := body.pair(p.Key, string(p.Value)); err != nil {
			return nil, err
		}
		granted = granted || p.Key == "grant_type"
	}
	if !granted {
		if err := grant.pair("grant_type", "client_credentials"); err != nil {
			return nil, err
		}
	}
	u.RawQuery = joinQuery([]string{u.RawQuery, string(query.buf)}, func(string) bool { return false })
	u.Fragment = ""
	r, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(string(body.buf)))
	if err != nil {
		return nil, err
	}
	if len(body.buf) > 0 {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", basic(url.QueryEscape(o.ClientParameters.ClientID), Secret(url.QueryEscape(string(o.ClientParameters.ClientSecret)))))
	for _, p := range extra.HeaderParameters {
		r.Header.Set(p.Key, string(p.Value))
	}
	return r, nil
}

// basic is an Authorization header by the Basic scheme.
func basic(user string, password Secret) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+string(password)))
}
