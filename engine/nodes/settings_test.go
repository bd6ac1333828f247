package nodes

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/pathway"
)

func TestSettingsProblems(t *testing.T) {
	types := New(Deps{})
	schema := `{"type":"object","required":["n"]}`
	for _, c := range []struct {
		kind, raw string
		want      []string // "<path>: <start of the message>"
	}{
		{"mapp", `{}`, []string{`/type: there is no node type "mapp"; there are delay, end, http`}},
		{"map", `{"items":[1,"{{ input }}"]}`, nil},
		{"map", `{"items":"{{ input }}","concurrency":1000,"min_success":"{{ 2 }}","join_rest":"ignore"}`, nil},
		{"map", `{}`, []string{`/items: is missing`}},
		{"map", `{"items":"input.list"}`, []string{`/items: must be a list, or an expression`}},
		{"map", `{"items":{"a":1}}`, []string{`/items: must be a list, or an expression`}},
		{"map", `{"items":[],"concurrency":0,"min_success":-1,"x":1}`, []string{`/x: unknown field`, `/concurrency: must be a whole number from 1 to 1000`, `/min_success: must be a whole number from 0`}},
		{"map", `{"items":[],"concurrency":"2","min_success":"2"}`, []string{`/concurrency: must be a whole number`, `/min_success: must be a whole number from 0`}},
		{"map", `{"items":[],"join_rest":"cancel"}`, []string{`/join_rest: has no effect without min_success`}},
		{"map", `{"items":[],"min_success":1,"join_rest":"what"}`, []string{`/join_rest: must be "cancel" or "ignore"`}},
		{"switch", `{}`, nil},
		{"switch", `[]`, []string{`: must be an object`}},
		{"switch", `{"x":1}`, []string{`/x: unknown field "x"; no settings are known here`}},

		{"transform", `{"output":null}`, nil},
		{"transform", `{}`, []string{`/output: is missing`}},
		{"transform", `{"outptu":1,"a/b~":2}`, []string{`/outptu: unknown field "outptu"; known are output`, `/a~1b~0: unknown field`, `/output: is missing`}},
		{"transform", `{"output":{"a":["{{ 1 + }}"]}}`, []string{`/output/a/0: `}},

		{"end", `{}`, nil},
		{"end", `{"output":"{{ input }}"}`, nil},

		{"delay", `{"for":"90s"}`, nil},
		{"delay", `{"for":"{{ input.wait }}"}`, nil},
		{"delay", `{"until":"2026-01-02T15:04:05Z"}`, nil},
		{"delay", `{}`, []string{`: needs either "for" or "until"`}},
		{"delay", `{"for":"1s","until":"2026-01-02T15:04:05Z"}`, []string{`: needs either`}},
		{"delay", `{"for":"soon"}`, []string{`/for: "soon" is no duration`}},
		{"delay", `{"for":"-1s"}`, []string{`/for: a duration must be above zero`}},
		{"delay", `{"for":"90000h"}`, []string{`/for: a duration may be ten years`}},
		{"delay", `{"until":"tomorrow"}`, []string{`/until: "tomorrow" is no time`}},

		{"human", `{"prompt":"ok?"}`, nil},
		{"human", `{"prompt":"ok?","actions":["a","b"],"fields":{"type":"object"},"required":2,"default":"a","expires_in":"1h","on_expire":"b"}`, nil},
		{"human", `{}`, []string{`/prompt: is missing`}},
		{"human", `{"prompt":"?","actions":[]}`, []string{`/actions: must name 1 to 20`}},
		{"human", `{"prompt":"?","actions":["a","a","fail","x y"]}`, []string{
			`/actions/1: action "a" is there twice`, `/actions/2: "fail" cannot be an action`, `/actions/3: an action has`}},
		{"human", `{"prompt":"?","actions":"a","required":"2","expires_in":9,"default":1}`, []string{
			`/actions: must be a list`, `/required: must be a whole number`, `/expires_in: must be a string with a duration`, `/default: must be a string`}},
		{"human", `{"prompt":"?","actions":["a",7]}`, []string{`/actions/1: must be a string`}},
		{"human", `{"prompt":"?","required":0}`, []string{`/required: must be 1 to 100`}},
		{"human", `{"prompt":"?","required":1.5}`, []string{`/required: must be a whole number`}},
		{"human", `{"prompt":"?","default":"maybe"}`, []string{`/default: "maybe" is none of the actions`}},
		{"human", `{"prompt":"?","expires_in":"x"}`, []string{`/expires_in: "x" is no duration`}},
		{"human", `{"prompt":"?","on_expire":"approve"}`, []string{`/on_expire: has no effect without expires_in`}},
		{"human", `{"prompt":"?","on_expire":"x","expires_in":"1h"}`, []string{`/on_expire: must be "fail"`}},
		{"human", `{"prompt":"?","remind_after":"1h"}`, nil},
		{"human", `{"prompt":"?","remind_after":"0s"}`, []string{`/remind_after: a duration must be above zero`}},
		{"human", `{"prompt":"?","remind_after":60}`, []string{`/remind_after: must be a string with a duration`}},
		{"human", `{"prompt":"?","required":2,"responders":2}`, nil},
		{"human", `{"prompt":"?","responders":1}`, nil},
		{"human", `{"prompt":"?","required":3,"responders":2}`, []string{`/required: 3 cannot agree when only 2 may answer`}},
		{"human", `{"prompt":"?","required":0,"responders":101}`, []string{`/required: must be 1 to 100`, `/responders: must be 1 to 100`}},
		{"human", `{"prompt":"?","actions":["approve","undecided"]}`, []string{`/actions/1: "undecided" cannot be an action`}},
		{"human", `{"prompt":"?","default":"undecided"}`, []string{`/default: "undecided" is none of the actions`}},
		{"human", `{"prompt":"?","fields":{"type":7}}`, []string{`/fields`}},

		{"http", `{"url":"https://example.com/{{ input.id }}"}`, nil},
		{"http", `{}`, []string{`/url: is missing`}},
		{"http", `{"url":"example.com"}`, []string{`/url: must begin with http`}},
		{"http", `{"url":"http://[::1"}`, []string{`/url: is no URL`}},
		{"http", `{"url":"https:///x"}`, []string{`/url: names no host`}},
		{"http", `{"url":"http://h:0/"}`, []string{`/url: has a port outside 1 to 65535`}},
		{"http", `{"url":"http://h:65536/"}`, []string{`/url: has a port outside 1 to 65535`}},
		{"http", `{"url":"http://h/","expect":[]}`, []string{`/expect: must name at least one`}},
		{"http", `{"url":"http://h/","method":"get"}`, []string{`/method: "get" is none of GET`}},
		{"http", `{"url":"http://h/","headers":{"Host":"x","a b":"x","X-A":"1","x-a":"2"}}`, []string{
			`/headers/Host: cannot be set`, `/headers/a b: is no header name`, `/headers/x-a: is there twice`}},
		{"http", `{"url":"http://h/","headers":{"X-A":"{{ 1 + }}"}}`, []string{`/headers/X-A: `}},
		{"http", `{"url":"http://h/","expect":[200,99]}`, []string{`/expect/1: 99 is no HTTP status`}},

		{"neuron", `{"neuron":"writer"}`, nil},
		{"neuron", `{"kind":"echo"}`, nil},
		{"neuron", `{"kind":"echo","config":{"delay_ms":5},"input":{"message":"{{ input.a }}"}}`, nil},
		{"neuron", `{}`, []string{`: needs "neuron"`}},
		{"neuron", `{"neuron":"a","kind":"echo"}`, []string{`: has both`}},
		{"neuron", `{"kind":"worker"}`, []string{`/config/queue: is missing`}},
		{"neuron", `{"kind":"worker","config":{"queue":"a b","input":1}}`, []string{`/config/input: unknown field "input"; known are queue, lease, max_leases`, `/config/queue: a queue's name has`}},
		{"neuron", `{"kind":"magic"}`, []string{`/kind: there is no kind "magic"; there are echo, http, llm`}},
		{"neuron", `{"kind":"echo","config":{"delay_ms":-1,"fail_times":1001,"x":1}}`, []string{
			`/config/x: unknown field "x"; known are delay_ms`, `/config/delay_ms: must be 0 to`, `/config/fail_times: must be 0 to 1000`}},
		{"neuron", `{"kind":"echo","pinned":{"kind":"echo"}}`, []string{`/pinned: belongs to a stored neuron`}},
		{"neuron", `{"neuron":"w","pinned":{"id":"i","slug":"w","version":2,"kind":"echo","config":{"x":1},"input_schema":{"type":7},"output_schema":` + schema + `}}`,
			[]string{`/pinned/config/x: unknown field`, `/pinned/input_schema`}},
		{"neuron", `{"kind":"llm","config":{"model":"m","temperature":3,"max_tokens":0,"tools":[{}],"max_turns":300,"max_cost_usd":1,"api_key_secret":"k-","base_url":"http://u:p@h/"}}`, []string{
			`/config/temperature: must be 0 to 2`, `/config/max_tokens: must be at least 1`, `/config/api_key_secret: must be the name of a secret`,
			`/config/max_turns: must be 1 to 100`, `/config/max_cost_usd: has no effect without price`,
			`/config/tools/0: must be exactly one of http, neuron, pathway and mcp; it is none`, `/config/base_url: must hold no user`}},
		{"worker", `{"queue":"ocr"}`, nil},
		{"worker", `{"queue":"ocr","input":{"page":"{{ input.page }}"},"lease":"90s","max_leases":1,"output_schema":{"type":"object"}}`, nil},
		{"worker", `{}`, []string{`/queue: is missing`}},
		{"worker", `{"queue":"{{ input.q }}"}`, []string{`/queue: a queue's name has`}},
		{"worker", `{"queue":"ocr","lease":"500ms","max_leases":0}`, []string{`/lease: must be 1s to 1h`, `/max_leases: must be 1 to 1000`}},
		{"worker", `{"queue":"ocr","lease":"2h","output_schema":{"type":"thing"},"config":{}}`, []string{
			`/config: unknown field`, `/lease: must be 1s to 1h`, `/output_schema`}},
		{"wait_event", `{}`, []string{`/event: must name the signal to wait for`}},
		{"wait_event", `{"event":null}`, []string{`/event: must name the signal to wait for`}},
		{"wait_event", `{"event":[]}`, []string{`/event: must name the signal to wait for`}},
		{"wait_event", `{"event":7,"until":"1s"}`, []string{`/event: must be a list`, `/until: unknown field "until"; known are event, fresh`}},
		{"wait_event", `{"event":"a","fresh":1}`, []string{`/fresh: must be true or false`}},
		{"wait_event", `{"event":"a b"}`, []string{`/event: a signal's name has 1 to 64 letters`}},
		{"wait_event", `{"event":["a","","{{ input.x }}","a"]}`, []string{
			`/event/1: a signal's name has`, `/event/2: a signal's name has`, `/event/3: "a" is there twice`}},
		{"neuron", `{"kind":"llm"}`, []string{`/config/model: must name a model`}},
		{"neuron", `{"kind":"llm","config":{"model":"m","tools":[{"name":"t","parameters":{},"http":{"url":"http://h/{{ args.a.b }}","headers":{"X":"{{ args.a }}"}}}]}}`, []string{
			`/config/tools/0/http/headers/X: an argument may stand in the url only`, `/config/tools/0/http/url: an argument may stand in the url only`}},
		{"neuron", `{"kind":"llm","config":{"model":"m","base_url":"nowhere"}}`, []string{`/config/base_url: must begin with http`}},
		{"neuron", `{"kind":"llm","config":{"model":"m","response_format":{"type":7}}}`, []string{`/config/response_format`}},
		{"neuron", `{"kind":"llm","config":{"model":"m","instructions":"{{ 1 + }}"}}`, []string{`/config/instructions: `}},
	} {
		n, problems := types.Settings(c.kind, jsontext.Value(c.raw))
		if (n == nil) != (len(c.want) > 0) {
			t.Errorf("%s %s: node %v", c.kind, c.raw, n)
		}
		if len(problems) != len(c.want) {
			t.Errorf("%s %s:\ngot  %v\nwant %q", c.kind, c.raw, []pathway.Problem(problems), c.want)
			continue
		}
		for i, p := range problems {
			if got := p.Path + ": " + p.Message; !strings.HasPrefix(got, c.want[i]) && !strings.HasPrefix(p.Path, c.want[i]) {
				t.Errorf("%s %s: problem %d is %q, want %q", c.kind, c.raw, i, got, c.want[i])
			}
		}
	}
}

func TestKinds(t *testing.T) {
	types := New(Deps{})
	if d := cmp.Diff([]string{"delay", "end", "http", "human", "map", "neuron", "pathway", "switch", "transform", "wait_event", "worker"}, types.Kinds()); d != "" {
		t.Errorf("node types (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"echo", "http", "llm", "worker"}, types.NeuronKinds()); d != "" {
		t.Errorf("neuron kinds (-want +got):\n%s", d)
	}
	for _, kind := range types.NeuronKinds() {
		if _, problems := types.Neuron(kind, nil); kind == "echo" != (len(problems) == 0) {
			t.Errorf("an empty config of %s: %v", kind, problems)
		}
	}
}

// FuzzSettings: no settings make the decoder panic, every problem has a
// pointer and a bounded message, and what has no problem is a node.
func FuzzSettings(f *testing.F) {
	for _, raw := range []string{
		`{}`, `null`, `{"output":{"a":["{{ input.x }}"]}}`, `{"for":"1s"}`, `{"prompt":"?","actions":["a"],"fields":{}}`,
		`{"url":"http://h/","headers":{"A":"b"},"expect":[200]}`, `{"kind":"llm","config":{"model":"m","response_format":{}}}`,
		`{"kind":"echo","config":{"delay_ms":1e3}}`, `{"neuron":"a","pinned":{"kind":"http","config":{"url":"{{ input }}"}}}`,
		`{"a":1,"a":2}`, `{"required":99999999999999999999}`, `{"~/":1}`,
	} {
		for i := range 7 {
			f.Add(i, raw)
		}
	}
	types := New(Deps{})
	kinds := types.Kinds()
	f.Fuzz(func(t *testing.T, kind int, raw string) {
		name := kinds[uint(kind)%uint(len(kinds))]
		v, problems := types.Settings(name, jsontext.Value(raw))
		if _, ok := v.(Node); ok != (len(problems) == 0) {
			t.Fatalf("%s %q: node %v with %d problems", name, raw, v, len(problems))
		}
		for _, p := range problems {
			if p.Path != "" && !jsontext.Pointer(p.Path).IsValid() {
				t.Errorf("%s %q: %q is no JSON pointer", name, raw, p.Path)
			}
			if p.Message == "" || len(p.Message) > 4<<10 {
				t.Errorf("%s %q: a message of %d bytes", name, raw, len(p.Message))
			}
		}
	})
}

// Every problem of a large settings object is told, and once.
func TestSettingsAllProblems(t *testing.T) {
	var raw strings.Builder
	raw.WriteString(`{"output":1`)
	for i := range 50 {
		fmt.Fprintf(&raw, `,"x%d":1`, i)
	}
	raw.WriteString("}")
	_, problems := New(Deps{}).Settings("transform", jsontext.Value(raw.String()))
	paths := make([]string, len(problems))
	for i, p := range problems {
		paths[i] = p.Path
	}
	if len(paths) != 50 || len(slices.Compact(slices.Sorted(slices.Values(paths)))) != 50 {
		t.Errorf("paths %q", paths)
	}
}
