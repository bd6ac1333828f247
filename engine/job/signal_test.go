package job_test

// Signals: who gets them, what is kept, and what a job waits for.

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/job"
	"ranvier/events"
)

const inbox = `{"nodes":[{"id":"a","type":"x","timeout":"1h","on_error":"late"},{"id":"b","type":"x"},{"id":"late","type":"x"},{"id":"k","type":"x"}],
	"edges":[{"from":"a","to":"k"}]}`

// hears lets a node wait for signals.
func (s *story) hears(node string, names ...string) string {
	s.t.Helper()
	return s.do(&job.Hold{Attempt: s.at(node), Events: names})
}

func (s *story) signal(name, data string) string {
	s.t.Helper()
	return s.do(&job.Signal{Name: name, Data: jsontext.Value(data)})
}

func (s *story) keyed(name, data, key, request string) string {
	s.t.Helper()
	return s.do(&job.Signal{Name: name, Data: jsontext.Value(data), Key: events.HashOf([]byte(key)), Request: events.HashOf([]byte(request))})
}

func TestSignalWakesWhoWaits(t *testing.T) {
	s := submitted(t, inbox)
	s.want(s.hears("a", "paid", "refused"), "holds:a")
	s.want(s.hears("b", "paid"), "holds:b waiting")
	w := s.view.WaitingFor
	if w == nil || w.Type != "event" || w.NodeID != "a" || !w.ExpiresAt.After(s.now.Add(time.Hour)) || len(w.Events) != 2 || len(s.view.Waits) != 2 {
		t.Fatalf("waits for %+v of %+v", w, s.view.Waits)
	}
	s.want(s.do(&job.Resume{}), "refused JOB_NOT_RESUMABLE")
	s.want(s.signal("paid", `{"n":5}`), "received:paid#1 taken:#1>a succeeded:a+0-1 skipped:late resumed started:k/1/1")
	if d := cmp.Diff(`{"event":"paid","data":{"n":5}}`, string(s.run.Output("a"))); d != "" {
		t.Fatal(d)
	}
	s.want(s.signal("refused", `null`), "received:refused#2") // kept, and b wants another
	s.want(s.signal("paid", ``), "received:paid#3 taken:#3>b succeeded:b")
	if d := cmp.Diff(`{"event":"paid","data":null}`, string(s.run.Output("b"))); d != "" {
		t.Fatal(d)
	}
}

func TestSignalsAreKept(t *testing.T) {
	s := submitted(t, inbox)
	s.want(s.signal("x", `1`), "received:x#1")
	s.want(s.signal("y", `2`), "received:y#2")
	s.want(s.signal("x", `3`), "received:x#3")
	s.want(s.hears("a", "z", "y", "x"), "holds:a taken:#1>a succeeded:a+0-1 skipped:late started:k/1/1") // the one that came first
	s.want(s.hears("b", "x"), "holds:b taken:#3>b succeeded:b")
	s.want(s.hears("k", "x"), "holds:k waiting")
	s.want(s.signal("y", `4`), "received:y#4")
	if s.view.Status != job.Waiting {
		t.Fatalf("the job is %s", s.view.Status)
	}
}

// Who wants what is fresh drops what is not, of the same names.
func TestFreshSignals(t *testing.T) {
	s := submitted(t, inbox)
	s.signal("x", `1`)
	s.signal("y", `2`)
	s.want(s.do(&job.Hold{Attempt: s.at("a"), Events: []string{"x"}, Fresh: true}), "holds:a")
	s.want(s.hears("b", "x", "y"), "holds:b taken:#2>b succeeded:b waiting")
	s.want(s.signal("x", `3`), "received:x#3 taken:#3>a succeeded:a+0-1 skipped:late resumed started:k/1/1")
	s.want(s.hears("k", "x"), "holds:k waiting")
}

// Before a job begins, and while it is paused, signals are recorded.
func TestSignalsOutOfTime(t *testing.T) {
	s := begin(t, oneNode)
	s.want(s.signal("x", `1`), "refused NOT_FOUND")
	s.room = 0
	s.want(s.do(s.submission()), "submitted")
	s.want(s.signal("x", `1`), "received:x#1")
	s.room = 1
	s.want(s.do(&job.Advance{}), "started started:a/1/1")
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.hears("a", "x"), "holds:a taken:#1>a succeeded:a")
	s.want(s.do(&job.Resume{}), `resumed completed:{"event":"x","data":1}`)
	s.want(s.signal("x", `1`), "refused CONFLICT")

	s = submitted(t, inbox)
	s.hears("a", "x")
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.signal("x", `1`), "received:x#1 taken:#1>a succeeded:a+0-1")
	s.want(s.do(&job.Resume{}), "resumed skipped:late started:k/1/1")
}

func TestSignalNames(t *testing.T) {
	s := submitted(t, oneNode)
	for name, want := range map[string]string{
		"a": "received", strings.Repeat("a", 64): "received", "A-z_0.9": "received", "-": "received", "..": "refused VALIDATION_ERROR", ".a": "refused VALIDATION_ERROR",
		"": "refused VALIDATION_ERROR", strings.Repeat("a", 65): "refused VALIDATION_ERROR", "a b": "refused VALIDATION_ERROR",
		"a/b": "refused VALIDATION_ERROR", "\u00e9": "refused VALIDATION_ERROR", "a\n": "refused VALIDATION_ERROR", "a\x00": "refused VALIDATION_ERROR",
	} {
		if got := s.signal(name, `1`); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s", name, got)
		}
	}
}

func TestSignalKeys(t *testing.T) {
	s := submitted(t, oneNode)
	s.want(s.keyed("x", `1`, "k", "r"), "received:x#1")
	s.want(s.keyed("x", `1`, "k", "r"), "refused EXISTS")
	s.want(s.keyed("x", `2`, "k", "r2"), "refused IDEMPOTENCY_MISMATCH")
	s.want(s.keyed("x", `1`, "k2", "r"), "received:x#2")
	s.want(s.hears("a", "x"), `holds:a taken:#1>a succeeded:a completed:{"event":"x","data":1}`)
	s.want(s.keyed("x", `1`, "k", "r"), "refused EXISTS") // the answer was lost, and the job has ended since
	s.want(s.keyed("x", `1`, "k3", "r"), "refused CONFLICT")
}

// Of the keys the latest thousand are remembered, and a decision that is not
// taken leaves them as they were.
func TestManySignalKeys(t *testing.T) {
	s := submitted(t, inbox)
	for i := range 1_100 {
		s.hears("a", "x")
		if got := s.keyed("x", `1`, fmt.Sprint(i), "r"); !strings.HasPrefix(got, fmt.Sprintf("received:x#%d taken", i+1)) {
			t.Fatalf("%d: %s", i, got)
		}
		s = s.anew("a")
	}
	s.want(s.keyed("x", `1`, "1099", "r"), "refused EXISTS")
	s.want(s.keyed("x", `1`, "100", "r"), "refused EXISTS")
	if got := s.keyed("x", `1`, "99", "r"); !strings.HasPrefix(got, "received:x#1101") {
		t.Fatal(got)
	}
}

// anew lets a node's next visit begin, as if a back edge had led to it.
func (s *story) anew(node string) *story {
	s.t.Helper()
	s.happen([]events.Fact{&events.NodeLooped{Node: node, Reset: []string{node}, Edges: s.graph.Out(node), Times: 1}})
	s.do(&job.Advance{})
	return s
}

func TestSignalsAreBounded(t *testing.T) {
	s := submitted(t, oneNode)
	for range 1_000 {
		if got := s.signal("x", `1`); !strings.HasPrefix(got, "received:x#") {
			t.Fatal(got)
		}
	}
	s.want(s.signal("x", `1`), "refused CONFLICT")
	s.want(s.keyed("x", `1`, "k", "r"), "refused CONFLICT")
	s.want(s.hears("a", "x"), `holds:a taken:#1>a succeeded:a completed:{"event":"x","data":1}`)

	s = submitted(t, inbox)
	big := `"` + strings.Repeat("x", 9<<20) + `"`
	for range 3 {
		s.signal("x", big)
	}
	s.want(s.signal("x", big), "refused CONFLICT")
	s.want(s.signal("x", `1`), "received:x#4")
	s.hears("a", "y")
	if got := s.signal("y", big); !strings.HasPrefix(got, "received:y#5 taken:#5>a") { // it need not be kept
		t.Fatal(got)
	}
}

// The node's timeout bounds the wait: an attempt that failed, as any other.
func TestWaitTimesOut(t *testing.T) {
	s := submitted(t, inbox)
	s.hears("a", "x")
	s.want(s.hears("b", "x"), "holds:b waiting")
	due := s.run.Due()
	if wait := due.Sub(s.now); wait < time.Hour || wait > time.Hour+time.Second {
		t.Fatalf("due in %s", wait)
	}
	s.now = due.Add(-time.Millisecond)
	s.want(s.do(&job.Advance{}))
	s.now = due
	s.want(s.signal("x", `1`), "received:x#1 taken:#1>b succeeded:b") // a's time is over
	s.want(s.do(&job.Advance{}), "failed-node:a+1-0 skipped:k resumed started:late/1/1")
	if e := s.view.Step("a").Error; e.Code != "TIMEOUT" || e.Message != "no signal came within 1h0m0s" {
		t.Fatalf("%+v", e)
	}

	s = submitted(t, `{"nodes":[{"id":"a","type":"x","timeout":"1m","retry":{"max_attempts":2,"initial":"1s"}}],"edges":[]}`)
	s.want(s.hears("a", "x"), "holds:a waiting")
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "retrying:a resumed")
	if len(s.view.Waits) > 0 {
		t.Fatalf("waits %+v", s.view.Waits)
	}
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "started:a/1/2")
	s.want(s.hears("a", "x"), "holds:a waiting")
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "failed-node:a failed:TIMEOUT")
}

// What a job waits for is the oldest of questions and waits.
func TestWaitingForTheOldest(t *testing.T) {
	s := submitted(t, inbox)
	s.hears("b", "x")
	s.now = s.now.Add(time.Second)
	s.want(s.ask("a", job.Ask{ID: "q1", Actions: []string{"ok"}, Prompt: "Well?"}), "holds:a opened waiting")
	told := func() string {
		b, err := json.Marshal(s.view.WaitingFor)
		if err != nil {
			t.Fatal(err)
		}
		var back *job.Awaited
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(back); string(again) != string(b) {
			t.Fatalf("%s is read as %s", b, again)
		}
		return string(b)
	}
	if d := cmp.Diff(`{"type":"event","events":["x"],"node_id":"b","expires_at":null}`, told()); d != "" {
		t.Fatal(d)
	}
	s.want(s.do(&job.Resume{}), "refused JOB_NOT_RESUMABLE")
	s.want(s.signal("x", `1`), "received:x#1 taken:#1>b succeeded:b")
	if d := cmp.Diff(`{"type":"intervention","interventionId":"q1","node_id":"a","prompt":"Well?","actions":["ok"],"fields":null,"required":1,"expires_at":null}`, told()); d != "" {
		t.Fatal(d)
	}
}

// A loop ends a wait; the signal then finds the next visit's.
func TestLoopEndsAWait(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"s","type":"x"},{"id":"a","type":"x"},{"id":"b","type":"x"}],
		"edges":[{"from":"s","to":"a"},{"from":"s","to":"b"},{"from":"b","to":"s","when":"true","max_visits":1}]}`)
	s.ok("s", `1`)
	s.hears("a", "x")
	s.want(s.ok("b", `1`), "succeeded:b+2 looped:a,b,s started:s/2/1")
	if len(s.view.Waits) > 0 {
		t.Fatalf("waits %+v", s.view.Waits)
	}
	s.want(s.signal("x", `1`), "received:x#1")
	s.ok("s", `1`)
	s.want(s.hears("a", "x"), "holds:a taken:#1>a succeeded:a")
	s.want(s.ok("b", `2`), `succeeded:b-2 completed:{"a":{"event":"x","data":1},"b":2}`)
}
