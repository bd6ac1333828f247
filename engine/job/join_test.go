package job_test

// Joins that need not wait for all: when they start, when they are skipped, and
// what becomes of the rest.

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
)

// three makes three start nodes that lead to j, which leads to k.
func three(join string) string {
	return `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x","on_error":"continue"},{"id":"c","type":"x"},{"id":"j","type":"x",` + join + `},{"id":"k","type":"x"}],
		"edges":[{"from":"a","to":"j","when":"nodes.a.output.yes"},{"from":"b","to":"j","when":"nodes.b.output.yes"},{"from":"c","to":"j","when":"nodes.c.output.yes"},{"from":"j","to":"k"}]}`
}

func TestJoins(t *testing.T) {
	const yes, no = `{"yes":true}`, `{"yes":false}`
	for _, c := range []struct {
		name, graph string
		play        []string // "node=output", or "node!" for a failure
		want        []string // what each of them does
	}{
		{"any starts with the first", three(`"join":"any"`), []string{"b=" + yes, "a=" + yes, "c=" + no}, []string{
			"succeeded:b+1 started:j/1/1", "succeeded:a+0", "succeeded:c-2",
		}},
		{"any waits while one is left", three(`"join":"any"`), []string{"a=" + no, "b=" + no, "c=" + yes}, []string{
			"succeeded:a-0", "succeeded:b-1", "succeeded:c+2 started:j/1/1",
		}},
		{"any is skipped when nobody is left", three(`"join":"any"`), []string{"a=" + no, "b=" + no, "c=" + no}, []string{
			"succeeded:a-0", "succeeded:b-1", "succeeded:c-2 skipped:j skipped:k completed:null",
		}},
		{"two of three", three(`"join":2`), []string{"a=" + no, "c=" + yes, "b=" + yes}, []string{
			"succeeded:a-0", "succeeded:c+2", "succeeded:b+1 started:j/1/1",
		}},
		{"two of three are out of reach", three(`"join":2`), []string{"a=" + no, "b=" + no, "c=" + yes}, []string{
			"succeeded:a-0", "succeeded:b-1 skipped:j skipped:k", "succeeded:c+2 completed:null",
		}},
		{"three of three", three(`"join":3`), []string{"a=" + yes, "b=" + yes, "c=" + yes}, []string{
			"succeeded:a+0", "succeeded:b+1", "succeeded:c+2 started:j/1/1",
		}},
		{"three of three need each", three(`"join":3`), []string{"b=" + no}, []string{"succeeded:b-1 skipped:j skipped:k"}},
		{"all needs just one", three(`"join":"all"`), []string{"a=" + no, "b=" + no, "c=" + yes}, []string{
			"succeeded:a-0", "succeeded:b-1", "succeeded:c+2 started:j/1/1",
		}},
		{"the rest is cancelled", three(`"join":"any","join_rest":"cancel"`), []string{"b=" + yes, "a=" + yes, "j=1"}, []string{
			"succeeded:b+1 cancelled-node:a/1/1-0 cancelled-node:c/1/1-2 started:j/1/1", "refused STALE", "succeeded:j+3 started:k/1/1",
		}},
		{"the rest is cancelled when it can change nothing", three(`"join":2,"join_rest":"cancel"`), []string{"b=" + no, "a=" + no}, []string{
			"succeeded:b-1", "succeeded:a-0 cancelled-node:c/1/1-2 skipped:j skipped:k completed:null",
		}},
		{"a failure that goes on arrives", three(`"join":1,"if":"!has(nodes.b.output.error)"`), []string{"b!"}, []string{"failed-node:b failed:EXPRESSION_ERROR"}},
		{"an if that is false decides too", three(`"join":"any","join_rest":"cancel","if":"false"`), []string{"b=" + yes}, []string{
			"succeeded:b+1 cancelled-node:a/1/1-0 cancelled-node:c/1/1-2 skipped:j skipped:k completed:null",
		}},
		{"on_error is an edge like any other", `{"nodes":[{"id":"a","type":"x","on_error":"j"},{"id":"b","type":"x"},{"id":"j","type":"x","join":2}],"edges":[{"from":"a","to":"b"},{"from":"b","to":"j"}]}`,
			[]string{"a!"}, []string{"failed-node:a+2-0 skipped:b skipped:j completed:null"}},
		{"so are those of a switch", `{"nodes":[{"id":"s","type":"switch","cases":[{"when":"input.n > 5","to":"j"}],"default":"k"},{"id":"a","type":"x"},{"id":"j","type":"x","join":"any"},{"id":"k","type":"x"}],"edges":[{"from":"a","to":"j"}]}`,
			[]string{"s=null", "a=1"}, []string{"succeeded:s+2-1 started:k/1/1", "succeeded:a+0 started:j/1/1"}},
		{"the rest has a way elsewhere", `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"cancel"},{"id":"log","type":"x"}],
			"edges":[{"from":"a","to":"j"},{"from":"b","to":"j"},{"from":"b","to":"log"}]}`,
			[]string{"a=1", "b=2"}, []string{"succeeded:a+0 started:j/1/1", "succeeded:b+1+2 started:log/1/1"}},
		{"what has not begun is skipped", `{"nodes":[{"id":"s","type":"x"},{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"c","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"cancel"}],
			"edges":[{"from":"s","to":"a"},{"from":"s","to":"b"},{"from":"a","to":"j"},{"from":"b","to":"c"},{"from":"c","to":"j"}]}`,
			[]string{"s=1", "a=1", "j=2"}, []string{"succeeded:s+0+1 started:a/1/1 started:b/1/1",
				"succeeded:a+2 cancelled-node:b/1/1-3 skipped:c started:j/1/1", "succeeded:j completed:2"}},
		{"a join inside the rest", `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"k","type":"x","join":2},{"id":"c","type":"x"},{"id":"j","type":"x","join":1,"join_rest":"cancel"}],
			"edges":[{"from":"a","to":"k"},{"from":"b","to":"k"},{"from":"k","to":"j"},{"from":"c","to":"j"}]}`,
			[]string{"a=1", "c=1"}, []string{"succeeded:a+0", "succeeded:c+3 cancelled-node:b/1/1-1 skipped:k started:j/1/1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := submitted(t, c.graph)
			for i, step := range c.play {
				if node, ok := strings.CutSuffix(step, "!"); ok {
					s.want(s.fail(node), c.want[i])
				} else {
					node, output, _ := strings.Cut(step, "=")
					s.want(s.ok(node, output), c.want[i])
				}
			}
		})
	}
}

const race = `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x","retry":{"max_attempts":3,"initial":"1h"}},{"id":"c","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"cancel"}],
	"edges":[{"from":"a","to":"j"},{"from":"b","to":"j"},{"from":"c","to":"j"}]}`

// Whatever the rest is doing, nothing is left of it.
func TestRestInEveryState(t *testing.T) {
	s := submitted(t, race)
	s.want(s.fail("b"), "retrying:b")
	s.want(s.ask("c", job.Ask{ID: "q1", Actions: []string{"ok"}, Required: 2, ExpiresIn: time.Hour, RemindAfter: time.Minute}), "holds:c opened")
	s.want(s.do(&job.Answer{InterventionID: "q1", Action: "ok", Responder: "bob"}), "answered")
	s.want(s.ok("a", `1`), "succeeded:a+0 cancelled-node:b/1/1-1 cancelled-node:c/1/1-2 started:j/1/1")
	if due := s.run.Due(); !due.IsZero() {
		t.Fatalf("something is due at %s", due)
	}
	if iv := s.view.Interventions[0]; iv.Status != job.InterventionCancelled || len(iv.Responses) != 1 {
		t.Fatalf("the question: %+v", iv)
	}
	for _, id := range []string{"b", "c"} {
		if st := s.view.Step(id); st.Status != job.StepCancelled || st.FinishedAt == nil {
			t.Fatalf("step %+v", st)
		}
	}
	s.want(s.do(&job.Answer{InterventionID: "q1", Action: "ok", Responder: "ann"}), "refused JOB_NOT_WAITING")
	s.want(s.ok("j", `2`), "succeeded:j completed:2")

	s = submitted(t, race) // a timer and a signal
	s.want(s.do(&job.Hold{Attempt: s.at("b"), Until: s.now.Add(time.Hour)}), "holds:b")
	s.want(s.do(&job.Hold{Attempt: s.at("c"), Events: []string{"go"}}), "holds:c")
	s.want(s.ok("a", `1`), "succeeded:a+0 cancelled-node:b/1/1-1 cancelled-node:c/1/1-2 started:j/1/1")
	if len(s.view.Waits) > 0 || !s.run.Due().IsZero() {
		t.Fatalf("left are %+v, due at %s", s.view.Waits, s.run.Due())
	}
	s.want(s.do(&job.Signal{Name: "go"}), "received:go#1") // it is kept
}

// A job that waits for a human goes on when another way is faster.
func TestWaitingJoinIsFired(t *testing.T) {
	s := submitted(t, `{"nodes":[{"id":"ask","type":"human"},{"id":"sig","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"cancel"}],
		"edges":[{"from":"ask","to":"j"},{"from":"sig","to":"j"}]}`)
	s.ask("ask", job.Ask{ID: "q1", Actions: []string{"ok"}})
	s.want(s.do(&job.Hold{Attempt: s.at("sig"), Events: []string{"go"}}), "holds:sig waiting")
	s.want(s.do(&job.Signal{Name: "go", Data: jsontext.Value(`1`)}), "received:go#1 taken:#1>sig succeeded:sig+1 cancelled-node:ask/1/1-0 resumed started:j/1/1")
}

// While a job is paused nothing fires; outcomes are recorded.
func TestPausedJoin(t *testing.T) {
	s := submitted(t, race)
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.ok("a", `1`), "succeeded:a+0")
	s.want(s.ok("b", `1`), "succeeded:b+1")
	s.want(s.do(&job.Advance{Lost: []job.Attempt{s.at("c")}}))
	s.want(s.do(&job.Resume{}), "resumed cancelled-node:c/1/1-2 started:j/1/1")
}

// An attempt that was lost in a crash is not made again when the join no longer
// needs it.
func TestLostAttemptOfTheRest(t *testing.T) {
	s := submitted(t, race)
	s.want(s.do(&job.Pause{}), "paused")
	s.want(s.ok("a", `1`), "succeeded:a+0")
	s.want(s.do(&job.Resume{}), "resumed cancelled-node:b/1/1-1 cancelled-node:c/1/1-2 started:j/1/1")
	s.want(s.do(&job.Advance{Lost: []job.Attempt{{Node: "b", Visit: 1, Attempt: 1}, s.at("j")}}), "started:j/1/2!")
}

// Without room the join is decided all the same, and starts later.
func TestJoinWithoutRoom(t *testing.T) {
	s := submitted(t, race)
	s.room = 0
	s.want(s.ok("a", `1`), "succeeded:a+0 cancelled-node:b/1/1-1 cancelled-node:c/1/1-2")
	s.want(s.ok("b", `1`), "refused STALE")
	s.room = 1
	s.want(s.do(&job.Advance{}), "started:j/1/1")
}

// A loop that begins a node anew which can only lead to a join, and others.
const beside = `{"nodes":[{"id":"a","type":"x"},{"id":"x","type":"x"},{"id":"n","type":"x"},{"id":"y","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"cancel"}],
	"edges":[{"from":"a","to":"j"},{"from":"x","to":"n"},{"from":"n","to":"j"},{"from":"x","to":"y"},{"from":"y","to":"x","when":"nodes.y.output","max_visits":9}]}`

// A loop that a join did not wait for goes on behind its back; one that comes
// from the join, or from behind it, begins it anew.
func TestJoinsAndLoops(t *testing.T) {
	const behind = `{"nodes":[{"id":"a","type":"x"},{"id":"poll","type":"x"},{"id":"j","type":"x","join":"any"}],
		"edges":[{"from":"a","to":"j"},{"from":"poll","to":"j","when":"nodes.poll.output"},{"from":"poll","to":"poll","when":"!nodes.poll.output","max_visits":9}]}`
	s := submitted(t, behind)
	s.want(s.ok("poll", `false`), "succeeded:poll+2-1 looped:j,poll started:poll/2/1")
	s.want(s.ok("a", `1`), "succeeded:a+0 started:j/1/1")
	s.want(s.ok("poll", `false`), "succeeded:poll+2-1 looped:poll started:poll/3/1")
	s.want(s.ok("j", `"done"`), "succeeded:j")
	s.want(s.ok("poll", `true`), `succeeded:poll+1-2 completed:"done"`)

	s = submitted(t, beside)
	s.want(s.ok("x", `1`), "succeeded:x+1+3 started:n/1/1 started:y/1/1")
	s.want(s.ok("a", `1`), "succeeded:a+0 cancelled-node:n/1/1-2 started:j/1/1")
	s.want(s.ok("y", `true`), "succeeded:y+4 looped:x,y started:x/2/1")
	s.want(s.ok("x", `1`), "succeeded:x+1+3 started:y/2/1") // n stays cancelled

	const round = `{"nodes":[{"id":"s","type":"x"},{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"cancel"}],
		"edges":[{"from":"s","to":"a"},{"from":"s","to":"b"},{"from":"a","to":"j"},{"from":"b","to":"j"},{"from":"j","to":"s","when":"nodes.j.output","max_visits":1}]}`
	s = submitted(t, round)
	s.want(s.ok("s", `0`), "succeeded:s+0+1 started:a/1/1 started:b/1/1")
	s.want(s.ok("a", `1`), "succeeded:a+2 cancelled-node:b/1/1-3 started:j/1/1")
	s.want(s.ok("j", `true`), "succeeded:j+4 looped:a,b,j,s started:s/2/1")
	s.want(s.ok("s", `0`), "succeeded:s+0+1 started:a/2/1 started:b/2/1")
	s.want(s.ok("b", `1`), "succeeded:b+3 cancelled-node:a/2/1-2 started:j/2/1")
	s.want(s.ok("j", `true`), "succeeded:j-4 completed:true")
}

// A back edge out of the rest is not taken any more; one straight to the join
// starts it whatever has arrived.
func TestJoinsAndBackEdges(t *testing.T) {
	const retry = `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"c","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"cancel"},{"id":"k","type":"x"}],
		"edges":[{"from":"a","to":"j"},{"from":"b","to":"c"},{"from":"c","to":"j"},{"from":"c","to":"b","when":"true","max_visits":3},{"from":"j","to":"k"},{"from":"k","to":"j","when":"nodes.k.output","max_visits":1}]}`
	s := submitted(t, retry)
	s.want(s.ok("b", `1`), "succeeded:b+1 started:c/1/1")
	s.want(s.ok("c", `1`), "succeeded:c+3-2 looped:b,c,j,k started:b/2/1")
	s.want(s.ok("a", `1`), "succeeded:a+0 cancelled-node:b/2/1-1 skipped:c started:j/1/1")
	s.want(s.ok("j", `1`), "succeeded:j+4 started:k/1/1")
	s.want(s.ok("k", `true`), "succeeded:k+5 looped:j,k started:j/2/1")
	s.want(s.ok("j", `2`), "succeeded:j+4 started:k/2/1")
	s.want(s.ok("k", `true`), "succeeded:k-5 completed:true")
}

func TestRerunWithJoins(t *testing.T) {
	const graph = `{"nodes":[{"id":"a","type":"x"},{"id":"b","type":"x"},{"id":"j","type":"x","join":"any","join_rest":"REST"},{"id":"k","type":"x"}],
		"edges":[{"from":"a","to":"j"},{"from":"b","to":"j"},{"from":"j","to":"k"}]}`
	cancel, ignore := strings.Replace(graph, "REST", "cancel", 1), strings.Replace(graph, "REST", "ignore", 1)
	for name, c := range map[string]struct {
		graph string
		play  func(s *story)
		from  string
		want  string
	}{
		"behind a join": {cancel, func(s *story) { s.ok("a", "1"); s.ok("j", "2"); s.ok("k", "3") },
			"k", "submitted reused:a+0 skipped:b reused:j+2 started started:k/1/1"},
		"the join": {cancel, func(s *story) { s.ok("a", "1"); s.ok("j", "2"); s.fail("k") },
			"j", "submitted reused:a+0 skipped:b started started:j/1/1"},
		"what was cancelled": {cancel, func(s *story) { s.ok("a", "1"); s.ok("j", "2"); s.ok("k", "3") },
			"b", "refused CONFLICT"},
		"what ended with the job": {cancel, func(s *story) { s.do(&job.Cancel{}) },
			"b", "submitted started started:a/1/1 started:b/1/1"},
		"what led to it": {cancel, func(s *story) { s.ok("a", "1"); s.ok("j", "2"); s.ok("k", "3") },
			"a", "submitted skipped:b started started:a/1/1"},
		"what came too late": {ignore, func(s *story) { s.ok("a", "1"); s.ok("b", "1"); s.ok("j", "2"); s.ok("k", "3") },
			"b", "submitted reused:a+0 reused:j+2 reused:k started started:b/1/1"},
		"beside one that never ended": {ignore, func(s *story) { s.ok("a", "1"); s.ok("j", "2"); s.fail("k") },
			"k", "submitted reused:a+0 reused:j+2 started started:b/1/1 started:k/1/1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := submitted(t, c.graph)
			c.play(s)
			if !s.run.Status.Terminal() {
				t.Fatal("the story has not ended")
			}
			again, got := rerun(t, s, c.from)
			if got != c.want {
				t.Errorf("happened: %s\nwanted:   %s", got, c.want)
			}
			if again != nil {
				holds(t, again)
			}
		})
	}
}
