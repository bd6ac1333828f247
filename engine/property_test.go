package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/engine/job/jobtest"
	"ranvier/engine/nodes"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// TestAnyLife runs random graphs with random outcomes through random orders
// and restarts, in virtual time, and holds every history to what must be true
// of it. The same seed gives the same life.
func TestAnyLife(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(t *testing.T) { life(t, rt) })
	})
}

func life(t *testing.T, rt *rapid.T) {
	log := &troubled{Log: events.NewMemLog()}
	config := engine.Config{Workers: rapid.IntRange(1, 4).Draw(rt, "workers")}
	r := start(t, log, config)
	limits := map[string]int{"one": 1, "two": 2}
	r.limit(limits)
	keys := map[string][]events.Subject{}
	graphs := map[events.Subject]string{}
	var jobs []events.Subject
	for range rapid.IntRange(1, 4).Draw(rt, "jobs") {
		g := anyGraph(rt)
		key := rapid.SampledFrom([]string{"", "one", "one", "two", "none"}).Draw(rt, "key")
		s := r.add(engine.Submission{
			Graph: jsontext.Value(g), Input: jsontext.Value(`{"yes":true}`), ConcurrencyKey: key, Priority: rapid.IntRange(0, 2).Draw(rt, "priority"),
		})
		graphs[s] = g
		keys[key] = append(keys[key], s)
		jobs = append(jobs, s)
	}
	restart := func() {
		r.stop()
		r = start(t, log, config, jobs...)
	}
	for range rapid.IntRange(0, 12).Draw(rt, "steps") {
		s := rapid.SampledFrom(jobs).Draw(rt, "job")
		switch rapid.IntRange(0, 10).Draw(rt, "step") {
		case 0:
			order(t, r, s, &job.Cancel{})
		case 1:
			order(t, r, s, &job.Pause{})
		case 2:
			order(t, r, s, &job.Resume{})
		case 3:
			if q := questionOf(t, r, s); q != "" {
				order(t, r, s, &job.Answer{
					InterventionID: q, Action: rapid.SampledFrom([]string{"ok", "no"}).Draw(rt, "action"),
					Responder: rapid.SampledFrom([]string{"ann", "bob"}).Draw(rt, "responder"),
				})
			}
		case 4:
			restart()
		case 5:
			log.lost.Store(1)
		case 6:
			log.failed.Store(2)
		case 7, 8:
			order(t, r, s, &job.Signal{Name: rapid.SampledFrom([]string{"go", "stop"}).Draw(rt, "signal"), Data: jsontext.Value(`1`)})
		default:
			time.Sleep(time.Duration(rapid.IntRange(0, 400).Draw(rt, "ms")) * time.Millisecond) //nolint:forbidigo // synctest: virtual time
		}
	}
	log.lost.Store(0)
	log.failed.Store(0)
	restart()
	for _, s := range jobs {
		order(t, r, s, &job.Resume{})
	}
	for _, s := range jobs {
		r.until(s, ended)
		lived(t, log, s, graphs[s])
	}
	r.stop()
	for key, limit := range limits {
		if _, most := began(t, log, keys[key]); most > limit {
			t.Fatalf("%d jobs of a key with limit %d at once", most, limit)
		}
	}
}

// order gives a command that may well be refused.
func order(t *testing.T, r *rig, s events.Subject, c job.Command) {
	t.Helper()
	_, err := r.eng.Do(t.Context(), s, tester, c)
	var refusal *job.Refusal
	if err != nil && !errors.As(err, &refusal) && !errors.Is(err, events.ErrUnknown) && !errors.Is(err, events.ErrUnavailable) {
		t.Fatalf("%T: %v", c, err)
	}
}

func questionOf(t *testing.T, r *rig, s events.Subject) string {
	t.Helper()
	var j job.Job
	for c, err := range r.log.Load(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		j.Apply(c)
	}
	for _, q := range j.Interventions {
		if q.Open() {
			return q.InterventionID
		}
	}
	return ""
}

// anyGraph draws a graph whose jobs end by themselves sooner or later.
func anyGraph(rt *rapid.T) string {
	n := rapid.IntRange(1, 6).Draw(rt, "nodes")
	var list, edges []string
	for i := range n {
		id := fmt.Sprintf("n%d", i)
		common := ""
		if rapid.Bool().Draw(rt, "continues") {
			common = `,"on_error":"continue"`
		}
		switch rapid.IntRange(0, 5).Draw(rt, "type") {
		case 3:
			list = append(list, fmt.Sprintf(`{"id":%q,"type":"wait_event","event":%s,"fresh":%t,"timeout":"600ms"%s}`,
				id, rapid.SampledFrom([]string{`"go"`, `["stop","go"]`}).Draw(rt, "event"), rapid.Bool().Draw(rt, "fresh"), common))
		case 0:
			list = append(list, fmt.Sprintf(`{"id":%q,"type":"transform","output":"{{ input.yes }}"%s}`, id, common))
		case 1:
			list = append(list, fmt.Sprintf(`{"id":%q,"type":"delay","for":"100ms"%s}`, id, common))
		case 2:
			remind := rapid.SampledFrom([]string{"", `,"remind_after":"70ms"`, `,"remind_after":"400ms"`}).Draw(rt, "remind")
			votes := rapid.SampledFrom([]string{"", `,"required":2`, `,"required":2,"responders":2`}).Draw(rt, "votes")
			list = append(list, fmt.Sprintf(`{"id":%q,"type":"human","prompt":"?","actions":["ok","no"],"expires_in":"1s"%s%s,"on_expire":%q%s}`,
				id, remind, votes, rapid.SampledFrom([]string{"ok", "fail", "continue"}).Draw(rt, "expire"), common))
		default:
			list = append(list, fmt.Sprintf(`{"id":%q,"type":"neuron","kind":"echo","config":{"delay_ms":%d,"fail_times":%d},"retry":{"max_attempts":2,"initial":"50ms"}%s}`,
				id, rapid.SampledFrom([]int{0, 70}).Draw(rt, "delay"), rapid.IntRange(0, 2).Draw(rt, "fails"), common))
		}
		for j := range i {
			if rapid.IntRange(0, 2).Draw(rt, "edge") == 0 {
				when := rapid.SampledFrom([]string{"", `,"when":"input.yes"`, `,"when":"!input.yes"`}).Draw(rt, "when")
				edges = append(edges, fmt.Sprintf(`{"from":"n%d","to":%q%s}`, j, id, when))
			}
		}
	}
	if rapid.Bool().Draw(rt, "loops") && len(edges) > 0 {
		var from, to string
		if _, err := fmt.Sscanf(edges[0], `{"from":%q,"to":%q`, &from, &to); err == nil {
			edges = append(edges, fmt.Sprintf(`{"from":%q,"to":%q,"max_visits":2}`, to, from))
		}
	}
	for i := range list {
		into := 0
		for _, e := range edges {
			if strings.Contains(e, fmt.Sprintf(`"to":"n%d"`, i)) && !strings.Contains(e, "max_visits") {
				into++
			}
		}
		if into > 1 && rapid.Bool().Draw(rt, "joins") {
			list[i] = fmt.Sprintf(`%s,"join":%d,"join_rest":%q}`, strings.TrimSuffix(list[i], "}"),
				rapid.IntRange(1, into).Draw(rt, "join"), rapid.SampledFrom([]string{"cancel", "ignore"}).Draw(rt, "rest"))
		}
	}
	return `{"nodes":[` + strings.Join(list, ",") + `],"edges":[` + strings.Join(edges, ",") + `]}`
}

// lived checks the whole history of a job that has ended.
func lived(t *testing.T, log events.Log, s events.Subject, graph string) {
	t.Helper()
	g, problems := pathway.Parse([]byte(graph), nodes.New(nodes.Deps{}))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var head events.Head
	var whole job.Job
	run := job.NewRun(s)
	at := map[string]job.Attempt{} // the attempt of each node that is at work
	rules := jobtest.New(t, g)
	ends := 0
	asked := map[string]events.Time{}      // when each question was asked, or last reminded of
	patience := map[string]events.Millis{} // by question
	for c, err := range log.Load(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if head, err = events.Verify(head, c); err != nil {
			t.Fatal(err)
		}
		for i := range c.Events {
			if ends > 0 {
				t.Fatalf("%s after the end", c.Events[i].Fact.Type())
			}
			rules.See(c.Events[i].Fact)
			switch f := c.Events[i].Fact.(type) {
			case *events.NodeStarted:
				if before, busy := at[f.Node]; busy && !f.Recovered {
					t.Fatalf("%s started while %+v was at work", f.Node, before)
				}
				at[f.Node] = job.Attempt{Node: f.Node, Visit: f.Visit, Attempt: f.Attempt}
			case *events.NodeSucceeded:
				stopped(t, at, f.Node, f.Visit, f.Attempt)
			case *events.NodeFailed:
				stopped(t, at, f.Node, f.Visit, f.Attempt)
			case *events.NodeRetrying:
				stopped(t, at, f.Node, f.Visit, f.Attempt)
			case *events.NodeCancelled:
				delete(at, f.Node)
			case *events.NodeLooped:
				for _, id := range f.Reset {
					delete(at, id)
				}
			case *events.InterventionOpened:
				asked[f.ID], patience[f.ID] = c.At(), f.RemindAfter
			case *events.InterventionReminded:
				waited := c.At().Sub(asked[f.ID].Time)
				if !whole.Intervention(f.ID).Open() || whole.Status == job.Paused || patience[f.ID] == 0 || waited <= patience[f.ID].Duration() {
					t.Fatalf("reminder %d of %+v after %v of %v, the job %s", f.Times, whole.Intervention(f.ID), waited, patience[f.ID].Duration(), whole.Status)
				}
				asked[f.ID] = c.At()
			case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
				ends++
			}
		}
		whole.Apply(c)
		rules.Between(&whole)
		run.Apply(c)
		if d := cmp.Diff(&whole, &run.Job); d != "" {
			t.Fatalf("a Job and a Run fold differently:\n%s", d)
		}
	}
	if ends != 1 {
		t.Fatalf("%d ends", ends)
	}
	for _, st := range whole.Steps {
		switch st.Status {
		case job.StepRunning, job.StepRetrying, job.StepWaiting:
			t.Fatalf("step %s is %s after the end", st.NodeID, st.Status)
		}
	}
}

// stopped takes an attempt off those at work; only what is at work can end.
func stopped(t *testing.T, at map[string]job.Attempt, node string, visit, attempt int) {
	t.Helper()
	if want := (job.Attempt{Node: node, Visit: visit, Attempt: attempt}); at[node] != want {
		t.Fatalf("%+v ended, at work was %+v", want, at[node])
	}
	delete(at, node)
}
