package job_test

// Nodes that keep each other out, and nodes that end others.

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
)

const locked = `{"nodes":[{"id":"a","type":"x","lock":"desk","retry":{"max_attempts":2,"initial":"10s","jitter":false},"on_error":"continue"},{"id":"b","type":"x","lock":"desk"},{"id":"c","type":"x"},
	{"id":"d","type":"x","lock":"door"}],"edges":[{"from":"b","to":"d"}]}`

func TestLock(t *testing.T) {
	s := begin(t, locked)
	s.want(s.do(s.submission()), "submitted", "started", "started:a/1/1", "started:c/1/1")
	s.want(s.ok("c", `1`), "succeeded:c")

	// It is kept while the step waits for its next attempt, for a time or for a
	// person, and through a restart.
	_, told := explain(t, s)
	if d := cmp.Diff([]string{"running:a/1 1-0", "lock:b 1-0"}, told); d != "" {
		t.Errorf("-want +explained\n%s", d)
	}
	s.want(s.fail("a"), "retrying:a")
	s.now = s.now.Add(11 * time.Second)
	s.want(s.do(&job.Advance{}), "started:a/1/2")
	s.want(s.do(&job.Advance{Lost: []job.Attempt{s.at("a")}}), "started:a/1/3!")
	s.want(s.do(&job.Hold{Attempt: s.at("a"), Until: s.now.Add(time.Hour)}), "holds:a")
	s.now = s.now.Add(2 * time.Hour)
	s.want(s.do(&job.Advance{}), "succeeded:a", "started:b/1/1")
	s.want(s.ok("b", `1`), "succeeded:b+0", "started:d/1/1")
	holds(t, s)

	s = submitted(t, locked)
	s.ok("c", `1`)
	s.want(s.ask("a", job.Ask{ID: "q", Actions: []string{"ok"}}), "holds:a", "opened", "waiting")
	x, told := explain(t, s)
	if d := cmp.Diff([]string{"intervention:a 3-0 q", "lock:b 3-0"}, told); d != "" {
		t.Errorf("-want +explained\n%s", d)
	}
	if want := `b waits for the lock "desk", which a has`; x.Reasons[1].Message != want {
		t.Errorf("%s, not %s", x.Reasons[1].Message, want)
	}
	s.want(s.do(&job.Answer{InterventionID: "q", Action: "ok", Responder: "ann"}), "answered", "succeeded:a", "resumed", "started:b/1/1")
	holds(t, s)
}

// Without room the first in the graph's order has the lock later too.
func TestLockWithoutRoom(t *testing.T) {
	s := begin(t, locked)
	s.room = 1
	s.do(s.submission())
	s.room = 0
	s.want(s.ok("a", `1`), "succeeded:a")
	s.room = 1
	s.want(s.do(&job.Advance{}), "started:b/1/1")
	holds(t, s)
}

// A lock belongs to the job: items of a map take turns, and a map that has it
// does not keep out its own items.
func TestLockInsideOfMaps(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"m","type":"map","lock":"desk","graph":{"nodes":[{"id":"i","type":"x","lock":"desk"},{"id":"k","type":"x"}],"edges":[]}},{"id":"z","type":"x","lock":"desk"}],"edges":[]}`)
	s.want(s.fan("m", 2, atOnce(2)), "fanned:m/2", "started:m/0/i/1/1", "started:m/0/k/1/1", "started:m/1/k/1/1")
	s.want(s.ok("m/0/i", `1`), "succeeded:m/0/i", "started:m/1/i/1/1")
	s.ok("m/0/k", `1`)
	s.ok("m/1/k", `1`)
	if got := s.ok("m/1/i", `1`); !strings.HasSuffix(got, "started:z/1/1") {
		t.Errorf("happened: %s", got)
	}
	holds(t, s)
}

func TestCancels(t *testing.T) {
	const region = `{"nodes":[{"id":"watch","type":"x"},{"id":"stop","type":"x","cancels":["b","c","e"]},{"id":"a","type":"x"},{"id":"b","type":"x","retry":{"max_attempts":2}},{"id":"c","type":"x"},{"id":"e","type":"x"},
		{"id":"j","type":"x"}],"edges":[{"from":"watch","to":"stop","when":"nodes.watch.output == 1"},{"from":"a","to":"j"},{"from":"b","to":"c"},{"from":"c","to":"j"},{"from":"e","to":"j"}]}`
	s := submitted(t, region)
	s.want(s.ask("e", job.Ask{ID: "q", Actions: []string{"ok"}}), "holds:e", "opened")
	s.want(s.ok("watch", `1`), "succeeded:watch+0", "cancelled-node:b/1/1-2", "skipped:c", "cancelled-node:e/1/1-4", "started:stop/1/1")
	s.want(s.ok("b", `1`), "refused STALE")
	s.want(s.ok("a", `1`), "succeeded:a+1", "started:j/1/1")
	if iv := s.view.Interventions[0]; iv.Status != job.InterventionCancelled {
		t.Errorf("the question is %s", iv.Status)
	}
	holds(t, s)

	s = submitted(t, region) // a node that is skipped cancels nothing
	s.want(s.ok("watch", `2`), "succeeded:watch-0", "skipped:stop")
	s.want(s.ok("b", `1`), "succeeded:b+2", "started:c/1/1")
	holds(t, s)

	s = begin(t, region) // when it is its turn, not when there is room for it
	s.do(s.submission())
	s.room = 0
	s.want(s.ok("watch", `1`), "succeeded:watch+0", "cancelled-node:b/1/1-2", "skipped:c", "cancelled-node:e/1/1-4")
	s.room = 1
	s.want(s.do(&job.Advance{}), "started:stop/1/1")
	holds(t, s)
}

func TestExclusionProblems(t *testing.T) {
	for doc, want := range map[string]string{
		`{"id":"a","type":"x","lock":"a b"}`:              `/nodes/0/lock: a lock's name has 1 to 64 letters, digits, '_' or '-'`,
		`{"id":"a","type":"x","lock":1}`:                  `/nodes/0/lock: must be a string`,
		`{"id":"a","type":"x","cancels":"b"}`:             `/nodes/0/cancels: must be a list`,
		`{"id":"a","type":"x","cancels":["y"]}`:           `/nodes/0/cancels/0: there is no node "y"`,
		`{"id":"a","type":"x","cancels":["b","b"]}`:       `/nodes/0/cancels/1: "b" is there already`,
		`{"id":"a","type":"x","cancels":["b","c","a"]}`:   "/nodes/0/cancels/1: \"c\" comes after \"a\", and would never run\n/nodes/0/cancels/2: a node cannot cancel itself",
		`{"id":"a","type":"x","cancels":["b"],"lock":""}`: `/nodes/0/lock: a lock's name has 1 to 64 letters, digits, '_' or '-'`,
	} {
		_, problems := pathway.Parse([]byte(`{"nodes":[`+doc+`,{"id":"b","type":"x"},{"id":"c","type":"x"}],"edges":[{"from":"a","to":"c"}]}`), anyTypes{})
		var got []string
		for _, p := range problems {
			got = append(got, p.Path+": "+p.Message)
		}
		if d := cmp.Diff(want, strings.Join(got, "\n")); d != "" {
			t.Errorf("%s (-want +got):\n%s", doc, d)
		}
	}
}
