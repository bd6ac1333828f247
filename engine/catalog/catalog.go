// Package catalog is what a workspace has defined: its neurons, pathways,
// receptors, API keys, share tokens, secrets and limits, folded from the
// workspace's catalog history. It does no I/O.
package catalog

import (
	"maps"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
)

// Catalog holds the current definitions of one workspace. It belongs to one
// goroutine at a time.
type Catalog struct {
	Workspace string
	Name      string
	Head      events.Head
	Last      string // id of the last commit folded in

	Settings Settings

	neurons   map[string]*Neuron   // by id
	pathways  map[string]*Pathway  // by id
	receptors map[string]*Receptor // by id
	keys      map[string]*Key      // by id
	shares    map[string]*Share    // by id
	secrets   map[string]*Secret   // by name
}

// New is the catalog of a workspace without history.
func New(workspace string) *Catalog {
	return &Catalog{
		Workspace: workspace,
		neurons:   map[string]*Neuron{}, pathways: map[string]*Pathway{}, receptors: map[string]*Receptor{},
		keys: map[string]*Key{}, shares: map[string]*Share{}, secrets: map[string]*Secret{},
	}
}

// NeuronSpec is what a client says of a neuron.
type NeuronSpec struct {
	Name         string         `json:"name"`
	Slug         string         `json:"slug"`
	Description  string         `json:"description"`
	Kind         string         `json:"kind"`
	Config       jsontext.Value `json:"config"`
	InputSchema  jsontext.Value `json:"input_schema"`  // JSON Schema, or null
	OutputSchema jsontext.Value `json:"output_schema"` // JSON Schema, or null
	IsActive     bool           `json:"is_active"`
}

// Neuron is a neuron's newest version. It is never changed once folded, so it
// may be shared.
type Neuron struct {
	ID        string `json:"id"`
	Workspace string `json:"workspace_id"`
	NeuronSpec
	Version   int         `json:"version"`
	CreatedAt events.Time `json:"created_at"`
	UpdatedAt events.Time `json:"updated_at"`
}

// PathwaySpec is what a client says of a pathway.
type PathwaySpec struct {
	Name        string         `json:"name"`
	Slug        string         `json:"slug"`
	Description string         `json:"description"`
	Graph       jsontext.Value `json:"pathway_graph"`
	Data        jsontext.Value `json:"pathway_data"` // an editor's layout, untouched, or null
	IsActive    bool           `json:"is_active"`
}

// Pathway is a pathway's newest version. It is never changed once folded.
type Pathway struct {
	ID        string `json:"id"`
	Workspace string `json:"workspace_id"`
	PathwaySpec
	Version   int         `json:"version"`
	CreatedAt events.Time `json:"created_at"`
	UpdatedAt events.Time `json:"updated_at"`
}

// Key is an API key; its text is known only by its hash. It is never changed
// once folded.
type Key struct {
	ID        string       `json:"id"`
	Workspace string       `json:"workspace_id"`
	Name      string       `json:"name"`
	Role      Role         `json:"role"`
	Hash      events.Hash  `json:"hash"`
	Prefix    string       `json:"prefix"`            // how its text begins; empty when it was not made here
	Instance  bool         `json:"instance,omitzero"` // may also make workspaces
	CreatedAt events.Time  `json:"created_at"`
	ExpiresAt *events.Time `json:"expires_at"`
}

// Role is what a key allows.
type Role string

// The roles; each allows what those before it allow.
const (
	Viewer   Role = "viewer"   // read
	Operator Role = "operator" // also run, control and answer
	Admin    Role = "admin"    // also definitions, keys, shares
)

// Allows tells whether a key of role r may do what needs role need.
func (r Role) Allows(need Role) bool { return rank[r] >= rank[need] && rank[r] > 0 }

var rank = map[Role]int{Viewer: 1, Operator: 2, Admin: 3}

// Clone makes a Catalog that shares nothing that Apply changes.
func (c *Catalog) Clone() *Catalog {
	d := *c
	d.neurons, d.pathways, d.receptors = maps.Clone(c.neurons), maps.Clone(c.pathways), maps.Clone(c.receptors)
	d.keys, d.shares, d.secrets = maps.Clone(c.keys), maps.Clone(c.shares), maps.Clone(c.secrets)
	return &d
}

// Apply folds one commit of the workspace's catalog into c. It is total:
// what it cannot read it leaves as it was.
func (c *Catalog) Apply(m *events.Commit) {
	for i := range m.Events {
		c.apply(&m.Events[i])
	}
	c.Head, c.Last = m.Head(), m.ID
}

func (c *Catalog) apply(e *events.Event) {
	switch f := e.Fact.(type) {
	case *events.WorkspaceCreated:
		c.Name = f.Name
	case *events.NeuronStored:
		n := &Neuron{ID: f.ID, Workspace: c.Workspace, Version: f.Version, CreatedAt: e.At, UpdatedAt: e.At}
		if json.Unmarshal(f.Definition.JSON(), &n.NeuronSpec) != nil {
			return
		}
		n.Slug = f.Slug
		if old := c.neurons[f.ID]; old != nil {
			n.CreatedAt = old.CreatedAt
		}
		c.neurons[f.ID] = n
	case *events.NeuronDeleted:
		delete(c.neurons, f.ID)
	case *events.PathwayStored:
		p := &Pathway{ID: f.ID, Workspace: c.Workspace, Version: f.Version, CreatedAt: e.At, UpdatedAt: e.At}
		if json.Unmarshal(f.Definition.JSON(), &p.PathwaySpec) != nil {
			return
		}
		p.Slug = f.Slug
		if old := c.pathways[f.ID]; old != nil {
			p.CreatedAt = old.CreatedAt
		}
		c.pathways[f.ID] = p
	case *events.PathwayDeleted:
		delete(c.pathways, f.ID)
	case *events.KeyCreated:
		c.keys[f.ID] = &Key{
			ID: f.ID, Workspace: c.Workspace, Name: f.Name, Role: Role(f.Role), Hash: f.Hash,
			Prefix: f.Prefix, Instance: f.Instance, CreatedAt: e.At, ExpiresAt: f.ExpiresAt,
		}
	case *events.KeyRevoked:
		delete(c.keys, f.ID)
	case *events.ReceptorStored:
		c.storeReceptor(e.At, f)
	case *events.ReceptorSkipped:
		c.skipTick(f)
	case *events.ReceptorDeleted:
		delete(c.receptors, f.ID)
	case *events.ShareCreated:
		c.addShare(e.At, f)
	case *events.ShareRevoked:
		delete(c.shares, f.ID)
	case *events.SecretStored:
		c.storeSecret(e.At, f)
	case *events.SecretDeleted:
		delete(c.secrets, f.Name)
	case *events.WorkspaceConfigured:
		var settings Settings
		if json.Unmarshal(f.Settings.JSON(), &settings) == nil {
			c.Settings = settings
		}
		if f.Name != "" {
			c.Name = f.Name
		}
	}
}

// Neuron finds a neuron by id or slug, nil when there is none.
func (c *Catalog) Neuron(idOrSlug string) *Neuron { return find(c.neurons, idOrSlug) }

// Pathway finds a pathway by id or slug, nil when there is none.
func (c *Catalog) Pathway(idOrSlug string) *Pathway { return find(c.pathways, idOrSlug) }
