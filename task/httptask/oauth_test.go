package httptask_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task/httptask"
)

// fakeClock stands still; timers never fire.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

func (c *fakeClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// authority is an authorisation server and the API that takes its tokens.
type authority struct {
	mu       sync.Mutex
	asked    []string // requests for a token
	answer   string   // "%d" is the number of the token
	status   int
	revoked  map[string]bool
	accepted []string // tokens that the API took
}

func (a *authority) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.URL.Path == "/token" {
		body, _ := io.ReadAll(r.Body)
		a.asked = append(a.asked, fmt.Sprintf("%s %s %s %s %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), body))
		if a.status != 0 {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(a.status)
		}
		fmt.Fprintf(w, a.answer, len(a.asked))
		return
	}
	token := r.Header.Get("Authorization")
	if a.revoked[token] {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	a.accepted = append(a.accepted, token)
}

func oauth(method string, extra *httptask.HTTPParameters) httptask.Connection {
	return httptask.Connection{AuthorizationType: httptask.OAuthClientCredentials, AuthParameters: httptask.AuthParameters{
		OAuthParameters: &httptask.OAuth{
			AuthorizationEndpoint: "https://auth.example/token", HTTPMethod: method, OAuthHTTPParameters: extra,
			ClientParameters: httptask.OAuthClient{ClientID: "me", ClientSecret: "hush"},
		},
	}}
}

func TestAccessTokensAreFetchedAndKept(t *testing.T) {
	t.Parallel()
	a := &authority{answer: `{"access_token":"t%d","token_type":"bearer","expires_in":3600}`}
	clock := &fakeClock{now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	conns := httptask.Static{"partner": oauth("", nil)}
	c := serve(t, httptask.Config{Connections: conns, Clock: clock}, a.serve)
	call := func() {
		t.Helper()
		if out, failure := invoke(c, ``); failure != nil {
			t.Fatal(out, failure)
		}
	}
	call()
	clock.pass(58 * time.Minute)
	call()
	clock.pass(2 * time.Minute) // a minute before its end a token is not used any more
	call()
	a.revoked = map[string]bool{"Bearer t2": true}
	call() // is refused with the token that was kept, and tried again with another
	conns["partner"] = oauth("PUT", nil)
	call() // other parameters, another token
	want := []string{"Bearer t1", "Bearer t1", "Bearer t2", "Bearer t3", "Bearer t4"}
	if diff := cmp.Diff(want, a.accepted); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	const form = " Basic bWU6aHVzaA== application/x-www-form-urlencoded grant_type=client_credentials"
	wantAsked := []string{"POST /token" + form, "POST /token" + form, "POST /token" + form, "PUT /token" + form}
	if diff := cmp.Diff(wantAsked, a.asked); diff != "" {
		t.Errorf("requests for tokens (-want +got):\n%s", diff)
	}
}

func TestTokenRequestsCarryTheirParameters(t *testing.T) {
	t.Parallel()
	extra := &httptask.HTTPParameters{
		HeaderParameters:      []httptask.Parameter{{Key: "Content-Type", Value: "text/x"}},
		QueryStringParameters: []httptask.Parameter{{Key: "scope", Value: "a b"}},
		BodyParameters:        []httptask.Parameter{{Key: "grant_type", Value: "other"}, {Key: "aud", Value: "x&y"}},
	}
	for method, want := range map[string]string{
		"POST": "POST /token?scope=a%20b Basic bWU6aHVzaA== text/x grant_type=other&aud=x%26y",
		"GET":  "GET /token?grant_type=client_credentials Basic bWU6aHVzaA==  ",
	} {
		a := &authority{answer: `{"access_token":"t%d"}`}
		conn := oauth(method, extra)
		if method == "GET" {
			conn = oauth(method, nil)
		}
		c := serve(t, httptask.Config{Connections: httptask.Static{"partner": conn}}, a.serve)
		for range 2 { // without expires_in a token is not kept
			if out, failure := invoke(c, ``); failure != nil {
				t.Fatal(out, failure)
			}
		}
		if diff := cmp.Diff([]string{want, want}, a.asked); diff != "" {
			t.Errorf("%s: requests for tokens (-want +got):\n%s", method, diff)
		}
	}
}

func TestAuthorityThatRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer string
		status       int
		part         string
	}{
		{"refused", `{"error":"invalid_client %d"}`, 401, "answered 401"},
		{"redirect", `%d`, 302, "answered 302"},
		{"no JSON", `token=%d`, 0, "answered no JSON"},
		{"no token", `{"token":"%d"}`, 0, "answered no access_token"},
		{"token with a line break", `{"access_token":"a\r\nX-A: %d"}`, 0, "answered no access_token"},
	}
	for _, tt := range tests {
		a := &authority{answer: tt.answer, status: tt.status}
		c := serve(t, httptask.Config{Connections: httptask.Static{"partner": oauth("", nil)}}, a.serve)
		out, failure := invoke(c, ``)
		wantFailure(t, out, failure, "Events.ConnectionResource.InvalidConnectionState", tt.part)
		if len(a.accepted) != 0 {
			t.Errorf("%s: the API was called", tt.name)
		}
	}
	conn := oauth("", nil)
	conn.AuthParameters.OAuthParameters.AuthorizationEndpoint = "http://auth.example/token"
	out, failure := invoke(serve(t, httptask.Config{Connections: httptask.Static{"partner": conn}}, echo), ``)
	wantFailure(t, out, failure, "Events.ConnectionResource.InvalidConnectionState", "is not an https URL")
}

func TestTokensThatAreRefusedForGoodFail(t *testing.T) {
	t.Parallel()
	a := &authority{answer: `{"access_token":"t%d","expires_in":"3600"}`, revoked: map[string]bool{"Bearer t1": true, "Bearer t2": true}}
	c := serve(t, httptask.Config{Connections: httptask.Static{"partner": oauth("", nil)}}, a.serve)
	for range 2 {
		out, failure := invoke(c, ``)
		wantFailure(t, out, failure, "States.Http.StatusCode.401", `"StatusCode":401`)
	}
	if len(a.asked) != 2 {
		t.Errorf("%d tokens were fetched by two calls, want one each", len(a.asked))
	}
}

func TestOneTokenIsFetchedForManyCalls(t *testing.T) {
	t.Parallel()
	a := &authority{answer: `{"access_token":"t%d","expires_in":3600}`}
	c := serve(t, httptask.Config{Connections: httptask.Static{"partner": oauth("", nil)}}, a.serve)
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if out, failure := invoke(c, ``); failure != nil {
				t.Error(out, failure)
			}
		})
	}
	calls.Wait()
	if len(a.asked) != 1 || len(a.accepted) != 20 {
		t.Errorf("%d tokens for %d calls, want 1 for 20", len(a.asked), len(a.accepted))
	}
}

func TestSlowAuthorityEndsTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := rawWith(httptask.Static{"partner": oauth("", nil)}, silent)
		defer c.Close()
		out, failure := invoke(c, ``)
		wantFailure(t, out, failure, "States.Http.Socket", "1m0s")
	})
}
