package catalog

import (
	"fmt"
	"maps"
	"slices"

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
	at, err := next(c.neurons, "neuron", s.New, s.ID, s.Spec.Slug, s.Spec.Name)
	if err != nil {
		return nil, err
	}
	spec := s.Spec
	spec.Slug = at.slug
	d, err := definition(spec)
	if err != nil {
		return nil, err
	}
	return []events.Fact{&events.NeuronStored{Definition: d, ID: at.id, Slug: at.slug, Version: at.version}}, nil
}

func (s *DeleteNeuron) decide(c *Catalog) ([]events.Fact, error) {
	n := c.Neuron(s.ID)
	if n == nil {
		return nil, unknown("neuron")
	}
	return []events.Fact{&events.NeuronDeleted{ID: n.ID}}, nil
}

func (s *StorePathway) decide(c *Catalog) ([]events.Fact, error) {
	at, err := next(c.pathways, "pathway", s.New, s.ID, s.Spec.Slug, s.Spec.Name)
	if err != nil {
		return nil, err
	}
	spec := s.Spec
	spec.Slug = at.slug
	d, err := definition(spec)
	if err != nil {
		return nil, err
	}
	return []events.Fact{&events.PathwayStored{Definition: d, ID: at.id, Slug: at.slug, Version: at.version}}, nil
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

// unknown does not repeat the id: what is unknown and what is another
// workspace's are answered alike.
func unknown(what string) error {
	return &Refusal{"NOT_FOUND", "", fmt.Sprintf("there is no such %s in this workspace", what)}
}

// takenID refuses a new id that names something already.
func takenID() error { return &Refusal{"CONFLICT", "", "the id is taken"} }
