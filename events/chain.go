package events

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The chain
//
// hash(n) = SHA-256( hash(n-1) || canonical(n) ), where hash(0) is 32 zero
// bytes and canonical(n) is the RFC 8785 (JCS) form of
//
//	{"actor": {"id", "kind"}, "at", "data": {...}, "n", "subject", "type"}
//
// "data" is the fact with every user payload replaced by {"sha256": "<64 hex
// digits>"}, the digest of the payload's bytes as stored and served, or null
// where none was given. "subject" is "jobs.<workspace>.<job>".

// canonicalEvent is canonical(n); fields in the order of their JSON names.
type canonicalEvent struct {
	Actor   Actor  `json:"actor"`
	At      Time   `json:"at"`
	Data    Fact   `json:"data"`
	N       uint64 `json:"n"`
	Subject string `json:"subject"`
	Type    string `json:"type"`
}

// seal sets the event's canonical bytes and hash from its other fields.
func (e *Event) seal(s Subject) error {
	b, err := json.Marshal(&canonicalEvent{
		Actor: e.Actor, At: e.At, Data: e.Fact, N: e.N, Subject: s.String(), Type: e.Fact.Type(),
	})
	if err != nil {
		return err
	}
	e.canonical = b
	e.Hash = chain(e.Prev, b)
	return nil
}

// open sets the event's other fields from its canonical bytes and payloads.
func (e *Event) open(raw []jsontext.Value) error {
	kind, err := kindOf(e.canonical)
	if err != nil {
		return err
	}
	make := blank[kind]
	if make == nil {
		return fmt.Errorf("unknown fact %.80q", kind)
	}
	o := canonicalEvent{Data: make()}
	if err := json.Unmarshal(e.canonical, &o, trusted); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	if o.Data == nil || o.Type != kind {
		return fmt.Errorf("%s: not in canonical form", kind)
	}
	e.N, e.At, e.Actor, e.Fact = o.N, o.At, o.Actor, o.Data
	for i, p := range e.Fact.payloads() {
		if i < len(raw) && !p.IsZero() && !isNull(raw[i], p.Sum) {
			p.Raw = raw[i]
		}
	}
	return nil
}

// kindOf finds the type in canonical bytes, where it comes last.
func kindOf(canonical []byte) (string, error) {
	const before, after = `,"type":"`, `"}`
	i := bytes.LastIndex(canonical, []byte(before))
	if i < 0 || !bytes.HasSuffix(canonical, []byte(after)) || i+len(before)+len(after) > len(canonical) {
		return "", errors.New("not in canonical form")
	}
	return string(canonical[i+len(before) : len(canonical)-len(after)]), nil
}

var nullHash = HashOf([]byte("null"))

// isNull tells whether a stored null stands for an absent or erased payload
// and not for a payload that is itself null.
func isNull(raw jsontext.Value, sum Hash) bool {
	return string(raw) == "null" && sum != nullHash
}

func chain(prev Hash, canonical []byte) Hash {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(canonical)
	return Hash(h.Sum(nil))
}

// ErrChain is wrapped by every error of Verify: the history was changed, or
// part of it is missing.
var ErrChain = errors.New("the event chain is broken")

// Verify checks that c continues a history that ended at head: its number,
// its hashes, its subject and its payloads' digests. It gives the new head.
// Erased payloads are not an error.
func Verify(head Head, c *Commit) (Head, error) {
	subject := c.Subject.String()
	for i := range c.Events {
		e := &c.Events[i]
		if e.N != head.N+1 {
			return head, fmt.Errorf("%w: %s has event %d after %d", ErrChain, subject, e.N, head.N)
		}
		if e.Prev != head.Hash {
			return head, fmt.Errorf("%w: %s event %d does not follow event %d", ErrChain, subject, e.N, head.N)
		}
		if chain(e.Prev, e.canonical) != e.Hash {
			return head, fmt.Errorf("%w: %s event %d does not have its hash", ErrChain, subject, e.N)
		}
		if !bytes.Contains(e.canonical, []byte(`"subject":"`+subject+`"`)) {
			return head, fmt.Errorf("%w: %s event %d is of another subject", ErrChain, subject, e.N)
		}
		for _, p := range e.Fact.payloads() {
			if p.Raw != nil && HashOf(p.Raw) != p.Sum {
				return head, fmt.Errorf("%w: %s event %d has a changed payload", ErrChain, subject, e.N)
			}
		}
		head.N, head.Hash = e.N, e.Hash
	}
	head.Seq = c.Seq
	return head, nil
}
