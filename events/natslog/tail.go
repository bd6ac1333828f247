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
				if errors.Is(err, errStop) || ctx.Err() != nil {
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
	d := delivery{messages: messages, left: consumer.CachedInfo().NumPending}
	for *after < through {
		if s.whole && d.left == 0 && l.embedded() {
			return fmt.Errorf("%w: nothing follows %d, the end is %d", events.ErrGap, *after, through)
		}
		var first jetstream.Msg
		select {
		case first = <-messages:
		case err := <-broken:
			return fmt.Errorf("%w: consuming: %w", errLink, err)
		case <-at.down:
			return errLink
		case <-ctx.Done():
			return ctx.Err()
		case <-l.ended:
			return errClosed
		}
		items, last, err := s.take(ctx, at, &d, first, *after, through)
		if len(items) > 0 {
			*after = last
			if !l.embedded() {
				s.feed.advance(last)
			}
			if !yield(items, nil) {
				return errStop
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// delivery is how far a consumer has come.
type delivery struct {
	messages <-chan jetstream.Msg
	count    uint64 // deliveries so far
	left     uint64 // messages that the server had when it sent the last of them
}

// take gives what lies at hand, from first on and above after, up to through,
// and the sequence that it reaches. What came before an error is good.
func (s *source[T]) take(ctx context.Context, at *link, d *delivery, first jetstream.Msg, after, through uint64) (items []T, last uint64, err error) {
	last = after
	for m := first; m != nil && last < through; {
		meta, err := m.Metadata()
		if err != nil {
			return items, last, fmt.Errorf("reading a delivery: %w", err)
		}
		if d.count++; meta.Sequence.Consumer != d.count {
			return items, last, fmt.Errorf("%w: delivery %d came as %d", errLink, d.count, meta.Sequence.Consumer)
		}
		d.left = meta.NumPending
		if seq := meta.Sequence.Stream; seq > last {
			if s.whole && seq != last+1 {
				if s.missing == nil {
					return items, last, fmt.Errorf("%w: %d follows %d", events.ErrGap, seq, last)
				}
				erased, err := s.missing(ctx, at, last+1, seq-1)
				items, last = append(items, erased...), last+uint64(len(erased))
				if err != nil {
					return items, last, fmt.Errorf("%d follows %d: %w", seq, last, err)
				}
			}
			item, err := s.decode(m.Subject(), seq, m.Data())
			if err != nil {
				return items, last, fmt.Errorf("message %d of stream %s: %w", seq, s.stream, err)
			}
			items, last = append(items, item), seq
		}
		m = nil
		if len(items) < tailItems {
			select {
			case m = <-d.messages:
			default:
			}
		}
	}
	return items, last, nil
}
