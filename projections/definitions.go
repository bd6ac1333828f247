package projections

import (
	"bytes"
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// This file is the view of definitions: neurons, pathways, receptors and keys.
//
//	neurons, pathways, receptors workspace 0 id          JSON
//	neuron_slugs, pathway_slugs,
//	receptor_slugs               workspace 0 slug        id
//	receptor_homes               id                      workspace
//	*_versions                   see versions.go
//	keys                         hash workspace 0 id     JSON
//	key_hashes                   workspace 0 id          hash
//	workspaces                   see workspaces.go
//	shares, share_*              see shares.go
var (
	keysTable      = newTable("keys")
	keyHashesTable = newTable("key_hashes")
	homesTable     = newTable("receptor_homes")
)

// kind is what neurons, pathways and receptors have in common.
type kind[T any] struct {
	noun     string
	table    *table
	slugs    *table
	versions *table // nil when earlier versions are not kept
	of       func(c *catalog.Catalog, id string) *T
	parts    func(*T) parts
}

// parts points at what lists and lookups need of a definition.
type parts struct {
	slug, name, description string
	version                 int
	created, updated        *events.Time
}

var neurons = kind[catalog.Neuron]{
	noun: "neuron", table: newTable("neurons"), slugs: newTable("neuron_slugs"), versions: newTable("neuron_versions"),
	of: (*catalog.Catalog).Neuron,
	parts: func(n *catalog.Neuron) parts {
		return parts{n.Slug, n.Name, n.Description, n.Version, &n.CreatedAt, &n.UpdatedAt}
	},
}

var pathways = kind[catalog.Pathway]{
	noun: "pathway", table: newTable("pathways"), slugs: newTable("pathway_slugs"), versions: newTable("pathway_versions"),
	of: (*catalog.Catalog).Pathway,
	parts: func(p *catalog.Pathway) parts {
		return parts{p.Slug, p.Name, p.Description, p.Version, &p.CreatedAt, &p.UpdatedAt}
	},
}

var receptors = kind[catalog.Receptor]{
	noun: "receptor", table: newTable("receptors"), slugs: newTable("receptor_slugs"),
	of: (*catalog.Catalog).Receptor,
	parts: func(r *catalog.Receptor) parts {
		return parts{r.Slug, r.Name, r.Description, r.Version, &r.CreatedAt, &r.UpdatedAt}
	},
}

// definitionsView folds the stream of catalogs.
type definitionsView struct{}

func newDefinitionsView() *definitionsView { return &definitionsView{} }

func (*definitionsView) name() string          { return "definitions" }
func (*definitionsView) version() int          { return 3 }
func (*definitionsView) stream() events.Stream { return events.Catalog }
func (*definitionsView) tables() []*table {
	return []*table{neurons.table, neurons.slugs, neurons.versions, pathways.table, pathways.slugs, pathways.versions, receptors.table, receptors.slugs, homesTable, keysTable, keyHashesTable, workspacesTable, sharesTable, shareHashesTable, shareTargetsTable}
}
func (*definitionsView) flush(*writer) error { return nil }
func (*definitionsView) forget()             {}

func (*definitionsView) fold(w *writer, c *events.Commit) error {
	for i := range c.Events {
		// One event at a time: what it makes is read from a catalog of its own.
		one := *c
		one.Events = c.Events[i : i+1]
		ws := c.Subject.Workspace
		var err error
		switch f := c.Events[i].Fact.(type) {
		case *events.NeuronStored:
			err = neurons.fold(w, &one, f.ID)
		case *events.NeuronDeleted:
			err = neurons.remove(w, ws, f.ID)
		case *events.PathwayStored:
			err = pathways.fold(w, &one, f.ID)
		case *events.PathwayDeleted:
			err = pathways.remove(w, ws, f.ID)
		case *events.ReceptorStored:
			if err = receptors.fold(w, &one, f.ID); err == nil {
				err = w.put(homesTable, []byte(f.ID), []byte(ws))
			}
		case *events.ReceptorDeleted:
			if err = receptors.remove(w, ws, f.ID); err == nil {
				err = w.remove(homesTable, []byte(f.ID))
			}
		case *events.WorkspaceCreated:
			err = storeWorkspace(w, ws, c.Events[i].At, f)
		case *events.WorkspaceConfigured:
			err = configureWorkspace(w, ws, f)
		case *events.KeyCreated:
			err = storeKey(w, ws, c.Events[i].At, f)
		case *events.KeyRevoked:
			err = removeKey(w, ws, f.ID)
		case *events.ShareCreated:
			err = storeShare(w, ws, c.Events[i].At, f)
		case *events.ShareRevoked:
			err = removeShare(w, ws, f.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fold stores the definition that an event made. The catalog's own fold makes
// it; all that it takes from an earlier version is the creation time.
func (k *kind[T]) fold(w *writer, one *events.Commit, id string) error {
	ws := one.Subject.Workspace
	c := catalog.New(ws)
	c.Apply(one)
	d := k.of(c, id)
	if d == nil { // it could not be read, and stays as it was
		return nil
	}
	now := k.parts(d)
	old, err := k.byID(w.reader, ws, id)
	if err != nil {
		return err
	}
	if old != nil {
		was := k.parts(old)
		*now.created = *was.created
		if was.slug != now.slug {
			if err := k.freeSlug(w, ws, was.slug, id); err != nil {
				return err
			}
		}
	}
	b, err := json.Marshal(d, ours)
	if err != nil {
		return fmt.Errorf("encoding %s %s: %w", k.noun, id, err)
	}
	if err := w.put(k.table, inWorkspace(ws, []byte(id)), b); err != nil {
		return err
	}
	if k.versions != nil {
		if err := w.put(k.versions, versionKey(ws, id, now.version), b); err != nil {
			return err
		}
	}
	return w.put(k.slugs, inWorkspace(ws, []byte(now.slug)), []byte(id))
}

func (k *kind[T]) remove(w *writer, workspace, id string) error {
	old, err := k.byID(w.reader, workspace, id)
	if err != nil || old == nil {
		return err
	}
	if err := k.freeSlug(w, workspace, k.parts(old).slug, id); err != nil {
		return err
	}
	if k.versions != nil {
		if err := k.removeVersions(w, workspace, id); err != nil {
			return err
		}
	}
	return w.remove(k.table, inWorkspace(workspace, []byte(id)))
}

// freeSlug removes a slug if it is still that of id.
func (k *kind[T]) freeSlug(w *writer, workspace, slug, id string) error {
	key := inWorkspace(workspace, []byte(slug))
	owner, err := w.get(k.slugs, key)
	if err != nil || string(owner) != id {
		return err
	}
	return w.remove(k.slugs, key)
}

// byID gives nil when there is none.
func (k *kind[T]) byID(r reader, workspace, id string) (*T, error) {
	b, err := r.get(k.table, inWorkspace(workspace, []byte(id)))
	if err != nil || b == nil {
		return nil, err
	}
	d := new(T)
	return d, decode(b, d)
}

// find looks an id or, failing that, a slug up.
func (k *kind[T]) find(ctx context.Context, s *Store, workspace, idOrSlug string) (*T, error) {
	var d *T
	err := s.read(ctx, func(r reader) (err error) {
		if d, err = k.byID(r, workspace, idOrSlug); d != nil || err != nil {
			return err
		}
		id, err := r.get(k.slugs, inWorkspace(workspace, []byte(idOrSlug)))
		if err != nil {
			return err
		}
		if id == nil {
			return fmt.Errorf("%s %.64q: %w", k.noun, idOrSlug, ErrNotFound)
		}
		if d, err = k.byID(r, workspace, string(id)); d == nil && err == nil {
			err = damagef("%s %s has a slug only", k.noun, id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Neuron finds a neuron by its id or slug, or gives ErrNotFound. It belongs to
// the caller.
func (s *Store) Neuron(ctx context.Context, workspace, idOrSlug string) (*catalog.Neuron, error) {
	return neurons.find(ctx, s, workspace, idOrSlug)
}

// Pathway finds a pathway by its id or slug, or gives ErrNotFound. It belongs
// to the caller.
func (s *Store) Pathway(ctx context.Context, workspace, idOrSlug string) (*catalog.Pathway, error) {
	return pathways.find(ctx, s, workspace, idOrSlug)
}

// Receptor finds a receptor by its id or slug, or gives ErrNotFound. It has no
// Secrets, and belongs to the caller.
func (s *Store) Receptor(ctx context.Context, workspace, idOrSlug string) (*catalog.Receptor, error) {
	return receptors.find(ctx, s, workspace, idOrSlug)
}

// ReceptorHome gives the workspace of a receptor by its id, or ErrNotFound.
func (s *Store) ReceptorHome(ctx context.Context, id string) (string, error) {
	var workspace string
	err := s.read(ctx, func(r reader) error {
		b, err := r.get(homesTable, []byte(id))
		if err == nil && b == nil {
			err = fmt.Errorf("receptor %.64q: %w", id, ErrNotFound)
		}
		workspace = string(b)
		return err
	})
	return workspace, err
}

// storeKey takes the key as the catalog does, which keeps its keys to itself.
func storeKey(w *writer, workspace string, at events.Time, f *events.KeyCreated) error {
	if err := removeKey(w, workspace, f.ID); err != nil {
		return err
	}
	b, err := json.Marshal(&catalog.Key{
		ID: f.ID, Workspace: workspace, Name: f.Name, Role: catalog.Role(f.Role), Hash: f.Hash,
		Prefix: f.Prefix, Instance: f.Instance, CreatedAt: at, ExpiresAt: f.ExpiresAt,
	}, ours)
	if err != nil {
		return fmt.Errorf("encoding key %s: %w", f.ID, err)
	}
	if err := w.put(keyHashesTable, inWorkspace(workspace, []byte(f.ID)), f.Hash[:]); err != nil {
		return err
	}
	return w.put(keysTable, keyKey(workspace, f.ID, f.Hash[:]), b)
}

func removeKey(w *writer, workspace, id string) error {
	hash, err := w.get(keyHashesTable, inWorkspace(workspace, []byte(id)))
	if err != nil || hash == nil {
		return err
	}
	if err := w.remove(keysTable, keyKey(workspace, id, hash)); err != nil {
		return err
	}
	return w.remove(keyHashesTable, inWorkspace(workspace, []byte(id)))
}

func keyKey(workspace, id string, hash []byte) []byte {
	return append(bytes.Clone(hash), inWorkspace(workspace, []byte(id))...)
}

// Key finds a key of any workspace by the hash of its text, or gives
// ErrNotFound, also once it is revoked. Whether it has expired is for the
// caller to see.
func (s *Store) Key(ctx context.Context, hash events.Hash) (*catalog.Key, error) {
	var key *catalog.Key
	err := s.read(ctx, func(r reader) error {
		key = nil
		err := r.each(keysTable, hash[:], func(_, value []byte) (bool, error) {
			key = new(catalog.Key)
			return false, decode(value, key)
		})
		if err == nil && key == nil {
			err = fmt.Errorf("key: %w", ErrNotFound)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// Keys lists the keys of a workspace that are not revoked, oldest first.
func (s *Store) Keys(ctx context.Context, workspace string) ([]*catalog.Key, error) {
	var keys []*catalog.Key
	err := s.read(ctx, func(r reader) error {
		keys = nil
		prefix := inWorkspace(workspace)
		return r.each(keyHashesTable, prefix, func(id, hash []byte) (bool, error) {
			b, err := r.get(keysTable, append(bytes.Clone(hash), id...))
			if err != nil {
				return false, err
			}
			if b == nil {
				return false, damagef("a key of workspace %s is missing", workspace)
			}
			key := new(catalog.Key)
			keys = append(keys, key)
			return true, decode(b, key)
		})
	})
	if err != nil {
		return nil, err
	}
	sortByTime(keys, func(k *catalog.Key) (events.Time, string) { return k.CreatedAt, k.ID })
	return keys, nil
}
