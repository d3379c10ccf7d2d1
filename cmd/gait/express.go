package main

import (
	"errors"
	"slices"
	"sync"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/history"
)

// expressEvents are the events of an Express execution that were not shown yet: nothing keeps its history.
type expressEvents struct {
	mu  sync.Mutex
	all []history.Event
}

// add is the engine's ExpressLog.
func (l *expressEvents) add(_ engine.ID, events []history.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, slices.Clone(events)...)
}

func (l *expressEvents) take() []history.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return all
}

// startExpress begins an execution in memory.
func (r *running) startExpress(definition, input []byte) error {
	if err := r.deploy(definition, engine.WithType(engine.Express)); err != nil {
		return err
	}
	r.work.alone = true
	r.work.begin(r.engine, "")
	r.end = make(chan ended, 1)
	go func() {
		result, err := r.engine.StartSync(r.ctx, r.cmd.Machine, input)
		if err == nil {
			err = result.Err()
		} else if errors.Is(err, engine.ErrClosed) {
			return // nobody listens
		}
		r.end <- ended{result.Result, err}
	}()
	return nil
}
