package httpapi

// The ingress of webhooks: no key, but a signature.

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
	"ranvier/projections"
)

// noHook answers every message that is not taken on its signature: nobody
// shall learn from it whether there is such a receptor.
func noHook() error {
	return fail(codeAuth, "no receptor takes this message: its signature, or the address it was sent to, is wrong")
}

// nobody's key signs nothing: with it an unknown receptor takes as long as any.
var nobody = func() [][]byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: see crypto/rand
	return [][]byte{key}
}()

// postHook takes a webhook.
func (s *Server) postHook(w http.ResponseWriter, r *http.Request) error {
	signed, ok := readSignature(r.Header)
	if !ok {
		return s.limitAddress(r, noHook())
	}
	body, err := s.readBody(w, r, required)
	if err != nil {
		return err
	}
	hook, err := s.webhook(r)
	if err != nil {
		return err
	}
	keys := nobody
	if hook != nil {
		keys = hook.Keys
	}
	if !signed.signs(body, keys) || hook == nil {
		return s.limitAddress(r, noHook())
	}
	if !signed.recent(time.Now()) {
		return fail(codeInvalid, "the time in webhook-timestamp is more than %v away from the time here", hookWindow)
	}
	if err := noQuery(r); err != nil {
		return err
	}
	if problems := checkText(body, false); len(problems) > 0 {
		return invalid(problems)
	}
	receipt, err := s.engine.Deliver(r.Context(), hook, &engine.Message{ID: signed.id, Body: body, Headers: hookHeaders(r.Header)})
	var refusal *catalog.Refusal
	if errors.As(err, &refusal) && refusal.Code == codeNotFound {
		return noHook() // it was deleted just now
	}
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/jobs/"+receipt.Job+"/status")
	if receipt.Replayed {
		w.Header().Set("Idempotent-Replay", "true")
	}
	return writeJSON(w, http.StatusAccepted, &started{JobID: receipt.Job, Status: job.Pending, Cursor: receipt.Cursor})
}

// webhook finds the receptor in the path among those of all workspaces, nil
// when none takes webhooks there.
func (s *Server) webhook(r *http.Request) (*engine.Webhook, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, nil //nolint:nilerr // a path that can name nothing names no receptor
	}
	if err := s.catchUp(r.Context(), events.Catalog); err != nil {
		return nil, err
	}
	workspace, err := s.store.ReceptorHome(r.Context(), id)
	if errors.Is(err, projections.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking up a receptor: %w", err)
	}
	return s.engine.Webhook(r.Context(), workspace, id)
}

// hidden are headers that are no job's to know.
var hidden = []string{"Authorization", "Cookie", "Proxy-Authorization", headerHookSignature}

// hookHeaders are the headers of a webhook as its job sees them.
func hookHeaders(h http.Header) map[string]string {
	seen := map[string]string{}
	for name, values := range h {
		if !slices.Contains(hidden, name) {
			seen[strings.ToLower(name)] = strings.ToValidUTF8(strings.Join(values, ", "), "\uFFFD")
		}
	}
	return seen
}
