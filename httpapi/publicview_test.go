package httpapi

// What is taken out of outputs, and that nothing else is.

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
)

// shownJob is one that a person answered and that has the steps a and b.
func shownJob() *job.Job {
	return &job.Job{
		Steps:         []job.Step{{NodeID: "a"}, {NodeID: "b"}},
		Interventions: []job.Intervention{{Responses: []job.Response{{Responder: "person:ada"}, {Responder: "key:é"}}}},
	}
}

func TestPublicOutput(t *testing.T) {
	const deep = 5000
	for name, c := range map[string]struct{ in, want string }{
		"nothing":         {`null`, `null`},
		"plain":           {`{"a":[1,2.50,"x"]}`, `{"a":[1,2.50,"x"]}`},
		"a response":      {`[{"responder":"person:ada","action":"x"}]`, `[{"responder":null,"action":"x"}]`},
		"another coding":  {`{"responder":"person:\u0061da","responder2":"person:ada"}`, `{"responder":null,"responder2":"person:ada"}`},
		"beyond ASCII":    {`{"responder": "key:é" }`, `{"responder": null }`},
		"somebody else":   {`{"responder":"ada"}`, `{"responder":"ada"}`},
		"no text":         {`{"responder":["person:ada"]}`, `{"responder":["person:ada"]}`},
		"an error":        {`{"error":{"code":"X","message":"10.0.0.7","node_id":"a"}}`, `{"error":{"code":"X","message":"the step failed","node_id":"a"}}`},
		"in any order":    {`{"node_id":"b","message":"10.0.0.7","code":"X"}`, `{"node_id":"b","message":"the step failed","code":"X"}`},
		"no such step":    {`{"code":"X","message":"mine","node_id":"c"}`, `{"code":"X","message":"mine","node_id":"c"}`},
		"no code":         {`{"message":"mine","node_id":"a"}`, `{"message":"mine","node_id":"a"}`},
		"inside out":      {`{"message":"1","code":"X","in":{"code":"Y","node_id":"b","message":"2"},"node_id":"a"}`, `{"message":"the step failed","code":"X","in":{"code":"Y","node_id":"b","message":"the step failed"},"node_id":"a"}`},
		"members of two":  {`{"code":"X","in":{"message":"mine","node_id":"a"}}`, `{"code":"X","in":{"message":"mine","node_id":"a"}}`},
		"as a value":      {`["responder","person:ada",{"x":"responder"}]`, `["responder","person:ada",{"x":"responder"}]`},
		"no JSON":         {`{"responder":`, `null`},
		"two values":      {`{"responder":"person:ada"}]`, `null`},
		"very deep":       {strings.Repeat(`[`, deep) + `{"responder":"person:ada"}` + strings.Repeat(`]`, deep), strings.Repeat(`[`, deep) + `{"responder":null}` + strings.Repeat(`]`, deep)},
		"deeper than any": {strings.Repeat(`[`, 20_000) + `"responder"` + strings.Repeat(`]`, 20_000), `null`},
	} {
		if got := string(publicOutput(shownJob(), jsontext.Value(c.in))); got != c.want {
			t.Errorf("%s: %.300s, want %.300s", name, got, c.want)
		}
	}
}

// What a sub-job gives may tell of people and steps that the job does not know.
func TestPublicOutputOfSubJobs(t *testing.T) {
	j := &job.Job{Steps: []job.Step{{NodeID: "call", Type: "pathway", JobID: "c"}}}
	in := `{"responses":[{"responder":"person:ada"}],"list":[{"error":{"code":"X","message":"10.0.0.7"}}],"message":"mine"}`
	want := `{"responses":[{"responder":null}],"list":[{"error":{"code":"X","message":"the step failed"}}],"message":"mine"}`
	if got := string(publicOutput(j, jsontext.Value(in))); got != want {
		t.Errorf("%s", got)
	}
}

func FuzzPublicOutput(f *testing.F) {
	for _, seed := range []string{`{"responder":"person:ada"}`, `{"code":"","message":"m","node_id":"a"}`, `[{"responder":"x"},"node_id"]`, `{"responder":]`, "{\"responder\":\"\xff\"}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := publicOutput(shownJob(), jsontext.Value(in))
		if again := publicOutput(shownJob(), got); string(again) != string(got) {
			t.Errorf("%q gives %q and then %q", in, got, again)
		}
		if jsontext.Value(in).IsValid() && !got.IsValid() {
			t.Errorf("%q gives %q", in, got)
		}
	})
}
