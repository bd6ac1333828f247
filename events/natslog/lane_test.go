package natslog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ranvier/events"
)

// idleLane is a lane whose queue the test empties.
func idleLane() *lane {
	l := &Log{ended: make(chan struct{})}
	l.state.Store(&state{changed: make(chan struct{})})
	return newLane(l, jobsStream, true, nil, nil)
}

// TestCancelWhileQueued: a commit whose writer went before its turn is not stored.
func TestCancelWhileQueued(t *testing.T) {
	ln := idleLane()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- ln.put(ctx, &ticket{subject: "jobs.a.b"}) }()
	tk := <-ln.queue
	cancel()
	if err := <-result; !errors.Is(err, events.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v, want ErrUnavailable and context.Canceled", err)
	}
	if batch, held := ln.gather([]*ticket{tk}); len(batch)+len(held) != 0 {
		t.Error("a ticket that was taken back was sent")
	}
}

// TestCancelWhileSent: once it is on its way only the outcome counts.
func TestCancelWhileSent(t *testing.T) {
	for _, want := range []error{nil, events.ErrConflict} {
		ln := idleLane()
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- ln.put(ctx, &ticket{subject: "jobs.a.b"}) }()
		tk := <-ln.queue
		batch, _ := ln.gather([]*ticket{tk})
		if len(batch) != 1 {
			t.Fatal("the ticket was not sent")
		}
		cancel()
		select {
		case err := <-result:
			t.Fatalf("put ended before the outcome: %v", err)
		default:
		}
		tk.err = want
		close(tk.done)
		if err := <-result; !errors.Is(err, want) {
			t.Errorf("put: %v, want %v", err, want)
		}
	}
}

// TestGather: batches keep the order of each subject, hold it once, stay in
// their bounds, and lose nothing.
func TestGather(t *testing.T) {
	zeros := make([]byte, batchBytes+1)
	rapid.Check(t, func(t *rapid.T) {
		ln := idleLane()
		var all []*ticket
		for range rapid.IntRange(1, 8).Draw(t, "runs") {
			size := rapid.SampledFrom([]int{10, 1000, 1 << 20, batchBytes, batchBytes + 1}).Draw(t, "size")
			subjects := rapid.IntRange(1, 500).Draw(t, "subjects")
			gone := rapid.IntRange(2, 20).Draw(t, "gone")
			for i := range rapid.IntRange(1, 400).Draw(t, "tickets") {
				tk := &ticket{subject: fmt.Sprint("jobs.ws.", i%subjects), data: zeros[:size]}
				if i%gone == gone-1 {
					tk.taken.Store(withdrew)
				} else {
					all = append(all, tk)
				}
				ln.queue <- tk
			}
		}
		var got []*ticket
		held := []*ticket{<-ln.queue}
		for len(held) > 0 || len(ln.queue) > 0 {
			if len(held) == 0 {
				held = append(held, <-ln.queue)
			}
			var batch []*ticket
			batch, held = ln.gather(held)
			size := 0
			once := make(map[string]bool)
			for _, tk := range batch {
				if once[tk.subject] {
					t.Fatalf("%s is in a batch twice", tk.subject)
				}
				once[tk.subject] = true
				size += len(tk.data)
				if tk.taken.Load() != sent {
					t.Fatal("a ticket in a batch is not marked as sent")
				}
			}
			if len(batch) > batchItems || len(batch) > 1 && size > batchBytes {
				t.Fatalf("a batch has %d messages of %d bytes", len(batch), size)
			}
			got = append(got, batch...)
		}
		if len(got) != len(all) {
			t.Fatalf("%d tickets of %d were sent", len(got), len(all))
		}
		bySubject := func(a, b *ticket) int { return strings.Compare(a.subject, b.subject) }
		slices.SortStableFunc(got, bySubject)
		slices.SortStableFunc(all, bySubject)
		if !slices.Equal(got, all) {
			t.Fatal("the order within a subject changed")
		}
	})
}
