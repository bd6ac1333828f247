package nodes

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The nodes that only evaluate, and what they come to.
func TestOutcomes(t *testing.T) {
	types := New(Deps{})
	raw := func(s string) jsontext.Value { return jsontext.Value(s) }
	for _, c := range []struct {
		kind, settings string
		want           Outcome
	}{
		{"switch", `{}`, Done{Output: raw(`null`)}},
		{"transform", `{"output":{"n":"{{ nodes.draft.output.n }}","s":"n={{ nodes.draft.output.n }}","x":[true,null]}}`,
			Done{Output: raw(`{"n":7,"s":"n=7","x":[true,null]}`)}},
		{"transform", `{"output":null}`, Done{Output: raw(`null`)}},
		{"end", `{}`, Done{End: true}},
		{"end", `{"output":"{{ input.who }}"}`, Done{End: true, Output: raw(`"Ada"`)}},
		{"delay", `{"for":"90s"}`, Wait{Until: now.Add(90 * time.Second)}},
		{"delay", `{"for":"{{ input.wait }}"}`, Wait{Until: now.Add(time.Hour)}},
		{"delay", `{"until":"2026-03-04T06:00:00+00:00"}`, Wait{Until: time.Date(2026, 3, 4, 6, 0, 0, 0, time.UTC)}},
		{"delay", `{"until":"{{ input.past }}"}`, Wait{Until: now}},
		{"human", `{"prompt":"Is {{ input.who }} right?"}`,
			Wait{Ask: &Question{Prompt: "Is Ada right?", Actions: []string{"approve", "reject"}, Required: 1, OnExpire: "fail"}}},
		{"human", `{"prompt":"?","actions":["a","b"],"fields":{"type":"object"},"required":2,"default":"a","expires_in":"1h","on_expire":"b"}`,
			Wait{Ask: &Question{Prompt: "?", Actions: []string{"a", "b"}, Fields: raw(`{"type":"object"}`),
				Required: 2, Default: "a", ExpiresIn: time.Hour, OnExpire: "b"}}},
		{"human", `{"prompt":"?","required":2,"responders":3,"remind_after":"30m"}`,
			Wait{Ask: &Question{Prompt: "?", Actions: []string{"approve", "reject"}, Required: 2, Responders: 3, OnExpire: "fail", RemindAfter: 30 * time.Minute}}},
		{"wait_event", `{"event":"paid"}`, Wait{Events: []string{"paid"}}},
		{"wait_event", `{"event":"paid","fresh":true}`, Wait{Events: []string{"paid"}, Fresh: true}},
		{"wait_event", `{"event":["order.paid","order.cancelled"]}`, Wait{Events: []string{"order.paid", "order.cancelled"}}},
		{"neuron", `{"kind":"echo","input":{"message":"{{ input.who }} says {{ nodes.draft.output.n }}"}}`,
			Done{Output: raw(`{"text":"Ada says 7"}`)}},
		{"neuron", `{"kind":"echo","input":"{{ input.who }}"}`, Done{Output: raw(`{"text":"Ada"}`)}},
		{"neuron", `{"neuron":"w","pinned":{"id":"i","slug":"w","version":1,"kind":"echo","config":{},"input_schema":{"type":"string"},"output_schema":{"type":"object","required":["text"]}},"input":"hi"}`,
			Done{Output: raw(`{"text":"hi"}`)}},
		{"neuron", `{"neuron":"w","pinned":{"id":"i","slug":"w","version":1,"kind":"echo","config":{},"input_schema":null,"output_schema":null}}`,
			Done{Output: raw(`{"text":"{\"who\":\"Ada\",\"wait\":\"1h\",\"past\":\"2001-01-01T00:00:00Z\",\"far\":\"2126-01-01T00:00:00Z\"}"}`)}},
	} {
		got, err := node(t, types, c.kind, c.settings).Start(t.Context(), request(outcomeInput, nil))
		if err != nil {
			t.Errorf("%s %s: %v", c.kind, c.settings, err)
			continue
		}
		if d := cmp.Diff(c.want, got, cmpopts.EquateApproxTime(0)); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.kind, c.settings, d)
		}
	}
}

const outcomeInput = `{"who":"Ada","wait":"1h","past":"2001-01-01T00:00:00Z","far":"2126-01-01T00:00:00Z"}`

func TestOutcomeFailures(t *testing.T) {
	types := New(Deps{})
	pinned := func(more string) string {
		return `{"neuron":"w","pinned":{"id":"i","slug":"w","version":1,"kind":"echo","config":{},` + more + `}}`
	}
	for _, c := range []struct {
		kind, settings, code string
		final                bool
		says                 string
	}{
		{"transform", `{"output":"{{ nodes.later.output }}"}`, CodeExpression, true, "output: "},
		{"end", `{"output":"{{ input.nothing }}"}`, CodeExpression, true, "output: "},
		{"delay", `{"for":"{{ input.who }}"}`, CodeValidation, true, `for: "Ada" is no duration`},
		{"delay", `{"until":"{{ input.who }}"}`, CodeValidation, true, `until: "Ada" is no time`},
		{"delay", `{"until":"{{ input.far }}"}`, CodeValidation, true, "more than ten years ahead"},
		{"human", `{"prompt":"{{ input.nothing }}"}`, CodeExpression, true, "prompt: "},
		{"neuron", `{"neuron":"w"}`, CodeValidation, true, `neuron "w" is not pinned`},
		{"neuron", `{"kind":"echo","input":"{{ input.nothing }}"}`, CodeExpression, true, "input: "},
		{"neuron", `{"kind":"echo","config":{"fail":"broken"}}`, CodeEcho, true, "broken"},
		{"neuron", pinned(`"input_schema":{"type":"string"},"output_schema":null`), CodeValidation, true, "input_schema"},
		{"neuron", pinned(`"input_schema":null,"output_schema":{"required":["data"]}`), CodeOutputInvalid, false, "output_schema"},
	} {
		f := failure(t, node(t, types, c.kind, c.settings), outcomeInput)
		wantFailure(t, f, c.code, c.final, c.says)
	}
}

// A neuron is the same in every graph: its config sees the input alone.
func TestNeuronSeesItsInput(t *testing.T) {
	types := register(t, nil)
	url := serve(t, says("text/plain", "ok"))
	output(t, node(t, types, "neuron", `{"kind":"http","config":{"url":"`+url+`/{{ input.path }}"},"input":{"path":"{{ nodes.draft.output.n }}"}}`), `{}`)
	f := failure(t, node(t, types, "neuron", `{"kind":"http","config":{"url":"`+url+`/{{ nodes.draft.output.n }}"}}`), `{}`)
	wantFailure(t, f, CodeExpression, true, "url: ")
}
