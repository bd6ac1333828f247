package httpapi

// Versions of neurons and pathways: listed, read, and promoted, which stores
// the content of an old one again, as the newest.

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gorilla/mux"

	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
)

// neuronVersions is one page of a neuron's versions, newest first.
type neuronVersions struct {
	Versions []*catalog.Neuron `json:"versions"`
	Total    int               `json:"total"`
	Limit    int               `json:"limit"`
	Offset   int               `json:"offset"`
}

// pathwayVersions is one page of a pathway's versions, newest first.
type pathwayVersions struct {
	Versions []*catalog.Pathway `json:"versions"`
	Total    int                `json:"total"`
	Limit    int                `json:"limit"`
	Offset   int                `json:"offset"`
}

func (s *Server) listNeuronVersions(w http.ResponseWriter, r *http.Request) error {
	n, err := s.neuronInPath(r)
	if err != nil {
		return err
	}
	q := queryOf(r)
	limit, offset := q.page()
	if err := q.err(); err != nil {
		return err
	}
	list, total, err := s.store.NeuronVersions(r.Context(), workspace(r), n.ID, limit, offset)
	if err != nil {
		return found(err, "neuron")
	}
	return writeJSON(w, http.StatusOK, &neuronVersions{Versions: list, Total: total, Limit: limit, Offset: offset})
}

func (s *Server) getNeuronVersion(w http.ResponseWriter, r *http.Request) error {
	n, err := s.neuronVersionInPath(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, n)
}

func (s *Server) promoteNeuron(w http.ResponseWriter, r *http.Request) error {
	old, err := s.neuronVersionInPath(r)
	if err != nil {
		return err
	}
	if err := s.noRequest(w, r); err != nil {
		return err
	}
	spec := old.NeuronSpec
	spec.Slug = "" // the slug is an address, not content: it stays
	id, seq, err := s.engine.StoreNeuron(r.Context(), workspace(r), actor(r), &catalog.StoreNeuron{ID: old.ID, Spec: spec})
	if err != nil {
		return unfit(err)
	}
	if err := s.shown(r, seq); err != nil {
		return err
	}
	n, err := s.store.Neuron(r.Context(), workspace(r), id)
	if err != nil {
		return found(err, "neuron")
	}
	return writeJSON(w, http.StatusOK, n)
}

func (s *Server) listPathwayVersions(w http.ResponseWriter, r *http.Request) error {
	p, err := s.pathwayInPath(r)
	if err != nil {
		return err
	}
	q := queryOf(r)
	limit, offset := q.page()
	if err := q.err(); err != nil {
		return err
	}
	list, total, err := s.store.PathwayVersions(r.Context(), workspace(r), p.ID, limit, offset)
	if err != nil {
		return found(err, "pathway")
	}
	return writeJSON(w, http.StatusOK, &pathwayVersions{Versions: list, Total: total, Limit: limit, Offset: offset})
}

func (s *Server) getPathwayVersion(w http.ResponseWriter, r *http.Request) error {
	p, err := s.pathwayVersionInPath(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, p)
}

func (s *Server) promotePathway(w http.ResponseWriter, r *http.Request) error {
	old, err := s.pathwayVersionInPath(r)
	if err != nil {
		return err
	}
	if err := s.noRequest(w, r); err != nil {
		return err
	}
	spec := old.PathwaySpec
	spec.Slug = "" // as for neurons
	id, seq, err := s.engine.StorePathway(r.Context(), workspace(r), actor(r), &catalog.StorePathway{ID: old.ID, Spec: spec})
	if err != nil {
		return unfit(err)
	}
	if err := s.shown(r, seq); err != nil {
		return err
	}
	p, err := s.store.Pathway(r.Context(), workspace(r), id)
	if err != nil {
		return found(err, "pathway")
	}
	return writeJSON(w, http.StatusOK, p)
}

// unfit says that a version that was good once is so no more: a neuron that it
// names may be gone, a kind may have become stricter.
func unfit(err error) error {
	var problems pathway.Problems
	if !errors.As(err, &problems) {
		return err
	}
	f := fail(codeConflict, "this version can no longer be used as it is: %v", problems)
	f.details = problems
	return f
}

// neuronInPath finds the neuron whose id or slug is in the path.
func (s *Server) neuronInPath(r *http.Request) (*catalog.Neuron, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	n, err := s.store.Neuron(r.Context(), workspace(r), id)
	if err != nil {
		return nil, found(err, "neuron")
	}
	return n, nil
}

// neuronVersionInPath finds the version of the neuron in the path.
func (s *Server) neuronVersionInPath(r *http.Request) (*catalog.Neuron, error) {
	n, err := s.neuronInPath(r)
	if err != nil {
		return nil, err
	}
	version, err := pathVersion(r)
	if err != nil {
		return nil, err
	}
	if n, err = s.store.NeuronVersion(r.Context(), workspace(r), n.ID, version); err != nil {
		return nil, found(err, "version")
	}
	return n, nil
}

// pathwayInPath finds the pathway whose id or slug is in the path.
func (s *Server) pathwayInPath(r *http.Request) (*catalog.Pathway, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	p, err := s.store.Pathway(r.Context(), workspace(r), id)
	if err != nil {
		return nil, found(err, "pathway")
	}
	return p, nil
}

// pathwayVersionInPath finds the version of the pathway in the path.
func (s *Server) pathwayVersionInPath(r *http.Request) (*catalog.Pathway, error) {
	p, err := s.pathwayInPath(r)
	if err != nil {
		return nil, err
	}
	version, err := pathVersion(r)
	if err != nil {
		return nil, err
	}
	if p, err = s.store.PathwayVersion(r.Context(), workspace(r), p.ID, version); err != nil {
		return nil, found(err, "version")
	}
	return p, nil
}

// pathVersion gives the version's number in the request's path. One that can
// be none is not found.
func pathVersion(r *http.Request) (int, error) {
	text, err := url.PathUnescape(mux.Vars(r)["n"])
	if err == nil {
		var n int
		// Only the form in which numbers are written here is a name of one.
		if n, err = strconv.Atoi(text); err == nil && n >= 1 && strconv.Itoa(n) == text {
			return n, nil
		}
	}
	return 0, fail(codeNotFound, "there is no such version: versions are numbered from 1")
}

// noRequest refuses parameters, and a body that says anything but perhaps the
// key's own workspace.
func (s *Server) noRequest(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	_, err := s.decode(w, r, optional, &scoped{})
	return err
}
