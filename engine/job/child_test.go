package job_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/job"
	"ranvier/events"
)

// spawned starts a sub-job of a node.
func (s *story) spawned(node, id string) string {
	s.t.Helper()
	return s.do(&job.Spawned{Attempt: s.at(node), Jobs: []job.SubJob{{ID: id}}})
}

const caller = `{"nodes":[{"id":"a","type":"x","timeout":"1h","retry":{"max_attempts":2,"initial":"1m","jitter":false}},{"id":"b","type":"x"}],"edges":[{"from":"a","to":"b"}]}`

func TestSubJobs(t *testing.T) {
	s := submitted(t, caller)
	s.want(s.spawned("a", "c1"), "spawned")
	if st := s.run.Step("a"); s.run.Status != job.Running || st.Status != job.StepWaiting || st.JobID != "c1" {
		t.Fatalf("%s: %+v", s.run.Status, st)
	}
	if due := s.run.Due(); !due.After(s.now.Add(time.Hour)) || due.After(s.now.Add(time.Hour+time.Second)) {
		t.Fatalf("due %s", due)
	}
	s.want(s.do(&job.ChildEnded{Job: "another", Result: []byte("1")}), "")
	s.want(s.do(&job.ChildEnded{Job: "c1", Code: "OOPS", Message: "it broke"}), "retrying:a")
	if got := s.run.Step("a").Error; got.Code != "OOPS" || got.Message != "sub-job c1: it broke" {
		t.Fatalf("%+v", got)
	}
	s.want(s.do(&job.ChildEnded{Job: "c1", Result: []byte("1")}), "")
	s.now = s.now.Add(2 * time.Minute)
	s.want(s.do(&job.Advance{}), "started:a/1/2")
	if s.run.Failures("a") != 1 {
		t.Fatal("the failed try does not count")
	}
	s.want(s.spawned("a", "c2"), "spawned")
	if d := cmp.Diff([]string{"c2"}, s.run.Children()); d != "" {
		t.Fatal(d)
	}
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.do(&job.ChildEnded{Job: "c2", Result: []byte(`{"n":1}`)}), "succeeded:a+0")
	s.want(s.do(&job.Resume{}), "resumed started:b/1/1")
	if got := string(s.run.Output("a")); got != `{"n":1}` || len(s.run.Children()) != 0 {
		t.Fatal(got)
	}
}

func TestSubJobsTimeOut(t *testing.T) {
	s := submitted(t, caller)
	s.spawned("a", "c1")
	s.now = s.now.Add(time.Hour)
	s.want(s.do(&job.Advance{}), "")
	s.now = s.now.Add(time.Second)
	s.want(s.do(&job.Advance{}), "retrying:a")
	if e := s.run.Step("a").Error; e.Code != job.CodeTimeout || len(s.run.Children()) != 0 {
		t.Fatalf("%+v", e)
	}
}

// A sub-job that a client has paused goes on by a client's order only.
func TestFollow(t *testing.T) {
	s := begin(t, caller)
	submit := s.submission()
	submit.Job.Parent = &events.Parent{Attempt: 1, Depth: 3, Job: "p1", Node: "call", Visit: 1}
	s.do(submit)
	if s.run.Depth() != 3 || *s.run.Parent != (job.Parent{JobID: "p1", NodeID: "call"}) {
		t.Fatalf("%+v", s.run.Job)
	}
	s.want(s.do(&job.Follow{}), "")
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.do(&job.Follow{Paused: true}), "")
	s.want(s.do(&job.Follow{}), "")
	if s.run.PausedByParent() {
		t.Fatal("a client has paused it")
	}
	s.do(&job.Resume{})
	s.do(&job.Cancel{})
	s.want(s.do(&job.Follow{Paused: true}), "")
}

// What is said after the end is said once, of what was at work, and changes
// nothing.
func TestStopped(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"c","type":"x"}],"edges":[]}`)
	a, b, c := s.at("a"), s.at("b"), s.at("c")
	s.want(s.do(&job.Stopped{Attempt: a, Outcome: job.EndedStopped}), "refused STALE")
	s.ok("b", "1")
	s.do(&job.Cancel{})
	before := s.run.Clone()
	s.want(s.do(&job.Stopped{Attempt: a, Outcome: job.EndedStopped}), "stopped")
	s.want(s.do(&job.Stopped{Attempt: a, Outcome: job.EndedFailed}), "refused STALE")
	s.want(s.do(&job.Stopped{Attempt: b, Outcome: job.EndedSucceeded}), "refused STALE")
	after := s.run.Clone()
	if after.Cursor == before.Cursor {
		t.Errorf("the cursor stays at %s", after.Cursor)
	}
	after.Cursor = before.Cursor
	if d := cmp.Diff(before, after); d != "" {
		t.Errorf("the job changed:\n%s", d)
	}
	s.do(&job.Delete{})
	s.want(s.do(&job.Stopped{Attempt: c, Outcome: job.EndedStopped}), "refused GONE")
}
