package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunCallsHTTPSAPIs(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		io.WriteString(w, r.Method+" "+r.Header.Get("X-Key")+" "+string(body))
	}))
	defer server.Close()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	definition := write("call.json", `{"StartAt":"Call","States":{"Call":{"Type":"Task","Resource":"arn:aws:states:::http:invoke","End":true,
		"Parameters":{"ApiEndpoint":"`+server.URL+`","Method":"POST","RequestBody.$":"$",
		"Authentication":{"ConnectionArn":"arn:aws:events:us-east-1:123456789012:connection/partner/7f3f"}},"OutputPath":"$.ResponseBody"}}}`)
	connections := write("connections.json", `{"partner":{"AuthorizationType":"API_KEY","AuthParameters":{"ApiKeyAuthParameters":{"ApiKeyName":"X-Key","ApiKeyValue":"hush"}}}}`)
	var out, talk bytes.Buffer
	code := Run(context.Background(), []string{"run", definition, "--input", `{"a":1}`, "--connections", connections, "--allow-private"},
		strings.NewReader(""), &out, &talk, nil)
	if code != exitDone || out.String() != `"POST hush {\"a\":1}"`+"\n" {
		t.Errorf("exit code %d\n%s%s", code, out.String(), talk.String())
	}
	if strings.Contains(talk.String(), "hush") {
		t.Errorf("the walk shows a secret: %s", talk.String())
	}
}
