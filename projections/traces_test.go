package projections

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/events"
)

// traces lists the naive model's traces, the one with the newest job first.
func (m *model) traces(workspace string) []Trace {
	var all []Trace
	for _, s := range m.sorted() {
		j := m.jobs[s]
		if s.Workspace != workspace || j.TraceID == "" {
			continue
		}
		i := slices.IndexFunc(all, func(t Trace) bool { return t.ID == string(j.TraceID) })
		if i < 0 {
			i = len(all)
			all = append(all, Trace{ID: string(j.TraceID), LastAt: j.CreatedAt, LastJob: j.ID, LastStatus: j.Status})
		}
		all[i].Jobs++
		all[i].FirstAt = j.CreatedAt
	}
	return all
}

// checkTraces holds what the store lists, whole and in part, against the model.
func (m *model) checkTraces(tb rapid.TB, s *Store, workspace string) {
	tb.Helper()
	want := m.traces(workspace)
	for offset := range len(want) + 2 {
		for _, limit := range []int{0, 1} {
			page := want[min(offset, len(want)):]
			if limit > 0 {
				page = page[:min(limit, len(page))]
			}
			got, total, err := s.Traces(context.Background(), workspace, limit, offset)
			if err != nil {
				tb.Fatal(err)
			}
			if diff := cmp.Diff(asJSON(page), asJSON(got)); diff != "" || total != len(want) {
				tb.Fatalf("traces of %s from %d: total %d, not %d\n%s", workspace, offset, total, len(want), diff)
			}
		}
	}
	for _, t := range want {
		got, err := s.Trace(context.Background(), workspace, t.ID)
		if err != nil {
			tb.Fatal(err)
		}
		if diff := cmp.Diff(asJSON(t), asJSON(got)); diff != "" {
			tb.Fatal(diff)
		}
	}
}

func TestTraces(t *testing.T) {
	h := newHistory(t)
	begin := h.now
	add := func(workspace string, n int, trace string) events.Subject {
		s := events.JobSubject(workspace, jobID(n))
		h.now = h.now.Add(time.Second)
		h.add(s, submit(events.JobSubmitted{TraceID: trace})...)
		return s
	}
	add("main", 1, "a")
	last := add("main", 2, "b/\x7f ü")
	add("main", 3, "")
	r := start(t, testPath(t), h.log)
	r.catchUp()
	add("main", 4, "a") // in a later batch: a is newest now
	add("mai", 5, "a")
	h.add(last, succeed()...)
	r.catchUp()

	at := func(seconds int) events.Time { return events.At(begin.Add(time.Duration(seconds) * time.Second)) }
	want := []Trace{
		{ID: "a", Jobs: 2, FirstAt: at(1), LastAt: at(4), LastJob: jobID(4), LastStatus: job.Running},
		{ID: "b/\x7f ü", Jobs: 1, FirstAt: at(2), LastAt: at(2), LastJob: jobID(2), LastStatus: job.Completed},
	}
	got, total, err := r.Traces(t.Context(), "main", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asJSON(want), asJSON(got)); diff != "" || total != 2 {
		t.Errorf("total %d\n%s", total, diff)
	}
	for _, ask := range [][2]string{{"main", "c"}, {"main", ""}, {"other", "a"}} {
		if _, err := r.Trace(t.Context(), ask[0], ask[1]); !errors.Is(err, ErrNotFound) {
			t.Errorf("trace %q of %s: %v", ask[1], ask[0], err)
		}
	}
}

func TestVersions(t *testing.T) {
	h := newHistory(t)
	main := events.CatalogSubject("main")
	h.add(main, neuron("n1", "one", "First", "", 1), neuron("n", "two", "Other", "", 1))
	h.now = h.now.Add(time.Second)
	h.add(main, neuron("n1", "uno", "Second", "", 2))
	h.add(events.CatalogSubject("other"), neuron("n1", "one", "Foreign", "", 1))
	h.add(main, &events.PathwayStored{ID: "n1", Slug: "flow", Version: 1, Definition: events.PayloadOf(map[string]any{"name": "Flow", "pathway_graph": nil})})
	r := start(t, testPath(t), h.log)
	r.catchUp()
	list := func(workspace, id string, limit, offset int) string {
		t.Helper()
		page, total, err := r.NeuronVersions(t.Context(), workspace, id, limit, offset)
		if errors.Is(err, ErrNotFound) {
			return "none"
		}
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, n := range page {
			names = append(names, n.Name+" "+n.Slug)
		}
		return asJSON(append(names, string(rune('0'+total))))
	}
	for _, test := range []struct {
		workspace, id string
		limit, offset int
		want          string
	}{
		{"main", "n1", 0, 0, `["Second uno","First one","2"]`},
		{"main", "n1", 1, 1, `["First one","2"]`},
		{"main", "n1", 1, 2, `["2"]`},
		{"main", "n", 0, 0, `["Other two","1"]`},
		{"other", "n1", 0, 0, `["Foreign one","1"]`},
		{"main", "one", 0, 0, "none"},
		{"mai", "n1", 0, 0, "none"},
	} {
		if got := list(test.workspace, test.id, test.limit, test.offset); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
	first, err := r.NeuronVersion(t.Context(), "main", "n1", 1)
	if err != nil || first.Name != "First" || first.Version != 1 || !first.UpdatedAt.Equal(first.CreatedAt.Time) {
		t.Errorf("version 1: %+v, %v", first, err)
	}
	second, err := r.NeuronVersion(t.Context(), "main", "n1", 2)
	if err != nil || !second.CreatedAt.Equal(first.CreatedAt.Time) || !second.UpdatedAt.Equal(h.now) {
		t.Errorf("version 2: %+v, %v", second, err)
	}
	for _, n := range []int{-1, 0, 3, 1 << 62} {
		if _, err := r.NeuronVersion(t.Context(), "main", "n1", n); !errors.Is(err, ErrNotFound) {
			t.Errorf("version %d: %v", n, err)
		}
	}

	h.add(main, &events.NeuronDeleted{ID: "n1"})
	r.catchUp()
	if got := list("main", "n1", 0, 0) + list("main", "n", 0, 0) + list("other", "n1", 0, 0); got != `none["Other two","1"]["Foreign one","1"]` {
		t.Errorf("after the deletion: %s", got)
	}
	if p, err := r.PathwayVersion(t.Context(), "main", "n1", 1); err != nil || p.Name != "Flow" {
		t.Errorf("the pathway of the same id: %+v, %v", p, err)
	}
}
