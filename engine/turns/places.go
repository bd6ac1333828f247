package turns

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// Key is a concurrency key of a workspace.
type Key struct{ Workspace, Name string }

// Claim is a job that wants to begin as one of its key.
type Claim[T any] struct {
	Key   Key
	Job   string
	Limit int  // the job's own; 0: the workspace's
	Turn  Turn // in the key's line
	Value T    // handed out when the job gets its place
}

// Places are the places of the jobs that have begun and not ended, by key. A
// job has one whatever its status, until it ends. Until Open nobody is let in
// that has not begun: those that began before the process did come first.
type Places[T any] struct {
	mu     sync.Mutex
	open   bool
	limits map[string]map[string]int // by workspace and name; no limit when absent
	keys   map[Key]*places[T]
	queued int
}

// places are those of one key.
type places[T any] struct {
	holders map[string]struct{} // jobs
	line    line[Claim[T]]
	waiting map[string]*waiter[Claim[T]] // those in line, by job
}

// NewPlaces is closed and knows no limits.
func NewPlaces[T any]() *Places[T] {
	return &Places[T]{limits: map[string]map[string]int{}, keys: map[Key]*places[T]{}}
}

// Take gives the job a place if it has one already or one is free; it does
// not stand in line.
func (p *Places[T]) Take(c *Claim[T]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.take(p.of(c.Key), c)
}

// Stand is Take that stands in line when there is no place. Came tells whether
// it was not in line before.
func (p *Places[T]) Stand(c *Claim[T]) (placed, came bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.of(c.Key)
	if p.take(k, c) {
		return true, false
	}
	if k.waiting[c.Job] != nil {
		return false, false
	}
	k.waiting[c.Job] = k.line.add(c.Turn, *c)
	p.queued++
	return false, true
}

// Hold gives a place to a job that has begun, whatever the limit. Left tells
// whether it was in line.
func (p *Places[T]) Hold(key Key, job string) (left bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.of(key)
	left = p.leave(k, job)
	k.holders[job] = struct{}{}
	return left
}

// Leave takes a job's place away, or takes it out of line, and gives those
// that have a place now. Left tells whether it was in line.
func (p *Places[T]) Leave(key Key, job string) (granted []Claim[T], left bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.keys[key]
	if k == nil {
		return nil, false
	}
	left = p.leave(k, job)
	delete(k.holders, job)
	granted = p.grant(key, k, nil)
	return granted, left
}

// Configure sets the limits of a workspace's keys, each at least 1, and gives
// those that have a place now. Nobody loses one. The map is not changed.
func (p *Places[T]) Configure(workspace string, limits map[string]int) []Claim[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits[workspace] = limits
	return p.grantAll(func(k Key) bool { return k.Workspace == workspace })
}

// Open lets jobs in that have not begun, and gives those that have a place now.
func (p *Places[T]) Open() []Claim[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = true
	return p.grantAll(func(Key) bool { return true })
}

// Holding is what keeps a job in line.
type Holding struct {
	Limit   int
	Holders []string // jobs that have the places, by id, at most as many as asked for
	Places  int      // how many jobs have one
	Ahead   int      // jobs before it in line
}

// Held tells what keeps a job in its key's line, with so many of the jobs that
// have the places. False: it does not stand there.
func (p *Places[T]) Held(key Key, job string, most int) (Holding, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.keys[key]
	if k == nil || k.waiting[job] == nil {
		return Holding{}, false
	}
	w := k.waiting[job]
	ids := slices.Sorted(maps.Keys(k.holders))
	return Holding{
		Limit: p.limit(&w.value), Places: len(ids), Holders: ids[:min(most, len(ids))], Ahead: k.line.ahead(w.turn),
	}, true
}

// Waiting counts the jobs in the lines of all keys.
func (p *Places[T]) Waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queued
}

// The rest is called with mu held.

func (p *Places[T]) of(key Key) *places[T] {
	k := p.keys[key]
	if k == nil {
		k = &places[T]{holders: map[string]struct{}{}, waiting: map[string]*waiter[Claim[T]]{}}
		p.keys[key] = k
	}
	return k
}

func (p *Places[T]) limit(c *Claim[T]) int {
	return cmp.Or(c.Limit, p.limits[c.Key.Workspace][c.Key.Name])
}

// free tells whether the key has a place for c.
func (p *Places[T]) free(k *places[T], c *Claim[T]) bool {
	n := p.limit(c)
	return p.open && (n == 0 || len(k.holders) < n)
}

func (p *Places[T]) take(k *places[T], c *Claim[T]) bool {
	if _, has := k.holders[c.Job]; has {
		return true
	}
	if len(k.line) > 0 && !c.Turn.before(k.line[0].turn) || !p.free(k, c) {
		return false
	}
	k.holders[c.Job] = struct{}{}
	return true
}

func (p *Places[T]) leave(k *places[T], job string) bool {
	w := k.waiting[job]
	if w == nil {
		return false
	}
	k.line.remove(w)
	delete(k.waiting, job)
	p.queued--
	return true
}

// grant lets in who is next for as long as there are places, and forgets a key
// that nobody uses.
func (p *Places[T]) grant(key Key, k *places[T], granted []Claim[T]) []Claim[T] {
	for len(k.line) > 0 && p.free(k, &k.line[0].value) {
		c := k.line.next().value
		delete(k.waiting, c.Job)
		p.queued--
		k.holders[c.Job] = struct{}{}
		granted = append(granted, c)
	}
	if len(k.line) == 0 && len(k.holders) == 0 {
		delete(p.keys, key)
	}
	return granted
}

func (p *Places[T]) grantAll(which func(Key) bool) []Claim[T] {
	var granted []Claim[T]
	for key, k := range p.keys {
		if which(key) {
			granted = p.grant(key, k, granted)
		}
	}
	return granted
}
