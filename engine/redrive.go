package engine

import (
	"context"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// RedriveStatus says whether an execution can be redriven, as DescribeExecution does.
type RedriveStatus string

// The statuses.
const (
	Redrivable         RedriveStatus = "REDRIVABLE"
	NotRedrivable      RedriveStatus = "NOT_REDRIVABLE"
	RedrivableByMapRun RedriveStatus = "REDRIVABLE_BY_MAP_RUN" // a child execution of a distributed Map: with its parent alone
)

// RedriveOption tunes one Redrive.
type RedriveOption func(*states.Redrive)

// WithClientToken names a request to redrive, in 1 to 64 printable ASCII characters: the same token within 15 minutes gives the
// answer of the first request again, and nothing happens. Each execution remembers its last ten tokens.
func WithClientToken(token string) RedriveOption { return func(r *states.Redrive) { r.Token = token } }

// Redrive lets an execution that failed, timed out or was stopped go on from where it failed, and returns when that is durable,
// with the time of the redrive. States that succeeded are not run again; of a Parallel or an inline Map only the branches or
// iterations that failed or were given up are, and of a distributed Map only the child executions that did not succeed. The execution keeps its ID, its input, the revision of its definition and its
// history, which goes on with ExecutionRedriven; retriers and the machine's TimeoutSeconds count anew. [Engine.Describe] tells
// whether an execution can be redriven.
//
// Errors: *[NotRedrivableError], *[NotFoundError], *[ARNError], *[ValidationError] for the token, *[StoreError], *[HaltedError],
// *[UnreadableError].
//
// Source: API reference, RedriveExecution; Developer Guide, "Restarting state machine executions with redrive".
func (e *Engine) Redrive(ctx context.Context, id ID, opts ...RedriveOption) (time.Time, error) {
	var in states.Redrive
	for _, opt := range opts {
		opt(&in)
	}
	if err := checkClientToken(in.Token); err != nil {
		return time.Time{}, err
	}
	n, err := e.resolve(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	if err := e.checkMachine(ctx, id); err != nil {
		return time.Time{}, err
	}
	call := newCall(states.Ref{})
	if err := e.submit(ctx, message{kind: inputMessage, id: n, in: in, call: call}); err != nil {
		return time.Time{}, err
	}
	return call.redriven.Time(), nil
}

// redrive takes the inbox of a run that has ended. It returns the redrive to be stepped, or nil when there is none; those that
// are refused are answered, and so is what came before it. The rest stays in the inbox.
func (s *shard) redrive(r *run, now states.Millis) states.Input {
	now = max(now, r.x.Last) // as the core counts
	kept := r.inbox[:0]
	for _, in := range r.inbox {
		redrive, ok := in.in.(states.Redrive)
		if _, run := in.in.(states.RedriveRun); run && r.x.Run != nil && r.x.Status != states.Succeeded && len(r.flying) == 0 {
			r.flying = append(r.flying, in)
			continue
		}
		switch {
		case !ok && len(r.flying) == 0: // it is about what has ended, and must not hit what goes on
			in.call.answer(s.staleAnswer(in.in))
			s.noteJob(r, in.in)
		case len(r.flying) > 0:
			kept = append(kept, in)
		case !s.answerRedrive(r, in.call, redrive, now):
			in.call.redriven = now
			r.flying = append(r.flying, in)
		}
	}
	clear(r.inbox[len(kept):])
	r.inbox = kept
	if len(r.flying) == 0 {
		return nil
	}
	r.host = s.e.host(r.machine, r.arn, r.x.Started, r.x.Input, r.x.Redrives+1, now)
	return r.flying[0].in
}

// answerRedrive answers a redrive that changes nothing: it is a repetition, or it is refused. It reports whether that was so.
func (s *shard) answerRedrive(r *run, c *call, in states.Redrive, now states.Millis) bool {
	if at, again := r.x.RedrivenWith(in.Token, now); again {
		c.redriven = at
		c.answer(nil)
		return true
	}
	if reason := r.x.NotRedrivable(now, s.e.cfg.Limits); reason != "" {
		c.answer(&NotRedrivableError{ID: r.arn, Reason: reason})
		return true
	}
	return false
}

// redrivable reports what Describe tells of redriving.
func (e *Engine) redrivable(ctx context.Context, stored *store.Execution, x *states.Execution) (RedriveStatus, string, error) {
	reason := x.NotRedrivable(states.MillisOf(e.clock.Now()), e.cfg.Limits)
	if reason == "" {
		gone, err := e.deleted(ctx, stored.Machine, stored.Revision)
		if err != nil {
			return "", "", err
		}
		if gone {
			reason = machineGone
		}
	}
	if reason != "" {
		return NotRedrivable, reason, nil
	}
	if _, _, child := labelled(stored.Machine); child {
		return RedrivableByMapRun, "", nil
	}
	return Redrivable, "", nil
}

// machineGone is why an execution of a deleted machine cannot be redriven. Source: API model, DescribeExecution.
const machineGone = "State machine is in DELETING status"

// checkMachine refuses to redrive an execution whose machine was deleted.
func (e *Engine) checkMachine(ctx context.Context, id ID) error {
	name, _, err := e.arns.split(id)
	if err != nil {
		return err
	}
	if _, _, child := labelled(name); child {
		return &NotRedrivableError{ID: id, Reason: "Execution can only be redriven by redriving its Map Run"}
	}
	if gone, err := e.deleted(ctx, name, 1); err != nil || !gone { // the first revision was not deleted: none was
		return err
	}
	d, err := e.Describe(ctx, id)
	if err == nil && d.RedriveReason == machineGone {
		err = &NotRedrivableError{ID: id, Reason: machineGone}
	}
	return err
}

// wantsRedrive reports whether somebody asks for r to go on.
func (r *run) wantsRedrive() bool {
	for _, in := range r.inbox {
		switch in.in.(type) {
		case states.Redrive, states.RedriveRun:
			return true
		}
	}
	return false
}

// checkClientToken applies the API model's rule for client tokens; none is good too.
func checkClientToken(token string) error {
	if len(token) > 64 {
		return invalid("clientToken", token, "Member must have length less than or equal to 64")
	}
	for _, c := range []byte(token) {
		if c < '!' || c > '~' {
			return invalid("clientToken", token, "Member must satisfy regular expression pattern: ^[!-~]+$")
		}
	}
	return nil
}
