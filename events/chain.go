package events

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

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
// The bytes must be exactly what seal wrote.
func (e *Event) open(raw []jsontext.Value, apart []*storedApart) error {
	p := canonicalParser{rest: e.canonical}
	e.Actor.ID = p.text(`{"actor":{"id":`)
	e.Actor.Kind = p.text(`,"kind":`)
	at := p.text(`},"at":`)
	data := p.data()
	number := p.until(`,"n":`, ',')
	p.text(`,"subject":`)
	kind := p.text(`,"type":`)
	if p.failed || string(p.rest) != "}" {
		return errors.New("an event is not in canonical form")
	}
	fresh := blank[kind]
	if fresh == nil {
		return fmt.Errorf("unknown fact %.80q", kind)
	}
	e.Fact = fresh()
	if string(data) != "{}" {
		if err := json.Unmarshal(data, e.Fact, trusted); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	var err error
	if e.N, err = strconv.ParseUint(string(number), 10, 64); err != nil {
		return fmt.Errorf("number of an event: %w", err)
	}
	if err := e.At.UnmarshalText([]byte(at)); err != nil {
		return err
	}
	for i, p := range e.Fact.payloads() {
		switch {
		case i < len(apart) && apart[i] != nil:
			if p.IsZero() || i >= len(raw) || !isNull(raw[i], p.Sum) {
				return fmt.Errorf("%s has data that is both here and apart", kind)
			}
			p.Apart = &Apart{Preview: apart[i].Preview, Size: apart[i].Size}
			if p.Apart.check(p.Sum) != apart[i].Check {
				return fmt.Errorf("%s does not say rightly what is apart", kind)
			}
		case i < len(raw) && !p.IsZero() && !isNull(raw[i], p.Sum):
			p.Raw = raw[i]
		}
	}
	return nil
}

// canonicalParser reads canonical bytes from the front, in their one order.
type canonicalParser struct {
	rest   []byte
	failed bool
}

// skip passes over what must come next.
func (p *canonicalParser) skip(what string) {
	if p.failed = p.failed || !bytes.HasPrefix(p.rest, []byte(what)); !p.failed {
		p.rest = p.rest[len(what):]
	}
}

// text reads the string behind what must come next.
func (p *canonicalParser) text(before string) string {
	p.skip(before)
	if p.failed || len(p.rest) == 0 || p.rest[0] != '"' {
		p.failed = true
		return ""
	}
	escaped := false
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			quoted := p.rest[:i+1]
			p.rest = p.rest[i+1:]
			if !escaped {
				return string(quoted[1:i])
			}
			plain, err := jsontext.AppendUnquote(nil, quoted)
			p.failed = err != nil
			return string(plain)
		}
	}
	p.failed = true
	return ""
}

// data reads the fact. It ends where the last "n" of the bytes begins, since
// nothing behind it can hold another.
func (p *canonicalParser) data() []byte {
	p.skip(`,"data":`)
	end := bytes.LastIndex(p.rest, []byte(`,"n":`))
	if p.failed || end < 0 {
		p.failed = true
		return nil
	}
	data := p.rest[:end]
	p.rest = p.rest[end:]
	return data
}

// until reads behind what must come next up to a byte.
func (p *canonicalParser) until(before string, end byte) []byte {
	p.skip(before)
	i := bytes.IndexByte(p.rest, end)
	if p.failed || i < 0 {
		p.failed = true
		return nil
	}
	got := p.rest[:i]
	p.rest = p.rest[i:]
	return got
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
