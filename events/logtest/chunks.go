package logtest

// Chunks: stored and followed beside the commits.

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

func chunk(s events.Subject, i int) *events.Chunk {
	return &events.Chunk{
		Subject: s, After: uint64(i / 10), At: start.Add(time.Duration(i) * time.Millisecond),
		Node: "n", Visit: 1, Attempt: 2, Text: fmt.Sprintf("word %d \"é\" <\n>", i),
	}
}

func (f *fixture) chunks(t testing.TB, s events.Subject, after uint64) []events.Chunk {
	t.Helper()
	var all []events.Chunk
	for c, err := range f.log.LoadChunks(f.ctx, s, after) {
		if err != nil {
			t.Fatalf("LoadChunks %s: %v", s, err)
		}
		all = append(all, *c)
	}
	return all
}

// tailChunks reads until the chunk with sequence through.
func (f *fixture) tailChunks(t testing.TB, after, through uint64) []events.Chunk {
	t.Helper()
	var all []events.Chunk
	for batch, err := range f.log.TailChunks(f.ctx, after) {
		if err != nil {
			t.Fatalf("TailChunks after %d: %v", after, err)
		}
		for _, c := range batch {
			all = append(all, *c)
		}
		if all[len(all)-1].Seq >= through {
			return all
		}
	}
	t.Fatalf("TailChunks ended before %d: %v", through, f.ctx.Err())
	return nil
}

func (f *fixture) fillChunks(t testing.TB, from, n int) []events.Chunk {
	t.Helper()
	all := make([]events.Chunk, n)
	last := f.log.LastChunk()
	for i := range all {
		c := chunk(events.JobSubject("ws", fmt.Sprint("j", i%2)), from+i)
		if err := f.log.AppendChunk(f.ctx, c); err != nil {
			t.Fatalf("AppendChunk: %v", err)
		}
		if c.Seq <= last {
			t.Fatalf("chunk %d has sequence %d after %d", i, c.Seq, last)
		}
		if last = c.Seq; f.log.LastChunk() < last {
			t.Fatalf("LastChunk is %d after chunk %d", f.log.LastChunk(), last)
		}
		all[i] = *c
	}
	return all
}

func testChunks(t *testing.T, f *fixture) {
	if got := f.log.LastChunk(); got != 0 {
		t.Errorf("an empty log has chunk %d", got)
	}
	live := make(chan []events.Chunk, 1)
	go func() { // from before the first one
		var all []events.Chunk
		defer func() { live <- all }()
		for batch, err := range f.log.TailChunks(f.ctx, 0) {
			if err != nil {
				t.Errorf("TailChunks: %v", err)
				return
			}
			for _, c := range batch {
				all = append(all, *c)
			}
			if len(all) >= 30 {
				return
			}
		}
	}()
	all := f.fillChunks(t, 0, 30)
	for after := 0; after <= len(all); after++ {
		var from uint64
		if after > 0 {
			from = all[after-1].Seq
		}
		var want []events.Chunk
		for _, c := range all[after:] {
			if c.Subject.ID == "j1" {
				want = append(want, c)
			}
		}
		if d := cmp.Diff(want, f.chunks(t, events.JobSubject("ws", "j1"), from)); d != "" {
			t.Errorf("LoadChunks after %d (-want +got):\n%s", from, d)
		}
		if after < len(all) {
			if d := cmp.Diff(all[after:], f.tailChunks(t, from, all[len(all)-1].Seq)); d != "" {
				t.Errorf("TailChunks after %d (-want +got):\n%s", from, d)
			}
		}
	}
	if d := cmp.Diff(all, <-live); d != "" {
		t.Errorf("a live tail of chunks (-want +got):\n%s", d)
	}
	if got := f.log.Last(events.Jobs); got != 0 {
		t.Errorf("chunks moved the stream of commits to %d", got)
	}
	var wg sync.WaitGroup
	seqs := make([]uint64, 50)
	for i := range seqs {
		wg.Go(func() {
			c := chunk(events.JobSubject("ws", "same"), i)
			if err := f.log.AppendChunk(f.ctx, c); err != nil {
				t.Errorf("AppendChunk: %v", err)
			}
			seqs[i] = c.Seq
		})
	}
	wg.Wait()
	slices.Sort(seqs)
	if got := len(slices.Compact(seqs)); got != len(seqs) {
		t.Errorf("%d chunks have %d sequences", len(seqs), got)
	}
}

func testChunksReopen(t *testing.T, f *fixture) {
	var all []events.Chunk
	for round := range 3 {
		last := f.log.LastChunk()
		all = append(all, f.fillChunks(t, round*10, 10)...)
		f.log = f.reopen()
		if got := f.log.LastChunk(); got < last+10 {
			t.Fatalf("opened again LastChunk fell to %d", got)
		}
		if d := cmp.Diff(all, f.tailChunks(t, 0, all[len(all)-1].Seq)); d != "" {
			t.Errorf("chunks after a clean close (-want +got):\n%s", d)
		}
	}
}
