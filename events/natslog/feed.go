package natslog

import (
	"cmp"
	"slices"
	"sync"
)

// feed holds the newest items of a stream in order, and its durable end.
// Those who tail the stream take from here as long as they keep up.
type feed[T any] struct {
	mu    sync.Mutex
	items []entry[T] // without a hole
	base  uint64     // all sequences above it are here
	last  uint64     // last durable sequence
	size  int        // bytes that the items hold
	moved chan struct{}
}

type entry[T any] struct {
	item T
	seq  uint64
	size int
}

// Bounds of what a feed holds. Whoever is further behind reads from the server.
const (
	feedItems = 8192
	feedBytes = 32 << 20
)

func newFeed[T any]() *feed[T] { return &feed[T]{moved: make(chan struct{})} }

// reset says that the stream ends at last and the items are not known.
func (f *feed[T]) reset(last uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.items, f.size, f.base, f.last = nil, 0, last, last
	f.wake()
}

// advance says that seq is stored while items are not kept at all.
func (f *feed[T]) advance(seq uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq > f.last {
		f.base, f.last = seq, seq
		f.wake()
	}
}

// push adds items in order, which are durable from now on. Over a hole the
// feed begins anew: what lies in it must be read from the server.
func (f *feed[T]) push(items []entry[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range items {
		if e.seq <= f.last {
			continue // read back after a restart
		}
		if e.seq != f.last+1 {
			f.items, f.size, f.base = nil, 0, e.seq-1
		}
		f.items = append(f.items, e)
		f.size += e.size
		f.last = e.seq
	}
	drop := 0
	for len(f.items)-drop > feedItems || f.size > feedBytes {
		f.base = f.items[drop].seq
		f.size -= f.items[drop].size
		drop++
	}
	if drop > 0 {
		clear(f.items[:drop]) // append copies the rest away before long
		f.items = f.items[drop:]
	}
	f.wake()
}

// replace puts another item in the place of one that is here.
func (f *feed[T]) replace(seq uint64, item T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i, ok := slices.BinarySearchFunc(f.items, seq, func(e entry[T], seq uint64) int { return cmp.Compare(e.seq, seq) }); ok {
		f.items[i].item = item
	}
}

// drop removes items from a feed where holes are normal.
func (f *feed[T]) drop(unwanted func(T) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.items = slices.DeleteFunc(f.items, func(e entry[T]) bool {
		gone := unwanted(e.item)
		if gone {
			f.size -= e.size
		}
		return gone
	})
}

func (f *feed[T]) wake() {
	close(f.moved)
	f.moved = make(chan struct{})
}

func (f *feed[T]) end() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// since gives at most limit of the items above after, and the sequence
// through which they reach. ok is false when some of them are no longer here;
// then all of them lie at or below through. moved is closed when there is more.
func (f *feed[T]) since(after uint64, limit int) (items []T, through uint64, moved <-chan struct{}, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if after < f.base {
		return nil, f.last, f.moved, false
	}
	through = after
	lo, hi := 0, len(f.items) // the first above after
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); f.items[mid].seq <= after {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	next := f.items[lo:]
	next = next[:min(len(next), limit)]
	if len(next) > 0 {
		items = make([]T, len(next))
		for i := range next {
			items[i] = next[i].item
		}
		through = next[len(next)-1].seq
	}
	return items, through, f.moved, true
}
