package job_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/events"
)

// TestAnyPlay plays random commands at random times against a few graphs and
// holds the history to what must be true of every job.
func TestAnyPlay(t *testing.T) {
	graphs := []string{oneNode, sequence, diamond, choice, review,
		`{"nodes":[{"id":"a","type":"x","retry":{"max_attempts":3,"initial":"1s"},"on_error":"c"},{"id":"b","type":"x","on_error":"continue"},{"id":"c","type":"x"}],
		  "edges":[{"from":"a","to":"b"},{"from":"b","to":"a","when":"input.n > 0","max_visits":2}]}`}
	rapid.Check(t, func(rt *rapid.T) {
		s := begin(t, rapid.SampledFrom(graphs).Draw(rt, "graph"))
		s.room = rapid.IntRange(0, 3).Draw(rt, "room")
		submit := s.submission()
		submit.Job.Timeout = events.Millis(rapid.SampledFrom([]int{0, 90_000}).Draw(rt, "timeout"))
		s.do(submit)
		play(t, rt, s)
		holds(t, s)
	})
}

// play gives random commands at random times.
func play(t *testing.T, rt *rapid.T, s *story) {
	asked := 0
	for range rapid.IntRange(1, 40).Draw(rt, "steps") {
		s.room = rapid.IntRange(0, 3).Draw(rt, "room")
		s.now = s.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "seconds")) * time.Second)
		c := command(rt, s, &asked)
		facts, err := s.decide(c)
		var r *job.Refusal
		if err != nil && !errors.As(err, &r) {
			t.Fatalf("%T: %v", c, err)
		}
		if err != nil && len(facts) > 0 {
			t.Fatalf("%T: refused and decided", c)
		}
		ended := s.run.Status.Terminal()
		if ended && len(facts) > 0 {
			t.Fatalf("%T after the end: %s", c, tell(facts))
		}
		s.happen(facts)
	}
}

func command(rt *rapid.T, s *story, asked *int) job.Command {
	node := rapid.SampledFrom(s.graph.Nodes).Draw(rt, "node").ID
	at := s.at(node)
	switch rapid.IntRange(0, 9).Draw(rt, "command") {
	case 0, 1, 2:
		out := rapid.SampledFrom([]string{`1`, `{"go":"b"}`, `{"go":"c"}`, `{"action":"reject"}`, `{"action":"approve"}`}).Draw(rt, "output")
		return &job.Succeed{Attempt: at, Output: jsontext.Value(out), End: rapid.IntRange(0, 20).Draw(rt, "end") == 0}
	case 3:
		return &job.Fail{Attempt: at, Code: "OOPS", Final: rapid.Bool().Draw(rt, "final")}
	case 4:
		*asked++
		return &job.Hold{Attempt: at, Ask: &job.Ask{ID: fmt.Sprint("q", *asked), Actions: []string{"approve", "reject"}, ExpiresIn: time.Minute, OnExpire: "reject"}}
	case 5:
		return &job.Hold{Attempt: at, Until: s.now.Add(10 * time.Second)}
	case 6:
		return &job.Answer{InterventionID: fmt.Sprint("q", *asked), Action: "reject", Responder: "me"}
	case 7:
		return rapid.SampledFrom([]job.Command{&job.Pause{}, &job.Resume{}}).Draw(rt, "control")
	case 8:
		if rapid.IntRange(0, 9).Draw(rt, "cancel") == 0 {
			return &job.Cancel{}
		}
	}
	var lost []job.Attempt
	if rapid.Bool().Draw(rt, "crash") {
		for a := range s.run.AtWork() {
			lost = append(lost, a)
		}
	}
	return &job.Advance{Lost: lost}
}

// holds checks a whole history.
func holds(t *testing.T, s *story) {
	t.Helper()
	again, head, ends := job.NewRun(s.subject), events.Head{}, 0
	settled := map[int]bool{}
	progress := 0.0
	for _, c := range s.history {
		var err error
		if head, err = events.Verify(head, c); err != nil {
			t.Fatal(err)
		}
		for i := range c.Events {
			if ends > 0 {
				t.Fatalf("%s after the end", c.Events[i].Fact.Type())
			}
			switch f := c.Events[i].Fact.(type) {
			case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
				ends++
			case *events.NodeStarted:
				for _, e := range s.graph.In(f.Node) {
					if f.Visit == 1 && !settled[e] {
						t.Fatalf("%s started before edge %d was settled", f.Node, e)
					}
				}
			case *events.NodeSucceeded:
				settle(settled, f.Taken, f.Dead)
			case *events.NodeFailed:
				settle(settled, f.Taken, f.Dead)
			case *events.NodeSkipped:
				settle(settled, f.Dead)
			case *events.NodeReused:
				settle(settled, f.Taken, f.Dead)
			}
		}
		again.Apply(c)
		if again.Progress < progress {
			t.Fatalf("progress fell from %v to %v", progress, again.Progress)
		}
		progress = again.Progress
	}
	if d := cmp.Diff(&again.Job, &s.run.Job); d != "" {
		t.Fatalf("folded again:\n%s", d)
	}
	if (ends == 1) != s.run.Status.Terminal() {
		t.Fatalf("%d ends and status %s", ends, s.run.Status)
	}
	if s.run.Status == job.Running && s.run.CurrentStep == "" && s.room > 0 {
		if facts, err := s.decide(&job.Advance{}); err != nil || len(facts) == 0 {
			t.Fatalf("the job runs, and nothing is at work or ready: %v", err)
		}
	}
}

func settle(settled map[int]bool, edges ...[]int) {
	for _, list := range edges {
		for _, i := range list {
			settled[i] = true
		}
	}
}
