package catalog

import (
	"maps"
	"slices"

	"ranvier/events"
)

// This file is what can be ordered about workspaces and their API keys.

// Workspace is a tenant. Its id is the slug that it was made with, for ever.
type Workspace struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	CreatedAt events.Time `json:"created_at"`
	Settings  Settings    `json:"settings,omitzero"`
}

// CreateWorkspace makes the workspace of the catalog together with its first
// admin key, in one commit. A catalog that has any history refuses it.
type CreateWorkspace struct {
	Name      string
	KeyID     string
	KeyHash   events.Hash
	KeyPrefix string
}

// CreateKey makes an API key.
type CreateKey struct {
	ID        string
	Name      string
	Role      Role
	Hash      events.Hash  // of the key's text
	Prefix    string       // how the text begins
	ExpiresAt *events.Time // nil for never
}

// RevokeKey ends an API key. The instance's own key stays: the next start
// would make it again. So does the last admin key that does not expire:
// nobody could make another one.
type RevokeKey struct{ ID string }

// firstKey is the name of a workspace's first key.
const firstKey = "first admin key"

// reservedWorkspaces stand in the place of a workspace's slug in some route.
var reservedWorkspaces = []string{"by-id"}

func (w *CreateWorkspace) decide(c *Catalog) ([]events.Fact, error) {
	switch {
	case events.CheckID(c.Workspace) != nil:
		return nil, &Refusal{"VALIDATION_ERROR", "/slug", "a slug has 1 to 64 letters, digits, '_' or '-'"}
	case slices.Contains(reservedWorkspaces, c.Workspace):
		return nil, &Refusal{"VALIDATION_ERROR", "/slug", "this slug is reserved"}
	case c.Head.N > 0:
		return nil, &Refusal{"CONFLICT", "/slug", "a workspace has this slug"}
	}
	return []events.Fact{
		&events.WorkspaceCreated{Name: w.Name},
		&events.KeyCreated{Hash: w.KeyHash, ID: w.KeyID, Name: firstKey, Prefix: w.KeyPrefix, Role: string(Admin)},
	}, nil
}

func (k *CreateKey) decide(c *Catalog) ([]events.Fact, error) {
	switch {
	case rank[k.Role] == 0:
		return nil, &Refusal{"VALIDATION_ERROR", "/role", "a role is viewer, operator or admin"}
	case c.keys[k.ID] != nil:
		return nil, &Refusal{"CONFLICT", "", "a key has this id"}
	}
	return []events.Fact{&events.KeyCreated{
		ExpiresAt: k.ExpiresAt, Hash: k.Hash, ID: k.ID, Name: k.Name, Prefix: k.Prefix, Role: string(k.Role),
	}}, nil
}

func (r *RevokeKey) decide(c *Catalog) ([]events.Fact, error) {
	k := c.keys[r.ID]
	switch {
	case k == nil:
		return nil, unknown("key")
	case k.Instance:
		return nil, &Refusal{"CONFLICT", "", "this is the instance's own key: start the server with another RANVIER_BOOTSTRAP_KEY to replace it"}
	case k.lasting() && !slices.ContainsFunc(c.Keys(), func(o *Key) bool { return o.ID != k.ID && o.lasting() }):
		return nil, &Refusal{"CONFLICT", "", "this is the last admin key of the workspace that does not expire: make another one first"}
	}
	return []events.Fact{&events.KeyRevoked{ID: r.ID}}, nil
}

// lasting tells whether the key can make keys for as long as it is not revoked.
func (k *Key) lasting() bool { return k.Role == Admin && k.ExpiresAt == nil }

// Key finds a key by its id, nil when there is none or it was revoked.
func (c *Catalog) Key(id string) *Key { return c.keys[id] }

// Keys gives the keys that are not revoked, by id.
func (c *Catalog) Keys() []*Key {
	keys := make([]*Key, 0, len(c.keys))
	for _, id := range slices.Sorted(maps.Keys(c.keys)) {
		keys = append(keys, c.keys[id])
	}
	return keys
}
