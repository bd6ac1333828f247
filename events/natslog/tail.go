package natslog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"ranvier/events"
)

// Bounds of what a tail has under way.
const (
	tailItems = 1000 // of one batch
	pullItems = 5000
	pullBytes = 32 << 20
)

// tail follows the stream: from memory as long as that reaches back far
// enough, else from the server.
func (s *source[T]) tail(ctx context.Context, l *Log, after uint64) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		if !l.embedded() {
			s.follow(ctx, l, after, yield)
			return
		}
		failed := 0 // consumers in a row that gave nothing
		for ctx.Err() == nil {
			items, through, moved, ok := s.feed.since(after, tailItems)
			switch {
			case len(items) > 0:
				if !yield(items, nil) {
					return
				}
				after = through
			case ok:
				select {
				case <-moved:
				case <-ctx.Done():
				case <-l.ended:
					yield(nil, errClosed)
					return
				}
			default:
				st, from := l.state.Load(), after
				err := s.consume(ctx, l, st.link, &after, through, yield)
				if err == errStop || ctx.Err() != nil {
					return
				}
				if failed++; after > from {
					failed = 0
				}
				if errors.Is(err, errLink) {
					err = l.await(ctx, st, err, failed < 3)
				}
				if err != nil {
					yield(nil, fmt.Errorf("tailing stream %s: %w", s.stream, err))
					return
				}
			}
		}
	}
}

// errStop: whoever was given items wants no more.
var errStop = errors.New("the reader stopped")

// await is for a reader whose link failed: it waits for another one. When the
// link is well it may try again, or the failure is an error.
func (l *Log) await(ctx context.Context, was *state, cause error, again bool) error {
	now := l.state.Load()
	if now.link != was.link {
		return nil
	}
	if now.sick == nil && ctx.Err() == nil {
		switch err := was.link.check(); {
		case err == nil && again:
			return nil
		case err == nil:
			return cause
		}
		l.fail(cause)
		now = l.state.Load()
	}
	select {
	case <-now.changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ended:
		return errClosed
	}
}

// consume gives what the server has above after, up to through, by a consumer
// of its own, and moves after along. An error that another consumer may not
// meet wraps errLink.
func (s *source[T]) consume(ctx context.Context, l *Log, at *link, after *uint64, through uint64, yield func([]T, error) bool) error {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	consumer, err := at.js.CreateConsumer(asking, s.stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: *after + 1,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: time.Minute,
	})
	cancel()
	if err != nil {
		return fmt.Errorf("%w: making a consumer: %w", errLink, err)
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
		return fmt.Errorf("%w: consuming: %w", errLink, err)
	}
	defer func() {
		close(quit)
		running.Stop()
		// The server drops the consumer by itself when this does not get through.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = at.js.DeleteConsumer(ctx, s.stream, consumer.CachedInfo().Name)
	}()
	left := consumer.CachedInfo().NumPending // for this consumer
	delivered := uint64(0)                   // by it
	for *after < through {
		if s.whole && left == 0 && l.embedded() {
			return fmt.Errorf("%w: nothing follows %d, the end is %d", events.ErrGap, *after, through)
		}
		var m jetstream.Msg
		select {
		case m = <-messages:
		case err := <-broken:
			return fmt.Errorf("%w: consuming: %w", errLink, err)
		case <-at.down:
			return errLink
		case <-ctx.Done():
			return ctx.Err()
		case <-l.ended:
			return errClosed
		}
		var items []T
		for m != nil && *after < through {
			meta, err := m.Metadata()
			if err != nil {
				return fmt.Errorf("reading a delivery: %w", err)
			}
			if delivered++; meta.Sequence.Consumer != delivered {
				return fmt.Errorf("%w: delivery %d came as %d", errLink, delivered, meta.Sequence.Consumer)
			}
			left = meta.NumPending
			if seq := meta.Sequence.Stream; seq > *after {
				if s.whole && seq != *after+1 {
					return fmt.Errorf("%w: %d follows %d", events.ErrGap, seq, *after)
				}
				item, err := s.decode(m.Subject(), seq, m.Data())
				if err != nil {
					return fmt.Errorf("message %d of stream %s: %w", seq, s.stream, err)
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
		if !l.embedded() {
			s.feed.advance(*after)
		}
		if !yield(items, nil) {
			return errStop
		}
	}
	return nil
}
