package events

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Actor is who caused an event.
type Actor struct {
	ID   string `json:"id"`   // the key's id, the engine's instance id...
	Kind string `json:"kind"` // "key", "engine"
}

// Event is a fact in its place.
type Event struct {
	N     uint64 // counts the subject's events from 1 without a hole
	At    Time   // the decision's time; all events of a commit share it
	Actor Actor
	Fact  Fact
	Prev  Hash // hash of event N-1, zero for the first
	Hash  Hash

	canonical []byte // what Hash was taken over, beside Prev
}

// Canonical gives the bytes that, after those of Prev, the event's hash is
// taken over (chain.go). The caller must not change them.
func (e *Event) Canonical() []byte { return e.canonical }

// Head is the end of a subject's history as a writer saw it. The zero Head is
// a subject without history.
type Head struct {
	Seq  uint64 // stream sequence of its last commit
	N    uint64 // number of its last event
	Hash Hash   // hash of its last event
}

// Commit holds the 1..n events of one decision. It is stored as one message,
// so it is in the log whole or not at all.
type Commit struct {
	Subject Subject
	Seq     uint64 // its sequence in the stream; set by Log.Append and by Decode
	ID      string // made by the writer; tells an own commit from another's after an unknown outcome
	After   uint64 // the subject's last sequence that the writer saw; not stored
	Token   uint64 // the last token chunk of the job that came before it
	Events  []Event

	encoded []byte
}

// Draft is what a writer knows of a commit beside its facts.
type Draft struct {
	Subject Subject
	Head    Head   // what the decision was based on
	ID      string // unique, at most 64 bytes
	Token   uint64
	At      Time
	Actor   Actor
}

// Seal numbers, hashes and chains the facts into a commit ready to append. It
// panics when there is no fact, and fails when the facts hold text that is no
// UTF-8. The commit keeps the facts; the caller must not change them.
func Seal(d Draft, facts ...Fact) (*Commit, error) {
	if len(facts) == 0 {
		panic("events: a commit without facts")
	}
	c := &Commit{
		Subject: d.Subject, ID: d.ID, After: d.Head.Seq, Token: d.Token,
		Events: make([]Event, len(facts)),
	}
	prev := d.Head.Hash
	for i, f := range facts {
		e := Event{N: d.Head.N + 1 + uint64(i), At: d.At, Actor: d.Actor, Fact: f, Prev: prev}
		if err := e.seal(d.Subject); err != nil {
			return nil, fmt.Errorf("sealing %s: %w", f.Type(), err)
		}
		prev = e.Hash
		c.Events[i] = e
	}
	b, err := c.encode()
	if err != nil {
		return nil, fmt.Errorf("encoding a commit: %w", err)
	}
	c.encoded = b
	return c, nil
}

// Head is the subject's end once this commit is its last.
func (c *Commit) Head() Head {
	last := &c.Events[len(c.Events)-1]
	return Head{Seq: c.Seq, N: last.N, Hash: last.Hash}
}

// Cursor is the commit's place; only for commits of the stream Jobs.
func (c *Commit) Cursor() Cursor { return Cursor{Job: c.Seq, Token: c.Token} }

// At is the time of the decision.
func (c *Commit) At() Time { return c.Events[0].At }

// Bytes gives the stored form. The caller must not change it.
func (c *Commit) Bytes() []byte { return c.encoded }

// message is the stored form of a commit, as it is read. encode writes it.
type message struct {
	ID     string         `json:"id"`
	Prev   Hash           `json:"prev"`  // of the first event; the others follow
	Token  uint64         `json:"token"` //
	Events []messageEvent `json:"events"`
}

type messageEvent struct {
	Hash      Hash             `json:"hash"`
	Canonical jsontext.Value   `json:"event"`
	Payloads  []jsontext.Value `json:"payloads"` // in the fact's order; null where absent or erased
}

// encode writes the stored form. All parts are JSON already, so they are only
// put together.
func (c *Commit) encode() ([]byte, error) {
	size := 256
	for i := range c.Events {
		size += len(c.Events[i].canonical) + 128
		for _, p := range c.Events[i].Fact.payloads() {
			size += len(p.Raw) + 8
		}
	}
	b := append(make([]byte, 0, size), `{"id":`...)
	b, err := jsontext.AppendQuote(b, c.ID)
	if err != nil {
		return nil, err
	}
	b = append(b, `,"prev":"`...)
	b = hex.AppendEncode(b, c.Events[0].Prev[:])
	b = append(b, `","token":`...)
	b = strconv.AppendUint(b, c.Token, 10)
	b = append(b, `,"events":[`...)
	for i := range c.Events {
		e := &c.Events[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"hash":"`...)
		b = hex.AppendEncode(b, e.Hash[:])
		b = append(b, `","event":`...)
		b = append(b, e.canonical...)
		for j, p := range e.Fact.payloads() {
			if j == 0 {
				b = append(b, `,"payloads":[`...)
			} else {
				b = append(b, ',')
			}
			b = append(b, p.JSON()...)
		}
		if len(e.Fact.payloads()) > 0 {
			b = append(b, ']')
		}
		b = append(b, '}')
	}
	return append(b, "]}"...), nil
}

// trusted are the options for reading what this program wrote: duplicate names
// are not looked for.
var trusted = jsontext.AllowDuplicateNames(true)

// ErrDecode is wrapped by every error of Decode.
var ErrDecode = errors.New("not a stored commit")

// Decode reads what Commit.Bytes gave. Facts of a type that this program does
// not know are an error: it is older than its log. Decode does not verify
// hashes, see Verify. The commit keeps b.
func Decode(s Subject, seq uint64, b []byte) (*Commit, error) {
	var m message
	if err := json.Unmarshal(b, &m, trusted, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecode, err)
	}
	if len(m.Events) == 0 {
		return nil, fmt.Errorf("%w: no events", ErrDecode)
	}
	c := &Commit{Subject: s, Seq: seq, ID: m.ID, Token: m.Token, Events: make([]Event, len(m.Events)), encoded: b}
	prev := m.Prev
	for i := range m.Events {
		me := &m.Events[i]
		e := &c.Events[i]
		e.Prev, e.Hash, e.canonical = prev, me.Hash, me.Canonical
		prev = me.Hash
		if err := e.open(me.Payloads); err != nil {
			return nil, fmt.Errorf("%w: event %d of it: %w", ErrDecode, i, err)
		}
	}
	return c, nil
}
