package turns

import (
	"container/list"
	"sync"
)

// Room counts how many more steps may be at work, and holds the line of those
// that wait for it. While somebody waits, nobody takes room but by his turn.
//
// The workspaces that have somebody in line take turns, one start each, so who
// comes alone waits for one start of each other workspace at most, however
// many they have in line.
type Room[T any] struct {
	mu      sync.Mutex
	size    int
	free    int
	waiting int
	came    uint64
	lines   map[string]*list.Element // by workspace, those with somebody in line
	ring    list.List                // of *workspace, whose turn it is in front
}

type workspace[T any] struct {
	name string
	line line[T]
}

// NewRoom is room for so many steps.
func NewRoom[T any](size int) *Room[T] {
	return &Room[T]{size: size, free: size, lines: map[string]*list.Element{}}
}

// Take takes room for up to want steps, none while somebody is in line.
func (r *Room[T]) Take(want int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting > 0 {
		return 0
	}
	n := max(0, min(want, r.free))
	r.free -= n
	return n
}

// Give gives room back.
func (r *Room[T]) Give(n int) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += n
}

// Force takes room for n steps also where there is none, for those that go on
// whatever happens: until others give theirs back nobody else gets any.
func (r *Room[T]) Force(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free -= n
}

// Keep tells whether a job whose step has ended may use its room for its next
// step: it would be next if it stood in line. Once it has, Used must be called.
func (r *Room[T]) Keep(name string, priority int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == 0 {
		return true
	}
	w := r.ring.Front().Value.(*workspace[T])
	return w.name == name && (Turn{Begun: true, Priority: priority, Order: r.came + 1}).before(w.line[0].turn)
}

// Used ends the turn of a workspace that Keep has given.
func (r *Room[T]) Used(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.ring.Front(); f != nil && f.Value.(*workspace[T]).name == name {
		r.ring.MoveToBack(f)
	}
}

// Wait puts v in line.
func (r *Room[T]) Wait(name string, t Turn, v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.Begun {
		r.came++
		t.Order = r.came
	}
	at := r.lines[name]
	if at == nil {
		at = r.ring.PushBack(&workspace[T]{name: name})
		r.lines[name] = at
	}
	at.Value.(*workspace[T]).line.add(t, v)
	r.waiting++
}

// Next takes room for one step and gives it to the next in line. False: there
// is no room, or nobody waits.
func (r *Room[T]) Next() (v T, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.free <= 0 || r.waiting == 0 {
		return v, false
	}
	at := r.ring.Front()
	w := at.Value.(*workspace[T])
	v = w.line.next().value
	if len(w.line) > 0 {
		r.ring.MoveToBack(at)
	} else {
		r.ring.Remove(at)
		delete(r.lines, w.name)
	}
	r.free--
	r.waiting--
	return v, true
}

// Load is what a Room is used for.
type Load struct {
	Size    int // steps that may be at work
	Used    int // of them taken
	Waiting int // jobs in line
}

// Load tells how the room is used now.
func (r *Room[T]) Load() Load {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Load{r.size, r.size - r.free, r.waiting}
}

// Ahead tells how many jobs of its workspace come before a turn, and how many
// other workspaces take turns with it.
func (r *Room[T]) Ahead(name string, t Turn) (jobs, workspaces int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	workspaces = r.ring.Len()
	if at := r.lines[name]; at != nil {
		jobs, workspaces = at.Value.(*workspace[T]).line.ahead(t), workspaces-1
	}
	return jobs, workspaces
}
