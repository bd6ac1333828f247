package logtest

// What the tests share: a log under test, commits to put in it, and ways to
// compare what comes out.

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

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
