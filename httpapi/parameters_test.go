package httpapi

// Query parameters: what openapi.yaml describes is what the handlers read.

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParameters asks each route for a parameter that none has: the refusal
// names those that it knows.
func TestParameters(t *testing.T) {
	w := newWorld(t)
	w.bootstrap()
	own := things(w)
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, o := range operations(t) {
		switch {
		case o.role == public: // tokens are looked at first
			continue
		case o.streams && o.method == http.MethodGet: // they pass over what they do not know
			continue
		case o.path == "/v1/chat/{traceId}": // is gone, whatever it is asked
			continue
		}
		item := doc.Paths.Find(o.path)
		o.path = strings.Replace(o.path, "{workspace_slug}", "default", 1)
		t.Run(o.method+" "+o.path, func(t *testing.T) {
			w := *w
			w.t = t
			var described []string
			for _, p := range slices.Concat(item.Parameters, item.GetOperation(o.method).Parameters) {
				if p.Value.In == "query" && !strings.HasPrefix(p.Value.Name, "label") { // which stands for many
					described = append(described, p.Value.Name)
				}
			}
			slices.Sort(described)
			var known []string
			for _, problem := range w.call(o.method, o.owned(own)+"?none=1", rootKey, o.body).want(400, codeInvalid).failure().Details {
				if problem.Path != "/none" {
					t.Errorf("beside it: %s", problem)
				}
				if _, list, ok := strings.Cut(problem.Message, "known are "); ok {
					known = strings.Split(list, ", ")
				}
			}
			if d := cmp.Diff(described, known); d != "" {
				t.Errorf("parameters (-described +known):\n%s", d)
			}
			compared++
		})
	}
	if compared == 0 {
		t.Error("no route was asked")
	}
}
