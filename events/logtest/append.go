package logtest

// Append and Load: what is stored, and what is refused.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ranvier/events"
)

func testAppendLoad(t *testing.T, f *fixture) {
	s := events.JobSubject("ws", "job-1")
	if got := f.load(t, s, 0); len(got) != 0 {
		t.Fatalf("a subject that never was has %d commits", len(got))
	}
	var head events.Head
	var want []*events.Commit
	for i := range 5 {
		c := f.append(t, s, head, fmt.Sprint("c", i))
		if c.Seq == 0 {
			t.Fatal("Append did not set the sequence")
		}
		head = c.Head()
		want = append(want, c)
	}
	got := f.load(t, s, 0)
	same(t, "Load", got, want)
	if h := verify(t, got); h != head {
		t.Errorf("the loaded history ends at %+v, the written one at %+v", h, head)
	}
}

func testLoadAfter(t *testing.T, f *fixture) {
	a, b := events.JobSubject("ws", "a"), events.JobSubject("ws", "b")
	var ha, hb events.Head
	var all []*events.Commit
	for i := range 6 {
		ca := f.append(t, a, ha, fmt.Sprint("a", i))
		cb := f.append(t, b, hb, fmt.Sprint("b", i))
		ha, hb = ca.Head(), cb.Head()
		all = append(all, ca)
	}
	for after := uint64(0); after <= hb.Seq+1; after++ {
		var want []*events.Commit
		for _, c := range all {
			if c.Seq > after {
				want = append(want, c)
			}
		}
		same(t, fmt.Sprint("Load after ", after), f.load(t, a, after), want)
	}
	for range f.log.Load(f.ctx, a, 0) {
		break // a reader may stop at any commit
	}
}

func testConflict(t *testing.T, f *fixture) {
	s := events.JobSubject("ws", "job")
	first := f.append(t, s, events.Head{}, "first")
	other := f.append(t, events.JobSubject("ws", "other"), events.Head{}, "other")
	stale := first.Head()
	second := f.append(t, s, first.Head(), "second")
	behind := seal(t, s, events.Head{}, "behind")
	ahead := second.Head()
	ahead.Seq = other.Seq + 100
	for _, c := range []*events.Commit{
		behind, seal(t, s, stale, "stale"), seal(t, s, ahead, "ahead"),
		seal(t, events.JobSubject("ws", "new"), stale, "a history that is not there"),
	} {
		if err := f.log.Append(f.ctx, c); !errors.Is(err, events.ErrConflict) {
			t.Errorf("Append %q: %v, want ErrConflict", c.ID, err)
		}
	}
	same(t, "after the conflicts", f.load(t, s, 0), []*events.Commit{first, second})
	if got := f.log.Last(events.Jobs); got != second.Seq {
		t.Errorf("the stream ends at %d, not %d: a refused commit took a sequence", got, second.Seq)
	}
	f.append(t, s, second.Head(), "third") // it still goes on
}

func testTooLarge(t *testing.T, f *fixture) {
	s := events.JobSubject("ws", "job")
	large := func(size int) *events.Commit {
		c, err := events.Seal(events.Draft{Subject: s, ID: "large", At: start},
			&events.JobCompleted{Result: events.PayloadOf(strings.Repeat("x", size))})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if err := f.log.Append(f.ctx, large(events.MaxCommit)); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("Append of more than MaxCommit: %v, want ErrTooLarge", err)
	}
	room := events.MaxCommit - len(large(0).Bytes())
	fits := large(room)
	if len(fits.Bytes()) != events.MaxCommit {
		t.Fatalf("the commit has %d bytes, not MaxCommit", len(fits.Bytes()))
	}
	if err := f.log.Append(f.ctx, fits); err != nil {
		t.Fatalf("Append of exactly MaxCommit: %v", err)
	}
	same(t, "a large commit", f.load(t, s, 0), []*events.Commit{fits})
	same(t, "a large commit", f.tail(t, events.Jobs, 0, fits.Seq), []*events.Commit{fits})
	if err := f.log.Health(); err != nil {
		t.Errorf("a commit that is too large made the log unhealthy: %v", err)
	}
}

func testIDs(t *testing.T, f *fixture) {
	good := []string{"a", "Z", "0", "_", "-", strings.Repeat("x", 64)}
	for i, id := range good {
		s := events.JobSubject(id, id)
		c := f.append(t, s, events.Head{}, fmt.Sprint("good", i))
		same(t, id, f.load(t, s, 0), []*events.Commit{c})
	}
	last := f.log.Last(events.Jobs)
	for _, id := range []string{"", "a.b", "*", ">", "a b", "é", "a\n", strings.Repeat("x", 65)} {
		for _, s := range []events.Subject{events.JobSubject("ws", id), events.JobSubject(id, "job")} {
			if err := f.log.Append(f.ctx, seal(t, s, events.Head{}, "bad")); !errors.Is(err, events.ErrID) {
				t.Errorf("Append to %q: %v, want ErrID", s, err)
			}
			if err := f.log.AppendChunk(f.ctx, &events.Chunk{Subject: s, Text: "x"}); !errors.Is(err, events.ErrID) {
				t.Errorf("AppendChunk to %q: %v, want ErrID", s, err)
			}
		}
	}
	if got := f.log.Last(events.Jobs); got != last {
		t.Errorf("the stream moved from %d to %d", last, got)
	}
}

func testCancelled(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	s := events.JobSubject("ws", "job")
	err := f.log.Append(ctx, seal(t, s, events.Head{}, "late"))
	if !errors.Is(err, events.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Append with an ended context: %v, want ErrUnavailable and context.Canceled", err)
	}
	f.append(t, s, events.Head{}, "first") // nothing was stored before
	if err := f.log.AppendChunk(ctx, &events.Chunk{Subject: s}); !errors.Is(err, events.ErrUnavailable) {
		t.Errorf("AppendChunk with an ended context: %v, want ErrUnavailable", err)
	}
}

func testStreams(t *testing.T, f *fixture) {
	job := f.append(t, events.JobSubject("ws", "job"), events.Head{}, "job")
	def := f.append(t, events.CatalogSubject("ws"), events.Head{}, "def")
	def2 := f.append(t, events.CatalogSubject("ws2"), events.Head{}, "def2")
	if job.Seq != def.Seq {
		t.Errorf("the streams share sequences: %d and %d", job.Seq, def.Seq)
	}
	same(t, "catalog", f.load(t, events.CatalogSubject("ws"), 0), []*events.Commit{def})
	same(t, "jobs", f.tail(t, events.Jobs, 0, job.Seq), []*events.Commit{job})
	same(t, "catalog", f.tail(t, events.Catalog, 0, def2.Seq), []*events.Commit{def, def2})
}
