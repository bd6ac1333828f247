package pathway

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Secrets in a graph: they are named, and only where a call's URL, headers or
// key are made of text. No expression ever sees one.

// secretsOnly says where a secret may be named.
const secretsOnly = "secrets may be used only in headers, URLs and api_key_secret; there a secret stands alone between its braces: {{ secret.name }}"

var (
	validSecret     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	secretReference = regexp.MustCompile(`^secret\s*(?:\.\s*([A-Za-z_][A-Za-z0-9_]{0,63})|\[\s*(?:"([A-Za-z_][A-Za-z0-9_]{0,63})"|'([A-Za-z_][A-Za-z0-9_]{0,63})')\s*\])$`)
)

// ValidSecret tells whether a secret can have a name: 1 to 64 letters, digits
// or '_', not beginning with a digit.
func ValidSecret(name string) bool { return validSecret.MatchString(name) }

// secretName gives the name of the secret that an expression is, and whether
// it is one.
func secretName(source string) (string, bool) {
	m := secretReference.FindStringSubmatch(source)
	if m == nil {
		return "", false
	}
	return m[1] + m[2] + m[3], true
}

// Secrets gives the value of a secret by its name.
type Secrets func(ctx context.Context, name string) (string, error)

// SecretText is a Value for a place where secrets may be used: in a string
// {{ secret.name }} stands for one. It is immutable and safe for concurrent
// use; the zero SecretText is absent.
type SecretText struct{ value Value }

// UnmarshalJSON is as that of Value.
func (t *SecretText) UnmarshalJSON(b []byte) error {
	return t.value.read(b, true)
}

// IsZero tells whether t was never read.
func (t *SecretText) IsZero() bool { return t.value.IsZero() }

// Text is as Value.Text, with errors of secrets as they came. The text is as
// secret as what is in it.
func (t *SecretText) Text(ctx context.Context, s *Scope, secrets Secrets) (string, error) {
	if t.value.root.text == nil {
		return t.value.Text(ctx, s)
	}
	runs := slices.Clone(t.value.root.text)
	for i, r := range runs {
		if r.secret == "" {
			continue
		}
		if secrets == nil {
			return "", errNoSecrets
		}
		text, err := secrets(ctx, r.secret)
		if err != nil {
			return "", err
		}
		runs[i] = run{text: text}
	}
	return printed(ctx, s, runs)
}

var errNoSecrets = errors.New("there are no secrets here")

// HasSecrets tells whether a secret is in the text.
func (t *SecretText) HasSecrets() bool {
	return slices.ContainsFunc(t.value.root.text, func(r run) bool { return r.secret != "" })
}

// SecretUses finds where a graph document, or any other JSON, names secrets,
// each with its pointer. The document need not be a good one.
func SecretUses(raw []byte) Problems {
	var found Problems
	secretUses("", raw, &found)
	return found
}

func secretUses(path string, raw jsontext.Value, found *Problems) {
	if !bytes.Contains(raw, []byte("secret")) && !bytes.Contains(raw, []byte(`\`)) {
		return
	}
	i := -1
	switch raw.Kind() {
	case '"':
		b, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return
		}
		pieces, _ := split(string(b))
		if slices.ContainsFunc(pieces, func(p piece) bool { _, ok := secretName(p.text); return p.code && ok }) {
			*found = append(*found, Problem{path, "uses a secret"})
		}
	case '[', '{':
		_ = each(raw, func(name string, v jsontext.Value) { // as far as it can be read
			i++
			switch {
			case raw.Kind() == '[':
				secretUses(path+at(i), v, found)
			case name == "api_key_secret" && v.Kind() == '"' && string(v) != `""`:
				*found = append(*found, Problem{path + at(name), "uses a secret"})
			default:
				secretUses(path+at(name), v, found)
			}
		})
	}
}
