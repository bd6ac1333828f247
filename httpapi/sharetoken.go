package httpapi

// The text of share tokens, rv_share_<43 characters>, and how a public route
// is opened by one.

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ranvier/engine/catalog"
	"ranvier/events"
	"ranvier/projections"
)

const (
	sharePrefix  = "rv_share_"
	shareRandom  = 32 // bytes
	publicPrefix = "/v1/public/"
)

// newShareToken makes the text of a new share token: 256 random bits.
func newShareToken() string {
	var random [shareRandom]byte
	_, _ = rand.Read(random[:]) // never fails: see crypto/rand
	return sharePrefix + base64.RawURLEncoding.EncodeToString(random[:])
}

// shareHash gives the hash by which a token is known, if text can be one.
func shareHash(text string) (hash events.Hash, ok bool) {
	random, ok := strings.CutPrefix(text, sharePrefix)
	if !ok {
		return hash, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(random)
	if err != nil || len(b) != shareRandom {
		return hash, false
	}
	return events.HashOf([]byte(text)), true
}

// nothingOpened is said of whatever a token does not open: no one shall learn
// from it whether the token, or what is asked for, was ever there.
const nothingOpened = "this link opens nothing: it may be mistyped, have expired or have been revoked"

func noShare() error { return fail(codeNotFound, nothingOpened) }

// queryToken is the share token in a request's query. It is given once.
func queryToken(r *http.Request) string {
	if given := r.URL.Query()["t"]; len(given) == 1 {
		return given[0]
	}
	return ""
}

// share finds a share token that is valid now. Only the hash of its text is
// looked up, so the time of the search tells nothing about others.
func (s *Server) share(r *http.Request, hash events.Hash) (*catalog.Share, error) {
	about(r).seen = s.log.Last(events.Catalog)
	if err := s.wait(r.Context(), events.Catalog, about(r).seen); err != nil {
		return nil, err
	}
	share, err := s.store.Share(r.Context(), hash)
	switch {
	case errors.Is(err, projections.ErrNotFound):
		return nil, noShare()
	case err != nil:
		return nil, fmt.Errorf("looking up a share token: %w", err)
	case share.Expired(events.At(time.Now())):
		return nil, noShare()
	}
	return share, nil
}

// enter lets a request in by a share token. opens finds what is asked for and
// tells whether the token is for it; an error of it that is NOT_FOUND counts as
// no. Everything that does not open is answered alike, and counts as a bad
// credential of its address.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, token string, opens func(*catalog.Share) (bool, error)) error {
	hash, ok := shareHash(token)
	if !ok {
		if token == "" { // nothing was tried
			return noShare()
		}
		return s.limitAddress(r, noShare())
	}
	share, err := s.share(r, hash)
	if err == nil {
		if err := limit(w, s.shareRates, hash, "share token"); err != nil {
			return err
		}
		if ok, err = opens(share); err == nil && ok {
			about(r).share = share
			return nil
		}
		for _, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
			w.Header().Del(name)
		}
	}
	if err == nil || failureOf(err).code == codeNotFound {
		return s.limitAddress(r, noShare())
	}
	return err
}
