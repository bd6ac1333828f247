package natslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ranvier/events"
)

// await waits until the log's health is as asked.
func await(t *testing.T, l *Log, well bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	for {
		s := l.state.Load()
		if (s.sick == nil) == well {
			return
		}
		select {
		case <-s.changed:
		case <-deadline.C:
			t.Fatalf("after a minute the health is: %v", s.sick)
		}
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	l := openAt(t, Config{Dir: dir})
	_, err := Open(t.Context(), Config{Dir: dir})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Fatalf("the second Open says %v, want ErrLocked with the directory and the process", err)
	}
	closeLog(t, l)
	openAt(t, Config{Dir: dir})
}

func TestSync(t *testing.T) {
	for _, sync := range []Sync{SyncAlways, SyncInterval} {
		l := openAt(t, Config{Dir: t.TempDir(), Sync: sync})
		v, err := l.current().srv.Varz(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.JetStream.Config.SyncAlways; got != (sync == SyncAlways) {
			t.Errorf("%s: the server's SyncAlways is %v", sync, got)
		}
		err = checkSync(l.current().srv, SyncAlways)
		if (err == nil) != (sync == SyncAlways) {
			t.Errorf("%s: checkSync says %v", sync, err)
		}
		if err := checkSync(l.current().srv, sync); err != nil {
			t.Error(err)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []Config{
		{}, {Dir: "x", Sync: "sometimes"}, {Dir: "x", MaxPayload: 100}, {Dir: "x", MaxPayload: 1 << 30},
		{Dir: "x", Replicas: 3}, {Dir: "x", MaxStore: -1}, {Dir: "x", AppendTimeout: -1},
	} {
		if _, err := Open(t.Context(), c); err == nil {
			t.Errorf("Open took %+v", c)
		}
	}
	if _, err := os.Stat("x"); !errors.Is(err, os.ErrNotExist) {
		t.Error("a refused Config left something behind")
	}
}

// TestRefusedBatch sends one atomic batch in which some are stale.
func TestRefusedBatch(t *testing.T) {
	l := openAt(t, Config{Dir: t.TempDir()})
	const n = 50
	for _, staleEvery := range []int{n + 1, 7, 1} {
		batch := make([]*ticket, n)
		first := l.Last(events.Jobs)
		stale := 0
		for i := range batch {
			s := events.JobSubject("ws", fmt.Sprint("job", staleEvery, "-", i))
			c := sealed(t, s, events.Head{}, s.ID)
			batch[i] = &ticket{subject: s.String(), data: c.Bytes(), item: c, done: make(chan struct{})}
			if i%staleEvery == staleEvery-1 {
				batch[i].expect = 99
				stale++
			}
		}
		l.jobs.send(batch) // no lane but this one uses the queue
		seq := first
		for i, tk := range batch {
			<-tk.done
			if tk.expect == 99 {
				if !errors.Is(tk.err, events.ErrConflict) {
					t.Errorf("stale message %d: %v, want ErrConflict", i, tk.err)
				}
				continue
			}
			if seq++; tk.err != nil || tk.seq != seq {
				t.Errorf("message %d: sequence %d and %v, want %d", i, tk.seq, tk.err, seq)
			}
		}
		if got := l.Last(events.Jobs); got != first+uint64(n-stale) {
			t.Errorf("the stream ends at %d, not %d", got, first+uint64(n-stale))
		}
		if err := l.Health(); err != nil {
			t.Errorf("conflicts made the log unhealthy: %v", err)
		}
	}
	checkLog(t, l, nil)
}

// TestRestartInPlace lets the server be restarted under writers and tails.
func TestRestartInPlace(t *testing.T) {
	l := openAt(t, Config{Dir: t.TempDir()})
	const writers, each, restarts = 8, 40, 3
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	acked := make(map[uint64]string)
	count := 0
	moved := make(chan struct{}, writers*each)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			s := events.JobSubject("ws", fmt.Sprint("job", w))
			var head events.Head
			for i := 0; i < each; {
				id := fmt.Sprint(w, "-", i)
				c := sealed(t, s, head, id)
				err := l.Append(ctx, c)
				switch {
				case err == nil:
					mu.Lock()
					acked[c.Seq] = id
					count++
					mu.Unlock()
					head = c.Head()
					moved <- struct{}{}
					i++
				case errors.Is(err, events.ErrUnavailable), errors.Is(err, events.ErrUnknown):
					await(t, l, true)
					for old, lerr := range l.Load(ctx, s, head.Seq) {
						if lerr != nil {
							break // sick again
						}
						if old.ID == id { // it was stored after all
							head = old.Head()
							i++
						}
					}
				default:
					t.Errorf("Append: %v", err)
					return
				}
			}
		})
	}
	tailed := make(chan uint64, 1)
	go func() {
		var seq uint64
		defer func() { tailed <- seq }()
		for batch, err := range l.Tail(ctx, events.Jobs, 0) {
			if err != nil {
				t.Errorf("Tail: %v", err)
				return
			}
			for _, c := range batch {
				if seq++; c.Seq != seq {
					t.Errorf("tail: %d follows %d", c.Seq, seq-1)
					return
				}
			}
			if seq >= writers*each {
				return
			}
		}
	}()
	for range restarts {
		for range each {
			<-moved
		}
		l.fail(fmt.Errorf("%w: a test says so", events.ErrUnknown))
		await(t, l, true)
	}
	wg.Wait()
	if got := <-tailed; got != writers*each {
		t.Errorf("the tail saw %d commits, not %d", got, writers*each)
	}
	if got := checkLog(t, l, acked); got != writers*each {
		t.Errorf("%d commits are stored, not %d", got, writers*each)
	}
}

// TestUnsettled: while an outcome is unknown a load does not pretend to know.
func TestUnsettled(t *testing.T) {
	l := openAt(t, Config{Dir: t.TempDir()})
	s := events.JobSubject("ws", "job")
	if err := l.Append(t.Context(), sealed(t, s, events.Head{}, "c")); err != nil {
		t.Fatal(err)
	}
	l.sending.RLock() // the restart waits for this
	l.fail(events.ErrUnknown)
	for _, err := range l.Load(t.Context(), s, 0) {
		if !errors.Is(err, events.ErrUnavailable) {
			t.Errorf("Load: %v, want ErrUnavailable", err)
		}
	}
	if err := l.Append(t.Context(), sealed(t, s, events.Head{}, "d")); !errors.Is(err, events.ErrUnavailable) {
		t.Errorf("Append: %v, want ErrUnavailable", err)
	}
	l.sending.RUnlock()
	await(t, l, true)
	n := 0
	for _, err := range l.Load(t.Context(), s, 0) {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d commits after the restart", n)
	}
}

func TestClosed(t *testing.T) {
	l := openAt(t, Config{Dir: t.TempDir()})
	ended := make(chan error, 1)
	go func() {
		for _, err := range l.Tail(context.Background(), events.Jobs, 0) {
			ended <- err
		}
	}()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			err := l.Append(context.Background(), sealed(t, events.JobSubject("ws", fmt.Sprint(i)), events.Head{}, "c"))
			if err != nil && !errors.Is(err, events.ErrUnavailable) {
				t.Errorf("Append while closing: %v", err)
			}
		})
	}
	closeLog(t, l)
	wg.Wait()
	for err := <-ended; !errors.Is(err, events.ErrUnavailable); err = <-ended {
		if err != nil {
			t.Fatalf("the tail of a closed log ended with %v", err)
		}
	}
	if err := l.Health(); !errors.Is(err, events.ErrUnavailable) {
		t.Errorf("a closed log's health is %v", err)
	}
	closeLog(t, l) // again is fine
}

// TestLost: less is stored than the record knows of.
func TestLost(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, cfg Config){
		"no store": func(t *testing.T, cfg Config) {
			if err := os.RemoveAll(cfg.storeDir()); err != nil {
				t.Fatal(err)
			}
		},
		"a shorter store": func(t *testing.T, cfg Config) {
			dir := filepath.Join(cfg.storeDir(), "jetstream", "$G", "streams", "JOBS", "msgs")
			if err := os.Remove(filepath.Join(dir, "index.db")); err != nil {
				t.Fatal(err)
			}
			blk := filepath.Join(dir, "1.blk")
			info, err := os.Stat(blk)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(blk, info.Size()-10); err != nil {
				t.Fatal(err)
			}
		},
		"no stream": func(t *testing.T, cfg Config) {
			if err := os.RemoveAll(filepath.Join(cfg.storeDir(), "jetstream", "$G", "streams", "CATALOG")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
			l := openAt(t, cfg)
			for i := range 20 {
				if err := l.Append(t.Context(), sealed(t, events.JobSubject("ws", fmt.Sprint(i)), events.Head{}, "c")); err != nil {
					t.Fatal(err)
				}
			}
			closeLog(t, l)
			harm(t, cfg)
			for range 2 { // it must not heal by asking twice
				if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrLost) {
					t.Fatalf("Open: %v, want ErrLost", err)
				}
			}
		})
	}
}

func TestRecord(t *testing.T) {
	dir := t.TempDir()
	if r, err := readRecord(dir); r != nil || err != nil {
		t.Errorf("no record reads as %+v, %v", r, err)
	}
	want := record{Version: recordVersion, Jobs: 1, Catalog: 2, Tokens: 1 << 60}
	if err := want.write(dir); err != nil {
		t.Fatal(err)
	}
	if r, err := readRecord(dir); err != nil || *r != want {
		t.Errorf("the record reads as %+v, %v", r, err)
	}
	for _, bad := range []string{"", "{}", `{"version":2}`, `{"version":1,"more":1}`, `{"version":1,"jobs":-1}`} {
		if err := os.WriteFile(recordPath(dir), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readRecord(dir); err == nil {
			t.Errorf("the record %q was taken", bad)
		}
	}
}

// TestRecordIsKept: the record follows the log without a clean close.
func TestRecordIsKept(t *testing.T) {
	l := openAt(t, Config{Dir: t.TempDir()})
	var wg sync.WaitGroup
	for w := range 50 {
		wg.Go(func() {
			for i := range recordEvery / 50 {
				if err := l.Append(t.Context(), sealed(t, events.JobSubject("ws", fmt.Sprint(w, "-", i)), events.Head{}, "c")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for { // it is written behind the appends
		r, err := readRecord(l.cfg.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if r.Jobs == recordEvery {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the record is %+v; stored were %d", r, recordEvery)
		}
		runtime.Gosched()
	}
}

// smallDisk mounts a file system of 64 MiB in memory, with a ballast file.
func smallDisk(t *testing.T, ballast int) (dir string, free func()) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64m"); err != nil {
		if os.Getenv("RANVIER_NO_MOUNT") == "1" {
			t.Skip("RANVIER_NO_MOUNT=1: no full-disk test") //nolint:forbidigo // asked for by hand where mounting is forbidden
		}
		t.Fatalf("mounting a tmpfs for the full-disk test: %v; it needs root, or RANVIER_NO_MOUNT=1 to do without", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "ballast")
	if err := os.WriteFile(path, make([]byte, ballast), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDisk fills the disk, with the limit that is found by default and
// with one that lies, so that writes fail. Afterwards there is room again.
func TestFullDisk(t *testing.T) {
	for name, c := range map[string]struct {
		maxStore int64
		timeout  time.Duration // of an append
		clean    bool
	}{
		"refused in time": {0, 30 * time.Second, true},
		"writes fail":     {1 << 40, 5 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir, free := smallDisk(t, 20<<20)
			l := openAt(t, Config{Dir: dir, MaxStore: c.maxStore, AppendTimeout: c.timeout})
			var mu sync.Mutex
			acked := make(map[uint64]string)
			heads := make(map[events.Subject]events.Head)
			unavailable, unknown := 0, 0
			fill := func(clients, each int) {
				var wg sync.WaitGroup
				for w := range clients {
					wg.Go(func() {
						s := events.JobSubject("ws", fmt.Sprint("job", w))
						mu.Lock()
						head := heads[s]
						mu.Unlock()
						for i := range each {
							id := fmt.Sprint(w, "-", head.N, "-", i)
							commit, err := events.Seal(events.Draft{Subject: s, Head: head, ID: id},
								&events.JobCompleted{Result: events.PayloadOf(strings.Repeat("x", 64<<10))})
							if err != nil {
								t.Error(err)
								return
							}
							err = l.Append(t.Context(), commit)
							mu.Lock()
							switch {
							case err == nil:
								head = commit.Head()
								heads[s] = head
								acked[commit.Seq] = id
							case errors.Is(err, events.ErrUnknown):
								unknown++
							case errors.Is(err, events.ErrUnavailable):
								unavailable++
							default:
								t.Errorf("Append: %v", err)
							}
							mu.Unlock()
							if err != nil {
								return
							}
						}
					})
				}
				wg.Wait()
			}
			fill(30, 1000)
			if unavailable+unknown != 30 {
				t.Errorf("%d of 30 writers were stopped", unavailable+unknown)
			}
			if c.clean && unknown > 0 {
				t.Errorf("%d outcomes are unknown, all should be refusals", unknown)
			}
			t.Logf("full after %d commits: %d refused, %d unknown", len(acked), unavailable, unknown)
			before := len(acked)
			if before == 0 {
				t.Fatal("nothing was ever stored")
			}
			free()
			await(t, l, true)
			// What became of the unknown ones is known now.
			for s := range heads {
				for c, err := range l.Load(t.Context(), s, heads[s].Seq) {
					if err != nil {
						t.Fatal(err)
					}
					heads[s] = c.Head()
				}
			}
			fill(30, 3)
			if got := len(acked) - before; got != 90 {
				t.Errorf("with room again %d of 90 appends succeeded", got)
			}
			checkLog(t, l, acked)
			closeLog(t, l)
			checkLog(t, openAt(t, Config{Dir: dir}), acked)
		})
	}
}
