package nodes

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/nodes/modeltest"
)

// ledger is where a test's attempts record their steps.
type ledger struct {
	mu    sync.Mutex
	steps []Step
	fail  error // what record answers instead
}

func (l *ledger) record(_ context.Context, steps ...Step) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return l.fail
	}
	l.steps = append(l.steps, steps...)
	return nil
}

// attempt is the next attempt of a visit with what was recorded so far.
func (l *ledger) attempt(t *testing.T, n Node, input string) (Outcome, error) {
	t.Helper()
	r := request(input, nil)
	r.Steps, r.Record = append([]Step(nil), l.steps...), l.record
	return n.Start(t.Context(), r)
}

// service counts calls and answers with the path and what it was given.
type service struct {
	URL   string
	mu    sync.Mutex
	calls []string // "METHOD path?query body key"
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{}
	s.URL = serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		said := r.Method + " " + r.URL.RequestURI()
		s.mu.Lock()
		s.calls = append(s.calls, strings.TrimSpace(said+" "+string(body))+" "+r.Header.Get("Idempotency-Key"))
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":"no such city"}`)
		case "/hang":
			<-r.Context().Done()
		default:
			_, _ = io.WriteString(w, `{"at":"`+r.URL.Path+`"}`)
		}
	})
	return s
}

func (s *service) made() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

// messages gives roles and contents of what a model was sent.
func messages(t *testing.T, r modeltest.Request) []string {
	t.Helper()
	var in struct {
		Messages []struct {
			Role       string           `json:"role"`
			Content    string           `json:"content"`
			ToolCallID string           `json:"tool_call_id"`
			ToolCalls  []jsontext.Value `json:"tool_calls"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(r.Body, &in); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range in.Messages {
		text := m.Role
		if m.ToolCallID != "" {
			text += " " + m.ToolCallID
		}
		text += ": " + m.Content
		for _, c := range m.ToolCalls {
			text += " " + string(c)
		}
		all = append(all, text)
	}
	return all
}

func weather(base string) string {
	return `{"name":"weather","description":"Tells the weather.","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]},
		"http":{"url":"` + base + `/weather/{{ args.city }}","headers":{"X-For":"{{ input.message }}"}}}`
}

func TestAgent(t *testing.T) {
	s := newService(t)
	types, server := model(t,
		modeltest.Reply{Text: "Let me look.", InputTokens: 10, OutputTokens: 4, Calls: []modeltest.Call{
			{ID: "c1", Name: "weather", Arguments: `{"city":"São Paulo/.."}`},
			{ID: "c2", Name: "order", Arguments: `{"n":2}`},
		}},
		modeltest.Reply{Text: "It rains.", InputTokens: 20, OutputTokens: 2})
	n := llmNode(t, types, `{"model":"m","price":{"input":1,"output":10},"tools":[`+weather(s.URL)+`,
		{"name":"order","http":{"method":"POST","url":"`+s.URL+`/orders"}}]}`)
	var l ledger
	out, err := l.attempt(t, n, `{"message":"Weather?"}`)
	if err != nil {
		t.Fatal(err)
	}
	done := out.(Done)
	if d := cmp.Diff(`{"text":"It rains.","model":"m","finish_reason":"stop","turns":2}`, string(done.Output)); d != "" {
		t.Errorf("output (-want +got):\n%s", d)
	}
	if d := cmp.Diff(Usage{InputTokens: 20, OutputTokens: 2, ModelCalls: 1, CostMicroUSD: 40}, done.Usage); d != "" {
		t.Errorf("usage of the last turn (-want +got):\n%s", d)
	}
	made := s.made()
	if len(made) == 2 && strings.HasPrefix(made[0], "POST") {
		made[0], made[1] = made[1], made[0] // they are made at the same time
	}
	if d := cmp.Diff([]string{
		"GET /weather/S%C3%A3o%20Paulo%2F.. job-1/n/1/c1",
		`POST /orders {"n":2} job-1/n/1/c2`,
	}, made); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	told := messages(t, server.Requests()[1])
	if d := cmp.Diff([]string{
		"user: Weather?",
		`assistant: Let me look. {"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"São Paulo/..\"}"}}` +
			` {"id":"c2","type":"function","function":{"name":"order","arguments":"{\"n\":2}"}}`,
		`tool c1: {"at":"/weather/São Paulo/.."}`,
		`tool c2: {"at":"/orders"}`,
	}, told); d != "" {
		t.Errorf("the second turn (-want +got):\n%s", d)
	}
	if key := server.Requests()[1].Header.Get("Idempotency-Key"); key != "job-1/n/1/turn-2" {
		t.Errorf("the second turn's key is %q", key)
	}
	turn, ok := l.steps[0].(Turn)
	if !ok || turn.N != 1 || turn.Usage != (Usage{InputTokens: 10, OutputTokens: 4, ModelCalls: 1, CostMicroUSD: 50}) {
		t.Errorf("the first step is %+v", l.steps[0])
	}
	if len(l.steps) != 5 {
		t.Fatalf("steps %+v", l.steps)
	}

	// Whoever goes on, from whatever was recorded, makes nothing again.
	for upTo := 3; upTo <= 5; upTo++ {
		before, asked := len(s.made()), len(server.Requests())
		again := ledger{steps: append([]Step(nil), l.steps[:upTo]...)}
		out, err := again.attempt(t, n, `{"message":"Weather?"}`)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(done.Output), string(out.(Done).Output)); d != "" {
			t.Errorf("from %d steps the output is another (-want +got):\n%s", upTo, d)
		}
		if calls, turns := len(s.made())-before, len(server.Requests())-asked; calls != 5-upTo || turns != 1 {
			t.Errorf("from %d steps %d calls and %d turns were made", upTo, calls, turns)
		}
		if d := cmp.Diff(told, messages(t, server.Requests()[asked])); d != "" {
			t.Errorf("from %d steps the model is told something else (-want +got):\n%s", upTo, d)
		}
	}
}

// What goes wrong with a call is told to the model.
func TestAgentToldErrors(t *testing.T) {
	s := newService(t)
	for _, c := range []struct{ name, call, arguments, code, says string }{
		{"no JSON", "weather", `{"city":`, CodeValidation, "no JSON object"},
		{"a list", "weather", `["Rome"]`, CodeValidation, "no JSON object"},
		{"duplicate names", "weather", `{"city":"a","city":"b"}`, CodeValidation, "no JSON object"},
		{"misfit", "weather", `{"city":7}`, CodeValidation, "/city"},
		{"nothing given", "weather", ``, CodeValidation, "city"},
		{"unknown", "rm", `{}`, CodeTool, "there is no tool"},
		{"dots", "weather", `{"city":".."}`, CodeValidation, "cannot be"},
		{"status", "missing", `{}`, CodeHTTPStatus, "no such city"},
		{"slow", "hang", `{}`, CodeTimeout, "within 50ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			types, server := model(t, modeltest.Reply{Calls: []modeltest.Call{{ID: "c1", Name: c.call, Arguments: c.arguments}}}, modeltest.Reply{Text: "Well."})
			n := llmNode(t, types, `{"model":"m","tools":[`+weather(s.URL)+`,{"name":"missing","http":{"url":"`+s.URL+`/missing"}},
				{"name":"hang","http":{"url":"`+s.URL+`/hang"},"timeout":"50ms"}]}`)
			var l ledger
			if _, err := l.attempt(t, n, `{"message":"Hi"}`); err != nil {
				t.Fatal(err)
			}
			answer, ok := l.steps[2].(Answer)
			if !ok || answer.Code != c.code || !strings.Contains(string(answer.Result), c.says) {
				t.Errorf("the answer is %+v", l.steps[2])
			}
			told := messages(t, server.Requests()[1])
			if last := told[len(told)-1]; !strings.HasPrefix(last, `tool c1: {"error":{"code":"`+c.code+`"`) {
				t.Errorf("the model is told %s", last)
			}
		})
	}
}

func TestAgentLimits(t *testing.T) {
	s := newService(t)
	call := modeltest.Reply{InputTokens: 60, OutputTokens: 40, Calls: []modeltest.Call{{Name: "weather", Arguments: `{"city":"Rome"}`}}}
	for _, c := range []struct {
		config string
		says   string
		calls  int
	}{
		{`"max_turns":2`, "in turn 2, its last (max_turns)", 1},
		{`"max_turns":1`, "in turn 1, its last (max_turns)", 0},
		{`"max_tool_calls":3`, "max_tool_calls", 3},
		{`"max_tokens_total":150`, "max_tokens_total", 2},
		{`"price":{"input":100,"output":100},"max_cost_usd":0.02`, "max_cost_usd", 2},
	} {
		t.Run(c.says, func(t *testing.T) {
			types, _ := model(t, call)
			n := llmNode(t, types, `{"model":"m","tools":[`+weather(s.URL)+`],`+c.config+`}`)
			before := len(s.made())
			var l ledger
			_, err := l.attempt(t, n, `{"message":"Hi"}`)
			var f *Failure
			if !errors.As(err, &f) {
				t.Fatal(err)
			}
			wantFailure(t, f, CodeAgent, true, c.says)
			if made := len(s.made()) - before; made != c.calls {
				t.Errorf("%d calls, want %d", made, c.calls)
			}
			// Every turn counts once, recorded or with the failure.
			turns := f.Usage.ModelCalls
			for _, s := range l.steps {
				if turn, ok := s.(Turn); ok {
					turns += turn.Usage.ModelCalls
				}
			}
			if turns == 0 || turns != int64(c.calls)+f.Usage.ModelCalls {
				t.Errorf("%d turns are accounted for", turns)
			}
		})
	}
}

// An output that does not fit is told to the model, a few times.
func TestAgentCorrections(t *testing.T) {
	bad, good := modeltest.Reply{Text: `{"age":"seven"}`}, modeltest.Reply{Text: `{"age":7}`}
	types, server := model(t, bad, modeltest.Reply{Text: "What?"}, good)
	n := llmNode(t, types, `{"model":"m","response_format":`+ageSchema+`}`)
	var l ledger
	out, err := l.attempt(t, n, `"Age?"`)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(out.(Done).Output); !strings.Contains(got, `"data":{"age":7}`) || !strings.Contains(got, `"turns":3`) {
		t.Errorf("output %s", got)
	}
	told := messages(t, server.Requests()[2])
	if len(told) != 5 || !strings.Contains(told[2], "/age") || !strings.Contains(told[4], "no JSON") {
		t.Errorf("the model was told %q", told)
	}
	again := ledger{steps: l.steps}
	if _, err := again.attempt(t, n, `"Age?"`); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(told, messages(t, server.Requests()[3])); d != "" {
		t.Errorf("whoever goes on tells something else (-want +got):\n%s", d)
	}

	types, server = model(t, bad)
	n = llmNode(t, types, `{"model":"m","response_format":`+ageSchema+`}`)
	wantFailure(t, failure(t, n, `"Age?"`), CodeOutputInvalid, false, "/age")
	if turns := len(server.Requests()); turns != 3 {
		t.Errorf("%d turns", turns)
	}

	// The schema of a stored neuron is for its whole output.
	types, server = model(t, modeltest.Reply{Text: "no"}, modeltest.Reply{Text: "yes"})
	n = node(t, types, "neuron", `{"neuron":"a","pinned":{"id":"i","slug":"a","version":1,"kind":"llm","config":{"model":"m"},
		"output_schema":{"properties":{"text":{"const":"yes"}}}}}`)
	if got := output(t, n, `"?"`); !strings.Contains(got, `"yes"`) || len(server.Requests()) != 2 {
		t.Errorf("output %s after %d turns", got, len(server.Requests()))
	}
}

func TestAgentApproval(t *testing.T) {
	s := newService(t)
	types, server := model(t,
		modeltest.Reply{Calls: []modeltest.Call{
			{ID: "c1", Name: "refund", Arguments: `{"amount":5}`}, {ID: "c2", Name: "weather", Arguments: `{"city":"Rome"}`},
			{ID: "c3", Name: "refund", Arguments: `{"amount":9}`},
		}},
		modeltest.Reply{Text: "Done."})
	n := llmNode(t, types, `{"model":"m","tools":[`+weather(s.URL)+`,{"name":"refund","http":{"method":"POST","url":"`+s.URL+`/refund"},
		"requires_approval":true,"approval":{"required":2,"expires_in":"1h"}}]}`)
	var l ledger
	out, err := l.attempt(t, n, `{"message":"Hi"}`)
	if err != nil {
		t.Fatal(err)
	}
	await := out.(Await)
	if len(await.Ask) != 2 || len(await.Spawn) != 0 {
		t.Fatalf("outcome %+v", await)
	}
	q := await.Ask[0]
	if q.Call != "c1" || q.Required != 2 || q.OnExpire != "reject" || !cmp.Equal(q.Actions, []string{"approve", "reject"}) ||
		!strings.Contains(q.Prompt, `"refund"`) || !strings.Contains(q.Prompt, `"amount": 5`) {
		t.Errorf("question %+v", q)
	}
	if made := s.made(); len(made) != 1 || !strings.Contains(made[0], "/weather/Rome") {
		t.Errorf("before anybody allowed it: %q", made)
	}

	// One is allowed while the other one is still asked.
	l.steps = append(l.steps, Asked{"c3"}, Verdict{Call: "c1", Action: "approve"})
	if out, err = l.attempt(t, n, `{"message":"Hi"}`); err != nil {
		t.Fatal(err)
	}
	if await, ok := out.(Await); !ok || len(await.Ask) != 0 {
		t.Fatalf("outcome %+v", out)
	}
	if made := s.made(); len(made) != 2 || made[1] != `POST /refund {"amount":5} job-1/n/1/c1` {
		t.Errorf("after it was allowed: %q", made)
	}
	l.steps = append(l.steps, Verdict{Call: "c3", Action: "reject", Comment: "too much"})
	if out, err = l.attempt(t, n, `{"message":"Hi"}`); err != nil {
		t.Fatal(err)
	}
	if _, ok := out.(Done); !ok || len(s.made()) != 2 {
		t.Errorf("outcome %+v, calls %q", out, s.made())
	}
	told := messages(t, server.Requests()[1])
	if last := told[len(told)-1]; last != `tool c3: {"error":{"code":"REJECTED","message":"rejected by a person: too much"}}` {
		t.Errorf("the model is told %s", last)
	}
}

func TestAgentNeuronTool(t *testing.T) {
	types, server := model(t,
		modeltest.Reply{Calls: []modeltest.Call{{ID: "c1", Name: "again", Arguments: `{"message":"a b"}`}, {ID: "c2", Name: "again", Arguments: `{"message":7}`}}},
		modeltest.Reply{Text: "Done."})
	n := llmNode(t, types, `{"model":"m","tools":[{"name":"again","neuron":"e","pinned":{"id":"i","slug":"e","version":1,"kind":"echo",
		"input_schema":{"type":"object","properties":{"message":{"type":"string"}}}}}]}`)
	var said []string
	r := request(`"Hi"`, &said)
	var l ledger
	r.Record = l.record
	if _, err := n.Start(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	told := messages(t, server.Requests()[1])
	if got := told[2]; got != `tool c1: {"text":"a b"}` {
		t.Errorf("the model is told %s", got)
	}
	if !strings.Contains(told[3], CodeValidation) || !strings.Contains(told[3], "/message") {
		t.Errorf("the model is told %s", told[3])
	}
	if d := cmp.Diff([]string{"Done."}, said); d != "" {
		t.Errorf("words (-want +got):\n%s", d)
	}
	if !strings.Contains(string(server.Requests()[0].Body), `"parameters":{"type":"object","properties":{"message"`) {
		t.Errorf("request %s", server.Requests()[0].Body)
	}
}

func TestAgentPathwayTool(t *testing.T) {
	types, server := model(t,
		modeltest.Reply{Calls: []modeltest.Call{{ID: "c1", Name: "file", Arguments: `{"x":1}`}}}, modeltest.Reply{Text: "Done."})
	n := llmNode(t, types, `{"model":"m","tools":[{"name":"file","pathway":"p","pinned":{"id":"p-1","slug":"p","version":3}}]}`)
	var l ledger
	out, err := l.attempt(t, n, `{"message":"Hi"}`)
	if err != nil {
		t.Fatal(err)
	}
	want := Await{Spawn: []SubJob{{Pathway: "p-1", Version: 3, Input: jsontext.Value(`{"x":1}`), Call: "c1"}}}
	if d := cmp.Diff(Outcome(want), out); d != "" {
		t.Fatalf("outcome (-want +got):\n%s", d)
	}
	l.steps = append(l.steps, Spawned{"c1"})
	if out, err = l.attempt(t, n, `{"message":"Hi"}`); err != nil || !cmp.Equal(out, Outcome(Await{})) {
		t.Fatalf("while it runs: %+v, %v", out, err)
	}
	l.steps = append(l.steps, Answer{Call: "c1", Result: jsontext.Value(`"filed"`)})
	if out, err = l.attempt(t, n, `{"message":"Hi"}`); err != nil {
		t.Fatal(err)
	}
	if _, ok := out.(Done); !ok {
		t.Errorf("outcome %+v", out)
	}
	if told := messages(t, server.Requests()[1]); told[2] != "tool c1: filed" {
		t.Errorf("the model is told %q", told)
	}
}

func TestToolProblems(t *testing.T) {
	types, _ := model(t)
	for settings, want := range map[string]string{
		`{}`: "/config/tools/0: must be exactly one of http, neuron, pathway and mcp; it is none",
		`{"name":"a","neuron":"x","http":{"url":"http://h/"}}`:                                                        "it is http and neuron",
		`{"http":{"url":"http://h/"}}`:                                                                                "/config/tools/0/name: is missing",
		`{"name":"a b","http":{"url":"http://h/"}}`:                                                                   "/config/tools/0/name: a tool's name has",
		`{"name":"a","http":{}}`:                                                                                      "/config/tools/0/http/url: is missing",
		`{"name":"a","http":{"url":"http://h/","body":1}}`:                                                            "/config/tools/0/http/body: unknown field",
		`{"name":"a","http":{"url":"ftp://h/{{ args.x }}"}}`:                                                          "/config/tools/0/http/url: must begin with http",
		`{"name":"a","http":{"url":"http://h/","method":"BREW"}}`:                                                     "/config/tools/0/http/method",
		`{"name":"a","http":{"url":"http://h/"},"parameters":{"type":7}}`:                                             "/config/tools/0/parameters",
		`{"name":"a","http":{"url":"http://h/"},"approval":{"required":2}}`:                                           "/config/tools/0/approval: has no effect",
		`{"name":"a","http":{"url":"http://h/"},"requires_approval":true,"approval":{"on_expire":"approve"}}`:         "/config/tools/0/approval/on_expire: has no effect",
		`{"name":"a","http":{"url":"http://h/"},"requires_approval":true,"approval":{"x":1}}`:                         "/config/tools/0/approval/x: unknown field",
		`{"name":"a","pathway":"p","timeout":"1s"}`:                                                                   "/config/tools/0/timeout",
		`{"name":"a","http":{"url":"http://h/"},"pinned":{}}`:                                                         "/config/tools/0/pinned: belongs to",
		`{"name":"a","neuron":"w","pinned":{"id":"i","slug":"w","version":1,"kind":"worker","config":{"queue":"q"}}}`: "/config/tools/0/neuron: \"w\" is a worker",
		`{"name":"a","neuron":"w","pinned":{"id":"i","slug":"w","version":1,"kind":"llm","config":{"model":"m","tools":[
			{"name":"b","http":{"url":"http://h/"},"requires_approval":true}]}}}`: "/config/tools/0/neuron: \"w\" has tools that need approval",
		`{"name":"a","http":{"url":"http://h/"}},{"name":"a","http":{"url":"http://h/"}}`: "/config/tools/1/name: there is another tool",
	} {
		_, problems := types.Neuron("llm", []byte(`{"model":"m","tools":[`+settings+`]}`))
		if len(problems) == 0 || !strings.Contains(all(problems), want) {
			t.Errorf("%s:\n got %v\nwant %s", settings, problems, want)
		}
	}
}

// When an attempt is told to stop, its calls are too, and nothing is recorded.
func TestAgentCancelled(t *testing.T) {
	called := make(chan struct{}, 1)
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		called <- struct{}{}
		<-r.Context().Done()
	})
	types, _ := model(t, modeltest.Reply{Calls: []modeltest.Call{{ID: "c1", Name: "a", Arguments: `{}`}}})
	n := llmNode(t, types, `{"model":"m","tools":[{"name":"a","http":{"url":"`+url+`/"}}]}`)
	if err := cancelled(t, n, `"Hi"`, called); err == nil {
		t.Error("no error")
	}
}

// A secret goes to the service, and what the service repeats of it not to the
// model.
func TestAgentToolSecret(t *testing.T) {
	const secret = "s3cret-of-shop"
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "you sent "+r.Header.Get("X-Key"))
	})
	types, server := model(t, modeltest.Reply{Calls: []modeltest.Call{{ID: "c1", Name: "a", Arguments: `{}`}}}, modeltest.Reply{Text: "Done."})
	n := llmNode(t, types, `{"model":"m","tools":[{"name":"a","http":{"url":"`+url+`/","headers":{"X-Key":"{{ secret.shop }}"}}}]}`)
	r := request(`"Hi"`, nil)
	opened := false
	r.Secret = func(_ context.Context, name string) (string, error) {
		opened = name == "shop"
		return secret, nil
	}
	r.Clean = func(raw jsontext.Value, _ bool) jsontext.Value {
		return jsontext.Value(strings.ReplaceAll(string(raw), secret, "***"))
	}
	if _, err := n.Start(t.Context(), r); err != nil || !opened {
		t.Fatalf("%v, opened %v", err, opened)
	}
	if told := messages(t, server.Requests()[1]); told[2] != "tool c1: you sent ***" {
		t.Errorf("the model is told %q", told[2])
	}
}
