package events

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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
//
//	{"id", "prev", "token", "events": [{"hash", "event", "payloads", "apart"}...]}
//
// "prev" is the hash before the first event, the others follow; "event" is in
// canonical form; "payloads" stand in the fact's order, null where absent; there
// is no such list once they are erased. "apart" stands in the same order for
// what is stored apart, null for what is not; it is there only if something is.
type message struct {
	source []byte // what is read; the parts are slices of it
	id     string
	prev   Hash
	token  uint64
	events []messageEvent
}

type messageEvent struct {
	hash      Hash
	canonical jsontext.Value
	payloads  []jsontext.Value
	apart     []*storedApart
}

// UnmarshalJSONFrom reads a message in one pass and without copying. Unknown
// names are an error: one flipped bit in a name must not hide what it names.
func (m *message) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return eachMember(dec, func(name string) (err error) {
		switch name {
		case "id":
			return json.UnmarshalDecode(dec, &m.id)
		case "prev":
			return json.UnmarshalDecode(dec, &m.prev)
		case "token":
			return json.UnmarshalDecode(dec, &m.token)
		case "events":
			return eachElement(dec, func() error {
				m.events = append(m.events, messageEvent{})
				return m.readEvent(dec, &m.events[len(m.events)-1])
			})
		}
		return fmt.Errorf("unknown name %.40q", name)
	})
}

func (m *message) readEvent(dec *jsontext.Decoder, e *messageEvent) error {
	return eachMember(dec, func(name string) (err error) {
		switch name {
		case "hash":
			return json.UnmarshalDecode(dec, &e.hash)
		case "event":
			e.canonical, err = m.slice(dec)
			return err
		case "payloads":
			return eachElement(dec, func() error {
				v, err := m.slice(dec)
				e.payloads = append(e.payloads, v)
				return err
			})
		case "apart":
			return json.UnmarshalDecode(dec, &e.apart, json.RejectUnknownMembers(true))
		}
		return fmt.Errorf("unknown name %.40q", name)
	})
}

// slice reads a value and gives the place in source where it stands.
func (m *message) slice(dec *jsontext.Decoder) (jsontext.Value, error) {
	v, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := dec.InputOffset()
	return m.source[end-int64(len(v)) : end : end], nil
}

// eachMember calls read after each name of an object.
func eachMember(dec *jsontext.Decoder, read func(name string) error) error {
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return errors.Join(err, errors.New("an object is missing"))
	}
	for dec.PeekKind() != '}' {
		t, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := read(t.String()); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// eachElement calls read before each element of an array.
func eachElement(dec *jsontext.Decoder, read func() error) error {
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '[' {
		return errors.Join(err, errors.New("an array is missing"))
	}
	for dec.PeekKind() != ']' {
		if err := read(); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// encode writes the stored form. All parts are JSON already, so they are only
// put together.
func (c *Commit) encode() ([]byte, error) {
	size := 256
	for i := range c.Events {
		size += len(c.Events[i].canonical) + 128
		for _, p := range c.Events[i].Fact.payloads() {
			size += len(p.Raw) + 8
			if p.Apart != nil {
				size += 2 * MaxPreview
			}
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
		payloads := e.Fact.payloads()
		if slices.ContainsFunc(payloads, func(p *Payload) bool { return p.Erased() }) {
			payloads = nil // they go all together
		}
		for j, p := range payloads {
			if j == 0 {
				b = append(b, `,"payloads":[`...)
			} else {
				b = append(b, ',')
			}
			b = append(b, p.JSON()...)
		}
		if len(payloads) > 0 {
			b = append(b, ']')
		}
		if slices.ContainsFunc(payloads, func(p *Payload) bool { return p.Apart != nil }) {
			if b, err = appendApart(b, payloads); err != nil {
				return nil, err
			}
		}
		b = append(b, '}')
	}
	return append(b, "]}"...), nil
}

func appendApart(b []byte, payloads []*Payload) ([]byte, error) {
	apart := make([]*storedApart, len(payloads))
	for i, p := range payloads {
		if p.Apart != nil {
			apart[i] = &storedApart{p.Apart.check(p.Sum), p.Apart.Preview, p.Apart.Size}
		}
	}
	v, err := json.Marshal(apart)
	if err != nil {
		return nil, err
	}
	return append(append(b, `,"apart":`...), v...), nil
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
	m := message{source: b}
	if err := json.Unmarshal(b, &m, trusted); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecode, err)
	}
	if len(m.events) == 0 {
		return nil, fmt.Errorf("%w: no events", ErrDecode)
	}
	c := &Commit{Subject: s, Seq: seq, ID: m.id, Token: m.token, Events: make([]Event, len(m.events)), encoded: b}
	prev := m.prev
	for i := range m.events {
		me := &m.events[i]
		e := &c.Events[i]
		e.Prev, e.Hash, e.canonical = prev, me.hash, me.canonical
		prev = me.hash
		if err := e.open(me.payloads, me.apart); err != nil {
			return nil, fmt.Errorf("%w: event %d of it: %w", ErrDecode, i, err)
		}
	}
	return c, nil
}
