package httpapi

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranvier/events"
)

// story is a log's history as it happened: commits and chunks of several jobs
// in one order.
type story struct {
	items []*item // each is either a commit or a chunk
	lost  map[uint64]bool
}

func drawStory(t *rapid.T) *story {
	s := &story{lost: map[uint64]bool{}}
	jobs := rapid.IntRange(1, 4).Draw(t, "jobs")
	head := make([]events.Cursor, jobs)
	var end events.Cursor
	for range rapid.IntRange(1, 80).Draw(t, "length") {
		j := rapid.IntRange(0, jobs-1).Draw(t, "job")
		subject := events.JobSubject("w", fmt.Sprint("job", j))
		if head[j].Job == 0 || rapid.Bool().Draw(t, "commit") {
			end.Job++
			head[j].Job = end.Job
			s.items = append(s.items, &item{commit: &events.Commit{Subject: subject, Seq: end.Job, Token: head[j].Token}})
			continue
		}
		end.Token += rapid.Uint64Range(1, 3).Draw(t, "step") // holes are normal
		head[j].Token = end.Token
		s.items = append(s.items, &item{chunk: &events.Chunk{Subject: subject, Seq: end.Token, After: head[j].Job}})
		s.lost[end.Token] = rapid.IntRange(0, 9).Draw(t, "lost") == 0
	}
	return s
}

// perJob gives the places of what each job has after a place, lost chunks
// left out.
func (s *story) perJob(after events.Cursor) map[string][]events.Cursor {
	out := map[string][]events.Cursor{}
	for _, it := range s.items {
		switch {
		case it.commit != nil && it.commit.Seq > after.Job:
			out[it.commit.Subject.ID] = append(out[it.commit.Subject.ID], it.place())
		case it.chunk != nil && it.chunk.Seq > after.Token && !s.lost[it.chunk.Seq]:
			out[it.chunk.Subject.ID] = append(out[it.chunk.Subject.ID], it.place())
		}
	}
	return out
}

// kept is the newest chunk that c may come after and that is not lost.
func (s *story) kept(c *events.Commit) (seq uint64) {
	for _, it := range s.items {
		if t := it.chunk; t != nil && t.Subject == c.Subject && t.Seq <= c.Token && !s.lost[t.Seq] {
			seq = t.Seq
		}
	}
	return seq
}

// end is the log's end after the first n items.
func (s *story) end(n int) (end events.Cursor) {
	for _, it := range s.items[:n] {
		if it.commit != nil {
			end.Job = it.commit.Seq
		} else {
			end.Token = it.chunk.Seq
		}
	}
	return end
}

// However the two streams come in, each job's items go out in the order in
// which they happened, none is kept back, and no cursor falls.
func TestMergeGivesTheOrderInWhichItHappened(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t)
		// The log's two ends are looked up one after the other.
		first := rapid.IntRange(0, len(s.items)).Draw(t, "first")
		from := events.Cursor{Job: s.end(first).Job, Token: s.end(rapid.IntRange(first, len(s.items)).Draw(t, "second")).Token}
		var commits []*events.Commit
		var chunks []*events.Chunk
		for _, it := range s.items {
			switch {
			case it.commit != nil && it.commit.Seq > from.Job:
				commits = append(commits, it.commit)
			case it.chunk != nil && it.chunk.Seq > from.Token && !s.lost[it.chunk.Seq]:
				chunks = append(chunks, it.chunk)
			}
		}
		m := merge{given: from}
		got := map[string][]events.Cursor{}
		last := map[string]events.Cursor{}
		drain := func() {
			for {
				c, w := m.next()
				if c == nil && w == nil {
					return
				}
				it := &item{commit: c, chunk: w}
				var id string
				if c != nil {
					id = c.Subject.ID
				} else {
					id = w.Subject.ID
				}
				at := it.place()
				if at.Max(last[id]) != at {
					t.Fatalf("%s falls from %s to %s", id, last[id], at)
				}
				last[id] = at
				got[id] = append(got[id], at)
			}
		}
		ask := func() {
			if c := m.stuck(); c != nil {
				m.answered(c, s.kept(c))
				drain()
			}
		}
		for len(commits)+len(chunks) > 0 {
			if len(commits) > 0 && (len(chunks) == 0 || rapid.Bool().Draw(t, "commits next")) {
				n := rapid.IntRange(1, len(commits)).Draw(t, "n")
				m.commits, commits = append(m.commits, commits[:n]...), commits[n:]
			} else {
				n := rapid.IntRange(1, len(chunks)).Draw(t, "n")
				m.chunks, chunks = append(m.chunks, chunks[:n]...), chunks[n:]
			}
			drain()
			if rapid.Bool().Draw(t, "ask") {
				ask()
			}
		}
		for m.stuck() != nil {
			ask()
		}
		if diff := cmp.Diff(s.perJob(from), got); diff != "" {
			t.Fatalf("from %s (-happened +given):\n%s", from, diff)
		}
	})
}

// A log that contradicts itself is still handed out.
func TestMergeNeverWaitsForEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m merge
		commits, chunks := rapid.Uint64Range(0, 20).Draw(t, "commits"), rapid.Uint64Range(0, 20).Draw(t, "chunks")
		for seq := range commits {
			m.commits = append(m.commits, &events.Commit{Seq: seq + 1, Token: rapid.Uint64Range(0, 25).Draw(t, "token")})
		}
		for seq := range chunks {
			m.chunks = append(m.chunks, &events.Chunk{Seq: seq + 1, After: rapid.Uint64Range(0, commits).Draw(t, "after")})
		}
		given := uint64(0)
		for {
			c, w := m.next()
			if c != nil || w != nil {
				given++
				continue
			}
			stuck := m.stuck()
			if stuck == nil {
				break
			}
			m.answered(stuck, 0)
		}
		if given != commits+chunks {
			t.Fatalf("%d of %d given", given, commits+chunks)
		}
	})
}

// places gives what a watcher was handed.
func places(t *testing.T, w *watcher) []events.Cursor {
	t.Helper()
	items, behind := w.take()
	if behind {
		t.Fatal("the watcher is behind")
	}
	var out []events.Cursor
	for _, it := range items {
		out = append(out, it.place())
	}
	return out
}

func startHub(t *testing.T, log events.Log) *hub {
	t.Helper()
	h := newHub(log, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the hub ended: %v", err)
		}
	})
	return h
}

func TestHubHandsOutToTheWatchersOfAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		a, b := newTeller(t, log, "a"), newTeller(t, log, "b")
		a.submit()
		h := startHub(t, log)
		all, commitsOnly, other := h.watch(a.subject, true), h.watch(a.subject, false), h.watch(b.subject, true)
		c1 := b.submit()
		c2 := a.commit(&events.JobStarted{})
		w1 := a.say("n", "x")
		c3 := a.commit(&events.JobPaused{})
		synctest.Wait()
		want := []events.Cursor{c2.Cursor(), w1.Cursor(), c3.Cursor()}
		if diff := cmp.Diff(want, places(t, all)); diff != "" {
			t.Error("all:", diff)
		}
		if diff := cmp.Diff([]events.Cursor{c2.Cursor(), c3.Cursor()}, places(t, commitsOnly)); diff != "" {
			t.Error("commits only:", diff)
		}
		if diff := cmp.Diff([]events.Cursor{c1.Cursor()}, places(t, other)); diff != "" {
			t.Error("other job:", diff)
		}
		all.stop()
		a.commit(&events.JobResumed{})
		synctest.Wait()
		if got := places(t, all); got != nil {
			t.Errorf("given after stop: %v", got)
		}
		commitsOnly.stop()
		other.stop()
		if len(h.watchers) != 0 {
			t.Errorf("%d jobs still have watchers", len(h.watchers))
		}
	})
}

func TestHubSharesOneItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		h := startHub(t, log)
		a := newTeller(t, log, "a")
		first, second := h.watch(a.subject, true), h.watch(a.subject, true)
		defer first.stop()
		defer second.stop()
		a.submit()
		synctest.Wait()
		x, _ := first.take()
		y, _ := second.take()
		if len(x) != 1 || len(y) != 1 || x[0] != y[0] {
			t.Errorf("given %v and %v", x, y)
		}
	})
}

func TestWatcherThatDoesNotTakeFallsBehind(t *testing.T) {
	bulky := events.PayloadOf(string(make([]byte, watchBytes/8)))
	for name, c := range map[string]struct {
		fact   events.Fact
		fits   int
		excess int
	}{
		"many": {&events.JobPaused{}, watchItems, 1},
		"big":  {&events.NodeSucceeded{Node: "n", Visit: 1, Attempt: 1, Output: bulky}, 1, 2},
		"huge": {&events.NodeSucceeded{Node: "n", Visit: 1, Attempt: 1, Output: events.PayloadOf(string(make([]byte, watchBytes/6)))}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := events.NewMemLog()
				h := startHub(t, log)
				a := newTeller(t, log, "a")
				w := h.watch(a.subject, true)
				defer w.stop()
				for range c.fits {
					a.commit(c.fact)
				}
				synctest.Wait()
				if got := len(places(t, w)); got != c.fits {
					t.Fatalf("%d items given, want %d", got, c.fits)
				}
				for range c.fits + c.excess {
					a.commit(c.fact)
				}
				synctest.Wait()
				if items, behind := w.take(); !behind || items != nil {
					t.Fatalf("behind = %t with %d items", behind, len(items))
				}
				last := a.commit(c.fact)
				synctest.Wait()
				if diff := cmp.Diff([]events.Cursor{last.Cursor()}, places(t, w)); diff != "" {
					t.Error("after it was told:", diff)
				}
			})
		})
	}
}

// partLog is a log some of whose chunks are not there, or come late.
type partLog struct {
	events.Log
	lost func(*events.Chunk) bool // neither loaded nor tailed
	gate chan struct{}            // when set, chunks are tailed only once it is closed
}

func (l *partLog) LoadChunks(ctx context.Context, s events.Subject, after uint64) iter.Seq2[*events.Chunk, error] {
	return func(yield func(*events.Chunk, error) bool) {
		for t, err := range l.Log.LoadChunks(ctx, s, after) {
			if err == nil && l.lost != nil && l.lost(t) {
				continue
			}
			if !yield(t, err) {
				return
			}
		}
	}
}

func (l *partLog) TailChunks(ctx context.Context, after uint64) iter.Seq2[[]*events.Chunk, error] {
	return func(yield func([]*events.Chunk, error) bool) {
		for batch, err := range l.Log.TailChunks(ctx, after) {
			if l.gate != nil {
				select {
				case <-l.gate:
				case <-ctx.Done():
					return
				}
			}
			if l.lost != nil {
				batch = slices.DeleteFunc(slices.Clone(batch), l.lost)
			}
			if len(batch) == 0 && err == nil {
				continue
			}
			if !yield(batch, err) {
				return
			}
		}
	}
}

func TestHubDoesNotWaitForALostChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &partLog{Log: events.NewMemLog(), lost: func(c *events.Chunk) bool { return c.Text == "lost" }}
		h := startHub(t, log)
		a := newTeller(t, log, "a")
		w := h.watch(a.subject, true)
		defer w.stop()
		c1 := a.submit()
		w1 := a.say("n", "kept")
		a.say("n", "lost")
		c2 := a.commit(&events.JobStarted{})
		synctest.Wait()
		if diff := cmp.Diff([]events.Cursor{c1.Cursor(), w1.Cursor(), c2.Cursor()}, places(t, w)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestHubWaitsForAChunkThatIsStillToCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		log := &partLog{Log: events.NewMemLog(), gate: gate}
		h := startHub(t, log)
		a := newTeller(t, log, "a")
		w := h.watch(a.subject, true)
		defer w.stop()
		c1 := a.submit()
		w1 := a.say("n", "x")
		c2 := a.commit(&events.JobStarted{})
		synctest.Wait()
		if diff := cmp.Diff([]events.Cursor{c1.Cursor()}, places(t, w)); diff != "" {
			t.Error("before the chunk came:", diff)
		}
		close(gate)
		synctest.Wait()
		if diff := cmp.Diff([]events.Cursor{w1.Cursor(), c2.Cursor()}, places(t, w)); diff != "" {
			t.Error("after it came:", diff)
		}
	})
}

// What waits for the other stream is bounded; the rest stays in the log.
func TestHubHoldsNoMoreThanItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		log := &partLog{Log: events.NewMemLog(), gate: gate}
		h := startHub(t, log)
		a := newTeller(t, log, "a")
		a.submit()
		a.say("n", "x")
		const more = 2 * maxHeld
		for range more {
			a.commit(&events.JobPaused{})
		}
		synctest.Wait()
		h.mu.Lock()
		held := len(h.order.commits)
		h.mu.Unlock()
		if held >= more || held <= maxHeld {
			t.Errorf("%d commits held", held)
		}
		close(gate)
		synctest.Wait()
		if want := (events.Cursor{Job: more + 1, Token: 1}); h.order.given != want {
			t.Errorf("given up to %s, want %s", h.order.given, want)
		}
	})
}

func TestHubTellsWhenItStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(events.NewMemLog(), slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
		<-h.stopped
	})
}

func TestHubReturnsTheLogsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(brokenLog{events.NewMemLog()}, slog.New(slog.DiscardHandler))
		if err := h.run(t.Context()); !errors.Is(err, events.ErrGap) {
			t.Errorf("run: %v", err)
		}
		<-h.stopped
	})
}

// brokenLog has a hole.
type brokenLog struct{ events.Log }

func (brokenLog) Tail(context.Context, events.Stream, uint64) iter.Seq2[[]*events.Commit, error] {
	return func(yield func([]*events.Commit, error) bool) { yield(nil, events.ErrGap) }
}
