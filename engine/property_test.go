package engine_test

import (
	"errors"
	"fmt"
	"reflect"
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
	r.pathway("", "nap", `{"nodes":[{"id":"nap","type":"delay","for":"100ms"},{"id":"say","type":"neuron","kind":"echo","config":{"fail_times":1},
		"retry":{"max_attempts":2,"initial":"50ms"}}],"edges":[{"from":"nap","to":"say"}]}`)
	r.pathway("", "naps", `{"nodes":[{"id":"call","type":"pathway","pathway":"nap","input":"deeper"},{"id":"fail","type":"neuron","kind":"echo",
		"config":{"fail":"no words"},"if":"input.yes"}],"edges":[{"from":"call","to":"fail"}]}`)
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
		r = start(t, log, config, unfinished(t, log)...)
	}
	for range rapid.IntRange(0, 12).Draw(rt, "steps") {
		s := rapid.SampledFrom(jobs).Draw(rt, "job")
		switch rapid.IntRange(0, 11).Draw(rt, "step") {
		case 11:
			asStored(t, r, s)
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
	}
	synctest.Wait() // how steps that were cut off have stopped is told too
	again := rapid.SampledFrom(jobs).Draw(rt, "again")
	s, err := r.rerun(rt, again)
	if err == nil {
		graphs[s] = graphs[again]
		jobs = append(jobs, s)
		r.until(s, ended)
		synctest.Wait()
	}
	if left := unfinished(t, log); len(left) > 0 {
		t.Fatalf("not ended: %v", left)
	}
	for _, s := range everyJob(t, log) {
		if r.ends(s) != 1 {
			t.Fatalf("%s has not one end", s)
		}
	}
	for _, s := range jobs {
		asStored(t, r, s)
		lived(t, log, s, graphs[s])
	}
	r.stop()
	for key, limit := range limits {
		if _, most := began(t, log, keys[key]); most > limit {
			t.Fatalf("%d jobs of a key with limit %d at once", most, limit)
		}
	}
}

// rerun runs a job again, maybe from one of its nodes, which may be refused.
func (r *rig) rerun(rt *rapid.T, old events.Subject) (events.Subject, error) {
	from := rapid.SampledFrom([]string{"", "", "n0", "n1", "n2"}).Draw(rt, "from")
	receipt, err := r.eng.Submit(r.t.Context(), engine.Submission{Workspace: workspace, Actor: tester, RerunOf: old.ID, FromNode: from})
	var refusal *job.Refusal
	if err != nil && !errors.As(err, &refusal) {
		r.t.Fatalf("rerun from %q: %v", from, err)
	}
	if err != nil {
		return events.Subject{}, err
	}
	return events.JobSubject(workspace, receipt.Job), nil
}

// asStored holds what the engine has of a job in memory to what the log says.
func asStored(t *testing.T, r *rig, s events.Subject) {
	t.Helper()
	synctest.Wait()
	stored := job.NewRun(s)
	for c, err := range r.log.Load(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		stored.Apply(c)
	}
	r.eng.Look(s, func(live *job.Run) {
		if live == nil {
			return // it is not in memory, or the engine knows that it has missed something
		}
		owner := cmp.FilterPath(func(p cmp.Path) bool { // and what is kept of an evaluation
			return p.Last().String() == ".of" || p.Last().String() == ".around"
		}, cmp.Ignore())
		if d := cmp.Diff(stored, live, cmp.Exporter(func(reflect.Type) bool { return true }), owner); d != "" {
			t.Fatalf("-stored +live:\n%s", d)
		}
	})
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
		list = append(list, fmt.Sprintf(`{"id":%q,%s%s}`, id, anyNode(rt, true), anyExtras(rt, i, n)))
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
		if into > 1 && !strings.Contains(list[i], `"type":"map"`) && rapid.Bool().Draw(rt, "joins") {
			list[i] = fmt.Sprintf(`%s,"join":%d,"join_rest":%q}`, strings.TrimSuffix(list[i], "}"),
				rapid.IntRange(1, into).Draw(rt, "join"), rapid.SampledFrom([]string{"cancel", "ignore"}).Draw(rt, "rest"))
		}
	}
	return `{"nodes":[` + strings.Join(list, ",") + `],"edges":[` + strings.Join(edges, ",") + `]}`
}

// anyExtras draws what all nodes may have, for the i-th of n: edges lead to
// later nodes, and a node ends earlier ones.
func anyExtras(rt *rapid.T, i, n int) string {
	extras := rapid.SampledFrom([]string{"", "", `,"on_error":"continue"`, `,"on_error":"continue"`, "route"}).Draw(rt, "on error")
	if extras == "route" {
		if extras = ""; i+1 < n {
			extras = fmt.Sprintf(`,"on_error":"n%d"`, rapid.IntRange(i+1, n-1).Draw(rt, "goes on"))
		}
	}
	extras += rapid.SampledFrom([]string{"", "", "", `,"lock":"red"`, `,"lock":"blue"`}).Draw(rt, "lock")
	extras += rapid.SampledFrom([]string{"", "", "", "", `,"if":"!input.yes"`, `,"if":"input.yes"`}).Draw(rt, "if")
	if i > 0 && rapid.IntRange(0, 5).Draw(rt, "cancels") == 0 {
		extras += fmt.Sprintf(`,"cancels":["n%d"]`, rapid.IntRange(0, i-1).Draw(rt, "cancelled"))
	}
	return extras
}

// anyNode draws a node without its id.
func anyNode(rt *rapid.T, maps bool) string {
	most := 7
	if !maps {
		most = 5
	}
	switch rapid.IntRange(0, most).Draw(rt, "type") {
	case 0:
		return `"type":"transform","output":"{{ input.yes }}"`
	case 1:
		return `"type":"delay","for":"100ms"`
	case 2:
		remind := rapid.SampledFrom([]string{"", `,"remind_after":"70ms"`, `,"remind_after":"400ms"`}).Draw(rt, "remind")
		votes := rapid.SampledFrom([]string{"", `,"required":2`, `,"required":2,"responders":2`}).Draw(rt, "votes")
		return fmt.Sprintf(`"type":"human","prompt":"?","actions":["ok","no"],"expires_in":"1s"%s%s,"on_expire":%q`,
			remind, votes, rapid.SampledFrom([]string{"ok", "fail", "continue"}).Draw(rt, "expire"))
	case 3:
		return fmt.Sprintf(`"type":"wait_event","event":%s,"fresh":%t,"timeout":"600ms"`,
			rapid.SampledFrom([]string{`"go"`, `["stop","go"]`}).Draw(rt, "event"), rapid.Bool().Draw(rt, "fresh"))
	case 4:
		return fmt.Sprintf(`"type":"pathway","pathway":%q%s`, rapid.SampledFrom([]string{"nap", "naps"}).Draw(rt, "sub-job"),
			rapid.SampledFrom([]string{"", `,"timeout":"80ms"`, `,"timeout":"130ms","retry":{"max_attempts":2,"initial":"50ms"}`}).Draw(rt, "patience"))
	case 6:
		rest := rapid.SampledFrom([]string{"", "", `,"min_success":1`, `,"min_success":1,"join_rest":"cancel"`, `,"min_success":1,"join_rest":"ignore"`}).Draw(rt, "items' rest")
		inner := fmt.Sprintf(`"node":{%s%s}`, anyNode(rt, false), rapid.SampledFrom([]string{"", `,"lock":"red"`}).Draw(rt, "item's lock"))
		if rapid.Bool().Draw(rt, "graph") {
			inner = fmt.Sprintf(`"graph":{"nodes":[{"id":"p",%s},{"id":"q",%s,"on_error":"continue"},{"id":"r",%s}],"edges":[{"from":"p","to":"r"},{"from":"q","to":"r"}]}`,
				anyNode(rt, false), anyNode(rt, false), anyNode(rt, false))
		}
		return fmt.Sprintf(`"type":"map","items":[1,2,3],"concurrency":%d%s,%s`, rapid.IntRange(1, 3).Draw(rt, "at once"), rest, inner)
	case 7:
		if rapid.IntRange(0, 4).Draw(rt, "end") == 0 {
			return `"type":"end","output":1`
		}
		return `"type":"delay","for":"250ms"`
	}
	return fmt.Sprintf(`"type":"neuron","kind":"echo","config":{"delay_ms":%d,"fail_times":%d},"retry":{"max_attempts":2,"initial":"50ms"}`,
		rapid.SampledFrom([]int{0, 70}).Draw(rt, "delay"), rapid.IntRange(0, 2).Draw(rt, "fails"))
}

// lived checks the whole history of a job that has ended.
func lived(t *testing.T, log events.Log, s events.Subject, graph string) {
	t.Helper()
	t.Log(graph)
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
			if _, annotation := c.Events[i].Fact.(*events.NodeStopped); ends > 0 && !annotation {
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
				within(at, f.Node)
			case *events.NodeRetrying:
				stopped(t, at, f.Node, f.Visit, f.Attempt)
				within(at, f.Node)
			case *events.NodeCancelled:
				delete(at, f.Node)
				within(at, f.Node)
			case *events.NodeLooped:
				for _, id := range f.Reset {
					delete(at, id)
					within(at, id)
				}
			case *events.ItemSucceeded:
				within(at, fmt.Sprint(f.Node, "/", f.Index))
			case *events.ItemFailed:
				within(at, fmt.Sprint(f.Node, "/", f.Index))
			case *events.NodeStopped:
				stopped(t, at, f.Node, f.Visit, f.Attempt)
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

// within forgets what is at work inside of a map or an item that has ended.
func within(at map[string]job.Attempt, path string) {
	for node := range at {
		if strings.HasPrefix(node, path+"/") {
			delete(at, node)
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
