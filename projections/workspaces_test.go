package projections

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/catalog"
	"ranvier/events"
)

func TestWorkspaces(t *testing.T) {
	h := newHistory(t)
	first := h.now
	h.add(events.CatalogSubject("zeta"), &events.WorkspaceCreated{Name: "Zeta"})
	h.now = h.now.Add(time.Second)
	second := h.now
	h.add(events.CatalogSubject("alpha"), &events.WorkspaceCreated{Name: "Alpha"}, &events.KeyCreated{
		ID: "k", Hash: events.HashOf([]byte("x")), Name: "first", Prefix: "rv_live_abcd", Role: "admin",
	})
	h.add(events.CatalogSubject("keys-only"), &events.KeyCreated{ID: "k", Hash: events.HashOf([]byte("y")), Name: "first", Role: "admin"})
	settings := catalog.Settings{Concurrency: map[string]int{"db": 2}, Quotas: catalog.Quotas{OpenJobs: 3}}
	h.add(events.CatalogSubject("alpha"), &events.WorkspaceConfigured{Settings: events.PayloadOf(settings)})
	h.add(events.CatalogSubject("zeta"), &events.WorkspaceConfigured{Name: "Zed", Settings: events.PayloadOf(catalog.Settings{})})
	h.add(events.CatalogSubject("keys-only"), &events.WorkspaceConfigured{Name: "x", Settings: events.PayloadOf(settings)})
	r := start(t, testPath(t), h.log)
	r.catchUp()
	list, err := r.Workspaces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	zeta := &catalog.Workspace{ID: "zeta", Name: "Zed", CreatedAt: events.At(first)}
	alpha := &catalog.Workspace{ID: "alpha", Name: "Alpha", CreatedAt: events.At(second), Settings: settings}
	if d := cmp.Diff([]*catalog.Workspace{zeta, alpha}, list); d != "" {
		t.Error("oldest first:", d)
	}
	one, err := r.Workspace(t.Context(), "alpha")
	if d := cmp.Diff(alpha, one); err != nil || d != "" {
		t.Error(err, d)
	}
	_, err = r.Workspace(t.Context(), "keys-only")
	wantError(t, err, ErrNotFound)
	keys, err := r.Keys(t.Context(), "alpha")
	if err != nil || len(keys) != 1 || keys[0].Prefix != "rv_live_abcd" {
		t.Errorf("keys %+v, %v", keys, err)
	}
}
