package engine

import (
	"sync"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// activities knows which activities exist, and brings tasks and workers together: tasks wait in a queue for each activity,
// by the time they were scheduled, and workers in a line, by the time they asked. Nothing here looks at the store: queues are
// filled by the shards, and what a task is about stays with its execution until a worker has it.
type activities struct {
	e        *Engine
	changing sync.Mutex // held by who creates and deletes

	mu     sync.Mutex
	byARN  map[string]*activity
	queued int                     // tasks in all queues
	dead   map[states.Ref]struct{} // waits that ended since the last sweep, some of which may be queued
}

// activity is the queue of one activity and the workers who wait for it. It may have tasks without existing.
type activity struct {
	exists  bool
	created states.Millis
	queue   taskQueue
	waiting pollers
}

// poller is a worker who asks for a task. It waits in line, or is matched with a task that its shard is about to start, or it is
// over: it got its answer, or has left.
type poller struct {
	activities *activities

	arn     string
	worker  string
	done    chan polled // has room for one
	state   pollerState // guarded by activities.mu, like the rest
	expired bool        // its time is up, and the task that it is matched with is its last chance
	task    queuedTask  // it is matched with

	next, before *poller // in the line
}

type polled struct {
	task *task.ActivityTask // nil: there was none in time
	err  error
}

type pollerState uint8

const (
	polling pollerState = iota
	matched
	over
)

// pollers is a line of pollers, a ring through its root.
type pollers struct{ root *poller }

func (l *pollers) empty() bool { return l.root == nil || l.root.next == l.root }

func (l *pollers) insert(p *poller, atFront bool) {
	if l.root == nil {
		l.root = &poller{}
		l.root.next, l.root.before = l.root, l.root
	}
	after := l.root.before
	if atFront {
		after = l.root
	}
	p.before, p.next = after, after.next
	p.before.next, p.next.before = p, p
}

func (l *pollers) remove(p *poller) {
	p.before.next, p.next.before = p.next, p.before
	p.next, p.before = nil, nil
}

func newActivities(e *Engine) *activities {
	return &activities{e: e, byARN: map[string]*activity{}, dead: map[states.Ref]struct{}{}}
}

// lookup returns when an activity was created, and whether it exists.
func (a *activities) lookup(arn string) (created states.Millis, exists bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if one := a.byARN[arn]; one != nil {
		return one.created, one.exists
	}
	return 0, false
}

func (a *activities) create(arn string, created states.Millis) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.get(arn)
	one.exists, one.created = true, created
}

// remove makes an activity not exist and sends its workers away.
func (a *activities) remove(arn string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.get(arn)
	one.exists = false
	for !one.waiting.empty() {
		p := one.waiting.root.next
		one.waiting.remove(p)
		a.answer(p, polled{err: &NotFoundError{ARN: arn, Activity: true}})
	}
	a.tidy(arn, one)
}

// get returns what is known of an activity. a.mu is held, as in all methods below that do not take it.
func (a *activities) get(arn string) *activity {
	one := a.byARN[arn]
	if one == nil {
		one = &activity{}
		a.byARN[arn] = one
	}
	return one
}

// tidy forgets an activity about which there is nothing to know.
func (a *activities) tidy(arn string, one *activity) {
	if !one.exists && one.queue.len() == 0 {
		delete(a.byARN, arn)
	}
}

// answer gives p its answer, the only one.
func (a *activities) answer(p *poller, got polled) {
	p.state = over
	p.done <- got
}

// scheduledTask is a task for workers, on its way from a shard to its queue.
type scheduledTask struct {
	arn  string
	task queuedTask
}

// add takes tasks that are durable, and hands them to workers who wait.
func (a *activities) add(tasks []scheduledTask) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range tasks {
		a.offer(tasks[i].arn, tasks[i].task)
	}
}

// offer hands t to the worker who has waited longest, or queues it.
func (a *activities) offer(arn string, t queuedTask) {
	one := a.get(arn)
	if one.waiting.empty() {
		one.queue.push(t)
		a.queued++
		return
	}
	p := one.waiting.root.next
	one.waiting.remove(p)
	a.match(p, t)
}

// match has the shard of t start it for p.
func (a *activities) match(p *poller, t queuedTask) {
	p.state, p.task = matched, t
	in := states.TaskStarted{Ref: t.ref, Worker: p.worker, Taken: true}
	a.e.shardOf(t.ref.Exec).post(message{kind: inputMessage, id: t.ref.Exec, in: in, call: &call{ref: t.ref, poll: p}})
}

// take returns the worker who has waited longest, matched with a task that its shard is about to schedule; nil when none waits.
func (a *activities) take(arn string, t queuedTask) *poller {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.byARN[arn]
	if one == nil || one.waiting.empty() {
		return nil
	}
	p := one.waiting.root.next
	one.waiting.remove(p)
	p.state, p.task = matched, t
	return p
}

// matched returns the task that p is, or was last, matched with.
func (a *activities) matched(p *poller) queuedTask {
	a.mu.Lock()
	defer a.mu.Unlock()
	return p.task
}

// poll gives p the first task of the queue, or a place at the end of the line. It reports false when there is no such activity.
func (a *activities) poll(p *poller) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.byARN[p.arn]
	if one == nil || !one.exists {
		return false
	}
	a.next(one, p, false)
	return true
}

// next gives p the first task that is not known to be dead, or a place in the line.
func (a *activities) next(one *activity, p *poller, atFront bool) {
	for one.queue.len() > 0 {
		t := one.queue.pop()
		a.queued--
		if _, gone := a.dead[t.ref]; gone {
			delete(a.dead, t.ref)
			continue
		}
		a.match(p, t)
		return
	}
	p.state = polling
	one.waiting.insert(p, atFront)
}

// miss tells that the task p was matched with waits no longer: p goes on, as the first in line.
func (a *activities) miss(p *poller) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.state != matched {
		return
	}
	one := a.get(p.arn)
	switch {
	case !one.exists:
		a.answer(p, polled{err: &NotFoundError{ARN: p.arn, Activity: true}})
		a.tidy(p.arn, one)
	default:
		if a.next(one, p, true); p.expired && p.state == polling {
			one.waiting.remove(p)
			a.answer(p, polled{})
		}
	}
}

// refuse tells that the task p was matched with could not be started. The task goes back to its place when put says so.
func (a *activities) refuse(p *poller, err error, put bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if put {
		a.offer(p.arn, p.task)
	}
	if p.state == matched {
		a.answer(p, polled{err: err})
	}
}

// deliver hands t to p. When p has left, the task goes back to the head of its queue, started as it is: the next worker gets it.
func (a *activities) deliver(p *poller, t *task.ActivityTask) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.state == matched {
		a.answer(p, polled{task: t})
		return
	}
	p.task.started = true
	a.offer(p.arn, p.task)
}

// hasLeft reports whether p no longer waits; the task it was matched with is then back in its place.
func (a *activities) hasLeft(p *poller) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.state == matched {
		return false
	}
	a.offer(p.arn, p.task)
	return true
}

// leave ends the waiting of p. It reports false when p has an answer already. Unless force is set, it also does so, and changes
// nothing, when p is matched with a task.
func (a *activities) leave(p *poller, force bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case p.state == over, p.state == matched && !force:
		return false
	case p.state == polling:
		a.get(p.arn).waiting.remove(p)
	}
	p.state = over
	return true
}

// expire tells that the time of p is up.
func (a *activities) expire(p *poller) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p.expired = true
	if p.state == polling {
		a.get(p.arn).waiting.remove(p)
		a.answer(p, polled{})
	}
}

// sweepFrom is how many waits have to end before the queues are swept, at least.
const sweepFrom = 1024

// cancel notes waits that ended, any waits. Of those that are queued the queue learns when their turn comes; when there are many,
// all queues are swept, so that a queue which nobody works on does not fill with what nobody waits for.
func (a *activities) cancel(refs []states.Ref) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.queued == 0 {
		clear(a.dead)
		return
	}
	for _, ref := range refs {
		a.dead[ref] = struct{}{}
	}
	if len(a.dead) < max(sweepFrom, a.queued/2) {
		return
	}
	for arn, one := range a.byARN {
		a.queued -= one.queue.sweep(a.dead)
		a.tidy(arn, one)
	}
	a.dead = map[states.Ref]struct{}{}
}
