package engine

import "sync"

// cacheSize is how many entries a generation of a cache holds.
const cacheSize = 1024

// cache remembers what can be made again. It forgets the older of two
// generations whole, so it holds at most twice cacheSize entries. The zero
// cache is empty and ready.
type cache[K comparable, V any] struct {
	mu         sync.Mutex
	young, old map[K]V
}

func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.young[k]
	if !ok {
		if v, ok = c.old[k]; ok {
			c.keep(k, v)
		}
	}
	return v, ok
}

func (c *cache[K, V]) put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(k, v)
}

func (c *cache[K, V]) keep(k K, v V) {
	if c.young == nil || len(c.young) >= cacheSize {
		c.old, c.young = c.young, make(map[K]V, cacheSize)
	}
	c.young[k] = v
}
