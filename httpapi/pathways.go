package httpapi

// Pathways: stored graphs.

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
)

// pathwayRequest is the body of POST /v1/pathways and PUT /v1/pathways/{id}.
type pathwayRequest struct {
	scoped
	Name        string         `json:"name"`
	Slug        string         `json:"slug"`
	Description string         `json:"description"`
	Graph       jsontext.Value `json:"pathway_graph"`
	Data        jsontext.Value `json:"pathway_data"`
	IsActive    *bool          `json:"is_active"`
}

// problems tells what the schema of the body cannot.
func (b *pathwayRequest) problems() pathway.Problems {
	return checkTexts(b.Name, b.Slug, b.Description)
}

// pathwayList is one page of pathways.
type pathwayList struct {
	Pathways []*catalog.Pathway `json:"pathways"`
	Total    int                `json:"total"`
	Limit    int                `json:"limit"`
	Offset   int                `json:"offset"`
}

func (s *Server) listPathways(w http.ResponseWriter, r *http.Request) error {
	f, err := definitionFilter(r)
	if err != nil {
		return err
	}
	list, total, err := s.store.Pathways(r.Context(), workspace(r), f)
	if err != nil {
		return fmt.Errorf("listing pathways: %w", err)
	}
	return writeJSON(w, http.StatusOK, &pathwayList{Pathways: list, Total: total, Limit: f.Limit, Offset: f.Offset})
}

func (s *Server) getPathway(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	p, err := s.store.Pathway(r.Context(), workspace(r), id)
	if err != nil {
		return found(err, "pathway")
	}
	return writeJSON(w, http.StatusOK, p)
}

func (s *Server) createPathway(w http.ResponseWriter, r *http.Request) error {
	return s.storePathway(w, r, "")
}

func (s *Server) replacePathway(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	p, err := s.store.Pathway(r.Context(), workspace(r), id)
	if err != nil {
		return found(err, "pathway")
	}
	return s.storePathway(w, r, p.ID)
}

// storePathway makes a pathway, or gives the one of an id a new version.
func (s *Server) storePathway(w http.ResponseWriter, r *http.Request, id string) error {
	if err := noQuery(r); err != nil {
		return err
	}
	var body pathwayRequest
	if _, err := s.decode(w, r, required, &body); err != nil {
		return tellMore(err, func() (pathway.Problems, error) {
			if !given(body.Graph) {
				return nil, nil
			}
			inside, err := s.engine.CheckGraph(r.Context(), workspace(r), body.Graph)
			return inside.Under("/pathway_graph"), err
		})
	}
	id, seq, err := s.engine.StorePathway(r.Context(), workspace(r), actor(r), &catalog.StorePathway{
		New: id == "", ID: id, Spec: catalog.PathwaySpec{
			Name: body.Name, Slug: body.Slug, Description: body.Description,
			Graph: body.Graph, Data: orElse(body.Data, "null"), IsActive: isActive(body.IsActive),
		},
	})
	if err != nil {
		return err
	}
	if err := s.shown(r, seq); err != nil {
		return err
	}
	p, err := s.store.Pathway(r.Context(), workspace(r), id)
	if err != nil {
		return found(err, "pathway")
	}
	if r.Method == http.MethodPut {
		return writeJSON(w, http.StatusOK, p)
	}
	w.Header().Set("Location", "/v1/pathways/"+id)
	return writeJSON(w, http.StatusCreated, p)
}

func (s *Server) deletePathway(w http.ResponseWriter, r *http.Request) error {
	return s.define(w, r, func(id string) catalog.Command { return &catalog.DeletePathway{ID: id} })
}

// validateRequest is the body of POST /v1/pathways/validate.
type validateRequest struct {
	scoped
	Graph jsontext.Value `json:"pathway_graph"`
}

// validity is what is wrong with a graph, as pointers into it.
type validity struct {
	Valid    bool             `json:"valid"`
	Problems pathway.Problems `json:"problems"`
}

func (s *Server) validatePathway(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	var body validateRequest
	if _, err := s.decode(w, r, required, &body); err != nil {
		return err
	}
	if !given(body.Graph) {
		return invalidAt("/pathway_graph", "a graph is needed")
	}
	problems, err := s.engine.CheckGraph(r.Context(), workspace(r), body.Graph)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, &validity{Valid: len(problems) == 0, Problems: detailsOf(problems)})
}

// executeRequest is the body of POST /v1/pathways/{id}/execute.
type executeRequest struct {
	scoped
	runOptions
}

func (s *Server) executePathway(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	var body executeRequest
	request, err := s.decode(w, r, optional, &body)
	if err != nil {
		return err
	}
	sub := body.submission(r)
	sub.Pathway = id
	if err := name(r, &sub, "pathways/"+id+"/execute", request); err != nil {
		return err
	}
	return s.startJob(w, r, sub)
}
