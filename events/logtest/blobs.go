package logtest

// Data that is stored apart: it comes back as it was, or not at all.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
)

// blob makes JSON text of n bytes; another seed makes another one.
func blob(n int, seed byte) events.Payload {
	b := make([]byte, n)
	x := uint32(seed) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = 'a' + byte(x>>24)%26
	}
	b[0], b[n-1] = '"', '"'
	return events.Payload{Sum: events.HashOf(b), Raw: jsontext.Value(b)}
}

func (f *fixture) putBlob(t testing.TB, s events.Subject, p events.Payload) {
	t.Helper()
	if err := f.log.PutBlob(f.ctx, s, p); err != nil {
		t.Fatalf("PutBlob of %d bytes: %v", len(p.Raw), err)
	}
}

func (f *fixture) hasBlob(t testing.TB, s events.Subject, want events.Payload) {
	t.Helper()
	r, err := f.log.OpenBlob(f.ctx, s, want.Sum)
	if err != nil {
		t.Errorf("OpenBlob of %d bytes: %v", len(want.Raw), err)
		return
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want.Raw) || r.Size() != int64(len(want.Raw)) {
		t.Errorf("a blob of %d bytes reads as %d of %d bytes, %v", len(want.Raw), len(got), r.Size(), err)
	}
	for _, off := range []int64{0, 1, r.Size() / 2, r.Size() - 1} {
		b := make([]byte, min(70_000, r.Size()-off))
		if n, err := r.ReadAt(b, off); n != len(b) || err != nil && !errors.Is(err, io.EOF) {
			t.Errorf("%d bytes at %d: %d, %v", len(b), off, n, err)
		} else if !bytes.Equal(b, want.Raw[off:off+int64(n)]) {
			t.Errorf("%d bytes at %d are others", len(b), off)
		}
	}
}

func (f *fixture) lacksBlob(t testing.TB, s events.Subject, sum events.Hash) {
	t.Helper()
	if _, err := f.log.OpenBlob(f.ctx, s, sum); !errors.Is(err, events.ErrBlob) {
		t.Errorf("OpenBlob of what is not there: %v, want ErrBlob", err)
	}
}

func testBlobs(t *testing.T, f *fixture) {
	job, other := events.JobSubject("ws", "job"), events.JobSubject("ws", "other")
	sizes := []int{2, 4096, 512<<10 - 1, 512 << 10, 512<<10 + 1, 3<<20 + 17, 12 << 20}
	var all []events.Payload
	for i, n := range sizes {
		p := blob(n, byte(i))
		f.putBlob(t, job, p)
		f.putBlob(t, job, p) // it is there
		f.hasBlob(t, job, p)
		all = append(all, p)
	}
	f.lacksBlob(t, other, all[1].Sum)
	f.lacksBlob(t, job, events.HashOf([]byte("never")))
	f.log = f.reopen()
	for _, p := range all {
		f.hasBlob(t, job, p)
	}
	if got := f.log.Last(events.Jobs); got != 0 {
		t.Errorf("blobs moved the stream of jobs to %d", got)
	}
	ended, cancel := context.WithCancel(f.ctx)
	cancel()
	if err := f.log.PutBlob(ended, job, blob(100, 99)); !errors.Is(err, events.ErrUnavailable) {
		t.Errorf("PutBlob of who has gone: %v, want ErrUnavailable", err)
	}
	if _, err := f.log.OpenBlob(ended, job, all[0].Sum); !errors.Is(err, events.ErrUnavailable) {
		t.Errorf("OpenBlob of who has gone: %v, want ErrUnavailable", err)
	}
}

// testBlobRace: one blob is put by many at once, between commits.
func testBlobRace(t *testing.T, f *fixture) {
	p := blob(2<<20, 7)
	var putting sync.WaitGroup
	for i := range 4 {
		putting.Go(func() {
			s := events.JobSubject("ws", fmt.Sprint("j", i%2))
			if err := f.log.PutBlob(f.ctx, s, p); err != nil {
				t.Errorf("PutBlob: %v", err)
			}
		})
	}
	f.fill(t, 30)
	putting.Wait()
	for i := range 2 {
		f.hasBlob(t, events.JobSubject("ws", fmt.Sprint("j", i)), p)
	}
}

// testEraseBlobs: the blobs go with their job, and no other's.
func testEraseBlobs(t *testing.T, f *fixture) {
	gone, stays := events.JobSubject("ws", "gone"), events.JobSubject("ws", "stays")
	p := blob(1<<20+5, 1)
	named, unnamed := blob(40_000, 2), blob(40_000, 3)
	for _, s := range []events.Subject{gone, stays, events.JobSubject("other", "gone")} {
		f.putBlob(t, s, p)
	}
	f.putBlob(t, gone, named)
	f.putBlob(t, gone, unnamed) // no commit names it: a crash came between
	c, err := events.Seal(events.Draft{Subject: gone, ID: "c", At: start}, &events.JobCompleted{Result: named.Detached()})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.log.Append(f.ctx, c); err != nil {
		t.Fatal(err)
	}
	for _, c := range f.load(t, gone, 0) {
		if r := c.Events[0].Fact.(*events.JobCompleted).Result; r.Erased() || r.Raw != nil || r.Apart == nil || r.Apart.Size != 40_000 || c.Erased() {
			t.Errorf("what is apart reads as %+v", r)
		}
	}
	f.delete(t, gone, c.Head())
	for range 2 {
		f.erase(t, gone)
		for range 2 {
			for _, q := range []events.Payload{p, named, unnamed} {
				f.lacksBlob(t, gone, q.Sum)
			}
			f.hasBlob(t, stays, p)
			f.hasBlob(t, events.JobSubject("other", "gone"), p)
			f.log = f.reopen()
		}
	}
	for _, c := range f.load(t, gone, 0) {
		if f, ok := c.Events[0].Fact.(*events.JobCompleted); ok && !f.Result.Erased() {
			t.Errorf("an erased commit still shows %+v", f.Result)
		}
	}
}
