package natslog

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"

	"ranvier/events"
)

// lane is the way into one stream: a queue and the one goroutine that empties
// it. A second publisher would only slow the server down.
type lane struct {
	log    *Log
	stream string
	end    func() uint64 // last sequence known to be stored
	atomic bool          // the stream takes atomic batches
	queue  chan *ticket
	stored func([]*ticket) // told of acknowledged tickets, in order, before their owners are

	wire *wire // of the current link; nil before the first round
}

// ticket is one message on its way.
type ticket struct {
	subject string
	data    []byte
	expect  uint64 // last sequence of the subject, where the stream checks it
	item    any    // the *events.Commit or *events.Chunk

	taken atomic.Int32 // who has it, below
	seq   uint64
	err   error
	done  chan struct{} // closed when seq or err is set
}

// Who has a ticket.
const (
	queued   int32 = iota
	sent           // the lane: the outcome will be told
	withdrew       // its owner took it back in time
)

// Bounds of what goes out together. The server takes at most 1,000 messages
// in an atomic batch.
const (
	batchItems = 1000
	batchBytes = 8 << 20
	// fewest is the number of messages from which an atomic batch beats
	// publishes side by side.
	fewest = 12
)

func newLane(l *Log, stream string, atomicBatches bool, end func() uint64, stored func([]*ticket)) *lane {
	return &lane{log: l, stream: stream, atomic: atomicBatches, end: end, queue: make(chan *ticket, 4*batchItems), stored: stored}
}

// put queues t and waits for its outcome.
func (ln *lane) put(ctx context.Context, t *ticket) error {
	t.done = make(chan struct{})
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", events.ErrUnavailable, err)
	}
	if err := ln.log.Health(); err != nil {
		return err
	}
	select {
	case ln.queue <- t:
	case <-ctx.Done():
		return fmt.Errorf("%w: the append did not begin: %w", events.ErrUnavailable, ctx.Err())
	case <-ln.log.ended:
		return errClosed
	}
	select {
	case <-t.done:
		return t.err
	case <-ctx.Done():
		if t.taken.CompareAndSwap(queued, withdrew) {
			return fmt.Errorf("%w: the append did not begin: %w", events.ErrUnavailable, ctx.Err())
		}
	case <-ln.log.ended:
		if t.taken.CompareAndSwap(queued, withdrew) {
			return errClosed
		}
	}
	<-t.done // it is on its way: there will be an outcome before the deadline
	return t.err
}

// run empties the queue until stop is closed.
func (ln *lane) run(stop <-chan struct{}) {
	defer ln.hangUp()
	var held []*ticket // came behind another of the same subject
	for {
		var batch []*ticket
		if len(held) == 0 {
			select {
			case t := <-ln.queue:
				batch, held = ln.gather([]*ticket{t})
			case <-stop:
				return
			}
		} else {
			batch, held = ln.gather(held)
		}
		if len(batch) > 0 {
			ln.send(batch)
			// Those who just got their outcome may have more to send: let
			// them run first. With nothing to do this costs nothing.
			runtime.Gosched()
		}
	}
}

// gather takes what waits, first first, into a batch with one message a
// subject; those that must come later it gives back.
func (ln *lane) gather(first []*ticket) (batch, held []*ticket) {
	size := 0
	subjects := make(map[string]struct{}, len(first))
	full := false
	add := func(t *ticket) {
		if t.taken.Load() == withdrew {
			return
		}
		_, twice := subjects[t.subject]
		full = full || len(batch) == batchItems || (len(batch) > 0 && size+len(t.data) > batchBytes)
		if full || (twice && ln.atomic) {
			held = append(held, t)
			return
		}
		if !t.taken.CompareAndSwap(queued, sent) {
			return
		}
		subjects[t.subject] = struct{}{}
		size += len(t.data)
		batch = append(batch, t)
	}
	for _, t := range first {
		add(t)
	}
	for !full && len(held) < batchItems {
		select {
		case t := <-ln.queue:
			add(t)
		default:
			return batch, held
		}
	}
	return batch, held
}

// send publishes a batch and tells every owner the outcome.
func (ln *lane) send(batch []*ticket) {
	ln.log.sending.RLock() // the link stays while something is on its way
	defer ln.log.sending.RUnlock()
	w, err := ln.dial()
	if err == nil {
		size := 0
		for _, t := range batch {
			size += len(t.data)
		}
		if !w.link.admit(len(batch), size) {
			err = fmt.Errorf("%w: %w", events.ErrUnavailable, errFull)
		}
	}
	if err != nil {
		for _, t := range batch {
			t.err = err
		}
	} else if ln.atomic && len(batch) >= fewest {
		w.publishAtomic(batch)
	} else {
		w.publishEach(batch)
	}
	var trouble error
	acked := batch[:0:0]
	for _, t := range batch {
		switch {
		case t.err == nil:
			acked = append(acked, t)
		case trouble == nil && isTrouble(t.err):
			trouble = t.err
		}
	}
	if len(acked) > 0 {
		ln.stored(acked)
	}
	if trouble != nil {
		ln.log.fail(trouble)
	}
	for _, t := range batch {
		close(t.done)
	}
}

// dial gives the wire to the current link, unless the log is unhealthy.
func (ln *lane) dial() (*wire, error) {
	if err := ln.log.Health(); err != nil {
		return nil, err
	}
	at := ln.log.current()
	if ln.wire != nil && ln.wire.link == at {
		return ln.wire, nil
	}
	ln.hangUp()
	w, err := newWire(at, ln.stream, ln.log.cfg.AppendTimeout, ln.end)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", events.ErrUnavailable, err)
	}
	ln.wire = w
	return w, nil
}

func (ln *lane) hangUp() {
	if ln.wire != nil {
		ln.wire.close()
		ln.wire = nil
	}
}
