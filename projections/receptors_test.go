package projections

import (
	"errors"
	"testing"
	"time"

	"ranvier/engine/catalog"
	"ranvier/events"
)

func TestReceptors(t *testing.T) {
	h := newHistory(t)
	main, other := events.CatalogSubject("main"), events.CatalogSubject("other")
	stored := func(id, slug, name string, version int) events.Fact {
		return &events.ReceptorStored{
			ID: id, Slug: slug, Version: version, Secrets: []string{"sealed"},
			Definition: events.PayloadOf(&catalog.ReceptorSpec{Name: name, Slug: slug, Target: catalog.Target{Kind: "neuron", ID: "n"}, Channels: []string{"http"}, IsActive: true}),
		}
	}
	h.add(main, stored("r1", "bell", "Bell", 1))
	h.add(main, stored("r2", "gong", "Gong", 1))
	h.add(other, stored("r3", "bell", "Another", 1))
	h.now = h.now.Add(time.Second)
	h.add(main, stored("r1", "door", "Door", 2))
	r := start(t, testPath(t), h.log)

	for _, name := range []string{"r1", "door"} {
		got, err := r.Receptor(t.Context(), "main", name)
		if err != nil || got.ID != "r1" || got.Name != "Door" || got.Version != 2 || !got.CreatedAt.Before(got.UpdatedAt.Time) || got.Secrets != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := r.Receptor(t.Context(), "main", "bell"); !errors.Is(err, ErrNotFound) {
		t.Errorf("by a slug that it had: %+v, %v", got, err)
	}
	homes := func(want map[string]string) {
		t.Helper()
		for id, workspace := range want {
			got, err := r.ReceptorHome(t.Context(), id)
			if got != workspace || (workspace == "") != errors.Is(err, ErrNotFound) {
				t.Errorf("the home of %s is %q, %v", id, got, err)
			}
		}
	}
	homes(map[string]string{"r1": "main", "r2": "main", "r3": "other", "bell": "", "r": "", "r11": ""})
	list, total, err := r.Receptors(t.Context(), "main", DefinitionFilter{Limit: 1})
	if err != nil || total != 2 || len(list) != 1 || list[0].ID != "r2" {
		t.Errorf("%+v of %d, %v", list, total, err)
	}

	seq := h.add(main, &events.ReceptorDeleted{ID: "r1"}, &events.ReceptorDeleted{ID: "none"})
	if err := r.Wait(t.Context(), events.Catalog, seq); err != nil {
		t.Fatal(err)
	}
	homes(map[string]string{"r1": "", "r2": "main", "r3": "other"})
	if got, err := r.Receptor(t.Context(), "main", "door"); !errors.Is(err, ErrNotFound) {
		t.Errorf("once it is deleted: %+v, %v", got, err)
	}
}
