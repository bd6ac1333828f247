package nodes

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/nodes/modeltest"
)

// model runs a scripted service and makes Types that use it.
func model(t *testing.T, script ...modeltest.Reply) (*Types, *modeltest.Server) {
	t.Helper()
	s, err := modeltest.NewServer(script...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return register(t, func(d *Deps) {
		d.OpenAIBaseURL, d.OpenAIKey = s.URL, "sk-s3cret"
		d.MaxResponse = 1000
	}), s
}

// llmNode is a node with an inline model.
func llmNode(t *testing.T, types *Types, config string) Node {
	t.Helper()
	return node(t, types, "neuron", `{"kind":"llm","config":`+config+`}`)
}

func TestLLM(t *testing.T) {
	types, server := model(t, modeltest.Reply{Text: "Hello to you", InputTokens: 11, OutputTokens: 3})
	n := llmNode(t, types, `{"model":"m-1","instructions":"Answer in {{ input.lang }}.","temperature":0,"max_tokens":50}`)
	var said []string
	out, err := n.Start(t.Context(), request(`{"message":"Hi","lang":"English"}`, &said))
	if err != nil {
		t.Fatal(err)
	}
	done := out.(Done)
	if d := cmp.Diff(`{"text":"Hello to you","model":"m-1","finish_reason":"stop"}`, string(done.Output)); d != "" {
		t.Errorf("output (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Hello ", "to ", "you"}, said); d != "" {
		t.Errorf("tokens (-want +got):\n%s", d)
	}
	if d := cmp.Diff(Usage{InputTokens: 11, OutputTokens: 3, ModelCalls: 1}, done.Usage); d != "" {
		t.Errorf("usage (-want +got):\n%s", d)
	}
	sent := server.Requests()[0]
	if got := sent.Header.Get("Authorization"); got != "Bearer sk-s3cret" {
		t.Errorf("Authorization %q", got)
	}
	if got := sent.Header.Get("Idempotency-Key"); got != "job-1/n/1" {
		t.Errorf("Idempotency-Key %q", got)
	}
	var body map[string]any
	if err := json.Unmarshal(sent.Body, &body); err != nil {
		t.Fatal(err)
	}
	if temperature, ok := body["temperature"].(float64); !ok || temperature < 0 || temperature > 1e-9 {
		t.Errorf("temperature %v is not sent as zero", body["temperature"])
	}
	delete(body, "temperature")
	want := map[string]any{
		"model": "m-1", "stream": true, "max_tokens": 50.0,
		"stream_options": map[string]any{"include_usage": true},
		"messages": []any{
			map[string]any{"role": "system", "content": "Answer in English."},
			map[string]any{"role": "user", "content": "Hi"},
		},
	}
	if d := cmp.Diff(want, body); d != "" {
		t.Errorf("request (-want +got):\n%s", d)
	}
}

// OpenAI's newer models know the limit under another name.
func TestLLMLimitName(t *testing.T) {
	types, server := model(t)
	if got := output(t, llmNode(t, types, `{"model":"gpt-5-mini","max_tokens":50}`), `"Hi"`); !strings.Contains(got, `"You said: Hi"`) {
		t.Errorf("output %s", got)
	}
	if body := string(server.Requests()[0].Body); !strings.Contains(body, `"max_completion_tokens":50`) || strings.Contains(body, `"max_tokens"`) {
		t.Errorf("request %s", body)
	}
}

// The instance's key is not for an address that a neuron's author chose.
func TestLLMKeyStays(t *testing.T) {
	types, _ := model(t)
	_, other := model(t)
	output(t, llmNode(t, types, `{"model":"m","base_url":"`+other.URL+`/"}`), `"Hi"`)
	if got := other.Requests()[0].Header.Get("Authorization"); got != "" {
		t.Errorf("Authorization %q went to a foreign service", got)
	}
}

func TestLLMFailures(t *testing.T) {
	chunk := func(fields string) string { return "data: {" + fields + "}\n\n" }
	words := func(text string) string {
		return chunk(`"choices":[{"index":0,"delta":{"content":"` + text + `"}}]`)
	}
	for _, c := range []struct {
		name  string
		reply modeltest.Reply
		code  string
		final bool
		after time.Duration
		calls int64
		says  string
	}{
		{"overloaded", modeltest.Reply{Status: 429, Error: "slow down", RetryAfter: "3"}, CodeModel, false, 3 * time.Second, 1, "429 Too Many Requests: slow down"},
		{"fault", modeltest.Reply{Status: 500, Error: "oops"}, CodeModel, false, 0, 1, "500"},
		{"unavailable", modeltest.Reply{Status: 503, RetryAfter: "1"}, CodeModel, false, time.Second, 1, "503"},
		{"bad request", modeltest.Reply{Status: 400, Error: "no such parameter"}, CodeModelRefused, true, 0, 1, "no such parameter"},
		{"bad key", modeltest.Reply{Status: 401, Error: "wrong key sk-s3c***"}, CodeModelRefused, true, 0, 1, "401 Unauthorized"},
		{"forbidden", modeltest.Reply{Status: 403, Error: "sk-s3cret may not"}, CodeModelRefused, true, 0, 1, "403"},
		{"unknown model", modeltest.Reply{Status: 404, Error: "no model m for sk-s3cret"}, CodeModelRefused, true, 0, 1, "no model m for ***"},
		{"long complaint", modeltest.Reply{Status: 400, Error: strings.Repeat("é", 4000)}, CodeModelRefused, true, 0, 1, "é..."},
		{"refusal", modeltest.Reply{Refusal: "I will not."}, CodeModelRefused, true, 0, 1, "I will not."},
		{"filtered", modeltest.Reply{Text: "so", Finish: "content_filter"}, CodeModelRefused, true, 0, 1, "content filter"},
		{"disconnect", modeltest.Reply{Text: "one two three four", Cut: 2}, CodeModel, false, 0, 1, "the connection broke"},
		{"unfinished", modeltest.Reply{Text: "one two", Finish: "none"}, CodeModel, false, 0, 1, "ended before"},
		{"too much text", modeltest.Reply{Raw: words(strings.Repeat("x", 1001))}, CodeTooLarge, true, 0, 1, "larger than allowed"},
		{"one endless line", modeltest.Reply{Raw: "data: " + strings.Repeat("x", 100_000)}, CodeTooLarge, true, 0, 1, "larger than allowed"},
		{"comments only", modeltest.Reply{Raw: strings.Repeat(": ping\n\n", 1000)}, CodeModel, false, 0, 1, "ended before"},
		{"not a stream", modeltest.Reply{Raw: "<html>hello</html>"}, CodeModel, false, 0, 1, "ended before"},
		{"no JSON", modeltest.Reply{Raw: "data: <html>\n\n"}, CodeModel, false, 0, 1, "no part of a streamed chat answer"},
		{"other JSON", modeltest.Reply{Raw: "data: {\"choices\":7}\n\n"}, CodeModel, false, 0, 1, "no part of a streamed chat answer"},
		{"an error inside", modeltest.Reply{Raw: words("so") + chunk(`"error":{"message":"we are full","type":"x"}`)}, CodeModel, false, 0, 1, "broke off: we are full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			types, _ := model(t, c.reply)
			f := failure(t, llmNode(t, types, `{"model":"m"}`), `{"message":"Hi"}`)
			wantFailure(t, f, c.code, c.final, c.says)
			if f.RetryAfter != c.after || f.Usage.ModelCalls != c.calls {
				t.Errorf("retry after %v, %d calls; want %v, %d", f.RetryAfter, f.Usage.ModelCalls, c.after, c.calls)
			}
			if strings.Contains(f.Message, "s3c") {
				t.Errorf("message %q holds a secret", f.Message)
			}
		})
	}
}

// A fault passes, and the next attempt of the same visit has the same key.
func TestLLMAgain(t *testing.T) {
	types, server := model(t, modeltest.Reply{Status: 500}, modeltest.Reply{Text: "fine"})
	n := llmNode(t, types, `{"model":"m"}`)
	wantFailure(t, failure(t, n, `"Hi"`), CodeModel, false)
	if got := output(t, n, `"Hi"`); !strings.Contains(got, `"fine"`) {
		t.Errorf("output %s", got)
	}
	requests := server.Requests()
	if a, b := requests[0].Header.Get("Idempotency-Key"), requests[1].Header.Get("Idempotency-Key"); a != b || a == "" {
		t.Errorf("idempotency keys %q and %q", a, b)
	}
}

const ageSchema = `{"type":"object","properties":{"age":{"type":"integer"}},"required":["age"]}`

func TestLLMData(t *testing.T) {
	config := `{"model":"m","max_corrections":0,"response_format":` + ageSchema + `}`
	types, server := model(t,
		modeltest.Reply{Text: " {\"age\": 7}\n"},
		modeltest.Reply{Text: `{"age":"seven"}`, InputTokens: 5, OutputTokens: 2},
		modeltest.Reply{Text: `{"age": 7`, Finish: "length"},
		modeltest.Reply{Text: `{"age": 7, "age": 8}`})
	n := llmNode(t, types, config)
	if d := cmp.Diff(`{"text":" {\"age\": 7}\n","data":{"age":7},"model":"m","finish_reason":"stop"}`, output(t, n, `"Hi"`)); d != "" {
		t.Errorf("output (-want +got):\n%s", d)
	}
	f := failure(t, n, `"Hi"`)
	wantFailure(t, f, CodeOutputInvalid, false, "response_format", "/age")
	if d := cmp.Diff(Usage{InputTokens: 5, OutputTokens: 2, ModelCalls: 1}, f.Usage); d != "" {
		t.Errorf("usage (-want +got):\n%s", d)
	}
	wantFailure(t, failure(t, n, `"Hi"`), CodeOutputInvalid, false, "no JSON", "length")
	wantFailure(t, failure(t, n, `"Hi"`), CodeOutputInvalid, false, "no JSON")

	var sent struct {
		ResponseFormat map[string]any `json:"response_format"`
	}
	if err := json.Unmarshal(server.Requests()[0].Body, &sent); err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal([]byte(ageSchema), &schema); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "output", "schema": schema, "strict": false}}
	if d := cmp.Diff(want, sent.ResponseFormat); d != "" {
		t.Errorf("response_format (-want +got):\n%s", d)
	}
}

func TestLLMCancel(t *testing.T) {
	types, server := model(t, modeltest.Reply{Text: "one two", Hang: true})
	words := make(chan struct{}, 10)
	err := cancelled(t, listened{llmNode(t, types, `{"model":"m"}`), words}, `"Hi"`, words)
	var f *Failure
	if !errors.As(err, &f) || f.Usage.ModelCalls != 1 {
		t.Errorf("%v does not count the call", err)
	}
	<-server.Gone() // the service saw the disconnect
}

// listened is a node whose tokens are told to a channel.
type listened struct {
	Node
	words chan<- struct{}
}

func (n listened) Start(ctx context.Context, r *Request) (Outcome, error) {
	r.Token = func(string) { n.words <- struct{}{} }
	return n.Node.Start(ctx, r)
}

func TestLLMSilence(t *testing.T) {
	s, err := modeltest.NewServer(slices.Repeat([]modeltest.Reply{{Text: "one two", Hang: true}}, 100)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	types := register(t, func(d *Deps) { d.OpenAIBaseURL, d.ModelSilence = s.URL, 50*time.Millisecond })
	for len(s.Requests()) == 0 { // the time may run out before the request is there
		f := failure(t, llmNode(t, types, `{"model":"m"}`), `"Hi"`)
		wantFailure(t, f, CodeTimeout, false, "no answer in time")
		if f.Usage.ModelCalls != 1 {
			t.Errorf("usage %+v", f.Usage)
		}
	}
	<-s.Gone()
}

func TestLLMEgress(t *testing.T) {
	_, server := model(t)
	types := New(Deps{})
	f := failure(t, llmNode(t, types, `{"model":"m","base_url":"`+server.URL+`"}`), `"Hi"`)
	wantFailure(t, f, CodeEgress, true, "RANVIER_EGRESS_ALLOW")
	if f.Usage != (Usage{}) {
		t.Errorf("usage %+v for a call that was not made", f.Usage)
	}
}

// A service that redirects elsewhere does not take the key along.
func TestLLMRedirect(t *testing.T) {
	got := make(chan http.Header, 1)
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	})
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other, http.StatusTemporaryRedirect)
	})
	types := register(t, func(d *Deps) { d.OpenAIBaseURL, d.OpenAIKey = first, "sk-s3cret" })
	wantFailure(t, failure(t, llmNode(t, types, `{"model":"m"}`), `"Hi"`), CodeModel, false, "ended before")
	if h := <-got; h.Get("Authorization") != "" {
		t.Errorf("Authorization %q went along", h.Get("Authorization"))
	}
}

// The library knows some models that do not take every parameter.
func TestLLMRefusedByLibrary(t *testing.T) {
	types, server := model(t)
	f := failure(t, llmNode(t, types, `{"model":"o1","temperature":0.5}`), `"Hi"`)
	wantFailure(t, f, CodeModelRefused, true, "temperature")
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// roundTrip is a transport that answers from memory.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FuzzLLMStream: whatever a service streams, the call ends with valid JSON or
// with a failure that may be stored, and the tokens are the text.
func FuzzLLMStream(f *testing.F) {
	word := `data: {"model":"m","choices":[{"index":0,"delta":{"content":"so "},"finish_reason":null}]}` + "\n\n"
	stop := `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	for _, body := range []string{
		"", word, word + stop, word + stop + "data: [DONE]\n\n", ": ping\n\n" + word, "data: null\n\n" + stop,
		word + `data: {"error":{"message":"full","code":7}}` + "\n\n", `data: {"error": null}` + "\n\n", "event: x\ndata: {}\n\n",
		`data: {"choices":[{"index":0,"delta":{"refusal":"no"}}],"usage":{"prompt_tokens":-1}}` + "\n\n" + stop,
	} {
		f.Add(200, body)
	}
	f.Add(500, `{"error":{"message":"full"}}`)
	f.Add(400, `{"error":{"message":["a","b"],"code":{}}}`)
	f.Add(404, "<html>")
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 100 || status > 599 {
			return // no transport gives such a status
		}
		types := New(Deps{MaxResponse: 1000, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})})
		n, problems := types.Neuron("llm", []byte(`{"model":"m"}`))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		var said []string
		outcome, err := n.Answer(t.Context(), request("null", &said), []byte(`"Hi"`))
		if err != nil {
			var f *Failure
			if !errors.As(err, &f) {
				t.Fatalf("%v is no *Failure", err)
			}
			if !utf8.ValidString(f.Message) || len(f.Message) > maxMessage+3 || f.Code == "" {
				t.Fatalf("failure %+v", f)
			}
			return
		}
		var out struct {
			Text string `json:"text"`
		}
		done, ok := outcome.(Done)
		if !ok {
			return // it asked for tools, and has none
		}
		if err := json.Unmarshal(done.Output, &out); err != nil {
			t.Fatalf("output %q: %v", done.Output, err)
		}
		if got := strings.Join(said, ""); got != out.Text {
			t.Fatalf("tokens %q, text %q", got, out.Text)
		}
	})
}
