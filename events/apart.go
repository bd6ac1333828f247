package events

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"unicode/utf8"
)

// This file is about payloads that are too large for a commit
// (docs/decisions/0020).

// Apart stands in a commit for data that is stored beside it, by Log.PutBlob.
// It is not part of the event's canonical bytes, which hold the digest alone:
// what is binding is the data that has the digest.
type Apart struct {
	Preview string // how the data begins, at most MaxPreview bytes of its JSON text
	Size    int64  // bytes of the data
}

// storedApart is an Apart in a stored commit.
type storedApart struct {
	Check   Hash   `json:"check"` // so that no flipped bit goes unnoticed
	Preview string `json:"preview"`
	Size    int64  `json:"size"`
}

// check is the SHA-256 of the data's digest, the size and the preview.
func (a *Apart) check(sum Hash) Hash {
	b := binary.BigEndian.AppendUint64(bytes.Clone(sum[:]), uint64(a.Size))
	return HashOf(append(b, a.Preview...))
}

// MaxPreview bounds what a commit shows of data that is stored apart, in bytes.
const MaxPreview = 1 << 10

// ErrBlob: data that a commit names is missing or was changed. It is a fault
// of the store, and never passes by itself.
var ErrBlob = errors.New("data stored apart is missing or damaged")

// Detached is p without its data, which is stored apart.
func (p Payload) Detached() Payload {
	if p.Raw == nil {
		return p
	}
	cut := min(len(p.Raw), MaxPreview)
	for cut < len(p.Raw) && cut > 0 && !utf8.RuneStart(p.Raw[cut]) {
		cut--
	}
	return Payload{Sum: p.Sum, Apart: &Apart{Preview: string(p.Raw[:cut]), Size: int64(len(p.Raw))}}
}

// Size is how many bytes of data p stands for, wherever they are stored; 0 when
// they are erased.
func (p Payload) Size() int64 {
	if p.Apart != nil {
		return p.Apart.Size
	}
	return int64(len(p.Raw))
}

// Large lists the payloads of facts that are to be stored apart: those of more
// than limit bytes, and the largest of the others until the rest has at most
// room bytes together. Only what is read when it is needed can be apart, not
// what every reader of a job looks at: inputs, questions, labels, graphs.
func Large(facts []Fact, limit, room int) []*Payload {
	var large, small []*Payload
	rest := 0
	for _, f := range facts {
		switch p := apart(f); {
		case p == nil || p.Raw == nil:
		case len(p.Raw) > limit:
			large = append(large, p)
		default:
			rest += len(p.Raw)
		}
	}
	if rest <= room {
		return large
	}
	for _, f := range facts {
		if p := apart(f); p != nil && len(p.Raw) > MaxPreview && len(p.Raw) <= limit {
			small = append(small, p)
		}
	}
	slices.SortStableFunc(small, func(a, b *Payload) int { return cmp.Compare(len(b.Raw), len(a.Raw)) })
	for _, p := range small {
		if rest <= room {
			break
		}
		large = append(large, p)
		rest -= len(p.Raw) - MaxPreview
	}
	return large
}

// apart gives the payload of f that may be stored apart, or nil.
func apart(f Fact) *Payload {
	switch f := f.(type) {
	case *JobCompleted:
		return &f.Result
	case *NodeSucceeded:
		return &f.Output
	case *NodeFailed:
		return &f.Output
	case *NodeReused:
		return &f.Output
	case *ItemSucceeded:
		return &f.Output
	}
	return nil
}

// ApartBytes is how many bytes the commit stands for that are stored apart;
// what it names twice counts once.
func (c *Commit) ApartBytes() int64 {
	var sum int64
	var seen []Hash
	for i := range c.Events {
		if p := apart(c.Events[i].Fact); p != nil && p.Apart != nil && !slices.Contains(seen, p.Sum) {
			seen = append(seen, p.Sum)
			sum += p.Apart.Size
		}
	}
	return sum
}
