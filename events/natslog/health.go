package natslog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ranvier/events"
)

// state is how the log is at a moment. It is replaced, never changed.
type state struct {
	link      *link
	sick      error // why appends cannot be stored; wraps events.ErrUnavailable
	unsettled bool  // an append's outcome is not known yet
	changed   chan struct{}
}

const (
	watchEvery   = time.Second           // how often the server is asked for its health
	recordEvery  = 1000                  // commits after which the record is written again
	tokenReserve = 1 << 20               // token sequences that a record covers in advance
	growth       = 4 << 20               // bytes of new room that are worth a restart
	firstPause   = 50 * time.Millisecond // between the first attempts to heal
	lastPause    = 5 * time.Second       // between the last ones
	startTimeout = 5 * time.Minute       // for a large store after a crash
)

// errFull: the server has reached the limit of what it may store.
var errFull = errors.New("the store is full")

// Health implements events.Log.
func (l *Log) Health() error {
	select {
	case <-l.ended:
		return errClosed
	default:
		return l.state.Load().sick
	}
}

func (l *Log) current() *link { return l.state.Load().link }

// turnTo replaces the state by what change makes of it, and wakes those who
// wait for that.
func (l *Log) turnTo(change func(*state)) {
	l.turn.Lock()
	defer l.turn.Unlock()
	old := l.state.Load()
	next := &state{link: old.link, sick: old.sick, unsettled: old.unsettled, changed: make(chan struct{})}
	change(next)
	l.state.Store(next)
	close(old.changed)
}

// fail makes the log unhealthy, until supervise has healed it.
func (l *Log) fail(cause error) {
	if !errors.Is(cause, events.ErrUnavailable) {
		cause = fmt.Errorf("%w: %w", events.ErrUnavailable, cause)
	}
	l.turnTo(func(s *state) {
		if s.sick == nil {
			l.cfg.Logger.Error("the log cannot store", "cause", cause)
			s.sick = cause
		}
		s.unsettled = s.unsettled || errors.Is(cause, events.ErrUnknown)
	})
	select {
	case l.trouble <- struct{}{}:
	default:
	}
}

// supervise watches the server, heals the log and keeps the record.
func (l *Log) supervise() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.ended:
			return
		case <-l.trouble:
			l.heal()
		case <-tick.C:
			if err := l.current().check(); err != nil {
				l.fail(err)
				continue
			}
			l.recordMu.Lock()
			l.steady = ends{l.jobsFeed.end(), l.catalogFeed.end(), 0}
			l.recordMu.Unlock()
		case <-l.dated:
			if err := l.save(); err != nil {
				l.fail(err)
			}
		}
	}
}

// heal tries until a write succeeds or the log is closed. A loss cannot be
// healed.
func (l *Log) heal() {
	for pause := firstPause; l.state.Load().sick != nil; pause = min(2*pause, lastPause) {
		ctx, cancel := l.until(startTimeout)
		err := l.tryHeal(ctx)
		cancel()
		if err == nil {
			l.turnTo(func(s *state) { s.sick, s.unsettled = nil, false })
			l.cfg.Logger.Info("the log can store again")
			return
		}
		l.cfg.Logger.Warn("the log still cannot store", "cause", err)
		if errors.Is(err, ErrLost) {
			l.turnTo(func(s *state) { s.sick = fmt.Errorf("%w: %w", events.ErrUnavailable, err) })
			<-l.ended
			return
		}
		wait := time.NewTimer(pause)
		select {
		case <-l.ended:
			wait.Stop()
			return
		case <-wait.C:
		}
	}
}

// until gives a context that ends with the log.
func (l *Log) until(d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	go func() {
		select {
		case <-l.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (l *Log) tryHeal(ctx context.Context) error {
	s := l.state.Load()
	probe := func(at *link) error {
		ctx, cancel := context.WithTimeout(ctx, l.cfg.AppendTimeout)
		defer cancel()
		if err := at.check(); err != nil {
			return err
		}
		return at.probe(ctx)
	}
	if !l.embedded() {
		return probe(s.link)
	}
	if errors.Is(s.sick, errFull) && !s.unsettled && s.link.check() == nil {
		// The server is well, it only keeps to its limit.
		if s.link.left() > 2*int64(l.cfg.MaxPayload) && probe(s.link) == nil {
			return nil
		}
		limit, err := l.cfg.maxStore()
		if err != nil {
			return err
		}
		if limit < s.link.maxStore+growth {
			return errFull
		}
	}
	// A failed write stays in the server's way for good.
	s.link.giveUp()
	l.sending.Lock()
	defer l.sending.Unlock()
	s.link.close()
	at, err := l.start(ctx, l.known())
	if err != nil {
		return err
	}
	l.turnTo(func(s *state) { s.link = at })
	return probe(at)
}

// known is what a restarted server must still have.
func (l *Log) known() *record {
	r := &record{Jobs: l.jobsFeed.end(), Catalog: l.catalogFeed.end(), Tokens: l.chunkFeed.end()}
	if l.cfg.Sync == SyncInterval {
		r.Jobs, r.Catalog = l.steady.jobs, l.steady.catalog
	}
	return r
}

// save writes the record as things are, with token sequences in reserve.
func (l *Log) save() error {
	if l.lock == nil {
		return nil
	}
	e := ends{l.jobsFeed.end(), l.catalogFeed.end(), l.chunkFeed.end()}
	if l.embedded() && l.cfg.Sync == SyncInterval {
		l.recordMu.Lock()
		e.jobs, e.catalog = l.steady.jobs, l.steady.catalog
		l.recordMu.Unlock()
	}
	return l.write(e, e.tokens+tokenReserve)
}

func (l *Log) write(e ends, tokens uint64) error {
	l.recordMu.Lock()
	defer l.recordMu.Unlock()
	if err := (record{Jobs: e.jobs, Catalog: e.catalog, Tokens: tokens}).write(l.cfg.Dir); err != nil {
		return err
	}
	l.reserved = tokens
	return nil
}

// cover makes sure that the record bounds the token sequences that come next.
func (l *Log) cover(seq uint64) {
	l.recordMu.Lock()
	near := seq+2*batchItems > l.reserved
	l.recordMu.Unlock()
	if !near || l.lock == nil {
		return
	}
	if err := l.save(); err != nil {
		l.fail(err)
	}
}
