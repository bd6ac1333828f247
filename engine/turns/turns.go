// Package turns decides who may start when, without any I/O.
//
// [Room] is how many steps may be at work at once, and the line of the jobs
// that wait for it: the workspaces take turns, and within one the jobs stand by
// their [Turn]. [Places] are the limits of concurrency keys: a job that would
// be one too many of its key stands in the key's own line until one ends.
//
// All methods may be called from any goroutine. Nobody is called back: what
// becomes free is handed to the caller.
package turns

import (
	"cmp"
	"container/heap"
)

// Turn orders the jobs of one workspace.
type Turn struct {
	Begun    bool   // those that have begun come before those that have not
	Priority int    // higher first
	Order    uint64 // lower first; Room numbers those that have begun as they come
}

// Compare is negative when t comes before u.
func (t Turn) Compare(u Turn) int {
	switch {
	case t.Begun && !u.Begun:
		return -1
	case !t.Begun && u.Begun:
		return 1
	}
	return cmp.Or(cmp.Compare(u.Priority, t.Priority), cmp.Compare(t.Order, u.Order))
}

func (t Turn) before(u Turn) bool { return t.Compare(u) < 0 }

// waiter is one who stands in a line.
type waiter[T any] struct {
	turn  Turn
	value T
	index int
}

// line is a heap of waiters, the next one in front.
type line[T any] []*waiter[T]

func (l *line[T]) add(t Turn, v T) *waiter[T] {
	w := &waiter[T]{turn: t, value: v}
	heap.Push(l, w)
	return w
}

func (l *line[T]) next() *waiter[T] { return heap.Pop(l).(*waiter[T]) }

func (l *line[T]) remove(w *waiter[T]) { heap.Remove(l, w.index) }

// ahead counts those that come before a turn.
func (l line[T]) ahead(t Turn) int {
	n := 0
	for _, w := range l {
		if w.turn.before(t) {
			n++
		}
	}
	return n
}

// Len is part of heap.Interface.
func (l line[T]) Len() int { return len(l) }

// Less is part of heap.Interface.
func (l line[T]) Less(i, j int) bool { return l[i].turn.before(l[j].turn) }

// Swap is part of heap.Interface.
func (l line[T]) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].index, l[j].index = i, j
}

// Push is part of heap.Interface.
func (l *line[T]) Push(x any) {
	w := x.(*waiter[T])
	w.index = len(*l)
	*l = append(*l, w)
}

// Pop is part of heap.Interface.
func (l *line[T]) Pop() any {
	old := *l
	n := len(old) - 1
	w := old[n]
	old[n] = nil
	*l = old[:n]
	return w
}
