package catalog

// Workspaces and keys: who may be made, and who must stay.

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranvier/events"
)

func hash(text string) events.Hash { return events.HashOf([]byte(text)) }

func keyIDs(c *Catalog) []string {
	ids := []string{}
	for _, k := range c.Keys() {
		ids = append(ids, k.ID)
	}
	return ids
}

func TestBootstrap(t *testing.T) {
	cat := New("default")
	if cat.HasBootstrapKey() {
		t.Error("a catalog without history has a bootstrap key")
	}
	facts := obey(t, cat, &Bootstrap{KeyID: "k1", Hash: hash("one")})
	if len(facts) != 2 || cat.Name != "default" || !cat.HasBootstrapKey() {
		t.Errorf("%d facts, named %q", len(facts), cat.Name)
	}
	want := &Key{ID: "k1", Workspace: "default", Name: "bootstrap", Role: Admin, Hash: hash("one"), Instance: true, CreatedAt: noon}
	if d := cmp.Diff(want, cat.Key("k1")); d != "" {
		t.Error("the key (-want +got):", d)
	}
	if facts := obey(t, cat, &Bootstrap{KeyID: "k2", Hash: hash("one")}); len(facts) != 0 {
		t.Errorf("the same key again gives %d facts", len(facts))
	}
	obey(t, cat, &CreateKey{ID: "other", Name: "bootstrap", Role: Admin, Hash: hash("other")})
	obey(t, cat, &Bootstrap{KeyID: "k3", Hash: hash("three")})
	if d := cmp.Diff([]string{"k3", "other"}, keyIDs(cat)); d != "" {
		t.Error("another key replaces the instance's own only:", d)
	}
	refused(t, cat, &RevokeKey{ID: "k3"}, "CONFLICT", "")
}

func TestCreateWorkspace(t *testing.T) {
	cat := New("research")
	facts := obey(t, cat, &CreateWorkspace{Name: "Research", KeyID: "k", KeyHash: hash("x"), KeyPrefix: "rv_live_abcd"})
	if len(facts) != 2 || cat.Name != "Research" {
		t.Errorf("%d facts, named %q", len(facts), cat.Name)
	}
	want := &Key{ID: "k", Workspace: "research", Name: firstKey, Role: Admin, Hash: hash("x"), Prefix: "rv_live_abcd", CreatedAt: noon}
	if d := cmp.Diff(want, cat.Key("k")); d != "" {
		t.Error("its key (-want +got):", d)
	}
	refused(t, cat, &CreateWorkspace{Name: "Research", KeyID: "k2"}, "CONFLICT", "/slug")

	keysOnly := New("old")
	obey(t, keysOnly, &CreateKey{ID: "k", Role: Viewer})
	refused(t, keysOnly, &CreateWorkspace{Name: "x"}, "CONFLICT", "/slug")
	for _, slug := range []string{"", "by-id", "a.b", "a b", "*", ">"} {
		refused(t, New(slug), &CreateWorkspace{Name: "x"}, "VALIDATION_ERROR", "/slug")
	}
}

func TestRevokeKey(t *testing.T) {
	cat := New("w")
	later := noon.Add(time.Hour)
	for _, k := range []CreateKey{
		{ID: "a", Role: Admin}, {ID: "b", Role: Admin}, {ID: "brief", Role: Admin, ExpiresAt: &later}, {ID: "o", Role: Operator}, {ID: "v", Role: Viewer},
	} {
		obey(t, cat, &k)
	}
	refused(t, cat, &CreateKey{ID: "a", Role: Viewer}, "CONFLICT", "")
	refused(t, cat, &CreateKey{ID: "new", Role: "root"}, "VALIDATION_ERROR", "/role")
	refused(t, cat, &RevokeKey{ID: "unknown"}, "NOT_FOUND", "")
	obey(t, cat, &RevokeKey{ID: "a"})
	refused(t, cat, &RevokeKey{ID: "a"}, "NOT_FOUND", "")
	refused(t, cat, &RevokeKey{ID: "b"}, "CONFLICT", "") // brief will expire
	for _, id := range []string{"brief", "o", "v"} {
		obey(t, cat, &RevokeKey{ID: id})
	}
	if d := cmp.Diff([]string{"b"}, keyIDs(cat)); d != "" {
		t.Error("keys that are left:", d)
	}
	obey(t, cat, &CreateKey{ID: "c", Role: Admin})
	obey(t, cat, &RevokeKey{ID: "b"})
}

// TestEveryDecisionFolds proves for any sequence of commands that what is
// decided can be stored, read back and folded, that a clone folds alike, that
// a slug names one thing, and that a workspace never loses its last admin.
func TestEveryDecisionFolds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cat := New("w")
		obey(t, cat, &CreateWorkspace{Name: "W", KeyID: "0", KeyHash: hash("0")})
		for range rapid.IntRange(1, 40).Draw(rt, "length") {
			cmd := drawCommand(rt)
			facts, err := cat.Decide(cmd)
			var refusal *Refusal
			if errors.As(err, &refusal) {
				continue
			}
			if err != nil {
				rt.Fatalf("%#v: %v is no refusal", cmd, err)
			}
			before := cat.Head
			folded := cat.Clone()
			fold(t, cat, facts)
			fold(t, folded, facts)
			if cat.Head.N != before.N+uint64(len(facts)) {
				rt.Fatalf("%d facts moved the head from %d to %d", len(facts), before.N, cat.Head.N)
			}
			if d := cmp.Diff(cat.neurons, folded.neurons) + cmp.Diff(cat.pathways, folded.pathways) + cmp.Diff(cat.keys, folded.keys); d != "" {
				rt.Fatalf("a clone folds to another catalog:\n%s", d)
			}
		}
		slugs := map[string]string{}
		for id, n := range cat.neurons {
			if slugs[n.Slug] != "" || events.CheckID(n.Slug) != nil || cat.Neuron(id) != n {
				rt.Fatalf("the slug %q names %s and %s", n.Slug, slugs[n.Slug], id)
			}
			slugs[n.Slug] = id
		}
		if !slices.ContainsFunc(cat.Keys(), (*Key).lasting) {
			rt.Fatal("nobody can make keys any more")
		}
	})
}

func drawCommand(t *rapid.T) Command {
	id := rapid.SampledFrom([]string{"0", "1", "2", "3", "slug", "Name"})
	name := rapid.SampledFrom([]string{"Name", "slug", "1", "share", "日本", "a  b"})
	slug := rapid.SampledFrom([]string{"", "slug", "1", "share", "a.b"})
	isNew := rapid.Bool()
	switch rapid.IntRange(0, 7).Draw(t, "command") {
	case 0:
		return &StoreNeuron{New: isNew.Draw(t, "new"), ID: id.Draw(t, "id"), Spec: neuron(slug.Draw(t, "slug"), name.Draw(t, "name"))}
	case 1:
		return &StorePathway{New: isNew.Draw(t, "new"), ID: id.Draw(t, "id"), Spec: pathway(slug.Draw(t, "slug"), name.Draw(t, "name"))}
	case 2:
		return &DeleteNeuron{ID: id.Draw(t, "id")}
	case 3:
		return &DeletePathway{ID: id.Draw(t, "id")}
	case 4:
		k := &CreateKey{ID: id.Draw(t, "id"), Name: name.Draw(t, "name"), Role: rapid.SampledFrom([]Role{Viewer, Admin, "root"}).Draw(t, "role")}
		if rapid.Bool().Draw(t, "expires") {
			k.ExpiresAt = &noon
		}
		return k
	case 5:
		return &RevokeKey{ID: id.Draw(t, "id")}
	case 6:
		return &Bootstrap{KeyID: "b" + id.Draw(t, "id"), Hash: hash(id.Draw(t, "text"))}
	}
	return &CreateWorkspace{Name: name.Draw(t, "name"), KeyID: id.Draw(t, "id")}
}
