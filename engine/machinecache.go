package engine

import (
	"sync"
	"sync/atomic"
	"weak"
)

// What is kept of compiled revisions that no execution in memory uses.
const (
	keptMachines    = 1024     // revisions at most
	keptDefinitions = 64 << 20 // bytes of their definitions at most, but for a single larger one
)

// machines keeps compiled revisions, those that were used last. One that is used by an execution in memory is found for as long as
// that lasts, so that no revision is in memory twice.
type machines struct {
	puts atomic.Int64 // revisions that were compiled so far: what time is to the entries
	keep int          // revisions at most: keptMachines, fewer in tests

	mu       sync.RWMutex
	latest   map[string]int64 // the newest revision, of machines of which it is known
	compiled map[revisionKey]*cachedMachine
	bytes    int                                   // of the definitions of compiled
	evicted  map[revisionKey]weak.Pointer[machine] // some of these are still used
}

type revisionKey struct {
	name     string
	revision int64
}

type cachedMachine struct {
	*machine
	used atomic.Int64 // the time of its last use
}

func newMachines() machines {
	return machines{keep: keptMachines, latest: map[string]int64{}, compiled: map[revisionKey]*cachedMachine{},
		evicted: map[revisionKey]weak.Pointer[machine]{}}
}

// get returns a compiled revision, 0 for the newest, or nil.
func (c *machines) get(name string, revision int64) *machine {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if revision == 0 {
		if revision = c.latest[name]; revision == 0 {
			return nil
		}
	}
	key := revisionKey{name, revision}
	if m := c.compiled[key]; m != nil {
		if now := c.puts.Load(); m.used.Load() != now {
			m.used.Store(now)
		}
		return m.machine
	}
	return c.evicted[key].Value()
}

// put keeps m. newest says that m was the newest revision in the store; an older one never replaces a newer.
func (c *machines) put(m *machine, newest bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := revisionKey{m.name, m.revision}
	one := &cachedMachine{machine: m}
	one.used.Store(c.puts.Add(1))
	if old := c.compiled[key]; old != nil {
		c.bytes -= old.size
	}
	c.compiled[key] = one
	delete(c.evicted, key)
	if newest && c.latest[m.name] <= m.revision {
		c.latest[m.name] = m.revision
	}
	for c.bytes += m.size; len(c.compiled) > 1 && (len(c.compiled) > c.keep || c.bytes > keptDefinitions); {
		c.evict(key)
	}
}

// evict takes out the revision that was used longest ago, other than the one of a key. Going through all of them costs less than
// to compile the one that comes in.
func (c *machines) evict(but revisionKey) {
	var oldest revisionKey
	var since int64
	for key, m := range c.compiled {
		if used := m.used.Load(); key != but && (oldest.name == "" || used < since) {
			oldest, since = key, used
		}
	}
	m := c.compiled[oldest]
	delete(c.compiled, oldest)
	c.bytes -= m.size
	c.evicted[oldest] = weak.Make(m.machine)
	if len(c.evicted) <= 2*c.keep {
		return
	}
	for key, m := range c.evicted {
		if m.Value() == nil {
			delete(c.evicted, key)
		}
	}
}

// forget drops what is in memory of the newest revision of a machine.
func (c *machines) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.latest, name)
}
