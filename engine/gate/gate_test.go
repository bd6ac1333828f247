package gate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var model = Endpoint{"w", "model.example"}

func nothing() func() { return func() {} }

// entrance notes who comes in when.
type entrance struct {
	t     *testing.T
	gates *Gates
	began time.Time

	mu   sync.Mutex
	came []string
	exit map[string]func()
}

func open(t *testing.T, l Limit) *entrance {
	e := &entrance{t: t, gates: New(), began: time.Now(), exit: map[string]func(){}}
	e.gates.Configure(model.Workspace, map[string]Limit{model.Host: l})
	return e
}

func (e *entrance) enter(ctx context.Context, v Visitor) {
	go func() {
		leave, err := e.gates.Enter(ctx, model, v, nothing)
		e.mu.Lock()
		defer e.mu.Unlock()
		if err != nil {
			e.came = append(e.came, v.Job+": "+err.Error())
			return
		}
		e.came = append(e.came, fmt.Sprintf("%s@%v", v.Job, time.Since(e.began)))
		e.exit[v.Job] = leave
	}()
	synctest.Wait()
}

func (e *entrance) leave(job string) {
	e.mu.Lock()
	exit := e.exit[job]
	e.mu.Unlock()
	exit()
	exit() // has no effect
	synctest.Wait()
}

func (e *entrance) want(came ...string) {
	e.t.Helper()
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if d := cmp.Diff(came, e.came); d != "" {
		e.t.Errorf("who came in (-want +got):\n%s", d)
	}
	e.came = nil
}

func TestCallsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, Limit{Calls: 2})
		for _, v := range []Visitor{{Job: "a"}, {Job: "b"}, {Job: "c", Node: "n"}, {Job: "urgent", Priority: 5}, {Job: "d"}} {
			e.enter(t.Context(), v)
		}
		e.want("a@0s", "b@0s")
		if d := cmp.Diff([]Wait{{Node: "n", Host: model.Host, Limit: Limit{Calls: 2}, Calls: 2, Ahead: 1}}, e.gates.Waits("w", "c")); d != "" || e.gates.Waiting() != 3 {
			t.Errorf("%d wait (-want +got):\n%s", e.gates.Waiting(), d)
		}
		if w := e.gates.Waits("other", "c"); w != nil {
			t.Errorf("another workspace waits: %v", w)
		}
		e.leave("b")
		e.want("urgent@0s")
		e.leave("a")
		e.want("c@0s")
		e.gates.Configure("w", map[string]Limit{model.Host: {Calls: 1}}) // those inside go on
		e.leave("c")
		e.want()
		e.gates.Configure("w", nil)
		e.want("d@0s")
		e.leave("d")
		e.leave("urgent")
		if len(e.gates.gates) != 0 || e.gates.Waiting() != 0 {
			t.Errorf("left are %v", e.gates.gates)
		}
	})
}

// TestLimitKnowsWhoIsInside: a limit that comes later counts the calls that
// were at work before.
func TestLimitKnowsWhoIsInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, Limit{})
		e.enter(t.Context(), Visitor{Job: "a"})
		e.gates.Configure("w", map[string]Limit{model.Host: {Calls: 1}})
		e.enter(t.Context(), Visitor{Job: "b"})
		e.want("a@0s")
		e.leave("a")
		e.want("b@0s")
	})
}

func TestCallsAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, Limit{PerMinute: 30, Burst: 2})
		for i := range 5 {
			e.enter(t.Context(), Visitor{Job: fmt.Sprint(i)})
		}
		e.want("0@0s", "1@0s")
		<-time.After(7 * time.Second)
		e.want("2@2s", "3@4s", "4@6s")
		<-time.After(time.Hour)
		for i := range 3 {
			e.enter(t.Context(), Visitor{Job: fmt.Sprint("later", i)})
		}
		e.want("later0@1h0m7s", "later1@1h0m7s")
		<-time.After(2*time.Second + time.Millisecond)
		e.want("later2@1h0m9s")
	})
}

func TestWhoGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, Limit{Calls: 1})
		stopped := errors.New("stopped")
		ctx, stop := context.WithCancelCause(t.Context())
		e.enter(t.Context(), Visitor{Job: "a"})
		e.enter(ctx, Visitor{Job: "b"})
		e.enter(t.Context(), Visitor{Job: "c"})
		stop(stopped)
		synctest.Wait()
		e.want("a@0s", "b: stopped")
		e.leave("a")
		e.want("c@0s")
	})
}

func TestClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, Limit{Calls: 5})
		e.gates.Close(model, time.Now().Add(time.Minute))
		e.gates.Close(model, time.Now().Add(time.Second)) // shortens nothing
		e.gates.Close(Endpoint{"w", "free.example"}, time.Now().Add(time.Hour))
		e.enter(t.Context(), Visitor{Job: "a"})
		e.want()
		if w := e.gates.Waits("w", "a"); len(w) != 1 || w[0].Closed == nil {
			t.Errorf("it waits %v", w)
		}
		if leave, err := e.gates.Enter(t.Context(), Endpoint{"w", "free.example"}, Visitor{}, nothing); err != nil {
			t.Error(err)
		} else {
			leave()
		}
		<-time.After(61 * time.Second)
		e.want("a@1m0s")
	})
}

// TestNeverTooMany: many visitors of which some give up; there are never more
// inside than may be, and in the end nobody is left.
func TestNeverTooMany(t *testing.T) {
	const limit, visitors = 3, 200
	g := New()
	g.Configure("w", map[string]Limit{model.Host: {Calls: limit}})
	var mu sync.Mutex
	var wg sync.WaitGroup
	inside, most, served := 0, 0, 0
	for i := range visitors {
		wg.Go(func() {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if i%3 == 0 {
				stop()
			}
			leave, err := g.Enter(ctx, model, Visitor{Job: fmt.Sprint(i), Priority: i % 4}, nothing)
			if err != nil {
				return
			}
			mu.Lock()
			inside, served = inside+1, served+1
			most = max(most, inside)
			mu.Unlock()
			mu.Lock()
			inside--
			mu.Unlock()
			leave()
		})
	}
	wg.Wait()
	if most > limit || served < visitors*2/3 || g.Waiting() != 0 {
		t.Errorf("%d were inside at once, %d were served, %d wait", most, served, g.Waiting())
	}
	if k := g.gates[model]; k.calls != 0 || len(k.line) != 0 {
		t.Errorf("left are %d calls and %d in line", k.calls, len(k.line))
	}
}
