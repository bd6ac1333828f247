package natslog

// Blobs: the data of payloads that are too large for a commit
// (docs/decisions/0020).
//
// A blob lies in the stream BLOBS, cut into chunks of one size, each under a
// subject of its own:
//
//	blobs.<workspace>.<job>.<sha256>.<bytes>-<bytes of a chunk>.<number>
//
// A chunk is stored only where there is none, so a blob can be put any number
// of times, also half of it. A program with other settings cuts it otherwise,
// under other subjects.

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"ranvier/events"
)

const (
	blobChunk = 512 << 10 // bytes of a chunk, or less where a message may not be as large
	blobAhead = 8         // chunks of one blob on their way at once
	blobHeld  = 8 << 20   // a larger blob is read once to check it and again to give it out
)

// cut is a blob as it lies in the stream.
type cut struct {
	prefix string // of the chunks' subjects, with the closing dot
	size   int64
	chunk  int64
}

func (c cut) chunks() int { return int((c.size + c.chunk - 1) / c.chunk) }

func (c cut) subject(n int) string { return c.prefix + strconv.Itoa(n) }

// blobSubject is what the subjects of a job's chunks begin with.
func blobSubject(s events.Subject) string { return "blobs." + s.Workspace + "." + s.ID + "." }

func newCut(s events.Subject, sum events.Hash, size, chunk int64) cut {
	return cut{fmt.Sprintf("%s%s.%d-%d.", blobSubject(s), sum, size, chunk), size, chunk}
}

// readCut reads a chunk's subject.
func readCut(subject string) (cut, error) {
	end := strings.LastIndexByte(subject, '.')
	if parts := strings.Split(subject, "."); len(parts) == 6 {
		a, b, ok := strings.Cut(parts[4], "-")
		size, err1 := strconv.ParseInt(a, 10, 64)
		chunk, err2 := strconv.ParseInt(b, 10, 64)
		if ok && err1 == nil && err2 == nil && size > 0 && size < 1<<40 && chunk > 0 && chunk < 1<<30 {
			return cut{subject[:end+1], size, chunk}, nil
		}
	}
	return cut{}, fmt.Errorf("%w: %q is no subject of a chunk", events.ErrBlob, subject)
}

// PutBlob implements events.Log.
func (l *Log) PutBlob(ctx context.Context, s events.Subject, p events.Payload) error {
	if err := s.Check(); err != nil {
		return err
	}
	c := newCut(s, p.Sum, int64(len(p.Raw)), int64(min(blobChunk, l.cfg.maxCommit())))
	there, err := l.cuts(ctx, s, p.Sum)
	if err != nil {
		return err
	}
	for _, known := range there {
		if known.size == c.size {
			return nil
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	places := make(chan int)
	var sending sync.WaitGroup
	for range min(blobAhead, c.chunks()) {
		sending.Go(func() {
			for n := range places {
				if err := l.putChunk(ctx, c, n, p.Raw); err != nil {
					cancel(err)
				}
			}
		})
	}
	for n := 0; n < c.chunks() && ctx.Err() == nil; n++ {
		places <- n
	}
	close(places)
	sending.Wait()
	if cause := context.Cause(ctx); cause != nil {
		// What is not known is put again: that is no harm.
		return fmt.Errorf("%w: storing %d bytes apart: %v", events.ErrUnavailable, c.size, cause) //nolint:errorlint // ErrUnknown does not get out
	}
	return nil
}

func (l *Log) putChunk(ctx context.Context, c cut, n int, data []byte) error {
	from := int64(n) * c.chunk
	err := l.blobs.put(ctx, &ticket{subject: c.subject(n), data: data[from:min(from+c.chunk, c.size)]})
	if errors.Is(err, events.ErrConflict) {
		return nil // it is there
	}
	return err
}

// cuts lists the ways in which the whole of a blob is stored: none or one, two
// when it was put by programs with different settings.
func (l *Log) cuts(ctx context.Context, s events.Subject, sum events.Hash) ([]cut, error) {
	found, err := l.chunksBelow(ctx, blobSubject(s)+sum.String()+".>")
	if err != nil {
		return nil, err
	}
	counts := map[cut]int{}
	for subject := range found {
		c, err := readCut(subject)
		if err != nil {
			return nil, err
		}
		counts[c]++
	}
	var whole []cut
	for c, n := range counts {
		if n == c.chunks() {
			whole = append(whole, c)
		}
	}
	return whole, nil
}

// chunksBelow counts the messages of BLOBS by their subjects.
func (l *Log) chunksBelow(ctx context.Context, filter string) (map[string]uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	stream, err := l.current().js.Stream(ctx, blobsStream)
	if err == nil {
		var info *jetstream.StreamInfo
		if info, err = stream.Info(ctx, jetstream.WithSubjectFilter(filter)); err == nil {
			return info.State.Subjects, nil
		}
	}
	return nil, fmt.Errorf("%w: asking for what is stored apart: %w", events.ErrUnavailable, err)
}

// OpenBlob implements events.Log. It reads the whole blob and compares its
// digest; what it gives out of a large one is read again, chunk by chunk, and
// compared with what was read then.
func (l *Log) OpenBlob(ctx context.Context, s events.Subject, sum events.Hash) (*io.SectionReader, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	whole, err := l.cuts(ctx, s, sum)
	if err != nil {
		return nil, err
	}
	if len(whole) == 0 {
		return nil, fmt.Errorf("%w: %s of %s is not there, or not all of it", events.ErrBlob, sum, s)
	}
	b := &blobReader{ctx: ctx, log: l, cut: whole[0], at: -1, sums: make([]events.Hash, whole[0].chunks())}
	digest := sha256.New()
	var held []byte
	for n := range b.sums {
		data, err := b.read(n)
		if err != nil {
			return nil, err
		}
		b.sums[n] = events.HashOf(data)
		digest.Write(data)
		if b.cut.size <= blobHeld {
			held = append(held, data...)
		}
	}
	if events.Hash(digest.Sum(nil)) != sum {
		return nil, fmt.Errorf("%w: what is stored as %s of %s has another digest", events.ErrBlob, sum, s)
	}
	if held != nil {
		b.held = held
	}
	return io.NewSectionReader(b, 0, b.cut.size), nil
}

// blobReader gives out a blob whose chunks had the right digests before.
type blobReader struct {
	ctx  context.Context
	log  *Log
	cut  cut
	sums []events.Hash
	held []byte // the whole of a small one

	at   int // chunk number of data, -1 for none
	data []byte
}

// ReadAt implements io.ReaderAt.
func (b *blobReader) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < b.cut.size {
		from, err := b.chunk(int(off / b.cut.chunk))
		if err != nil {
			return n, err
		}
		m := copy(p[n:], from[off%b.cut.chunk:])
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (b *blobReader) chunk(n int) ([]byte, error) {
	if b.held != nil {
		from := int64(n) * b.cut.chunk
		return b.held[from:min(from+b.cut.chunk, b.cut.size)], nil
	}
	if b.at != n {
		data, err := b.read(n)
		if err != nil {
			return nil, err
		}
		if events.HashOf(data) != b.sums[n] {
			return nil, fmt.Errorf("%w: chunk %d changed while it was read", events.ErrBlob, n)
		}
		b.at, b.data = n, data
	}
	return b.data, nil
}

// read asks for one chunk.
func (b *blobReader) read(n int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(b.ctx, askTimeout)
	defer cancel()
	subject := b.cut.subject(n)
	m, err := b.log.message(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, fmt.Errorf("%w: %s is not there", events.ErrBlob, subject)
	case err != nil:
		return nil, fmt.Errorf("%w: reading %s: %w", events.ErrUnavailable, subject, err)
	}
	if want := min(b.cut.chunk, b.cut.size-int64(n)*b.cut.chunk); int64(len(m.Data)) != want {
		return nil, fmt.Errorf("%w: %s has %d bytes, not %d", events.ErrBlob, subject, len(m.Data), want)
	}
	return m.Data, nil
}

// message gives the one message of a subject of BLOBS.
func (l *Log) message(ctx context.Context, subject string) (*jetstream.RawStreamMsg, error) {
	stream, err := l.blobStream(ctx)
	if err != nil {
		return nil, err
	}
	return stream.GetLastMsgForSubject(ctx, subject)
}

// blobStream is the stream as the current link has it.
func (l *Log) blobStream(ctx context.Context) (jetstream.Stream, error) {
	at := l.current()
	at.blobsMu.Lock()
	defer at.blobsMu.Unlock()
	if at.blobs == nil {
		stream, err := at.js.Stream(ctx, blobsStream)
		if err != nil {
			return nil, err
		}
		at.blobs = stream
	}
	return at.blobs, nil
}

// discard removes the blobs of the subject.
func (e *erasure) discard(ctx context.Context) error {
	found, err := e.log.chunksBelow(ctx, blobSubject(e.subject)+">")
	if err != nil {
		return fmt.Errorf("erasing: %w", err)
	}
	for subject := range found {
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		m, err := e.log.message(asking, subject)
		cancel()
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			continue
		case err != nil:
			return fmt.Errorf("%w: erasing %s: %w", events.ErrUnavailable, subject, err)
		}
		if err := e.wipe(ctx, blobsStream, m.Sequence); err != nil {
			return err
		}
	}
	return nil
}
