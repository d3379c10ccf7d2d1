// Package storetest is the suite that every implementation of [store.Store] must pass.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, storetest.Backend{Open: func(tb testing.TB, place string) store.Store { … }})
//	}
//
// It checks each sentence of the contract by name, and then plays long random programs of writes, reads and restarts against
// the store and against package memory, which is simple enough to be the reference: every answer must be the same. Run it
// with -race: one test reads from many goroutines while batches are applied.
//
// [Crash] is the other half, for stores on disk: a child process that is killed while it writes.
package storetest
