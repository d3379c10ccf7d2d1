// Package memory keeps a store in maps, for tests and throwaway runs.
//
// It follows the contract of [store.Store] to the letter but for durability: everything is lost when the process ends. What
// a store on disk does when its process dies is imitated by [Store.Reopen], which gives another handle to the same data.
//
// Cost: a query by machine, status or time looks at every execution from the newest down; Due and Pending are kept in order.
package memory
