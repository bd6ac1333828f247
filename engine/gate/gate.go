// Package gate bounds the calls to endpoints of others: how many are made at
// once, and how many begin in a minute. Whoever may not begin waits in the
// endpoint's line, by priority and then in the order of arrival.
package gate

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Limit bounds the calls to one endpoint. The zero Limit bounds nothing.
type Limit struct {
	Calls     int // at once; 0: any number
	PerMinute int // that begin; 0: any number
	Burst     int // with PerMinute: that may begin at once after a while without any; 0 is 1
}

// Endpoint is a host, with its port where it has one of its own, as the calls
// of one workspace see it.
type Endpoint struct{ Workspace, Host string }

// Visitor is who calls.
type Visitor struct {
	Job, Node string
	Priority  int // higher first
}

// Gates are the gates of all endpoints. All methods may be called from any
// goroutine.
type Gates struct {
	mu      sync.Mutex
	limits  map[string]map[string]Limit // by workspace and host
	gates   map[Endpoint]*gate          // those with a limit that were used, and those in use
	came    uint64
	waiting int
}

// New knows no limits.
func New() *Gates {
	return &Gates{limits: map[string]map[string]Limit{}, gates: map[Endpoint]*gate{}}
}

type gate struct {
	limit  Limit
	calls  int       // at work
	tokens float64   // calls that could begin at the time asOf
	asOf   time.Time //
	closed time.Time // until then nobody is let in
	line   []*waiter // the next one first
	timer  *time.Timer
}

type waiter struct {
	Visitor
	order    uint64
	admitted bool
	ready    chan struct{} // closed with admitted
}

func (w *waiter) compare(v *waiter) int {
	return cmp.Or(cmp.Compare(v.Priority, w.Priority), cmp.Compare(w.order, v.order))
}

// Enter lets a call begin, when it may. Before it waits it calls waits, and what
// that gave when it waits no more. The caller calls leave once when the call has
// ended. When ctx ends first the error is its cause.
func (g *Gates) Enter(ctx context.Context, at Endpoint, v Visitor, waits func() (over func())) (leave func(), err error) {
	g.mu.Lock()
	k := g.of(at)
	if len(k.line) == 0 && k.admit(time.Now()) {
		g.mu.Unlock()
		return g.leaver(at, k), nil
	}
	g.came++
	w := &waiter{Visitor: v, order: g.came, ready: make(chan struct{})}
	i, _ := slices.BinarySearchFunc(k.line, w, (*waiter).compare)
	k.line = slices.Insert(k.line, i, w)
	g.waiting++
	g.grant(at, k)
	g.mu.Unlock()

	over := waits()
	defer over()
	select {
	case <-w.ready:
		return g.leaver(at, k), nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.admitted { // in the same moment
		k.calls--
		k.tokens++
	} else {
		i, _ := slices.BinarySearchFunc(k.line, w, (*waiter).compare)
		k.line = slices.Delete(k.line, i, i+1)
		g.waiting--
	}
	g.grant(at, k)
	return nil, context.Cause(ctx)
}

func (g *Gates) leaver(at Endpoint, k *gate) func() {
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		k.calls--
		g.grant(at, k)
	})
}

// Configure sets the limits of a workspace's endpoints. Calls at work go on.
// The map is not changed.
func (g *Gates) Configure(workspace string, limits map[string]Limit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limits[workspace] = limits
	for at, k := range g.gates {
		if at.Workspace != workspace || k.limit == limits[at.Host] {
			continue
		}
		k.limit = limits[at.Host]
		k.tokens = min(k.tokens, k.burst())
		if k.limit == (Limit{}) {
			k.closed = time.Time{}
		}
		g.grant(at, k)
	}
}

// Close lets nobody in to an endpoint that has a limit until a time, such as one
// that the other side asks for.
func (g *Gates) Close(at Endpoint, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.limits[at.Workspace][at.Host] == (Limit{}) {
		return
	}
	k := g.of(at)
	if until.After(k.closed) {
		k.closed = until
	}
	g.grant(at, k)
}

// Wait is a visitor in line.
type Wait struct {
	Node, Host string
	Limit      Limit
	Calls      int        // at work
	Ahead      int        // visitors before it
	Closed     *time.Time // until when nobody is let in; nil: it is open
}

// Waits tells where the calls of a job wait, by node and host.
func (g *Gates) Waits(workspace, job string) []Wait {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []Wait
	for at, k := range g.gates {
		if at.Workspace != workspace {
			continue
		}
		for i, w := range k.line {
			if w.Job != job {
				continue
			}
			wait := Wait{Node: w.Node, Host: at.Host, Limit: k.limit, Calls: k.calls, Ahead: i}
			if t := k.closed; t.After(time.Now()) {
				wait.Closed = &t
			}
			all = append(all, wait)
		}
	}
	slices.SortFunc(all, func(a, b Wait) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Ahead, b.Ahead))
	})
	return all
}

// Waiting counts all who wait.
func (g *Gates) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting
}

// The rest is called with mu held.

func (g *Gates) of(at Endpoint) *gate {
	k := g.gates[at]
	if k == nil {
		k = &gate{limit: g.limits[at.Workspace][at.Host]}
		k.tokens, k.asOf = k.burst(), time.Now()
		g.gates[at] = k
	}
	return k
}

// grant lets in who is next for as long as that is possible, and forgets a gate
// that nobody uses and that bounds nothing.
func (g *Gates) grant(at Endpoint, k *gate) {
	now := time.Now()
	for len(k.line) > 0 && k.admit(now) {
		w := k.line[0]
		k.line = slices.Delete(k.line, 0, 1)
		g.waiting--
		w.admitted = true
		close(w.ready)
	}
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
	if next := k.next(now); len(k.line) > 0 && next > 0 {
		k.timer = time.AfterFunc(next, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.grant(at, k)
		})
	}
	if k.limit == (Limit{}) && k.calls == 0 && len(k.line) == 0 && g.gates[at] == k {
		delete(g.gates, at)
	}
}

func (k *gate) burst() float64 { return float64(max(k.limit.Burst, 1)) }

// admit counts a call as begun if it may begin now.
func (k *gate) admit(now time.Time) bool {
	if k.next(now) != 0 {
		return false
	}
	k.calls++
	k.tokens--
	return true
}

// next tells in how long a call may begin, 0 for now; below 0 it is when
// another one ends.
func (k *gate) next(now time.Time) time.Duration {
	if k.limit == (Limit{}) {
		k.tokens = 1 // nobody counts
		return 0
	}
	wait := k.closed.Sub(now)
	if rate := float64(k.limit.PerMinute) / float64(time.Minute); rate > 0 {
		k.tokens = min(k.tokens+rate*float64(now.Sub(k.asOf)), k.burst())
		k.asOf = now
		if k.tokens < 1-1e-9 {
			wait = max(wait, time.Duration((1-k.tokens)/rate)+1)
		}
	}
	switch {
	case k.limit.Calls > 0 && k.calls >= k.limit.Calls:
		return -1
	case wait > 0:
		return wait
	}
	return 0
}
