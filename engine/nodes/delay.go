package nodes

// delay: wait for a while, or until a time.

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// delay waits; it holds nothing meanwhile. Exactly one field is given.
type delay struct {
	For   template `json:"for"`   // a Go duration, counted from the start of the attempt
	Until template `json:"until"` // an RFC 3339 time; one that has passed is due at once
}

func newDelay(raw jsontext.Value) (Node, pathway.Problems) {
	n := &delay{}
	found := decode(raw, n)
	if text, ok := literal(n.For.raw); ok {
		if _, err := parseDuration(text); err != nil {
			found.bad("/for", "%s", err)
		}
	}
	if text, ok := literal(n.Until.raw); ok {
		if _, err := parseTime(text); err != nil {
			found.bad("/until", "%s", err)
		}
	}
	if n.For.given() == n.Until.given() {
		found.bad("", "needs either \"for\" or \"until\"")
	}
	return n, found.Problems
}

// Start tells until when to wait.
func (n *delay) Start(ctx context.Context, r *Request) (Outcome, error) {
	if n.For.given() {
		text, err := n.For.text(ctx, r.Scope, "for")
		if err != nil {
			return nil, err
		}
		d, err := parseDuration(text)
		if err != nil {
			return nil, invalid("for: %s", err)
		}
		return Wait{Until: r.Now.Add(d)}, nil
	}
	text, err := n.Until.text(ctx, r.Scope, "until")
	if err != nil {
		return nil, err
	}
	until, err := parseTime(text)
	if err != nil {
		return nil, invalid("until: %s", err)
	}
	if until.Before(r.Now) {
		until = r.Now
	}
	if until.Sub(r.Now) > maxDuration {
		return nil, invalid("until: %.40q is more than ten years ahead", text)
	}
	return Wait{Until: until}, nil
}

func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is no time, which is written like \"2026-01-02T15:04:05Z\" (RFC 3339)", text)
	}
	return t, nil
}
