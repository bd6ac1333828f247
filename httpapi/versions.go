package httpapi

// Versions of neurons and pathways: listed, read, and promoted, which stores
// the content of an old one again, as the newest.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gorilla/mux"

	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
)

// versionList is one page of a definition's versions, newest first.
type versionList[T any] struct {
	Versions []*T `json:"versions"`
	Total    int  `json:"total"`
	Limit    int  `json:"limit"`
	Offset   int  `json:"offset"`
}

// versions serves the versions of one kind of definition.
type versions[T any] struct {
	noun string
	id   func(*T) string
	// As the methods of projections.Store.
	newest func(ctx context.Context, workspace, idOrSlug string) (*T, error)
	page   func(ctx context.Context, workspace, id string, limit, offset int) ([]*T, int, error)
	one    func(ctx context.Context, workspace, id string, version int) (*T, error)
	// store makes old the newest version. The slug is an address, not content:
	// it stays as it is.
	store  func(r *http.Request, old *T) (seq uint64, err error)
	server *Server
}

func (s *Server) neuronVersions() *versions[catalog.Neuron] {
	return &versions[catalog.Neuron]{
		noun: "neuron", id: func(n *catalog.Neuron) string { return n.ID }, server: s,
		newest: s.store.Neuron, page: s.store.NeuronVersions, one: s.store.NeuronVersion,
		store: func(r *http.Request, old *catalog.Neuron) (uint64, error) {
			cmd := &catalog.StoreNeuron{ID: old.ID, Spec: old.NeuronSpec}
			cmd.Spec.Slug = ""
			_, seq, err := s.engine.StoreNeuron(r.Context(), workspace(r), actor(r), cmd)
			return seq, err
		},
	}
}

func (s *Server) pathwayVersions() *versions[catalog.Pathway] {
	return &versions[catalog.Pathway]{
		noun: "pathway", id: func(p *catalog.Pathway) string { return p.ID }, server: s,
		newest: s.store.Pathway, page: s.store.PathwayVersions, one: s.store.PathwayVersion,
		store: func(r *http.Request, old *catalog.Pathway) (uint64, error) {
			cmd := &catalog.StorePathway{ID: old.ID, Spec: old.PathwaySpec}
			cmd.Spec.Slug = ""
			_, seq, err := s.engine.StorePathway(r.Context(), workspace(r), actor(r), cmd)
			return seq, err
		},
	}
}

func (v *versions[T]) list(w http.ResponseWriter, r *http.Request) error {
	id, err := v.inPath(r)
	if err != nil {
		return err
	}
	q := queryOf(r)
	limit, offset := q.page()
	if err := q.err(); err != nil {
		return err
	}
	list, total, err := v.page(r.Context(), workspace(r), id, limit, offset)
	if err != nil {
		return found(err, v.noun)
	}
	return writeJSON(w, http.StatusOK, &versionList[T]{Versions: list, Total: total, Limit: limit, Offset: offset})
}

func (v *versions[T]) get(w http.ResponseWriter, r *http.Request) error {
	d, err := v.versionInPath(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, d)
}

func (v *versions[T]) promote(w http.ResponseWriter, r *http.Request) error {
	old, err := v.versionInPath(r)
	if err != nil {
		return err
	}
	if err := v.server.noRequest(w, r); err != nil {
		return err
	}
	seq, err := v.store(r, old)
	if err != nil {
		return unfit(err)
	}
	if err := v.server.shown(r, seq); err != nil {
		return err
	}
	d, err := v.newest(r.Context(), workspace(r), v.id(old))
	if err != nil {
		return found(err, v.noun)
	}
	return writeJSON(w, http.StatusOK, d)
}

// inPath gives the id of the definition whose id or slug is in the path.
func (v *versions[T]) inPath(r *http.Request) (string, error) {
	id, err := pathID(r)
	if err != nil {
		return "", err
	}
	d, err := v.newest(r.Context(), workspace(r), id)
	if err != nil {
		return "", found(err, v.noun)
	}
	return v.id(d), nil
}

// versionInPath finds the version in the path.
func (v *versions[T]) versionInPath(r *http.Request) (*T, error) {
	id, err := v.inPath(r)
	if err != nil {
		return nil, err
	}
	version, err := pathVersion(r)
	if err != nil {
		return nil, err
	}
	d, err := v.one(r.Context(), workspace(r), id, version)
	if err != nil {
		return nil, found(err, "version")
	}
	return d, nil
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
