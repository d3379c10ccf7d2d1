package memory_test

import (
	"sync"
	"testing"

	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/store/storetest"
)

func TestStore(t *testing.T) {
	var mu sync.Mutex
	places := map[string]*memory.Store{}
	storetest.Run(t, storetest.Backend{Open: func(_ testing.TB, place string) store.Store {
		mu.Lock()
		defer mu.Unlock()
		if s := places[place]; s != nil {
			return s.Reopen()
		}
		places[place] = memory.New()
		return places[place]
	}})
}
