package natslog

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"ranvier/events"
)

// Reading from an external server. Other processes append there too, so there
// is no durable mark but the server's own, and what is new comes by a consumer.

// loadFromLeader gives what one subject has above after. It asks the stream's
// leader: another replica may not have yet what was just acknowledged.
func (s *source[T]) loadFromLeader(ctx context.Context, l *Log, subject string, after uint64, yield func(T, error) bool) {
	var none T
	fail := func(err error) { yield(none, fmt.Errorf("loading %s: %w", subject, err)) }
	ask := func() (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, askTimeout) }
	asking, cancel := ask()
	stream, err := l.current().js.Stream(asking, s.stream)
	cancel()
	if err != nil {
		fail(fmt.Errorf("%w: %w", events.ErrUnavailable, err))
		return
	}
	for {
		asking, cancel := ask()
		m, err := stream.GetMsg(asking, after+1, jetstream.WithGetMsgSubject(subject))
		cancel()
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return
		}
		if err != nil {
			fail(fmt.Errorf("%w: %w", events.ErrUnavailable, err))
			return
		}
		item, err := s.decode(m.Subject, m.Sequence, m.Data)
		if err != nil {
			fail(fmt.Errorf("message %d: %w", m.Sequence, err))
			return
		}
		if !yield(item, nil) {
			return
		}
		after = m.Sequence
	}
}

// follow gives what the stream has above after and what comes, by a consumer
// that is made anew whenever something is amiss.
func (s *source[T]) follow(ctx context.Context, l *Log, after uint64, yield func([]T, error) bool) {
	for pause := firstPause; ; {
		was := after
		err := s.consume(ctx, l, l.current(), &after, math.MaxUint64, yield)
		if errors.Is(err, errStop) || ctx.Err() != nil {
			return
		}
		if !errors.Is(err, errLink) {
			yield(nil, fmt.Errorf("tailing stream %s: %w", s.stream, err))
			return
		}
		l.cfg.Logger.Warn("a tail begins again", "stream", s.stream, "after", after, "cause", err)
		if after > was {
			pause = firstPause
		}
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-ctx.Done():
		case <-l.ended:
		}
		wait.Stop()
		pause = min(2*pause, lastPause)
	}
}
