package natslog

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"ranvier/events"
)

// childDir names the directory in which this test binary, run again as a
// child, is to write until it is killed.
const childDir = "RANVIER_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		writeUntilKilled(dir, os.Getenv("RANVIER_TEST_CHILD_ROUND"))
	}
	os.Exit(m.Run())
}

// writeUntilKilled prints a line for everything that was acknowledged.
func writeUntilKilled(dir, round string) {
	l, err := Open(context.Background(), Config{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stdout, "error", err)
		os.Exit(1)
	}
	var out sync.Mutex
	say := func(kind string, seq uint64, id string) {
		out.Lock()
		defer out.Unlock()
		fmt.Fprintln(os.Stdout, kind, seq, id)
	}
	var wg sync.WaitGroup
	for w := range 40 {
		wg.Go(func() {
			s := events.JobSubject("ws", fmt.Sprint("job-", round, "-", w))
			var head events.Head
			for i := 0; ; i++ {
				id := fmt.Sprint(round, "-", w, "-", i)
				c, err := events.Seal(events.Draft{Subject: s, Head: head, ID: id}, &events.JobPaused{})
				if err == nil {
					err = l.Append(context.Background(), c)
				}
				if err != nil {
					say("error", 0, err.Error())
					return
				}
				say("commit", c.Seq, id)
				head = c.Head()
				ch := events.Chunk{Subject: s, Text: id}
				if err := l.AppendChunk(context.Background(), &ch); err != nil {
					say("error", 0, err.Error())
					return
				}
				say("chunk", ch.Seq, id)
			}
		})
	}
	wg.Wait()
	os.Exit(1)
}

// TestKill kills a writing process and looks whether everything that it
// acknowledged is there, under the sequence that it was told.
func TestKill(t *testing.T) {
	const rounds, lines = 3, 1500
	dir := t.TempDir()
	acked := make(map[uint64]string)
	var lastChunk uint64
	stored := 0
	for round := range rounds {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprint("RANVIER_TEST_CHILD_ROUND=", round))
		child.Stderr = os.Stderr
		pipe, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		guard := time.AfterFunc(time.Minute, func() { _ = child.Process.Kill() })
		before, killed := lastChunk, false
		n := 0
		for in := bufio.NewScanner(pipe); in.Scan(); n++ {
			var kind, id string
			var seq uint64
			if _, err := fmt.Sscan(in.Text(), &kind, &seq, &id); err != nil || kind == "error" {
				t.Errorf("the child says %q", in.Text())
				continue
			}
			switch {
			case kind == "chunk" && seq <= before:
				t.Errorf("chunk sequence %d was given out again", seq)
			case kind == "chunk":
				lastChunk = max(lastChunk, seq)
			case acked[seq] != "":
				t.Errorf("sequence %d was acknowledged for %s and for %s", seq, acked[seq], id)
			default:
				acked[seq] = id
			}
			if n >= lines && !killed {
				killed = true
				if err := child.Process.Signal(syscall.SIGKILL); err != nil {
					t.Error(err)
				}
			}
		}
		guard.Stop()
		_ = child.Wait() // it was killed
		if n < lines {
			t.Fatalf("the child said only %d lines", n)
		}

		l := openAt(t, Config{Dir: dir})
		if got := l.LastChunk(); got < lastChunk {
			t.Errorf("LastChunk fell to %d after chunk %d", got, lastChunk)
		}
		stored = checkLog(t, l, acked)
		closeLog(t, l)
	}
	t.Logf("%d kills, %d acknowledged, 0 lost, %d stored", rounds, len(acked), stored)
}

// checkLog reads the whole log and gives the number of its commits: their
// sequences are contiguous, each history is whole, and what was acknowledged
// is there.
func checkLog(t *testing.T, l *Log, acked map[uint64]string) int {
	t.Helper()
	last := l.Last(events.Jobs)
	heads := make(map[events.Subject]events.Head)
	seen := uint64(0)
	if last > 0 {
		for batch, err := range l.Tail(t.Context(), events.Jobs, 0) {
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range batch {
				if seen++; c.Seq != seen {
					t.Fatalf("sequence %d follows %d", c.Seq, seen-1)
				}
				if heads[c.Subject], err = events.Verify(heads[c.Subject], c); err != nil {
					t.Fatal(err)
				}
				if id, ok := acked[c.Seq]; ok && id != c.ID {
					t.Errorf("sequence %d holds %s, acknowledged was %s", c.Seq, c.ID, id)
				}
			}
			if seen >= last {
				break
			}
		}
	}
	for seq, id := range acked {
		if seq > last {
			t.Errorf("%s was acknowledged at %d, the log ends at %d", id, seq, last)
		}
	}
	return int(seen)
}
