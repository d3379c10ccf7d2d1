// Package worker works on the tasks of an activity: it asks for them, calls a handler and answers.
//
// A [Worker] asks a [Poller]: an *engine.Engine in the same program, or a client of one in another process. The handlers are those
// of package task, typed functions for example:
//
//	w, err := worker.New(worker.Config{
//		Poller:   e, // an *engine.Engine
//		Activity: "arn:aws:states:us-east-1:000000000000:activity:pack",
//		Handler:  task.Func(pack),
//	})
//	go w.Run(ctx)
//	…
//	err = w.Shutdown(ctx)
//
// While a handler works, the worker sends heartbeats; when the task no longer waits for it, the handler's context ends. A panic
// fails the task and nothing else.
//
// The package knows no engine, so that a worker in another process links none.
package worker
