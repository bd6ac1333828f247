package projections

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/job"
	"ranvier/events"
)

// someHistory fills a log so that the file has pages of every kind.
func someHistory(tb testing.TB, jobs int) *history {
	h := newHistory(tb)
	h.add(events.CatalogSubject("main"), &events.WorkspaceCreated{Name: "main"})
	for i := range jobs {
		h.now = h.now.Add(7e6)
		s := events.JobSubject("main", jobID(i))
		h.add(s, submit(events.JobSubmitted{PathwayID: fmt.Sprint("pathway-", i%3), Labels: events.PayloadOf(map[string]string{"n": fmt.Sprint(i % 7)})})...)
		if i%4 != 0 {
			h.add(s, succeed()...)
		}
		if i%20 == 0 {
			c := events.CatalogSubject("main")
			h.add(c, neuron(fmt.Sprint("n", i), fmt.Sprint("slug-", i), strings.Repeat("name ", i%50), "text", 1))
			h.add(c, &events.KeyCreated{ID: fmt.Sprint("k", i), Hash: events.HashOf([]byte{byte(i)}), Name: "key", Role: "viewer"})
		}
	}
	return h
}

// storedFile folds the whole log and gives the part of the file that is in use.
func storedFile(tb testing.TB, log events.Log) []byte {
	path := testPath(tb)
	r := start(tb, path, log)
	r.catchUp()
	r.end()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	in := &inspection{file: bytes.NewReader(b)}
	if err := in.open(int64(len(b))); err != nil {
		tb.Fatal(err)
	}
	return b[:int(in.meta.pages)*in.size]
}

// after opens the file and gives what it exports in the end, and whether it
// was put aside.
func after(t *testing.T, path string, log events.Log) (export string, rebuilt bool) {
	t.Helper()
	before := asides(t, path)
	r := start(t, path, log)
	defer r.end()
	r.catchUp()
	rebuilt = !slices.Equal(asides(t, path), before)
	return r.export(), rebuilt
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func clearAsides(t *testing.T, path string) {
	t.Helper()
	for _, a := range asides(t, path) {
		if err := os.Remove(a); err != nil {
			t.Fatal(err)
		}
	}
}

// A flipped bit anywhere is found, or does not matter.
func TestBitFlips(t *testing.T) {
	const flips = 400
	h := someHistory(t, 150)
	want, file := straight(t, h.log), storedFile(t, h.log)
	path := testPath(t)
	rebuilds := 0
	for i := range flips {
		at := len(file)*8/flips*i + i*37%(len(file)*8/flips)
		b := bytes.Clone(file)
		b[at/8] ^= 1 << (at % 8)
		writeFile(t, path, b)
		got, rebuilt := after(t, path, h.log)
		if got != want {
			t.Fatalf("bit %d of %d: %s", at, len(file)*8, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		}
		if rebuilt {
			rebuilds++
			clearAsides(t, path)
		}
	}
	if rebuilds < flips/4 {
		t.Errorf("only %d of %d were found: are the others outside of what is used?", rebuilds, flips)
	}
	t.Logf("%d flips in %d bytes: %d rebuilt, %d did not matter, 0 wrong", flips, len(file), rebuilds, flips-rebuilds)
}

// The same for what bbolt trusts most, the heads of pages: what the inspection
// lets pass is also safe for bbolt, and does not matter.
func TestBitFlipsInPageHeads(t *testing.T) {
	h := someHistory(t, 150)
	want, file := straight(t, h.log), storedFile(t, h.log)
	examine := func() (*inspection, error) {
		in := &inspection{file: bytes.NewReader(file)}
		if err := in.open(int64(len(file))); err != nil {
			return nil, err
		}
		return in, in.run()
	}
	in, err := examine()
	if err != nil {
		t.Fatal(err)
	}
	path := testPath(t)
	flips, passed := 0, 0
	for page := 2; page < int(in.meta.pages) && flips < 5_000; page++ {
		if in.seen[page/64]&(1<<(page%64)) == 0 {
			continue
		}
		for bit := range 8 * (pageHeader + 2*elementSize) {
			at := page*in.size*8 + bit
			file[at/8] ^= 1 << (at % 8)
			flips++
			if _, err := examine(); err == nil {
				passed++
				writeFile(t, path, file)
				if got, _ := after(t, path, h.log); got != want {
					t.Errorf("bit %d of page %d: %s", bit, page, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
				}
			} else if !errors.Is(err, errDamaged) {
				t.Errorf("bit %d of page %d: %v", bit, page, err)
			}
			file[at/8] ^= 1 << (at % 8)
		}
	}
	t.Logf("%d flips, %d found, %d did not matter", flips, flips-passed, passed)
}

func TestTruncation(t *testing.T) {
	h := someHistory(t, 60)
	want, file := straight(t, h.log), storedFile(t, h.log)
	lengths := []int{0, 1, 15, 16, 80, 1023, 4095, 4096, 4097, 8191, 8192, 12288, len(file) - 1}
	for n := 3; n < len(file)/4096; n++ {
		lengths = append(lengths, n*4096+n%2*100)
	}
	path := testPath(t)
	for _, n := range lengths {
		writeFile(t, path, file[:n])
		got, rebuilt := after(t, path, h.log)
		if got != want {
			t.Fatalf("%d of %d bytes: %s", n, len(file), cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		}
		if n > 0 && !rebuilt {
			t.Errorf("%d of %d bytes were taken for the whole", n, len(file))
		}
		clearAsides(t, path)
	}
	t.Logf("%d lengths, 0 wrong", len(lengths))
}

func TestForeignFiles(t *testing.T) {
	h := someHistory(t, 20)
	want := straight(t, h.log)
	path := testPath(t)
	for i, content := range []string{"x", strings.Repeat("not a database\n", 5000), strings.Repeat("\x00", 1<<16), strings.Repeat("\xff", 1<<16)} {
		writeFile(t, path, []byte(content))
		got, rebuilt := after(t, path, h.log)
		if got != want || !rebuilt {
			t.Errorf("content %d: rebuilt %v", i, rebuilt)
		}
	}
	if n := len(asides(t, path)); n != keptAside {
		t.Errorf("%d damaged files are kept, not %d", n, keptAside)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got, _ := after(t, path, h.log); got != want {
		t.Error("after it was deleted")
	}
}

// A kill between two batches loses nothing and folds nothing twice.
func TestKilledBetweenBatches(t *testing.T) {
	full := someHistory(t, 30)
	want := straight(t, full.log)
	path := testPath(t)
	copied := filepath.Join(t.TempDir(), "copy.db")
	log := events.NewMemLog()
	r := start(t, path, log)
	kills := 0
	for _, stream := range streams {
		for batch, err := range full.log.Tail(t.Context(), stream, 0) {
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range batch {
				d, err := events.Decode(c.Subject, c.Seq, c.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				if head := full.before(c); head.Seq != 0 {
					d.After = head.Seq
				}
				if err := log.Append(t.Context(), d); err != nil {
					t.Fatal(err)
				}
				if i%3 == 0 {
					continue // so that batches of several occur
				}
				r.catchUp()
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, copied, b)
				got, rebuilt := after(t, copied, full.log)
				if got != want || rebuilt {
					t.Fatalf("killed after %d of %s: rebuilt %v, %s", c.Seq, stream, rebuilt,
						cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
				}
				kills++
			}
			break
		}
	}
	t.Logf("%d kills, 0 wrong", kills)
}

// before is the head that a commit of the history was decided on.
func (h *history) before(c *events.Commit) events.Head {
	var head events.Head
	for d, err := range h.log.Load(context.Background(), c.Subject, 0) {
		if err != nil {
			h.tb.Fatal(err)
		}
		if d.Seq >= c.Seq {
			break
		}
		head = d.Head()
	}
	return head
}

// A copy that was taken while a batch was written, as a careless backup does,
// is used or put aside, never believed wrongly.
func TestCopiedWhileWritten(t *testing.T) {
	h := newHistory(t)
	path := testPath(t)
	r := start(t, path, h.log)
	copied := filepath.Join(t.TempDir(), "copy.db")
	rebuilds := 0
	for i := range 10 {
		for n := range 20 {
			s := events.JobSubject("main", jobID(i*20+n))
			h.add(s, submit(events.JobSubmitted{PathwayID: "p"})...)
			if n%2 == 0 {
				h.add(s, succeed()...)
			}
		}
		b, err := os.ReadFile(path) // while it folds
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, copied, b)
		got, rebuilt := after(t, copied, h.log)
		if rebuilt {
			rebuilds++
		}
		if want := straight(t, h.log); got != want {
			t.Fatalf("copy %d: %s", i, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		}
	}
	r.catchUp()
	t.Logf("%d of 10 copies were put aside", rebuilds)
}

// versioned is a view of another version.
type versioned struct {
	view
	v int
}

func (v versioned) version() int { return v.v }

func TestNewVersionRebuilds(t *testing.T) {
	h := someHistory(t, 20)
	path := testPath(t)
	want, _ := after(t, path, h.log)
	if _, rebuilt := after(t, path, h.log); rebuilt {
		t.Fatal("the same version was folded again")
	}
	s, err := open(Config{Path: path}, h.log, []view{versioned{newJobsView(), newJobsView().version() + 1}, newDefinitionsView()})
	if err != nil {
		t.Fatal(err)
	}
	if s.Folded(events.Jobs) != 0 || len(asides(t, path)) != 1 {
		t.Error("another version of a view was taken as it was")
	}
	r := run(t, s)
	r.catchUp()
	if got := r.export(); got != want {
		t.Error("it was folded to something else")
	}
	r.end()
	if got, rebuilt := after(t, path, h.log); !rebuilt || got != want {
		t.Error("the version before it was not folded again")
	}
}

// A log that lost its end, and perhaps went on differently, is followed.
func TestCheckpointIsNotTheLogs(t *testing.T) {
	path := testPath(t)
	h := newHistory(t)
	s := events.JobSubject("main", jobID(1))
	h.add(s, submit(events.JobSubmitted{PathwayID: "one"})...)
	h.add(s, succeed()...)
	after(t, path, h.log)

	short := newHistory(t)
	short.add(s, submit(events.JobSubmitted{PathwayID: "one"})...)
	got, rebuilt := after(t, path, short.log)
	if want := straight(t, short.log); got != want || !rebuilt {
		t.Errorf("a shorter log: rebuilt %v", rebuilt)
	}

	other := newHistory(t)
	other.n = 100 // other commit ids
	other.add(s, submit(events.JobSubmitted{PathwayID: "two"})...)
	got, rebuilt = after(t, path, other.log)
	if want := straight(t, other.log); got != want || !rebuilt {
		t.Errorf("another log: rebuilt %v", rebuilt)
	}
}

// Damage that appears while the file is in use is found and repaired, and no
// reader sees a status fall back.
func TestDamagedWhileInUse(t *testing.T) {
	garbage := bytes.Repeat([]byte{0xa5}, 4096)
	for _, test := range []struct {
		name   string
		damage func(f *os.File) error
	}{
		{"truncated", func(f *os.File) error { return f.Truncate(4096) }},
		{"emptied", func(f *os.File) error { return f.Truncate(0) }},
		{"overwritten", func(f *os.File) error {
			info, err := f.Stat()
			for at := int64(8192); err == nil && at < info.Size(); at += 4096 {
				_, err = f.WriteAt(garbage, at)
			}
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := someHistory(t, 120)
			path := testPath(t)
			r := start(t, path, h.log)
			r.catchUp()

			ctx, cancel := context.WithCancel(t.Context())
			var readers sync.WaitGroup
			for n := range 4 {
				readers.Go(func() {
					seen := map[string]uint64{}
					for i := n; ctx.Err() == nil; i = (i + 1) % 120 {
						j, err := r.Job(ctx, "main", jobID(i))
						switch {
						case ctx.Err() != nil:
						case err != nil:
							t.Errorf("job %d: %v", i, err)
						case j.Cursor.Job < seen[j.ID], j.Status != job.Completed && i%4 != 0:
							t.Errorf("job %d fell back to %s", i, j.Status)
						default:
							seen[j.ID] = j.Cursor.Job
						}
						if _, total, err := r.Jobs(ctx, "main", JobFilter{PathwayID: "pathway-1", Limit: 3}); ctx.Err() == nil && (err != nil || total != 40) {
							t.Errorf("list: %d, %v", total, err)
						}
					}
				})
			}
			for round := 1; round <= 3; round++ {
				f, err := os.OpenFile(path, os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				if err := test.damage(f); err != nil {
					t.Fatal(err)
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				h.add(events.CatalogSubject("main"), &events.KeyRevoked{ID: fmt.Sprint("none-", round)})
				for {
					changed := r.snapshot().changed
					if len(asides(t, path)) >= round {
						break
					}
					<-changed
				}
				r.catchUp()
			}
			cancel()
			readers.Wait()
			got := r.export()
			if want := straight(t, h.log); got != want {
				t.Error(cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
			}
		})
	}
}

// poisoned is a view that cannot take one commit.
type poisoned struct {
	view
	seq uint64
}

func (v poisoned) fold(w *writer, c *events.Commit) error {
	if c.Seq == v.seq {
		panic("poison")
	}
	return v.view.fold(w, c)
}

// A fault that comes back with every rebuild is not the file's, and ends Run.
func TestRebuildingEnds(t *testing.T) {
	h := someHistory(t, 20)
	path := testPath(t)
	s, err := open(Config{Path: path}, h.log, []view{poisoned{newJobsView(), 30}, newDefinitionsView()})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, s.Run(t.Context()), errDamaged)
	if n := len(asides(t, path)); n != keptAside {
		t.Errorf("%d files were put aside", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A file that was deleted under a running store is no obstacle to a new one.
func TestDeletedWhileInUse(t *testing.T) {
	h := someHistory(t, 20)
	path := testPath(t)
	r := start(t, path, h.log)
	r.catchUp()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	want := r.export()
	r.doubt(r.snapshot().db, damagef("says the test"))
	if got := r.export(); got != want {
		t.Error("the new file holds something else")
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// A read that meets a rebuild which does not go on gives up after its patience.
func TestReadsWaitForARebuild(t *testing.T) {
	h := someHistory(t, 10)
	s, err := Open(Config{Path: testPath(t), Patience: 1}, h.log)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Job(t.Context(), "main", jobID(1)) // nothing folds yet
	wantError(t, err, ErrRebuilding)
	s.cfg.Patience = 1 << 60
	read := make(chan error, 1)
	go func() {
		_, err := s.Job(context.Background(), "main", jobID(1))
		read <- err
	}()
	r := run(t, s)
	if err := <-read; err != nil {
		t.Error(err)
	}
	r.end()
}

// A file that cannot be written is opened again until it can.
func TestFileThatCannotBeWritten(t *testing.T) {
	h := someHistory(t, 10)
	path := testPath(t)
	r := start(t, path, h.log)
	r.catchUp()
	if err := r.snapshot().db.Close(); err != nil { // as far as a batch can tell
		t.Fatal(err)
	}
	h.add(events.JobSubject("main", jobID(99)), submit(events.JobSubmitted{})...)
	r.catchUp()
	got := r.export()
	if want := straight(t, h.log); got != want || len(asides(t, path)) != 0 {
		t.Error("it did not go on where it was")
	}
}

// bbolt's Begin leaves no lock behind when the file was cut below it.
func TestBeginOnACutFile(t *testing.T) {
	path := testPath(t)
	s, err := Open(Config{Path: path}, events.NewMemLog())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	for _, writable := range []bool{false, true, true, false} {
		wantError(t, guard(func() error {
			_, err := begin(s.db, writable)
			return err
		}), errDamaged)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// However the trees grow and shrink, what bbolt writes passes the inspection.
func TestSoundFilesAreKept(t *testing.T) {
	h := newHistory(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	path := testPath(t)
	var open []events.Subject
	for round := range 8 {
		r := start(t, path, h.log)
		for range 250 {
			h.now = h.now.Add(time.Duration(rnd.IntN(40)-15) * time.Millisecond)
			if n := len(open); n > 0 && rnd.IntN(8) < round {
				i := rnd.IntN(n)
				h.add(open[i], succeed()...)
				open[i] = open[n-1]
				open = open[:n-1]
				continue
			}
			s := events.JobSubject("main", fmt.Sprintf("%016x", rnd.Uint64()))
			h.add(s, submit(events.JobSubmitted{
				PathwayID: fmt.Sprint(rnd.IntN(5)), TraceID: fmt.Sprint(rnd.Uint64()), Labels: events.PayloadOf(map[string]string{"a": strings.Repeat("x", rnd.IntN(6000))}),
			})...)
			open = append(open, s)
		}
		r.catchUp()
		r.end()
		if list := asides(t, path); len(list) > 0 {
			t.Fatalf("round %d: put aside: %v", round, list)
		}
	}
	got, rebuilt := after(t, path, h.log)
	if want := straight(t, h.log); got != want || rebuilt {
		t.Error("it is not what one fold gives")
	}
}
