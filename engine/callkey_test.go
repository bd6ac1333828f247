package engine

import (
	"testing"

	"ranvier/engine/job"
)

func TestCallKey(t *testing.T) {
	for node, want := range map[string]string{
		"call": "j/call/2", "each/3/call": "j/each/call/2/3", "each/3/in/0/call": "j/each/in/call/2/3/0",
	} {
		if got := callKey("j", job.Attempt{Node: node, Visit: 2, Attempt: 4}); got != want {
			t.Errorf("%s: %s, want %s", node, got, want)
		}
	}
}
