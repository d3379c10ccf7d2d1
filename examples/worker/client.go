package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/worker"
)

// client is a worker.Poller over the bridge.
type client struct{ url string }

var _ worker.Poller = client{}

// refusal is an error that the engine has answered with.
type refusal struct{ code, text string }

// Error returns the engine's text.
func (r *refusal) Error() string { return r.text }

// Code returns the engine's code, by which a worker tells what it met.
func (r *refusal) Code() string { return r.code }

func (c client) call(ctx context.Context, path string, in message) (message, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return message{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, bytes.NewReader(body))
	if err != nil {
		return message{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return message{}, err
	}
	defer res.Body.Close()
	var out message
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return message{}, fmt.Errorf("%s: %s: %w", path, res.Status, err)
	}
	if res.StatusCode != http.StatusOK {
		return message{}, &refusal{out.Error, out.Cause}
	}
	return out, nil
}

// GetActivityTask implements [worker.Poller].
func (c client) GetActivityTask(ctx context.Context, activity, name string) (*task.ActivityTask, error) {
	out, err := c.call(ctx, "/GetActivityTask", message{Activity: activity, Worker: name})
	if err != nil || out.Token == "" {
		return nil, err
	}
	return &task.ActivityTask{Token: out.Token, Input: out.Input, HeartbeatSeconds: out.HeartbeatSeconds, TimeoutSeconds: out.TimeoutSeconds}, nil
}

// SendTaskSuccess implements [worker.Poller].
func (c client) SendTaskSuccess(ctx context.Context, token task.Token, output []byte) error {
	_, err := c.call(ctx, "/SendTaskSuccess", message{Token: token, Output: output})
	return err
}

// SendTaskFailure implements [worker.Poller].
func (c client) SendTaskFailure(ctx context.Context, token task.Token, errName, cause string) error {
	_, err := c.call(ctx, "/SendTaskFailure", message{Token: token, Error: errName, Cause: cause})
	return err
}

// SendTaskHeartbeat implements [worker.Poller].
func (c client) SendTaskHeartbeat(ctx context.Context, token task.Token) error {
	_, err := c.call(ctx, "/SendTaskHeartbeat", message{Token: token})
	return err
}
