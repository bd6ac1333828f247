package events

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
)

// MaxCommit is the size in bytes of the largest commit that a Log takes unless
// it is told otherwise: 8 MiB, the largest message that NATS advises, less
// 4 KiB for its headers.
const MaxCommit = 8<<20 - 4<<10

// MemLog is a Log in memory, for tests: it keeps its promises but for
// durability. It holds what Commit.Bytes gives and decodes on each read, so a
// reader never shares memory with a writer. Its waits are on channels only,
// so it works inside a testing/synctest bubble.
type MemLog struct {
	mu       sync.Mutex
	streams  map[Stream][]memCommit // by sequence, from 1
	subjects map[Subject][]uint64   // sequences of each; of a workspace's jobs under no ID
	chunks   []Chunk                // by sequence, from 1
	blobs    map[Subject]map[Hash][]byte
	changed  chan struct{} // closed and made anew by each append
}

type memCommit struct {
	subject Subject
	bytes   []byte
	erased  bool
}

// memBatch bounds what one step of a tail holds.
const memBatch = 1000

var _ Log = (*MemLog)(nil)

// NewMemLog gives an empty log. Inside a synctest bubble it must be made
// inside the bubble.
func NewMemLog() *MemLog {
	return &MemLog{
		streams:  make(map[Stream][]memCommit),
		subjects: make(map[Subject][]uint64),
		blobs:    make(map[Subject]map[Hash][]byte),
		changed:  make(chan struct{}),
	}
}

// Append implements Log. It never gives ErrUnknown.
func (l *MemLog) Append(ctx context.Context, c *Commit) error {
	if err := c.Subject.Check(); err != nil {
		return err
	}
	if len(c.Bytes()) > MaxCommit {
		return fmt.Errorf("%w: %d bytes of at most %d", ErrTooLarge, len(c.Bytes()), MaxCommit)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var last uint64
	if seqs := l.subjects[c.Subject]; len(seqs) > 0 {
		last = seqs[len(seqs)-1]
	}
	if last != c.After {
		return fmt.Errorf("%w: %s is at %d, not %d", ErrConflict, c.Subject, last, c.After)
	}
	stream := append(l.streams[c.Subject.Stream], memCommit{c.Subject, bytes.Clone(c.Bytes()), false})
	l.streams[c.Subject.Stream] = stream
	c.Seq = uint64(len(stream))
	l.subjects[c.Subject] = append(l.subjects[c.Subject], c.Seq)
	if all := JobSubject(c.Subject.Workspace, ""); c.Subject.Stream == Jobs {
		l.subjects[all] = append(l.subjects[all], c.Seq)
	}
	l.wake()
	return nil
}

// wake lets those who wait look again. The caller holds mu.
func (l *MemLog) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// Load implements Log.
func (l *MemLog) Load(ctx context.Context, s Subject, after uint64) iter.Seq2[*Commit, error] {
	return func(yield func(*Commit, error) bool) {
		l.mu.Lock()
		seqs, stream := l.subjects[s], l.streams[s.Stream] // both only ever grow at their ends
		l.mu.Unlock()
		for _, seq := range seqs {
			if seq <= after || s.ID == "" && stream[seq-1].erased {
				continue
			}
			if err := ctx.Err(); err != nil {
				yield(nil, fmt.Errorf("loading %s: %w", s, err))
				return
			}
			c, err := Decode(stream[seq-1].subject, seq, stream[seq-1].bytes)
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// LoadWorkspace implements Log.
func (l *MemLog) LoadWorkspace(ctx context.Context, workspace string, after uint64) iter.Seq2[*Commit, error] {
	return l.Load(ctx, JobSubject(workspace, ""), after)
}

// PutBlob implements Log.
func (l *MemLog) PutBlob(ctx context.Context, s Subject, p Payload) error {
	if err := s.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.blobs[s] == nil {
		l.blobs[s] = make(map[Hash][]byte)
	}
	l.blobs[s][p.Sum] = bytes.Clone(p.Raw)
	return nil
}

// OpenBlob implements Log.
func (l *MemLog) OpenBlob(ctx context.Context, s Subject, sum Hash) (*io.SectionReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	l.mu.Lock()
	data, ok := l.blobs[s][sum]
	l.mu.Unlock()
	if !ok || HashOf(data) != sum {
		return nil, fmt.Errorf("%w: %s of %s", ErrBlob, sum, s)
	}
	return io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))), nil
}

// Erase implements Log.
func (l *MemLog) Erase(ctx context.Context, s Subject) error {
	bare := map[uint64][]byte{}
	deleted := false
	for c, err := range l.Load(ctx, s, 0) {
		if err != nil {
			return fmt.Errorf("erasing %s: %w", s, err)
		}
		if deleted = c.Deletes(); deleted {
			break
		}
		if c, err = c.Skeleton(); err != nil {
			return fmt.Errorf("erasing: %w", err)
		}
		bare[c.Seq] = c.Bytes()
	}
	if !deleted {
		return fmt.Errorf("erasing %s: %w", s, ErrNotDeleted)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	stream := slices.Clone(l.streams[s.Stream]) // readers have the one before
	for seq, b := range bare {
		stream[seq-1] = memCommit{s, b, true}
	}
	l.streams[s.Stream] = stream
	delete(l.blobs, s)
	l.chunks = slices.Clone(l.chunks)
	for i := range l.chunks {
		if l.chunks[i].Subject == s {
			l.chunks[i] = Chunk{Seq: l.chunks[i].Seq}
		}
	}
	return nil
}

// Tail implements Log.
func (l *MemLog) Tail(ctx context.Context, stream Stream, after uint64) iter.Seq2[[]*Commit, error] {
	return func(yield func([]*Commit, error) bool) {
		for ctx.Err() == nil {
			l.mu.Lock()
			all, changed := l.streams[stream], l.changed
			l.mu.Unlock()
			if after >= uint64(len(all)) {
				select {
				case <-changed:
				case <-ctx.Done():
				}
				continue
			}
			next := all[after:]
			next = next[:min(len(next), memBatch)]
			batch := make([]*Commit, len(next))
			for i, m := range next {
				c, err := Decode(m.subject, after+uint64(i)+1, m.bytes)
				if err != nil {
					yield(nil, fmt.Errorf("commit %d of %s: %w", after+uint64(i)+1, stream, err))
					return
				}
				batch[i] = c
			}
			if !yield(batch, nil) {
				return
			}
			after += uint64(len(batch))
		}
	}
}

// Last implements Log.
func (l *MemLog) Last(stream Stream) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(len(l.streams[stream]))
}

// AppendChunk implements Log.
func (l *MemLog) AppendChunk(ctx context.Context, c *Chunk) error {
	if err := c.Subject.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Seq = uint64(len(l.chunks)) + 1
	l.chunks = append(l.chunks, *c)
	l.wake()
	return nil
}

// LoadChunks implements Log.
func (l *MemLog) LoadChunks(ctx context.Context, s Subject, after uint64) iter.Seq2[*Chunk, error] {
	return func(yield func(*Chunk, error) bool) {
		l.mu.Lock()
		all := l.chunks
		l.mu.Unlock()
		for i := after; i < uint64(len(all)); i++ {
			if all[i].Subject != s {
				continue
			}
			if err := ctx.Err(); err != nil {
				yield(nil, fmt.Errorf("loading chunks of %s: %w", s, err))
				return
			}
			c := all[i]
			if !yield(&c, nil) {
				return
			}
		}
	}
}

// TailChunks implements Log.
func (l *MemLog) TailChunks(ctx context.Context, after uint64) iter.Seq2[[]*Chunk, error] {
	return func(yield func([]*Chunk, error) bool) {
		for ctx.Err() == nil {
			l.mu.Lock()
			all, changed := l.chunks, l.changed
			l.mu.Unlock()
			if after >= uint64(len(all)) {
				select {
				case <-changed:
				case <-ctx.Done():
				}
				continue
			}
			next := all[after:]
			next = next[:min(len(next), memBatch)]
			batch := make([]*Chunk, 0, len(next))
			for _, c := range next {
				if c.Subject != (Subject{}) { // else it was erased
					batch = append(batch, &c)
				}
			}
			if len(batch) > 0 && !yield(batch, nil) {
				return
			}
			after += uint64(len(next))
		}
	}
}

// LastChunk implements Log.
func (l *MemLog) LastChunk() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(len(l.chunks))
}

// Health implements Log; it is always nil.
func (l *MemLog) Health() error { return nil }
