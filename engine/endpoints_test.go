package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/events"
)

// services answers calls: those to slow.example once they are let go.
type services struct {
	mu           sync.Mutex
	inside, most int
	calls        int
	release      chan struct{}
}

func (s *services) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "slow.example" {
		s.mu.Lock()
		s.inside, s.calls = s.inside+1, s.calls+1
		s.most = max(s.most, s.inside)
		s.mu.Unlock()
		defer func() {
			s.mu.Lock()
			s.inside--
			s.mu.Unlock()
		}()
		select {
		case <-s.release:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return transport(func(*http.Request) string { return "done" }).RoundTrip(r)
}

func callTo(url string) string {
	return `{"nodes":[{"id":"call","type":"http","timeout":"30s","url":"` + url + `"}],"edges":[]}`
}

// limited is an engine with two workers whose calls to slow.example have a limit.
func limited(t *testing.T, s *services, log events.Log, l catalog.EndpointLimit, unfinished ...events.Subject) *rig {
	t.Helper()
	r := start(t, log, engine.Config{Workers: 2, Types: nodes.New(nodes.Deps{Transport: s})}, unfinished...)
	if _, err := r.eng.Bootstrap(t.Context(), workspace, events.HashOf([]byte("key"))); err != nil {
		t.Fatal(err)
	}
	if _, err := r.eng.Define(t.Context(), workspace, tester, &catalog.Configure{Endpoints: &map[string]catalog.EndpointLimit{"slow.example": l}}); err != nil {
		t.Fatal(err)
	}
	return r
}

func started(r *job.Run) bool { return len(r.Steps) > 0 && r.Steps[0].Status == job.StepRunning }

// TestLimitedEndpointHoldsNobodyElseUp: many jobs that wait for a limited host
// take no worker, whether the host is known before or only in the call.
func TestLimitedEndpointHoldsNobodyElseUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const jobs = 500
		s := &services{release: make(chan struct{})}
		r := limited(t, s, events.NewMemLog(), catalog.EndpointLimit{Concurrency: 1})
		var slow []events.Subject
		for i := range jobs {
			url := "http://slow.example/{{ input }}"
			if i%2 == 1 {
				url = "http://{{ input }}.example/"
			}
			slow = append(slow, r.submit(callTo(url), `"slow"`))
		}
		for _, j := range slow[1:] { // each gives its worker back
			r.until(j, started)
		}
		for range 5 {
			fast := r.until(r.submit(callTo("http://fast.example/"), `null`), ended)
			if fast.Status != job.Completed {
				t.Errorf("a job to another host came to %s %+v", fast.Status, fast.Error)
			}
		}
		synctest.Wait() // all have come to their line
		waiting := 0
		for _, j := range slow {
			x, err := r.eng.Explain(t.Context(), j)
			if err != nil {
				t.Fatal(err)
			}
			reason := x.Reasons[0]
			if reason.Kind != job.ReasonEndpoint {
				continue
			}
			waiting++
			if reason.Endpoint != "slow.example" || reason.Limit != 1 || reason.NodeID != "call" || !strings.Contains(x.Summary, "call waits for a place at slow.example, which may have 1 call at once") {
				t.Errorf("explained by %s, %+v", x.Summary, reason)
			}
		}
		if got := r.eng.Load().Endpoints; waiting != jobs-1 || got != jobs-1 {
			t.Errorf("%d jobs say that they wait, the engine says %d, want %d", waiting, got, jobs-1)
		}
		close(s.release)
		for _, j := range slow {
			if run := r.until(j, ended); run.Status != job.Completed {
				t.Fatalf("a job to the limited host came to %s %+v", run.Status, run.Error)
			}
		}
		if s.most != 1 || s.calls != jobs {
			t.Errorf("there were %d calls, up to %d at once", s.calls, s.most)
		}
		r.stop()
	})
}

// TestWaitForEndpointIsNoTimeout: an attempt does not fail because others are
// before it, and the rate is kept.
func TestWaitForEndpointIsNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &services{release: make(chan struct{})}
		close(s.release)
		r := limited(t, s, events.NewMemLog(), catalog.EndpointLimit{PerMinute: 1})
		began := time.Now()
		var all []events.Subject
		for i := range 4 {
			all = append(all, r.submit(callTo("http://slow.example/"), fmt.Sprint(i)))
		}
		for _, j := range all {
			if run := r.until(j, ended); run.Status != job.Completed || run.Steps[0].Attempts != 1 {
				t.Errorf("it came to %s %+v", run.Status, run.Error)
			}
		}
		if took := time.Since(began).Round(time.Second); took != 3*time.Minute {
			t.Errorf("four calls at one a minute took %v", took)
		}
		r.stop()
	})
}

// TestEndpointAsksForAPause: what Retry-After asks for counts for all calls.
func TestEndpointAsksForAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []time.Duration
		began := time.Now()
		types := nodes.New(nodes.Deps{Transport: roundTrip(func(r *http.Request) *http.Response {
			calls = append(calls, time.Since(began).Round(time.Second))
			a := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}
			if len(calls) == 1 {
				a.StatusCode, a.Header = http.StatusTooManyRequests, http.Header{"Retry-After": {"100"}}
			}
			return a
		})})
		r := start(t, events.NewMemLog(), engine.Config{Types: types})
		if _, err := r.eng.Bootstrap(t.Context(), workspace, events.HashOf([]byte("key"))); err != nil {
			t.Fatal(err)
		}
		if _, err := r.eng.Define(t.Context(), workspace, tester, &catalog.Configure{Endpoints: &map[string]catalog.EndpointLimit{"slow.example": {Concurrency: 1}}}); err != nil {
			t.Fatal(err)
		}
		first := r.until(r.submit(callTo("http://slow.example/"), `null`), ended)
		second := r.until(r.submit(callTo("http://slow.example/"), `null`), ended)
		if first.Status != job.Failed || second.Status != job.Completed || len(calls) != 2 || calls[1] != 100*time.Second {
			t.Errorf("%s, %s, calls at %v", first.Status, second.Status, calls)
		}
		r.stop()
	})
}

type roundTrip func(r *http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// TestWaitForEndpointEnds: by a cancel, and by the end of the engine, which need
// not wait for it. The next engine goes on.
func TestWaitForEndpointEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &services{release: make(chan struct{})}
		log := events.NewMemLog()
		r := limited(t, s, log, catalog.EndpointLimit{Concurrency: 1})
		url := "http://slow.example/"
		inside := r.submit(callTo(url), `null`)
		r.until(inside, started)
		synctest.Wait()
		cancelled, left := r.submit(callTo(url), `null`), r.submit(callTo(url), `null`)
		r.until(cancelled, started)
		r.until(left, started)
		synctest.Wait()
		if got := r.eng.Load(); got.Endpoints != 2 || got.Used != 1 {
			t.Errorf("%d wait, %d workers are busy; want 2 and 1", got.Endpoints, got.Used)
		}
		if _, err := r.eng.Do(t.Context(), cancelled, tester, &job.Cancel{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := r.eng.Load(); got.Endpoints != 1 || got.Used != 1 {
			t.Errorf("after a cancel %d wait, %d workers are busy; want 1 and 1", got.Endpoints, got.Used)
		}
		r.stop()
		r = limited(t, s, log, catalog.EndpointLimit{Concurrency: 1}, inside, left)
		close(s.release)
		for _, j := range []events.Subject{inside, left} {
			if run := r.until(j, ended); run.Status != job.Completed {
				t.Errorf("after a restart: %s %+v", run.Status, run.Error)
			}
		}
		if s.most != 1 {
			t.Errorf("%d calls at once", s.most)
		}
		r.stop()
	})
}
