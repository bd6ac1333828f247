package logtest

// What holds of an empty, a used and a log that was opened again.

import (
	"errors"
	"fmt"
	"testing"

	"ranvier/events"
)

func testLast(t *testing.T, f *fixture) {
	if a, b := f.log.Last(events.Jobs), f.log.Last(events.Catalog); a != 0 || b != 0 {
		t.Errorf("an empty log ends at %d and %d", a, b)
	}
	all := f.fill(t, 5)
	for i, c := range all {
		if c.Seq != uint64(i)+1 {
			t.Errorf("commit %d has sequence %d", i, c.Seq)
		}
	}
	if got := f.log.Last(events.Jobs); got != 5 {
		t.Errorf("Last is %d, not 5", got)
	}
}

func testReopen(t *testing.T, f *fixture) {
	var want []*events.Commit
	heads := make(map[events.Subject]events.Head)
	for round := range 3 {
		for i := range 8 {
			s := events.JobSubject("ws", fmt.Sprint("j", i%3))
			c := f.append(t, s, heads[s], fmt.Sprint(round, "-", i))
			heads[s] = c.Head()
			want = append(want, c)
		}
		f.log = f.reopen()
		last := uint64(len(want))
		if got := f.log.Last(events.Jobs); got != last {
			t.Fatalf("opened again the stream ends at %d, not %d", got, last)
		}
		got := f.tail(t, events.Jobs, 0, last)
		contiguous(t, got, 0)
		same(t, "opened again", got, want)
		for s, head := range heads {
			if h := verify(t, f.load(t, s, 0)); h != head {
				t.Errorf("%s ends at %+v, not %+v", s, h, head)
			}
			stale := seal(t, s, events.Head{}, "stale")
			if err := f.log.Append(f.ctx, stale); !errors.Is(err, events.ErrConflict) {
				t.Errorf("opened again, a stale append: %v, want ErrConflict", err)
			}
		}
	}
}

func testHealth(t *testing.T, f *fixture) {
	if err := f.log.Health(); err != nil {
		t.Errorf("a new log is unhealthy: %v", err)
	}
	f.fill(t, 3)
	if err := f.log.Health(); err != nil {
		t.Errorf("a used log is unhealthy: %v", err)
	}
}
