package projections

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"ranvier/engine/catalog"
)

// This file keeps every version of neurons and pathways, so that an old one
// can be read and promoted without a walk through the whole history.
//
//	neuron_versions, pathway_versions  workspace 0 id 0 ^version  JSON
//
// The versions of a definition go when it is deleted.

// versionKey sorts the newest version first; 0x00 stands in no id.
func versionKey(workspace, id string, version int) []byte {
	return binary.BigEndian.AppendUint64(versionsOf(workspace, id), ^uint64(version))
}

// versionsOf is what the keys of all versions of a definition begin with.
func versionsOf(workspace, id string) []byte { return inWorkspace(workspace, []byte(id), []byte{0}) }

// removeVersions forgets the versions of a definition that was deleted.
func (k *kind[T]) removeVersions(w *writer, workspace, id string) error {
	var keys [][]byte // a cursor does not survive changes
	err := w.each(k.versions, versionsOf(workspace, id), func(key, _ []byte) (bool, error) {
		keys = append(keys, bytes.Clone(key))
		return true, nil
	})
	for _, key := range keys {
		if err == nil {
			err = w.remove(k.versions, key)
		}
	}
	return err
}

// NeuronVersions lists the versions of the neuron of an id, newest first, and
// counts them all, or gives ErrNotFound. A limit of 0 is none. The work grows
// with the number of versions. They belong to the caller.
func (s *Store) NeuronVersions(ctx context.Context, workspace, id string, limit, offset int) ([]*catalog.Neuron, int, error) {
	return neurons.listVersions(ctx, s, workspace, id, limit, offset)
}

// PathwayVersions is NeuronVersions for a pathway.
func (s *Store) PathwayVersions(ctx context.Context, workspace, id string, limit, offset int) ([]*catalog.Pathway, int, error) {
	return pathways.listVersions(ctx, s, workspace, id, limit, offset)
}

// NeuronVersion gives one version of the neuron of an id, or ErrNotFound. It
// belongs to the caller.
func (s *Store) NeuronVersion(ctx context.Context, workspace, id string, version int) (*catalog.Neuron, error) {
	return neurons.version(ctx, s, workspace, id, version)
}

// PathwayVersion is NeuronVersion for a pathway.
func (s *Store) PathwayVersion(ctx context.Context, workspace, id string, version int) (*catalog.Pathway, error) {
	return pathways.version(ctx, s, workspace, id, version)
}

func (k *kind[T]) listVersions(ctx context.Context, s *Store, workspace, id string, limit, offset int) (page []*T, total int, err error) {
	err = s.read(ctx, func(r reader) error {
		page, total = nil, 0
		err := r.each(k.versions, versionsOf(workspace, id), func(_, value []byte) (bool, error) {
			if total++; total > offset && (limit == 0 || len(page) < limit) {
				d := new(T)
				if err := decode(value, d); err != nil {
					return false, err
				}
				page = append(page, d)
			}
			return ctx.Err() == nil, ctx.Err()
		})
		if err == nil && total == 0 {
			err = fmt.Errorf("%s %.64q: %w", k.noun, id, ErrNotFound)
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return page, total, nil
}

func (k *kind[T]) version(ctx context.Context, s *Store, workspace, id string, version int) (*T, error) {
	var d *T
	err := s.read(ctx, func(r reader) error {
		b, err := r.get(k.versions, versionKey(workspace, id, version))
		if err != nil {
			return err
		}
		if b == nil {
			return fmt.Errorf("version %d of %s %.64q: %w", version, k.noun, id, ErrNotFound)
		}
		d = new(T)
		return decode(b, d)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}
