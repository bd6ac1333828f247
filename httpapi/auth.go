package httpapi

// Who asks: API keys, and the ids that a request names.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"ranvier/engine/catalog"
	"ranvier/events"
	"ranvier/projections"
)

const (
	maxKey   = 256             // bytes of a key's text
	patience = 5 * time.Second // how long a read waits for the projections
)

// authenticate finds the key of a request. Only the hash of its text is
// looked up, so the time of the search tells nothing about other keys.
func (s *Server) authenticate(r *http.Request) (*catalog.Key, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return nil, fail(codeAuth, "an API key is needed: Authorization: Bearer rv_live_...")
	}
	scheme, text, _ := strings.Cut(headers[0], " ")
	text = strings.TrimSpace(text)
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") || text == "" || len(text) > maxKey {
		return nil, fail(codeAuth, "the Authorization header must be: Bearer, a space, an API key")
	}
	if !CheckKey(text) {
		return nil, fail(codeAuth, "this API key is mistyped: its checksum is wrong")
	}
	about(r).seen = s.log.Last(events.Catalog)
	if err := s.wait(r.Context(), events.Catalog, about(r).seen); err != nil {
		return nil, err
	}
	key, err := s.store.Key(r.Context(), events.HashOf([]byte(text)))
	switch {
	case errors.Is(err, projections.ErrNotFound):
		return nil, fail(codeAuth, "this API key is not known here, or was revoked")
	case err != nil:
		return nil, fmt.Errorf("looking up a key: %w", err)
	case key.ExpiresAt != nil && !time.Now().Before(key.ExpiresAt.Time):
		return nil, fail(codeAuth, "this API key has expired")
	}
	s.use.note(key, time.Now())
	return key, nil
}

// catchUp waits until the projections hold all that is durable now.
func (s *Server) catchUp(ctx context.Context, stream events.Stream) error {
	return s.wait(ctx, stream, s.log.Last(stream))
}

// wait waits until the projections hold the stream up to a sequence.
func (s *Server) wait(ctx context.Context, stream events.Stream, seq uint64) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	if err := s.store.Wait(ctx, stream, seq); err != nil {
		return fmt.Errorf("waiting for the views of %s: %w", stream, err)
	}
	return nil
}

// workspace is the workspace that the request's key or share token belongs to.
func workspace(r *http.Request) string {
	by, _ := about(r).credential()
	return by.workspace
}

// actor is who the request's events are recorded under.
func actor(r *http.Request) events.Actor {
	by, _ := about(r).credential()
	return events.Actor{Kind: by.kind, ID: by.id}
}

// pathID gives the id or slug in the request's path. One that can name nothing
// is not found; it never reaches the store or the log.
func pathID(r *http.Request) (string, error) {
	id, err := url.PathUnescape(mux.Vars(r)["id"])
	if err != nil || events.CheckID(id) != nil {
		return "", fail(codeNotFound, "there is no such id: ids have 1 to 64 letters, digits, '_' or '-'")
	}
	return id, nil
}

// jobSubject names the job in the request's path, which need not exist.
func jobSubject(r *http.Request) (events.Subject, error) {
	id, err := pathID(r)
	if err != nil {
		return events.Subject{}, err
	}
	return events.JobSubject(workspace(r), id), nil
}

// found says what was not found; another error is told as it is.
func found(err error, what string) error {
	if errors.Is(err, projections.ErrNotFound) {
		return fail(codeNotFound, "there is no such %s", what)
	}
	return fmt.Errorf("reading a %s: %w", what, err)
}
