package natslog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ranvier/events"
)

const canary = "a-canary-in-its-payload"

// story is a log with jobs whose commits lie between each other's; the first
// one is deleted and holds the canary.
type story struct {
	log     *Log
	dir     string
	gone    events.Subject
	commits []*events.Commit // of the whole stream
	n       int              // commits of gone before its deletion
}

func newStory(t *testing.T, each int) *story {
	t.Helper()
	s := &story{dir: t.TempDir(), gone: events.JobSubject("ws", "job-0"), n: each}
	s.log = openAt(t, Config{Dir: s.dir})
	heads := map[events.Subject]events.Head{}
	put := func(sub events.Subject, facts ...events.Fact) {
		c, err := events.Seal(events.Draft{Subject: sub, Head: heads[sub], ID: fmt.Sprint("c", len(s.commits)), At: events.At(time.Now())}, facts...)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.log.Append(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		heads[sub] = c.Head()
		s.commits = append(s.commits, c)
	}
	for i := range each {
		put(s.gone, &events.NodeSucceeded{Node: "a", Visit: i, Attempt: 1, Output: events.PayloadOf(fmt.Sprint(canary, i))})
		put(events.JobSubject("ws", "job-1"), &events.NodeSucceeded{Node: "a", Visit: i, Attempt: 1, Output: events.PayloadOf(fmt.Sprint("it-stays", i))})
		if err := s.log.AppendChunk(t.Context(), &events.Chunk{Subject: s.gone, Text: canary}); err != nil {
			t.Fatal(err)
		}
		if err := s.log.AppendChunk(t.Context(), &events.Chunk{Subject: events.JobSubject("ws", "job-1"), Text: "it-stays"}); err != nil {
			t.Fatal(err)
		}
	}
	put(s.gone, &events.JobDeleted{})
	put(events.JobSubject("ws", "job-1"), &events.JobWaiting{})
	return s
}

// holds lists the files below dir in which some text stands.
func holds(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// check holds a log to the story: every sequence is there, each commit as it
// was or erased, and the chains verify. It tells how many were erased.
func (s *story) check(t *testing.T, l *Log) (erased int) {
	t.Helper()
	last := uint64(len(s.commits))
	for _, after := range []uint64{last / 2, 1, 0} {
		erased = 0
		next := after + 1
		for batch, err := range l.Tail(t.Context(), events.Jobs, after) {
			if err != nil {
				t.Fatalf("Tail after %d: %v", after, err)
			}
			for _, c := range batch {
				if c.Seq != next {
					t.Fatalf("a tail gives %d, not %d", c.Seq, next)
				}
				was := s.commits[c.Seq-1]
				if c.Subject != was.Subject || c.ID != was.ID || c.Head() != was.Head() {
					t.Fatalf("commit %d is another one", c.Seq)
				}
				if c.Erased() {
					erased++
				} else if !bytes.Equal(c.Bytes(), was.Bytes()) {
					t.Fatalf("commit %d was changed", c.Seq)
				}
				next++
			}
			if next > last {
				break
			}
		}
	}
	heads := map[events.Subject]events.Head{}
	for _, c := range s.commits {
		heads[c.Subject] = c.Head()
	}
	for sub, want := range heads {
		var head events.Head
		for c, err := range l.Load(t.Context(), sub, 0) {
			if err == nil {
				head, err = events.Verify(head, c)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if head != want {
			t.Fatalf("%s ends at %+v, not %+v", sub, head, want)
		}
	}
	return erased
}

// TestEraseFiles holds that no file has the payloads any more, while the log is
// open and afterwards, and that what is not erased is still there.
func TestEraseFiles(t *testing.T) {
	s := newStory(t, 40)
	if len(holds(t, s.dir, canary)) == 0 {
		t.Fatal("the canary is nowhere: the test looks in the wrong place")
	}
	if err := s.log.Erase(t.Context(), s.gone); err != nil {
		t.Fatal(err)
	}
	look := func(when string) {
		t.Helper()
		if found := holds(t, s.dir, canary); len(found) > 0 {
			t.Errorf("%s the canary is in %v", when, found)
		}
		if len(holds(t, s.dir, "it-stays")) == 0 {
			t.Errorf("%s the other job is gone too", when)
		}
	}
	look("erased,")
	s.check(t, s.log)
	closeLog(t, s.log)
	look("closed,")
	s.log = openAt(t, Config{Dir: s.dir})
	look("opened again,")
	// All that tails and loads give comes from the server now.
	for c, err := range s.log.Load(t.Context(), s.gone, 0) {
		if err != nil || bytes.Contains(c.Bytes(), []byte(canary)) {
			t.Fatalf("Load gives %v, %v", c, err)
		}
	}
	for c := range s.log.LoadChunks(t.Context(), s.gone, 0) {
		t.Fatalf("chunk %d is left", c.Seq)
	}
}

// TestEraseCutOff ends an erasure after each of its steps, as a kill does: the
// files are copied as they lie there. Whatever was done, nothing is lost, and
// erasing again ends it.
func TestEraseCutOff(t *testing.T) {
	const each = 4
	steps := 1 + each + each + 1
	for cut := range steps {
		t.Run(fmt.Sprint("after ", cut), func(t *testing.T) {
			s := newStory(t, each)
			e, err := s.log.erasure(t.Context(), s.gone)
			if err != nil {
				t.Fatal(err)
			}
			var todo []func() error
			for _, c := range e.skeletons {
				todo = append(todo, func() error { return e.keep(t.Context(), c) })
			}
			todo = append(todo, func() error { return e.settle(t.Context()) })
			for _, c := range slices.Backward(e.skeletons) {
				todo = append(todo, func() error { return e.remove(t.Context(), c) })
			}
			for _, step := range todo[:cut] {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
			s.check(t, s.log)
			left := t.TempDir()
			if err := os.CopyFS(left, os.DirFS(s.dir)); err != nil {
				t.Fatal(err)
			}
			l := openAt(t, Config{Dir: left})
			if got, want := s.check(t, l), max(0, cut-each-1); got > each || got < want {
				t.Errorf("%d commits are erased, at least %d were", got, want)
			}
			for range 2 {
				if err := l.Erase(t.Context(), s.gone); err != nil {
					t.Fatal(err)
				}
			}
			s.check(t, l)
			if found := holds(t, left, canary); len(found) > 0 {
				t.Errorf("the canary is in %v", found)
			}
			closeLog(t, l)
			s.check(t, openAt(t, Config{Dir: left}))
		})
	}
}

// TestHoleUnexplained: a hole that no erasure left is a loss, also while an
// erasure has skeletons to spare.
func TestHoleUnexplained(t *testing.T) {
	for _, spare := range []bool{false, true} {
		s := newStory(t, 4)
		if spare {
			e, err := s.log.erasure(t.Context(), s.gone)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.keep(t.Context(), e.skeletons[0]); err != nil {
				t.Fatal(err)
			}
		}
		stream, err := s.log.current().js.Stream(t.Context(), jobsStream)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.DeleteMsg(t.Context(), 4); err != nil { // of the job that stays
			t.Fatal(err)
		}
		closeLog(t, s.log)
		l, err := Open(t.Context(), Config{Dir: s.dir})
		if !spare {
			if !errors.Is(err, ErrLost) {
				t.Errorf("Open over a hole: %v, want ErrLost", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var got error
		for batch, err := range l.Tail(t.Context(), events.Jobs, 0) {
			if got = err; err != nil || batch[len(batch)-1].Seq == uint64(len(s.commits)) {
				break
			}
		}
		if !errors.Is(got, events.ErrGap) {
			t.Errorf("Tail over a hole: %v, want ErrGap", got)
		}
		closeLog(t, l)
	}
}

// TestEraseInterval: with fewer syncs the skeletons still come first.
func TestEraseInterval(t *testing.T) {
	s := newStory(t, 3)
	closeLog(t, s.log)
	l := openAt(t, Config{Dir: s.dir, Sync: SyncInterval})
	if err := l.Erase(t.Context(), s.gone); err != nil {
		t.Fatal(err)
	}
	if got := s.check(t, l); got == 0 {
		t.Error("nothing is erased")
	}
}
