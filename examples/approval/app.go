package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/local"
)

//go:embed expense.asl.json
var definition []byte

// App is an engine, the topic that its state machine publishes to, and the web pages behind the links in mails.
type App struct {
	Engine   *engine.Engine
	services *local.Services
	http.Handler
}

// Mail is the question as somebody gets it. The links have no host.
type Mail struct {
	To, Question    string
	Approve, Reject string
}

// Open opens the store in a file and goes on with the executions that are in it.
func Open(ctx context.Context, file string, send func(context.Context, Mail) error) (*App, error) {
	a := &App{services: local.New(local.Config{})}
	a.services.Topic("approvals").Subscribe(func(ctx context.Context, m local.Message) error {
		var q struct{ To, What, Token string }
		if err := m.Decode(&q); err != nil {
			return err
		}
		token := "?token=" + url.QueryEscape(q.Token)
		return send(ctx, Mail{To: q.To, Question: q.What, Approve: "/approve" + token, Reject: "/reject" + token})
	})
	var tasks task.Mux
	a.services.Register(&tasks) // sns:publish goes to the topic

	st, err := sqlite.Open(ctx, file, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if a.Engine, err = engine.Open(ctx, engine.Config{Store: st, Tasks: &tasks}); err != nil {
		st.Close()
		return nil, err
	}
	if _, err := a.Engine.Deploy(ctx, "expense", definition); err != nil {
		return nil, errors.Join(err, a.Close(ctx))
	}

	pages := http.NewServeMux()
	pages.HandleFunc("GET /approve", button)
	pages.HandleFunc("GET /reject", button)
	pages.HandleFunc("POST /approve", a.decide(func(ctx context.Context, t task.Token) error {
		return a.Engine.SendTaskSuccess(ctx, t, []byte(`{"approved": true}`))
	}))
	pages.HandleFunc("POST /reject", a.decide(func(ctx context.Context, t task.Token) error {
		return a.Engine.SendTaskFailure(ctx, t, "Expense.Rejected", "the boss said no")
	}))
	a.Handler = pages
	return a, nil
}

// Close stops the engine; what waits goes on waiting in the file. Mails that are about to be sent are sent.
func (a *App) Close(ctx context.Context) error {
	return errors.Join(a.Engine.Close(ctx), a.services.Close(ctx))
}

// button is the page behind a link. It only asks: programs that look at mails follow links, too.
func button(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Referrer-Policy", "no-referrer") // the token is in the address
	fmt.Fprint(w, `<form method="post"><button>Yes, I mean it</button></form>`)
}

// decide hands a decision to the engine. The token in the address is all that is needed to decide: it cannot be guessed.
func (a *App) decide(send func(context.Context, task.Token) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := send(r.Context(), task.Token(r.URL.Query().Get("token")))
		var refused *engine.TokenError
		switch {
		case err == nil:
			fmt.Fprint(w, "thank you")
		case errors.As(err, &refused) && refused.Closed:
			http.Error(w, "this has been decided, or is out of date", http.StatusGone)
		case errors.As(err, &refused):
			http.Error(w, "there is no such question", http.StatusNotFound)
		default:
			http.Error(w, "try again later", http.StatusServiceUnavailable)
		}
	}
}
