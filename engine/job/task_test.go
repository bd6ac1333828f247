package job_test

// Tasks of workers: who has one, for how long, and what ends it.

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/events"
)

const (
	workNode    = `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"}],"edges":[{"from":"a","to":"b"}]}`
	workRetried = `{"nodes":[{"id":"a","type":"x","retry":{"max_attempts":2,"initial":"1s","jitter":false}}],"edges":[]}`
)

// offer lets a node wait for a worker.
func (s *story) offer(node string, o job.Offer) string {
	s.t.Helper()
	o.Queue, o.Input = "q", jsontext.Value(`{"page":7}`)
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	return s.do(&job.Hold{Attempt: s.at(node), Task: &o})
}

func (s *story) lease(worker string, tasks ...string) string {
	s.t.Helper()
	return s.do(&job.LeaseTasks{Tasks: tasks, Worker: worker})
}

func (s *story) later(d time.Duration) string {
	s.t.Helper()
	s.now = s.now.Add(d)
	return s.do(&job.Advance{})
}

func complete(task string, lease int, output string) *job.CompleteTask {
	return &job.CompleteTask{Task: task, Lease: lease, Output: jsontext.Value(output)}
}

func TestTaskIsCompleted(t *testing.T) {
	s := submitted(t, workNode)
	s.want(s.offer("a", job.Offer{}), "holds:a", "queued:a")
	if s.run.Status != job.Running || s.run.CurrentStep != "a" {
		t.Fatalf("the job is %s at %s", s.run.Status, s.run.CurrentStep)
	}
	if in := s.run.TaskInput("j1_1"); string(in.Raw) != `{"page":7}` {
		t.Fatalf("input %s", in.Raw)
	}
	s.want(s.do(complete("j1_1", 1, `1`)), "refused", "LEASE_LOST") // nobody has it
	s.want(s.lease("w", "j1_1"), "leased:w/1")
	s.want(s.lease("v", "j1_1"), "refused", "CONFLICT")
	s.want(s.do(complete("j1_1", 2, `1`)), "refused", "LEASE_LOST")
	s.want(s.do(complete("j1_1", 1, `{"text":"x"}`)), "succeeded:a+0", "started:b/1/1")
	if out := s.run.Output("a"); string(out) != `{"text":"x"}` || len(s.run.Tasks) != 0 {
		t.Fatalf("output %s, tasks %v", out, s.run.Tasks)
	}
	s.want(s.do(complete("j1_1", 1, ` {"text": "x"}`)), "refused", "EXISTS")
	s.want(s.do(complete("j1_1", 1, `{"text":"y"}`)), "refused", "LEASE_LOST")
	s.want(s.do(&job.ExtendTask{Task: "j1_1", Lease: 1}), "refused", "LEASE_LOST")
	for _, unknown := range []string{"j1_2", "j1_0", "j1_01", "j2_1", "j1", "", "_1", "j1_1x"} {
		s.want(s.do(complete(unknown, 1, `1`)), "refused", "NOT_FOUND")
	}
	s.ok("b", `2`)
	s.want(s.do(complete("j1_1", 1, `{"text":"x"}`)), "refused", "EXISTS") // also after the job's end
	s.want(s.do(complete("j1_1", 2, `{"text":"x"}`)), "refused", "LEASE_LOST")
}

func TestTaskLeaseRunsOut(t *testing.T) {
	s := submitted(t, workRetried)
	s.offer("a", job.Offer{MaxLeases: 2})
	if !s.run.Due().IsZero() {
		t.Fatalf("a task that nobody has is due at %v", s.run.Due())
	}
	s.lease("w", "j1_1")
	if d := s.run.Due().Sub(s.now); d < time.Minute || d > time.Minute+2*time.Millisecond {
		t.Fatalf("a lease of a minute runs out in %v", d)
	}
	s.want(s.later(time.Minute), "")
	s.want(s.later(time.Millisecond), "expired:1")
	s.want(s.do(&job.ExtendTask{Task: "j1_1", Lease: 1}), "refused", "LEASE_LOST")
	s.want(s.lease("v", "j1_1"), "leased:v/2")
	s.want(s.do(complete("j1_1", 1, `1`)), "refused", "LEASE_LOST")
	s.want(s.do(&job.FailTask{Task: "j1_1", Lease: 1, Code: "X"}), "refused", "LEASE_LOST")
	s.want(s.later(2*time.Minute), "expired:2", "retrying:a") // as many as may
	if e := s.run.Step("a").Error; e.Code != job.CodeLeaseExpired || !strings.Contains(e.Message, "2 workers") || !strings.Contains(e.Message, "v") {
		t.Fatalf("%+v", e)
	}
	s.want(s.later(2*time.Second), "started:a/1/2")
	s.want(s.offer("a", job.Offer{}), "holds:a", "queued:a")
	s.want(s.lease("w", "j1_2"), "leased:w/1")
	s.want(s.do(complete("j1_1", 2, `1`)), "refused", "LEASE_LOST")
	s.want(s.do(complete("j1_2", 1, `3`)), "succeeded:a", "completed:3")
}

func TestTaskOfOneLease(t *testing.T) {
	s := submitted(t, workNode)
	s.offer("a", job.Offer{MaxLeases: 1})
	s.lease("", "j1_1")
	s.later(2 * time.Minute)
	if e := s.run.Error; e == nil || e.Code != job.CodeLeaseExpired || e.Message != "a nameless worker took the task and said nothing more" {
		t.Fatalf("%+v", e)
	}
}

func TestTaskIsExtended(t *testing.T) {
	s := submitted(t, workNode)
	s.offer("a", job.Offer{})
	s.lease("w", "j1_1")
	s.want(s.later(29*time.Second), "")
	s.want(s.do(&job.ExtendTask{Task: "j1_1", Lease: 1}), "") // half of it is not over
	s.want(s.later(2*time.Second), "")
	s.want(s.do(&job.ExtendTask{Task: "j1_1", Lease: 1}), "extended:1")
	s.want(s.do(&job.ExtendTask{Task: "j1_1", Lease: 1}), "")
	s.want(s.later(59*time.Second), "")
	said := &job.ReportTask{Task: "j1_1", Lease: 1, Progress: jsontext.Value(`{"percent": 40}`)}
	s.want(s.do(said), "progressed:1", "extended:1")
	s.want(s.do(said), "") // it is known
	if p := s.run.Step("a").TaskProgress; string(p) != `{"percent":40}` || string(s.run.Tasks[0].Progress) != string(p) {
		t.Fatalf("progress %s", p)
	}
	s.want(s.later(time.Hour), "expired:1")
	if p := s.run.Tasks[0].Progress; string(p) != `{"percent":40}` { // the next goes on from there
		t.Fatalf("progress %s", p)
	}
}

func TestTaskFails(t *testing.T) {
	s := submitted(t, workRetried)
	s.offer("a", job.Offer{})
	s.lease("w", "j1_1")
	f := &job.FailTask{Task: "j1_1", Lease: 1, Code: "BROKEN", Message: "no paper", RetryAfter: time.Minute}
	s.want(s.do(f), "retrying:a")
	s.want(s.do(f), "refused", "EXISTS")
	s.want(s.later(59*time.Second), "")
	s.want(s.later(2*time.Second), "started:a/1/2")
	s.offer("a", job.Offer{})
	s.lease("w", "j1_2")
	s.want(s.do(&job.FailTask{Task: "j1_2", Lease: 1, Code: "BROKEN", Message: "still"}), "failed-node:a", "failed:BROKEN")

	s = submitted(t, workRetried)
	s.offer("a", job.Offer{})
	s.lease("w", "j1_1")
	s.want(s.do(&job.FailTask{Task: "j1_1", Lease: 1, Code: "NEVER", Final: true}), "failed-node:a", "failed:NEVER")
}

// TestTaskIsWithdrawn: what ends the visit, or the job, ends its task.
func TestTaskIsWithdrawn(t *testing.T) {
	loop := `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"c","type":"x"}],
	  "edges":[{"from":"a","to":"b"},{"from":"a","to":"c"},{"from":"c","to":"a","max_visits":1}]}`
	rest := `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"cancel"}],
	  "edges":[{"from":"a","to":"j"},{"from":"b","to":"j"}]}`
	timed := `{"nodes":[{"id":"b","type":"x","timeout":"5m"}],"edges":[]}`
	for name, tc := range map[string]struct {
		graph string
		end   func(s *story) string
		want  string
	}{
		"the job is cancelled": {timed, func(s *story) string { return s.do(&job.Cancel{}) }, "cancelled"},
		"the job's timeout":    {timed, func(s *story) string { return s.later(10 * time.Minute) }, "failed:TIMEOUT"},
		"a loop":               {loop, func(s *story) string { return s.ok("c", `1`) }, "succeeded:c+2 looped:a,b,c started:a/2/1"},
		"a join":               {rest, func(s *story) string { return s.ok("a", `1`) }, "succeeded:a+0 cancelled-node:b/1/1-1 started:j/1/1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, tc.graph)
			submit := s.submission()
			submit.Job.Timeout = events.Millis((8 * time.Minute).Milliseconds())
			s.do(submit)
			if s.run.Step("b") == nil {
				s.ok("a", `1`)
			}
			s.offer("b", job.Offer{Lease: time.Hour})
			s.want(s.lease("w", "j1_1"), "leased:w/1")
			s.want(tc.end(s), tc.want)
			if len(s.run.Tasks) != 0 {
				t.Fatalf("left: %+v", s.run.Tasks)
			}
			s.want(s.do(complete("j1_1", 1, `1`)), "refused", "LEASE_LOST")
			s.want(s.lease("v", "j1_1"), "refused", "CONFLICT")
		})
	}
	t.Run("the node's timeout", func(t *testing.T) {
		s := submitted(t, timed)
		s.offer("b", job.Offer{Lease: time.Hour})
		s.lease("w", "j1_1")
		s.now = s.now.Add(5*time.Minute + time.Millisecond)
		s.want(s.do(complete("j1_1", 1, `1`)), "refused", "LEASE_LOST") // the timer has not come yet
		s.want(s.later(0), "failed-node:b", "failed:TIMEOUT")
	})
	t.Run("the node's timeout, seen by who asks first", func(t *testing.T) {
		s := submitted(t, timed)
		s.offer("b", job.Offer{})
		s.now = s.now.Add(6 * time.Minute)
		s.want(s.lease("w", "j1_1"), "failed-node:b", "failed:TIMEOUT")
	})
}

func TestTaskOfPausedJob(t *testing.T) {
	s := submitted(t, workNode)
	s.offer("a", job.Offer{})
	s.do(&job.Pause{})
	s.want(s.lease("w", "j1_1"), "refused", "CONFLICT")
	s.do(&job.Resume{})
	s.want(s.lease("w", "j1_1"), "leased:w/1")
	s.do(&job.Pause{})
	s.want(s.do(&job.ReportTask{Task: "j1_1", Lease: 1, Progress: jsontext.Value(`{"message":"half"}`)}), "progressed:1")
	s.want(s.do(complete("j1_1", 1, `1`)), "succeeded:a+0") // what is at work goes on
	s.want(s.do(&job.Resume{}), "resumed", "started:b/1/1")
}

func TestTasksAreLeasedTogether(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"}],"edges":[]}`)
	s.offer("a", job.Offer{})
	s.offer("b", job.Offer{})
	s.want(s.lease("w", "j1_1", "j1_2"), "leased:w/1", "leased:w/1")
	s.want(s.do(complete("j1_2", 1, `1`)), "succeeded:b")
	s.want(s.lease("v", "j1_1", "j1_2"), "refused", "CONFLICT")
	s.want(s.do(complete("j1_1", 1, `2`)), "succeeded:a", `completed:{"a":2,"b":1}`)
}

// TestExplainTask: why the job stands where it is, at each point of a task's life.
func TestExplainTask(t *testing.T) {
	s := submitted(t, workNode)
	explained := func(kind job.ReasonKind, words ...string) {
		t.Helper()
		a := job.NewAccount(s.subject)
		for _, c := range s.history {
			a.Apply(c)
		}
		x, err := a.Explain(t.Context(), s.graph, events.At(s.now))
		if err != nil {
			t.Fatal(err)
		}
		if len(x.Reasons) == 0 || x.Reasons[0].Kind != kind {
			t.Fatalf("%+v", x)
		}
		for _, w := range words {
			if !strings.Contains(x.Summary, w) {
				t.Errorf("%q has no %q", x.Summary, w)
			}
		}
		if r := x.Reasons[0]; r.TaskID != "j1_1" || r.NodeID != "a" || r.Since == nil || *r.Since == (events.Cursor{}) {
			t.Errorf("%+v", r)
		}
	}
	s.offer("a", job.Offer{})
	opened := s.run.Cursor
	explained(job.ReasonTask, "nobody has taken it since 2026-01-02T03:04:05.000Z", "queue q")
	s.lease("ocr-7", "j1_1")
	explained(job.ReasonTask, "worker ocr-7", "lease 1 until 2026-01-02T03:05:05.001Z")
	if s.run.Cursor == opened {
		t.Fatal("nothing was stored")
	}
	s.later(2 * time.Minute)
	explained(job.ReasonTask, "1 leases ran out", "since")
}

// taskCommand is what some worker says of some task, whether it has it or not.
func taskCommand(rt *rapid.T, s *story) job.Command {
	id := fmt.Sprint("j1_", rapid.IntRange(1, 3).Draw(rt, "task"))
	if n := len(s.run.Tasks); n > 0 {
		id = s.run.Tasks[rapid.IntRange(0, n-1).Draw(rt, "of the tasks")].ID
	}
	lease := rapid.IntRange(1, 3).Draw(rt, "its lease")
	if t := s.run.Task(id); t != nil && rapid.Bool().Draw(rt, "the right one") {
		lease = t.Lease
	}
	switch rapid.IntRange(0, 5).Draw(rt, "worker") {
	case 0, 1:
		return &job.LeaseTasks{Tasks: []string{id}, Worker: "w"}
	case 2:
		return &job.ExtendTask{Task: id, Lease: lease}
	case 3:
		return &job.ReportTask{Task: id, Lease: lease, Progress: jsontext.Value(rapid.SampledFrom([]string{`{"percent":1}`, `{"percent":2}`}).Draw(rt, "progress"))}
	case 4:
		return complete(id, lease, `{"go":"b"}`)
	}
	return &job.FailTask{Task: id, Lease: lease, Code: "OOPS", Final: rapid.Bool().Draw(rt, "final")}
}

// FuzzTaskID: an id that names a task names one job, and is written in one way.
func FuzzTaskID(f *testing.F) {
	for _, id := range []string{"j1_1", "j1_01", "j_1_2", "_1", "j1_", "j1_-1", "j1_99999999999999999999", "j1_+1", ""} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		of, ok := job.TaskJob(id)
		if !ok {
			return
		}
		n, err := strconv.Atoi(strings.TrimPrefix(id, of+"_"))
		if err != nil || n < 1 || of == "" || id != of+"_"+strconv.Itoa(n) {
			t.Errorf("%q is task %d of %q (%v)", id, n, of, err)
		}
	})
}
