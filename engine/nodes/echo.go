package nodes

// echo: a neuron without a model, for trials and tests. It answers with what
// it was told, word by word, and fails when it is told to.

import (
	"context"
	"fmt"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/pathway"
)

// echo's output is {"text": ...}.
type echo struct {
	DelayMS      int    `json:"delay_ms"`       // before the first word
	ChunkDelayMS int    `json:"chunk_delay_ms"` // between words
	FailTimes    int    `json:"fail_times"`     // so many first attempts of a visit fail, retryably
	Fail         string `json:"fail"`           // every attempt fails finally, with this message
}

const (
	maxEchoDelay = int(time.Hour / time.Millisecond)
	maxEchoFails = 1000
)

func newEcho(raw jsontext.Value) (Neuron, pathway.Problems) {
	n := &echo{}
	found := decode(raw, n)
	for _, f := range []struct {
		path      string
		got, most int
	}{
		{"/delay_ms", n.DelayMS, maxEchoDelay},
		{"/chunk_delay_ms", n.ChunkDelayMS, maxEchoDelay},
		{"/fail_times", n.FailTimes, maxEchoFails},
	} {
		if f.got < 0 || f.got > f.most {
			found.bad(f.path, "must be 0 to %d", f.most)
		}
	}
	return n, found.Problems
}

// Answer says it again.
func (n *echo) Answer(ctx context.Context, r *Request, input jsontext.Value) (Outcome, error) {
	if err := pause(ctx, n.DelayMS); err != nil {
		return Done{}, err
	}
	if n.Fail != "" {
		return Done{}, &Failure{Code: CodeEcho, Message: bounded(n.Fail), Final: true}
	}
	if r.Attempt <= n.FailTimes {
		return Done{}, &Failure{Code: CodeEcho, Message: fmt.Sprintf("attempt %d of %d that fail", r.Attempt, n.FailTimes)}
	}
	text, err := message(input)
	if err != nil {
		return Done{}, err
	}
	for i, word := range words(text) {
		if i > 0 {
			if err := pause(ctx, n.ChunkDelayMS); err != nil {
				return Done{}, err
			}
		}
		r.Token(word)
	}
	output, err := json.Marshal(struct {
		Text string `json:"text"`
	}{text})
	if err != nil {
		return Done{}, fmt.Errorf("write the output: %w", err)
	}
	return Done{Output: output}, nil
}

// message is the text in a neuron's input: the input if it is a string, its
// member "message" if that is one, else the whole as compact JSON.
func message(input jsontext.Value) (string, error) {
	var text string
	switch input.Kind() {
	case '"':
		if err := json.Unmarshal(input, &text); err != nil {
			return "", fmt.Errorf("read the input: %w", err)
		}
		return text, nil
	case '{':
		var o struct {
			Message jsontext.Value `json:"message"`
		}
		if err := json.Unmarshal(input, &o); err != nil {
			return "", fmt.Errorf("read the input: %w", err)
		}
		if o.Message.Kind() == '"' {
			return message(o.Message)
		}
	}
	compact := input.Clone()
	if err := compact.Compact(); err != nil {
		return "", fmt.Errorf("read the input: %w", err)
	}
	return string(compact), nil
}

// words cuts text before each word, so that joined they are the text again.
func words(text string) []string {
	var out []string
	start, space := 0, false
	for i, c := range text {
		if unicode.IsSpace(c) {
			space = true
			continue
		}
		if space && i > start {
			out = append(out, text[start:i])
			start = i
		}
		space = false
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, ms int) error {
	if ms <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
