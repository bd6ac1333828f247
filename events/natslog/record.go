package natslog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrLost: the store is missing, or it ends before what is known to have been
// stored. Going on would give out sequences twice.
var ErrLost = errors.New("part of the log is lost")

// record is what is known of the streams beside the streams themselves. It
// lies outside the server's directory, which the server may shorten or clear.
type record struct {
	Version int `json:"version"`
	// Jobs and Catalog are sequences that were durable when this was written.
	Jobs    uint64 `json:"jobs"`
	Catalog uint64 `json:"catalog"`
	// Tokens bounds the sequences of token chunks given out so far. While the
	// log is open it runs ahead of them, because a crash may lose chunks; a
	// clean close makes it exact.
	Tokens uint64 `json:"tokens"`
}

const recordVersion = 1

func recordPath(dir string) string { return filepath.Join(dir, "ranvier.json") }

// readRecord gives nil when there is none.
func readRecord(dir string) (*record, error) {
	b, err := os.ReadFile(recordPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the log's record: %w", err)
	}
	var r record
	if err := json.Unmarshal(b, &r, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("reading the log's record %s: %w", recordPath(dir), err)
	}
	if r.Version != recordVersion {
		return nil, fmt.Errorf("the log's record %s has version %d, this program knows %d", recordPath(dir), r.Version, recordVersion)
	}
	return &r, nil
}

// write replaces the record: after a crash there is the old one or the new.
func (r record) write(dir string) error {
	r.Version = recordVersion
	b, err := json.Marshal(&r, jsontext.Multiline(true))
	if err != nil {
		return fmt.Errorf("writing the log's record: %w", err)
	}
	if err := replaceFile(recordPath(dir), append(b, '\n')); err != nil {
		return fmt.Errorf("writing the log's record: %w", err)
	}
	return nil
}

func replaceFile(path string, b []byte) error {
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(next, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
