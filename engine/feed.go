package engine

import (
	"context"
	"sync"
	"time"

	"github.com/gait-engine/gait/states"
)

// feeder finds tasks that are to be delivered and not in the dispatcher: those that an earlier engine left behind, and those
// for which the dispatcher had no room. It asks their shards to deliver them while there is room.
type feeder struct {
	mu      sync.Mutex
	backlog []backlogItem
	places  chan struct{} // one for each execution whose shard has not answered yet
	wake    chan struct{} // has room for one
}

type backlogItem struct {
	id       states.ExecID
	delivery int
}

const (
	feedPage  = 256             // executions asked for at once
	feedRetry = 1 * time.Second // after the store could not be read
)

func newFeeder() *feeder {
	return &feeder{places: make(chan struct{}, feedPage), wake: make(chan struct{}, 1)}
}

// put remembers executions with tasks that had no room.
func (f *feeder) put(items []backlogItem) {
	f.mu.Lock()
	for _, item := range items {
		if n := len(f.backlog); n == 0 || f.backlog[n-1] != item {
			f.backlog = append(f.backlog, item)
		}
	}
	f.mu.Unlock()
	f.poke()
}

func (f *feeder) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// take returns part of the backlog, oldest first.
func (f *feeder) take() []backlogItem {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(len(f.backlog), feedPage)
	items := append([]backlogItem(nil), f.backlog[:n]...)
	if f.backlog = f.backlog[n:]; len(f.backlog) == 0 {
		f.backlog = nil
	}
	return items
}

// release gives places back.
func (f *feeder) release(places int) {
	for range places {
		<-f.places
	}
}

// feed runs until ctx ends.
func (e *Engine) feed(ctx context.Context) {
	defer e.workers.Done()
	f := e.feeder
	cursor, scanning := states.ExecID(0), true
	for {
		var items []backlogItem
		if e.dispatcher.hasRoom() {
			if items = f.take(); len(items) == 0 && scanning {
				var err error
				items, err = e.scan(ctx, cursor)
				switch {
				case ctx.Err() != nil:
					return
				case err != nil:
					e.log.Error("pending tasks not read", "err", err)
					stop := e.clock.AfterFunc(feedRetry, f.poke)
					defer stop()
				case len(items) == 0:
					scanning = false
				default:
					cursor = items[len(items)-1].id
				}
			}
		}
		for _, item := range items {
			select {
			case f.places <- struct{}{}:
			case <-ctx.Done():
				return
			}
			e.shardOf(item.id).post(message{kind: resendMessage, id: item.id, delivery: item.delivery, fed: 1})
		}
		if len(items) > 0 {
			continue
		}
		select {
		case <-f.wake:
		case <-ctx.Done():
			return
		}
	}
}

// scan reads executions with work that an earlier engine left, after a place in the order of their numbers.
func (e *Engine) scan(ctx context.Context, after states.ExecID) ([]backlogItem, error) {
	ids, err := e.store.Pending(ctx, after, feedPage)
	if err != nil {
		return nil, err
	}
	items := make([]backlogItem, 0, len(ids))
	for _, id := range ids {
		if id > e.owner.LastID {
			break // started by this engine
		}
		items = append(items, backlogItem{id, 2})
	}
	return items, nil
}
