// Store measures store/sqlite against the limit of SQLite itself.
//
// The load is executions of ten Task states with timeouts, in commits packed as the engine packs them: a start, ten steps, a
// finish. The limit, "raw", is a loop that writes the same log bytes with one prepared INSERT per commit, in a transaction that
// also reads the epoch, through the same binding (modernc.org/sqlite/lib). Each runs in a process of its own, for
// connections of one process share SQLite's page cache. Their rounds are interleaved in random order, and the median of the
// ratios is printed with the lowest and the highest.
//
//	go run ./store                    # on the file system of the working directory
//	go run ./store -dir /dev/shm      # without the cost of fsync: the harshest ratio
//	go run ./store -fsyncs            # fsyncs per commit, counted by strace around a run of each size
//
// Size is the number of commits in one transaction: what the engine's group commit gathers with that many clients.
package main
