package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"ranvier/engine/catalog"
	"ranvier/engine/nodes"
	"ranvier/engine/pathway"
	"ranvier/engine/scrub"
	"ranvier/events"
)

// This file stores secrets, opens them for attempts, and takes them out of what
// attempts give.

// mostSecretBytes is the most that a secret's value may have.
const mostSecretBytes = 64 << 10

// CheckSecret gives every problem of a secret. No message quotes the value.
func CheckSecret(name, value string) pathway.Problems {
	var problems pathway.Problems
	bad := func(path, format string, args ...any) {
		problems = append(problems, pathway.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	if !pathway.ValidSecret(name) {
		bad("/name", "a secret's name has 1 to 64 letters, digits or '_', and does not begin with a digit: it is used as {{ secret.name }}")
	}
	switch {
	case len(value) < scrub.Least:
		bad("/value", "a secret has at least %d bytes: a shorter one could not be told from other text, and so not be kept out of it", scrub.Least)
	case len(value) > mostSecretBytes:
		bad("/value", "a secret has at most %d bytes", mostSecretBytes)
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		bad("/value", "a secret is text without NUL")
	}
	return problems
}

// StoreSecret seals and stores a secret, in place of one that has the name.
// Errors are as of Define, and pathway.Problems.
func (e *Engine) StoreSecret(ctx context.Context, workspace string, by events.Actor, name, value string) error {
	if problems := CheckSecret(name, value); len(problems) > 0 {
		return problems
	}
	if e.box == nil {
		return errNoMaster
	}
	_, err := e.Define(ctx, workspace, by, &catalog.StoreSecret{Name: name, Sealed: e.box.Seal([]byte(value), "secret", workspace, name)})
	return err
}

// Secrets gives the secrets of a workspace, by name. The error is one of the
// log's.
func (e *Engine) Secrets(ctx context.Context, workspace string) ([]*catalog.Secret, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return nil, err
	}
	return c.Secrets(), nil
}

// Secret finds a secret, or refuses with the code NOT_FOUND. The error may also
// be one of the log's.
func (e *Engine) Secret(ctx context.Context, workspace, name string) (*catalog.Secret, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return nil, err
	}
	if s := c.Secret(name); s != nil {
		return s, nil
	}
	return nil, unknownDefinition("secret")
}

// openSecret gives a secret's value as it is now. Errors are *nodes.Failure, or
// wrap one of the log's.
func (e *Engine) openSecret(ctx context.Context, workspace, name string) (string, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return "", err
	}
	s := c.Secret(name)
	if s == nil {
		return "", &nodes.Failure{Code: nodes.CodeSecretUnknown, Final: true, Message: fmt.Sprintf("there is no secret %.64q in this workspace", name)}
	}
	if e.box == nil {
		return "", errNoMaster
	}
	value, err := e.box.Open(s.Sealed, "secret", workspace, name)
	if err != nil {
		return "", &nodes.Failure{
			Code: nodes.CodeSecretUnusable, Final: true, Err: err,
			Message: fmt.Sprintf("the secret %.64q was stored with another master key: store it again", name),
		}
	}
	return string(value), nil
}

// secretsFor gives an attempt the secrets of its workspace. Each that it opens
// is in opened before the attempt has it.
func (e *Engine) secretsFor(workspace string, opened *scrub.Set) func(context.Context, string) (string, error) {
	return func(ctx context.Context, name string) (string, error) {
		value, err := e.openSecret(ctx, workspace, name)
		if err == nil {
			opened.Add(value)
		}
		return value, err
	}
}

// withoutSecrets takes what an attempt opened out of what it gives.
func withoutSecrets(opened *scrub.Set, o nodes.Outcome, err error) (nodes.Outcome, error) {
	if opened.Empty() {
		return o, err
	}
	if err != nil {
		return nil, errWithoutSecrets(opened, err)
	}
	switch o := o.(type) {
	case nodes.Done:
		o.Output = opened.JSON(o.Output, false)
		return o, nil
	case nodes.Wait:
		if o.Ask != nil {
			o.Ask = &questions(opened, []nodes.Question{*o.Ask})[0]
		}
		return o, nil
	case nodes.Spawn:
		o.Jobs = subJobs(opened, o.Jobs)
		return o, nil
	case nodes.Await:
		o.Ask, o.Spawn = questions(opened, o.Ask), subJobs(opened, o.Spawn)
		return o, nil
	}
	return o, nil
}

func questions(opened *scrub.Set, asked []nodes.Question) []nodes.Question {
	asked = slices.Clone(asked)
	for i := range asked {
		q := &asked[i]
		q.Prompt, q.Fields = opened.Text(q.Prompt), opened.JSON(q.Fields, false)
	}
	return asked
}

func subJobs(opened *scrub.Set, jobs []nodes.SubJob) []nodes.SubJob {
	jobs = slices.Clone(jobs)
	for i := range jobs {
		jobs[i].Input = opened.JSON(jobs[i].Input, false)
	}
	return jobs
}

// errWithoutSecrets keeps what is known of an error besides its text.
func errWithoutSecrets(opened *scrub.Set, err error) error {
	var failure *nodes.Failure
	if errors.As(err, &failure) {
		f := *failure
		f.Message = opened.Message(f.Message)
		f.Err = nil // it may quote anything
		return &f
	}
	text := opened.Message(err.Error())
	if text == err.Error() {
		return err
	}
	return &nodes.Failure{Code: nodes.CodeNode, Message: text}
}
