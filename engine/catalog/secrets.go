package catalog

import (
	"fmt"
	"maps"
	"slices"

	"ranvier/events"
)

// This file is what can be ordered about secrets.

// Secret is a secret as it is now. It is never changed once folded.
type Secret struct {
	Name      string      `json:"name"`
	Workspace string      `json:"workspace_id"`
	Version   int         `json:"version"` // from 1; each new value has the next
	CreatedAt events.Time `json:"created_at"`
	UpdatedAt events.Time `json:"updated_at"`
	Sealed    string      `json:"-"` // its value, with the instance's master key
}

// maxSecrets is how many secrets a workspace may have.
const maxSecrets = 1000

// StoreSecret makes a secret or gives it a new value. Its name has been
// checked.
type StoreSecret struct {
	Name   string
	Sealed string
}

// DeleteSecret removes a secret.
type DeleteSecret struct{ Name string }

func (s *StoreSecret) decide(c *Catalog) ([]events.Fact, error) {
	f := &events.SecretStored{Name: s.Name, Sealed: s.Sealed, Version: 1}
	switch old := c.secrets[s.Name]; {
	case old != nil:
		f.Version = old.Version + 1
	case len(c.secrets) >= maxSecrets:
		return nil, &Refusal{"CONFLICT", "", fmt.Sprintf("the workspace has %d secrets, and may have no more", maxSecrets)}
	}
	return []events.Fact{f}, nil
}

func (s *DeleteSecret) decide(c *Catalog) ([]events.Fact, error) {
	if c.secrets[s.Name] == nil {
		return nil, unknown("secret")
	}
	return []events.Fact{&events.SecretDeleted{Name: s.Name}}, nil
}

// storeSecret folds.
func (c *Catalog) storeSecret(at events.Time, f *events.SecretStored) {
	s := &Secret{Name: f.Name, Workspace: c.Workspace, Version: f.Version, CreatedAt: at, UpdatedAt: at, Sealed: f.Sealed}
	if old := c.secrets[f.Name]; old != nil {
		s.CreatedAt = old.CreatedAt
	}
	c.secrets[f.Name] = s
}

// Secret finds a secret by its name, nil when there is none.
func (c *Catalog) Secret(name string) *Secret { return c.secrets[name] }

// Secrets gives all secrets, by name.
func (c *Catalog) Secrets() []*Secret {
	all := make([]*Secret, 0, len(c.secrets))
	for _, name := range slices.Sorted(maps.Keys(c.secrets)) {
		all = append(all, c.secrets[name])
	}
	return all
}
