package nodes

// Secrets in settings: they are named there, and resolved for each call.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"ranvier/engine/pathway"
)

// Codes of failures of secrets; both are final.
const (
	CodeSecretUnknown  = "SECRET_UNKNOWN"  // there is no secret of that name
	CodeSecretUnusable = "SECRET_UNUSABLE" // it cannot be opened, or not be sent as it is
)

// secretTemplate is a template for a place where secrets may be used.
type secretTemplate struct {
	pathway.SecretText
	raw []byte
}

// UnmarshalJSON compiles it.
func (t *secretTemplate) UnmarshalJSON(b []byte) error {
	t.raw = bytes.Clone(b)
	return t.SecretText.UnmarshalJSON(b)
}

// given tells whether the field was there.
func (t *secretTemplate) given() bool { return t.raw != nil }

// text evaluates it to text that may hold secrets; field is its name for the
// failure's message.
func (t *secretTemplate) text(ctx context.Context, r *Request, s *pathway.Scope, field string) (string, error) {
	v, err := t.Text(ctx, s, r.secret)
	var failure *Failure
	switch {
	case errors.As(err, &failure):
		return "", failure
	case err != nil:
		return "", evalFailure(ctx, field, err)
	}
	return v, nil
}

// secret resolves a secret. It is a pathway.Secrets.
func (r *Request) secret(ctx context.Context, name string) (string, error) {
	if r.Secret == nil {
		return "", &Failure{Code: CodeSecretUnknown, Final: true, Message: fmt.Sprintf("there is no secret %q here", name)}
	}
	return r.Secret(ctx, name)
}

// sendable tells whether text can stand in a header (RFC 9110, 5.5).
func sendable(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// clean takes what is secret out of a step that is about to be recorded and
// told to a model.
func (r *Request) clean(s Step) Step {
	if r.Clean == nil {
		return s
	}
	switch s := s.(type) {
	case Turn:
		s.Reply = r.Clean(s.Reply, false)
		return s
	case Call:
		s.Arguments = r.Clean(s.Arguments, false)
		return s
	case Answer:
		s.Result = r.Clean(s.Result, s.Code != "")
		return s
	}
	return s
}
