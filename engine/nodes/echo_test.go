package nodes

import (
	"context"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// echoCase is one case of testdata/echo.json.
type echoCase struct {
	Config  jsontext.Value `json:"config"`
	Input   jsontext.Value `json:"input"`
	Attempt int            `json:"attempt"`
	Tokens  []string       `json:"tokens"`
	Output  jsontext.Value `json:"output,omitzero"`
	Failure string         `json:"failure,omitzero"`
	Final   bool           `json:"final,omitzero"`
}

func TestEchoGolden(t *testing.T) {
	const golden = "testdata/echo.json"
	raw, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var want []echoCase
	if err := json.Unmarshal(raw, &want, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	types := register(t, nil)
	got := make([]echoCase, len(want))
	for i, c := range want {
		got[i] = echoCase{Config: c.Config, Input: c.Input, Attempt: c.Attempt, Tokens: []string{}}
		n, problems := types.Neuron("echo", c.Config)
		if len(problems) > 0 {
			t.Fatalf("case %d: %v", i, problems)
		}
		r := request("null", &got[i].Tokens)
		r.Attempt = c.Attempt
		outcome, err := n.Answer(t.Context(), r, c.Input)
		var f *Failure
		switch {
		case errors.As(err, &f):
			got[i].Failure, got[i].Final = f.Message, f.Final
		case err != nil:
			t.Fatalf("case %d: %v", i, err)
		}
		if done, ok := outcome.(Done); ok {
			got[i].Output = done.Output
		}
	}
	b, err := json.Marshal(got, jsontext.WithIndent("  "))
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, '\n')
	if *update {
		if err := os.WriteFile(golden, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(string(raw), string(b)); d != "" && !*update {
		t.Errorf("%s (-want +got):\n%s", golden, d)
	}
}

func TestEchoDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, problems := New(Deps{}).Neuron("echo", []byte(`{"delay_ms":100,"chunk_delay_ms":50}`))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		start := time.Now()
		var at []time.Duration
		r := request("null", nil)
		r.Token = func(string) { at = append(at, time.Since(start)) }
		if _, err := n.Answer(t.Context(), r, []byte(`"one two three"`)); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{100 * time.Millisecond, 150 * time.Millisecond, 200 * time.Millisecond}
		if d := cmp.Diff(want, at); d != "" {
			t.Errorf("words came at (-want +got):\n%s", d)
		}

		ctx, cancel := context.WithTimeoutCause(t.Context(), 120*time.Millisecond, errStop)
		defer cancel()
		start = time.Now()
		_, err := n.Answer(ctx, r, []byte(`"one two three"`))
		if took := time.Since(start); !errors.Is(err, errStop) || took != 120*time.Millisecond {
			t.Errorf("cancelled: %v after %v", err, took)
		}
	})
}

// The words of a text are the text.
func TestWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune(" \n\tabé\u00a0世"))).Draw(t, "text")
		w := words(text)
		if got := strings.Join(w, ""); got != text {
			t.Fatalf("%q became %q", text, got)
		}
		for i, one := range w {
			if one == "" || len(strings.Fields(one)) > 1 {
				t.Fatalf("word %d of %q is %q", i, text, one)
			}
		}
	})
}
