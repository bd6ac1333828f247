package job_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
	"ranvier/events"
)

const (
	oneNode  = `{"nodes":[{"id":"a","type":"x"}],"edges":[]}`
	sequence = `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"}],"edges":[{"from":"a","to":"b"}]}`
	diamond  = `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"c","type":"x"},{"id":"d","type":"x"}],
	             "edges":[{"from":"a","to":"b"},{"from":"a","to":"c"},{"from":"b","to":"d"},{"from":"c","to":"d"}]}`
	choice = `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"c","type":"x"},{"id":"d","type":"x"}],
	           "edges":[{"from":"a","to":"b","when":"nodes.a.output.go == 'b'"},{"from":"a","to":"c","when":"nodes.a.output.go == 'c'"},
	                    {"from":"b","to":"d"},{"from":"c","to":"d"}]}`
	review = `{"nodes":[{"id":"draft","type":"x"},{"id":"review","type":"human"},{"id":"post","type":"x"}],
	           "edges":[{"from":"draft","to":"review"},
	                    {"from":"review","to":"post","when":"nodes.review.output.action == 'approve'"},
	                    {"from":"review","to":"draft","when":"nodes.review.output.action == 'reject'","max_visits":1}]}`
)

func TestOneNode(t *testing.T) {
	s := begin(t, oneNode)
	s.want(s.do(s.submission()), "submitted started started:a/1/1")
	s.want(s.ok("a", `{"x":1}`), "succeeded:a", `completed:{"x":1}`)
	if s.view.Status != job.Completed || s.view.Progress != 100 || s.view.FinishedAt == nil {
		t.Fatalf("view: %+v", s.view)
	}
	s.want(s.do(&job.Cancel{}), "refused JOB_FINISHED")
	s.want(s.do(&job.Advance{}))
}

func TestWithoutRoomAJobStaysPending(t *testing.T) {
	s := begin(t, diamond)
	s.room = 0
	s.want(s.do(s.submission()), "submitted")
	if s.view.Status != job.Pending {
		t.Fatalf("status %s", s.view.Status)
	}
	s.want(s.do(&job.Advance{}))
	s.room = 1
	s.want(s.do(&job.Advance{}), "started started:a/1/1")
	s.want(s.ok("a", `1`), "succeeded:a+0+1 started:b/1/1")
	s.want(s.do(&job.Advance{}), "started:c/1/1")
}

func TestParallelSplitAndJoin(t *testing.T) {
	s := submitted(t, diamond)
	s.want(s.ok("a", `1`), "succeeded:a+0+1 started:b/1/1 started:c/1/1")
	s.want(s.ok("c", `3`), "succeeded:c+3")
	s.want(s.ok("b", `2`), "succeeded:b+2 started:d/1/1")
	s.want(s.ok("d", `4`), "succeeded:d completed:4")
}

func TestDeadPathsAreSkipped(t *testing.T) {
	s := submitted(t, choice)
	s.want(s.ok("a", `{"go":"b"}`), "succeeded:a+0-1 skipped:c started:b/1/1")
	s.want(s.ok("b", `1`), "succeeded:b+2 started:d/1/1")
	s.want(s.ok("d", `"end"`), `succeeded:d completed:"end"`)

	s = submitted(t, choice)
	s.want(s.ok("a", `{"go":"nowhere"}`), "succeeded:a-0-1 skipped:b skipped:c skipped:d completed:null")
}

func TestFailedConditionFailsTheJob(t *testing.T) {
	s := submitted(t, choice)
	s.want(s.ok("a", `"no object"`), "succeeded:a failed:EXPRESSION_ERROR")
	if s.view.Error.NodeID != "a" || s.view.Status != job.Failed {
		t.Fatalf("error %+v", s.view.Error)
	}
}

func TestRetry(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"a","type":"x","retry":{"max_attempts":3,"initial":"1s","factor":2}}],"edges":[]}`)
	s.want(s.fail("a"), "retrying:a")
	due := s.run.Due()
	if wait := due.Sub(s.now); wait < time.Second || wait > 2*time.Second {
		t.Fatalf("retry in %s", wait)
	}
	s.want(s.do(&job.Advance{}))
	s.now = due.Add(-time.Millisecond)
	s.want(s.do(&job.Advance{}))
	s.now = due
	s.want(s.do(&job.Advance{}), "started:a/1/2")
	s.want(s.do(&job.Fail{Attempt: s.at("a"), Code: "BUSY", RetryAfter: time.Minute}), "retrying:a")
	if s.run.Due().Before(s.now.Add(time.Minute)) {
		t.Fatal("Retry-After was not honoured")
	}
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "started:a/1/3")
	s.want(s.fail("a"), "failed-node:a failed:OOPS")

	s = submitted(t, `{"nodes":[{"id":"a","type":"x","retry":{"max_attempts":3}}],"edges":[]}`)
	s.want(s.do(&job.Fail{Attempt: s.at("a"), Code: "NEVER", Final: true}), "failed-node:a failed:NEVER")
}

func TestLostAttemptsDoNotCount(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"a","type":"x","retry":{"max_attempts":2,"initial":"1s"}}],"edges":[]}`)
	s.want(s.do(&job.Advance{Lost: []job.Attempt{{Node: "a", Visit: 1, Attempt: 1}}}), "started:a/1/2!")
	s.want(s.do(&job.Advance{Lost: []job.Attempt{{Node: "a", Visit: 1, Attempt: 1}}}))
	s.want(s.do(&job.Succeed{Attempt: job.Attempt{Node: "a", Visit: 1, Attempt: 1}, Output: jsontext.Value("1")}), "refused STALE")
	s.want(s.fail("a"), "retrying:a")
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "started:a/1/3")
	s.want(s.fail("a"), "failed-node:a failed:OOPS")
}

func TestOnError(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"a","type":"x","on_error":"continue"},{"id":"b","type":"x"}],
		"edges":[{"from":"a","to":"b","when":"nodes.a.output.error.code == 'OOPS'"}]}`)
	s.want(s.fail("a"), "failed-node:a+0 started:b/1/1")

	divert := `{"nodes":[{"id":"a","type":"x","on_error":"c"},{"id":"b","type":"x"},{"id":"c","type":"x"}],"edges":[{"from":"a","to":"b"}]}`
	s = submitted(t, divert)
	s.want(s.fail("a"), "failed-node:a+1-0 skipped:b started:c/1/1")
	s.want(s.ok("c", `"mended"`), "succeeded:c", `completed:{"c":"mended"}`)
	s = submitted(t, divert)
	s.want(s.ok("a", `1`), "succeeded:a+0-1 skipped:c started:b/1/1")
}

func TestSwitchTakesTheFirstMatch(t *testing.T) {
	g := `{"nodes":[{"id":"s","type":"switch","cases":[{"when":"input.n > 0","to":"a"},{"when":"true","to":"b"}],"default":"c"},
		{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"c","type":"x"}],"edges":[]}`
	s := submitted(t, g)
	s.want(s.ok("s", `null`), "succeeded:s+0-1-2 skipped:b skipped:c started:a/1/1")
}

func TestLoop(t *testing.T) {
	s := submitted(t, review)
	s.want(s.ok("draft", `"one"`), "succeeded:draft+0 started:review/1/1")
	s.want(s.ask("review", job.Ask{ID: "q1", Actions: []string{"approve", "reject"}}), "holds:review opened waiting")
	s.want(s.do(&job.Answer{InterventionID: "q1", Action: "reject", Responder: "me"}),
		"answered succeeded:review+2-1 looped:draft,post,review resumed started:draft/2/1")
	before := s.view.Progress
	s.want(s.ok("draft", `"two"`), "succeeded:draft+0 started:review/2/1")
	s.want(s.ask("review", job.Ask{ID: "q2", Actions: []string{"approve", "reject"}}), "holds:review opened waiting")
	// max_visits is used up: the back edge is dead and so is post.
	s.want(s.do(&job.Answer{InterventionID: "q2", Action: "reject", Responder: "me"}),
		"answered succeeded:review-2-1 skipped:post resumed completed:null")
	if s.view.Progress < before || s.view.Step("draft").Visits != 2 {
		t.Fatalf("view %+v", s.view)
	}
}

func TestAnswers(t *testing.T) {
	schema := jsontext.Value(`{"type":"object","required":["why"],"properties":{"why":{"type":"string"}}}`)
	open := func() *story {
		s := submitted(t, review)
		s.ok("draft", `"one"`)
		s.ask("review", job.Ask{ID: "q1", Prompt: "Well?", Actions: []string{"approve", "reject"}, Fields: schema, Required: 2})
		return s
	}
	good := job.Answer{InterventionID: "q1", Action: "approve", Fields: jsontext.Value(`{"why":"fine"}`), Responder: "ann"}
	with := func(change func(*job.Answer)) *job.Answer {
		a := good
		change(&a)
		return &a
	}
	for name, tc := range map[string]struct {
		answer *job.Answer
		want   string
	}{
		"another id":     {with(func(a *job.Answer) { a.InterventionID = "q2" }), "refused VALIDATION_ERROR"},
		"another action": {with(func(a *job.Answer) { a.Action = "maybe" }), "refused VALIDATION_ERROR"},
		"no fields":      {with(func(a *job.Answer) { a.Fields = nil }), "refused VALIDATION_ERROR"},
		"wrong fields":   {with(func(a *job.Answer) { a.Fields = jsontext.Value(`{"why":1}`) }), "refused VALIDATION_ERROR"},
		"good":           {&good, "answered"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open()
			before := len(s.history)
			s.want(s.do(tc.answer), tc.want)
			if tc.want != "answered" && len(s.history) != before {
				t.Fatal("a refused answer changed the job")
			}
		})
	}

	s := open()
	if q := s.view.WaitingFor; q == nil || q.InterventionID != "q1" || q.Prompt != "Well?" || s.view.Status != job.Waiting {
		t.Fatalf("waiting for %+v", q)
	}
	s.want(s.do(&good), "answered")
	s.want(s.do(&good), "refused ALREADY_ANSWERED")
	s.want(s.do(with(func(a *job.Answer) { a.Responder, a.Action = "bob", "reject" })), "answered")
	s.want(s.do(with(func(a *job.Answer) { a.Responder = "cid" })), "answered succeeded:review+1-2 resumed started:post/1/1")
	s.want(s.do(with(func(a *job.Answer) { a.Responder = "dan" })), "refused ALREADY_ANSWERED")
	s.want(s.do(with(func(a *job.Answer) { a.InterventionID = "q9" })), "refused JOB_NOT_WAITING")

	s = open()
	s.want(s.do(&job.Cancel{Reason: "enough"}), "cancelled")
	s.want(s.do(&good), "refused JOB_NOT_WAITING")
	if s.view.FailedReason != "cancelled: enough" || s.view.WaitingFor != nil || s.view.Interventions[0].Status != job.InterventionCancelled {
		t.Fatalf("view %+v", s.view)
	}
}

func TestExpiry(t *testing.T) {
	for onExpire, want := range map[string]string{
		"":         "expired failed-node:review-2-1 failed:INTERVENTION_EXPIRED",
		"fail":     "expired failed-node:review-2-1 failed:INTERVENTION_EXPIRED",
		"continue": "expired succeeded:review-2-1 skipped:post resumed completed:null",
		"approve":  "expired succeeded:review+1-2 resumed started:post/1/1",
	} {
		s := submitted(t, review)
		s.ok("draft", `"one"`)
		s.ask("review", job.Ask{ID: "q1", Actions: []string{"approve"}, ExpiresIn: time.Hour, OnExpire: onExpire})
		s.now = s.run.Due()
		s.want(s.do(&job.Answer{InterventionID: "q1", Action: "approve", Responder: "late"}), "refused JOB_NOT_WAITING")
		s.want(s.do(&job.Advance{}), want)
	}
}

func TestDelayAndTimeout(t *testing.T) {
	s := begin(t, sequence)
	submit := s.submission()
	submit.Job.Timeout = events.Millis(time.Hour.Milliseconds())
	s.do(submit)
	s.want(s.do(&job.Hold{Attempt: s.at("a"), Until: s.now.Add(time.Minute)}), "holds:a")
	if s.view.Status != job.Running {
		t.Fatalf("only a timer is awaited, and the status is %s", s.view.Status)
	}
	s.now = s.now.Add(time.Minute)
	s.want(s.do(&job.Advance{}))
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "succeeded:a+0 started:b/1/1")
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "failed:TIMEOUT")
}

func TestFailureIsNoProgress(t *testing.T) {
	s := submitted(t, sequence)
	s.ok("a", `1`)
	s.want(s.fail("b"), "failed-node:b failed:OOPS")
	if s.view.Progress != 50 || s.view.CurrentStep != "" {
		t.Fatalf("progress %v at %q", s.view.Progress, s.view.CurrentStep)
	}
}

func TestRunAt(t *testing.T) {
	s := begin(t, oneNode)
	submit := s.submission()
	submit.Job.RunAt = events.AtPtr(s.now.Add(time.Hour))
	s.want(s.do(submit), "submitted")
	s.want(s.do(&job.Advance{}))
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "started started:a/1/1")
}

func TestPauseAndResume(t *testing.T) {
	s := submitted(t, sequence)
	s.want(s.do(&job.Resume{}), "refused JOB_NOT_RESUMABLE")
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.do(&job.Pause{}), "refused CONFLICT")
	s.want(s.ok("a", `1`), "succeeded:a+0")
	s.want(s.do(&job.Resume{}), "resumed started:b/1/1")
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.ok("b", `2`), "succeeded:b")
	s.want(s.do(&job.Resume{}), "resumed completed:2")
	s.want(s.do(&job.Pause{}), "refused CONFLICT")
	s.want(s.do(&job.Resume{}), "refused JOB_NOT_RESUMABLE")

	s = begin(t, oneNode)
	s.room = 0
	s.do(s.submission())
	s.want(s.do(&job.Pause{}), "paused")
	s.room = 1
	s.want(s.do(&job.Advance{}))
	s.want(s.do(&job.Resume{}), "resumed started started:a/1/1")

	s = submitted(t, review)
	s.ok("draft", `1`)
	s.ask("review", job.Ask{ID: "q1", Actions: []string{"approve"}, Default: "approve"})
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.do(&job.Answer{InterventionID: "q1", Action: "approve", Responder: "me"}), "answered succeeded:review+1-2")
	s.want(s.do(&job.Resume{}), "resumed started:post/1/1")

	s = submitted(t, review)
	s.ok("draft", `1`)
	s.ask("review", job.Ask{ID: "q1", Actions: []string{"approve"}, Default: "approve"})
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.do(&job.Resume{}), "resumed waiting")
	s.want(s.do(&job.Resume{}), "answered succeeded:review+1-2 resumed started:post/1/1")

	s = submitted(t, review)
	s.ok("draft", `1`)
	s.ask("review", job.Ask{ID: "q1", Actions: []string{"approve"}})
	s.want(s.do(&job.Resume{}), "refused JOB_NOT_RESUMABLE")
	s.want(s.do(&job.Resume{Answer: &job.Answer{InterventionID: "q1", Action: "approve", Responder: "me"}}),
		"answered succeeded:review+1-2 resumed started:post/1/1")
}

func TestEndNodeEndsTheJob(t *testing.T) {
	s := submitted(t, diamond)
	s.ok("a", `1`)
	s.want(s.do(&job.Succeed{Attempt: s.at("b"), Output: jsontext.Value(`"done"`), End: true}), `succeeded:b-2 completed:"done"`)
	s.want(s.ok("c", `3`), "refused STALE")
	if st := s.view.Step("c"); st.Status != job.StepCancelled {
		t.Fatalf("c is %s", st.Status)
	}
	s = submitted(t, sequence)
	s.want(s.do(&job.Succeed{Attempt: s.at("a"), End: true}), `succeeded:a-0 completed:null`)
}

func TestUnknownJob(t *testing.T) {
	s := begin(t, oneNode)
	s.want(s.do(&job.Cancel{}), "refused NOT_FOUND")
	s.do(s.submission())
	s.want(s.do(s.submission()), "refused EXISTS")
}

// A decision that was cut off is none: least of all one that fails the job.
func TestCutOffDecision(t *testing.T) {
	s := submitted(t, choice)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	facts, err := job.Decide(ctx, s.run, s.graph, job.Moment{Now: events.At(s.now)},
		&job.Succeed{Attempt: s.at("a"), Output: jsontext.Value(`{"go":"b"}`)})
	if !errors.Is(err, context.Canceled) || facts != nil {
		t.Fatalf("%s, %v", tell(facts), err)
	}
}

// What a timer leads to may reset what another timer, due at the same time,
// was set for.
func TestTimersDueTogether(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"c","type":"x"}],
		"edges":[{"from":"a","to":"b"},{"from":"a","to":"c"},{"from":"b","to":"a","max_visits":1}]}`)
	s.ok("a", `1`)
	s.do(&job.Hold{Attempt: s.at("b"), Until: s.now.Add(time.Second)})
	s.do(&job.Hold{Attempt: s.at("c"), Until: s.now.Add(time.Second)})
	s.now = s.now.Add(time.Minute)
	s.want(s.do(&job.Advance{}), "succeeded:b+2 looped:a,b,c started:a/2/1")
}
