// Worker shows an activity whose worker is another process: the engine's program starts this program once more, as the worker,
// and the two talk JSON over HTTP.
//
// The bridge is what is in this directory: bridge.go puts four methods of the engine behind four URLs, client.go calls them, and
// package worker does not see the difference. Whoever can reach the bridge can answer tasks: put it behind what keeps strangers out.
//
//	go run ./examples/worker
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/worker"
)

const definition = `{
  "StartAt": "Pack",
  "States": {
    "Pack": {
      "Type": "Task",
      "Resource": "arn:aws:states:us-east-1:000000000000:activity:pack",
      "HeartbeatSeconds": 60,
      "Catch": [{"ErrorEquals": ["Box.TooSmall"], "ResultPath": "$.problem", "Next": "Pack by hand"}],
      "End": true
    },
    "Pack by hand": {"Type": "Pass", "OutputPath": "$.problem.Cause", "End": true}
  }
}`

func main() {
	if len(os.Args) == 3 && os.Args[1] == "work" {
		work(os.Args[2])
		return
	}
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Config{Store: memory.New()})
	check(err)
	pack, err := e.CreateActivity(ctx, "pack")
	check(err)
	_, err = e.Deploy(ctx, "order", []byte(definition))
	check(err)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{Handler: bridge(e)}
	go server.Serve(listener)

	self, err := os.Executable()
	check(err)
	other := exec.Command(self, "work", "http://"+listener.Addr().String())
	other.Stderr = os.Stderr
	orders, err := other.StdinPipe() // the worker shuts down when it is closed
	check(err)
	check(other.Start())

	for _, input := range []string{`{"items": 3}`, `{"items": 300}`} {
		id, err := e.Start(ctx, "order", []byte(input))
		check(err)
		result, err := e.Wait(ctx, id)
		check(err)
		for event, err := range e.History(ctx, id) {
			check(err)
			if event.Type == "ActivityStarted" {
				other := event.Details.WorkerName != fmt.Sprintf("packer %d", os.Getpid())
				fmt.Println("taken by another process:", other)
			}
		}
		fmt.Println(result.Status, string(result.Output))
	}

	check(orders.Close())
	check(other.Wait())
	check(e.DeleteActivity(ctx, pack.ARN))
	check(server.Shutdown(ctx))
	check(e.Close(ctx))
}

// order is the input of the task.
type order struct {
	Items int `json:"items"`
}

// work is the other process.
func work(url string) {
	w, err := worker.New(worker.Config{
		Poller:   client{url},
		Activity: "arn:aws:states:us-east-1:000000000000:activity:pack",
		Name:     fmt.Sprintf("packer %d", os.Getpid()),
		Handler: task.Func(func(_ context.Context, o order) (string, error) {
			if o.Items > 100 {
				return "", &task.Error{Name: "Box.TooSmall", Cause: fmt.Sprintf("no box holds %d items", o.Items)}
			}
			return fmt.Sprintf("a box of %d", o.Items), nil
		}),
	})
	check(err)
	go func() {
		bufio.NewReader(os.Stdin).ReadByte() // ends when the pipe is closed, also by the death of the other process
		check(w.Shutdown(context.Background()))
	}()
	check(w.Run(context.Background()))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
