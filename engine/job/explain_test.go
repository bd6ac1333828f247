package job_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// explain folds a story's history and tells the reasons in short:
// "kind:node since until".
func explain(t testing.TB, s *story) (*job.Explanation, []string) {
	t.Helper()
	a := job.NewAccount(s.subject)
	for _, c := range s.history {
		a.Apply(c)
	}
	if d := cmp.Diff(&s.run.Job, &a.Job); d != "" {
		t.Fatalf("an Account and a Run fold differently:\n%s", d)
	}
	g := s.graph
	if a.Status.Terminal() {
		g = &pathway.Graph{}
	}
	x, err := a.Explain(t.Context(), g, events.At(s.now))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, r := range x.Reasons {
		w := string(r.Kind)
		if r.NodeID != "" {
			w += ":" + string(r.NodeID)
		}
		if r.Attempt > 0 {
			w += fmt.Sprint("/", r.Attempt)
		}
		w += fmt.Sprint(" ", r.Since)
		if r.Until != nil {
			w += fmt.Sprint(" ", r.Until.Sub(s.now).Round(time.Second))
		}
		if r.InterventionID != "" {
			w += " " + string(r.InterventionID)
		}
		if r.By != nil {
			w += " by " + r.By.ID
		}
		told = append(told, w)
	}
	return x, told
}

func TestExplain(t *testing.T) {
	const wide = `{"nodes":[{"id":"a","type":"x","retry":{"max_attempts":3,"initial":"10s","jitter":false}},{"id":"b","type":"x"},{"id":"c","type":"human"}],"edges":[]}`
	for name, c := range map[string]struct {
		graph   string
		room    int
		play    func(s *story)
		reasons []string
		summary string
	}{
		"held by run_at": {oneNode, 9, func(s *story) {
			submit := s.submission()
			submit.Job.RunAt = events.AtPtr(s.now.Add(time.Minute))
			s.do(submit)
		}, []string{"run_at 1-0 1m0s"}, "pending: it does not begin before 2026-01-02T03:05:05.000Z"},
		"run_at is over": {oneNode, 0, func(s *story) {
			submit := s.submission()
			submit.Job.RunAt = events.AtPtr(s.now.Add(time.Minute))
			s.do(submit)
			s.now = s.now.Add(time.Hour)
		}, []string{"room 1-0"}, "pending: it has not begun: all workers are busy"},
		"waits for a signal": {inbox, 9, func(s *story) {
			s.do(s.submission())
			s.hears("a", "paid", "refused")
			s.hears("b", "x")
		}, []string{"event:a 2-0 1h0m0s", "event:b 3-0"}, "waiting: a waits for the event paid or refused, until 2026-01-02T04:04:05.001Z; b waits for the event x"},
		"a join waits": {three(`"join":2`), 9, func(s *story) {
			s.do(s.submission())
			s.ok("a", `{"yes":true}`)
			s.ok("c", `{"yes":false}`)
		}, []string{"running:b/1 1-0", "join:j 2-0"}, "running: b is at work, attempt 1; j starts when 2 of the 3 that lead to it have arrived: 1 so far"},
		"a join is decided": {three(`"join":2`), 1, func(s *story) {
			s.room = 3
			s.do(s.submission())
			s.room = 0
			s.ok("a", `{"yes":true}`)
			s.ok("c", `{"yes":true}`)
		}, []string{"running:b/1 1-0", "room:j/1 3-0"}, "running: b is at work, attempt 1; j could start, and all workers are busy"},
		"running": {oneNode, 9, func(s *story) { s.do(s.submission()) },
			[]string{"running:a/1 1-0"}, "running: a is at work, attempt 1"},
		"begun again after a crash": {oneNode, 9, func(s *story) {
			s.do(s.submission())
			s.do(&job.Advance{Lost: []job.Attempt{s.at("a")}})
		}, []string{"running:a/2 2-0"}, "running: a is at work, attempt 2"},
		"deadline": {oneNode, 9, func(s *story) {
			submit := s.submission()
			submit.Job.Timeout = 60_000
			s.do(submit)
		}, []string{"running:a/1 1-0", "deadline 1-0 1m0s"}, "running: a is at work, attempt 1"},
		"no room for the next": {sequence, 1, func(s *story) {
			s.do(s.submission())
			s.room = 0
			s.ok("a", "1")
		}, []string{"room:b/1 2-0"}, "running: b could start, and all workers are busy"},
		"no room for two starts": {wide, 1, func(s *story) { s.do(s.submission()) },
			[]string{"running:a/1 1-0", "room:b/1 1-0", "room:c/1 1-0"},
			"running: a is at work, attempt 1; b could start, and all workers are busy; c could start, and all workers are busy"},
		"retry": {wide, 9, func(s *story) {
			s.do(s.submission())
			s.ok("b", "1")
			s.do(&job.Fail{Attempt: s.at("a"), Code: "OOPS", Message: "it\n  broke"})
		}, []string{"running:c/1 1-0", "retry:a/1 3-0 10s"},
			"running: c is at work, attempt 1; attempt 1 of a failed and another is made at 2026-01-02T03:04:15.001Z (OOPS: it broke)"},
		"a retry is due and there is no room": {wide, 9, func(s *story) {
			s.do(s.submission())
			s.fail("a")
			s.now, s.room = s.now.Add(time.Minute), 0
			s.do(&job.Advance{})
		}, []string{"running:b/1 1-0", "running:c/1 1-0", "room:a/2 2-0"},
			"running: b is at work, attempt 1; c is at work, attempt 1; a could start, and all workers are busy"},
		"delay": {oneNode, 9, func(s *story) {
			s.do(s.submission())
			s.do(&job.Hold{Attempt: s.at("a"), Until: s.now.Add(5 * time.Second)})
		}, []string{"delay:a/1 2-0 5s"}, "running: a waits until 2026-01-02T03:04:10.001Z"},
		"intervention": {review, 9, func(s *story) {
			s.do(s.submission())
			s.ok("draft", "1")
			s.ask("review", job.Ask{ID: "q1", Actions: []string{"approve"}, ExpiresIn: time.Hour, Required: 2})
			s.do(&job.Answer{InterventionID: "q1", Action: "approve", Responder: "me"})
		}, []string{"intervention:review 3-0 1h0m0s q1"},
			"waiting: review waits for an answer to intervention q1: 2 must agree, 1 answered so far, which expires at 2026-01-02T04:04:05.001Z"},
		"more than three": {`{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"c","type":"x"},{"id":"d","type":"x"},{"id":"e","type":"x"}],"edges":[]}`, 9, func(s *story) {
			s.do(s.submission())
		}, []string{"running:a/1 1-0", "running:b/1 1-0", "running:c/1 1-0", "running:d/1 1-0", "running:e/1 1-0"},
			"running: a is at work, attempt 1; b is at work, attempt 1; c is at work, attempt 1; and 2 more"},
		"paused": {sequence, 9, func(s *story) {
			s.do(s.submission())
			s.do(&job.Pause{})
		}, []string{"paused 2-0 by k1", "running:a/1 1-0"}, "paused: paused by key k1: no new step starts until it is resumed; a is at work, attempt 1"},
		"paused, and the step ended": {sequence, 9, func(s *story) {
			s.do(s.submission())
			s.do(&job.Pause{})
			s.ok("a", "1")
		}, []string{"paused 2-0 by k1"}, "paused: paused by key k1: no new step starts until it is resumed"},
		"paused with its parent": {sequence, 9, func(s *story) {
			submit := s.submission()
			submit.Job.Parent = &events.Parent{Job: "j0", Node: "n", Visit: 1, Attempt: 1, Depth: 1}
			s.do(submit)
			s.actor = events.Actor{Kind: "engine", ID: "e1"}
			s.do(&job.Follow{Paused: true})
		}, []string{"paused 2-0 by e1", "running:a/1 1-0"},
			"paused: paused because its parent job j0 is: no new step starts until it is resumed; a is at work, attempt 1"},
		"completed": {oneNode, 9, func(s *story) {
			s.do(s.submission())
			s.ok("a", "1")
		}, []string{"completed 2-0 by k1"}, "it completed"},
		"failed": {oneNode, 9, func(s *story) {
			s.do(s.submission())
			s.fail("a")
		}, []string{"failed:a 2-0 by k1"}, "it failed at a: OOPS: it broke"},
		"failed with the code of a cancelled sub-job": {oneNode, 9, func(s *story) {
			s.do(s.submission())
			s.do(&job.Fail{Attempt: s.at("a"), Code: job.CodeCancelled, Message: "sub-job j2: cancelled"})
		}, []string{"failed:a 2-0 by k1"}, "it failed at a: CANCELLED: sub-job j2: cancelled"},
		"timed out": {oneNode, 9, func(s *story) {
			submit := s.submission()
			submit.Job.Timeout = 1000
			s.do(submit)
			s.now = s.now.Add(time.Minute)
			s.do(&job.Advance{})
		}, []string{"failed 2-0 by k1"}, "it failed: TIMEOUT: the job did not end within its timeout of 1s"},
		"cancelled": {oneNode, 9, func(s *story) {
			s.do(s.submission())
			s.do(&job.Cancel{Reason: strings.Repeat("enough ", 50)})
		}, []string{"cancelled 2-0 by k1"}, "cancelled: " + strings.TrimSuffix(strings.Repeat("enough ", 50)[:289], "...") + "..."},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, c.graph)
			s.room = c.room
			c.play(s)
			x, told := explain(t, s)
			if d := cmp.Diff(c.reasons, told); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.summary, x.Summary); d != "" {
				t.Errorf("summary (-want +got):\n%s", d)
			}
			if x.Status != s.run.Status || x.Cursor != s.run.Cursor || x.JobID != s.run.ID {
				t.Errorf("it is of %s, %s at %s", x.JobID, x.Status, x.Cursor)
			}
		})
	}
}
