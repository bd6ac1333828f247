package main

// Signals and kill -9: one that came before anybody waited for it is taken
// after a restart, and a node goes on waiting over one.

import (
	"context"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/httpapi"
)

const signalled = `{"pathway":{"nodes":[{"id":"ask","type":"human","prompt":"?"},{"id":"first","type":"wait_event","event":"go"},{"id":"second","type":"wait_event","event":["go","stop"],"timeout":"24h"}],
	"edges":[{"from":"ask","to":"first"},{"from":"first","to":"second"}],"output":["{{ nodes.first.output.data }}","{{ nodes.second.output }}"]}}`

func TestSignalsAndKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p := &process{dir: t.TempDir(), key: httpapi.NewKey()}
	c := p.client()
	defer c.close()
	var logged <-chan []string
	begin := func() {
		t.Helper()
		if err := p.start(); err != nil {
			t.Fatal(err)
		}
		logged = p.complaints()
		if err := p.ready(c); err != nil {
			t.Fatal(err)
		}
	}
	kill := func() {
		t.Helper()
		if err := p.kill(); err != nil {
			t.Fatal(err)
		}
		if bad := <-logged; len(bad) > 0 {
			t.Error(bad)
		}
		c.close()
	}
	begin()
	defer func() { _ = p.kill() }() // when the test fails early; else it is dead already

	var j struct {
		ID     string `json:"job_id"`
		Status string `json:"status"`
		For    struct {
			Type         string `json:"type"`
			Node         string `json:"node_id"`
			Intervention string `json:"interventionId"`
		} `json:"waitingFor"`
		Result jsontext.Value `json:"result"`
	}
	call := func(method, path string, header map[string]string, body string) {
		t.Helper()
		var sent any
		if body != "" {
			sent = jsontext.Value(body)
		}
		if err := c.call(ctx, method, path, header, sent, &j); err != nil {
			t.Fatal(err)
		}
	}
	wait, once := map[string]string{"Prefer": "wait=60"}, map[string]string{"Idempotency-Key": "one"}
	call(http.MethodPost, "/v1/jobs", wait, signalled)
	path := "/v1/jobs/" + j.ID
	question := j.For.Intervention
	call(http.MethodPost, path+"/signals/go", once, `{"n":1}`)
	kill()

	begin()
	call(http.MethodPost, path+"/signals/go", once, `{"n":1}`) // the answer might have been lost
	if err := c.answer(ctx, j.ID, question, "approve"); err != nil {
		t.Fatal(err)
	}
	call(http.MethodGet, path, wait, "")
	if j.Status != "waiting" || j.For.Type != "event" || j.For.Node != "second" {
		t.Fatalf("%+v", j)
	}
	kill()

	begin()
	call(http.MethodPost, path+"/signals/stop", nil, `2`)
	call(http.MethodGet, path, wait, "")
	if j.Status != "completed" || string(j.Result) != `[{"n":1},{"event":"stop","data":2}]` {
		t.Fatalf("%s %s", j.Status, j.Result)
	}
	kill()
}
