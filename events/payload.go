package events

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Hash is a SHA-256; as JSON it is 64 hex digits.
type Hash [sha256.Size]byte

// HashOf is the SHA-256 of b.
func HashOf(b []byte) Hash { return sha256.Sum256(b) }

// String gives 64 hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero tells whether h is the hash before a subject's first event.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText gives 64 hex digits.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads 64 hex digits.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return errors.New("a hash has 64 hex digits")
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// Payload is user data inside a fact: an input, an output, an answer, labels.
// In an event's canonical bytes it is {"sha256": "<digest of Raw>"}; Raw itself
// is stored beside them, so it can be erased or moved while the chain still
// verifies. The zero Payload stands for data that was never given.
type Payload struct {
	Sum Hash           // SHA-256 of Raw exactly as it is stored and served
	Raw jsontext.Value // compact JSON; nil when absent, apart or erased

	Apart *Apart // the data is stored beside the commit (apart.go); nil otherwise
}

// NewPayload takes JSON text as user data and keeps a copy without white
// space and needless escapes: the digest is over the bytes that will be
// stored. It fails when raw is not strict JSON (RFC 8259 in UTF-8, no
// duplicate names). Empty text gives the zero Payload.
func NewPayload(raw []byte) (Payload, error) {
	if len(raw) == 0 {
		return Payload{}, nil
	}
	b, err := jsontext.AppendFormat(make([]byte, 0, len(raw)), raw)
	if err != nil {
		return Payload{}, fmt.Errorf("payload: %w", err)
	}
	return Payload{Sum: HashOf(b), Raw: b}, nil
}

// PayloadOf is NewPayload of v's JSON. It panics when v has none.
func PayloadOf(v any) Payload {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic("events: payload: " + err.Error())
	}
	return Payload{Sum: HashOf(b), Raw: b}
}

// IsZero tells whether no data was ever given. An erased payload is not zero.
func (p Payload) IsZero() bool { return p.Sum.IsZero() }

// Erased tells whether there was data that is no longer stored.
func (p Payload) Erased() bool { return !p.IsZero() && p.Raw == nil && p.Apart == nil }

// JSON gives the data, or null where there is none or it is stored apart.
func (p Payload) JSON() jsontext.Value {
	if p.Raw == nil {
		return jsontext.Value("null")
	}
	return p.Raw
}

const payloadOpen, payloadClose = `{"sha256":"`, `"}`

// MarshalJSONTo writes the canonical form, the digest alone.
func (p Payload) MarshalJSONTo(enc *jsontext.Encoder) error {
	if p.IsZero() {
		return enc.WriteToken(jsontext.Null)
	}
	var b [len(payloadOpen) + 64 + len(payloadClose)]byte
	n := copy(b[:], payloadOpen)
	n += hex.Encode(b[n:], p.Sum[:])
	copy(b[n:], payloadClose)
	return enc.WriteValue(b[:])
}

// UnmarshalJSON reads the canonical form; Raw is put back by Decode.
func (p *Payload) UnmarshalJSON(b []byte) error {
	*p = Payload{}
	if string(b) == "null" {
		return nil
	}
	n := len(payloadOpen)
	if len(b) != n+64+len(payloadClose) || string(b[:n]) != payloadOpen {
		return fmt.Errorf("%.20q is no payload digest", b)
	}
	return p.Sum.UnmarshalText(b[n : n+64])
}

// WithValues is a JSON option under which a payload is written as
// {"sha256": digest, "value": data}, or {"sha256", "apart": true, "size"} when
// it is stored apart, or the digest alone once erased: the form that auditors
// are served.
func WithValues() json.Options {
	return json.WithMarshalers(json.MarshalToFunc(func(enc *jsontext.Encoder, p Payload) error {
		if p.IsZero() {
			return enc.WriteToken(jsontext.Null)
		}
		for _, t := range []jsontext.Token{
			jsontext.BeginObject, jsontext.String("sha256"), jsontext.String(p.Sum.String()),
		} {
			if err := enc.WriteToken(t); err != nil {
				return err
			}
		}
		switch {
		case p.Raw != nil:
			if err := enc.WriteToken(jsontext.String("value")); err != nil {
				return err
			}
			if err := enc.WriteValue(p.Raw); err != nil {
				return err
			}
		case p.Apart != nil:
			for _, t := range []jsontext.Token{
				jsontext.String("apart"), jsontext.True, jsontext.String("size"), jsontext.Int(p.Apart.Size),
			} {
				if err := enc.WriteToken(t); err != nil {
					return err
				}
			}
		}
		return enc.WriteToken(jsontext.EndObject)
	}))
}
