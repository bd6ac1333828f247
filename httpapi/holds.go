package httpapi

// Credentials of long answers: a stream, or an answer that waits, ends when the
// key or the share token that asked for it is revoked or expires.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// errEnded is the cause with which a held request's context ends.
var errEnded = errors.New("the key or share token was revoked or has expired")

// The kinds of credentials, which are also those of actors.
const (
	byKey   = "key"
	byShare = "share"
)

// credential names a key or a share token: ids of a kind are unique within a
// workspace. The zero value is none.
type credential struct{ kind, workspace, id string }

func keyOf(k *catalog.Key) credential { return credential{byKey, k.Workspace, k.ID} }

// credential gives what opened the request, and when that ends by itself.
func (q *request) credential() (credential, *events.Time) {
	switch {
	case q.key != nil:
		return keyOf(q.key), q.key.ExpiresAt
	case q.share != nil:
		return credential{byShare, q.share.Workspace, q.share.ID}, q.share.ExpiresAt
	}
	return credential{}, nil
}

// holds knows which long answers hang on which credential. Its methods may be
// called from any goroutine.
type holds struct {
	from uint64 // the catalogs' end when it was made; what came before is in no hold

	mu   sync.Mutex
	open map[credential]map[*hold]struct{}
}

// hold is one long answer.
type hold struct{ end context.CancelCauseFunc }

func newHolds(from uint64) *holds {
	return &holds{from: from, open: map[credential]map[*hold]struct{}{}}
}

// run ends what hangs on credentials that are revoked, and tells of each, until
// ctx ends or the log fails. Nothing polls: the log wakes it.
func (h *holds) run(ctx context.Context, log events.Log, revoked func(credential)) error {
	for batch, err := range log.Tail(ctx, events.Catalog, h.from) {
		if err != nil {
			return fmt.Errorf("following the catalogs: %w", err)
		}
		for _, c := range batch {
			for i := range c.Events {
				by := credential{workspace: c.Subject.Workspace}
				switch f := c.Events[i].Fact.(type) {
				case *events.KeyRevoked:
					by.kind, by.id = byKey, f.ID
				case *events.ShareRevoked: // also when a receptor with a share is deleted
					by.kind, by.id = byShare, f.ID
				default:
					continue
				}
				h.end(by)
				revoked(by)
			}
		}
	}
	return nil
}

func (h *holds) end(by credential) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for held := range h.open[by] {
		held.end(errEnded)
	}
}

func (h *holds) add(by credential, end context.CancelCauseFunc) (release func()) {
	held := &hold{end}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[by] == nil {
		h.open[by] = map[*hold]struct{}{}
	}
	h.open[by][held] = struct{}{}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.open[by], held)
		if len(h.open[by]) == 0 {
			delete(h.open, by)
		}
	}
}

// hold gives r with a context that also ends with the request's credential.
// The caller must call release. A request without one stays as it is.
//
// No revocation falls between the first look at the credential and the hold:
// what was appended since is looked up once more, what is appended later finds
// the hold.
func (s *Server) hold(r *http.Request) (held *http.Request, release func(), err error) {
	q := about(r)
	by, expires := q.credential()
	if by == (credential{}) {
		return r, func() {}, nil
	}
	ctx, end := context.WithCancelCause(r.Context())
	stop := func() {}
	if expires != nil {
		ctx, stop = context.WithDeadlineCause(ctx, expires.Time, errEnded)
	}
	drop := s.holds.add(by, end)
	release = func() {
		drop()
		stop()
		end(nil)
	}
	if s.log.Last(events.Catalog) != q.seen {
		if by.kind == byKey {
			_, err = s.authenticate(r)
		} else {
			_, err = s.share(r, q.share.Hash)
		}
		if err != nil {
			release()
			return nil, nil, err
		}
	}
	return r.WithContext(ctx), release, nil
}
