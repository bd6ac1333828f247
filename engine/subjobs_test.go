package engine_test

// Sub-jobs: a step that runs a stored pathway as a job of its own.

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

// pathway stores a pathway, or a new version of it, and gives its id.
func (r *rig) pathway(id, slug, graph string) string {
	r.t.Helper()
	id, _, err := r.eng.StorePathway(r.t.Context(), workspace, tester, &catalog.StorePathway{
		New: id == "", ID: id, Spec: catalog.PathwaySpec{Name: slug, Slug: slug, Graph: jsontext.Value(graph), IsActive: true},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// child waits until a node of a job has started a sub-job, and gives it.
func (r *rig) child(s events.Subject, node string) events.Subject {
	r.t.Helper()
	run := r.until(s, func(j *job.Run) bool { return j.Step(node) != nil && j.Step(node).JobID != "" })
	return events.JobSubject(workspace, run.Step(node).JobID)
}

// children lists the sub-jobs of a job, in the order of their submission.
func (r *rig) children(parent events.Subject) (jobs []events.Subject) {
	r.t.Helper()
	for _, s := range everyJob(r.t, r.log) {
		for c := range r.log.Load(r.t.Context(), s, 0) {
			if f, ok := c.Events[0].Fact.(*events.JobSubmitted); ok && f.Parent != nil && f.Parent.Job == parent.ID {
				jobs = append(jobs, s)
			}
			break
		}
	}
	return jobs
}

// everyJob lists the jobs of a log, in the order of their submission.
func everyJob(t testing.TB, log events.Log) (jobs []events.Subject) {
	t.Helper()
	last := log.Last(events.Jobs)
	if last == 0 {
		return nil
	}
	for batch, err := range log.Tail(t.Context(), events.Jobs, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range batch {
			if !slices.Contains(jobs, c.Subject) {
				jobs = append(jobs, c.Subject)
			}
		}
		if batch[len(batch)-1].Seq >= last {
			break
		}
	}
	return jobs
}

// do gives an order that must be taken.
func (r *rig) do(s events.Subject, c job.Command) {
	r.t.Helper()
	if _, err := r.eng.Do(r.t.Context(), s, tester, c); err != nil {
		r.t.Fatalf("%T: %v", c, err)
	}
}

const (
	asks    = `{"nodes":[{"id":"ask","type":"human","prompt":"Well?","actions":["yes","no"]}],"edges":[]}`
	doubles = `{"nodes":[{"id":"twice","type":"transform","output":{"twice":"{{ input.n * 2 }}"}}],"edges":[]}`
	// calls runs the pathway sub for an hour at most.
	calls = `{"nodes":[{"id":"call","type":"pathway","pathway":"sub","input":{"n":"{{ input.n }}"}%s}],"edges":[]}`
)

func TestASubJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Workers: 1})
		sub := r.pathway("", "sub", doubles)
		receipt, err := r.eng.Submit(t.Context(), engine.Submission{
			Workspace: workspace, Graph: jsontext.Value(`{"nodes":[{"id":"wait","type":"delay","for":"1h"},{"id":"call","type":"pathway","pathway":"sub","input":{"n":"{{ input.n }}"}}],
				"edges":[{"from":"wait","to":"call"}]}`),
			Input: jsontext.Value(`{"n":21}`), TraceID: "t-1", Priority: 3, ConcurrencyKey: "k", Labels: map[string]string{"team": "docs"},
		})
		if err != nil {
			t.Fatal(err)
		}
		s := events.JobSubject(workspace, receipt.Job)
		r.pathway(sub, "sub", `{"nodes":[{"id":"new","type":"transform","output":"another version"}],"edges":[]}`)
		parent := r.until(s, ended)
		if parent.Status != job.Completed || string(parent.Result) != `{"twice":42}` {
			t.Fatalf("%s with %s: %+v", parent.Status, parent.Result, parent.Error)
		}
		child := r.until(r.child(s, "call"), ended)
		if *child.Parent != (job.Parent{JobID: s.ID, NodeID: "call"}) || child.TraceID != "t-1" || child.Priority != 3 ||
			child.ConcurrencyKey != "" || string(child.Labels) != "{}" || string(child.PathwayID) != sub || *child.PathwayVersion != 1 {
			t.Fatalf("the sub-job is %+v", child.Job)
		}
		if parent.Parent != nil || len(r.children(s)) != 1 || r.ends(events.JobSubject(workspace, child.ID)) != 1 || r.ends(s) != 1 {
			t.Fatal("not one end each")
		}
	})
}

func TestASubJobThatCannotStart(t *testing.T) {
	for name, lose := range map[string]func(r *rig, id string){
		"deleted": func(r *rig, id string) {
			if _, err := r.eng.Define(r.t.Context(), workspace, tester, &catalog.DeletePathway{ID: id}); err != nil {
				r.t.Fatal(err)
			}
		},
		"deactivated": func(r *rig, id string) {
			if _, _, err := r.eng.StorePathway(r.t.Context(), workspace, tester, &catalog.StorePathway{
				ID: id, Spec: catalog.PathwaySpec{Name: "sub", Slug: "sub", Graph: jsontext.Value(doubles)},
			}); err != nil {
				r.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, events.NewMemLog(), engine.Config{})
				id := r.pathway("", "sub", doubles)
				s := r.submit(`{"nodes":[{"id":"wait","type":"delay","for":"1h"},{"id":"call","type":"pathway","pathway":"sub","retry":{"max_attempts":9}}],
					"edges":[{"from":"wait","to":"call"}]}`, `{"n":1}`)
				lose(r, id)
				run := r.until(s, ended)
				if run.Error == nil || run.Error.Code != "SUB_JOB_REFUSED" || run.Step("call").Attempts != 1 || len(r.children(s)) != 0 {
					t.Fatalf("%s: %+v", run.Status, run.Error)
				}
			})
		})
	}
}

func TestASubJobFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		r.pathway("", "sub", echo(`{"fail":"no words"}`))
		s := r.submit(fmt.Sprintf(calls, `,"retry":{"max_attempts":2}`), `{"n":1}`)
		run := r.until(s, ended)
		children := r.children(s)
		if len(children) != 2 {
			t.Fatalf("%d sub-jobs", len(children))
		}
		if run.Error == nil || run.Error.Code != "ECHO_FAILED" || run.Error.NodeID != "call" ||
			run.Error.Message != "sub-job "+children[1].ID+": no words" || run.Step("call").JobID != children[1].ID {
			t.Fatalf("%+v of %v", run.Error, children)
		}

		s = r.submit(`{"nodes":[{"id":"call","type":"pathway","pathway":"sub","on_error":"continue"},
			{"id":"after","type":"transform","output":"{{ nodes.call.output.error.code }}"}],"edges":[{"from":"call","to":"after"}]}`, `{"n":1}`)
		if run := r.until(s, ended); string(run.Result) != `"ECHO_FAILED"` {
			t.Fatalf("%s: %s, %+v", run.Status, run.Result, run.Error)
		}
	})
}

// What a parent no longer waits for is cancelled, with what that waits for.
func TestSubJobsEndWithTheirParents(t *testing.T) {
	const middle = `{"nodes":[{"id":"call","type":"pathway","pathway":"leaf"}],"edges":[]}`
	cancel := func(r *rig, s events.Subject) { r.do(s, &job.Cancel{}) }
	for name, c := range map[string]struct {
		graph  string
		do     func(r *rig, s events.Subject)
		reason string
		runs   bool // the parent has not ended then
	}{
		"cancelled": {fmt.Sprintf(calls, ""), cancel, "its parent job %s was cancelled", false},
		"cancelled while paused": {fmt.Sprintf(calls, ""), func(r *rig, s events.Subject) { r.do(s, &job.Pause{}); r.do(s, &job.Cancel{}) },
			"its parent job %s was cancelled", false},
		"the node's timeout": {fmt.Sprintf(calls, `,"timeout":"1h"`), nil, "its parent job %s has failed", false},
		"the node's timeout, and another try": {fmt.Sprintf(calls, `,"timeout":"1h","retry":{"max_attempts":2,"initial":"24h"}`), nil,
			"node call of its parent job %s needs it no more", true},
		"completed": {`{"nodes":[{"id":"call","type":"pathway","pathway":"sub"},{"id":"wait","type":"delay","for":"1h"},{"id":"stop","type":"end"}],
			"edges":[{"from":"wait","to":"stop"}]}`, nil, "its parent job %s has completed", false},
		"a join that needs it no more": {`{"nodes":[{"id":"call","type":"pathway","pathway":"sub"},{"id":"wait","type":"delay","for":"1h"},
			{"id":"join","type":"delay","for":"1h","join":"any","join_rest":"cancel"}],"edges":[{"from":"wait","to":"join"},{"from":"call","to":"join"}]}`, nil,
			"node call of its parent job %s needs it no more", true},
		"a loop": {`{"nodes":[{"id":"a","type":"transform","output":1},{"id":"call","type":"pathway","pathway":"sub"},{"id":"wait","type":"wait_event","event":"again"}],
			"edges":[{"from":"a","to":"call"},{"from":"a","to":"wait"},{"from":"wait","to":"a","max_visits":1}]}`,
			func(r *rig, s events.Subject) { r.do(s, &job.Signal{Name: "again", Data: jsontext.Value("1")}) },
			"node call of its parent job %s needs it no more", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, events.NewMemLog(), engine.Config{})
				r.pathway("", "leaf", asks)
				r.pathway("", "sub", middle)
				s := r.submit(c.graph, `{"n":1}`)
				child := r.child(s, "call")
				leaf := r.child(child, "call")
				synctest.Wait()
				if c.do != nil {
					c.do(r, s)
				}
				below := r.until(leaf, ended)
				if want := fmt.Sprintf("cancelled: its parent job %s was cancelled", child.ID); string(below.FailedReason) != want {
					t.Errorf("the last one: %s", below.FailedReason)
				}
				run := r.until(child, ended)
				if want := "cancelled: " + fmt.Sprintf(c.reason, s.ID); string(run.FailedReason) != want {
					t.Errorf("the sub-job: %s, want %s", run.FailedReason, want)
				}
				if c.runs {
					if run := r.until(s, func(*job.Run) bool { return true }); run.Status.Terminal() {
						t.Errorf("the parent is %s", run.Status)
					}
					cancel(r, s)
				}
				r.until(s, ended)
			})
		})
	}
}

func TestSubJobsPauseWithTheirParents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		r.pathway("", "leaf", asks)
		r.pathway("", "sub", `{"nodes":[{"id":"call","type":"pathway","pathway":"leaf"}],"edges":[]}`)
		s := r.submit(fmt.Sprintf(calls, ""), `{"n":1}`)
		child := r.child(s, "call")
		leaf := r.child(child, "call")
		status := func(s events.Subject) job.Status {
			synctest.Wait()
			run := job.NewRun(s)
			for c := range r.log.Load(t.Context(), s, 0) {
				run.Apply(c)
			}
			return run.Status
		}
		expect := func(when string, of ...job.Status) {
			t.Helper()
			if got := []job.Status{status(s), status(child), status(leaf)}; !slices.Equal(got, of) {
				t.Fatalf("%s: %v", when, got)
			}
		}
		expect("begun", job.Running, job.Running, job.Waiting)
		r.do(s, &job.Pause{})
		expect("paused", job.Paused, job.Paused, job.Paused)
		r.do(s, &job.Resume{})
		expect("resumed", job.Running, job.Running, job.Waiting)

		r.do(leaf, &job.Pause{})
		r.do(s, &job.Pause{})
		r.do(s, &job.Resume{})
		expect("what a client paused stays paused", job.Running, job.Running, job.Paused)
		r.do(leaf, &job.Resume{})

		// An order that is lost with its process is given by the next one.
		r.do(s, &job.Pause{})
		synctest.Wait()
		r.stop()
		pause, resume := s, job.NewRun(s)
		for c := range r.log.Load(t.Context(), pause, 0) {
			resume.Apply(c)
		}
		again, err := events.Seal(events.Draft{Subject: s, Head: resume.Head, ID: "by hand", At: events.At(time.Now()), Actor: tester}, &events.JobResumed{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.log.Append(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		r = start(t, r.log, engine.Config{}, leaf, child, s)
		expect("resumed by nobody that is still there", job.Running, job.Running, job.Waiting)
		r.do(s, &job.Cancel{})
		expect("cancelled", job.Failed, job.Failed, job.Failed)
	})
}

func TestSubJobsWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Workers: 1})
		id := r.pathway("", "sub", asks)
		r.pathway(id, "sub", `{"nodes":[{"id":"call","type":"pathway","pathway":"sub"}],"edges":[]}`)
		s := r.submit(`{"nodes":[{"id":"call","type":"pathway","pathway":"sub"}],"edges":[]}`, `{"n":1}`)
		run := r.until(s, ended)
		if jobs := everyJob(t, r.log); len(jobs) != 1+job.MaxDepth {
			t.Errorf("%d jobs", len(jobs))
		}
		if run.Error == nil || run.Error.Code != "SUB_JOB_REFUSED" || !strings.Contains(run.Error.Message, "20 jobs above") {
			t.Errorf("%+v", run.Error)
		}
	})
}

// A quota holds sub-jobs as it does others, and what it refuses may be tried again.
func TestSubJobsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{Quotas: catalog.Quotas{OpenJobs: 2}})
		r.pathway("", "sub", doubles)
		synctest.Wait()
		other := r.submit(echo(`{"delay_ms":3600000}`), `"hi"`)
		s := r.submit(fmt.Sprintf(calls, `,"retry":{"max_attempts":20,"initial":"10m","factor":1,"jitter":false}`), `{"n":4}`)
		run := r.until(s, func(j *job.Run) bool { return j.Step("call") != nil && j.Step("call").Status == job.StepRetrying })
		if run.Step("call").Error.Code != engine.RefusedQuota {
			t.Fatalf("%+v", run.Step("call").Error)
		}
		if run := r.until(s, ended); string(run.Result) != `{"twice":8}` {
			t.Fatalf("%s: %+v", run.Status, run.Error)
		}
		r.until(other, ended)
	})
}

func TestExplainSubJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, events.NewMemLog(), engine.Config{})
		r.pathway("", "sub", asks)
		s := r.submit(fmt.Sprintf(calls, `,"timeout":"1h"`), `{"n":1}`)
		child := r.child(s, "call")
		r.until(child, in(job.Waiting))
		x, err := r.eng.Explain(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		want := "call waits for sub-job " + child.ID + ", which is waiting"
		if len(x.Reasons) != 1 || x.Reasons[0].Kind != job.ReasonSubJob || x.Reasons[0].Message != want || string(x.Reasons[0].JobID) != child.ID ||
			x.Reasons[0].Until == nil || x.Parent != nil {
			t.Fatalf("%+v", x)
		}
		if x, err = r.eng.Explain(t.Context(), child); err != nil || x.Parent == nil || x.Parent.JobID != s.ID || x.Parent.NodeID != "call" {
			t.Fatalf("%+v, %v", x, err)
		}
	})
}
