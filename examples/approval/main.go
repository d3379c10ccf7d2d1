// Approval shows a human decision over HTTP: an expense waits until somebody clicks a button in a mail.
//
// The state machine publishes the question, with its task token, to a topic; a mailer that has subscribed to the topic sends
// a mail with two links; the links lead to a web server, which hands the decision back to the engine. The topic is package
// local, so nothing else has to be installed: on AWS the same definition talks to Amazon SNS.
//
// The wait may take a year and survives restarts. To show that, the program stops its engine between the mail and the click.
//
//	go run ./examples/approval
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
)

func main() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "gait-approval")
	check(err)
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "expenses.db")
	mails := make(chan Mail, 1)
	send := func(_ context.Context, m Mail) error { mails <- m; return nil }

	app, err := Open(ctx, file, send)
	check(err)
	id, err := app.Engine.Start(ctx, "expense", []byte(`{"what": "a lamp", "cents": 9900}`))
	check(err)
	mail := <-mails
	fmt.Println("mail to", mail.To+":", mail.Question)
	check(app.Close(ctx))
	fmt.Println("stopped")

	app, err = Open(ctx, file, send)
	check(err)
	server := httptest.NewServer(app)
	fmt.Println("clicked approve:", click(server.URL+mail.Approve))
	result, err := app.Engine.Wait(ctx, id)
	check(err)
	fmt.Println(result.Status, string(result.Output))
	fmt.Println("clicked reject:", click(server.URL+mail.Reject))
	server.Close()
	check(app.Close(ctx))
}

// click is what the button on the page behind a link does.
func click(link string) string {
	res, err := http.Post(link, "", nil)
	check(err)
	check(res.Body.Close())
	return res.Status
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
