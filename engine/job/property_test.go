package job_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/engine/job/jobtest"
	"ranvier/events"
)

// TestAnyPlay plays random commands at random times against a few graphs and
// holds the history to what must be true of every job.
func TestAnyPlay(t *testing.T) {
	graphs := []string{oneNode, sequence, diamond, choice, review, inbox, race, beside, three(`"join":2`), three(`"join":2,"join_rest":"cancel"`),
		`{"nodes":[{"id":"s","type":"x"},{"id":"a","type":"x","on_error":"c"},{"id":"b","type":"x"},{"id":"c","type":"x","join":"any"},{"id":"j","type":"x","join":"any","join_rest":"cancel"},{"id":"k","type":"x","join":2}],
		  "edges":[{"from":"s","to":"a"},{"from":"s","to":"b"},{"from":"a","to":"j"},{"from":"b","to":"c"},{"from":"c","to":"j"},{"from":"b","to":"k"},{"from":"j","to":"k"},
		           {"from":"c","to":"b","when":"nodes.c.output == 1","max_visits":2},{"from":"j","to":"s","when":"nodes.j.output == 1","max_visits":2},{"from":"k","to":"b","max_visits":1}]}`,
		locked, mapped, mapsInMaps, mapAndMore,
		`{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x","lock":"l"},{"id":"c","type":"x","lock":"l","on_error":"d"},{"id":"d","type":"x","lock":"l","cancels":["a","b"]},{"id":"e","type":"x","cancels":["c"]},{"id":"f","type":"x"}],
		  "edges":[{"from":"a","to":"b"},{"from":"b","to":"e"},{"from":"d","to":"f"},{"from":"e","to":"f"},{"from":"f","to":"a","max_visits":2},{"from":"e","to":"b","when":"nodes.e.output == 1","max_visits":2}]}`,
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
	node := anyNode(rt, s)
	at := s.at(node)
	what := rapid.IntRange(0, 14).Draw(rt, "command")
	if s.graph.Node(node).Items != nil && (what < 3 || what == 4 || what == 5 || what == 10 || what == 12) {
		return anyFan(rt, at)
	}
	switch what {
	case 0, 1, 2:
		out := rapid.SampledFrom([]string{`1`, `{"go":"b"}`, `{"go":"c"}`, `{"action":"reject"}`, `{"action":"approve"}`}).Draw(rt, "output")
		return &job.Succeed{Attempt: at, Output: jsontext.Value(out), End: rapid.IntRange(0, 20).Draw(rt, "end") == 0}
	case 3:
		return &job.Fail{Attempt: at, Code: "OOPS", Final: rapid.Bool().Draw(rt, "final")}
	case 4:
		*asked++
		return &job.Hold{Attempt: at, Ask: &job.Ask{
			ID: fmt.Sprint("q", *asked), Actions: []string{"approve", "reject"}, ExpiresIn: time.Minute, OnExpire: "reject",
			Required: rapid.IntRange(1, 2).Draw(rt, "required"), Responders: rapid.SampledFrom([]int{0, 2, 3}).Draw(rt, "responders"),
			RemindAfter: time.Duration(rapid.SampledFrom([]int{0, 5, 25}).Draw(rt, "remind")) * time.Second,
		}}
	case 5:
		return &job.Hold{Attempt: at, Until: s.now.Add(10 * time.Second)}
	case 6:
		return &job.Answer{
			InterventionID: fmt.Sprint("q", *asked), Action: rapid.SampledFrom([]string{"approve", "reject"}).Draw(rt, "action"),
			Responder: rapid.SampledFrom([]string{"ann", "bob", "cid"}).Draw(rt, "responder"),
		}
	case 10:
		return &job.Hold{Attempt: at, Events: rapid.SampledFrom([][]string{{"x"}, {"y"}, {"x", "y"}}).Draw(rt, "events"), Fresh: rapid.Bool().Draw(rt, "fresh")}
	case 11:
		name := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(rt, "signal")
		key := rapid.SampledFrom([]string{"", "k1", "k2", "k3"}).Draw(rt, "key")
		c := &job.Signal{Name: name, Data: jsontext.Value(`{"yes":true}`), Request: events.HashOf([]byte(name))}
		if key != "" {
			c.Key = events.HashOf([]byte(key))
		}
		return c
	case 12:
		return &job.Hold{Attempt: at, Task: &job.Offer{
			Queue: "q", Input: jsontext.Value(`1`), Lease: time.Duration(rapid.IntRange(1, 30).Draw(rt, "lease")) * time.Second,
			MaxLeases: rapid.IntRange(0, 2).Draw(rt, "leases"),
		}}
	case 13, 14:
		return taskCommand(rt, s)
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

// anyNode draws a node of the job's own graph, or one at work inside of a map.
func anyNode(rt *rapid.T, s *story) string {
	var inside []string
	for a := range s.run.AtWork() {
		if strings.Contains(a.Node, "/") {
			inside = append(inside, a.Node)
		}
	}
	slices.Sort(inside)
	if len(inside) > 0 && rapid.IntRange(0, 3).Draw(rt, "inside") > 0 {
		return rapid.SampledFrom(inside).Draw(rt, "node inside")
	}
	return rapid.SampledFrom(s.graph.Nodes).Draw(rt, "node").ID
}

func anyFan(rt *rapid.T, at job.Attempt) job.Command {
	list := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 6).Draw(rt, "list")
	return &job.Fan{
		Attempt: at, Items: events.PayloadOf(list).JSON(), Total: len(list), MinSuccess: rapid.IntRange(-1, 4).Draw(rt, "least"),
		Concurrency: rapid.IntRange(1, 3).Draw(rt, "at once"), Rest: rapid.SampledFrom([]string{"", "cancel", "ignore"}).Draw(rt, "rest"),
	}
}

// holds checks a whole history.
func holds(t *testing.T, s *story) {
	t.Helper()
	again, head, ends := job.NewRun(s.subject), events.Head{}, 0
	rules := jobtest.New(t, s.graph)
	progress := 0.0
	waits := map[string]*patience{}
	for _, c := range s.history {
		var err error
		if head, err = events.Verify(head, c); err != nil {
			t.Fatal(err)
		}
		for i := range c.Events {
			if ends > 0 {
				t.Fatalf("%s after the end", c.Events[i].Fact.Type())
			}
			rules.See(c.Events[i].Fact)
			switch f := c.Events[i].Fact.(type) {
			case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
				ends++
			case *events.InterventionOpened:
				waits[f.ID] = &patience{since: c.At(), after: f.RemindAfter.Duration()}
			case *events.InterventionReminded:
				waits[f.ID].reminded(t, again, f, c.At())
			}
		}
		again.Apply(c)
		rules.Between(&again.Job)
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

// patience is how long an open question has waited for its next reminder.
type patience struct {
	since events.Time
	after time.Duration
	times int
}

// reminded checks a reminder against the job as it was before.
func (p *patience) reminded(t *testing.T, before *job.Run, f *events.InterventionReminded, at events.Time) {
	t.Helper()
	p.times++
	switch {
	case p.after == 0, !before.Intervention(f.ID).Open(), before.Status == job.Paused:
		t.Fatalf("a reminder of %s, which is %+v", f.ID, before.Intervention(f.ID))
	case at.Sub(p.since.Time) <= p.after:
		t.Fatalf("reminder %d of %s comes %v after the last, not %v", f.Times, f.ID, at.Sub(p.since.Time), p.after)
	case f.Times != p.times, f.Times > 10:
		t.Fatalf("reminder %d of %s is numbered %d", p.times, f.ID, f.Times)
	}
	p.since = at
}
