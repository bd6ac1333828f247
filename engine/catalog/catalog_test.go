package catalog

// What a catalog decides, and what it is afterwards.

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ranvier/events"
)

var noon = events.At(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))

// obey gives a catalog a command and folds what it decides, an hour later each
// time.
func obey(t testing.TB, c *Catalog, cmd Command) []events.Fact {
	t.Helper()
	facts, err := c.Decide(cmd)
	if err != nil {
		t.Fatalf("%#v: %v", cmd, err)
	}
	fold(t, c, facts)
	return facts
}

func fold(t testing.TB, c *Catalog, facts []events.Fact) {
	t.Helper()
	if len(facts) == 0 {
		return
	}
	commit, err := events.Seal(events.Draft{
		Subject: events.CatalogSubject(c.Workspace), Head: c.Head, ID: uuid.NewString(),
		At: noon.Add(time.Duration(c.Head.Seq) * time.Hour), Actor: events.Actor{Kind: "test", ID: "test"},
	}, facts...)
	if err != nil {
		t.Fatal(err)
	}
	commit.Seq = c.Head.Seq + 1
	c.Apply(commit)
}

// refused gives a command that must be refused, and changes nothing.
func refused(t testing.TB, c *Catalog, cmd Command, code, path string) {
	t.Helper()
	facts, err := c.Decide(cmd)
	var r *Refusal
	if !errors.As(err, &r) || r.Code != code || r.Path != path || r.Message == "" || len(facts) > 0 {
		t.Errorf("%#v: %d facts, %v; want %s at %q", cmd, len(facts), err, code, path)
	}
}

func neuron(slug, name string) NeuronSpec {
	return NeuronSpec{Name: name, Slug: slug, Kind: "echo", Config: []byte(`{}`), InputSchema: []byte("null"), OutputSchema: []byte("null"), IsActive: true}
}

func pathway(slug, name string) PathwaySpec {
	return PathwaySpec{Name: name, Slug: slug, Graph: []byte(`{"nodes":[]}`), Data: []byte("null"), IsActive: true}
}

func TestSlugs(t *testing.T) {
	for name, c := range map[string]struct{ slug, name, want, code string }{
		"asked for":            {"Own_slug-1", "any", "Own_slug-1", ""},
		"from the name":        {"", "Draft the Text, v2", "draft-the-text-v2", ""},
		"edges of the name":    {"", "  (draft)  ", "draft", ""},
		"nothing of the name":  {"", "日本語", "new", ""},
		"name is reserved":     {"", "Share", "new", ""},
		"name's slug is taken": {"", "Taken", "new", ""},
		"long name":            {"", "a123456789 b123456789 c123456789 d123456789 e123456789 f123456789 g", "a123456789-b123456789-c123456789-d123456789-e123456789-f1234", ""},
		"taken":                {"taken", "any", "", "CONFLICT"},
		"an id":                {"first", "any", "", "CONFLICT"},
		"reserved":             {"versions", "any", "", "VALIDATION_ERROR"},
		"with a dot":           {"a.b", "any", "", "VALIDATION_ERROR"},
		"with a slash":         {"a/b", "any", "", "VALIDATION_ERROR"},
		"too long":             {"a123456789b123456789c123456789d123456789e123456789f123456789g1234", "any", "", "VALIDATION_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			cat := New("w")
			obey(t, cat, &StoreNeuron{New: true, ID: "first", Spec: neuron("taken", "First")})
			obey(t, cat, &StorePathway{New: true, ID: "first", Spec: pathway("taken", "First")})
			n := &StoreNeuron{New: true, ID: "new", Spec: neuron(c.slug, c.name)}
			p := &StorePathway{New: true, ID: "new", Spec: pathway(c.slug, c.name)}
			if c.code != "" {
				refused(t, cat, n, c.code, "/slug")
				refused(t, cat, p, c.code, "/slug")
				return
			}
			obey(t, cat, n)
			obey(t, cat, p)
			if got := cat.Neuron("new").Slug; got != c.want || cat.Neuron(c.want) != cat.Neuron("new") {
				t.Errorf("the neuron's slug is %q, want %q", got, c.want)
			}
			if got := cat.Pathway("new").Slug; got != c.want || cat.Pathway(c.want) != cat.Pathway("new") {
				t.Errorf("the pathway's slug is %q, want %q", got, c.want)
			}
		})
	}
}

func TestVersions(t *testing.T) {
	cat := New("w")
	obey(t, cat, &StoreNeuron{New: true, ID: "n", Spec: neuron("say", "Say")})
	first := cat.Neuron("n")
	obey(t, cat, &StoreNeuron{ID: "say", Spec: neuron("", "Say it louder")}) // by its slug, which stays
	obey(t, cat, &StoreNeuron{ID: "n", Spec: neuron("shout", "Shout")})
	n := cat.Neuron("shout")
	if n == nil || cat.Neuron("say") != nil || n.Version != 3 || n.Name != "Shout" {
		t.Fatalf("the third version is %+v", n)
	}
	if first.Version != 1 || first.Name != "Say" {
		t.Errorf("a version that was shared has changed: %+v", first)
	}
	if !n.CreatedAt.Equal(first.CreatedAt.Time) || !n.UpdatedAt.Equal(noon.Add(2*time.Hour).Time) {
		t.Errorf("created %s, updated %s", n.CreatedAt, n.UpdatedAt)
	}
	obey(t, cat, &DeleteNeuron{ID: "shout"})
	refused(t, cat, &DeleteNeuron{ID: "n"}, "NOT_FOUND", "")
	refused(t, cat, &StoreNeuron{ID: "n", Spec: neuron("", "x")}, "NOT_FOUND", "")
	obey(t, cat, &StoreNeuron{New: true, ID: "again", Spec: neuron("shout", "Shout")}) // the slug is free again

	obey(t, cat, &StorePathway{New: true, ID: "p", Spec: pathway("", "Flow")})
	obey(t, cat, &StorePathway{ID: "flow", Spec: pathway("", "Other name")})
	if p := cat.Pathway("flow"); p == nil || p.Version != 2 || p.ID != "p" || p.Name != "Other name" {
		t.Errorf("the pathway is %+v", p)
	}
	obey(t, cat, &DeletePathway{ID: "p"})
	refused(t, cat, &DeletePathway{ID: "flow"}, "NOT_FOUND", "")
	refused(t, cat, &StorePathway{ID: "flow", Spec: pathway("", "x")}, "NOT_FOUND", "")
}

func TestCloneIsAnotherCatalog(t *testing.T) {
	cat := New("w")
	obey(t, cat, &CreateKey{ID: "k", Role: Viewer})
	next := cat.Clone()
	obey(t, next, &RevokeKey{ID: "k"})
	obey(t, next, &StoreNeuron{New: true, ID: "n", Spec: neuron("", "Say")})
	obey(t, next, &StorePathway{New: true, ID: "p", Spec: pathway("", "Flow")})
	if cat.Key("k") == nil || cat.Neuron("n") != nil || cat.Pathway("p") != nil || cat.Head == next.Head {
		t.Error("a change of the clone is one of the catalog")
	}
}

// TestFoldLeavesWhatItCannotRead: a definition that is no JSON object of ours.
func TestFoldLeavesWhatItCannotRead(t *testing.T) {
	cat := New("w")
	obey(t, cat, &StoreNeuron{New: true, ID: "n", Spec: neuron("say", "Say")})
	before := *cat.Neuron("n")
	fold(t, cat, []events.Fact{
		&events.NeuronStored{ID: "n", Slug: "x", Version: 2, Definition: events.PayloadOf(7)},
		&events.PathwayStored{ID: "p", Slug: "x", Version: 1, Definition: events.PayloadOf("text")},
		&events.NeuronDeleted{ID: "unknown"}, &events.KeyRevoked{ID: "unknown"}, &events.PathwayDeleted{ID: "unknown"},
	})
	if d := cmp.Diff(before, *cat.Neuron("n")); d != "" || cat.Pathway("p") != nil || cat.Head.N != 6 {
		t.Errorf("head %+v, pathway %v, neuron (-before +after):\n%s", cat.Head, cat.Pathway("p"), d)
	}
}

func TestRolesRankUpwards(t *testing.T) {
	order := []Role{Viewer, Operator, Admin}
	for i, has := range order {
		for j, need := range order {
			if has.Allows(need) != (i >= j) {
				t.Errorf("%s allows %s: %v", has, need, has.Allows(need))
			}
		}
	}
	for _, unknown := range []Role{"", "root"} {
		if unknown.Allows(Viewer) || unknown.Allows("") {
			t.Errorf("the role %q allows something", unknown)
		}
	}
}
