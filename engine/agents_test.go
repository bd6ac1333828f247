package engine_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/engine/nodes/modeltest"
	"ranvier/events"
)

// world is what agents of a test talk to: a model that answers by what it was
// told so far, and a service; both count by idempotency key.
type world struct {
	types *nodes.Types
	url   string // of the service

	mu    sync.Mutex
	turns map[string]int
	calls map[string]int
}

// newWorld runs a model whose turns are in script: the next one is after all
// that its conversation holds of the assistant.
func newWorld(t *testing.T, script ...modeltest.Reply) *world {
	t.Helper()
	w := &world{turns: map[string]int{}, calls: map[string]int{}}
	server, err := modeltest.NewServerFunc(func(r modeltest.Request) modeltest.Reply {
		w.mu.Lock()
		w.turns[r.Header.Get("Idempotency-Key")]++
		w.mu.Unlock()
		var in struct {
			Messages []struct {
				Role string `json:"role"`
			} `json:"messages"`
		}
		if err := json.Unmarshal(r.Body, &in); err != nil {
			return modeltest.Reply{Status: http.StatusBadRequest}
		}
		turn := 0
		for _, m := range in.Messages {
			if m.Role == "assistant" {
				turn++
			}
		}
		return script[min(turn, len(script)-1)]
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	service := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.calls[r.Header.Get("Idempotency-Key")]++
		w.mu.Unlock()
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"path":"`+r.URL.Path+`"}`)
	}))
	t.Cleanup(service.Close)
	w.url = service.URL
	transport := nodes.NewTransport([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	t.Cleanup(transport.CloseIdleConnections)
	w.types = nodes.New(nodes.Deps{Transport: transport, OpenAIBaseURL: server.URL})
	return w
}

// made gives how often each turn and call was made so far.
func (w *world) made() (turns, calls map[string]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.turns), maps.Clone(w.calls)
}

func (w *world) config() engine.Config { return engine.Config{Types: w.types} }

// agent is the config of a model with the tools a and b.
func (w *world) agent(more string) string {
	return fmt.Sprintf(`{"model":"m","price":{"input":1,"output":1},"tools":[
		{"name":"a","http":{"url":"%[1]s/a/{{ args.x }}"}},{"name":"b","http":{"method":"POST","url":"%[1]s/b"}%[2]s}]}`, w.url, more)
}

func agentGraph(config string) string {
	return `{"nodes":[{"id":"agent","type":"neuron","kind":"llm","config":` + config + `}],"edges":[]}`
}

func wants(calls ...modeltest.Call) modeltest.Reply {
	return modeltest.Reply{Text: "Let me see. ", Calls: calls, InputTokens: 10, OutputTokens: 5}
}

var aCall, bCall = modeltest.Call{ID: "c1", Name: "a", Arguments: `{"x":"1"}`}, modeltest.Call{ID: "c2", Name: "b", Arguments: `{"y":[1,2]}`}

// mortal is a log that takes so many appends and says when it takes no more.
type mortal struct {
	events.Log
	left atomic.Int32
	dead chan struct{}
}

func (l *mortal) Append(ctx context.Context, c *events.Commit) error {
	switch left := l.left.Add(-1); {
	case left == -1:
		close(l.dead)
		fallthrough
	case left < 0:
		return fmt.Errorf("made to fail: %w", events.ErrUnavailable)
	}
	return l.Log.Append(ctx, c)
}

// finished gives the idempotency keys of the turns and calls that are recorded
// as ended.
func finished(t *testing.T, log events.Log, s events.Subject) (turns, calls []string) {
	t.Helper()
	for c, err := range log.Load(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Events {
			switch f := c.Events[i].Fact.(type) {
			case *events.TurnCompleted:
				key := fmt.Sprintf("%s/%s/%d", s.ID, f.Node, f.Visit)
				if f.Turn > 1 {
					key += fmt.Sprintf("/turn-%d", f.Turn)
				}
				turns = append(turns, key)
			case *events.ReflexAnswered:
				calls = append(calls, fmt.Sprintf("%s/%s/%d/%s", s.ID, f.Node, f.Visit, f.Call))
			}
		}
	}
	return turns, calls
}

// TestAgentSurvivesEveryCrash lets the process die after each of the commits of
// an agent's job, in turn: what is recorded as ended is never done again, and
// all that is made again has the key that it had.
func TestAgentSurvivesEveryCrash(t *testing.T) {
	w := newWorld(t, wants(aCall, bCall), wants(modeltest.Call{ID: "c3", Name: "a", Arguments: `{"x":"2"}`}),
		modeltest.Reply{Text: "All done.", InputTokens: 30, OutputTokens: 7})
	for last := int32(1); ; last++ {
		mem := events.NewMemLog()
		log := &mortal{Log: mem, dead: make(chan struct{})}
		log.left.Store(last)
		r := start(t, log, w.config())
		s := r.submit(agentGraph(w.agent("")), `"Go"`)
		over := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer close(over)
			run := job.NewRun(s)
			for batch, err := range mem.Tail(ctx, events.Jobs, 0) {
				if err != nil {
					return
				}
				for _, c := range batch {
					if run.Apply(c); run.Status.Terminal() {
						return
					}
				}
			}
		}()
		lived := false
		select {
		case <-log.dead:
		case <-over:
			lived = true
		}
		cancel()
		<-over
		r.stop()
		turns, calls := finished(t, mem, s)
		turnsBefore, callsBefore := w.made()

		r = start(t, mem, w.config(), s)
		run := r.until(s, ended)
		if run.Status != job.Completed || !strings.Contains(string(run.Result), "All done.") {
			t.Fatalf("after %d commits: %s, %+v, %s", last, run.Status, run.Error, run.Result)
		}
		r.stop()
		turnsAfter, callsAfter := w.made()
		for _, key := range turns {
			if turnsAfter[key] != turnsBefore[key] || turnsAfter[key] == 0 {
				t.Errorf("after %d commits turn %s was made %d times, and %d after it", last, key, turnsBefore[key], turnsAfter[key])
			}
		}
		for _, key := range calls {
			if callsAfter[key] != callsBefore[key] || callsAfter[key] == 0 {
				t.Errorf("after %d commits call %s was made %d times, and %d after it", last, key, callsBefore[key], callsAfter[key])
			}
		}
		want := job.Usage{InputTokens: 50, OutputTokens: 17, ModelCalls: 3, ToolCalls: 3, CostUSD: 0.000067}
		run.Usage.CostUSD = float64(int64(run.Usage.CostUSD*1e6+0.5)) / 1e6
		if d := cmp.Diff(want, run.Usage); d != "" {
			t.Errorf("after %d commits the usage is another (-want +got):\n%s", last, d)
		}
		if len(run.Calls) != 0 || r.ends(s) != 1 {
			t.Errorf("after %d commits calls %+v are open, and it ended %d times", last, run.Calls, r.ends(s))
		}
		for key := range callsAfter {
			if !strings.Contains(key, "/agent/1/c") {
				t.Errorf("a call has the key %q", key)
			}
		}
		if lived {
			if last < 6 {
				t.Errorf("the job had %d commits only", last)
			}
			return
		}
	}
}

// asked waits until a job asks somebody, and gives the question.
func (r *rig) asked(s events.Subject, open int) []job.Intervention {
	r.t.Helper()
	run := r.until(s, func(j *job.Run) bool {
		n := 0
		for i := range j.Interventions {
			if j.Interventions[i].Open() {
				n++
			}
		}
		return n == open
	})
	return slices.DeleteFunc(slices.Clone(run.Interventions), func(iv job.Intervention) bool { return !iv.Open() })
}

func (r *rig) say(s events.Subject, iv job.Intervention, action, comment string) {
	r.t.Helper()
	if _, err := r.eng.Do(r.t.Context(), s, tester, &job.Answer{InterventionID: iv.InterventionID, Action: action, Comment: comment, Responder: "ann"}); err != nil {
		r.t.Fatal(err)
	}
}

func TestAgentAsksForApproval(t *testing.T) {
	const approval = `,"requires_approval":true`
	for _, c := range []struct {
		name, action, more string
		calls              int
		says               string
	}{
		{"approved", "approve", approval, 1, `{"path":"/b"}`},
		{"rejected", "reject", approval, 0, `rejected by a person: not today`},
		{"expired", "", approval + `,"approval":{"expires_in":"1ms"}`, 0, "nobody allowed the call in time"},
		{"expired and allowed", "", approval + `,"approval":{"expires_in":"1ms","on_expire":"approve"}`, 1, `{"path":"/b"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, wants(aCall, bCall), modeltest.Reply{Text: "Done."})
			mem := events.NewMemLog()
			r := start(t, mem, w.config())
			s := r.submit(agentGraph(w.agent(c.more)), `"Go"`)
			if c.action != "" {
				iv := r.asked(s, 1)[0]
				run := r.until(s, in(job.Waiting))
				if run.WaitingFor.InterventionID != iv.InterventionID {
					t.Errorf("it waits for %+v", run.WaitingFor)
				}
				if iv.Call == nil || iv.Call.Name != "b" || string(iv.Call.Arguments) != `{"y":[1,2]}` || iv.Call.CallID != "c2" {
					t.Errorf("the question is about %+v", iv.Call)
				}
				if _, calls := w.made(); len(calls) != 1 {
					t.Errorf("before the answer: %v", calls)
				}
				r.stop() // it survives a restart
				r = start(t, mem, w.config(), s)
				r.say(s, iv, c.action, "not today")
			}
			run := r.until(s, ended)
			if run.Status != job.Completed {
				t.Fatalf("%s, %+v", run.Status, run.Error)
			}
			if _, calls := w.made(); calls[s.ID+"/agent/1/c2"] != c.calls || calls[s.ID+"/agent/1/c1"] != 1 {
				t.Errorf("calls %v", calls)
			}
			if told := answerOf(t, mem, s, "c2"); !strings.Contains(told, c.says) {
				t.Errorf("the model is told %s", told)
			}
			if st := run.Step("agent"); st.Attempts != 2 {
				t.Errorf("%d attempts", st.Attempts)
			}
		})
	}
}

// answerOf gives the recorded result of a call.
func answerOf(t *testing.T, log events.Log, s events.Subject, call string) string {
	t.Helper()
	for c, err := range log.Load(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Events {
			if f, ok := c.Events[i].Fact.(*events.ReflexAnswered); ok && f.Call == call {
				return string(f.Result.JSON())
			}
		}
	}
	t.Errorf("call %s has no result", call)
	return ""
}

// Each answer lets the agent go on; a question that is still open stays so.
func TestAgentAsksTwice(t *testing.T) {
	second := bCall
	second.ID = "c3"
	w := newWorld(t, wants(bCall, second), modeltest.Reply{Text: "Done."})
	mem := events.NewMemLog()
	r := start(t, mem, w.config())
	s := r.submit(agentGraph(w.agent(`,"requires_approval":true`)), `"Go"`)
	open := r.asked(s, 2)
	r.say(s, open[1], "approve", "")
	r.until(s, func(j *job.Run) bool { return len(j.Calls) == 1 })
	left := r.asked(s, 1)
	if left[0].InterventionID != open[0].InterventionID {
		t.Errorf("%+v is asked", left)
	}
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Pause{}); err != nil {
		t.Fatal(err)
	}
	r.say(s, left[0], "reject", "")
	if run := r.until(s, in(job.Paused)); len(run.Calls) != 1 {
		t.Errorf("while it is paused: %+v", run.Calls)
	}
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Resume{}); err != nil {
		t.Fatal(err)
	}
	if run := r.until(s, ended); run.Status != job.Completed || len(run.Interventions) != 2 {
		t.Errorf("%s, %+v, %+v", run.Status, run.Error, run.Interventions)
	}
	if _, calls := w.made(); len(calls) != 1 || calls[s.ID+"/agent/1/c3"] != 1 {
		t.Errorf("calls %v", calls)
	}
}

// A pathway as a tool is a sub-job, whose end the model is told.
func TestAgentPathwayTool(t *testing.T) {
	w := newWorld(t, wants(
		modeltest.Call{ID: "c1", Name: "sub", Arguments: `{"n":20}`}, modeltest.Call{ID: "c2", Name: "broken", Arguments: `{}`},
		modeltest.Call{ID: "c3", Name: "sub", Arguments: `{"n":1}`}), modeltest.Reply{Text: "Done."})
	mem := events.NewMemLog()
	r := start(t, mem, w.config())
	r.pathway("", "twice", `{"nodes":[{"id":"t","type":"transform","output":"{{ input.n * 2 }}"}],"edges":[]}`)
	r.pathway("", "fails", echo(`{"fail":"no words"}`))
	s := r.submit(agentGraph(`{"model":"m","tools":[{"name":"sub","pathway":"twice"},{"name":"broken","pathway":"fails"}]}`), `"Go"`)
	run := r.until(s, ended)
	if run.Status != job.Completed {
		t.Fatalf("%s, %+v", run.Status, run.Error)
	}
	if a, b := answerOf(t, mem, s, "c1"), answerOf(t, mem, s, "c3"); a != "40" || b != "2" {
		t.Errorf("the model is told %s and %s", a, b)
	}
	if told := answerOf(t, mem, s, "c2"); !strings.Contains(told, "ECHO_FAILED") || !strings.Contains(told, "no words") {
		t.Errorf("the model is told %s", told)
	}
	if run.Usage.ToolCalls != 3 {
		t.Errorf("usage %+v", run.Usage)
	}
}

// Agents inside a map name their calls by the item.
func TestAgentInMap(t *testing.T) {
	w := newWorld(t, wants(bCall), modeltest.Reply{Text: "Done."})
	mem := events.NewMemLog()
	r := start(t, mem, w.config())
	s := r.submit(`{"nodes":[{"id":"each","type":"map","items":"{{ input }}","node":{"type":"neuron","kind":"llm","input":"{{ item }}","config":`+
		w.agent(`,"requires_approval":true`)+`}}],"edges":[]}`, `["x","y"]`)
	for _, iv := range r.asked(s, 2) {
		r.say(s, iv, "approve", "")
	}
	run := r.until(s, ended)
	if run.Status != job.Completed {
		t.Fatalf("%s, %+v", run.Status, run.Error)
	}
	turns, calls := w.made()
	if len(calls) != 2 || len(turns) != 4 {
		t.Errorf("turns %v, calls %v", turns, calls)
	}
	for key, n := range calls {
		if n != 1 || !strings.HasPrefix(key, s.ID+"/each/") || !strings.HasSuffix(key, "/c2") {
			t.Errorf("call %s was made %d times", key, n)
		}
	}
}

// A job that is cancelled while a tool is called stops the call.
func TestAgentCancelled(t *testing.T) {
	called, gone := make(chan struct{}), make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(called)
		<-r.Context().Done()
		close(gone)
	}))
	t.Cleanup(service.Close)
	w := newWorld(t, wants(aCall), modeltest.Reply{Text: "Done."})
	w.url = service.URL
	mem := events.NewMemLog()
	r := start(t, mem, w.config())
	s := r.submit(agentGraph(w.agent("")), `"Go"`)
	<-called
	if _, err := r.eng.Do(t.Context(), s, tester, &job.Cancel{}); err != nil {
		t.Fatal(err)
	}
	<-gone
	run := r.until(s, ended)
	if run.Status != job.Failed || run.Error.Code != job.CodeCancelled || len(run.Calls) != 0 {
		t.Errorf("%s, %+v, %+v", run.Status, run.Error, run.Calls)
	}
	if _, calls := finished(t, mem, s); len(calls) != 0 {
		t.Errorf("calls %v have results", calls)
	}
}
