// Package logtest is the suite that every events.Log passes.
package logtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

// patience bounds every wait of the suite, so that a Log that hangs fails.
const patience = 60 * time.Second

// Run runs the suite. open gives an empty log and a function that closes it
// and opens it again; it registers its own cleanup with t. The log takes
// commits of up to events.MaxCommit bytes.
func Run(t *testing.T, open func(t *testing.T) (log events.Log, reopen func() events.Log)) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *fixture)
	}{
		{"AppendLoad", testAppendLoad},
		{"LoadAfter", testLoadAfter},
		{"Conflict", testConflict},
		{"TooLarge", testTooLarge},
		{"IDs", testIDs},
		{"Cancelled", testCancelled},
		{"Streams", testStreams},
		{"TailEveryStart", testTailEveryStart},
		{"TailLive", testTailLive},
		{"TailStops", testTailStops},
		{"ManySubjects", testManySubjects},
		{"Race", testRace},
		{"MixedBatch", testMixedBatch},
		{"Last", testLast},
		{"Reopen", testReopen},
		{"Chunks", testChunks},
		{"ChunksReopen", testChunksReopen},
		{"Health", testHealth},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			t.Cleanup(cancel)
			f := &fixture{ctx: ctx}
			f.log, f.reopen = open(t)
			c.test(t, f)
		})
	}
}

type fixture struct {
	ctx    context.Context
	log    events.Log
	reopen func() events.Log
}

var start = events.At(time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC))

// seal makes a commit of two facts with user data.
func seal(t testing.TB, s events.Subject, h events.Head, id string) *events.Commit {
	t.Helper()
	facts := []events.Fact{
		&events.NodeStarted{Attempt: 1, Kind: "neuron", Node: "a", Runner: "r", Visit: 1},
		&events.NodeSucceeded{Attempt: 1, Node: "a", Output: events.PayloadOf(map[string]any{"id": id, "héllo": []int{1, 2}}), Visit: 1},
	}
	if s.Stream == events.Catalog {
		facts = []events.Fact{&events.NeuronStored{Definition: events.PayloadOf(id), ID: id, Slug: id, Version: 1}}
	}
	c, err := events.Seal(events.Draft{
		Subject: s, Head: h, ID: id, Token: 7, At: start, Actor: events.Actor{ID: "k", Kind: "key"},
	}, facts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (f *fixture) append(t testing.TB, s events.Subject, h events.Head, id string) *events.Commit {
	t.Helper()
	c := seal(t, s, h, id)
	if err := f.log.Append(f.ctx, c); err != nil {
		t.Fatalf("Append %s: %v", id, err)
	}
	return c
}

func (f *fixture) load(t testing.TB, s events.Subject, after uint64) []*events.Commit {
	t.Helper()
	var all []*events.Commit
	for c, err := range f.log.Load(f.ctx, s, after) {
		if err != nil {
			t.Fatalf("Load %s after %d: %v", s, after, err)
		}
		all = append(all, c)
	}
	return all
}

// tail reads until the commit with sequence through.
func (f *fixture) tail(t testing.TB, stream events.Stream, after, through uint64) []*events.Commit {
	t.Helper()
	var all []*events.Commit
	if after >= through {
		return nil
	}
	for batch, err := range f.log.Tail(f.ctx, stream, after) {
		if err != nil {
			t.Fatalf("Tail %s after %d: %v", stream, after, err)
		}
		if len(batch) == 0 {
			t.Fatalf("Tail %s gave an empty batch", stream)
		}
		all = append(all, batch...)
		if batch[len(batch)-1].Seq >= through {
			return all
		}
	}
	t.Fatalf("Tail %s after %d ended before %d: %v", stream, after, through, f.ctx.Err())
	return nil
}

// view is a commit as text, for comparing.
type view struct {
	Seq             uint64
	Subject, ID     string
	Token           uint64
	First, Last     uint64
	Types, Payloads string
	Bytes           string
}

func views(all []*events.Commit) []view {
	out := make([]view, len(all))
	for i, c := range all {
		v := view{Seq: c.Seq, Subject: c.Subject.String(), ID: c.ID, Token: c.Token,
			First: c.Events[0].N, Last: c.Events[len(c.Events)-1].N, Bytes: string(c.Bytes())}
		for _, e := range c.Events {
			v.Types += e.Fact.Type() + " "
			if s, ok := e.Fact.(*events.NodeSucceeded); ok {
				v.Payloads += string(s.Output.Raw)
			}
		}
		out[i] = v
	}
	return out
}

func same(t testing.TB, what string, got, want []*events.Commit) {
	t.Helper()
	if d := cmp.Diff(views(want), views(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func contiguous(t testing.TB, all []*events.Commit, after uint64) {
	t.Helper()
	for i, c := range all {
		if want := after + 1 + uint64(i); c.Seq != want {
			t.Fatalf("commit %d of a tail has sequence %d, not %d", i, c.Seq, want)
		}
	}
}

// verify checks the chain of one subject from its beginning.
func verify(t testing.TB, all []*events.Commit) events.Head {
	t.Helper()
	var head events.Head
	for _, c := range all {
		next, err := events.Verify(head, c)
		if err != nil {
			t.Fatal(err)
		}
		head = next
	}
	return head
}

func testAppendLoad(t *testing.T, f *fixture) {
	s := events.JobSubject("ws", "job-1")
	if got := f.load(t, s, 0); len(got) != 0 {
		t.Fatalf("a subject that never was has %d commits", len(got))
	}
	var head events.Head
	var want []*events.Commit
	for i := range 5 {
		c := f.append(t, s, head, fmt.Sprint("c", i))
		if c.Seq == 0 {
			t.Fatal("Append did not set the sequence")
		}
		head = c.Head()
		want = append(want, c)
	}
	got := f.load(t, s, 0)
	same(t, "Load", got, want)
	if h := verify(t, got); h != head {
		t.Errorf("the loaded history ends at %+v, the written one at %+v", h, head)
	}
}

func testLoadAfter(t *testing.T, f *fixture) {
	a, b := events.JobSubject("ws", "a"), events.JobSubject("ws", "b")
	var ha, hb events.Head
	var all []*events.Commit
	for i := range 6 {
		ca := f.append(t, a, ha, fmt.Sprint("a", i))
		cb := f.append(t, b, hb, fmt.Sprint("b", i))
		ha, hb = ca.Head(), cb.Head()
		all = append(all, ca)
	}
	for after := uint64(0); after <= hb.Seq+1; after++ {
		var want []*events.Commit
		for _, c := range all {
			if c.Seq > after {
				want = append(want, c)
			}
		}
		same(t, fmt.Sprint("Load after ", after), f.load(t, a, after), want)
	}
	for range f.log.Load(f.ctx, a, 0) {
		break // a reader may stop at any commit
	}
}

func testConflict(t *testing.T, f *fixture) {
	s := events.JobSubject("ws", "job")
	first := f.append(t, s, events.Head{}, "first")
	other := f.append(t, events.JobSubject("ws", "other"), events.Head{}, "other")
	stale := first.Head()
	second := f.append(t, s, first.Head(), "second")
	behind := seal(t, s, events.Head{}, "behind")
	ahead := second.Head()
	ahead.Seq = other.Seq + 100
	for _, c := range []*events.Commit{
		behind, seal(t, s, stale, "stale"), seal(t, s, ahead, "ahead"),
		seal(t, events.JobSubject("ws", "new"), stale, "a history that is not there"),
	} {
		if err := f.log.Append(f.ctx, c); !errors.Is(err, events.ErrConflict) {
			t.Errorf("Append %q: %v, want ErrConflict", c.ID, err)
		}
	}
	same(t, "after the conflicts", f.load(t, s, 0), []*events.Commit{first, second})
	if got := f.log.Last(events.Jobs); got != second.Seq {
		t.Errorf("the stream ends at %d, not %d: a refused commit took a sequence", got, second.Seq)
	}
	f.append(t, s, second.Head(), "third") // it still goes on
}

func testTooLarge(t *testing.T, f *fixture) {
	s := events.JobSubject("ws", "job")
	large := func(size int) *events.Commit {
		c, err := events.Seal(events.Draft{Subject: s, ID: "large", At: start},
			&events.JobCompleted{Result: events.PayloadOf(strings.Repeat("x", size))})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if err := f.log.Append(f.ctx, large(events.MaxCommit)); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("Append of more than MaxCommit: %v, want ErrTooLarge", err)
	}
	room := events.MaxCommit - len(large(0).Bytes())
	fits := large(room)
	if len(fits.Bytes()) != events.MaxCommit {
		t.Fatalf("the commit has %d bytes, not MaxCommit", len(fits.Bytes()))
	}
	if err := f.log.Append(f.ctx, fits); err != nil {
		t.Fatalf("Append of exactly MaxCommit: %v", err)
	}
	same(t, "a large commit", f.load(t, s, 0), []*events.Commit{fits})
	same(t, "a large commit", f.tail(t, events.Jobs, 0, fits.Seq), []*events.Commit{fits})
	if err := f.log.Health(); err != nil {
		t.Errorf("a commit that is too large made the log unhealthy: %v", err)
	}
}

func testIDs(t *testing.T, f *fixture) {
	good := []string{"a", "Z", "0", "_", "-", strings.Repeat("x", 64)}
	for i, id := range good {
		s := events.JobSubject(id, id)
		c := f.append(t, s, events.Head{}, fmt.Sprint("good", i))
		same(t, id, f.load(t, s, 0), []*events.Commit{c})
	}
	last := f.log.Last(events.Jobs)
	for _, id := range []string{"", "a.b", "*", ">", "a b", "é", "a\n", strings.Repeat("x", 65)} {
		for _, s := range []events.Subject{events.JobSubject("ws", id), events.JobSubject(id, "job")} {
			if err := f.log.Append(f.ctx, seal(t, s, events.Head{}, "bad")); !errors.Is(err, events.ErrID) {
				t.Errorf("Append to %q: %v, want ErrID", s, err)
			}
			if err := f.log.AppendChunk(f.ctx, &events.Chunk{Subject: s, Text: "x"}); !errors.Is(err, events.ErrID) {
				t.Errorf("AppendChunk to %q: %v, want ErrID", s, err)
			}
		}
	}
	if got := f.log.Last(events.Jobs); got != last {
		t.Errorf("the stream moved from %d to %d", last, got)
	}
}

func testCancelled(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	s := events.JobSubject("ws", "job")
	err := f.log.Append(ctx, seal(t, s, events.Head{}, "late"))
	if !errors.Is(err, events.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Append with an ended context: %v, want ErrUnavailable and context.Canceled", err)
	}
	f.append(t, s, events.Head{}, "first") // nothing was stored before
	if err := f.log.AppendChunk(ctx, &events.Chunk{Subject: s}); !errors.Is(err, events.ErrUnavailable) {
		t.Errorf("AppendChunk with an ended context: %v, want ErrUnavailable", err)
	}
}

func testStreams(t *testing.T, f *fixture) {
	job := f.append(t, events.JobSubject("ws", "job"), events.Head{}, "job")
	def := f.append(t, events.CatalogSubject("ws"), events.Head{}, "def")
	def2 := f.append(t, events.CatalogSubject("ws2"), events.Head{}, "def2")
	if job.Seq != def.Seq {
		t.Errorf("the streams share sequences: %d and %d", job.Seq, def.Seq)
	}
	same(t, "catalog", f.load(t, events.CatalogSubject("ws"), 0), []*events.Commit{def})
	same(t, "jobs", f.tail(t, events.Jobs, 0, job.Seq), []*events.Commit{job})
	same(t, "catalog", f.tail(t, events.Catalog, 0, def2.Seq), []*events.Commit{def, def2})
}

// fill appends n commits to several subjects.
func (f *fixture) fill(t testing.TB, n int) []*events.Commit {
	t.Helper()
	heads := make(map[events.Subject]events.Head)
	all := make([]*events.Commit, n)
	for i := range all {
		s := events.JobSubject("ws", fmt.Sprint("j", i%3))
		all[i] = f.append(t, s, heads[s], fmt.Sprint("c", i))
		heads[s] = all[i].Head()
	}
	return all
}

func testTailEveryStart(t *testing.T, f *fixture) {
	all := f.fill(t, 20)
	last := all[len(all)-1].Seq
	for after := range last {
		got := f.tail(t, events.Jobs, after, last)
		contiguous(t, got, after)
		same(t, fmt.Sprint("Tail after ", after), got, all[after:])
	}
}

// testTailLive starts tails before and while commits come: each sees every one.
func testTailLive(t *testing.T, f *fixture) {
	const n = 60
	var wg sync.WaitGroup
	tails := make([][]*events.Commit, 4)
	after := make([]uint64, len(tails))
	follow := func(i int) {
		after[i] = f.log.Last(events.Jobs)
		wg.Go(func() {
			for batch, err := range f.log.Tail(f.ctx, events.Jobs, after[i]) {
				if err != nil {
					t.Errorf("tail %d: %v", i, err)
					return
				}
				for _, c := range batch {
					if c.Seq > f.log.Last(events.Jobs) {
						t.Errorf("tail %d has %d before it is durable", i, c.Seq)
					}
				}
				tails[i] = append(tails[i], batch...)
				if batch[len(batch)-1].Seq == n {
					return
				}
			}
		})
	}
	var all []*events.Commit
	heads := make(map[events.Subject]events.Head)
	for i := range n {
		if i%15 == 0 {
			follow(i / 15)
		}
		s := events.JobSubject("ws", fmt.Sprint("j", i%7))
		c := f.append(t, s, heads[s], fmt.Sprint("c", i))
		heads[s] = c.Head()
		all = append(all, c)
	}
	wg.Wait()
	for i, got := range tails {
		contiguous(t, got, after[i])
		same(t, fmt.Sprint("tail ", i), got, all[after[i]:])
	}
}

func testTailStops(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	ended := make(chan error, 1)
	reached := make(chan struct{})
	go func() {
		for batch, err := range f.log.Tail(ctx, events.Jobs, 0) {
			if err != nil {
				ended <- err
				return
			}
			if batch[0].Seq == 1 {
				close(reached)
			}
		}
		ended <- nil
	}()
	f.append(t, events.JobSubject("ws", "job"), events.Head{}, "c")
	select {
	case <-reached:
	case <-f.ctx.Done():
		t.Fatal("the tail saw nothing")
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("a tail whose context ended gave %v", err)
		}
	case <-f.ctx.Done():
		t.Fatal("the tail did not end with its context")
	}
}

func testManySubjects(t *testing.T, f *fixture) {
	const writers, each = 40, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			s := events.JobSubject("ws", fmt.Sprint("job", w))
			var head events.Head
			for i := range each {
				c := seal(t, s, head, fmt.Sprint(w, "-", i))
				if err := f.log.Append(f.ctx, c); err != nil {
					t.Errorf("Append: %v", err)
					return
				}
				head = c.Head()
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if got := f.log.Last(events.Jobs); got != writers*each {
		t.Errorf("the stream ends at %d, not %d", got, writers*each)
	}
	contiguous(t, f.tail(t, events.Jobs, 0, writers*each), 0)
	for w := range writers {
		got := f.load(t, events.JobSubject("ws", fmt.Sprint("job", w)), 0)
		if len(got) != each {
			t.Errorf("job %d has %d commits, not %d", w, len(got), each)
		}
		verify(t, got)
	}
}

// testRace lets many write to one subject from the same head: one wins each time.
func testRace(t *testing.T, f *fixture) {
	const racers, rounds = 20, 10
	s := events.JobSubject("ws", "job")
	var head events.Head
	for round := range rounds {
		commits := make([]*events.Commit, racers)
		errs := make([]error, racers)
		var wg sync.WaitGroup
		for i := range commits {
			commits[i] = seal(t, s, head, fmt.Sprint(round, "-", i))
			wg.Go(func() { errs[i] = f.log.Append(f.ctx, commits[i]) })
		}
		wg.Wait()
		var won *events.Commit
		for i, err := range errs {
			switch {
			case err == nil && won != nil:
				t.Fatalf("round %d: %s and %s both won", round, won.ID, commits[i].ID)
			case err == nil:
				won = commits[i]
			case !errors.Is(err, events.ErrConflict):
				t.Fatalf("round %d: %v, want ErrConflict", round, err)
			}
		}
		if won == nil {
			t.Fatalf("round %d: nobody won", round)
		}
		head = won.Head()
	}
	got := f.load(t, s, 0)
	if len(got) != rounds {
		t.Errorf("%d commits, not %d", len(got), rounds)
	}
	verify(t, got)
}

// testMixedBatch appends good and stale commits at once: only the stale fail.
func testMixedBatch(t *testing.T, f *fixture) {
	const n = 200
	stale := events.Head{Seq: 1 << 40, N: 3}
	errs := make([]error, n)
	commits := make([]*events.Commit, n)
	var wg sync.WaitGroup
	for i := range commits {
		var head events.Head
		if i%10 == 3 {
			head = stale
		}
		commits[i] = seal(t, events.JobSubject("ws", fmt.Sprint("job", i)), head, fmt.Sprint("c", i))
		wg.Go(func() { errs[i] = f.log.Append(f.ctx, commits[i]) })
	}
	wg.Wait()
	stored := 0
	for i, err := range errs {
		if i%10 == 3 {
			if !errors.Is(err, events.ErrConflict) {
				t.Errorf("stale commit %d: %v, want ErrConflict", i, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("good commit %d: %v", i, err)
			continue
		}
		stored++
		same(t, commits[i].ID, f.load(t, commits[i].Subject, 0), commits[i:i+1])
	}
	contiguous(t, f.tail(t, events.Jobs, 0, uint64(stored)), 0)
}

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

func testHealth(t *testing.T, f *fixture) {
	if err := f.log.Health(); err != nil {
		t.Errorf("a new log is unhealthy: %v", err)
	}
	f.fill(t, 3)
	if err := f.log.Health(); err != nil {
		t.Errorf("a used log is unhealthy: %v", err)
	}
}
