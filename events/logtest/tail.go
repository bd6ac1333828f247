package logtest

// Tail: every commit, once, in order, from any start.

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"ranvier/events"
)

func testTailEveryStart(t *testing.T, f *fixture) {
	all := f.fill(t, 20)
	last := all[len(all)-1].Seq
	for after := range last {
		got := f.tail(t, events.Jobs, after, last)
		contiguous(t, got, after)
		same(t, fmt.Sprint("Tail after ", after), got, all[after:])
	}
}

// testTailLive starts tails before and while commits come: each sees every one.
func testTailLive(t *testing.T, f *fixture) {
	const n = 60
	var wg sync.WaitGroup
	tails := make([][]*events.Commit, 4)
	after := make([]uint64, len(tails))
	follow := func(i int) {
		after[i] = f.log.Last(events.Jobs)
		wg.Go(func() {
			for batch, err := range f.log.Tail(f.ctx, events.Jobs, after[i]) {
				if err != nil {
					t.Errorf("tail %d: %v", i, err)
					return
				}
				for _, c := range batch {
					if c.Seq > f.log.Last(events.Jobs) {
						t.Errorf("tail %d has %d before it is durable", i, c.Seq)
					}
				}
				tails[i] = append(tails[i], batch...)
				if batch[len(batch)-1].Seq == n {
					return
				}
			}
		})
	}
	var all []*events.Commit
	heads := make(map[events.Subject]events.Head)
	for i := range n {
		if i%15 == 0 {
			follow(i / 15)
		}
		s := events.JobSubject("ws", fmt.Sprint("j", i%7))
		c := f.append(t, s, heads[s], fmt.Sprint("c", i))
		heads[s] = c.Head()
		all = append(all, c)
	}
	wg.Wait()
	for i, got := range tails {
		contiguous(t, got, after[i])
		same(t, fmt.Sprint("tail ", i), got, all[after[i]:])
	}
}

func testTailStops(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	ended := make(chan error, 1)
	reached := make(chan struct{})
	go func() {
		for batch, err := range f.log.Tail(ctx, events.Jobs, 0) {
			if err != nil {
				ended <- err
				return
			}
			if batch[0].Seq == 1 {
				close(reached)
			}
		}
		ended <- nil
	}()
	f.append(t, events.JobSubject("ws", "job"), events.Head{}, "c")
	select {
	case <-reached:
	case <-f.ctx.Done():
		t.Fatal("the tail saw nothing")
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("a tail whose context ended gave %v", err)
		}
	case <-f.ctx.Done():
		t.Fatal("the tail did not end with its context")
	}
}
