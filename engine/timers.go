package engine

import (
	"container/heap"
	"sync"
	"time"
)

// timers calls back for a key once its time has come, never before. One timer
// of the runtime serves all. Times are wall clock times: after a step of the
// clock they are looked at again no later than recheck.
type timers[K comparable] struct {
	fire func(K) // called in a goroutine of its own

	mu      sync.Mutex
	due     dueHeap[K]
	byKey   map[K]*dueItem[K]
	timer   *time.Timer
	stopped bool
	fired   sync.WaitGroup // the goroutines of fire
}

// recheck bounds how long a step of the wall clock goes unnoticed.
const recheck = time.Minute

type dueItem[K comparable] struct {
	key   K
	at    time.Time
	index int
}

func newTimers[K comparable](fire func(K)) *timers[K] {
	return &timers[K]{fire: fire, byKey: map[K]*dueItem[K]{}}
}

// set replaces the key's time; the zero time removes it.
func (t *timers[K]) set(k K, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	item := t.byKey[k]
	switch {
	case t.stopped, item == nil && at.IsZero():
		return
	case item == nil:
		item = &dueItem[K]{key: k, at: at}
		t.byKey[k] = item
		heap.Push(&t.due, item)
	case at.IsZero():
		heap.Remove(&t.due, item.index)
		delete(t.byKey, k)
	case item.at.Equal(at):
		return
	default:
		item.at = at
		heap.Fix(&t.due, item.index)
	}
	t.arm()
}

// arm sets the runtime's timer to the earliest time; mu is held.
func (t *timers[K]) arm() {
	if len(t.due) == 0 {
		if t.timer != nil {
			t.timer.Stop()
		}
		return
	}
	// Round strips the monotonic reading: a stepped clock counts.
	wait := min(max(t.due[0].at.Sub(time.Now().Round(0)), 0), recheck)
	if t.timer == nil {
		t.timer = time.AfterFunc(wait, t.run)
		return
	}
	t.timer.Reset(wait)
}

// run fires what is due.
func (t *timers[K]) run() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	now := time.Now().Round(0)
	for len(t.due) > 0 && !t.due[0].at.After(now) {
		item := heap.Pop(&t.due).(*dueItem[K])
		delete(t.byKey, item.key)
		t.fired.Add(1)
		go func() {
			defer t.fired.Done()
			t.fire(item.key)
		}()
	}
	t.arm()
}

// stop lets no timer fire any more; fired waits for those that have.
func (t *timers[K]) stop() {
	t.mu.Lock()
	t.stopped = true
	if t.timer != nil {
		t.timer.Stop()
	}
	t.mu.Unlock()
}

type dueHeap[K comparable] []*dueItem[K]

func (h dueHeap[K]) Len() int           { return len(h) }
func (h dueHeap[K]) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap[K]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap[K]) Push(x any) {
	item := x.(*dueItem[K])
	item.index = len(*h)
	*h = append(*h, item)
}

func (h *dueHeap[K]) Pop() any {
	old := *h
	n := len(old) - 1
	item := old[n]
	old[n] = nil
	*h = old[:n]
	return item
}
