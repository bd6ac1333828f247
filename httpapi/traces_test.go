package httpapi

// Traces, and what a model is told of them.

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/nodes/modeltest"
)

func TestTraces(t *testing.T) {
	w := newWorld(t)
	w.call("POST", "/v1/neurons", adminKey, `{"name":"echo","kind":"echo"}`).want(201)
	say := func(trace, message string) string {
		body, err := json.Marshal(map[string]string{"trace_id": trace, "message": message})
		if err != nil {
			t.Fatal(err)
		}
		return w.call("POST", "/v1/neurons/echo/invoke", operatorKey, string(body), "Prefer: wait=30").want(200).text("/job_id")
	}
	if got := w.call("GET", "/v1/traces", viewerKey, "").want(200); got.field("/total") != "0" || got.field("/traces") != "[]" {
		t.Errorf("%s", got.body)
	}
	const odd = "b/c ü.."
	one := say("a", "one")
	say(odd, "other")
	last := say("a", "two")
	// A pathway in the trace is a job of it, and no turn.
	w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+echoGraph+`,"input":{"name":"Bob"},"trace_id":"a"}`, "Prefer: wait=30").want(200)
	open := w.call("POST", "/v1/neurons/echo/invoke", operatorKey, `{"input":[1, 2],"trace_id":"a","delay":"1h"}`).want(202).text("/job_id")

	var page traceList
	w.call("GET", "/v1/traces", viewerKey, "").want(200).into(&page)
	var got []string
	for _, tr := range page.Traces {
		got = append(got, fmt.Sprintf("%s %d %s", tr.ID, tr.Jobs, tr.LastStatus))
	}
	if d := cmp.Diff([]string{"a 4 pending", odd + " 1 completed"}, got); d != "" || page.Total != 2 {
		t.Errorf("total %d (-want +got):\n%s", page.Total, d)
	}
	second := w.call("GET", "/v1/traces?limit=1&offset=1", viewerKey, "").want(200)
	if second.text("/traces/0/trace_id") != odd || second.field("/total") != "2" {
		t.Errorf("%s", second.body)
	}

	whole := w.call("GET", "/v1/traces/a?limit=1", viewerKey, "").want(200)
	if whole.text("/last_job_id") != open || whole.text("/jobs/0/job_id") != open || whole.field("/total") != "4" || whole.field("/job_count") != "4" {
		t.Errorf("%s", whole.body)
	}
	if got := w.call("GET", "/v1/traces/"+url.PathEscape(odd), viewerKey, "").want(200); got.text("/trace_id") != odd {
		t.Errorf("%s", got.body)
	}

	said := func(query string) []string {
		var page messageList
		w.call("GET", "/v1/traces/a/messages"+query, viewerKey, "").want(200).into(&page)
		got := []string{fmt.Sprint(page.Total)}
		for _, m := range page.Messages {
			got = append(got, fmt.Sprintf("%s %s %s", m.Role, m.Content, m.JobID))
			if m.At.IsZero() {
				t.Errorf("%+v has no time", m)
			}
		}
		return got
	}
	all := []string{
		"5", "user one " + one, "assistant one " + one, "user two " + last, "assistant two " + last, "user [1,2] " + open,
	}
	for offset := range 6 {
		for limit := 1; limit <= 6; limit++ {
			want := append([]string{"5"}, all[1:][offset:min(offset+limit, 5)]...)
			if d := cmp.Diff(want, said(fmt.Sprintf("?limit=%d&offset=%d", limit, offset))); d != "" {
				t.Errorf("%d from %d (-want +got):\n%s", limit, offset, d)
			}
		}
	}

	for _, path := range []string{"/v1/traces/a", "/v1/traces/a/messages"} {
		foreign := w.call("GET", path, otherKey, "").want(404, codeNotFound).failure()
		unknown := w.call("GET", strings.Replace(path, "/a", "/none", 1), otherKey, "").want(404, codeNotFound).failure()
		if foreign.Message != unknown.Message {
			t.Errorf("%q tells a foreign trace from an unknown one: %q", foreign.Message, unknown.Message)
		}
	}
	w.call("GET", "/v1/traces/"+strings.Repeat("x", maxLine+1), viewerKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/traces/a%00b", viewerKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/traces/%FF", viewerKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/traces?status=completed", viewerKey, "").want(400, codeInvalid)
	w.call("GET", "/v1/traces/a/messages?limit=0", viewerKey, "").want(400, codeInvalid)
}

// sent gives the messages of a model's requests as "role: content".
func sent(t *testing.T, m *modeltest.Server) [][]string {
	t.Helper()
	var all [][]string
	for _, r := range m.Requests() {
		var body struct {
			Messages []struct {
				Role    string `json:"role"`
				Content string `json:"content"`
			} `json:"messages"`
		}
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		var messages []string
		for _, m := range body.Messages {
			messages = append(messages, m.Role+": "+m.Content)
		}
		all = append(all, messages)
	}
	return all
}

// TestModelRemembers proves that a model is told the earlier turns of its
// trace: those that completed, of this workspace, and nothing else.
func TestModelRemembers(t *testing.T) {
	model, err := modeltest.NewServer(
		modeltest.Reply{Text: "Hello Ada"}, modeltest.Reply{Status: 400}, modeltest.Reply{Text: "Ada"}, modeltest.Reply{Text: "Who?"}, modeltest.Reply{},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Close)
	w := newWorld(t)
	config := fmt.Sprintf(`{"kind":"llm","config":{"model":"m","instructions":"Be kind.","base_url":%q}}`, model.URL)
	for _, key := range []string{adminKey, otherKey} {
		w.call("POST", "/v1/neurons", key, `{"name":"Talker",`+config[1:]).want(201)
	}
	w.call("POST", "/v1/neurons", adminKey, `{"name":"Echo","kind":"echo"}`).want(201)
	say := func(neuron, trace, message, key string) {
		t.Helper()
		w.call("POST", "/v1/neurons/"+neuron+"/invoke", key, fmt.Sprintf(`{"message":%q,"trace_id":%q}`, message, trace), "Prefer: wait=30").want(200)
	}
	say("talker", "t", "I am Ada", operatorKey)
	say("talker", "t", "This fails", operatorKey)
	say("echo", "t", "An echo", operatorKey)
	say("talker", "t", "Who am I?", operatorKey)
	say("talker", "t", "Of another workspace", otherKey)
	w.call("POST", "/v1/jobs", operatorKey, `{"pathway":{"nodes":[{"id":"a","type":"neuron","neuron":"talker"}],"edges":[]},"input":"In a pathway","trace_id":"t"}`, "Prefer: wait=30").want(200)

	system := "system: Be kind."
	want := [][]string{
		{system, "user: I am Ada"},
		{system, "user: I am Ada", "assistant: Hello Ada", "user: This fails"},
		{system, "user: I am Ada", "assistant: Hello Ada", "user: An echo", "assistant: An echo", "user: Who am I?"},
		{system, "user: Of another workspace"},
		{system, "user: In a pathway"},
	}
	if d := cmp.Diff(want, sent(t, model)); d != "" {
		t.Errorf("what the model was sent (-want +got):\n%s", d)
	}
}
