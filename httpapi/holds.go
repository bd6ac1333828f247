package httpapi

// Keys of long answers: a stream, or an answer that waits, ends when the key
// that asked for it is revoked or expires.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// errKeyEnded is the cause with which a held request's context ends.
var errKeyEnded = errors.New("the key was revoked or has expired")

// keyRef names a key: ids are unique within a workspace.
type keyRef struct{ workspace, id string }

func refOf(k *catalog.Key) keyRef { return keyRef{k.Workspace, k.ID} }

// holds knows which long answers hang on which key. Its methods may be called
// from any goroutine.
type holds struct {
	from uint64 // the catalogs' end when it was made; what came before is in no hold

	mu   sync.Mutex
	open map[keyRef]map[*hold]struct{}
}

// hold is one long answer.
type hold struct{ end context.CancelCauseFunc }

func newHolds(from uint64) *holds {
	return &holds{from: from, open: map[keyRef]map[*hold]struct{}{}}
}

// run ends what hangs on keys that are revoked, and tells of each, until ctx
// ends or the log fails. Nothing polls: the log wakes it.
func (h *holds) run(ctx context.Context, log events.Log, revoked func(keyRef)) error {
	for batch, err := range log.Tail(ctx, events.Catalog, h.from) {
		if err != nil {
			return fmt.Errorf("following the catalogs: %w", err)
		}
		for _, c := range batch {
			for i := range c.Events {
				if f, ok := c.Events[i].Fact.(*events.KeyRevoked); ok {
					ref := keyRef{c.Subject.Workspace, f.ID}
					h.end(ref)
					revoked(ref)
				}
			}
		}
	}
	return nil
}

func (h *holds) end(ref keyRef) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for held := range h.open[ref] {
		held.end(errKeyEnded)
	}
}

func (h *holds) add(ref keyRef, end context.CancelCauseFunc) (release func()) {
	held := &hold{end}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[ref] == nil {
		h.open[ref] = map[*hold]struct{}{}
	}
	h.open[ref][held] = struct{}{}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.open[ref], held)
		if len(h.open[ref]) == 0 {
			delete(h.open, ref)
		}
	}
}

// hold gives r with a context that also ends with the request's key. The
// caller must call release. A request without a key stays as it is.
//
// No revocation falls between the first look at the key and the hold: what was
// appended since is looked up once more, what is appended later finds the hold.
func (s *Server) hold(r *http.Request) (held *http.Request, release func(), err error) {
	q := about(r)
	if q.key == nil {
		return r, func() {}, nil
	}
	ctx, end := context.WithCancelCause(r.Context())
	stop := func() {}
	if at := q.key.ExpiresAt; at != nil {
		ctx, stop = context.WithDeadlineCause(ctx, at.Time, errKeyEnded)
	}
	drop := s.holds.add(refOf(q.key), end)
	release = func() {
		drop()
		stop()
		end(nil)
	}
	if s.log.Last(events.Catalog) != q.seen {
		if _, err := s.authenticate(r); err != nil {
			release()
			return nil, nil, err
		}
	}
	return r.WithContext(ctx), release, nil
}
