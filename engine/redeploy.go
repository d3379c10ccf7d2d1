package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// RevisionUse says what still needs a revision of a machine that is not the newest.
type RevisionUse struct {
	Revision int64
	Versions []int64 // versions that are published of it: more can be started
	Running  int     // executions that go on with it
	Oldest   ID      // the running one that was started first; empty when none runs
	Since    time.Time
	// Resources are those of its Task states that the newest revision does not use, sorted: handlers and workers that can go when
	// nothing runs any more.
	Resources []string
}

// PendingRedeploy tells what must end before older revisions of a machine, given by name or ARN, and the handlers that only they
// use can go: the older revisions that have running executions or versions, by number. It is empty when the newest one is all
// that is needed. [Engine.List] with Filter.Revision lists the executions.
//
// Errors: *[NotFoundError], *[ARNError], *[DeletingError], *[StoreError].
func (e *Engine) PendingRedeploy(ctx context.Context, machine string) ([]RevisionUse, error) {
	r, err := e.arns.plainRef(machine)
	if err != nil {
		return nil, err
	}
	rec, newest, standing, err := e.stand(ctx, r.name)
	if err != nil {
		return nil, err
	}
	if standing == absent {
		return nil, &NotFoundError{ARN: r.given, Machine: true}
	}
	uses := map[int64]*RevisionUse{}
	use := func(revision int64) *RevisionUse {
		if uses[revision] == nil {
			uses[revision] = &RevisionUse{Revision: revision}
		}
		return uses[revision]
	}
	for _, v := range rec.Versions {
		if v.Revision != newest.Revision {
			u := use(v.Revision)
			u.Versions = append(u.Versions, v.Number)
		}
	}
	q := store.Query{Machine: r.name, Statuses: onlyRunning, Limit: listPage, Brief: true}
	for {
		found, err := e.store.Find(ctx, q)
		if err != nil {
			return nil, &StoreError{Op: "list", Err: err}
		}
		for i := range found {
			if x := &found[i]; x.Revision != newest.Revision {
				u := use(x.Revision)
				u.Running++
				u.Oldest, u.Since = e.arns.id(x.Machine, x.Name), clockTime(x.Started) // they come newest first
			}
		}
		if len(found) < listPage {
			break
		}
		q.Before = found[len(found)-1].ID
	}
	current, err := e.resources(ctx, r.name, newest.Revision)
	if err != nil {
		return nil, err
	}
	all := make([]RevisionUse, 0, len(uses))
	for _, u := range uses {
		old, err := e.resources(ctx, r.name, u.Revision)
		if err != nil {
			return nil, err
		}
		u.Resources = slices.DeleteFunc(old, func(s string) bool { return slices.Contains(current, s) })
		all = append(all, *u)
	}
	slices.SortFunc(all, func(a, b RevisionUse) int { return int(a.Revision - b.Revision) })
	return all, nil
}

// resources returns the resources of the Task states of a revision, sorted.
func (e *Engine) resources(ctx context.Context, name string, revision int64) ([]string, error) {
	m, err := e.machine(ctx, name, revision)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, f := range m.asl.Flows {
		for _, s := range f.States {
			if t, ok := s.(*asl.Task); ok {
				all = append(all, t.Resource.Text)
			}
		}
	}
	slices.SortFunc(all, strings.Compare)
	return slices.Compact(all), nil
}

// onlyRunning restricts a query to executions that are running.
var onlyRunning = []states.Status{states.Running}
