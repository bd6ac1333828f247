package projections

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// This file finds share tokens, by the hash of their text and by what they
// open.
//
//	shares         hash workspace 0 id                JSON
//	share_hashes   workspace 0 id                     hash
//	share_targets  workspace 0 kind 0 target 0 id     hash
//
// An expired share stays until it is revoked or its target gets another one.
var (
	sharesTable       = newTable("shares")
	shareHashesTable  = newTable("share_hashes")
	shareTargetsTable = newTable("share_targets")
)

// storeShare takes the share as the catalog does, which keeps its shares to
// itself.
func storeShare(w *writer, workspace string, at events.Time, f *events.ShareCreated) error {
	if err := removeShare(w, workspace, f.ID); err != nil {
		return err
	}
	others, err := w.shares(workspace, f.Kind, f.Target)
	if err != nil {
		return err
	}
	for _, s := range others {
		if s.Expired(at) {
			if err := removeShare(w, workspace, s.ID); err != nil {
				return err
			}
		}
	}
	b, err := json.Marshal(&catalog.Share{
		ID: f.ID, Workspace: workspace, Kind: f.Kind, Target: f.Target, Job: f.Job, Responder: f.Responder,
		Hash: f.Hash, CreatedAt: at, ExpiresAt: f.ExpiresAt,
	}, ours)
	if err != nil {
		return fmt.Errorf("encoding share %s: %w", f.ID, err)
	}
	if err := w.put(shareHashesTable, inWorkspace(workspace, []byte(f.ID)), f.Hash[:]); err != nil {
		return err
	}
	if err := w.put(shareTargetsTable, append(targetKey(workspace, f.Kind, f.Target), f.ID...), f.Hash[:]); err != nil {
		return err
	}
	return w.put(sharesTable, keyKey(workspace, f.ID, f.Hash[:]), b)
}

func removeShare(w *writer, workspace, id string) error {
	hash, err := w.get(shareHashesTable, inWorkspace(workspace, []byte(id)))
	if err != nil || hash == nil {
		return err
	}
	key := keyKey(workspace, id, hash)
	b, err := w.get(sharesTable, key)
	if err != nil {
		return err
	}
	if b == nil {
		return damagef("a share of workspace %s is missing", workspace)
	}
	var s catalog.Share
	if err := decode(b, &s); err != nil {
		return err
	}
	if err := w.remove(shareTargetsTable, append(targetKey(workspace, s.Kind, s.Target), id...)); err != nil {
		return err
	}
	if err := w.remove(sharesTable, key); err != nil {
		return err
	}
	return w.remove(shareHashesTable, inWorkspace(workspace, []byte(id)))
}

// targetKey is what the keys of all shares of one target begin with; 0x00
// stands in no id.
func targetKey(workspace, kind, target string) []byte {
	return inWorkspace(workspace, []byte(kind), []byte{0}, []byte(target), []byte{0})
}

// shares lists the shares of a target, by id.
func (r reader) shares(workspace, kind, target string) ([]*catalog.Share, error) {
	var list []*catalog.Share
	prefix := targetKey(workspace, kind, target)
	err := r.each(shareTargetsTable, prefix, func(key, hash []byte) (bool, error) {
		b, err := r.get(sharesTable, keyKey(workspace, string(key[len(prefix):]), hash))
		if err != nil {
			return false, err
		}
		if b == nil {
			return false, damagef("a share of workspace %s is missing", workspace)
		}
		s := new(catalog.Share)
		list = append(list, s)
		return true, decode(b, s)
	})
	return list, err
}

// Share finds a share token of any workspace by the hash of its text, or gives
// ErrNotFound, also once it is revoked. Whether it has expired is for the
// caller to see. It belongs to the caller.
func (s *Store) Share(ctx context.Context, hash events.Hash) (*catalog.Share, error) {
	var share *catalog.Share
	err := s.read(ctx, func(r reader) error {
		share = nil
		err := r.each(sharesTable, hash[:], func(_, value []byte) (bool, error) {
			share = new(catalog.Share)
			return false, decode(value, share)
		})
		if err == nil && share == nil {
			err = fmt.Errorf("share: %w", ErrNotFound)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return share, nil
}

// Shares lists the share tokens of one target that are not revoked, oldest
// first; those that have expired may be among them. They belong to the caller.
func (s *Store) Shares(ctx context.Context, workspace, kind, target string) ([]*catalog.Share, error) {
	var list []*catalog.Share
	err := s.read(ctx, func(r reader) (err error) {
		list, err = r.shares(workspace, kind, target)
		return err
	})
	if err != nil {
		return nil, err
	}
	sortByTime(list, func(s *catalog.Share) (events.Time, string) { return s.CreatedAt, s.ID })
	return list, nil
}
