package engine_test

// What is said of a job after its end.

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/events"
)

// stops lists the annotations of a job by node, and sees to it that nothing else
// follows its end.
func (r *rig) stops(s events.Subject) map[string]string {
	r.t.Helper()
	over := false
	stops := map[string]string{}
	for c, err := range r.log.Load(r.t.Context(), s, 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		for i := range c.Events {
			switch f := c.Events[i].Fact.(type) {
			case *events.NodeStopped:
				if _, twice := stops[f.Node]; twice || !over || f.Visit != 1 || f.Attempt != 1 {
					r.t.Fatalf("%+v", f)
				}
				stops[f.Node] = f.Outcome
			case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
				over = true
			case *events.JobDeleted, *events.JobErased:
			default:
				if over {
					r.t.Fatalf("%s after the end", f.Type())
				}
			}
		}
	}
	return stops
}

func TestAttemptsAreToldOfAfterTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		graph   string
		timeout time.Duration
		do      job.Command
		want    map[string]string
	}{
		"cancelled": {`{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{"delay_ms":600000}},{"id":"b","type":"neuron","kind":"echo","config":{"delay_ms":600000}},
			{"id":"c","type":"delay","for":"1h"}],"edges":[]}`, 0, &job.Cancel{}, map[string]string{"a": job.EndedStopped, "b": job.EndedStopped}},
		"its timeout": {`{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{"delay_ms":600000}}],"edges":[]}`, time.Minute, nil,
			map[string]string{"a": job.EndedStopped}},
		"failed in another branch": {`{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{"delay_ms":600000}},
			{"id":"b","type":"neuron","kind":"echo","config":{"delay_ms":1000,"fail":"no words"}}],"edges":[]}`, 0, nil, map[string]string{"a": job.EndedStopped}},
		"an end in another branch": {`{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{"delay_ms":600000}},{"id":"b","type":"delay","for":"1s"},{"id":"c","type":"end"}],
			"edges":[{"from":"b","to":"c"}]}`, 0, nil, map[string]string{"a": job.EndedStopped}},
		"nothing was at work": {`{"nodes":[{"id":"a","type":"delay","for":"1h"}],"edges":[]}`, 0, &job.Cancel{}, map[string]string{}},
		"it was given up before": {`{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{"delay_ms":600000}},{"id":"b","type":"delay","for":"1s"},
			{"id":"j","type":"end","join":"any","join_rest":"cancel"}],"edges":[{"from":"a","to":"j"},{"from":"b","to":"j"}]}`, 0, nil, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, events.NewMemLog(), engine.Config{})
				receipt, err := r.eng.Submit(t.Context(), engine.Submission{Workspace: workspace, Actor: tester, Graph: jsontext.Value(c.graph), Timeout: c.timeout})
				if err != nil {
					t.Fatal(err)
				}
				s := events.JobSubject(workspace, receipt.Job)
				synctest.Wait()
				if c.do != nil {
					r.do(s, c.do)
				}
				end := r.until(s, ended)
				synctest.Wait()
				if d := cmp.Diff(c.want, r.stops(s)); d != "" {
					t.Errorf("annotations (-want +got):\n%s", d)
				}
				// The job is what it was: only its place moves.
				run := job.NewRun(s)
				for c := range r.log.Load(t.Context(), s, 0) {
					run.Apply(c)
				}
				run.Cursor = end.Cursor
				if d := cmp.Diff(&end.Job, &run.Job); d != "" {
					t.Errorf("the job (-at its end +now):\n%s", d)
				}
			})
		})
	}
}

// An attempt that is cut off by the end of the process says nothing.
func TestNothingIsToldOfLostAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := events.NewMemLog()
		r := start(t, mem, engine.Config{})
		s := r.submit(echo(`{"delay_ms":600000}`), `"hi"`)
		synctest.Wait()
		r.stop()
		r = prepare(t, mem, engine.Config{}, s)
		r.do(s, &job.Cancel{})
		r.run()
		synctest.Wait()
		r.stop()
		if stops := r.stops(s); len(stops) != 0 || r.ends(s) != 1 {
			t.Fatalf("%v", stops)
		}
	})
}
