package projections

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/events"
)

// model is what the views must say, made the naive way.
type model struct {
	jobs  map[events.Subject]*job.Job
	first map[events.Subject]uint64
}

func (m *model) apply(c *events.Commit) {
	if m.jobs[c.Subject] == nil {
		m.jobs[c.Subject], m.first[c.Subject] = new(job.Job), c.Seq
	}
	m.jobs[c.Subject].Apply(c)
}

// sorted gives all jobs, newest first.
func (m *model) sorted() []events.Subject {
	var all []events.Subject
	for s := range m.jobs {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b events.Subject) int {
		if c := m.jobs[b].CreatedAt.Compare(m.jobs[a].CreatedAt.Time); c != 0 {
			return c
		}
		return int(m.first[b]) - int(m.first[a])
	})
	return all
}

func (m *model) list(workspace string, f JobFilter) (page []*job.Job, total int) {
	for _, s := range m.sorted() {
		j := m.jobs[s]
		var labels map[string]string
		if err := json.Unmarshal(j.Labels, &labels); err != nil {
			panic(err)
		}
		labelled := true
		for k, v := range f.Labels {
			have, ok := labels[k]
			labelled = labelled && ok && have == v
		}
		same := func(want string, have job.Ref) bool { return want == "" || want == string(have) }
		if s.Workspace != workspace || !labelled || j.Deleted() ||
			!same(f.PathwayID, j.PathwayID) || !same(f.NeuronID, j.NeuronID) ||
			!same(f.ReceptorID, j.ReceptorID) || !same(f.TraceID, j.TraceID) ||
			(f.Status != "" && f.Status != j.Status) ||
			(!f.CreatedAfter.IsZero() && !j.CreatedAt.After(f.CreatedAfter)) ||
			(!f.CreatedBefore.IsZero() && !j.CreatedAt.Before(f.CreatedBefore)) {
			continue
		}
		if total >= f.Offset && (f.Limit == 0 || len(page) < f.Limit) {
			page = append(page, j)
		}
		total++
	}
	return page, total
}

// used counts what the workspace's jobs use from the log as it is now.
func (m *model) used(t rapid.TB, log events.Log, workspace string) Usage {
	var u Usage
	for s, j := range m.jobs {
		if s.Workspace != workspace {
			continue
		}
		if !j.Deleted() && !j.Status.Terminal() {
			u.OpenJobs++
		}
		bytes := int64(0)
		for c, err := range log.Load(context.Background(), s, 0) {
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.Events {
				if u.Events++; c.Events[i].Fact.Type() == "job.deleted" {
					bytes = 0
				}
			}
			bytes += int64(len(c.Bytes()))
		}
		u.EventBytes += bytes
	}
	return u
}

func asJSON(v any) string {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return string(b)
}

var someLabels = []string{"", "a", "b", "a\x00b", "ünï"}

// Whatever happened, lists, totals and jobs are those of the naive model, also
// when the store was closed and opened again in between.
func TestListsEqualTheModel(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(t)
		m := &model{map[events.Subject]*job.Job{}, map[events.Subject]uint64{}}
		begin := h.now
		path := filepath.Join(dir, "views.db")
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		s, err := Open(Config{Path: path}, h.log)
		if err != nil {
			t.Fatal(err)
		}
		r := run(t, s)
		defer func() { r.end() }()
		add := func(s events.Subject, facts ...events.Fact) {
			h.add(s, facts...)
			for c, err := range h.log.Load(context.Background(), s, h.heads[s].Seq-1) {
				if err != nil {
					t.Fatal(err)
				}
				m.apply(c)
			}
		}
		ref := func(label string) string { return rapid.SampledFrom([]string{"", "", "x", "y"}).Draw(rt, label) }
		workspace := rapid.SampledFrom([]string{"main", "mai", "m"})
		questions := 0
		for range rapid.IntRange(0, 60).Draw(rt, "steps") {
			h.now = begin.Add(time.Duration(rapid.IntRange(-20, 20).Draw(rt, "time")) * 500 * time.Microsecond)
			subject := events.JobSubject(workspace.Draw(rt, "workspace"), jobID(rapid.IntRange(0, 25).Draw(rt, "job")))
			if m.jobs[subject] == nil {
				f := events.JobSubmitted{
					PathwayID: ref("pathway"), NeuronID: ref("neuron"), ReceptorID: ref("receptor"), TraceID: ref("trace"),
				}
				if labels := rapid.MapOfN(rapid.SampledFrom(someLabels), rapid.SampledFrom(someLabels), 0, 2).Draw(rt, "labels"); len(labels) > 0 {
					f.Labels = events.PayloadOf(labels)
				}
				facts := submit(f)
				add(subject, facts[:rapid.IntRange(1, 3).Draw(rt, "facts")]...)
				continue
			}
			switch rapid.IntRange(0, 16).Draw(rt, "what") {
			case 0, 1, 2:
				add(subject, succeed()...)
			case 3:
				add(subject, &events.JobFailed{Code: "NODE_FAILED", Message: "it <broke>"})
			case 4:
				add(subject, &events.JobCancelled{Reason: "enough"})
			case 5:
				add(subject, &events.JobPaused{})
			case 6, 7:
				add(subject, &events.JobResumed{})
			case 8:
				id := "iv" // ids are not given twice, but a fold takes it
				if rapid.Bool().Draw(rt, "another") {
					questions++
					id = fmt.Sprintf("iv-%d", questions)
				}
				add(subject, &events.NodeWaiting{Attempt: 1, Node: "step", Visit: 1}, &events.InterventionOpened{
					ID: id, Node: "step", Prompt: events.PayloadOf("Go on?"), Actions: []string{"yes", "no"}, Required: 1, Visit: 1,
				}, &events.JobWaiting{})
			case 9, 13:
				id := "iv"
				if n := rapid.IntRange(0, questions).Draw(rt, "question"); n > 0 {
					id = fmt.Sprintf("iv-%d", n)
				}
				add(subject, &events.InterventionAnswered{ID: id, Action: "yes", Status: "answered",
					Answer: events.PayloadOf(map[string]string{"comment": "why not"})}, &events.JobResumed{})
			case 10: // no writer does it, but a fold takes it
				add(subject, submit(events.JobSubmitted{PathwayID: ref("pathway"), TraceID: ref("trace")})...)
			case 14:
				add(subject, &events.InterventionExpired{ID: "iv"})
			case 15: // no writer deletes a job that has not ended, but a fold takes it
				add(subject, &events.JobDeleted{})
			case 16: // the views may or may not have seen what is erased now
				if !m.jobs[subject].Deleted() {
					continue
				}
				if err := h.log.Erase(context.Background(), subject); err != nil {
					t.Fatal(err)
				}
				if rapid.Bool().Draw(rt, "told") {
					add(subject, &events.JobErased{})
				}
			case 11:
				r.catchUp()
			case 12:
				r.end()
				if s, err = Open(Config{Path: path}, h.log); err != nil {
					t.Fatal(err)
				}
				r = run(t, s)
			}
		}
		r.catchUp()
		if list := asides(t, path); len(list) != 0 {
			rt.Fatalf("a sound file was put aside: %v", list)
		}

		for _, ws := range []string{"main", "mai", "m", "none"} {
			got, err := r.Usage(context.Background(), ws)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(m.used(rt, h.log, ws), got); diff != "" {
				rt.Fatalf("usage of %s:\n%s", ws, diff)
			}
		}
		for range 20 {
			f := JobFilter{
				Limit: rapid.IntRange(0, 5).Draw(rt, "limit"), Offset: rapid.IntRange(0, 8).Draw(rt, "offset"),
				PathwayID: ref("pathway"), NeuronID: ref("neuron"), ReceptorID: ref("receptor"), TraceID: ref("trace"),
				Status: rapid.SampledFrom(append([]job.Status{"", ""}, job.Statuses...)).Draw(rt, "status"),
			}
			if rapid.Bool().Draw(rt, "labelled") {
				f.Labels = rapid.MapOfN(rapid.SampledFrom(someLabels), rapid.SampledFrom(someLabels), 0, 2).Draw(rt, "labels")
			}
			moment := func(label string) time.Time {
				if n := rapid.IntRange(-60, 20).Draw(rt, label); n >= -20 {
					return begin.Add(time.Duration(n) * 500 * time.Microsecond)
				}
				return time.Time{}
			}
			f.CreatedAfter, f.CreatedBefore = moment("after"), moment("before")
			ws := workspace.Draw(rt, "workspace")
			want, wantTotal := m.list(ws, f)
			got, total, err := r.Jobs(context.Background(), ws, f)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(asJSON(want), asJSON(got)); diff != "" || total != wantTotal {
				rt.Fatalf("%s %+v: total %d, not %d\n%s", ws, f, total, wantTotal, diff)
			}
		}
		interventionsEqualTheModel(rt, r, m, workspace.Draw(rt, "asked"))
		for _, ws := range []string{"main", "mai", "m"} {
			m.checkTraces(rt, r.Store, ws)
		}
		open, err := r.Unfinished(context.Background())
		if err != nil {
			rt.Fatal(err)
		}
		var want []events.Subject
		for _, s := range slices.Backward(m.sorted()) {
			if m.jobs[s].Unfinished() {
				want = append(want, s)
			}
		}
		if diff := cmp.Diff(want, open); diff != "" {
			rt.Fatal(diff)
		}
		var now bytes.Buffer
		if err := r.Export(context.Background(), &now); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(straight(t, h.log), "\n"), strings.Split(now.String(), "\n")); diff != "" {
			rt.Fatalf("not what one fold gives:\n%s", diff)
		}
	})
}
