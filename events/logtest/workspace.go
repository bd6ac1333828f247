package logtest

// LoadWorkspace: the commits of one workspace's jobs, and of nobody else's.

import (
	"fmt"
	"testing"

	"ranvier/events"
)

func testLoadWorkspace(t *testing.T, f *fixture) {
	heads := make(map[events.Subject]events.Head)
	write := func(s events.Subject, i int) *events.Commit {
		c := f.append(t, s, heads[s], fmt.Sprint(s, i))
		heads[s] = c.Head()
		return c
	}
	var all []*events.Commit
	for i := range 12 {
		all = append(all, write(events.JobSubject("ws", fmt.Sprint("j", i%3)), i))
		write(events.JobSubject("other", fmt.Sprint("j", i%3)), i)
		write(events.JobSubject("w", "s"), i)
		write(events.CatalogSubject("ws"), i)
	}
	last := f.log.Last(events.Jobs)
	for round := range 2 {
		for after := uint64(0); after <= last+1; after++ {
			var want, got []*events.Commit
			for _, c := range all {
				if c.Seq > after {
					want = append(want, c)
				}
			}
			for c, err := range f.log.LoadWorkspace(f.ctx, "ws", after) {
				if err != nil {
					t.Fatalf("LoadWorkspace after %d: %v", after, err)
				}
				got = append(got, c)
			}
			same(t, fmt.Sprint("LoadWorkspace after ", after), got, want)
		}
		if round == 0 {
			f.log = f.reopen()
		}
	}
	for c, err := range f.log.LoadWorkspace(f.ctx, "nobody", 0) {
		t.Errorf("a workspace without jobs gives %v, %v", c, err)
	}
	for _, workspace := range []string{"", "*", ">", "w.s", "w*"} {
		for c, err := range f.log.LoadWorkspace(f.ctx, workspace, 0) {
			if c != nil {
				t.Fatalf("LoadWorkspace %q gives commit %d of %s (%v)", workspace, c.Seq, c.Subject, err)
			}
		}
	}
	for range f.log.LoadWorkspace(f.ctx, "ws", 0) {
		break // a reader may stop at any commit
	}
}
