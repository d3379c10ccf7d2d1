package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/gait-engine/gait/task"
)

// mock is one element of the list of a state in a mock file: {"return": VALUE} or {"throw": {"error": NAME, "cause": TEXT}}.
type mock struct {
	Return json.RawMessage `json:"return"`
	Throw  *struct {
		Error string `json:"error"`
		Cause string `json:"cause"`
	} `json:"throw"`
}

// readMocks reads a mock file: an object of lists by the name of the Task state.
func (a *app) readMocks(name string) (map[string][]mock, error) {
	if name == "" {
		return nil, nil
	}
	data, err := a.readFile(name)
	if err != nil {
		return nil, err
	}
	if err := checkJSON(data); err != nil {
		return nil, usage("%s is no JSON: %w", shown(name), err)
	}
	mocks, err := parseMocks(data)
	if err != nil {
		return nil, usage("%s: %w", shown(name), err)
	}
	return mocks, nil
}

func parseMocks(data []byte) (map[string][]mock, error) {
	var lists map[string]json.RawMessage
	if err := json.Unmarshal(data, &lists); err != nil || lists == nil {
		return nil, fmt.Errorf(`expected an object of lists by state name: {"Charge": [{"return": {…}}]}`)
	}
	mocks := map[string][]mock{}
	for state, text := range lists {
		var list []mock
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&list); err != nil || len(list) == 0 {
			return nil, fmt.Errorf(`state %q: expected a list with at least one {"return": VALUE} or {"throw": {"error": NAME, "cause": TEXT}}`, state)
		}
		for i, m := range list {
			if (m.Return == nil) == (m.Throw == nil) {
				return nil, fmt.Errorf(`state %q: element %d has to have either "return" or "throw"`, state, i)
			}
		}
		mocks[state] = list
	}
	return mocks, nil
}

// mocked returns a handler whose n-th call of a state gets the n-th element; the last one repeats.
func (w *work) mocked(list []mock) task.HandlerFunc {
	return func(_ context.Context, req *task.Request) (any, error) {
		w.mu.Lock()
		n := w.calls[req.State]
		w.calls[req.State]++
		w.mu.Unlock()
		m := list[min(n, len(list)-1)]
		if m.Throw != nil {
			return nil, &task.Error{Name: m.Throw.Error, Cause: m.Throw.Cause}
		}
		return m.Return, nil
	}
}
