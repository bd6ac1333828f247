// Package engine is the only way in which a job changes, and the only place
// where its effects happen.
//
// [Engine.Do] loads a job, lets it decide ([job.Decide]), appends the facts and
// folds them; when another writer was faster it does so again. What the
// appended facts call for follows from the acknowledgement: started attempts
// are run, stopped ones are told so, timers are set, and a job that could not
// start all that is ready waits in line for room. [Engine.Run] takes up the
// jobs that an earlier process left unfinished.
//
// # Goroutines
//
// Each attempt of a node runs in a goroutine of its own, at most
// [Config.Workers] at once. One goroutine waits for the next timer. A job's
// decisions, commits and token chunks happen in turn, under its lock.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"ranvier/engine/catalog"
	"ranvier/engine/gate"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/engine/pathway"
	"ranvier/engine/seal"
	"ranvier/engine/turns"
	"ranvier/events"
)

// Config is what an engine works with.
type Config struct {
	Log     events.Log
	Limits  Limits // of data; zero fields stand for the defaults
	Types   *nodes.Types
	Workers int           // attempts at work at once; 0 is 256
	Grace   time.Duration // how long attempts may go on after Run's context ends
	Logger  *slog.Logger
	Earlier Earlier        // finds a trace's earlier turns; nil: models have no memory
	Quotas  catalog.Quotas // of workspaces that have none of their own
	Usage   Usage          // tells what a workspace has stored; nil: no quota of bytes is held
	Fired   Fired          // tells what came of a schedule so far; nil: receptors do not fire by schedules
	Box     *seal.Box      // seals what is secret; nil: receptors take no webhooks
}

// Engine runs jobs. All methods may be called from any goroutine.
type Engine struct {
	log     events.Log
	sizes   Limits
	types   *nodes.Types
	logger  *slog.Logger
	grace   time.Duration
	earlier Earlier
	fired   Fired
	box     *seal.Box
	id      string // of this process among all that ever ran jobs

	jobs     jobs
	room     *turns.Room[*entry]
	places   *turns.Places[*entry]
	open     openJobs
	quotas   catalog.Quotas
	usage    Usage
	timers   *timers[events.Subject]
	graphs   cache[events.Hash, *pathway.Graph]
	starts   cache[string, *start]
	blobs    cache[blobKey, jsontext.Value]
	catalogs catalogs
	erasures erasures
	queues   *queues
	families families

	work     context.Context // attempts run under it
	stopWork context.CancelCauseFunc

	starting     context.Context // attempts wait for their first call under it; it ends with closing
	stopStarting context.CancelFunc
	gates        *gate.Gates
	attempts     sync.WaitGroup
	closing      atomic.Bool // Run's context has ended: nothing new starts
}

// New makes an engine. Jobs can be submitted at once; what an earlier process
// left goes on when Run is called.
func New(c Config) *Engine {
	if c.Workers == 0 {
		c.Workers = 256
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{log: c.Log, types: c.Types, logger: c.Logger, grace: c.Grace, earlier: c.Earlier, fired: c.Fired, id: newID()}
	e.quotas, e.usage, e.box = c.Quotas, c.Usage, c.Box
	e.sizes = c.Limits.withDefaults()
	e.work, e.stopWork = context.WithCancelCause(context.Background())
	e.starting, e.stopStarting = context.WithCancel(e.work)
	e.gates = gate.New()
	e.jobs.entries = map[events.Subject]*entry{}
	e.room, e.places = turns.NewRoom[*entry](c.Workers), turns.NewPlaces[*entry]()
	e.catalogs.entries = map[string]*catalogEntry{}
	e.queues = newQueues()
	e.timers = newTimers(func(s events.Subject) { e.goOn(s, 0) })
	return e
}

// newID makes a UUIDv7.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// ErrStopping is returned for commands that come while the engine stops.
var ErrStopping = fmt.Errorf("%w: the engine is stopping", events.ErrUnavailable)

// Ready is nil while commands can be stored, else it says why not.
func (e *Engine) Ready() error {
	if e.closing.Load() {
		return ErrStopping
	}
	return e.log.Health()
}

// Do gives a job a command and returns the job's place in the log afterwards.
// When it returns nil what was decided is durable. Errors are *job.Refusal,
// or wrap one of the log's.
func (e *Engine) Do(ctx context.Context, s events.Subject, by events.Actor, c job.Command) (events.Cursor, error) {
	en := e.jobs.take(s)
	defer e.jobs.put(en)
	en.mu.Lock()
	defer en.mu.Unlock()
	return e.do(ctx, en, by, c, 0)
}

// do is Do with the job's lock held, and with room for held attempts that the
// caller has taken and do uses or gives back. It goes on until the command is
// decided on the job's true state.
func (e *Engine) do(ctx context.Context, en *entry, by events.Actor, c job.Command, held int) (events.Cursor, error) {
	defer e.dispatch()
	defer func() { e.room.Give(held) }()
	defer func() {
		if en.run != nil {
			e.stand(en)
		}
	}()
	for {
		if err := e.load(ctx, en); err != nil {
			if en.blind { // what the lines know of it may be wrong
				e.lookAgain(en)
			}
			return events.Cursor{}, err
		}
		if _, ok := c.(*job.Advance); ok {
			c = &job.Advance{Lost: en.lost()}
		}
		// One more than can be started tells "had enough" from "ran out".
		enough := en.run.Startable(en.graph, c) + 1
		taken := held + e.room.Take(enough-held)
		offered := taken
		if e.closing.Load() {
			offered = 0 // nothing new starts
		}
		now := events.At(time.Now())
		mayBegin, err := e.mayBegin(ctx, en, c, now)
		if err != nil {
			e.room.Give(taken - held)
			return events.Cursor{}, err
		}
		facts, err := job.Decide(ctx, en.run, en.graph, job.Moment{
			Now: now, Room: offered, Held: !mayBegin, Runner: e.id, Rand: rand.Float64(), //nolint:gosec // jitter, no secret
			Fetch: e.fetch(ctx, en.subject), MaxOutput: e.sizes.Output,
		}, c)
		held = countStarts(facts)
		e.room.Give(taken - held)
		if err != nil {
			return en.run.Cursor, err
		}
		if len(facts) > 0 {
			commit, err := e.append(ctx, en, by, facts)
			switch {
			case errors.Is(err, events.ErrConflict):
				en.forget()
				continue
			case errors.Is(err, events.ErrUnknown):
				// What was stored is not known, so what is at work is not either.
				en.forget()
				e.lookAgain(en)
				return events.Cursor{}, err
			case err != nil:
				return events.Cursor{}, err
			}
			if !en.run.Exists() {
				en.claim.turn.Order = commit.Seq
			}
			en.run.Apply(commit)
			en.know(en.run)
			e.act(en, commit)
		}
		started := held
		held = 0 // the attempts have it
		if started > 0 && en.kept {
			e.room.Used(en.subject.Workspace)
		}
		e.rearm(en)
		// There may be more to start than there was room for, and a resumed job
		// may have lost attempts while it was paused.
		short := en.run.Begun() && started == offered && started < enough && en.run.Unstarted(en.graph) || en.run.Status == job.Running && en.run.CanBegin(en.graph)
		if short || en.run.Status != job.Paused && len(en.lost()) > 0 {
			e.queue(en)
		}
		return en.run.Cursor, nil
	}
}

// lookAgain lets a job of which is not known what was stored go on once that
// can be read, unless somebody insists on a command to it already.
func (e *Engine) lookAgain(en *entry) {
	if en.insisting == 0 {
		e.queue(en)
	}
}

func countStarts(facts []events.Fact) int {
	n := 0
	for _, f := range facts {
		if _, ok := f.(*events.NodeStarted); ok {
			n++
		}
	}
	return n
}

func (e *Engine) append(ctx context.Context, en *entry, by events.Actor, facts []events.Fact) (*events.Commit, error) {
	if err := e.detach(ctx, en.subject, facts); err != nil {
		return nil, err
	}
	commit, err := events.Seal(events.Draft{
		Subject: en.subject, Head: en.run.Head, ID: newID(), Token: en.token,
		At: events.At(time.Now()), Actor: by,
	}, facts...)
	if err != nil {
		return nil, err
	}
	if err := e.log.Append(ctx, commit); err != nil {
		return nil, fmt.Errorf("append to %s: %w", en.subject, err)
	}
	return commit, nil
}

// act does what a stored commit calls for.
func (e *Engine) act(en *entry, c *events.Commit) {
	for a, stop := range en.live {
		if !en.run.Current(a) {
			stop(errStopped)
		}
	}
	for i := range c.Events {
		switch f := c.Events[i].Fact.(type) {
		case *events.NodeStarted:
			e.launch(en, job.Attempt{Node: f.Node, Visit: f.Visit, Attempt: f.Attempt}, c.At())
		case *events.NodeSpawned:
			e.await(en.subject, f.Child)
		}
	}
}

// rearm sets the job's timer to its next due time. A time that has passed and
// still stands waits for room, not for time.
func (e *Engine) rearm(en *entry) {
	due := en.run.Due()
	if !due.IsZero() && !due.After(time.Now()) {
		due = time.Time{}
		if en.run.Status != job.Pending { // else see stand
			e.queue(en)
		}
	}
	e.timers.set(en.subject, due)
}

// goOn lets a job go on as far as it can, with room taken for held attempts.
func (e *Engine) goOn(s events.Subject, held int) {
	_, err := e.settle(s, &job.Advance{}, held)
	var refusal *job.Refusal
	if err != nil && !errors.As(err, &refusal) && e.work.Err() == nil {
		e.logger.Error("job stands still until the next start", "job", s.ID, "error", err)
	}
}

// engineActor is who acts when no client does.
func (e *Engine) engineActor() events.Actor { return events.Actor{Kind: "engine", ID: e.id} }

// settle gives a command of the engine's own and goes on until it is stored
// or refused, however long the log is unavailable, or the engine stops. The
// caller has taken room for held attempts.
func (e *Engine) settle(s events.Subject, c job.Command, held int) (events.Cursor, error) {
	en := e.jobs.take(s)
	defer e.jobs.put(en)
	var at events.Cursor
	insisting := 1
	err := insist(e.work, func() error {
		en.mu.Lock()
		defer en.mu.Unlock()
		en.insisting += insisting
		insisting = 0
		var err error
		at, err = e.do(e.work, en, e.engineActor(), c, held)
		held = 0
		if !retriable(err) {
			en.insisting--
		}
		return err
	})
	return at, err
}

// insist tries until something is stored or refused, however long the log is
// unavailable, or ctx ends; then it gives the last error.
func insist(ctx context.Context, try func() error) error {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := try()
		if !retriable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}
