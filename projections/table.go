package projections

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	bolt "go.etcd.io/bbolt"

	"ranvier/events"
)

// This file is the layer over bbolt: tables whose entries carry checksums, one
// transaction that writes them, one that reads them.

// errDamaged is wrapped by every error that says that the file cannot be trusted.
var errDamaged = errors.New("the projection file is damaged")

func damagef(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errDamaged, fmt.Errorf(format, args...))
}

// castagnoli is the polynomial of the checksums. CRC-32C is computed by the
// processor and finds every flip of up to three bits, and every burst of up to
// 32, in an entry of any size that occurs here. It shall find accidents, not
// forgers: whoever can write the file can write the log.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumSize is the size in bytes of the checksum before each stored value.
const sumSize = 4

// table is a bucket whose entries carry checksums.
type table struct {
	name string
	seed uint32 // the checksum of the name, so that an entry belongs to its table
}

func newTable(name string) *table {
	return &table{name, crc32.Checksum([]byte(name), castagnoli)}
}

// checksum covers the table's name, the key, its length and the value.
func (t *table) checksum(key, value []byte) uint32 {
	sum := crc32.Update(t.seed^uint32(len(key)), castagnoli, key)
	return crc32.Update(sum, castagnoli, value)
}

// verify takes an entry as stored and gives its value.
func (t *table) verify(key, stored []byte) ([]byte, error) {
	if len(stored) < sumSize || binary.BigEndian.Uint32(stored) != t.checksum(key, stored[sumSize:]) {
		return nil, damagef("%s: entry %.80x does not have its checksum", t.name, key)
	}
	return stored[sumSize:], nil
}

// total tells what a whole table must add up to, so that an entry that is
// missing or stale is noticed too.
type total struct {
	Count uint64 `json:"count"`
	Sum   uint64 `json:"sum"` // of the checksums, modulo 2^64
}

func (t *total) add(stored []byte) {
	t.Count++
	t.Sum += uint64(binary.BigEndian.Uint32(stored))
}

func (t *total) subtract(stored []byte) {
	t.Count--
	t.Sum -= uint64(binary.BigEndian.Uint32(stored))
}

// checkpoint names the last commit of a stream that is folded in. The id
// tells a log that lost its end and went on differently.
type checkpoint struct {
	Seq uint64 `json:"seq"`
	ID  string `json:"id"`
}

// state is what a file says of itself; it is stored with every batch.
type state struct {
	Views       map[string]int               `json:"views"` // name to version
	Checkpoints map[events.Stream]checkpoint `json:"checkpoints"`
	Tables      map[string]total             `json:"tables"`
	Unclean     bool                         `json:"unclean,omitzero"` // free pages may hold what was deleted, see scrub.go
}

var (
	stateTable = newTable("state")
	stateKey   = []byte("state")
)

// reader is one transaction over the tables. What it gives is valid as long as
// the transaction.
type reader struct{ tx *bolt.Tx }

func (r reader) bucket(t *table) (*bolt.Bucket, error) {
	b := r.tx.Bucket([]byte(t.name))
	if b == nil {
		return nil, damagef("there is no table %s", t.name)
	}
	return b, nil
}

// get gives the value of a key, nil when there is none.
func (r reader) get(t *table, key []byte) ([]byte, error) {
	b, err := r.bucket(t)
	if err != nil {
		return nil, err
	}
	stored := b.Get(key)
	if stored == nil {
		return nil, nil
	}
	return t.verify(key, stored)
}

// each visits the entries whose key begins with prefix, in order, until visit
// gives an error or false.
func (r reader) each(t *table, prefix []byte, visit func(key, value []byte) (bool, error)) error {
	b, err := r.bucket(t)
	if err != nil {
		return err
	}
	c := b.Cursor()
	for key, stored := c.Seek(prefix); hasPrefix(key, prefix); key, stored = c.Next() {
		value, err := t.verify(key, stored)
		if err != nil {
			return err
		}
		if more, err := visit(key, value); err != nil || !more {
			return err
		}
	}
	return nil
}

func hasPrefix(key, prefix []byte) bool {
	return key != nil && len(key) >= len(prefix) && string(key[:len(prefix)]) == string(prefix)
}

// decode reads a value that encode wrote.
func decode(value []byte, v any) error {
	if err := json.Unmarshal(value, v, ours); err != nil {
		return damagef("reading a value: %w", err)
	}
	return nil
}

// ours are the JSON options for values: duplicate names were looked for when
// the log was read, and a checksum vouches for the rest.
var ours = json.JoinOptions(jsontext.AllowDuplicateNames(true), json.Deterministic(true))

// writer is the one transaction of a batch.
type writer struct {
	reader
	totals map[*table]total
	arena  []byte // what is left of a block that values are cut from
}

const arenaBlock = 1 << 20

// alloc gives n bytes that live as long as the transaction needs them: bbolt
// keeps the value it is given until the commit.
func (w *writer) alloc(n int) []byte {
	if n > len(w.arena) {
		w.arena = make([]byte, max(n, arenaBlock))
	}
	b := w.arena[:n:n]
	w.arena = w.arena[n:]
	return b
}

// put stores an entry, new or not.
func (w *writer) put(t *table, key, value []byte) error {
	b, err := w.bucket(t)
	if err != nil {
		return err
	}
	if old := b.Get(key); old != nil {
		if err := w.subtract(t, key, old); err != nil {
			return err
		}
	}
	return w.store(b, t, key, value)
}

// insert stores an entry that is known to be new. It saves a look.
func (w *writer) insert(t *table, key, value []byte) error {
	b, err := w.bucket(t)
	if err != nil {
		return err
	}
	return w.store(b, t, key, value)
}

func (w *writer) store(b *bolt.Bucket, t *table, key, value []byte) error {
	stored := w.alloc(sumSize + len(value))
	binary.BigEndian.PutUint32(stored, t.checksum(key, value))
	copy(stored[sumSize:], value)
	if err := b.Put(key, stored); err != nil {
		return fmt.Errorf("storing in %s: %w", t.name, err)
	}
	sums := w.totals[t]
	sums.add(stored)
	w.totals[t] = sums
	return nil
}

func (w *writer) subtract(t *table, key, old []byte) error {
	if len(old) < sumSize {
		return damagef("%s: entry %.80x has no checksum", t.name, key)
	}
	sums := w.totals[t]
	sums.subtract(old)
	w.totals[t] = sums
	return nil
}

// remove deletes an entry, if it is there.
func (w *writer) remove(t *table, key []byte) error {
	b, err := w.bucket(t)
	if err != nil {
		return err
	}
	old := b.Get(key)
	if old == nil {
		return nil
	}
	if err := w.subtract(t, key, old); err != nil {
		return err
	}
	if err := b.Delete(key); err != nil {
		return fmt.Errorf("deleting from %s: %w", t.name, err)
	}
	return nil
}

// inWorkspace makes a key of a workspace; 0x00 stands in no id.
func inWorkspace(workspace string, parts ...[]byte) []byte {
	n := len(workspace) + 1
	for _, p := range parts {
		n += len(p)
	}
	key := append(append(make([]byte, 0, n), workspace...), 0)
	for _, p := range parts {
		key = append(key, p...)
	}
	return key
}
