package engine

import (
	"container/heap"
	"sync"
	"time"

	"ranvier/events"
)

// timers calls back for a subject once its time has come, never before. One
// timer of the runtime serves all. Times are wall clock times: after a step of
// the clock they are looked at again no later than recheck.
type timers struct {
	fire func(events.Subject) // called in a goroutine of its own

	mu      sync.Mutex
	due     dueHeap
	bySub   map[events.Subject]*dueItem
	timer   *time.Timer
	stopped bool
	fired   sync.WaitGroup // the goroutines of fire
}

// recheck bounds how long a step of the wall clock goes unnoticed.
const recheck = time.Minute

type dueItem struct {
	subject events.Subject
	at      time.Time
	index   int
}

func newTimers(fire func(events.Subject)) *timers {
	return &timers{fire: fire, bySub: map[events.Subject]*dueItem{}}
}

// set replaces the subject's time; the zero time removes it.
func (t *timers) set(s events.Subject, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	item := t.bySub[s]
	switch {
	case t.stopped, item == nil && at.IsZero():
		return
	case item == nil:
		item = &dueItem{subject: s, at: at}
		t.bySub[s] = item
		heap.Push(&t.due, item)
	case at.IsZero():
		heap.Remove(&t.due, item.index)
		delete(t.bySub, s)
	case item.at.Equal(at):
		return
	default:
		item.at = at
		heap.Fix(&t.due, item.index)
	}
	t.arm()
}

// arm sets the runtime's timer to the earliest time; mu is held.
func (t *timers) arm() {
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
func (t *timers) run() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	now := time.Now().Round(0)
	for len(t.due) > 0 && !t.due[0].at.After(now) {
		item := heap.Pop(&t.due).(*dueItem)
		delete(t.bySub, item.subject)
		t.fired.Add(1)
		go func() {
			defer t.fired.Done()
			t.fire(item.subject)
		}()
	}
	t.arm()
}

// stop lets no timer fire any more; fired waits for those that have.
func (t *timers) stop() {
	t.mu.Lock()
	t.stopped = true
	if t.timer != nil {
		t.timer.Stop()
	}
	t.mu.Unlock()
}

type dueHeap []*dueItem

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap) Push(x any) {
	item := x.(*dueItem)
	item.index = len(*h)
	*h = append(*h, item)
}

func (h *dueHeap) Pop() any {
	old := *h
	n := len(old) - 1
	item := old[n]
	old[n] = nil
	*h = old[:n]
	return item
}
