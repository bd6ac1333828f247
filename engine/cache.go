package engine

import "sync"

// cacheWeight is how many bytes of documents a generation of a cache may be
// made from.
const cacheWeight = 8 << 20

// cache remembers what can be made again from a document. It forgets the older
// of two generations whole, so it holds what at most twice cacheWeight bytes
// were made into. The zero cache is empty and ready.
type cache[K comparable, V any] struct {
	mu         sync.Mutex
	young, old map[K]weighed[V]
	weight     int // of young
}

type weighed[V any] struct {
	value  V
	weight int
}

func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, ok := c.young[k]
	if !ok {
		if w, ok = c.old[k]; ok {
			c.keep(k, w)
		}
	}
	return w.value, ok
}

// put remembers v, made from so many bytes.
func (c *cache[K, V]) put(k K, v V, weight int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(k, weighed[V]{v, weight})
}

func (c *cache[K, V]) keep(k K, w weighed[V]) {
	const entry = 1 << 10 // what an entry weighs beside its document
	if c.young == nil || c.weight+w.weight+entry > cacheWeight {
		c.old, c.young, c.weight = c.young, make(map[K]weighed[V]), 0
	}
	c.young[k] = w
	c.weight += w.weight + entry
}
