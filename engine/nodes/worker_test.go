package nodes

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/pathway"
)

func TestWorker(t *testing.T) {
	types := New(Deps{})
	pinned := `"neuron":"ocr","pinned":{"id":"n1","slug":"ocr","version":1,"kind":"worker","config":{"queue":"ocr"},"output_schema":{"type":"string"}}`
	for name, tc := range map[string]struct {
		kind, settings string
		want           Task
		misfit         bool // 7 is no output
	}{
		"defaults": {"worker", `{"queue":"ocr"}`, Task{Queue: "ocr", Input: jsontext.Value(`{"page":7}`), Lease: time.Minute, MaxLeases: 10}, false},
		"all":      {"worker", `{"queue":"ocr","input":"{{ input.page }}","lease":"2s","max_leases":3,"output_schema":{"type":"string"}}`, Task{Queue: "ocr", Input: jsontext.Value(`7`), Lease: 2 * time.Second, MaxLeases: 3}, true},
		"inline":   {"neuron", `{"kind":"worker","config":{"queue":"q"},"input":[]}`, Task{Queue: "q", Input: jsontext.Value(`[]`), Lease: time.Minute, MaxLeases: 10}, false},
		"stored":   {"neuron", `{` + pinned + `}`, Task{Queue: "ocr", Input: jsontext.Value(`{"page":7}`), Lease: time.Minute, MaxLeases: 10}, true},
	} {
		t.Run(name, func(t *testing.T) {
			n, problems := types.Settings(tc.kind, jsontext.Value(tc.settings))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			outcome, err := n.(Node).Start(t.Context(), &Request{Scope: pathway.NewScope(jsontext.Value(`{"page":7}`), nil, "")})
			if err != nil {
				t.Fatal(err)
			}
			w, ok := outcome.(Wait)
			if !ok || w.Task == nil {
				t.Fatalf("%+v", outcome)
			}
			if d := cmp.Diff(tc.want, *w.Task); d != "" {
				t.Errorf("task (-want +got):\n%s", d)
			}
			check := n.(interface {
				CheckOutput(output jsontext.Value) pathway.Problems
			}).CheckOutput
			if p := check(jsontext.Value(`7`)); (len(p) > 0) != tc.misfit {
				t.Errorf("7: %v", p)
			}
			if p := check(jsontext.Value(`"seven"`)); len(p) > 0 {
				t.Errorf("seven: %v", p)
			}
		})
	}
}
