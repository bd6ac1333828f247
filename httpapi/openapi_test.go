package httpapi

// The contract: that it is well formed, that it names exactly the routes of
// the table, and that holding an exchange against it can fail.

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestContractNamesEveryRoute(t *testing.T) {
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			described = append(described, method+" "+path)
			if op.Responses.Default() == nil {
				t.Errorf("%s %s does not describe its errors", method, path)
			}
		}
	}
	var served []string
	for _, rt := range (&Server{}).routes() {
		served = append(served, rt.method+" "+rt.path)
		op := doc.Paths.Value(rt.path).GetOperation(rt.method)
		if op == nil {
			continue // the comparison below tells
		}
		open := op.Security != nil && len(*op.Security) == 0
		if open != (rt.role == public) {
			t.Errorf("%s %s: described as public: %v, served to %q", rt.method, rt.path, open, rt.role)
		}
		if rt.role != public && !strings.Contains(op.Description, "Least role: "+string(rt.role)+".") {
			t.Errorf("%s %s: the description does not name the least role %s", rt.method, rt.path, rt.role)
		}
	}
	slices.Sort(described)
	slices.Sort(served)
	if d := cmp.Diff(served, described); d != "" {
		t.Errorf("routes (-served +described):\n%s", d)
	}
}

func TestContractNamesEveryCode(t *testing.T) {
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	var described, given []string
	for _, v := range doc.Components.Schemas["Error"].Value.Properties["code"].Value.Enum {
		described = append(described, v.(string))
	}
	for code := range statuses {
		given = append(given, code)
	}
	slices.Sort(described)
	slices.Sort(given)
	if d := cmp.Diff(given, described); d != "" {
		t.Errorf("codes (-given +described):\n%s", d)
	}
}

// TestContractBites proves that exchanges against the contract are found.
func TestContractBites(t *testing.T) {
	answer := []byte(`{"job_id":"x","status":"pending","cursor":"1-0"}`)
	for name, e := range map[string]exchange{
		"unknown field of a request": {body: []byte(`{"pathway_id":"x","colour":"red"}`), status: 202, answer: answer},
		"wrong type in a request":    {body: []byte(`{"pathway_id":"x","priority":"high"}`), status: 202, answer: answer},
		"missing field":              {body: []byte(`{"pathway_id":"x"}`), status: 202, answer: []byte(`{"job_id":"x","status":"pending"}`)},
		"wrong word":                 {body: []byte(`{"pathway_id":"x"}`), status: 202, answer: []byte(`{"job_id":"x","status":"done","cursor":"1-0"}`)},
		"error of another shape":     {body: []byte(`{}`), status: 400, answer: []byte(`{"error":"no"}`)},
		"another media type":         {body: []byte(`{}`), status: 202, answer: answer, header: http.Header{"Content-Type": {"text/html"}}},
	} {
		t.Run(name, func(t *testing.T) {
			e.request = httptest.NewRequest(http.MethodPost, "/v1/jobs", bytes.NewReader(e.body))
			e.request.Header.Set("Content-Type", "application/json")
			if e.header == nil {
				e.header = http.Header{"Content-Type": {"application/json"}}
			}
			if e.problems() == nil {
				t.Error("the contract allows it")
			}
		})
	}
}

func TestGetOpenAPI(t *testing.T) {
	w := newWorld(t)
	for accept, want := range map[string]string{
		"": "application/yaml", "text/plain": "text/plain", "text/html, */*;q=0.1": "application/yaml",
	} {
		a := w.call("GET", "/v1/openapi.yaml", "", "", "Accept: "+accept).want(200)
		if got := a.header.Get("Content-Type"); got != want || !bytes.Equal(a.body, OpenAPI()) {
			t.Errorf("Accept %q gives %q and %d bytes", accept, got, len(a.body))
		}
	}
}
