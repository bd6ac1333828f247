package logtest

// Many writers at once: to many subjects, to one, with stale heads among them.

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"ranvier/events"
)

func testManySubjects(t *testing.T, f *fixture) {
	const writers, each = 40, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			s := events.JobSubject("ws", fmt.Sprint("job", w))
			var head events.Head
			for i := range each {
				c := seal(t, s, head, fmt.Sprint(w, "-", i))
				if err := f.log.Append(f.ctx, c); err != nil {
					t.Errorf("Append: %v", err)
					return
				}
				head = c.Head()
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if got := f.log.Last(events.Jobs); got != writers*each {
		t.Errorf("the stream ends at %d, not %d", got, writers*each)
	}
	contiguous(t, f.tail(t, events.Jobs, 0, writers*each), 0)
	for w := range writers {
		got := f.load(t, events.JobSubject("ws", fmt.Sprint("job", w)), 0)
		if len(got) != each {
			t.Errorf("job %d has %d commits, not %d", w, len(got), each)
		}
		verify(t, got)
	}
}

// testRace lets many write to one subject from the same head: one wins each time.
func testRace(t *testing.T, f *fixture) {
	const racers, rounds = 20, 10
	s := events.JobSubject("ws", "job")
	var head events.Head
	for round := range rounds {
		commits := make([]*events.Commit, racers)
		errs := make([]error, racers)
		var wg sync.WaitGroup
		for i := range commits {
			commits[i] = seal(t, s, head, fmt.Sprint(round, "-", i))
			wg.Go(func() { errs[i] = f.log.Append(f.ctx, commits[i]) })
		}
		wg.Wait()
		var won *events.Commit
		for i, err := range errs {
			switch {
			case err == nil && won != nil:
				t.Fatalf("round %d: %s and %s both won", round, won.ID, commits[i].ID)
			case err == nil:
				won = commits[i]
			case !errors.Is(err, events.ErrConflict):
				t.Fatalf("round %d: %v, want ErrConflict", round, err)
			}
		}
		if won == nil {
			t.Fatalf("round %d: nobody won", round)
		}
		head = won.Head()
	}
	got := f.load(t, s, 0)
	if len(got) != rounds {
		t.Errorf("%d commits, not %d", len(got), rounds)
	}
	verify(t, got)
}

// testMixedBatch appends good and stale commits at once: only the stale fail.
func testMixedBatch(t *testing.T, f *fixture) {
	const n = 200
	stale := events.Head{Seq: 1 << 40, N: 3}
	errs := make([]error, n)
	commits := make([]*events.Commit, n)
	var wg sync.WaitGroup
	for i := range commits {
		var head events.Head
		if i%10 == 3 {
			head = stale
		}
		commits[i] = seal(t, events.JobSubject("ws", fmt.Sprint("job", i)), head, fmt.Sprint("c", i))
		wg.Go(func() { errs[i] = f.log.Append(f.ctx, commits[i]) })
	}
	wg.Wait()
	stored := 0
	for i, err := range errs {
		if i%10 == 3 {
			if !errors.Is(err, events.ErrConflict) {
				t.Errorf("stale commit %d: %v, want ErrConflict", i, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("good commit %d: %v", i, err)
			continue
		}
		stored++
		same(t, commits[i].ID, f.load(t, commits[i].Subject, 0), commits[i:i+1])
	}
	contiguous(t, f.tail(t, events.Jobs, 0, uint64(stored)), 0)
}
