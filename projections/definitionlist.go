package projections

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// This file lists neurons, pathways and receptors. A workspace has some hundreds of them,
// so a list reads them all.

// The orders of DefinitionFilter.SortBy.
const (
	ByCreated = "created_at" // also when it is empty
	ByUpdated = "updated_at"
	ByName    = "name" // in the order of its bytes, as it is written
)

// DefinitionFilter says which definitions of a workspace are asked for.
type DefinitionFilter struct {
	Search    string // stands in name, slug or description, whatever the case
	SortBy    string // ByCreated, ByUpdated or ByName
	Ascending bool   // newest or last name first otherwise
	Limit     int    // 0 is no limit
	Offset    int
}

// Neurons lists neurons and counts all that match. They belong to the caller.
// An unknown SortBy is an error.
func (s *Store) Neurons(ctx context.Context, workspace string, f DefinitionFilter) ([]*catalog.Neuron, int, error) {
	return neurons.list(ctx, s, workspace, f)
}

// Pathways lists pathways and counts all that match. They belong to the
// caller. An unknown SortBy is an error.
func (s *Store) Pathways(ctx context.Context, workspace string, f DefinitionFilter) ([]*catalog.Pathway, int, error) {
	return pathways.list(ctx, s, workspace, f)
}

// Receptors lists receptors and counts all that match. They have no Secrets,
// and belong to the caller. An unknown SortBy is an error.
func (s *Store) Receptors(ctx context.Context, workspace string, f DefinitionFilter) ([]*catalog.Receptor, int, error) {
	return receptors.list(ctx, s, workspace, f)
}

// list reads a page in the filter's order. Among equals the id decides, in the
// same direction.
func (k *kind[T]) list(ctx context.Context, s *Store, workspace string, f DefinitionFilter) ([]*T, int, error) {
	type item struct {
		id string
		parts
		definition *T
	}
	var order func(a, b item) int
	switch f.SortBy {
	case "", ByCreated:
		order = func(a, b item) int { return a.created.Compare(b.created.Time) }
	case ByUpdated:
		order = func(a, b item) int { return a.updated.Compare(b.updated.Time) }
	case ByName:
		order = func(a, b item) int { return strings.Compare(a.name, b.name) }
	default:
		return nil, 0, fmt.Errorf("listing %ss: there is no order %.64q", k.noun, f.SortBy)
	}
	search := strings.ToLower(f.Search)
	var items []item
	err := s.read(ctx, func(r reader) error {
		items = nil
		prefix := inWorkspace(workspace)
		return r.each(k.table, prefix, func(key, value []byte) (bool, error) {
			d := new(T)
			if err := decode(value, d); err != nil {
				return false, err
			}
			p := k.parts(d)
			if contains(p.name, search) || contains(p.slug, search) || contains(p.description, search) {
				items = append(items, item{string(key[len(prefix):]), p, d})
			}
			return ctx.Err() == nil, ctx.Err()
		})
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(items, func(a, b item) int {
		c := cmp.Or(order(a, b), strings.Compare(a.id, b.id))
		if !f.Ascending {
			c = -c
		}
		return c
	})
	total := len(items)
	items = items[min(max(f.Offset, 0), total):]
	if f.Limit > 0 {
		items = items[:min(f.Limit, len(items))]
	}
	var page []*T
	for _, it := range items {
		page = append(page, it.definition)
	}
	return page, total, nil
}

// contains looks for text that is in lower case already.
func contains(in, lower string) bool { return strings.Contains(strings.ToLower(in), lower) }

func sortByTime[T any](list []T, by func(T) (events.Time, string)) {
	slices.SortFunc(list, func(a, b T) int {
		ta, ia := by(a)
		tb, ib := by(b)
		return cmp.Or(ta.Compare(tb.Time), strings.Compare(ia, ib))
	})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
