package logtest

// Erasing: the payloads are gone for every reader, the chain and all sequences
// stay.

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

// delete appends the deletion of a subject.
func (f *fixture) delete(t testing.TB, s events.Subject, h events.Head) *events.Commit {
	t.Helper()
	c, err := events.Seal(events.Draft{Subject: s, Head: h, ID: "deleted", Token: 9, At: start, Actor: events.Actor{ID: "k", Kind: "key"}}, &events.JobDeleted{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.log.Append(f.ctx, c); err != nil {
		t.Fatalf("Append the deletion: %v", err)
	}
	return c
}

func (f *fixture) erase(t testing.TB, s events.Subject) {
	t.Helper()
	if err := f.log.Erase(f.ctx, s); err != nil {
		t.Fatalf("Erase %s: %v", s, err)
	}
}

func skeleton(t testing.TB, c *events.Commit) *events.Commit {
	t.Helper()
	bare, err := c.Skeleton()
	if err != nil {
		t.Fatal(err)
	}
	return bare
}

func testErase(t *testing.T, f *fixture) {
	const jobs, n = 3, 24
	heads := make(map[events.Subject]events.Head)
	subject := func(i int) events.Subject { return events.JobSubject("ws", fmt.Sprint("j", i%jobs)) }
	var all []*events.Commit
	for i := range n {
		c := f.append(t, subject(i), heads[subject(i)], fmt.Sprint("canary", i))
		heads[c.Subject] = c.Head()
		all = append(all, c)
	}
	gone := subject(0)
	if err := f.log.Erase(f.ctx, gone); !errors.Is(err, events.ErrNotDeleted) {
		t.Errorf("Erase of what was not deleted: %v, want ErrNotDeleted", err)
	}
	same(t, "after a refused Erase", f.tail(t, events.Jobs, 0, n), all)

	deletion := f.delete(t, gone, heads[gone])
	all = append(all, deletion)
	for i := range all {
		if c := all[i]; c.Subject == gone && c != deletion {
			all[i] = skeleton(t, c)
		}
	}
	f.erase(t, gone)
	f.erased(t, all, gone, deletion)
	f.erase(t, gone) // it was erased already
	f.erased(t, all, gone, deletion)

	// The subject's history goes on, and other subjects go as well.
	after, err := events.Seal(events.Draft{Subject: gone, Head: deletion.Head(), ID: "erased", At: start, Actor: events.Actor{Kind: "engine"}}, &events.JobErased{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.log.Append(f.ctx, after); err != nil {
		t.Fatalf("Append after Erase: %v", err)
	}
	all = append(all, after)
	if err := f.log.Append(f.ctx, seal(t, gone, events.Head{}, "stale")); !errors.Is(err, events.ErrConflict) {
		t.Errorf("Append to an erased subject as if it were new: %v, want ErrConflict", err)
	}
	for round := range 2 {
		f.erased(t, all, gone, deletion)
		if round == 0 {
			f.log = f.reopen()
		}
	}
	f.erase(t, gone)
	other := subject(1)
	second := f.delete(t, other, heads[other])
	for i := range all {
		if all[i].Subject == other {
			all[i] = skeleton(t, all[i])
		}
	}
	all = append(all, second)
	f.erase(t, other)
	for range 2 {
		f.erased(t, all, gone, deletion)
		f.erased(t, all, other, second)
		f.log = f.reopen()
	}
	if got := f.log.Last(events.Jobs); got != second.Seq {
		t.Errorf("the stream ends at %d, not %d", got, second.Seq)
	}
}

// erased holds every reader to what the log shall be: all, where the commits of
// a subject up to its deletion are skeletons.
func (f *fixture) erased(t *testing.T, all []*events.Commit, gone events.Subject, deletion *events.Commit) {
	t.Helper()
	last := all[len(all)-1].Seq
	for after := range last {
		got := f.tail(t, events.Jobs, after, last)
		contiguous(t, got, after)
		same(t, fmt.Sprint("Tail after ", after), got, all[after:])
	}
	for after := uint64(0); after <= last; after++ {
		var want []*events.Commit
		for _, c := range all[after:] {
			if c.Subject == gone {
				want = append(want, c)
			}
		}
		same(t, fmt.Sprint("Load after ", after), f.load(t, gone, after), want)
	}
	for range f.log.Load(f.ctx, gone, 0) {
		break // a reader may stop at any commit
	}
	heads := make(map[events.Subject]events.Head)
	for _, c := range all {
		heads[c.Subject] = c.Head()
	}
	for s, head := range heads {
		if h := verify(t, f.load(t, s, 0)); h != head {
			t.Errorf("%s ends at %+v, not %+v", s, h, head)
		}
	}
	var want, got []*events.Commit
	for _, c := range all {
		if !c.Erased() {
			want = append(want, c)
		}
	}
	for c, err := range f.log.LoadWorkspace(f.ctx, gone.Workspace, 0) {
		if err != nil {
			t.Fatalf("LoadWorkspace: %v", err)
		}
		got = append(got, c)
	}
	same(t, "LoadWorkspace", got, want)
	for _, c := range f.load(t, gone, 0) {
		if c.Seq < deletion.Seq && strings.Contains(string(c.Bytes()), "héllo") {
			t.Errorf("commit %d holds a payload", c.Seq)
		}
	}
}

// testEraseTail erases under a tail that waits and one that has not begun.
func testEraseTail(t *testing.T, f *fixture) {
	s := events.JobSubject("ws", "job")
	var head events.Head
	var all []*events.Commit
	for i := range 10 {
		c := f.append(t, s, head, fmt.Sprint("c", i))
		head = c.Head()
		all = append(all, c)
	}
	reached, ended := make(chan struct{}), make(chan []*events.Commit, 1)
	go func() {
		var got []*events.Commit
		defer func() { ended <- got }()
		begun := false
		for batch, err := range f.log.Tail(f.ctx, events.Jobs, 0) {
			if err != nil {
				t.Errorf("Tail: %v", err)
				return
			}
			got = append(got, batch...)
			if last := batch[len(batch)-1].Seq; last == 10 && !begun {
				begun = true
				close(reached)
			} else if last == 12 {
				return
			}
		}
	}()
	<-reached
	deletion := f.delete(t, s, head)
	f.erase(t, s)
	next := f.append(t, events.JobSubject("ws", "next"), events.Head{}, "next")
	same(t, "a tail that went on", <-ended, append(append([]*events.Commit(nil), all...), deletion, next))
	for i := range all {
		all[i] = skeleton(t, all[i])
	}
	same(t, "a tail that begins", f.tail(t, events.Jobs, 0, 12), append(all, deletion, next))
}

func testEraseChunks(t *testing.T, f *fixture) {
	before := f.fillChunks(t, 0, 30)
	gone, stays := events.JobSubject("ws", "j1"), events.JobSubject("ws", "j0")
	c := f.append(t, gone, events.Head{}, "c")
	f.delete(t, gone, c.Head())
	f.erase(t, gone)
	var want []events.Chunk
	for _, c := range before {
		if c.Subject == stays {
			want = append(want, c)
		}
	}
	for round := range 2 {
		next := f.fillChunks(t, 40+2*round, 1)[0] // of the job that stays
		if last := before[len(before)-1].Seq; next.Seq <= last {
			t.Errorf("chunk %d follows %d", next.Seq, last)
		}
		want = append(want, next)
		if got := f.chunks(t, gone, 0); len(got) != 0 {
			t.Errorf("%d chunks of an erased job are left", len(got))
		}
		if d := cmp.Diff(want, f.chunks(t, stays, 0)); d != "" {
			t.Errorf("LoadChunks of another job (-want +got):\n%s", d)
		}
		if d := cmp.Diff(want, f.tailChunks(t, 0, next.Seq)); d != "" {
			t.Errorf("TailChunks (-want +got):\n%s", d)
		}
		f.log = f.reopen()
	}
}
