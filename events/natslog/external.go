package natslog

import (
	"context"
	"errors"
	"fmt"
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
	stream, err := l.current().js.Stream(ctx, s.stream)
	if err != nil {
		fail(fmt.Errorf("%w: %w", events.ErrUnavailable, err))
		return
	}
	for {
		m, err := stream.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(subject))
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

// Bounds of what a consumer has under way.
const (
	pullItems = 5000
	pullBytes = 32 << 20
)

// follow gives what the stream has above after and what comes, by a consumer
// that is made anew whenever something is amiss.
func (s *source[T]) follow(ctx context.Context, l *Log, after uint64, yield func([]T, error) bool) {
	for pause := firstPause; ; {
		was := after
		err := s.consume(ctx, l, &after, yield)
		if err == errStop || ctx.Err() != nil {
			return
		}
		if errors.Is(err, events.ErrGap) || errors.Is(err, events.ErrDecode) || errors.Is(err, errClosed) {
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

func (s *source[T]) consume(ctx context.Context, l *Log, after *uint64, yield func([]T, error) bool) error {
	consumer, err := l.current().js.CreateConsumer(ctx, s.stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: *after + 1,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return fmt.Errorf("making a consumer: %w", err)
	}
	messages := make(chan jetstream.Msg, tailItems)
	broken := make(chan error, 1)
	quit := make(chan struct{})
	running, err := consumer.Consume(func(m jetstream.Msg) {
		select {
		case messages <- m:
		case <-quit:
		}
	}, jetstream.PullMaxMessagesWithBytesLimit(pullItems, max(pullBytes, 2*l.cfg.MaxPayload)),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			select {
			case broken <- err:
			default:
			}
		}))
	if err != nil {
		return fmt.Errorf("consuming: %w", err)
	}
	defer func() {
		close(quit)
		running.Stop()
		<-running.Closed()
		// The server drops the consumer by itself when this does not get through.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = l.current().js.DeleteConsumer(ctx, s.stream, consumer.CachedInfo().Name)
	}()
	delivered := uint64(0) // by this consumer
	for {
		var first jetstream.Msg
		select {
		case first = <-messages:
		case err := <-broken:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-l.ended:
			return errClosed
		}
		var items []T
		for m := first; m != nil; {
			meta, err := m.Metadata()
			if err != nil {
				return err
			}
			if delivered++; meta.Sequence.Consumer != delivered {
				return fmt.Errorf("delivery %d came as %d", meta.Sequence.Consumer, delivered)
			}
			if seq := meta.Sequence.Stream; seq > *after {
				if s.whole && seq != *after+1 {
					return fmt.Errorf("%w: %d follows %d", events.ErrGap, seq, *after)
				}
				item, err := s.decode(m.Subject(), seq, m.Data())
				if err != nil {
					return fmt.Errorf("message %d: %w", seq, err)
				}
				items = append(items, item)
				*after = seq
			}
			m = nil
			if len(items) < tailItems {
				select {
				case m = <-messages:
				default:
				}
			}
		}
		if len(items) == 0 {
			continue
		}
		s.feed.advance(*after)
		if !yield(items, nil) {
			return errStop
		}
	}
}
