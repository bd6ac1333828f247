package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ranvier/config"
	"ranvier/engine/seal"
)

// masterFile holds the master key, below the data directory, unless a setting
// does.
const masterFile = "master.key"

// openBox gives what seals the secrets that are stored. The file is made when
// it is not there; the caller holds the data directory's lock.
func openBox(cfg config.Config) (*seal.Box, error) {
	if key := cfg.MasterKey.Reveal(); key != "" {
		return seal.New([]byte(key))
	}
	path := filepath.Join(cfg.DataDir, masterFile)
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeMasterKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the master key: %w", err)
	}
	if info, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("the master key: %w", err)
	} else if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the master key: others may read %s: chmod 600", path)
	}
	box, err := seal.New(bytes.TrimSpace(key))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return box, nil
}

// makeMasterKey writes a new key to the disk, whole or not at all.
func makeMasterKey(path string) ([]byte, error) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: see crypto/rand
	key := base64.StdEncoding.AppendEncode(nil, random[:])
	next := path + ".new"
	if err := writeFile(next, append(key, '\n')); err != nil {
		return nil, err
	}
	if err := os.Rename(next, path); err != nil {
		return nil, fmt.Errorf("put it in its place: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("open its directory: %w", err)
	}
	defer func() { _ = dir.Close() }()
	if err := dir.Sync(); err != nil {
		return nil, fmt.Errorf("flush its directory: %w", err)
	}
	return key, nil
}

// writeFile writes a file that only its owner may read, and flushes it.
func writeFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	if _, err := f.Write(b); err != nil {
		return errors.Join(fmt.Errorf("write the file: %w", err), f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("flush the file: %w", err), f.Close())
	}
	return f.Close()
}
