package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"ranvier/events"
)

// Command is an order to a catalog. The set is closed: the structs of this file.
type Command interface {
	decide(c *Catalog) ([]events.Fact, error)
}

// StoreNeuron makes a neuron (New) or gives it a new version. The spec has
// been checked; an empty slug is made from the name.
type StoreNeuron struct {
	New  bool
	ID   string // with New the new id, else an id or a slug
	Spec NeuronSpec
}

// DeleteNeuron removes a neuron, named by id or slug, from what new work can name.
type DeleteNeuron struct{ ID string }

// StorePathway makes a pathway (New) or gives it a new version. The spec has
// been checked; an empty slug is made from the name.
type StorePathway struct {
	New  bool
	ID   string // with New the new id, else an id or a slug
	Spec PathwaySpec
}

// DeletePathway removes a pathway, named by id or slug, from what new work can name.
type DeletePathway struct{ ID string }

// Bootstrap sees to it that the workspace exists and that the instance's own
// admin key is the one of the given hash; an earlier one is revoked.
type Bootstrap struct {
	KeyID string // of the key, if it must be made
	Hash  events.Hash
}

// Refusal is the answer to a command that the catalog does not allow.
// Nothing happened.
type Refusal struct {
	Code    string // NOT_FOUND, CONFLICT or VALIDATION_ERROR, as the API names them
	Path    string // JSON pointer into the spec, where it is about a field
	Message string
}

// Error gives code and message.
func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// Decide answers a command with the facts that shall happen, or a *Refusal.
// No facts and no error means that there is nothing to do.
func (c *Catalog) Decide(cmd Command) ([]events.Fact, error) { return cmd.decide(c) }

func (s *StoreNeuron) decide(c *Catalog) ([]events.Fact, error) {
	f := &events.NeuronStored{ID: s.ID, Version: 1}
	var current string
	if s.New {
		if c.Neuron(s.ID) != nil {
			return nil, takenID()
		}
	} else {
		old := c.Neuron(s.ID)
		if old == nil {
			return nil, unknown("neuron")
		}
		f.ID, f.Version, current = old.ID, old.Version+1, old.Slug
	}
	slug, err := chooseSlug(s.Spec.Slug, current, s.Spec.Name, f.ID, func(slug string) bool {
		other := c.Neuron(slug)
		return other != nil && other.ID != f.ID
	})
	if err != nil {
		return nil, err
	}
	spec := s.Spec
	spec.Slug, f.Slug = slug, slug
	if f.Definition, err = definition(spec); err != nil {
		return nil, err
	}
	return []events.Fact{f}, nil
}

func (s *DeleteNeuron) decide(c *Catalog) ([]events.Fact, error) {
	n := c.Neuron(s.ID)
	if n == nil {
		return nil, unknown("neuron")
	}
	return []events.Fact{&events.NeuronDeleted{ID: n.ID}}, nil
}

func (s *StorePathway) decide(c *Catalog) ([]events.Fact, error) {
	f := &events.PathwayStored{ID: s.ID, Version: 1}
	var current string
	if s.New {
		if c.Pathway(s.ID) != nil {
			return nil, takenID()
		}
	} else {
		old := c.Pathway(s.ID)
		if old == nil {
			return nil, unknown("pathway")
		}
		f.ID, f.Version, current = old.ID, old.Version+1, old.Slug
	}
	slug, err := chooseSlug(s.Spec.Slug, current, s.Spec.Name, f.ID, func(slug string) bool {
		other := c.Pathway(slug)
		return other != nil && other.ID != f.ID
	})
	if err != nil {
		return nil, err
	}
	spec := s.Spec
	spec.Slug, f.Slug = slug, slug
	if f.Definition, err = definition(spec); err != nil {
		return nil, err
	}
	return []events.Fact{f}, nil
}

func (s *DeletePathway) decide(c *Catalog) ([]events.Fact, error) {
	p := c.Pathway(s.ID)
	if p == nil {
		return nil, unknown("pathway")
	}
	return []events.Fact{&events.PathwayDeleted{ID: p.ID}}, nil
}

// bootstrapKey is the name of the key that Bootstrap sees to.
const bootstrapKey = "bootstrap"

func (b *Bootstrap) decide(c *Catalog) ([]events.Fact, error) {
	var facts []events.Fact
	if c.Head.N == 0 {
		facts = append(facts, &events.WorkspaceCreated{Name: c.Workspace})
	}
	var have bool
	for _, id := range slices.Sorted(maps.Keys(c.keys)) {
		switch k := c.keys[id]; {
		case !k.Instance || k.Name != bootstrapKey:
		case k.Hash == b.Hash:
			have = true
		default:
			facts = append(facts, &events.KeyRevoked{ID: id})
		}
	}
	if !have {
		facts = append(facts, &events.KeyCreated{
			Hash: b.Hash, ID: b.KeyID, Instance: true, Name: bootstrapKey, Role: string(Admin),
		})
	}
	return facts, nil
}

// HasBootstrapKey tells whether the instance already has its own admin key.
func (c *Catalog) HasBootstrapKey() bool {
	for _, k := range c.keys {
		if k.Instance && k.Name == bootstrapKey {
			return true
		}
	}
	return false
}

func definition(spec any) (events.Payload, error) {
	b, err := json.Marshal(spec)
	if err != nil {
		return events.Payload{}, fmt.Errorf("definition: %w", err)
	}
	return events.NewPayload(b)
}

// reserved slugs stand in the place of an id in some route.
var reserved = []string{"fire", "share", "validate", "versions"}

// chooseSlug gives the slug asked for, or keeps the current one, or makes one
// from the name.
func chooseSlug(asked, current, name, id string, taken func(string) bool) (string, error) {
	if slug := cmp.Or(asked, current); slug != "" {
		switch {
		case events.CheckID(slug) != nil:
			return "", &Refusal{"VALIDATION_ERROR", "/slug", "a slug has 1 to 64 letters, digits, '_' or '-'"}
		case slices.Contains(reserved, slug):
			return "", &Refusal{"VALIDATION_ERROR", "/slug", "this slug is reserved: " + strings.Join(reserved, ", ")}
		case taken(slug):
			return "", &Refusal{"CONFLICT", "/slug", fmt.Sprintf("the slug %q is taken", slug)}
		}
		return slug, nil
	}
	slug := slugify(name)
	if slug == "" || slices.Contains(reserved, slug) || taken(slug) {
		return id, nil
	}
	return slug, nil
}

// slugify keeps letters and digits of ASCII, in lower case, and puts one '-'
// for everything between them.
func slugify(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if ('a' <= r && r <= 'z') || ('0' <= r && r <= '9') {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			if b.Len() >= 60 {
				break
			}
		} else {
			gap = true
		}
	}
	return b.String()
}

// unknown does not repeat the id: what is unknown and what is another
// workspace's are answered alike.
func unknown(what string) error {
	return &Refusal{"NOT_FOUND", "", fmt.Sprintf("there is no such %s in this workspace", what)}
}

// takenID refuses a new id that names something already.
func takenID() error { return &Refusal{"CONFLICT", "", "the id is taken"} }
