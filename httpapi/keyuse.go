package httpapi

// When keys were last used. It is kept in the memory of the process, to the
// minute: an event for each request would be larger than what it tells.

import (
	"sync"
	"sync/atomic"
	"time"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// useGrain is how coarse last_used_at is.
const useGrain = time.Minute

// keyUse remembers the last use of each key since the process began. Its zero
// value is ready; its methods may be called from any goroutine.
type keyUse struct {
	last sync.Map // credential to *atomic.Int64, in Unix milliseconds
}

// note records a use.
func (u *keyUse) note(k *catalog.Key, now time.Time) {
	at := now.Truncate(useGrain).UnixMilli()
	v, ok := u.last.Load(keyOf(k))
	if !ok {
		v, _ = u.last.LoadOrStore(keyOf(k), new(atomic.Int64))
	}
	// A store that changes nothing would still make the processors talk.
	if was := v.(*atomic.Int64); was.Load() != at {
		was.Store(at)
	}
}

// of gives the key's last use, nil when this process saw none.
func (u *keyUse) of(k *catalog.Key) *events.Time {
	v, ok := u.last.Load(keyOf(k))
	if !ok {
		return nil
	}
	return events.AtPtr(time.UnixMilli(v.(*atomic.Int64).Load()))
}

// forget drops a key that was revoked.
func (u *keyUse) forget(by credential) { u.last.Delete(by) }
