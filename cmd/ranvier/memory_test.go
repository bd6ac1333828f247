package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/nodes/modeltest"
)

// TestMemory: a model is told the earlier turns of its trace as the log has
// them, right after them and after a restart.
func TestMemory(t *testing.T) {
	tr := newTrial(t)
	model, err := modeltest.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Close)
	d := &dev{client: tr.client, screen: newScreen(io.Discard)}
	definition := fmt.Sprintf(`{"name":"Talker","slug":"talker","kind":"llm","config":{"model":"m","base_url":%q}}`, model.URL)
	if err := d.install(t.Context(), "neurons", "talker", jsontext.Value(definition)); err != nil {
		t.Fatal(err)
	}
	say := func(text string) {
		t.Helper()
		body := map[string]string{"message": text, "trace_id": "talk"}
		var answer struct {
			Status string `json:"status"`
		}
		if err := tr.client.call(t.Context(), "POST", "/v1/neurons/talker/invoke", map[string]string{"Prefer": "wait=60"}, body, &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Status != "completed" {
			t.Fatalf("the turn is %s", answer.Status)
		}
	}
	say("one")
	say("two")
	tr.stop()
	tr.start()
	say("three")

	var got []string
	for _, r := range model.Requests() {
		var body struct {
			Messages []struct {
				Content string `json:"content"`
			} `json:"messages"`
		}
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, m := range body.Messages {
			said = append(said, m.Content)
		}
		got = append(got, strings.Join(said, ", "))
	}
	want := []string{
		"one",
		"one, You said: one, two",
		"one, You said: one, two, You said: two, three",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the model was told (-want +got):\n%s", diff)
	}

	// The engine's log is the one that is counted: one job since the restart.
	// A client may know of a job's end before the engine has counted it.
	lines := []string{
		"ranvier_jobs_submitted_total 1\n", "ranvier_jobs_ended_total{status=\"completed\"} 1\n", "ranvier_append_seconds_count ", "ranvier_log_healthy 1\n",
	}
	var counted, missing string
	if !eventually(func() bool {
		counted = tr.get("/metrics")
		i := slices.IndexFunc(lines, func(line string) bool { return !strings.Contains(counted, line) })
		if i < 0 {
			return true
		}
		missing = lines[i]
		return false
	}) {
		t.Errorf("%q is missing in\n%s", missing, counted)
	}
}
