package httpapi

// Secrets: list, store, delete. A value goes in and never comes out again.

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
)

// secretList is one page of secrets.
type secretList struct {
	Secrets []*catalog.Secret `json:"secrets"`
	Total   int               `json:"total"`
	Limit   int               `json:"limit"`
	Offset  int               `json:"offset"`
}

// secretRequest is the body of PUT /v1/secrets/{name}.
type secretRequest struct {
	scoped
	Value string `json:"value"`
}

// secretName gives the name in the request's path. One that no secret can have
// is not found.
func secretName(r *http.Request) (string, error) {
	name, err := url.PathUnescape(mux.Vars(r)["name"])
	if err != nil || !pathway.ValidSecret(name) {
		return "", &catalog.Refusal{Code: codeNotFound, Message: "there is no such secret in this workspace"}
	}
	return name, nil
}

// listSecrets answers a page of the workspace's secrets, by name.
func (s *Server) listSecrets(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	limit, offset := q.page()
	if err := q.err(); err != nil {
		return err
	}
	all, err := s.engine.Secrets(r.Context(), workspace(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, &secretList{Secrets: window(all, limit, offset), Total: len(all), Limit: limit, Offset: offset})
}

func (s *Server) getSecret(w http.ResponseWriter, r *http.Request) error {
	name, err := secretName(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	return s.showSecret(w, r, name)
}

// putSecret makes a secret (201) or gives it a new value (200).
func (s *Server) putSecret(w http.ResponseWriter, r *http.Request) error {
	name, err := url.PathUnescape(mux.Vars(r)["name"])
	if err != nil {
		name = "" // which is a problem as well
	}
	if err := noQuery(r); err != nil {
		return err
	}
	var body secretRequest
	if _, err := s.decode(w, r, required, &body); err != nil {
		return tellMore(err, func() (pathway.Problems, error) { return engine.CheckSecret(name, body.Value), nil })
	}
	if err := s.engine.StoreSecret(r.Context(), workspace(r), actor(r), name, body.Value); err != nil {
		return err
	}
	return s.showSecret(w, r, name)
}

// showSecret answers what may be known of a secret. Its first version is one
// that was just made, if it was stored by this request.
func (s *Server) showSecret(w http.ResponseWriter, r *http.Request, name string) error {
	secret, err := s.engine.Secret(r.Context(), workspace(r), name)
	var refusal *catalog.Refusal
	switch {
	case errors.As(err, &refusal) && r.Method == http.MethodPut:
		return fail(codeConflict, "the secret was deleted as soon as it was stored")
	case err != nil:
		return err
	case r.Method == http.MethodPut && secret.Version == 1:
		w.Header().Set("Location", "/v1/secrets/"+name)
		return writeJSON(w, http.StatusCreated, secret)
	}
	return writeJSON(w, http.StatusOK, secret)
}

func (s *Server) deleteSecret(w http.ResponseWriter, r *http.Request) error {
	name, err := secretName(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	if _, err := s.engine.Define(r.Context(), workspace(r), actor(r), &catalog.DeleteSecret{Name: name}); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, deleted{Success: true})
}
