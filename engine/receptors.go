package engine

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// This file stores receptors and starts what they are for.

const (
	secretPrefix = "whsec_" // of the text of a signing secret (Standard Webhooks)
	leastSecret  = 24       // bytes of a signing secret
	mostSecret   = 64       // bytes
	madeSecret   = 32       // bytes of one that is made here
	maxSecrets   = 5        // of a receptor, while they are rotated
)

// ReceptorChange is a receptor as a client wants it.
type ReceptorChange struct {
	ID   string // of the receptor that is changed; empty: a new one
	From int    // the version that was changed; see catalog.StoreReceptor
	Spec catalog.ReceptorSpec

	Secrets    []string // what shall sign its webhooks, "whsec_...", the newest first; empty: those that it has
	MakeSecret bool     // a new secret takes the place of all, if webhooks are taken
}

// StoredReceptor says what StoreReceptor stored.
type StoredReceptor struct {
	ID     string
	Seq    uint64 // of the change in the stream Catalog
	Secret string // the text of a signing secret that was made: nothing else knows it
}

// StoreReceptor checks and stores a receptor. Errors are pathway.Problems with
// pointers into the definition, *catalog.Refusal, or wrap one of the log's.
func (e *Engine) StoreReceptor(ctx context.Context, workspace string, by events.Actor, change ReceptorChange) (StoredReceptor, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return StoredReceptor{}, err
	}
	cmd := &catalog.StoreReceptor{New: change.ID == "", ID: change.ID, From: change.From, Spec: change.Spec}
	if cmd.New {
		cmd.ID = newID()
	} else if r := c.Receptor(change.ID); r != nil {
		cmd.ID, cmd.Secrets = r.ID, r.Secrets
	}
	cmd.Spec.Channels = slices.Sorted(slices.Values(cmd.Spec.Channels))
	if problems := checkChange(c, &change); len(problems) > 0 {
		return StoredReceptor{}, problems
	}
	keys, _ := readSecrets(change.Secrets)
	stored := StoredReceptor{ID: cmd.ID}
	if len(keys) == 0 && slices.Contains(cmd.Spec.Channels, catalog.ChannelWebhook) && (change.MakeSecret || len(cmd.Secrets) == 0) {
		key := make([]byte, madeSecret)
		_, _ = rand.Read(key) // never fails: see crypto/rand
		keys, stored.Secret = [][]byte{key}, secretPrefix+base64.StdEncoding.EncodeToString(key)
	}
	if len(keys) > 0 || change.MakeSecret {
		if cmd.Secrets, err = e.sealSecrets(keys, workspace, cmd.ID); err != nil {
			return StoredReceptor{}, err
		}
	}
	stored.Seq, err = e.Define(ctx, workspace, by, cmd)
	return stored, err
}

// CheckReceptor gives every problem that StoreReceptor would. The error is one
// of the log's: then nothing is known.
func (e *Engine) CheckReceptor(ctx context.Context, workspace string, change *ReceptorChange) (pathway.Problems, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return nil, err
	}
	return checkChange(c, change), nil
}

func checkChange(c *catalog.Catalog, change *ReceptorChange) pathway.Problems {
	problems := checkReceptor(c, &change.Spec)
	_, more := readSecrets(change.Secrets)
	return append(problems, more...)
}

// checkReceptor gives all problems of a receptor but those of its secrets.
func checkReceptor(c *catalog.Catalog, s *catalog.ReceptorSpec) pathway.Problems {
	var problems pathway.Problems
	bad := func(path, format string, args ...any) {
		problems = append(problems, pathway.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	if s.IsActive { // one that is at rest may have lost its target
		if err := checkTarget(c, s.Target); err != nil {
			bad("/executable_target/id", "%s", err.Message)
		}
	}
	if s.Target.Kind != "neuron" && s.Target.Kind != "pathway" {
		bad("/executable_target/kind", "this must be neuron or pathway")
	}
	for i, channel := range s.Channels {
		switch {
		case !slices.Contains(catalog.Channels, channel):
			bad("/active_channels", "%.40q is no channel: there are %s", channel, strings.Join(catalog.Channels, ", "))
		case slices.Contains(s.Channels[:i], channel):
			bad("/active_channels", "%q is given twice", channel)
		}
	}
	_, err := ParseSchedule(s.Source.Schedule, s.Source.Timezone)
	if errors.Is(err, ErrTimezone) {
		bad("/source_config/timezone", "this %s", err)
		_, err = ParseSchedule(s.Source.Schedule, "")
	}
	switch cron := slices.Contains(s.Channels, catalog.ChannelCron); {
	case s.Source.Schedule == "" && cron:
		bad("/source_config/schedule", "the channel cron needs a schedule, such as \"0 9 * * mon-fri\" or \"@every 10s\"")
	case s.Source.Schedule != "" && err != nil:
		bad("/source_config/schedule", "this %s", err)
	}
	switch s.Source.Overlap {
	case "", catalog.OverlapSkip, catalog.OverlapQueue, catalog.OverlapReplace:
	default:
		bad("/source_config/overlap", "this must be %s, %s or %s", catalog.OverlapSkip, catalog.OverlapQueue, catalog.OverlapReplace)
	}
	if s.Source.Dedupe != "" {
		if _, err := pathway.CompileMessageExpr(s.Source.Dedupe); err != nil {
			bad("/source_config/dedupe", "%s", err)
		}
	}
	return problems
}

// checkTarget tells whether a receptor can start its target now; nil when it can.
func checkTarget(c *catalog.Catalog, t catalog.Target) *catalog.Refusal {
	found, active := false, false
	switch t.Kind {
	case "neuron":
		if n := c.Neuron(t.ID); n != nil {
			found, active = true, n.IsActive
		}
	case "pathway":
		if p := c.Pathway(t.ID); p != nil {
			found, active = true, p.IsActive
		}
	default:
		return nil // said elsewhere
	}
	switch {
	case !found:
		return &catalog.Refusal{Code: "CONFLICT", Message: fmt.Sprintf("there is no %s, which this receptor starts", t)}
	case !active:
		return &catalog.Refusal{Code: "CONFLICT", Message: fmt.Sprintf("the %s, which this receptor starts, is not active", t)}
	}
	return nil
}

// Fire starts what a receptor is for. The caller sets all of s but what is to
// run: the workspace, the actor, the channel, the input. Errors are as of
// Submit; a receptor that does not fire on the channel, or whose target is
// gone, is a *catalog.Refusal with the code CONFLICT.
func (e *Engine) Fire(ctx context.Context, receptor string, s Submission) (Receipt, error) {
	s.Receptor = receptor
	return e.Submit(ctx, s)
}

// aim lets a submission start the target of its receptor.
func aim(c *catalog.Catalog, s *Submission) error {
	r := c.Receptor(s.Receptor)
	if r == nil {
		return unknownDefinition("receptor")
	}
	switch {
	case !r.IsActive:
		return inactive("receptor", s.Receptor)
	case slices.Contains(catalog.Channels, s.Channel) && !slices.Contains(r.Channels, s.Channel):
		return &catalog.Refusal{Code: "CONFLICT", Message: fmt.Sprintf("the receptor %.80q does not fire on the channel %s: it is not in active_channels", s.Receptor, s.Channel)}
	}
	if err := checkTarget(c, r.Target); err != nil {
		return err
	}
	s.Receptor = r.ID
	switch r.Target.Kind {
	case "neuron":
		s.Neuron = r.Target.ID
	default:
		s.Pathway = r.Target.ID
	}
	return nil
}

// readSecrets reads the texts of signing secrets. No problem quotes one.
func readSecrets(texts []string) ([][]byte, pathway.Problems) {
	const path = "/source_config/signing_secret"
	if len(texts) > maxSecrets {
		return nil, pathway.Problems{{Path: path, Message: fmt.Sprintf("there may be at most %d secrets", maxSecrets)}}
	}
	var keys [][]byte
	var problems pathway.Problems
	for i, text := range texts {
		at := path
		if len(texts) > 1 {
			at = fmt.Sprintf("%s/%d", path, i)
		}
		encoded, ok := strings.CutPrefix(text, secretPrefix)
		key, err := base64.StdEncoding.Strict().DecodeString(encoded)
		switch {
		case !ok || err != nil || strings.ContainsAny(encoded, "\r\n"):
			problems = append(problems, pathway.Problem{Path: at, Message: "this must be " + secretPrefix + " and base64"})
		case len(key) < leastSecret || len(key) > mostSecret:
			problems = append(problems, pathway.Problem{Path: at, Message: fmt.Sprintf("a secret has %d to %d bytes, before base64", leastSecret, mostSecret)})
		case slices.Contains(texts[:i], text):
			problems = append(problems, pathway.Problem{Path: at, Message: "this secret is given twice"})
		}
		keys = append(keys, key)
	}
	return keys, problems
}

var errNoMaster = errors.New("this instance has no master key to seal secrets with")

func (e *Engine) sealSecrets(keys [][]byte, workspace, receptor string) ([]string, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	if e.box == nil {
		return nil, errNoMaster
	}
	sealed := make([]string, 0, len(keys))
	for _, key := range keys {
		sealed = append(sealed, e.box.Seal(key, "receptor", workspace, receptor))
	}
	return sealed, nil
}

// Webhook is what is needed to take a message for a receptor.
type Webhook struct {
	Receptor *catalog.Receptor
	Keys     [][]byte // those that may have signed it
}

// Webhook finds a receptor that takes webhooks, nil when there is none that
// does: it is unknown, not active, or has not that channel. An error wraps one
// of the log's, or seal.ErrOpen.
func (e *Engine) Webhook(ctx context.Context, workspace, id string) (*Webhook, error) {
	c, err := e.catalog(ctx, workspace)
	if err != nil {
		return nil, err
	}
	r := c.Receptor(id)
	if r == nil || r.ID != id || !r.IsActive || !slices.Contains(r.Channels, catalog.ChannelWebhook) {
		return nil, nil
	}
	if e.box == nil {
		return nil, errNoMaster
	}
	h := &Webhook{Receptor: r}
	for _, sealed := range r.Secrets {
		key, err := e.box.Open(sealed, "receptor", workspace, id)
		if err != nil {
			return nil, fmt.Errorf("the signing secrets of receptor %s (is master_key, or the file master.key, the one that it was stored with?): %w", id, err)
		}
		h.Keys = append(h.Keys, key)
	}
	return h, nil
}

// Message is a webhook whose signature was found good.
type Message struct {
	ID      string // as its sender named it
	Body    jsontext.Value
	Headers map[string]string // by their names in lower case, without what is secret
}

// maxDedupe bounds the value of a dedupe expression, in bytes of its JSON.
const maxDedupe = 4 << 10

// Deliver starts what a webhook's receptor is for, once for each message: the
// job's id follows from the message's id, or from the value that the receptor's
// dedupe expression gives. Errors are as of Fire; pathway.Problems are about
// that value.
func (e *Engine) Deliver(ctx context.Context, h *Webhook, m *Message) (Receipt, error) {
	r := h.Receptor
	s := Submission{
		Workspace: r.Workspace, Actor: events.Actor{Kind: "receptor", ID: r.ID}, Channel: catalog.ChannelWebhook,
		Route: "hook/" + r.ID, IdempotencyKey: "id " + m.ID,
	}
	if r.Source.Dedupe != "" {
		value, err := dedupe(ctx, r.Source.Dedupe, m)
		if err != nil {
			return Receipt{}, err
		}
		s.IdempotencyKey = "value " + string(value)
	}
	input := struct {
		Body      jsontext.Value    `json:"body"`
		Headers   map[string]string `json:"headers"`
		WebhookID string            `json:"webhook_id"`
	}{m.Body, m.Headers, m.ID}
	var err error
	if s.Input, err = json.Marshal(input, json.Deterministic(true)); err != nil {
		return Receipt{}, fmt.Errorf("make a webhook's input: %w", err)
	}
	receipt, err := e.Fire(ctx, r.ID, s)
	var problems pathway.Problems
	if errors.As(err, &problems) { // they are no fault of the message
		err = &catalog.Refusal{Code: "CONFLICT", Message: fmt.Sprintf("the %s, which this receptor starts, can no longer run as it is: %.300s", r.Target, problems.Error())}
	}
	return receipt, err
}

// dedupe evaluates a receptor's dedupe expression.
func dedupe(ctx context.Context, source string, m *Message) (jsontext.Value, error) {
	bad := func(format string, args ...any) error {
		return pathway.Problems{{Message: "dedupe: " + fmt.Sprintf(format, args...)}}
	}
	expr, err := pathway.CompileMessageExpr(source)
	if err != nil {
		return nil, bad("%s", err)
	}
	value, err := expr.Value(ctx, pathway.NewMessage(m.Body, m.Headers))
	switch {
	case ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, bad("%s", err)
	case len(value) > maxDedupe:
		return nil, bad("the value has more than %d bytes", maxDedupe)
	}
	switch value.Kind() {
	case '"', '0', 't', 'f':
		return value, nil
	}
	return nil, bad("the value must be a string, a number, true or false")
}
