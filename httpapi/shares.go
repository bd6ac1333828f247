package httpapi

// Share tokens: making and revoking them, with a key. The text of a token is
// answered once, when it is made; afterwards only its hash is known.

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/mux"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// How long a share token is valid.
const (
	defaultShare = 7 * 24 * time.Hour
	leastShare   = time.Second
	longestShare = 366 * 24 * time.Hour
)

// newShare is a share token right after it was made: the one answer with its
// text.
type newShare struct {
	Token     string      `json:"token"`
	URL       string      `json:"url"`
	ExpiresAt events.Time `json:"expires_at"`
}

// shareView is a share token as it is shown later.
type shareView struct {
	ID        string       `json:"id"`
	CreatedAt events.Time  `json:"created_at"`
	ExpiresAt *events.Time `json:"expires_at"`
}

// shareRequest is the body of every route that makes a share token.
type shareRequest struct {
	scoped
	ExpiresIn *span `json:"expires_in"`
}

// until checks how long the token shall be valid, and gives its end.
func (b *shareRequest) until(now time.Time) (time.Time, error) {
	if b.ExpiresIn == nil {
		return now.Add(defaultShare), nil
	}
	d := time.Duration(*b.ExpiresIn)
	if d < leastShare || d > longestShare {
		return time.Time{}, invalidAt("/expires_in", "a share token is valid for 1s to %dh, which is 366 days", int(longestShare.Hours()))
	}
	return now.Add(d), nil
}

// makeShare stores a share token and answers with it. path is its public
// place, in which %s is the token.
func (s *Server) makeShare(w http.ResponseWriter, r *http.Request, path string, until time.Time, cmd *catalog.CreateShare) error {
	text := newShareToken()
	cmd.Share.Hash, cmd.Share.ExpiresAt = events.HashOf([]byte(text)), events.AtPtr(until)
	if _, _, err := s.engine.CreateShare(r.Context(), workspace(r), actor(r), cmd); err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, &newShare{Token: text, URL: s.publicURL(r) + fmt.Sprintf(path, text), ExpiresAt: *cmd.Share.ExpiresAt})
}

// publicURL is where clients find the server: as it is set, or else as this
// client found it.
func (s *Server) publicURL(r *http.Request) string {
	if s.cfg.PublicURL != "" {
		return s.cfg.PublicURL
	}
	u := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}

// shareJob makes a share token of a job, one more if it has some.
func (s *Server) shareJob(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	var body shareRequest
	if _, err := s.decode(w, r, optional, &body); err != nil {
		return err
	}
	until, err := body.until(time.Now())
	if err != nil {
		return err
	}
	if _, err := s.job(r, subject); err != nil {
		return err
	}
	return s.makeShare(w, r, "/v1/public/jobs/"+subject.ID+"/status?t=%s", until, &catalog.CreateShare{
		Share: catalog.Share{Kind: catalog.ShareJob, Target: subject.ID},
	})
}

func (s *Server) unshareJob(w http.ResponseWriter, r *http.Request) error {
	subject, err := jobSubject(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	if _, err := s.job(r, subject); err != nil {
		return err
	}
	return s.revokeShares(w, r, catalog.ShareJob, subject.ID)
}

func (s *Server) revokeShares(w http.ResponseWriter, r *http.Request, kind, target string) error {
	if _, err := s.engine.Define(r.Context(), workspace(r), actor(r), &catalog.RevokeShares{Kind: kind, Target: target}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// shareReceptor makes the share token of a receptor, which has one at most.
func (s *Server) shareReceptor(w http.ResponseWriter, r *http.Request) error {
	return s.newReceptorShare(w, r, false)
}

// rotateReceptorShare makes another one in place of the one there is.
func (s *Server) rotateReceptorShare(w http.ResponseWriter, r *http.Request) error {
	return s.newReceptorShare(w, r, true)
}

func (s *Server) newReceptorShare(w http.ResponseWriter, r *http.Request, rotate bool) error {
	if err := noQuery(r); err != nil {
		return err
	}
	var body shareRequest
	if _, err := s.decode(w, r, optional, &body); err != nil {
		return err
	}
	until, err := body.until(time.Now())
	if err != nil {
		return err
	}
	rc, err := s.namedReceptor(r)
	if err != nil {
		return err
	}
	return s.makeShare(w, r, "/v1/public/receptors/"+rc.Workspace+"/"+rc.Slug+"?t=%s", until, &catalog.CreateShare{
		Share: catalog.Share{Kind: catalog.ShareReceptor, Target: rc.ID}, Rotate: rotate,
	})
}

// namedReceptor finds the receptor in the path: /v1/receptors/{id}/... or
// /v1/receptors/{workspace_slug}/{id}/..., where the workspace is the key's own.
func (s *Server) namedReceptor(r *http.Request) (*catalog.Receptor, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	if slug, ok := mux.Vars(r)["workspace_slug"]; ok && slug != workspace(r) {
		return nil, fail(codeNotFound, "there is no such receptor in this workspace")
	}
	return s.engine.SharedReceptor(r.Context(), workspace(r), id)
}

// getReceptorShare shows the receptor's share token, all but its text.
func (s *Server) getReceptorShare(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	rc, err := s.namedReceptor(r)
	if err != nil {
		return err
	}
	shares, err := s.store.Shares(r.Context(), rc.Workspace, catalog.ShareReceptor, rc.ID)
	if err != nil {
		return fmt.Errorf("reading a receptor's share: %w", err)
	}
	now := events.At(time.Now())
	for _, sh := range shares {
		if !sh.Expired(now) {
			return writeJSON(w, http.StatusOK, &shareView{ID: sh.ID, CreatedAt: sh.CreatedAt, ExpiresAt: sh.ExpiresAt})
		}
	}
	return fail(codeNotFound, "the receptor has no share, or none that has not expired")
}

func (s *Server) unshareReceptor(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	rc, err := s.namedReceptor(r)
	if err != nil {
		return err
	}
	return s.revokeShares(w, r, catalog.ShareReceptor, rc.ID)
}

// deliveryRequest is the body of POST /v1/interventions/{id}/share.
type deliveryRequest struct {
	shareRequest
	Responder string `json:"responder"`
}

// shareIntervention makes a token with which one person answers one question.
func (s *Server) shareIntervention(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	var body deliveryRequest
	if _, err := s.decode(w, r, optional, &body); err != nil {
		return err
	}
	now := time.Now()
	until, err := body.until(now)
	if err != nil {
		return err
	}
	if !isLine(body.Responder, maxLine) {
		return invalidAt("/responder", "this must be at most %d bytes without control characters", maxLine)
	}
	iv, err := s.intervention(r)
	if err != nil {
		return err
	}
	if !iv.Open() || iv.ExpiresAt != nil && !now.Before(iv.ExpiresAt.Time) {
		return fail(codeConflict, "the intervention takes no answer any more: it is %s", cmp.Or(iv.Status, "expired"))
	}
	if iv.ExpiresAt != nil && iv.ExpiresAt.Before(until) {
		until = iv.ExpiresAt.Time
	}
	return s.makeShare(w, r, "/v1/public/interventions/%s", until, &catalog.CreateShare{Share: catalog.Share{
		Kind: catalog.ShareIntervention, Target: iv.InterventionID, Job: iv.JobID, Responder: body.Responder,
	}})
}
