package natslog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"ranvier/events"
)

// Log is an events.Log on JetStream. Its methods may be called from any
// goroutine; Close ends it.
type Log struct {
	cfg  Config
	lock *os.File // nil without a directory

	jobs, catalog, tokens *lane
	blobs                 *lane
	jobsFeed, catalogFeed *feed[*events.Commit]
	chunkFeed             *feed[*events.Chunk]

	sending sync.RWMutex // read-held while a lane uses the link; held while it is replaced
	state   atomic.Pointer[state]
	turn    sync.Mutex // held while state is replaced
	trouble chan struct{}
	dated   chan struct{} // the record is behind by recordEvery commits

	recordMu sync.Mutex
	reserved uint64 // token sequences up to here are covered by the record
	steady   ends   // with SyncInterval: what was stored one watch ago
	unsaved  atomic.Int64

	ended  chan struct{} // closed when Close begins
	stop   chan struct{} // closed to end the lanes
	lanes  sync.WaitGroup
	watch  sync.WaitGroup
	closed sync.Once
}

var _ events.Log = (*Log)(nil)

// errClosed is what a closed log answers.
var errClosed = fmt.Errorf("%w: it was closed", events.ErrUnavailable)

// Open opens the log, making it the first time. ctx bounds the opening only.
// Errors wrap ErrLocked when another process has the directory, and ErrLost
// when less is stored than was.
func Open(ctx context.Context, cfg Config) (_ *Log, err error) {
	cfg, err = cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	l := &Log{
		cfg:      cfg,
		jobsFeed: newFeed[*events.Commit](), catalogFeed: newFeed[*events.Commit](), chunkFeed: newFeed[*events.Chunk](),
		trouble: make(chan struct{}, 1), dated: make(chan struct{}, 1),
		ended: make(chan struct{}), stop: make(chan struct{}),
	}
	l.jobs = newLane(l, jobsStream, true, l.jobsFeed.end, l.storedCommits(l.jobsFeed))
	l.catalog = newLane(l, catalogStream, true, l.catalogFeed.end, l.storedCommits(l.catalogFeed))
	l.tokens = newLane(l, tokensStream, false, l.chunkFeed.end, l.storedChunks)
	l.blobs = newLane(l, blobsStream, false, nil, func([]*ticket) {})

	var known *record
	if cfg.Dir != "" {
		if l.lock, err = lockDir(cfg.Dir); err != nil {
			return nil, fmt.Errorf("opening the log: %w", err)
		}
		if known, err = readRecord(cfg.Dir); err != nil {
			l.lock.Close()
			return nil, fmt.Errorf("opening the log: %w", err)
		}
	}
	at, err := l.start(ctx, known)
	if err != nil {
		if l.lock != nil {
			l.lock.Close()
		}
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	l.state.Store(&state{link: at, changed: make(chan struct{})})
	for _, ln := range []*lane{l.jobs, l.catalog, l.tokens, l.blobs} {
		l.lanes.Go(func() { ln.run(l.stop) })
	}
	l.watch.Go(l.supervise)
	return l, nil
}

// start makes a link to a running server whose streams are as known.
func (l *Log) start(ctx context.Context, known *record) (*link, error) {
	at, err := dial(ctx, l.cfg)
	if err != nil {
		return nil, err
	}
	e, err := openStreams(ctx, at.js, l.cfg, known)
	if err == nil && l.embedded() && known != nil && e.tokens < known.Tokens {
		err = skipTokens(ctx, at.js, known.Tokens)
		e.tokens = known.Tokens
	}
	if err != nil {
		at.close()
		return nil, err
	}
	// What a server finds in its store when it starts is on the disk.
	l.jobsFeed.reset(e.jobs)
	l.catalogFeed.reset(e.catalog)
	l.chunkFeed.reset(e.tokens)
	l.recordMu.Lock()
	l.steady = e
	l.recordMu.Unlock()
	if err := l.save(); err != nil {
		at.close()
		return nil, err
	}
	return at, nil
}

func (l *Log) embedded() bool { return l.cfg.URL == "" }

// Close waits for the appends under way, stops the server and frees the
// directory. When ctx ends first those appends get ErrUnknown. Tails end with
// ErrUnavailable. Later calls do nothing.
func (l *Log) Close(ctx context.Context) error {
	var err error
	l.closed.Do(func() { err = l.close(ctx) })
	return err
}

func (l *Log) close(ctx context.Context) error {
	close(l.ended)
	l.watch.Wait()
	close(l.stop)
	idle := make(chan struct{})
	go func() { l.lanes.Wait(); close(idle) }()
	at := l.current()
	var errs []error
	select {
	case <-idle:
	case <-ctx.Done():
		errs = append(errs, fmt.Errorf("appends were under way: %w", ctx.Err()))
		at.giveUp()
		<-idle
	}
	at.close()
	if l.lock != nil {
		e := ends{l.jobsFeed.end(), l.catalogFeed.end(), l.chunkFeed.end()}
		if err := l.write(e, e.tokens); err != nil {
			errs = append(errs, err)
		}
		if err := l.lock.Close(); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the log: %w", err)
	}
	return nil
}

// Append implements events.Log. When ctx ends while the commit still waits
// for its turn it is not stored; once it is on its way the outcome is awaited.
func (l *Log) Append(ctx context.Context, c *events.Commit) error {
	if err := c.Subject.Check(); err != nil {
		return err
	}
	if len(c.Bytes()) > l.cfg.maxCommit() {
		return fmt.Errorf("%w: %d bytes of at most %d", events.ErrTooLarge, len(c.Bytes()), l.cfg.maxCommit())
	}
	ln := l.jobs
	if c.Subject.Stream == events.Catalog {
		ln = l.catalog
	}
	return ln.put(ctx, &ticket{subject: c.Subject.String(), data: c.Bytes(), expect: c.After, item: c})
}

func (l *Log) storedCommits(f *feed[*events.Commit]) func([]*ticket) {
	return func(acked []*ticket) {
		slices.SortFunc(acked, func(a, b *ticket) int { return cmp.Compare(a.seq, b.seq) })
		items := make([]entry[*events.Commit], len(acked))
		for i, t := range acked {
			c := t.item.(*events.Commit)
			c.Seq = t.seq
			seen := *c // without what only its writer knew
			seen.After = 0
			items[i] = entry[*events.Commit]{&seen, t.seq, len(t.data)}
		}
		if l.embedded() {
			f.push(items)
		} else {
			f.advance(items[len(items)-1].seq) // others store too
		}
		if l.unsaved.Add(int64(len(items))) >= recordEvery {
			l.unsaved.Store(0)
			select {
			case l.dated <- struct{}{}:
			default:
			}
		}
	}
}

// Load implements events.Log. With the embedded server it fails with
// ErrUnavailable while the outcome of an append is being found out.
func (l *Log) Load(ctx context.Context, s events.Subject, after uint64) iter.Seq2[*events.Commit, error] {
	return func(yield func(*events.Commit, error) bool) {
		l.load(ctx, s.Stream, s.String(), s.Check(), after)(l.restored(ctx, s.String(), after, yield))
	}
}

// LoadWorkspace implements events.Log. It fails as Load does.
func (l *Log) LoadWorkspace(ctx context.Context, workspace string, after uint64) iter.Seq2[*events.Commit, error] {
	return l.load(ctx, events.Jobs, string(events.Jobs)+"."+workspace+".*", events.CheckID(workspace), after)
}

// load gives what has a message subject, which may have a wildcard, unless it
// is refused.
func (l *Log) load(ctx context.Context, stream events.Stream, subject string, refused error, after uint64) iter.Seq2[*events.Commit, error] {
	src := l.commits(stream)
	return func(yield func(*events.Commit, error) bool) {
		switch {
		case refused != nil:
			yield(nil, refused)
		case l.embedded():
			src.load(ctx, l, subject, after, yield)
		default:
			src.loadFromLeader(ctx, l, subject, after, yield)
		}
	}
}

// Tail implements events.Log. With the embedded server the newest commits are
// those that Append was given, not copies.
func (l *Log) Tail(ctx context.Context, stream events.Stream, after uint64) iter.Seq2[[]*events.Commit, error] {
	return l.commits(stream).tail(ctx, l, after)
}

// Last implements events.Log. With an external server it is the last sequence
// that this process knows of.
func (l *Log) Last(stream events.Stream) uint64 { return l.commits(stream).feed.end() }

func (l *Log) commits(stream events.Stream) *source[*events.Commit] {
	if stream == events.Catalog {
		return &source[*events.Commit]{stream: catalogStream, feed: l.catalogFeed, decode: decodeCommit, whole: true}
	}
	return &source[*events.Commit]{stream: jobsStream, feed: l.jobsFeed, decode: decodeCommit, whole: true, missing: l.missing}
}

func decodeCommit(subject string, seq uint64, b []byte) (*events.Commit, error) {
	s, err := events.ParseSubject(subject)
	if err != nil {
		return nil, err
	}
	return events.Decode(s, seq, b)
}
