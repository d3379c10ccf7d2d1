package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/task"
)

// message is the body of every request and of every answer. Absent members are left out.
type message struct {
	Activity         string          `json:"activityArn,omitempty"`
	Worker           string          `json:"workerName,omitempty"`
	Token            task.Token      `json:"taskToken,omitempty"`
	Input            json.RawMessage `json:"input,omitempty"`
	Output           json.RawMessage `json:"output,omitempty"`
	HeartbeatSeconds int64           `json:"heartbeatSeconds,omitempty"`
	TimeoutSeconds   int64           `json:"timeoutSeconds,omitempty"`
	Error            string          `json:"error,omitempty"`
	Cause            string          `json:"cause,omitempty"`
}

// maxBody bounds what is read of a request: an output of 262,144 bytes and the rest.
const maxBody = 300_000

// bridge serves what workers need of an engine. An error is answered with status 400, and its code and text in error and cause.
func bridge(e *engine.Engine) http.Handler {
	mux := http.NewServeMux()
	serve := func(path string, f func(context.Context, message) (message, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var in message
			var out message
			err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in)
			if err == nil {
				out, err = f(r.Context(), in) // ends when the worker goes away: its task then goes to the next one
			}
			if err != nil {
				out = message{Cause: err.Error()}
				if coded, ok := errors.AsType[engine.Coded](err); ok {
					out.Error = coded.Code()
				}
				w.WriteHeader(http.StatusBadRequest)
			}
			json.NewEncoder(w).Encode(out) // fails only when nobody reads it
		})
	}
	serve("/GetActivityTask", func(ctx context.Context, in message) (message, error) {
		t, err := e.GetActivityTask(ctx, in.Activity, in.Worker)
		if t == nil {
			return message{}, err
		}
		return message{Token: t.Token, Input: t.Input, HeartbeatSeconds: t.HeartbeatSeconds, TimeoutSeconds: t.TimeoutSeconds}, nil
	})
	serve("/SendTaskSuccess", func(ctx context.Context, in message) (message, error) {
		return message{}, e.SendTaskSuccess(ctx, in.Token, in.Output)
	})
	serve("/SendTaskFailure", func(ctx context.Context, in message) (message, error) {
		return message{}, e.SendTaskFailure(ctx, in.Token, in.Error, in.Cause)
	})
	serve("/SendTaskHeartbeat", func(ctx context.Context, in message) (message, error) {
		return message{}, e.SendTaskHeartbeat(ctx, in.Token)
	})
	return mux
}
