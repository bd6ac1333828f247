package httpapi

// What neurons and pathways have in common: the list's parameters, the checks
// of their fields, deletion.

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
	"ranvier/events"
	"ranvier/projections"
)

const (
	maxName        = 200    // bytes of a definition's name
	maxDescription = 10_000 // bytes
	maxSearch      = 200    // bytes
)

// deleted is the answer to a DELETE of a definition.
type deleted struct {
	Success bool `json:"success"`
}

// definitionFilter reads the parameters of a list of definitions.
func definitionFilter(r *http.Request) (projections.DefinitionFilter, error) {
	q := queryOf(r)
	f := projections.DefinitionFilter{
		Search: q.line("search", maxSearch), SortBy: q.oneOf("sortBy", "created_at", "updated_at", "name"),
		Ascending: q.oneOf("sortDirection", "desc", "asc") == "asc",
	}
	f.Limit, f.Offset = q.page()
	return f, q.err()
}

// checkTexts checks the fields that every definition has.
func checkTexts(name, slug, description string) pathway.Problems {
	var problems pathway.Problems
	if name == "" || !isLine(name, maxName) {
		problems = append(problems, pathway.Problem{Path: "/name", Message: fmt.Sprintf("a name of 1 to %d bytes without control characters is needed", maxName)})
	}
	if slug != "" && events.CheckID(slug) != nil {
		problems = append(problems, pathway.Problem{Path: "/slug", Message: "a slug has 1 to 64 letters, digits, '_' or '-'"})
	}
	if len(description) > maxDescription {
		problems = append(problems, pathway.Problem{Path: "/description", Message: fmt.Sprintf("this may have at most %d bytes", maxDescription)})
	}
	return problems
}

// shown waits until a definition that was stored can be read.
func (s *Server) shown(r *http.Request, seq uint64) error {
	if err := s.wait(r.Context(), events.Catalog, seq); err != nil {
		return &failure{code: codeUnavailable, cause: err, message: "it is stored, but cannot be shown yet: read it in a moment"}
	}
	return nil
}

// orElse gives v, or what stands for it when it was not given.
func orElse(v jsontext.Value, absent string) jsontext.Value {
	if given(v) {
		return v
	}
	return jsontext.Value(absent)
}

// isActive is true unless the client says otherwise.
func isActive(v *bool) bool { return v == nil || *v }

// define gives the workspace's catalog a command that deletes something.
func (s *Server) define(w http.ResponseWriter, r *http.Request, command func(id string) catalog.Command) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	if _, err := s.engine.Define(r.Context(), workspace(r), actor(r), command(id)); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, deleted{Success: true})
}
