package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// Webhook returns a subscriber that posts each message to h, in this process: the body is [Message.Envelope], with the headers that
// Amazon SNS sends. A status other than 2xx is an error.
//
//	topic.Subscribe(local.Webhook(mux, "/approvals"))
func Webhook(h http.Handler, path string) func(ctx context.Context, m Message) error {
	return func(ctx context.Context, m Message) error {
		r, err := request(ctx, "http://localhost"+path, m)
		if err != nil {
			return err
		}
		r.RequestURI = path
		w := &recorder{header: http.Header{}}
		h.ServeHTTP(w, r)
		return statusError(w.status)
	}
}

// Post returns a subscriber that posts each message to a URL, as [Webhook] does to a handler. A nil client is http.DefaultClient.
func Post(client *http.Client, url string) func(ctx context.Context, m Message) error {
	if client == nil {
		client = http.DefaultClient
	}
	return func(ctx context.Context, m Message) error {
		r, err := request(ctx, url, m)
		if err != nil {
			return err
		}
		res, err := client.Do(r)
		if err != nil {
			return fmt.Errorf("local: post a message: %w", err)
		}
		defer res.Body.Close()
		io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
		return statusError(res.StatusCode)
	}
}

func request(ctx context.Context, url string, m Message) (*http.Request, error) {
	body := m.Envelope()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("local: post a message: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if isTopic(m.Source) {
		r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
		r.Header.Set("X-Amz-Sns-Message-Type", "Notification")
		r.Header.Set("X-Amz-Sns-Message-Id", m.ID)
		r.Header.Set("X-Amz-Sns-Topic-Arn", m.Source)
	}
	return r, nil
}

func statusError(status int) error {
	if status == 0 || status/100 == 2 {
		return nil
	}
	return fmt.Errorf("local: the webhook answered %d", status)
}

// recorder is the response of a handler, of which only the status counts.
type recorder struct {
	header http.Header
	status int
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(p), nil
}
