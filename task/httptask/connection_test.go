package httptask_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task/httptask"
)

const threeConnections = `{
  "key": {"AuthorizationType": "API_KEY", "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "hush-1"}}},
  "basic": {"AuthorizationType": "BASIC", "AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "hush-2"},
    "InvocationHttpParameters": {"QueryStringParameters": [{"Key": "q", "Value": "hush-3", "IsValueSecret": true}]}}},
  "oauth": {"AuthorizationType": "OAUTH_CLIENT_CREDENTIALS", "AuthParameters": {"OAuthParameters": {
    "AuthorizationEndpoint": "https://auth.example/token", "HttpMethod": "POST",
    "ClientParameters": {"ClientID": "me", "ClientSecret": "hush-4"},
    "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "hush-5"}]}}}}
}`

func TestConnectionsAreReadInEventBridgesShape(t *testing.T) {
	t.Parallel()
	s, err := httptask.ParseConnections([]byte(threeConnections))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if json.Unmarshal(text, &got) != nil || json.Unmarshal([]byte(threeConnections), &want) != nil {
		t.Fatal("no JSON")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("written again (-want +got):\n%s", diff)
	}
	for _, arn := range []string{"key", "arn:aws:events:us-east-1:123456789012:connection/key/7f3fa48c", "arn:aws-cn:events:cn-north-1:1:connection/key"} {
		if c, err := s.Connection(t.Context(), arn); err != nil || c.AuthorizationType != httptask.APIKey {
			t.Errorf("%s: %v %v", arn, c, err)
		}
	}
	for _, arn := range []string{"", "other", "arn:aws:events:us-east-1:123456789012:connection/other/key", "arn:aws:iam::1:role/key", "arn:aws:events:us-east-1:1:rule/key"} {
		if c, err := s.Connection(t.Context(), arn); err == nil {
			t.Errorf("%q: %v, want none", arn, c)
		}
	}
}

func TestConnectionsThatCannotBeReadShowNoSecrets(t *testing.T) {
	t.Parallel()
	for text, part := range map[string]string{
		`{"a": hush`: "no JSON at byte",
		`["hush"]`:   "expected map",
		`{"a": {"AuthorizationType": "BASIC", "AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": 77}}}}`:               `connection "a": member "AuthParameters.BasicAuthParameters.Password" is number`,
		`{"a": {"AuthorizationType": "BASIC", "Secret": "hush"}}`:                                                                           `connection "a": unknown member "Secret"`,
		`{"a": {"AuthorizationType": "hush"}}`:                                                                                              `AuthorizationType must be`,
		`{"a": {"AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "hush"}}}}`:                                         "AuthorizationType is missing",
		`{"a": {"AuthorizationType": "OAUTH_CLIENT_CREDENTIALS", "AuthParameters": {}}}`:                                                    "OAuthParameters",
		`{"a": {"AuthParameters": {"InvocationHttpParameters": {"HeaderParameters": [{"Key": "X", "Value": "hush\n"}]}}}}`:                  `the header parameter "X" cannot be used`,
		`{"a": {"AuthorizationType": "API_KEY", "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "X Y", "ApiKeyValue": "hush"}}}}`: "cannot be used as a header",
	} {
		_, err := httptask.ParseConnections([]byte(text))
		if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "77") {
			t.Errorf("%s: %v, want %q and no secret", text, err, part)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	s, err := httptask.ParseConnections([]byte(threeConnections))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	for name, c := range s {
		for _, p := range []any{c.AuthParameters.BasicAuthParameters, c.AuthParameters.APIKeyAuthParameters, c.AuthParameters.OAuthParameters,
			c.AuthParameters.InvocationHTTPParameters} {
			fmt.Fprintf(&out, "%v %+v %#v\n", p, p, p)
		}
		fmt.Fprintf(&out, "%v %+v %#v\n", c, c, c)
		fmt.Fprintf(&out, "%s %q %x %v\n", httptask.Secret("hush-6"), httptask.Secret("hush-6"), httptask.Secret("hush-6"), []httptask.Secret{"hush-6"})
		log.Info("read", "name", name, "password", httptask.Secret("hush-6"))
	}
	if strings.Contains(out.String(), "hush") || strings.Contains(out.String(), fmt.Sprintf("%x", "hush")) {
		t.Errorf("a secret was printed: %s", out.String())
	}
}
