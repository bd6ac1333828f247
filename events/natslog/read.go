package natslog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"

	"ranvier/events"
)

// source is a stream as its readers see it.
type source[T any] struct {
	stream string
	feed   *feed[T]
	decode func(subject string, seq uint64, b []byte) (T, error)
	whole  bool // a missing sequence is corruption, unless it was erased

	// missing gives what stands in the place of erased messages, from one
	// sequence through another, or events.ErrGap; nil: nothing is erased here.
	missing func(ctx context.Context, at *link, from, through uint64) ([]T, error)
}

// Bounds of one page from the server. While it reads a page the server stores
// no atomic batch, so pages are small.
const (
	pageItems = 500
	pageBytes = 8 << 20
)

// askTimeout is how long a question to a server may be unanswered: it may have
// been lost while the server started or a connection broke.
const askTimeout = 5 * time.Second

// page asks the server for messages from a sequence on (NATS ADR-31, direct
// batched get).
type page struct {
	Seq      uint64 `json:"seq"`
	NextFor  string `json:"next_by_subj"`
	Batch    int    `json:"batch"`
	MaxBytes int    `json:"max_bytes"`
}

// get gives a page of messages and whether there are more. A server that
// cannot be read gives errLink.
func (s *source[T]) get(ctx context.Context, at *link, p page) (messages []*nats.Msg, more bool, err error) {
	body, err := json.Marshal(&p)
	if err != nil {
		return nil, false, err
	}
	inbox := at.sub.NewInbox()
	sub, err := at.sub.SubscribeSync(inbox)
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", errLink, err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only when the link is gone
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return nil, false, fmt.Errorf("%w: %w", errLink, err)
	}
	if err := at.sub.PublishRequest("$JS.API.DIRECT.GET."+s.stream, inbox, body); err != nil {
		return nil, false, fmt.Errorf("%w: %w", errLink, err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("%w: %w", errLink, err)
		}
		switch status := m.Header.Get("Status"); status {
		case "":
			messages = append(messages, m)
		case "204": // end of the page
			pending := m.Header.Get("Nats-Num-Pending")
			return messages, pending != "" && pending != "0", nil
		case "404":
			return messages, false, nil
		case "503":
			return nil, false, fmt.Errorf("%w: nobody serves stream %s", errLink, s.stream)
		default:
			return nil, false, fmt.Errorf("reading stream %s: status %s %s", s.stream, status, m.Header.Get("Description"))
		}
	}
}

// errLink: the server could not be asked.
var errLink = errors.New("the link to the server failed")

// open reads a message that get gave.
func (s *source[T]) open(m *nats.Msg) (item T, seq uint64, err error) {
	seq, err = strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
	if err != nil {
		return item, 0, fmt.Errorf("a message of stream %s has no sequence: %w", s.stream, err)
	}
	item, err = s.decode(m.Header.Get("Nats-Subject"), seq, m.Data)
	if err != nil {
		return item, 0, fmt.Errorf("message %d of stream %s: %w", seq, s.stream, err)
	}
	return item, seq, nil
}

// load gives what one subject has above after, up to the durable end.
func (s *source[T]) load(ctx context.Context, l *Log, subject string, after uint64, yield func(T, error) bool) {
	var none T
	fail := func(err error) {
		if errors.Is(err, errLink) {
			err = fmt.Errorf("%w: %w", events.ErrUnavailable, err)
		}
		yield(none, fmt.Errorf("loading %s: %w", subject, err))
	}
	for {
		st := l.state.Load()
		if st.unsettled && l.embedded() {
			fail(st.sick)
			return
		}
		end := s.feed.end()
		messages, more, err := s.get(ctx, st.link, page{after + 1, subject, pageItems, pageBytes})
		if err != nil {
			fail(err)
			return
		}
		for _, m := range messages {
			item, seq, err := s.open(m)
			if err != nil {
				fail(err)
				return
			}
			if l.embedded() && seq > end {
				return
			}
			if !yield(item, nil) {
				return
			}
			after = seq
		}
		if !more || len(messages) == 0 {
			return
		}
	}
}
