package natslog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"ranvier/events"
)

// wire publishes to one stream over one link and reads the answers. It speaks
// the protocol itself (NATS ADR-22 and ADR-50): with a single goroutine that
// sends and then waits, no publish needs one of its own, nor a future.
// It belongs to its lane's goroutine.
type wire struct {
	link    *link
	stream  string
	timeout time.Duration
	end     func() uint64 // the last sequence that is known to be stored
	sub     *nats.Subscription
	answers chan *nats.Msg
	inbox   string // with the closing dot; then "<round>.<place>"
	round   uint64
}

// Codes of answers that mean something here (nats-server errors.json). All
// other refusals mean that nothing was stored.
const (
	codeWrongLastSeq    = 10071 // the subject has moved on
	codeWrongLastSeqNow = 10164 // another write of the subject is in flight
	codeNoResources     = 10023 // the server's limit
	codeNoMemory        = 10028 // the account's limits
	codeNoStorage       = 10047
	codeTooLarge        = 10054
	codeHeaderTooLarge  = 10097
)

// Headers of an atomic batch (ADR-50).
const (
	headerExpect      = jetstream.ExpectedLastSubjSeqHeader
	headerBatchID     = "Nats-Batch-Id"
	headerBatchSeq    = "Nats-Batch-Sequence"
	headerBatchCommit = "Nats-Batch-Commit"
)

// answer is the server's word on a publish.
type answer struct {
	Stream string `json:"stream"`
	Seq    uint64 `json:"seq"`
	Batch  string `json:"batch"`
	Count  int    `json:"count"`
	Error  *struct {
		Code        int    `json:"code"`
		ErrCode     int    `json:"err_code"`
		Description string `json:"description"`
	} `json:"error"`
}

func newWire(at *link, stream string, timeout time.Duration, end func() uint64) (*wire, error) {
	w := &wire{
		link: at, stream: stream, timeout: timeout, end: end,
		answers: make(chan *nats.Msg, 2*batchItems), inbox: at.pub.NewInbox() + ".",
	}
	var err error
	if w.sub, err = at.pub.ChanSubscribe(w.inbox+"*.*", w.answers); err != nil {
		return nil, fmt.Errorf("subscribing to answers: %w", err)
	}
	return w, nil
}

// close ends the wire; the link may be closed already.
func (w *wire) close() { _ = w.sub.Unsubscribe() }

// publishEach sends the tickets side by side and waits for every answer.
func (w *wire) publishEach(batch []*ticket) {
	w.round++
	open := 0 // tickets on the wire without an answer
	for i, t := range batch {
		m := nats.NewMsg(t.subject)
		m.Data = t.data
		m.Reply = w.inbox + strconv.FormatUint(w.round, 10) + "." + strconv.Itoa(i)
		if w.stream != tokensStream {
			m.Header[headerExpect] = []string{strconv.FormatUint(t.expect, 10)}
		}
		if err := w.link.pub.PublishMsg(m); err != nil {
			t.err = notSent(err)
			continue
		}
		t.err = events.ErrUnknown
		open++
	}
	w.await(open, func(place int, m *nats.Msg) {
		t := batch[place]
		a, err := w.read(m)
		if err == nil {
			t.seq = a.Seq
		}
		t.err = err
	})
}

// publishAtomic sends the tickets as one batch, which the server stores with
// one sync. When it refuses the batch they go one by one, so that only those
// at fault fail.
func (w *wire) publishAtomic(batch []*ticket) {
	w.round++
	round := strconv.FormatUint(w.round, 10)
	id := strings.TrimPrefix(w.inbox, nats.InboxPrefix) + round
	for i, t := range batch {
		m := nats.NewMsg(t.subject)
		m.Data = t.data
		m.Header[headerExpect] = []string{strconv.FormatUint(t.expect, 10)}
		m.Header[headerBatchID] = []string{id}
		m.Header[headerBatchSeq] = []string{strconv.Itoa(i + 1)}
		if i == len(batch)-1 {
			m.Header[headerBatchCommit] = []string{"1"}
			m.Reply = w.inbox + round + ".0"
		}
		if err := w.link.pub.PublishMsg(m); err != nil {
			// Without its last message the server drops the batch.
			for _, t := range batch {
				t.err = notSent(err)
			}
			return
		}
	}
	var got *answer
	err := fmt.Errorf("%w: %s did not answer within %v", events.ErrUnknown, w.stream, w.timeout)
	w.await(1, func(_ int, m *nats.Msg) { got, err = w.read(m) })
	switch {
	case err == nil && (got.Batch != id || got.Count != len(batch)):
		err = fmt.Errorf("%w: %s acknowledged %d messages of %d", events.ErrUnknown, w.stream, got.Count, len(batch))
	case errors.Is(err, events.ErrConflict):
		w.publishEach(batch)
		return
	case errors.Is(err, events.ErrUnavailable) && !w.untouched():
		// One server checks its limits again at each message of a batch, so
		// the first ones may be in although the last was refused.
		err = fmt.Errorf("%w: a batch was refused half way: %s", events.ErrUnknown, err.Error())
	}
	for i, t := range batch {
		t.err = err
		if err == nil {
			t.seq = got.Seq - uint64(len(batch)-1-i)
		}
	}
}

// await calls took for n answers of this round; it ends early at the deadline
// and when the link goes down.
func (w *wire) await(n int, took func(place int, m *nats.Msg)) {
	if n == 0 {
		return
	}
	deadline := time.NewTimer(w.timeout)
	defer deadline.Stop()
	for n > 0 {
		select {
		case m := <-w.answers:
			round, place, ok := w.place(m.Subject)
			if !ok || round != w.round {
				continue // late, of a round given up
			}
			took(place, m)
			n--
		case <-deadline.C:
			return
		case <-w.link.down:
			return
		}
	}
}

func (w *wire) place(subject string) (round uint64, place int, ok bool) {
	a, b, ok := strings.Cut(strings.TrimPrefix(subject, w.inbox), ".")
	if !ok {
		return 0, 0, false
	}
	round, err := strconv.ParseUint(a, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	place, err = strconv.Atoi(b)
	return round, place, err == nil && place >= 0
}

// read gives the acknowledgement, or the refusal as an error of the log.
func (w *wire) read(m *nats.Msg) (*answer, error) {
	if status := m.Header.Get("Status"); status != "" {
		// Nobody listens on the stream's subjects, so nobody stored it.
		return nil, fmt.Errorf("%w: %s does not answer (%s)", events.ErrUnavailable, w.stream, status)
	}
	var a answer
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return nil, fmt.Errorf("%w: reading the answer of %s: %w", events.ErrUnknown, w.stream, err)
	}
	if a.Error == nil {
		if a.Stream != w.stream || a.Seq == 0 {
			return nil, fmt.Errorf("%w: the answer of %s names %q and sequence %d", events.ErrUnknown, w.stream, a.Stream, a.Seq)
		}
		return &a, nil
	}
	kind := events.ErrUnavailable
	switch a.Error.ErrCode {
	case codeNoResources, codeNoMemory, codeNoStorage:
		kind = fmt.Errorf("%w: %w", events.ErrUnavailable, errFull)
	case codeWrongLastSeq, codeWrongLastSeqNow:
		kind = events.ErrConflict
	case codeTooLarge, codeHeaderTooLarge:
		kind = events.ErrTooLarge
	}
	return nil, fmt.Errorf("%w: %s says %d: %s", kind, w.stream, a.Error.ErrCode, a.Error.Description)
}

// notSent is for a message that the client did not take.
func notSent(err error) error {
	for _, refused := range []error{
		nats.ErrConnectionClosed, nats.ErrConnectionDraining, nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded,
	} {
		if errors.Is(err, refused) {
			return fmt.Errorf("%w: %w", events.ErrUnavailable, err)
		}
	}
	if errors.Is(err, nats.ErrMaxPayload) {
		return fmt.Errorf("%w: %w", events.ErrTooLarge, err)
	}
	return fmt.Errorf("%w: %w", events.ErrUnknown, err)
}

// isTrouble tells whether an outcome says something about the log and not
// about the commit.
func isTrouble(err error) bool {
	return errors.Is(err, events.ErrUnavailable) || errors.Is(err, events.ErrUnknown)
}

// untouched tells whether the stream still ends where it is known to. Only
// with the embedded server, where nobody else writes, does that say anything.
func (w *wire) untouched() bool {
	if w.link.srv == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), w.timeout)
	defer cancel()
	s, err := w.link.js.Stream(ctx, w.stream)
	return err == nil && s.CachedInfo().State.LastSeq == w.end()
}
