package pathway

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

func TestSecretText(t *testing.T) {
	unknown := errors.New("unknown")
	secrets := func(_ context.Context, name string) (string, error) {
		if name == "gone" {
			return "", unknown
		}
		return "<" + name + ">", nil
	}
	scope := NewScope([]byte(`{"id":7}`), nil, "")
	for source, want := range map[string]string{
		`Bearer {{ secret.token }}`:                   "Bearer <token>",
		`{{secret.token}}`:                            "<token>",
		`{{ secret['a_1'] }}{{ secret["b"] }}`:        "<a_1><b>",
		`https://x/{{ input.id }}?k={{ secret.key }}`: "https://x/7?k=<key>",
		`{{ '{{' }} secret.key }}`:                    "{{ secret.key }}",
		`plain`:                                       "plain",
	} {
		var text SecretText
		if err := json.Unmarshal(quoteText(source), &text); err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got, err := text.Text(t.Context(), scope, secrets)
		if err != nil || got != want {
			t.Errorf("%s gives %q, %v, want %q", source, got, err, want)
		}
		if text.HasSecrets() != strings.Contains(want, "<") {
			t.Errorf("%s: HasSecrets is %v", source, text.HasSecrets())
		}
	}
	var text SecretText
	if err := json.Unmarshal([]byte(`"{{ secret.gone }}"`), &text); err != nil {
		t.Fatal(err)
	}
	if _, err := text.Text(t.Context(), scope, secrets); !errors.Is(err, unknown) {
		t.Errorf("the error is %v", err)
	}
	if _, err := text.Text(t.Context(), scope, nil); err == nil {
		t.Error("without secrets one was found")
	}
}

func quoteText(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return b
}

// TestSecretsElsewhere: no expression can see a secret, wherever it stands.
func TestSecretsElsewhere(t *testing.T) {
	for _, raw := range []string{
		`"{{ secret.a }}"`, `"x {{ secret.a }}"`, `{"deep":["{{ secret.a }}"]}`, `"{{ input.x + secret.a }}"`, `"{{ secret }}"`,
		`"{{ size(secret.a) }}"`, `"{{ secret[input.x] }}"`, `"{{ [1].map(x, secret.a) }}"`,
	} {
		var v Value
		var problems Problems
		if err := json.Unmarshal([]byte(raw), &v); !errors.As(err, &problems) || !strings.Contains(problems[0].Message, "only in headers, URLs and api_key_secret") {
			t.Errorf("%s: %v", raw, err)
		}
		var text SecretText
		if err := json.Unmarshal([]byte(raw), &text); (err == nil) != (raw == `"{{ secret.a }}"` || raw == `"x {{ secret.a }}"`) {
			t.Errorf("%s where secrets may be: %v", raw, err)
		}
	}
	if _, err := CompileExpr("secret.a == input"); err == nil {
		t.Error("a condition may read a secret")
	}
}

func TestSecretUses(t *testing.T) {
	found := SecretUses([]byte(`{"nodes":[
		{"id":"a","type":"http","url":"https://x/{{ secret.key }}","headers":{"A/b":"Bearer {{secret['key']}}","C":"secret"}},
		{"id":"b","config":{"api_key_secret":"key","url":"{{ \u0073ecret.key }}"},"input":{"secret":"{{ input.secret.key }}"}},
		{"id":"c","config":{"api_key_secret":""}}]}`))
	var places []string
	for _, p := range found {
		places = append(places, p.Path)
	}
	want := []string{"/nodes/0/url", "/nodes/0/headers/A~1b", "/nodes/1/config/api_key_secret", "/nodes/1/config/url"}
	if d := cmp.Diff(want, places); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if found := SecretUses([]byte(`{"secret": [`)); found != nil {
		t.Errorf("of a broken document: %v", found)
	}
}

func TestValidSecret(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "_": true, "CRM_token2": true, strings.Repeat("x", 64): true,
		"": false, "2a": false, "a-b": false, "a.b": false, "ä": false, strings.Repeat("x", 65): false, "a\n": false,
	} {
		if ValidSecret(name) != want {
			t.Errorf("%q: want %v", name, want)
		}
	}
}
