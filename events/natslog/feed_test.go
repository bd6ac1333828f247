package natslog

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"ranvier/events"
)

// TestFeed holds a feed to a plain list of all that was ever stored.
func TestFeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFeed[uint64]()
		var all []uint64 // stored sequences; the item is its own sequence
		last := uint64(0)
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0: // a restart, which may have found more
				for range rapid.IntRange(0, 3).Draw(t, "found") {
					last++
					all = append(all, last)
				}
				f.reset(last)
			case 1: // sequences that were skipped
				last += rapid.Uint64Range(0, 5).Draw(t, "skipped")
			default:
				_, _, moved, _ := f.since(last, 1)
				var items []entry[uint64]
				size := rapid.SampledFrom([]int{1, feedBytes / 10}).Draw(t, "size")
				for range rapid.IntRange(1, feedItems/3).Draw(t, "items") {
					last++
					all = append(all, last)
					items = append(items, entry[uint64]{last, last, size})
				}
				f.push(items)
				select {
				case <-moved:
				default:
					t.Fatal("nobody was woken")
				}
			}
			if len(f.items) > feedItems || f.size > feedBytes {
				t.Fatalf("it holds %d items of %d bytes", len(f.items), f.size)
			}
			after := rapid.Uint64Range(0, last+2).Draw(t, "after")
			limit := rapid.IntRange(1, 100).Draw(t, "limit")
			got, through, _, ok := f.since(after, limit)
			from, _ := slices.BinarySearch(all, after+1)
			want := all[from:]
			if !ok {
				if len(got) > 0 || through != f.end() {
					t.Fatalf("what is not there goes to %d with %d items", through, len(got))
				}
				continue
			}
			want = want[:min(len(want), limit)]
			if !slices.Equal(got, want) {
				t.Fatalf("after %d it gives %v, not %v", after, got, want)
			}
			if len(got) > 0 && through != got[len(got)-1] || len(got) == 0 && through != after {
				t.Fatalf("after %d with %v it reaches to %d", after, got, through)
			}
		}
	})
}

// TestGap: a tail gives what lies before a hole, then ErrGap, wherever the
// hole is.
func TestGap(t *testing.T) {
	l := openAt(t, Config{Dir: t.TempDir()})
	at := l.current()
	for _, hole := range []uint64{1, 3, 6} {
		name := fmt.Sprint("HOLE", hole)
		stream, err := at.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name + ".*.*"}})
		if err != nil {
			t.Fatal(err)
		}
		const n = 6
		for i := range n {
			if _, err := at.js.Publish(t.Context(), name+".ws.job", fmt.Append(nil, i+1)); err != nil {
				t.Fatal(err)
			}
		}
		if err := stream.DeleteMsg(t.Context(), hole); err != nil {
			t.Fatal(err)
		}
		src := &source[uint64]{stream: name, feed: newFeed[uint64](), decode: func(_ string, seq uint64, _ []byte) (uint64, error) { return seq, nil }, whole: true}
		src.feed.reset(n)
		seen := uint64(0)
		var got error
		for batch, err := range src.tail(t.Context(), l, 0) {
			if err != nil {
				got = err
				break
			}
			for _, seq := range batch {
				if seen++; seq != seen {
					t.Errorf("hole at %d: the tail gave %d after %d", hole, seq, seen-1)
				}
			}
		}
		if !errors.Is(got, events.ErrGap) || seen != hole-1 {
			t.Errorf("hole at %d: %v after %d commits, want ErrGap after %d", hole, got, seen, hole-1)
		}
	}
}

// TestTokenAge: the age of chunks is a setting, not a fact of the store.
func TestTokenAge(t *testing.T) {
	dir := t.TempDir()
	for _, age := range []time.Duration{time.Hour, 48 * time.Hour} {
		l := openAt(t, Config{Dir: dir, TokenAge: age})
		stream, err := l.current().js.Stream(t.Context(), tokensStream)
		if err != nil {
			t.Fatal(err)
		}
		if got := stream.CachedInfo().Config; got.MaxAge != age || got.PersistMode != jetstream.AsyncPersistMode {
			t.Errorf("the stream keeps chunks for %v in mode %v", got.MaxAge, got.PersistMode)
		}
		if err := l.AppendChunk(t.Context(), &events.Chunk{Subject: events.JobSubject("ws", "job"), Text: age.String()}); err != nil {
			t.Fatal(err)
		}
		closeLog(t, l)
	}
	l := openAt(t, Config{Dir: dir})
	n := 0
	for _, err := range l.LoadChunks(t.Context(), events.JobSubject("ws", "job"), 0) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d chunks are kept, not 2", n)
	}
}
