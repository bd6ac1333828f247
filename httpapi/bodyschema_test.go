package httpapi

// What openapi.yaml says of bodies holds, in words that clients understand.

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/pathway"
)

func TestBodySchemas(t *testing.T) {
	for name, c := range map[string]struct {
		route, body string
		want        []string // path and message
	}{
		"nothing":    {"POST /v1/jobs", `{}`, nil},
		"nulls":      {"POST /v1/jobs", `{"pathway":null,"delay":null,"labels":null,"priority":null,"input":null,"workspace_id":null}`, nil},
		"any input":  {"POST /v1/jobs", `{"input":{"n":1e400,"a":[null,{}]},"data":[]}`, nil},
		"any graph":  {"POST /v1/jobs", `{"pathway":{"nodes":7,"colour":"red"}}`, nil}, // the graph's own check tells
		"escaped":    {"POST /v1/jobs", `{"\u0070riority":1}`, nil},
		"unknown":    {"POST /v1/jobs", `{"colour":1,"a/b":null,"input":1}`, []string{"/a~1b " + unknownField, "/colour " + unknownField}},
		"known too":  {"POST /v1/jobs", `{"priority":"x","input":1,"trace_id":"t"}`, []string{"/priority this must be a whole number, not a string"}},
		"limits":     {"POST /v1/jobs", `{"priority":10,"trace_id":"` + long(129) + `"}`, []string{"/priority this must be at most 9", "/trace_id this must have at most 128 characters"}},
		"least":      {"POST /v1/jobs", `{"priority":-1}`, []string{"/priority this must be at least 0"}},
		"huge":       {"POST /v1/jobs", `{"priority":1e999999}`, []string{"/priority this must be at most 9"}},
		"minus huge": {"POST /v1/jobs", `{"priority":-1e999999}`, []string{"/priority this must be at least 0"}},
		"broken":     {"POST /v1/jobs", `{"priority":1.5}`, []string{"/priority this must be a whole number, not a number"}},
		"times": {"POST /v1/jobs", `{"run_at":"tomorrow","delay":"1","timeout":"-1s"}`, []string{
			"/delay this must be " + aSpan, "/run_at this must be " + aTime, "/timeout this must be " + aSpan,
		}},
		"types": {"POST /v1/jobs", `{"labels":[],"trace_id":{},"pathway_id":true}`, []string{
			"/labels this must be an object, not an array", "/pathway_id this must be a string, not true or false",
			"/trace_id this must be a string, not an object",
		}},
		"inside":        {"POST /v1/jobs", `{"labels":{"a":1,"b":"` + long(257) + `"}}`, []string{"/labels/a this must be a string, not a number", "/labels/b this must have at most 256 characters"}},
		"missing":       {"POST /v1/api-keys", `{}`, []string{"/name this is needed", "/role this is needed"}},
		"null is none":  {"POST /v1/api-keys", `{"name":null,"role":"admin"}`, []string{"/name this is needed"}},
		"empty, no one": {"POST /v1/api-keys", `{"name":"","role":"root"}`, []string{"/name this must not be empty", "/role this must be one of viewer, operator, admin"}},
		"pattern":       {"POST /v1/workspaces", `{"name":"x","slug":"a.b"}`, []string{"/slug this must match ^[A-Za-z0-9_-]{1,64}$"}},
		"X or null":     {"POST /v1/jobs/{id}/resume", `{"input":{"type":"x","why":1}}`, []string{"/input/action this is needed", "/input/interventionId this is needed", "/input/type this must be intervention_response", "/input/why " + unknownField}},
		"no X":          {"POST /v1/jobs/{id}/resume", `{"input":7}`, []string{"/input this must be an object, not a number"}},
	} {
		t.Run(name, func(t *testing.T) {
			if p := checkJSON([]byte(c.body)); len(p) > 0 {
				t.Fatal(p)
			}
			problems, err := bodySchemas()[c.route].check([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, p.Path+" "+p.Message)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Every body that openapi.yaml describes is checked, and what the library
// cannot place is used where a check by hand does it.
func TestEveryBodyHasASchema(t *testing.T) {
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody != nil && op.RequestBody.Value.Content.Get(mediaJSON) != nil {
				n++
				if bodySchemas()[method+" "+path] == nil {
					t.Errorf("%s %s has a body without a schema", method, path)
				}
			}
		}
	}
	if n != len(bodySchemas()) {
		t.Errorf("%d bodies, %d schemas", n, len(bodySchemas()))
	}
	if got := bytes.Count(OpenAPI(), []byte("propertyNames:")); got != 1 {
		t.Errorf("propertyNames is used %d times: its places are told by runOptions.problems alone", got)
	}
}

func TestReadBodySchemasRefuses(t *testing.T) {
	for _, text := range []string{
		"a: [", "paths: {/x: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/nothing'}}}}}}}\ncomponents: {schemas: {}}",
		"paths: {/x: {post: {requestBody: {content: {application/json: {schema: {$ref: 'http://127.0.0.1:1/x.json'}}}}}}}\ncomponents: {schemas: {}}",
		"paths: {/x: {post: {requestBody: {content: {application/json: {schema: {type: 7}}}}}}}\ncomponents: {schemas: {}}",
	} {
		if _, err := readBodySchemas([]byte(text)); err == nil {
			t.Errorf("it reads %q", text)
		}
	}
}

func TestInOrder(t *testing.T) {
	got := inOrder(pathway.Problems{{Path: "/b", Message: "1"}, {Path: "/a", Message: "2"}, {Path: "/b", Message: "3"}, {Path: "", Message: "4"}})
	if d := cmp.Diff(pathway.Problems{{Path: "", Message: "4"}, {Path: "/a", Message: "2"}, {Path: "/b", Message: "1"}}, got); d != "" {
		t.Error(d)
	}
}

func FuzzBodySchemas(f *testing.F) {
	for _, body := range []string{`{}`, `{"pathway_id":"x","labels":{"a":["b"]},"priority":1e400}`, `{"a/~b":{"c":[[{}]]}}`, `{"name":"x","role":"admin","slug":"s"}`, `{"input":{"type":null}}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(checkJSON(b)) > 0 {
			return
		}
		for route, schema := range bodySchemas() {
			problems, err := schema.check(b)
			if err != nil {
				t.Fatalf("%s: %v", route, err)
			}
			for _, p := range detailsOf(problems) {
				if len(p.Message) > maxMessage+3 || len(p.Path) > maxPointer+3 || strings.Contains(p.Message, "urn:") || strings.Contains(p.Message, "jsonschema") {
					t.Fatalf("%s: a problem %q", route, fmt.Sprint(p))
				}
			}
		}
	})
}

func BenchmarkReadBodySchemas(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readBodySchemas(openAPI); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckBody is what the schema costs beside the rest of a decoding.
func BenchmarkCheckBody(b *testing.B) {
	schema := bodySchemas()["POST /v1/jobs"]
	for name, body := range map[string]string{
		"small":  `{"pathway_id":"publish","input":{"topic":"axons"},"labels":{"team":"docs"},"priority":3,"run_at":"2026-01-02T15:04:05Z"}`,
		"500KiB": `{"pathway_id":"publish","input":[` + strings.Repeat(`{"topic":"axons"},`, 30_000) + `0]}`,
	} {
		b.Run(name+"/rest", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if p := checkJSON([]byte(body)); p != nil {
					b.Fatal(p)
				}
				if p := decodeObject([]byte(body), &startRequest{}); p != nil {
					b.Fatal(p)
				}
				digest([]byte(body))
			}
		})
		b.Run(name+"/schema", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if p, err := schema.check([]byte(body)); p != nil || err != nil {
					b.Fatal(p, err)
				}
			}
		})
	}
}
