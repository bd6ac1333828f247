package job_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/events"
)

const onError = `{"nodes":[{"id":"a","type":"x","on_error":"c"},{"id":"b","type":"x"},{"id":"c","type":"x"},{"id":"d","type":"x"}],
	"edges":[{"from":"a","to":"b"},{"from":"c","to":"d"}]}`

// rerun begins a story that repeats an ended one from a node.
func rerun(t testing.TB, old *story, from string) (*story, string) {
	t.Helper()
	facts, err := old.run.Reuse(old.graph, from)
	var r *job.Refusal
	if errors.As(err, &r) {
		return nil, "refused " + r.Code
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &story{
		t: t, graph: old.graph, subject: events.JobSubject("default", "j2"), view: &job.Job{},
		now: old.now.Add(time.Hour), room: 10, actor: old.actor,
	}
	s.run = job.NewRun(s.subject)
	submit := s.submission()
	submit.Job.RerunOf, submit.Job.FromNode, submit.Reuse = old.run.ID, from, facts
	return s, s.do(submit)
}

func TestRerunFrom(t *testing.T) {
	for name, c := range map[string]struct {
		graph string
		play  func(s *story)
		from  string
		want  string
	}{
		"the first node": {sequence, func(s *story) { s.ok("a", "1"); s.ok("b", "2") },
			"a", "submitted started started:a/1/1"},
		"the last node": {sequence, func(s *story) { s.ok("a", "1"); s.ok("b", "2") },
			"b", "submitted reused:a+0 started started:b/1/1"},
		"the node that failed": {sequence, func(s *story) { s.ok("a", "1"); s.fail("b") },
			"b", "submitted reused:a+0 started started:b/1/1"},
		"one of two branches": {diamond, func(s *story) { s.ok("a", "1"); s.ok("b", "2"); s.ok("c", "3"); s.ok("d", "4") },
			"c", "submitted reused:a+0+1 reused:b+2 started started:c/1/1"},
		"beside a branch that had not ended": {diamond, func(s *story) { s.ok("a", "1"); s.fail("c") },
			"c", "submitted reused:a+0+1 started started:b/1/1 started:c/1/1"},
		"beside the branch that failed": {diamond, func(s *story) { s.ok("a", "1"); s.fail("c") },
			"b", "submitted reused:a+0+1 started started:b/1/1 started:c/1/1"},
		"behind a choice": {choice, func(s *story) { s.ok("a", `{"go":"b"}`); s.ok("b", "1"); s.ok("d", "2") },
			"d", "submitted reused:a+0-1 skipped:c reused:b+2 started started:d/1/1"},
		"a skipped node": {choice, func(s *story) { s.ok("a", `{"go":"b"}`); s.ok("b", "1"); s.ok("d", "2") },
			"c", "refused CONFLICT"},
		"an unknown node": {choice, func(s *story) { s.do(&job.Cancel{}) },
			"z", "refused VALIDATION_ERROR"},
		"a node that was not reached": {sequence, func(s *story) { s.do(&job.Cancel{}) },
			"b", "submitted started started:a/1/1"},
		"behind a failure that went on": {onError, func(s *story) { s.fail("a"); s.ok("c", "1"); s.ok("d", "2") },
			"d", "submitted reused:a!+2-0 skipped:b reused:c+1 started started:d/1/1"},
		"behind a loop": {review, func(s *story) {
			s.ok("draft", "1")
			s.ok("review", `{"action":"reject"}`)
			s.ok("draft", "2")
			s.ok("review", `{"action":"approve"}`)
			s.ok("post", "3")
		}, "post", "submitted reused:draft+0 reused:review+1-2 started started:post/1/1"},
		"inside a loop": {review, func(s *story) {
			s.ok("draft", "1")
			s.ok("review", `{"action":"reject"}`)
			s.ok("draft", "2")
			s.ok("review", `{"action":"approve"}`)
			s.ok("post", "3")
		}, "review", "submitted reused:draft+0 started started:review/1/1"},
		"when a loop had led back": {review, func(s *story) {
			s.ok("draft", "1")
			s.ok("review", `{"action":"reject"}`)
			s.do(&job.Cancel{})
		}, "post", "submitted started started:draft/1/1"},
		"beside a node whose conditions failed": {choice, func(s *story) { s.ok("a", "7") },
			"d", "submitted started started:a/1/1"},
		"beside an end": {`{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"end"},{"id":"c","type":"x"}],"edges":[{"from":"a","to":"b"}]}`,
			func(s *story) {
				s.ok("a", "1")
				s.do(&job.Succeed{Attempt: s.at("b"), Output: jsontext.Value("2"), End: true})
			}, "c", "submitted reused:a+0 started started:b/1/1 started:c/1/1"},
	} {
		t.Run(name, func(t *testing.T) {
			old := submitted(t, c.graph)
			c.play(old)
			if !old.run.Status.Terminal() {
				t.Fatalf("the old job is %s", old.run.Status)
			}
			s, got := rerun(t, old, c.from)
			if got != c.want {
				t.Fatalf("happened: %s\nwanted:   %s", got, c.want)
			}
			if s != nil {
				holds(t, s)
			}
		})
	}
}

// What is taken over is seen by expressions and by clients, and counts for
// nothing that was consumed.
func TestReusedStep(t *testing.T) {
	old := submitted(t, sequence)
	old.do(&job.Succeed{Attempt: old.at("a"), Output: jsontext.Value(`{"x":1}`), Usage: events.Usage{InputTokens: 7}})
	old.fail("b")
	s, _ := rerun(t, old, "b")
	st := s.view.Step("a")
	if st.Status != job.StepSucceeded || !st.Reused || st.Visits != 0 || st.Attempts != 0 || st.StartedAt != nil || st.FinishedAt == nil {
		t.Errorf("the step is %+v", st)
	}
	if s.view.RerunOf != "j1" || s.view.Usage.InputTokens != 0 || s.view.Progress != 50 {
		t.Errorf("the job is %+v", s.view)
	}
	if d := cmp.Diff(`{"x":1}`, string(s.run.Output("a"))); d != "" {
		t.Error(d)
	}
	s.want(s.ok("b", "2"), "succeeded:b", "completed:2")

	failed := submitted(t, onError)
	failed.fail("a")
	failed.fail("c")
	s, _ = rerun(t, failed, "c")
	if st := s.view.Step("a"); st.Status != job.StepFailed || st.Error == nil || st.Error.Code != "OOPS" {
		t.Errorf("the failed step is %+v", st)
	}
	if got := string(s.run.Output("a")); !strings.Contains(got, `"OOPS"`) {
		t.Errorf("the failed step's output is %s", got)
	}
}

// A loop over a node that was taken over visits it for the first time.
func TestLoopOverReused(t *testing.T) {
	old := submitted(t, review)
	old.ok("draft", "1")
	old.fail("review")
	s, _ := rerun(t, old, "review")
	s.want(s.ok("review", `{"action":"reject"}`), "succeeded:review+2-1 looped:draft,post,review started:draft/1/1")
	if st := s.view.Step("draft"); st.Reused || st.Visits != 1 {
		t.Errorf("the step is %+v", st)
	}
	s.want(s.ok("draft", "2"), "succeeded:draft+0 started:review/2/1")
}

// TestAnyRerun reruns any job from any node and plays on to an end.
func TestAnyRerun(t *testing.T) {
	graphs := []string{oneNode, sequence, diamond, choice, review, onError}
	rapid.Check(t, func(rt *rapid.T) {
		old := begin(t, rapid.SampledFrom(graphs).Draw(rt, "graph"))
		old.room = rapid.IntRange(0, 3).Draw(rt, "room")
		old.do(old.submission())
		play(t, rt, old)
		if !old.run.Status.Terminal() {
			old.do(&job.Cancel{})
		}
		from := rapid.SampledFrom(old.graph.Nodes).Draw(rt, "from").ID
		s, told := rerun(t, old, from)
		if s == nil {
			if st := old.run.Step(from); st == nil || st.Status != job.StepSkipped {
				t.Fatalf("from %s: %s", from, told)
			}
			return
		}
		for _, c := range s.history {
			for i := range c.Events {
				if f, ok := c.Events[i].Fact.(*events.NodeReused); ok && slices.Contains(s.graph.Reach(from), f.Node) {
					t.Fatalf("%s was reused in a rerun from %s", f.Node, from)
				}
			}
		}
		if rapid.Bool().Draw(rt, "wild") {
			play(t, rt, s)
			holds(t, s)
			return
		}
		for range 100 {
			work := s.run.AtWork()
			for a := range work {
				out := rapid.SampledFrom([]string{`{"go":"b","action":"approve"}`, `{"go":"c","action":"reject"}`}).Draw(rt, "output")
				s.ok(a.Node, out)
			}
			if len(work) == 0 {
				break
			}
		}
		if s.run.Status != job.Completed {
			t.Fatalf("the rerun from %s is %s at %s", from, s.run.Status, s.run.CurrentStep)
		}
		holds(t, s)
	})
}
