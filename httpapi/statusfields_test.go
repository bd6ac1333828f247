package httpapi

// A status says all that it can say: what does not apply is null, and so is
// what no definition was asked for.

import (
	"strings"
	"testing"
)

func TestStatusHasEveryField(t *testing.T) {
	w := newWorld(t)
	s := w.call("GET", "/v1/jobs/"+w.start(longGraph, `{}`), viewerKey, "").want(200)
	var fields map[string]any
	s.into(&fields)
	for _, name := range []string{
		"pathway_id", "pathway_version", "neuron_id", "receptor_id", "trace_id", "rerun_of", "failedReason", "result", "waitingFor", "error", "finished_at",
	} {
		if v, ok := fields[name]; !ok || v != nil {
			t.Errorf("%s is %v (given: %v), want null", name, v, ok)
		}
	}
}

// TestChoicesInMessages proves that a refused choice is answered with words
// that may be given.
func TestChoicesInMessages(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{
		"/v1/jobs?status=done":          "one of pending, running, waiting, paused, completed, failed",
		"/v1/interventions?status=open": "one of pending, approved,",
		"/v1/interventions?reminded=2":  "one of 0, 1",
		"/v1/neurons?sortDirection=up":  "one of desc, asc",
	} {
		if got := w.call("GET", path, viewerKey, "").want(400, codeInvalid).text("/details/0/message"); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", path, got, want)
		}
	}
}
