package natslog

// Erasing what a deleted job held (docs/decisions/0011).
//
// A message cannot be changed. So the commit without its payloads, its
// skeleton, is stored in another stream, ERASED, and then the message is
// removed, which also overwrites it in the server's files. Whoever meets a hole
// in JOBS finds the skeleton there, under the sequence that is missing.
//
// All skeletons of a subject are stored before the first message is removed,
// and the last message is removed first: what a reader of the subject misses
// always lies right before the deletion.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"ranvier/events"
)

// skeletonSubject is where the skeleton of a sequence of JOBS lies. Either of
// the two may be "*".
func skeletonSubject(seq, subject string) string {
	return "erased." + seq + strings.TrimPrefix(subject, string(events.Jobs))
}

func everySkeleton(subject string) string { return skeletonSubject("*", subject) }
func oneSkeleton(seq uint64) string {
	return skeletonSubject(strconv.FormatUint(seq, 10), string(events.Jobs)+".*.*")
}

// Erase implements events.Log.
func (l *Log) Erase(ctx context.Context, s events.Subject) error {
	e, err := l.erasure(ctx, s)
	if err != nil {
		return err
	}
	for _, c := range e.skeletons {
		if err := e.keep(ctx, c); err != nil {
			return err
		}
	}
	if err := e.settle(ctx); err != nil {
		return err
	}
	for _, c := range slices.Backward(e.skeletons) {
		if err := e.remove(ctx, c); err != nil {
			return err
		}
	}
	if err := e.silence(ctx); err != nil {
		return err
	}
	return e.discard(ctx)
}

// erasure is the erasing of one subject. Its steps are taken in the order of
// Erase, each any number of times.
type erasure struct {
	log       *Log
	link      *link
	subject   events.Subject
	skeletons []*events.Commit
}

// erasure finds what is to be erased: all before the deletion, also what was
// erased already.
func (l *Log) erasure(ctx context.Context, s events.Subject) (*erasure, error) {
	e := &erasure{log: l, link: l.current(), subject: s}
	for c, err := range l.Load(ctx, s, 0) {
		if err != nil {
			return nil, fmt.Errorf("erasing: %w", err)
		}
		if c.Deletes() {
			return e, nil
		}
		bare, err := c.Skeleton()
		if err != nil {
			return nil, fmt.Errorf("erasing: %w", err)
		}
		e.skeletons = append(e.skeletons, bare)
	}
	return nil, fmt.Errorf("erasing %s: %w", s, events.ErrNotDeleted)
}

// keep stores a skeleton for good.
func (e *erasure) keep(ctx context.Context, c *events.Commit) error {
	m := nats.NewMsg(skeletonSubject(strconv.FormatUint(c.Seq, 10), e.subject.String()))
	m.Data = c.Bytes()
	m.Header.Set(headerExpect, "0")
	ctx, cancel := context.WithTimeout(ctx, e.log.cfg.AppendTimeout)
	defer cancel()
	_, err := e.link.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
	var refused *jetstream.APIError
	if err == nil || errors.As(err, &refused) && refused.ErrorCode == codeWrongLastSeq {
		return nil // it lies there since another time
	}
	return fmt.Errorf("%w: keeping a skeleton of %s: %w", events.ErrUnavailable, e.subject, err)
}

// settle makes sure that the skeletons are on the disk, and gives them to the
// readers of what is in memory.
func (e *erasure) settle(ctx context.Context) error {
	if e.log.embedded() && e.log.cfg.Sync == SyncInterval {
		// The server does not say when it has synced a stream, only how often.
		wait := time.NewTimer(2 * syncInterval)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: erasing %s: %w", events.ErrUnavailable, e.subject, ctx.Err())
		}
	}
	for _, c := range e.skeletons {
		e.log.jobsFeed.replace(c.Seq, c)
	}
	return nil
}

// remove overwrites the message of a commit whose skeleton is kept.
func (e *erasure) remove(ctx context.Context, c *events.Commit) error {
	return e.wipe(ctx, jobsStream, c.Seq)
}

// silence removes the subject's token chunks.
func (e *erasure) silence(ctx context.Context) error {
	e.log.chunkFeed.drop(func(c *events.Chunk) bool { return c.Subject == e.subject })
	for c, err := range e.log.LoadChunks(ctx, e.subject, 0) {
		if err != nil {
			return fmt.Errorf("erasing: %w", err)
		}
		if err := e.wipe(ctx, tokensStream, c.Seq); err != nil {
			return err
		}
	}
	return nil
}

// wipe removes a message, if it is still there, and overwrites it.
func (e *erasure) wipe(ctx context.Context, stream string, seq uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 2*askTimeout) // the server writes a whole block anew
	defer cancel()
	s, err := e.link.js.Stream(ctx, stream)
	if err == nil {
		err = s.SecureDeleteMsg(ctx, seq)
	}
	if err != nil && s != nil {
		if _, gone := s.GetMsg(ctx, seq); errors.Is(gone, jetstream.ErrMsgNotFound) {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("%w: removing message %d of stream %s: %w", events.ErrUnavailable, seq, stream, err)
	}
	return nil
}

// skeletons is the stream ERASED as the readers of JOBS see it.
func (l *Log) skeletons() *source[*events.Commit] {
	return &source[*events.Commit]{stream: erasedStream, decode: decodeSkeleton}
}

// decodeSkeleton reads a message of ERASED; the commit has the sequence that it
// had in JOBS.
func decodeSkeleton(subject string, _ uint64, b []byte) (*events.Commit, error) {
	parts := strings.Split(subject, ".")
	if len(parts) != 4 {
		return nil, fmt.Errorf("%q is no subject of a skeleton", subject)
	}
	seq, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no subject of a skeleton: %w", subject, err)
	}
	return events.Decode(events.JobSubject(parts[2], parts[3]), seq, b)
}

// restored gives the commits of one subject as they are read, above after, and
// before a deletion what was erased.
func (l *Log) restored(ctx context.Context, subject string, after uint64, yield func(*events.Commit, error) bool) func(*events.Commit, error) bool {
	return func(c *events.Commit, err error) bool {
		if err != nil {
			return yield(c, err)
		}
		if c.Deletes() {
			more := true
			l.skeletons().loadFromLeader(ctx, l, everySkeleton(subject), 0, func(bare *events.Commit, err error) bool {
				if err == nil && bare.Seq <= after {
					return true
				}
				more = yield(bare, err) && err == nil
				return more
			})
			if !more {
				return false
			}
		}
		after = c.Seq
		return yield(c, nil)
	}
}

// missing gives the skeletons of a hole in JOBS, from one sequence through
// another. A hole that nothing explains is events.ErrGap.
func (l *Log) missing(ctx context.Context, at *link, from, through uint64) ([]*events.Commit, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	stream, err := at.js.Stream(ctx, erasedStream)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLink, err)
	}
	var found []*events.Commit
	for seq := from; seq <= through; seq++ {
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		m, err := stream.GetLastMsgForSubject(asking, oneSkeleton(seq))
		cancel()
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return found, fmt.Errorf("%w: %d is missing and was not erased", events.ErrGap, seq)
		}
		if err != nil {
			return found, fmt.Errorf("%w: %w", errLink, err)
		}
		c, err := decodeSkeleton(m.Subject, seq, m.Data)
		if err != nil {
			return found, fmt.Errorf("the skeleton of %d: %w", seq, err)
		}
		found = append(found, c)
	}
	return found, nil
}
