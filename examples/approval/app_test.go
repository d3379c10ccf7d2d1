package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gait-engine/gait/engine"
)

// open opens the application on a file; mails arrive in the channel.
func open(t *testing.T, file string) (*App, <-chan Mail) {
	t.Helper()
	mails := make(chan Mail, 10)
	app, err := Open(t.Context(), file, func(_ context.Context, m Mail) error { mails <- m; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return app, mails
}

// request sends a request and returns status and body.
func request(t *testing.T, h http.Handler, method, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

func start(t *testing.T, app *App, input string) engine.ID {
	t.Helper()
	id, err := app.Engine.Start(t.Context(), "expense", []byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func wait(t *testing.T, app *App, id engine.ID) string {
	t.Helper()
	result, err := app.Engine.Wait(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return string(result.Output)
}

func TestDecisionsAreTakenOverHTTP(t *testing.T) {
	t.Parallel()
	app, mails := open(t, filepath.Join(t.TempDir(), "expenses.db"))
	defer app.Close(context.Background())
	for _, tt := range []struct{ decide, output string }{
		{"approve", `{"paid":"a lamp"}`}, {"reject", `{"rejected":"a lamp","why":"the boss said no"}`},
	} {
		id := start(t, app, `{"what":"a lamp","cents":9900}`)
		mail := <-mails
		if mail.To != "boss@example.com" || mail.Question != "May I buy a lamp for 9900 cents?" {
			t.Errorf("mail %+v", mail)
		}
		link := map[string]string{"approve": mail.Approve, "reject": mail.Reject}[tt.decide]
		if code, page := request(t, app, "GET", link); code != 200 || !strings.Contains(page, "<button>") {
			t.Errorf("GET: %d %s, want a page with a button", code, page)
		}
		if code, text := request(t, app, "POST", link); code != 200 {
			t.Errorf("%s: %d %s", tt.decide, code, text)
		}
		if got := wait(t, app, id); got != tt.output {
			t.Errorf("%s: %s, want %s", tt.decide, got, tt.output)
		}
		if code, text := request(t, app, "POST", mail.Approve); code != http.StatusGone {
			t.Errorf("second decision: %d %s, want 410", code, text)
		}
	}
}

func TestSmallExpensesNeedNoApproval(t *testing.T) {
	t.Parallel()
	app, mails := open(t, filepath.Join(t.TempDir(), "expenses.db"))
	defer app.Close(context.Background())
	if got := wait(t, app, start(t, app, `{"what":"a pen","cents":200}`)); got != `{"paid":"a pen"}` || len(mails) != 0 {
		t.Errorf("%s and %d mails", got, len(mails))
	}
}

func TestLinksOutliveRestarts(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "expenses.db")
	app, mails := open(t, file)
	id := start(t, app, `{"what":"a lamp","cents":9900}`)
	mail := <-mails
	if err := app.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	app, mails = open(t, file)
	defer app.Close(context.Background())
	if code, text := request(t, app, "POST", mail.Approve); code != 200 {
		t.Fatalf("after a restart: %d %s", code, text)
	}
	if got := wait(t, app, id); got != `{"paid":"a lamp"}` || len(mails) != 0 {
		t.Errorf("%s and %d more mails", got, len(mails))
	}
}

func TestLinksThatWereMadeUpAreRefused(t *testing.T) {
	t.Parallel()
	app, mails := open(t, filepath.Join(t.TempDir(), "expenses.db"))
	defer app.Close(context.Background())
	id := start(t, app, `{"what":"a lamp","cents":9900}`)
	mail := <-mails
	for _, link := range []string{"/approve", "/approve?token=", "/approve?token=guess", mail.Approve + "x"} {
		if code, text := request(t, app, "POST", link); code != http.StatusNotFound {
			t.Errorf("%s: %d %s, want 404", link, code, text)
		}
	}
	if d, err := app.Engine.Describe(t.Context(), id); err != nil || d.Status.String() != "RUNNING" {
		t.Errorf("%v %v, want an execution that waits", d.Status, err)
	}
}
