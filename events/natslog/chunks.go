package natslog

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"ranvier/events"
)

// chunk is the stored form of an events.Chunk.
type chunk struct {
	Node    string      `json:"node"`
	Visit   int         `json:"visit"`
	Attempt int         `json:"attempt"`
	At      events.Time `json:"at"`
	After   uint64      `json:"after"`
	Text    string      `json:"text"`
}

func chunkSubject(s events.Subject) string { return "tokens." + s.Workspace + "." + s.ID }

// AppendChunk implements events.Log.
func (l *Log) AppendChunk(ctx context.Context, c *events.Chunk) error {
	if err := c.Subject.Check(); err != nil {
		return err
	}
	b, err := json.Marshal(&chunk{c.Node, c.Visit, c.Attempt, c.At, c.After, c.Text})
	if err != nil {
		return fmt.Errorf("encoding a chunk: %w", err)
	}
	if len(b) > l.cfg.maxCommit() {
		return fmt.Errorf("%w: a chunk of %d bytes of at most %d", events.ErrTooLarge, len(b), l.cfg.maxCommit())
	}
	return l.tokens.put(ctx, &ticket{subject: chunkSubject(c.Subject), data: b, item: c})
}

func (l *Log) storedChunks(acked []*ticket) {
	slices.SortFunc(acked, func(a, b *ticket) int { return cmp.Compare(a.seq, b.seq) })
	items := make([]entry[*events.Chunk], len(acked))
	for i, t := range acked {
		c := t.item.(*events.Chunk)
		c.Seq = t.seq
		seen := *c
		items[i] = entry[*events.Chunk]{&seen, t.seq, len(t.data)}
	}
	if !l.embedded() {
		l.chunkFeed.advance(items[len(items)-1].seq)
		return
	}
	l.cover(items[len(items)-1].seq)
	l.chunkFeed.push(items)
}

// LoadChunks implements events.Log.
func (l *Log) LoadChunks(ctx context.Context, s events.Subject, after uint64) iter.Seq2[*events.Chunk, error] {
	return func(yield func(*events.Chunk, error) bool) {
		if err := s.Check(); err != nil {
			yield(nil, err)
			return
		}
		l.chunks().load(ctx, l, chunkSubject(s), after, yield)
	}
}

// TailChunks implements events.Log.
func (l *Log) TailChunks(ctx context.Context, after uint64) iter.Seq2[[]*events.Chunk, error] {
	return l.chunks().tail(ctx, l, after)
}

// LastChunk implements events.Log. With an external server it is the last
// sequence that this process knows of.
func (l *Log) LastChunk() uint64 { return l.chunkFeed.end() }

func (l *Log) chunks() *source[*events.Chunk] {
	return &source[*events.Chunk]{stream: tokensStream, feed: l.chunkFeed, decode: decodeChunk}
}

func decodeChunk(subject string, seq uint64, b []byte) (*events.Chunk, error) {
	parts := strings.Split(subject, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is no subject of chunks", subject)
	}
	var c chunk
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("chunk %d: %w", seq, err)
	}
	return &events.Chunk{
		Subject: events.JobSubject(parts[1], parts[2]), Seq: seq,
		After: c.After, At: c.At, Node: c.Node, Visit: c.Visit, Attempt: c.Attempt, Text: c.Text,
	}, nil
}
