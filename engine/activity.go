package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// Activity is a name under which workers ask for tasks.
type Activity struct {
	Name    string
	ARN     string // "arn:aws:states:REGION:ACCOUNT:activity:NAME": the Resource of Task states
	Created time.Time
}

const (
	activityKind = "activity" // of the records that activities are stored as
	recordPage   = 10_000     // records read at once
)

// activityBody is the body of an activity's record, as JSON.
type activityBody struct {
	Created states.Millis `json:"createdMs"`
}

// CreateActivity makes an activity, with tags, durably. One that exists is returned as it is, and keeps the tags it has.
//
// Errors: *[NameError], *[ValidationError] for a tag, *[TagError] for more than 50, *[StoreError], ErrClosed.
//
// Source: API reference, CreateActivity; encryption is not part of it.
func (e *Engine) CreateActivity(ctx context.Context, name string, tags ...Tag) (Activity, error) {
	if err := e.enter(ctx); err != nil {
		return Activity{}, err
	}
	if err := checkName(name); err != nil {
		return Activity{}, err
	}
	if err := checkTags(nil, tags); err != nil {
		return Activity{}, err
	}
	arn := e.arns.activity + name
	e.activities.changing.Lock() // so that memory and store agree
	defer e.activities.changing.Unlock()
	created, exists := e.activities.lookup(arn)
	if !exists {
		created = states.MillisOf(e.clock.Now())
		body, err := json.Marshal(activityBody{Created: created})
		if err != nil {
			return Activity{}, fmt.Errorf("engine: create activity %q: %w", name, err)
		}
		if err := e.beginTags(ctx, arn, tags); err != nil {
			return Activity{}, err
		}
		if err := e.store.PutRecord(ctx, store.Record{Kind: activityKind, Name: name, Body: body}); err != nil {
			return Activity{}, &StoreError{Op: "create activity", Err: err}
		}
		e.activities.create(arn, created)
		e.log.Info("activity created", "activity", name)
	}
	return Activity{Name: name, ARN: arn, Created: created.Time()}, nil
}

// DescribeActivity returns an activity, given by name or ARN.
//
// Errors: *[NotFoundError], *[ARNError], ErrClosed.
func (e *Engine) DescribeActivity(ctx context.Context, activity string) (Activity, error) {
	if err := e.enter(ctx); err != nil {
		return Activity{}, err
	}
	arn, err := e.arns.activityARN(activity)
	if err != nil {
		return Activity{}, err
	}
	created, exists := e.activities.lookup(arn)
	if !exists {
		return Activity{}, &NotFoundError{ARN: arn, Activity: true}
	}
	return Activity{Name: activityName(arn), ARN: arn, Created: created.Time()}, nil
}

// ListActivities returns the activities in the order in which they were created, those of one millisecond by name. To show pages,
// take as many as fit and give the ARN of the last one as after for the next page; "" begins at the first. One that was deleted
// meanwhile is no place to go on from.
//
// Errors: *[NotFoundError] and *[ARNError] for after, ErrClosed. An error ends the sequence.
func (e *Engine) ListActivities(ctx context.Context, after string) iter.Seq2[Activity, error] {
	return func(yield func(Activity, error) bool) {
		var last Activity
		err := e.enter(ctx)
		if err == nil && after != "" {
			last, err = e.DescribeActivity(ctx, after)
		}
		if err != nil {
			yield(Activity{}, err)
			return
		}
		for _, a := range e.activities.list() {
			if (after == "" || byCreation(a, last) > 0) && !yield(a, nil) {
				return
			}
		}
	}
}

func byCreation(a, b Activity) int {
	return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.Name, b.Name))
}

// DeleteActivity removes an activity, given by name or ARN. Workers that wait for its tasks hear that it does not exist. Tasks
// that were scheduled before go on waiting: those that a worker has may be answered, and the others are handed out when an
// activity of this name is created again. A task that is scheduled from now on fails with States.Runtime. To delete what does
// not exist is no error.
//
// Errors: *[ARNError], *[StoreError], ErrClosed.
func (e *Engine) DeleteActivity(ctx context.Context, activity string) error {
	if err := e.enter(ctx); err != nil {
		return err
	}
	arn, err := e.arns.activityARN(activity)
	if err != nil {
		return err
	}
	e.activities.changing.Lock()
	defer e.activities.changing.Unlock()
	if _, exists := e.activities.lookup(arn); !exists {
		return nil
	}
	if err := e.store.DeleteRecord(ctx, activityKind, activityName(arn)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return &StoreError{Op: "delete activity", Err: err}
	}
	e.activities.remove(arn)
	if err := e.dropTags(ctx, arn); err != nil {
		return err
	}
	e.log.Info("activity deleted", "activity", activityName(arn))
	return nil
}

// loadActivities reads the activities of the store.
func (e *Engine) loadActivities(ctx context.Context) error {
	for after := ""; ; {
		records, err := e.store.Records(ctx, activityKind, after, recordPage)
		if err != nil {
			return fmt.Errorf("engine: open: %w", err)
		}
		for _, r := range records {
			var body activityBody
			if err := json.Unmarshal(r.Body, &body); err != nil {
				return fmt.Errorf("engine: open: activity %q as stored: %w", r.Name, err)
			}
			e.activities.create(e.arns.activity+r.Name, body.Created)
		}
		if len(records) < recordPage {
			return nil
		}
		after = records[len(records)-1].Name
	}
}

// activityARN returns the ARN of s, which is the name of an activity or the ARN of one.
func (a arns) activityARN(s string) (string, error) {
	switch {
	case strings.HasPrefix(s, "arn:") && isActivity(s):
		return s, nil
	case resourceType(s) != "" && resourceType(s) != "activity":
		return "", &ARNError{ARN: s, Type: resourceType(s)}
	case checkName(s) == nil:
		return a.activity + s, nil
	}
	return "", &ARNError{ARN: s}
}

func activityName(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// isActivity tells arn:<partition>:states:<region>:<account>:activity:<name>.
func isActivity(resource string) bool {
	if !strings.Contains(resource, ":activity:") {
		return false
	}
	parts := strings.SplitN(resource, ":", 7)
	return len(parts) == 7 && parts[0] == "arn" && parts[2] == "states" && parts[5] == "activity" && checkName(parts[6]) == nil
}

// hasActivity tells the core which activities exist. A handler that is registered for one stands for workers of it.
func (e *Engine) hasActivity(machine, state, arn string) bool {
	if _, exists := e.activities.lookup(arn); exists {
		return true
	}
	_, ok := e.tasks.Lookup(machine, state, arn)
	return ok
}

// forWorkers reports whether a task waits for a worker and not for a handler.
func (e *Engine) forWorkers(machine string, req *states.TaskRequest) bool {
	if !isActivity(req.Resource) {
		return false
	}
	if _, exists := e.activities.lookup(req.Resource); exists {
		return true
	}
	_, handled := e.tasks.Lookup(machine, req.State, req.Resource)
	return !handled
}

// list returns the activities that exist.
func (a *activities) list() []Activity {
	a.mu.Lock()
	all := make([]Activity, 0, len(a.byARN))
	for arn, one := range a.byARN {
		if one.exists {
			all = append(all, Activity{Name: activityName(arn), ARN: arn, Created: one.created.Time()})
		}
	}
	a.mu.Unlock()
	slices.SortFunc(all, byCreation)
	return all
}
