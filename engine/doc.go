// Package engine runs state machines durably inside a program: it hosts package states on a store.
//
// [Open] takes a store and resumes what an earlier process left unfinished; [Engine.Deploy] stores a definition,
// [Engine.Start] begins an execution of it, [Engine.Wait] waits for its end. Task states call the handlers of a task.Mux.
// On a file, two lines open everything:
//
//	st, err := sqlite.Open(ctx, "orders.db", sqlite.Options{})
//	e, err := engine.Open(ctx, engine.Config{Store: st, Tasks: &tasks})
//
// # What is promised
//
// Each transition of an execution happens exactly once. Nothing acts on a transition before it is durable: no handler is
// called, no Start or Wait returns. A handler is called at least once for each attempt; after a crash, what was out is called
// again with the same Request.Key and Delivery 2. A resource registered with HandleOnce is called at most once: a lost call
// fails with States.TaskFailed. Timers go on through restarts, and what came due in between happens at once.
//
// # How it works
//
// Every execution belongs to one shard, a goroutine that steps it in memory. A step gives a commit; one writer makes the
// commits of all shards durable, many in one transaction. Of one execution at most one commit is in flight, and what arrives
// meanwhile is stepped together. An execution that waits costs no goroutine, and leaves memory when too many others are used
// more recently. When the store fails, the executions concerned are loaded again and go on when it has recovered.
// What is stored in a form that cannot be used stays as it is: see [UnreadableError].
//
// One engine at a time owns a store. An engine that loses it stops with [ErrFenced].
//
// A task for an activity waits in a queue in memory, which a restart fills again, until a worker asks for it:
// [Engine.CreateActivity], [Engine.GetActivityTask] and package worker. A task that waits for its token waits for
// [Engine.SendTaskSuccess] or [Engine.SendTaskFailure]; such an execution is not even read when the store is opened.
//
// A task.Job under way is a handle in its execution and an entry in memory, from which it is polled; whatever ends the wait has it
// stopped. Child executions of states:startExecution are such jobs, which the engine answers for by itself: see [Engine.Caller].
//
// [Engine.Redrive] lets an execution that failed go on from where it failed. Machines of type Express run in memory alone, see
// [Engine.StartSync]. Versions, aliases, deletion, and what old revisions are still needed for: docs/lifecycle.md.
//
// The package does not know what a state does (see package states), does not store anything by itself (package store), and does
// not word histories (package history).
package engine
