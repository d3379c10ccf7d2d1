// Job runs work that outlives a call: a job is submitted, polled until it has ended, and stopped when nobody waits for it any
// more. Here the job is a child process; it could be as well one of a batch system, a build server or a cloud.
//
// The first execution waits for its job. The second one has no patience: its task times out, and the engine stops the job.
//
//	go run ./examples/job
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

const definition = `{
  "StartAt": "Render",
  "States": {
    "Render": {"Type": "Task", "Resource": "gait:render", "TimeoutSecondsPath": "$.patience", "End": true,
               "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Gave up"}]},
    "Gave up": {"Type": "Pass", "Result": "the film took too long", "End": true}
  }
}`

// renderer runs processes as jobs.
type renderer struct {
	mu    sync.Mutex
	films map[string]*film // by handle

	stopped chan string // states whose films were stopped
}

type film struct {
	process *exec.Cmd
	ended   chan struct{}
}

// Start starts a process. The key of the request is the handle: a request that is delivered again finds its process.
func (r *renderer) Start(_ context.Context, req *task.Request) (task.Submission, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.films[req.Key] == nil {
		program, err := os.Executable()
		if err != nil {
			return task.Submission{}, err
		}
		process := exec.Command(program, "render", string(req.Input))
		if err := process.Start(); err != nil {
			return task.Submission{}, &task.Error{Name: "Render.NoProcess", Cause: err.Error()}
		}
		f := &film{process, make(chan struct{})}
		go func() {
			defer close(f.ended)
			_ = process.Wait() // its state tells
		}()
		r.films[req.Key] = f
	}
	return task.Submission{Handle: req.Key, Output: "submitted", PollAfter: 50 * time.Millisecond}, nil
}

// Poll looks whether the process has ended.
func (r *renderer) Poll(_ context.Context, job task.JobRef) (task.Progress, error) {
	f := r.film(job)
	if f == nil {
		return task.JobFailed("the process is lost"), nil
	}
	select {
	case <-f.ended:
	default:
		return task.Progress{PollAfter: 50 * time.Millisecond}, nil // still running
	}
	if !f.process.ProcessState.Success() {
		return task.JobFailed(f.process.ProcessState.String()), nil
	}
	return task.Done("film.mp4"), nil
}

// Stop kills the process.
func (r *renderer) Stop(_ context.Context, job task.JobRef) error {
	f := r.film(job)
	if f == nil {
		return nil
	}
	_ = f.process.Process.Kill() // it may have ended
	<-f.ended
	r.stopped <- job.State
	return nil
}

func (r *renderer) film(job task.JobRef) *film {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.films[job.Handle]
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "render" {
		render(os.Args[2])
		return
	}
	ctx := context.Background()
	var tasks task.Mux
	jobs := &renderer{films: map[string]*film{}, stopped: make(chan string, 1)}
	tasks.HandleJob("gait:render", jobs)
	st, err := sqlite.Open(ctx, "films.db", sqlite.Options{})
	check(err)
	e, err := engine.Open(ctx, engine.Config{Store: st, Tasks: &tasks})
	check(err)
	_, err = e.Deploy(ctx, "film", []byte(definition))
	check(err)
	for _, input := range []string{`{"length": "short", "patience": 600}`, `{"length": "endless", "patience": 3}`} {
		id, err := e.Start(ctx, "film", []byte(input))
		check(err)
		result, err := e.Wait(ctx, id)
		check(err)
		fmt.Println(result.Status, string(result.Output))
	}
	check(e.Close(ctx)) // waits for the call that stops the second job
	fmt.Println("stopped the job of", <-jobs.stopped)
}

// render is what the jobs do.
func render(input string) {
	if strings.Contains(input, "endless") {
		time.Sleep(time.Hour) // until it is killed; a bare select would count as a deadlock
	}
	time.Sleep(100 * time.Millisecond)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
