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

// questions gives the interventions of a workspace that match, newest first.
func (m *model) questions(workspace string, f InterventionFilter) []*Intervention {
	type place struct {
		at      time.Time
		first   uint64
		ordinal int
		*Intervention
	}
	var all []place
	for s, j := range m.jobs {
		for i, iv := range j.Interventions {
			if s.Workspace == workspace && (f.Status == "" || f.Status == iv.Status) && (f.JobID == "" || f.JobID == j.ID) &&
				(f.TraceID == "" || f.TraceID == string(j.TraceID)) {
				all = append(all, place{iv.CreatedAt.Time, m.first[s], i, &Intervention{iv, j.ID, j.Workspace, j.PathwayID, j.TraceID}})
			}
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		if c := b.at.Compare(a.at); c != 0 {
			return c
		}
		if a.first != b.first {
			return int(b.first) - int(a.first)
		}
		return b.ordinal - a.ordinal
	})
	var list []*Intervention
	for _, p := range all {
		list = append(list, p.Intervention)
	}
	return list
}

// interventionsEqualTheModel holds lists, single reads and summaries against
// the naive model.
func interventionsEqualTheModel(rt *rapid.T, r *running, m *model, workspace string) {
	ctx := context.Background()
	for range 10 {
		f := InterventionFilter{
			Status:  rapid.SampledFrom(append([]string{""}, job.InterventionStatuses...)).Draw(rt, "asked status"),
			JobID:   rapid.SampledFrom([]string{"", "", jobID(1), jobID(2), jobID(3)}).Draw(rt, "asked job"),
			TraceID: rapid.SampledFrom([]string{"", "", "x", "y", "z"}).Draw(rt, "asked trace"),
			Limit:   rapid.IntRange(0, 4).Draw(rt, "asked limit"), Offset: rapid.IntRange(0, 6).Draw(rt, "asked offset"),
		}
		all := m.questions(workspace, f)
		want := all[min(f.Offset, len(all)):]
		if f.Limit > 0 {
			want = want[:min(f.Limit, len(want))]
		}
		got, total, err := r.Interventions(ctx, workspace, f)
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(asJSON(want), asJSON(got)); d != "" || total != len(all) {
			rt.Fatalf("%+v: total %d, not %d\n%s", f, total, len(all), d)
		}
		sum, err := r.SummariseInterventions(ctx, workspace, f)
		if err != nil {
			rt.Fatal(err)
		}
		counted := 0
		for _, g := range sum.Grouped {
			counted += g.Count
			matching := 0
			for _, iv := range all {
				if iv.PathwayID == g.PathwayID && iv.NodeID == g.NodeID {
					matching++
				}
			}
			if matching != g.Count {
				rt.Fatalf("group %+v has %d", g, matching)
			}
		}
		if counted != len(all) {
			rt.Fatalf("the groups count %d of %d", counted, len(all))
		}
		for _, st := range job.InterventionStatuses {
			f.Status = st
			if n := len(m.questions(workspace, f)); n != sum.ByStatus[st] {
				rt.Fatalf("%d are %s, counted as %d", n, st, sum.ByStatus[st])
			}
		}
	}
	seen := map[string]bool{}
	for _, want := range m.questions(workspace, InterventionFilter{}) {
		if seen[want.InterventionID] {
			continue
		}
		seen[want.InterventionID] = true
		got, err := r.Intervention(ctx, workspace, want.InterventionID)
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(asJSON(want), asJSON(got)); d != "" {
			rt.Fatal(d)
		}
	}
}

// An intervention moves from one status to the next with its job's commit, and
// is nobody else's.
func TestInterventionsMove(t *testing.T) {
	h := newHistory(t)
	r := start(t, testPath(t), h.log)
	subject := events.JobSubject("main", jobID(1))
	h.add(subject, submit(events.JobSubmitted{PathwayID: "p", TraceID: "t"})...)
	h.add(subject, &events.NodeWaiting{Attempt: 1, Node: "step", Visit: 1}, &events.InterventionOpened{
		ID: "q", Node: "step", Prompt: events.PayloadOf("Go on?"), Actions: []string{"yes"}, Required: 1, Visit: 1,
	}, &events.JobWaiting{})
	count := func(status string) int {
		t.Helper()
		r.catchUp()
		list, total, err := r.Interventions(t.Context(), "main", InterventionFilter{Status: status, JobID: subject.ID, TraceID: "t"})
		if err != nil || len(list) != total {
			t.Fatalf("%d listed of %d, %v", len(list), total, err)
		}
		return total
	}
	if count("pending") != 1 || count("cancelled") != 0 {
		t.Error("it is not pending")
	}
	h.add(subject, &events.JobCancelled{})
	if count("pending") != 0 || count("cancelled") != 1 {
		t.Error("it is not cancelled with its job")
	}
	for _, ask := range []struct{ workspace, id string }{{"mai", "q"}, {"main", "Q"}, {"main", ""}, {"main", "q\x00"}, {"", "q"}} {
		if iv, err := r.Intervention(t.Context(), ask.workspace, ask.id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q of %q: %v, %v", ask.id, ask.workspace, iv, err)
		}
	}
	iv, err := r.Intervention(t.Context(), "main", "q")
	if err != nil || iv.Status != "cancelled" || iv.JobID != subject.ID || iv.TraceID != "t" || iv.PathwayID != "p" {
		t.Errorf("%+v, %v", iv, err)
	}
	if got := InterventionOf(&job.Job{}, "q"); got != nil {
		t.Errorf("a job without interventions has %+v", got)
	}
}
