package job_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
	"ranvier/events"
)

const agentGraph = `{"nodes":[{"id":"a","type":"x","retry":{"max_attempts":3,"initial":"1s"}},{"id":"b","type":"x"}],"edges":[{"from":"a","to":"b"},
	{"from":"b","to":"a","when":"nodes.b.output == 'again'","max_visits":3}]}`

// turn records a turn of the node a that asks for calls.
func (s *story) turn(n int, calls ...string) string {
	s.t.Helper()
	at := s.at("a")
	c := &job.Record{Attempt: at, Turn: &events.TurnCompleted{
		Attempt: at.Attempt, Node: "a", Visit: at.Visit, Turn: n, Reply: events.PayloadOf(n), Usage: events.Usage{ModelCalls: 1, InputTokens: 10},
	}}
	for _, id := range calls {
		c.Calls = append(c.Calls, &events.ReflexCalled{
			Attempt: at.Attempt, Node: "a", Visit: at.Visit, Turn: n, Call: id, Name: "tool-" + id, Arguments: events.PayloadOf(id),
		})
	}
	return s.do(c)
}

func (s *story) result(call string) string {
	s.t.Helper()
	at := s.at("a")
	return s.do(&job.Record{Attempt: at, Answers: []*events.ReflexAnswered{{
		Attempt: at.Attempt, Node: "a", Visit: at.Visit, Call: call, Result: events.PayloadOf("fine"), Usage: events.Usage{ToolCalls: 1},
	}}})
}

func allow(call string, expires time.Duration, onExpire string) job.Ask {
	return job.Ask{ID: "q-" + call, Call: call, Actions: []string{"approve", "reject"}, Required: 1, ExpiresIn: expires, OnExpire: onExpire}
}

func (s *story) answer(id, action string) string {
	s.t.Helper()
	return s.do(&job.Answer{InterventionID: id, Action: action, Responder: "ann"})
}

func (s *story) recorded(want int) {
	s.t.Helper()
	if got := len(s.run.Recorded("a")); got != want {
		s.t.Fatalf("%d steps are recorded, want %d", got, want)
	}
}

func TestReflexes(t *testing.T) {
	s := submitted(t, agentGraph)
	s.want(s.turn(1, "c1", "c2"), "completed called called")
	if len(s.view.Calls) != 2 || s.view.Calls[1].Name != "tool-c2" || string(s.view.Calls[1].Arguments) != `"c2"` {
		t.Fatalf("calls %+v", s.view.Calls)
	}
	s.want(s.result("c1"), "answered")
	s.want(s.result("c1")) // once
	s.want(s.result("c9")) // never asked for
	s.recorded(4)
	if f, ok := s.run.Recorded("a")[3].(*events.ReflexAnswered); !ok || f.Name != "tool-c1" {
		t.Errorf("the answer is %+v", s.run.Recorded("a")[3])
	}

	// A failed attempt, and one that was lost, lose nothing of it.
	s.want(s.fail("a"), "retrying:a")
	s.recorded(4)
	s.now = s.now.Add(time.Minute)
	s.want(s.do(&job.Advance{}), "started:a/1/2")
	s.want(s.do(&job.Advance{Lost: []job.Attempt{s.at("a")}}), "started:a/1/3!")
	s.want(s.do(&job.Record{Attempt: job.Attempt{Node: "a", Visit: 1, Attempt: 2}}), "refused STALE")
	s.want(s.result("c2"), "answered")
	if len(s.view.Calls) != 0 || s.view.Usage.ToolCalls != 2 || s.view.Usage.ModelCalls != 1 {
		t.Errorf("calls %+v, usage %+v", s.view.Calls, s.view.Usage)
	}
	s.want(s.ok("a", "1"), "succeeded:a+0 started:b/1/1")
	s.recorded(0)
	// Another visit begins anew, and names of calls may come again.
	s.want(s.ok("b", `"again"`), "succeeded:b+1 looped:a,b started:a/2/1")
	s.want(s.turn(1, "c1"), "completed called")
	s.recorded(2)
	s.want(s.do(&job.Cancel{}), "cancelled")
	if len(s.view.Calls) != 0 {
		t.Errorf("calls %+v", s.view.Calls)
	}
}

func TestReflexApproval(t *testing.T) {
	s := submitted(t, agentGraph)
	s.turn(1, "c1", "c2")
	s.want(s.do(&job.Await{Attempt: s.at("a"), Ask: []job.Ask{allow("c1", 0, "reject"), allow("c2", time.Hour, "reject")}}),
		"holds:a opened opened waiting")
	if iv := s.view.Intervention("q-c2"); iv.Call == nil || iv.Call.CallID != "c2" || s.view.Status != job.Waiting {
		t.Fatalf("question %+v", iv)
	}
	s.want(s.do(&job.Advance{})) // nothing has come
	s.want(s.answer("q-c1", "approve"), "answered resumed started:a/1/2")
	s.want(s.result("c1"), "answered")
	// The other one is settled while the attempt is at work: it goes on at once.
	s.want(s.answer("q-c2", "reject"), "answered")
	s.want(s.do(&job.Await{Attempt: s.at("a")}), "holds:a started:a/1/3")
	s.result("c2")
	s.want(s.ok("a", "1"), "succeeded:a+0 started:b/1/1")

	// A retry withdraws what is asked, and another attempt asks again.
	s = submitted(t, agentGraph)
	s.turn(1, "c1", "c2")
	s.do(&job.Await{Attempt: s.at("a"), Ask: []job.Ask{allow("c1", 0, "reject"), allow("c2", time.Hour, "reject")}})
	s.answer("q-c1", "approve")
	s.want(s.fail("a"), "retrying:a")
	if iv := s.view.Intervention("q-c2"); iv.Status != job.InterventionCancelled {
		t.Errorf("after a failure the question is %s", iv.Status)
	}
	s.now = s.now.Add(time.Minute)
	s.do(&job.Advance{})
	s.result("c1")
	again := allow("c2", time.Hour, "reject")
	again.ID = "q-c2-again"
	s.want(s.do(&job.Await{Attempt: s.at("a"), Ask: []job.Ask{again}}), "holds:a opened waiting")
	s.want(s.do(&job.Advance{}))
	s.now = s.now.Add(2 * time.Hour)
	s.want(s.do(&job.Advance{}), "expired resumed started:a/1/4")
	if iv := s.view.Intervention("q-c2-again"); iv.Action != "reject" || iv.Status != job.InterventionExpired {
		t.Errorf("the question is %+v", iv)
	}

	// A question that fails the node with its expiry.
	s = submitted(t, `{"nodes":[{"id":"a","type":"x"}],"edges":[]}`)
	s.turn(1, "c1", "c2")
	s.do(&job.Await{Attempt: s.at("a"), Ask: []job.Ask{allow("c1", time.Hour, "fail"), allow("c2", 0, "reject")}})
	s.now = s.now.Add(2 * time.Hour)
	s.want(s.do(&job.Advance{}), "expired failed-node:a failed:INTERVENTION_EXPIRED")
	if iv := s.view.Intervention("q-c2"); iv.Status != job.InterventionCancelled || s.view.Error.Code != job.CodeExpired {
		t.Errorf("the other question is %s, the error %+v", iv.Status, s.view.Error)
	}

	// Without room, and while the job is paused, it waits for its turn.
	s = submitted(t, agentGraph)
	s.turn(1, "c1")
	s.do(&job.Await{Attempt: s.at("a"), Ask: []job.Ask{allow("c1", 0, "reject")}})
	s.room = 0
	s.want(s.answer("q-c1", "approve"), "answered resumed")
	if !s.run.Unstarted(s.graph) {
		t.Error("nobody would ask for room")
	}
	s.want(s.do(&job.Pause{}), "paused")
	s.room = 10
	s.want(s.do(&job.Advance{}))
	s.want(s.do(&job.Resume{}), "resumed started:a/1/2")
}

func TestReflexSubJobs(t *testing.T) {
	s := submitted(t, agentGraph)
	s.turn(1, "c1", "c2", "c3")
	s.want(s.do(&job.Await{
		Attempt: s.at("a"), Ask: []job.Ask{allow("c3", 0, "reject")}, Jobs: []job.SubJob{{ID: "k1", Call: "c1"}, {ID: "k2", Call: "c2"}},
	}), "holds:a opened spawned spawned")
	if s.view.Status != job.Running {
		t.Errorf("while sub-jobs run it is %s", s.view.Status)
	}
	s.want(s.do(&job.ChildEnded{Job: "k1", Result: jsontext.Value(`7`)}), "answered")
	s.want(s.do(&job.ChildEnded{Job: "k1", Result: jsontext.Value(`7`)}))
	s.want(s.do(&job.ChildEnded{Job: "k2", Code: "OOPS", Message: "it broke"}), "answered waiting")
	s.want(s.answer("q-c3", "approve"), "answered resumed started:a/1/2")
	if got := s.view.Usage.ToolCalls; got != 2 {
		t.Errorf("%d tool calls", got)
	}
}
