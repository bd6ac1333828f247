package nodes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/nodes/modeltest"
	"ranvier/engine/scrub"
)

// TestWhereSecretsMayBe: in the URL and the headers of a call, in the key of a
// model, and nowhere else.
func TestWhereSecretsMayBe(t *testing.T) {
	types := New(Deps{})
	for _, c := range []struct{ kind, raw, place string }{
		{"http", `{"url":"https://{{ secret.host }}/{{ input.x }}","headers":{"A":"Bearer {{ secret.k }}"}}`, ""},
		{"neuron", `{"kind":"http","config":{"url":"https://x/?k={{ secret.k }}"}}`, ""},
		{"neuron", `{"kind":"llm","config":{"model":"m","api_key_secret":"k"}}`, ""},
		{"neuron", `{"kind":"llm","config":{"model":"m","tools":[{"name":"t","description":"d","parameters":{"type":"object"},"http":{"url":"https://x/{{ args.a }}","headers":{"A":"{{ secret.k }}"}}}]}}`, ""},
		{"http", `{"url":"https://x","body":{"a":["{{ secret.k }}"]}}`, "/body/a/0"},
		{"http", `{"url":"https://x/{{ secret.k + 'x' }}"}`, "/url"},
		{"http", `{"url":"https://x","headers":{"A":["{{ secret.k }}"]}}`, "/headers/A/0"},
		{"transform", `{"output":"{{ secret.k }}"}`, "/output"},
		{"human", `{"prompt":"{{ secret.k }}?"}`, "/prompt"},
		{"end", `{"output":{"k":"{{ secret.k }}"}}`, "/output/k"},
		{"delay", `{"for":"{{ secret.k }}"}`, "/for"},
		{"neuron", `{"kind":"echo","input":"{{ secret.k }}"}`, "/input"},
		{"neuron", `{"kind":"llm","config":{"model":"m","instructions":"{{ secret.k }}"}}`, "/config/instructions"},
	} {
		_, problems := types.Settings(c.kind, jsontext.Value(c.raw))
		switch {
		case c.place == "" && len(problems) > 0:
			t.Errorf("%s %s: %v", c.kind, c.raw, problems)
		case c.place != "" && (len(problems) != 1 || problems[0].Path != c.place || !strings.Contains(problems[0].Message, "secrets may be used only in headers, URLs and api_key_secret")):
			t.Errorf("%s %s: %v, want a problem at %s", c.kind, c.raw, problems, c.place)
		}
	}
}

// withSecrets gives a request the secrets whose value is their name, doubled.
func withSecrets(r *Request) *scrub.Set {
	set := &scrub.Set{}
	r.Secret = func(_ context.Context, name string) (string, error) {
		if name == "gone" {
			return "", &Failure{Code: CodeSecretUnknown, Final: true, Message: "there is no secret \"gone\""}
		}
		value := name + "-value\n"
		if name != "lines" {
			value = name + "-value"
		}
		set.Add(value)
		return value, nil
	}
	r.Clean = set.JSON
	return set
}

func TestSecretsInCalls(t *testing.T) {
	var heard string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		heard = fmt.Sprint(r.URL, " ", r.Header.Get("X-Token"), " ", user, ":", password)
	})
	types := register(t, nil)
	r := request(`{"id":7}`, nil)
	withSecrets(r)
	address := strings.Replace(url, "http://", "http://{{ secret.user }}:{{ secret.password }}@", 1) + "/{{ input.id }}/{{ secret.key }}"
	n := node(t, types, "http", `{"url":"`+address+`","headers":{"X-Token":"Bearer {{ secret.token }}"}}`)
	if _, err := n.Start(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if want := "/7/key-value Bearer token-value user-value:password-value"; heard != want {
		t.Errorf("heard %q, want %q", heard, want)
	}
	for reference, code := range map[string]string{"gone": CodeSecretUnknown, "lines": CodeValidation} {
		n := node(t, types, "http", `{"url":"`+url+`","headers":{"X-Token":"{{ secret.`+reference+` }}"}}`)
		_, err := n.Start(t.Context(), r)
		var f *Failure
		if !errors.As(err, &f) || f.Code != code || !f.Final || strings.Contains(f.Message, "value") && reference != "lines" {
			t.Errorf("%s: %v", reference, err)
		}
	}
	n = node(t, types, "http", `{"url":"`+url+`/{{ secret.token }}"}`)
	var f *Failure
	if _, err := n.Start(t.Context(), request(`null`, nil)); !errors.As(err, &f) || f.Code != CodeSecretUnknown {
		t.Errorf("where there are no secrets: %v", err)
	}
}

// TestModelKeys: a secret goes to the neuron's own service, the instance's key
// to the instance's.
func TestModelKeys(t *testing.T) {
	mine, err := modeltest.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	own, err := modeltest.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	types := register(t, func(d *Deps) { d.OpenAIBaseURL, d.OpenAIKey = own.URL, "the-instance-key" })
	var hidden []string
	for _, config := range []string{
		`{"model":"m"}`, `{"model":"m","api_key_secret":"other"}`,
		`{"model":"m","base_url":"` + mine.URL + `"}`, `{"model":"m","base_url":"` + mine.URL + `","api_key_secret":"token"}`,
	} {
		r := request(`"hello"`, nil)
		withSecrets(r)
		r.Hide = func(secret string) { hidden = append(hidden, secret) }
		if _, err := node(t, types, "neuron", `{"kind":"llm","config":`+config+`}`).Start(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	keys := func(s *modeltest.Server) (all []string) {
		for _, asked := range s.Requests() {
			all = append(all, asked.Header.Get("Authorization"))
		}
		return all
	}
	if d := cmp.Diff([][]string{{"Bearer the-instance-key", "Bearer other-value"}, {"", "Bearer token-value"}}, [][]string{keys(own), keys(mine)}); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if d := cmp.Diff([]string{"the-instance-key"}, hidden); d != "" {
		t.Errorf("hidden (-want +got)\n%s", d)
	}
}

// TestStepsAreClean: what a tool answers is recorded, and told to the model,
// without the secrets that it was sent.
func TestStepsAreClean(t *testing.T) {
	r := request(`null`, nil)
	set := withSecrets(r)
	set.Add("token-value")
	got := []Step{
		r.clean(Turn{Reply: jsontext.Value(`{"text":"token-value"}`)}),
		r.clean(Call{Arguments: jsontext.Value(`{"a":"token-value"}`)}),
		r.clean(Answer{Result: jsontext.Value(`"token-value and tok"`)}),
		r.clean(Answer{Code: "X", Result: jsontext.Value(`{"message":"it was token-va..."}`)}),
	}
	want := []Step{
		Turn{Reply: jsontext.Value(`{"text":"***"}`)}, Call{Arguments: jsontext.Value(`{"a":"***"}`)},
		Answer{Result: jsontext.Value(`"*** and tok"`)}, Answer{Code: "X", Result: jsontext.Value(`{"message":"it was ***..."}`)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if s := (&Request{}).clean(want[0]); !cmp.Equal(s, want[0]) {
		t.Error("without secrets a step is changed")
	}
}
