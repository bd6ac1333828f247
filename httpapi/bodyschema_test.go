package httpapi

import (
	"testing"
)

func TestTry(t *testing.T) {
	s, err := readBodySchemas(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	for k, b := range s {
		t.Log(k, b.members)
	}
	for _, body := range []string{`{}`, `{"colour":1,"priority":11,"labels":{"":"x","a":1},"run_at":"x","delay":5,"pathway":null,"data":null,"trace_id":{},"timeout":null}`, `{"priority":1e400,"input":{"a":1e400}}`, `{"priority":1.5}`} {
		p, err := s["POST /v1/jobs"].check([]byte(body))
		t.Log(body, p, err)
	}
	for _, body := range []string{`{}`, `{"name":null,"role":"x"}`, `{"name":"","role":"admin","workspace_id":3}`} {
		p, err := s["POST /v1/api-keys"].check([]byte(body))
		t.Log(body, p, err)
	}
	for _, body := range []string{`{}`, `{"input":{"type":"x","foo":1}}`} {
		p, err := s["POST /v1/jobs/{id}/resume"].check([]byte(body))
		t.Log(body, p, err)
	}
}

func BenchmarkReadBodySchemas(b *testing.B) {
	for b.Loop() {
		if _, err := readBodySchemas(openAPI); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckBody(b *testing.B) {
	s, err := readBodySchemas(openAPI)
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"pathway_id":"publish","input":{"topic":"axons"},"labels":{"team":"docs"},"priority":3,"run_at":"2026-01-02T15:04:05Z"}`)
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if p := checkJSON(body); p != nil {
				b.Fatal(p)
			}
			if p := decodeObject(body, &startRequest{}); p != nil {
				b.Fatal(p)
			}
			digest(body)
		}
	})
	b.Run("schema", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if p, err := s["POST /v1/jobs"].check(body); p != nil || err != nil {
				b.Fatal(p, err)
			}
		}
	})
}
