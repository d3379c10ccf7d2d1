package task

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
)

// serviceJob is a Run-a-Job resource as a Job: the start, describe and stop calls of the catalogue.
type serviceJob struct{ target }

// jobHandle is what is stored of a job under way.
type jobHandle struct {
	Ask  value.Value `json:"ask"`
	Stop value.Value `json:"stop"`
	Keep value.Value `json:"keep"`
	Role string      `json:"role,omitempty"`
}

// Start makes the call that starts the job.
func (j serviceJob) Start(ctx context.Context, req *Request) (Submission, error) {
	parameters, err := j.parameters(req.Input)
	if err != nil {
		return Submission{}, err
	}
	answer, result, err := j.begin(j.context(ctx, req), req, parameters)
	if err != nil {
		return Submission{}, err
	}
	plan := j.info.Job.Plan(parameters, answer, result)
	h := jobHandle{Ask: plan.Ask, Stop: plan.Stop, Keep: plan.Keep, Role: req.RoleARN}
	text, err := json.Marshal(h)
	if len(text) > MaxHandle && err == nil {
		h.Keep = value.Obj()
		text, err = json.Marshal(h)
	}
	if err != nil {
		return Submission{}, fmt.Errorf("task: the handle of %s: %w", req.Resource, err)
	}
	return Submission{Handle: string(text), Output: json.RawMessage(result.JSON())}, nil
}

// open reads the handle and returns the context of calls about the job.
func (j serviceJob) open(ctx context.Context, ref JobRef) (context.Context, *Request, jobHandle, error) {
	var h jobHandle
	if err := json.Unmarshal([]byte(ref.Handle), &h); err != nil {
		return ctx, nil, h, fmt.Errorf("task: the handle of %s cannot be read: %w", ref.Resource, err)
	}
	req := &Request{
		Resource: ref.Resource, Key: ref.Key, Execution: ref.Execution, Machine: ref.Machine, State: ref.State, RoleARN: h.Role,
	}
	return j.context(ctx, req), req, h, nil
}

// Poll asks how the job stands.
func (j serviceJob) Poll(ctx context.Context, ref JobRef) (Progress, error) {
	ctx, req, h, err := j.open(ctx, ref)
	if err != nil {
		return Progress{Done: true, Err: err}, nil
	}
	plan := catalogue.Plan{Ask: h.Ask, Stop: h.Stop, Keep: h.Keep}
	answer, err := j.call(ctx, j.info.Job.Describe, h.Ask)
	if err != nil {
		return j.unseen(ctx, req, plan, err)
	}
	standing, result := j.info.Job.Look(plan, answer, j.pattern == catalogue.RunJobParsed)
	switch standing {
	case catalogue.Succeeded:
		return Done(json.RawMessage(result.JSON())), nil
	case catalogue.Failed:
		return JobFailed(json.RawMessage(result.JSON())), nil
	}
	return Pending(), nil
}

// unseen is what becomes of a job whose description was refused: it may be gone as it should, the trouble may pass, or the task
// fails with it.
func (j serviceJob) unseen(ctx context.Context, req *Request, plan catalogue.Plan, err error) (Progress, error) {
	p := problemOf(err)
	if result, ok := j.info.Job.Vanished(plan); ok && p.NotFound() {
		return Done(json.RawMessage(result.JSON())), nil
	}
	if ctx.Err() != nil || p.Transient() {
		return Progress{}, err
	}
	return Progress{Done: true, Err: j.wording(ctx, req, err)}, nil
}

// Stop ends the job, where the service has a call for that. A job that is not there, or has ended, is no error.
func (j serviceJob) Stop(ctx context.Context, ref JobRef) error {
	if j.info.Job.Stop == "" {
		return nil
	}
	ctx, _, h, err := j.open(ctx, ref)
	if err != nil {
		return err
	}
	_, err = j.call(ctx, j.info.Job.Stop, h.Stop)
	if err == nil {
		return nil
	}
	if p := problemOf(err); ctx.Err() == nil && !p.Transient() {
		return nil // refused for good: there is nothing left to stop
	}
	return err
}
