package engine

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// commit is a step on its way to the store and back.
type commit struct {
	run   *run
	c     states.Commit
	write store.Write
	buf   []byte // holds the bytes of write
	err   error  // set by the writer
}

// writer makes commits durable, many of them in one transaction. One goroutine runs it.
type writer struct {
	mu    sync.Mutex
	queue []*commit
	wake  chan struct{} // has room for one
	stop  chan struct{}
}

func newWriter() *writer {
	return &writer{wake: make(chan struct{}, 1), stop: make(chan struct{})}
}

// submit hands commits over. It never blocks: a run has at most one commit in flight, which bounds the queue.
func (w *writer) submit(commits []*commit) {
	w.mu.Lock()
	w.queue = append(w.queue, commits...)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take moves the queue to the end of dst.
func (w *writer) take(dst []*commit) []*commit {
	w.mu.Lock()
	defer w.mu.Unlock()
	dst = append(dst, w.queue...)
	clear(w.queue)
	w.queue = w.queue[:0]
	return dst
}

// gatherRounds bounds how often the writer yields to let a batch grow.
const gatherRounds = 8

// write runs until stop is closed and the queue is empty.
func (e *Engine) write(w *writer) {
	defer e.workers.Done()
	var batch []*commit
	for {
		batch = w.take(batch[:0])
		if len(batch) == 0 {
			select {
			case <-w.wake:
				continue
			case <-w.stop:
				if batch = w.take(batch); len(batch) == 0 {
					return
				}
			}
		}
		// Yielding lets shards that are about to submit do so; a sleep would cost more than it gathers.
		for range gatherRounds {
			before := len(batch)
			if before >= e.cfg.Batch {
				break
			}
			runtime.Gosched()
			if batch = w.take(batch); len(batch) == before {
				break
			}
		}
		for rest := batch; len(rest) > 0; {
			n := min(len(rest), e.cfg.Batch)
			e.flush(rest[:n])
			rest = rest[n:]
		}
		clear(batch)
	}
}

// flush stores one batch and tells the shards.
func (e *Engine) flush(batch []*commit) {
	if err := e.failure(); err != nil {
		for _, c := range batch {
			c.err = err
		}
	} else {
		e.writes = e.writes[:0]
		for _, c := range batch {
			e.writes = append(e.writes, c.write)
		}
		// The engine's own context: a caller who stops waiting must not undo the commits of others.
		for i, err := range e.store.Apply(context.Background(), e.owner.Epoch, e.writes) {
			batch[i].err = err
			if errors.Is(err, store.ErrFenced) || errors.Is(err, store.ErrClosed) {
				e.fail(err)
			}
		}
		clear(e.writes)
	}
	for _, c := range batch {
		s := e.shardOf(c.run.id)
		s.acked = append(s.acked, c)
	}
	for _, s := range e.shards {
		if len(s.acked) > 0 {
			s.postAcks(s.acked)
			clear(s.acked)
			s.acked = s.acked[:0]
		}
	}
}
