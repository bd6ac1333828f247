package projections

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
)

// This file reads a bbolt file without bbolt and without trusting a byte of
// it. bbolt follows page numbers and lengths as they stand in the file, also in
// a goroutine whose panic nobody can catch; what was inspected is safe for it.
//
// The format (bbolt version 2, in the machine's byte order): pages of equal
// size, each begins with {id u64, flags u16, count u16, overflow u32}, where
// overflow is the number of pages that continue it. Pages 0 and 1 are metas;
// the valid one with the higher transaction is the truth. A branch has count
// elements {pos u32, ksize u32, page u64}, a leaf {flags u32, pos u32, ksize
// u32, vsize u32}; pos counts from the element itself. The value of a bucket is
// {root page u64, sequence u64}, with the page itself behind it when root is 0.

const (
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	boltNoFreelist = ^uint64(0)

	pageHeader   = 16
	elementSize  = 16
	bucketHeader = 16
	metaSize     = 64

	branchFlag = 0x01
	leafFlag   = 0x02
	metaFlag   = 0x04

	bucketElement = 0x01 // flag of a leaf's element

	maxDepth = 32
)

var native = binary.NativeEndian

type meta struct {
	pageSize    uint32
	root        uint64
	freelist    uint64
	pages       uint64 // in use: every page number is below
	transaction uint64
	sum         uint64
}

// readMeta reads a meta page's body, false when it is none or is damaged.
func readMeta(b []byte) (meta, bool) {
	if native.Uint32(b) != boltMagic || native.Uint32(b[4:]) != boltVersion {
		return meta{}, false
	}
	m := meta{
		pageSize: native.Uint32(b[8:]), root: native.Uint64(b[16:]), freelist: native.Uint64(b[32:]),
		pages: native.Uint64(b[40:]), transaction: native.Uint64(b[48:]), sum: native.Uint64(b[56:]),
	}
	h := fnv.New64a()
	h.Write(b[:56])
	return m, h.Sum64() == m.sum
}

// inspection is one walk over a file.
type inspection struct {
	file  io.ReaderAt
	meta  meta
	size  int
	seen  []uint64 // a bit for each page
	bufs  [maxDepth][]byte
	state state
}

// inspect reads the whole file and gives its state. The error wraps errDamaged
// when the file is not what a store has written; it is fs.ErrNotExist when the
// file is empty, or was never begun.
func inspect(f *os.File) (state, error) {
	info, err := f.Stat()
	if err != nil {
		return state{}, err
	}
	if !info.Mode().IsRegular() {
		return state{}, fmt.Errorf("%s is no regular file", f.Name())
	}
	if info.Size() == 0 {
		return state{}, fs.ErrNotExist
	}
	in := &inspection{file: f}
	if err := in.open(info.Size()); err != nil {
		return state{}, err
	}
	return in.state, in.run()
}

// open finds the meta that counts.
func (in *inspection) open(size int64) error {
	pageSize := os.Getpagesize()
	var buf [pageHeader + metaSize]byte
	found := false
	for i := range 2 {
		if _, err := in.file.ReadAt(buf[:], int64(i*pageSize)); err != nil {
			return damagef("reading meta page %d: %w", i, err)
		}
		m, ok := readMeta(buf[pageHeader:])
		if !ok || native.Uint16(buf[8:]) != metaFlag {
			continue
		}
		if int(m.pageSize) != pageSize {
			return damagef("its pages have %d bytes, not %d", m.pageSize, pageSize)
		}
		if !found || m.transaction > in.meta.transaction {
			in.meta, found = m, true
		}
	}
	if !found {
		return damagef("no meta page is valid")
	}
	if in.meta.pages > uint64(size)/uint64(pageSize) {
		return damagef("it has %d bytes, but %d pages", size, in.meta.pages)
	}
	in.size = pageSize
	in.seen = make([]uint64, in.meta.pages/64+1)
	return nil
}

// run walks all tables.
func (in *inspection) run() error {
	type found struct {
		name  string
		value []byte
	}
	var buckets []found
	err := in.walkPage(in.meta.root, nil, nil, 0, func(key, value []byte, flags uint32) error {
		if flags != bucketElement || len(value) < bucketHeader {
			return damagef("%.80q is no table", key)
		}
		buckets = append(buckets, found{string(key), bytes.Clone(value)})
		return nil
	})
	if err != nil {
		return err
	}
	if len(buckets) == 0 {
		return fmt.Errorf("no table was made yet: %w", fs.ErrNotExist)
	}
	if in.meta.freelist != boltNoFreelist {
		return damagef("it has a list of free pages")
	}
	totals := make(map[string]total, len(buckets))
	for _, b := range buckets {
		var sum total
		t := newTable(b.name)
		visit := func(key, stored []byte, flags uint32) error {
			if flags != 0 {
				return damagef("%s: entry %.80x has flags %#x", t.name, key, flags)
			}
			value, err := t.verify(key, stored)
			if err != nil {
				return err
			}
			sum.add(stored)
			if t.name == stateTable.name && bytes.Equal(key, stateKey) {
				return decode(value, &in.state)
			}
			return nil
		}
		var err error
		if root := native.Uint64(b.value); root != 0 {
			err = in.walkPage(root, nil, nil, 1, visit)
		} else {
			err = in.walk(b.value[bucketHeader:], nil, nil, 1, visit)
		}
		if err != nil {
			return err
		}
		totals[b.name] = sum
	}
	if totals[stateTable.name].Count != 1 || in.state.Tables == nil {
		return damagef("it does not say what it holds")
	}
	delete(totals, stateTable.name)
	if len(totals) != len(in.state.Tables) {
		return damagef("it has %d tables, not %d", len(totals), len(in.state.Tables))
	}
	for name, want := range in.state.Tables {
		if have, ok := totals[name]; !ok || have != want {
			return damagef("table %s has %d entries of %d, or stale ones", name, have.Count, want.Count)
		}
	}
	return nil
}

type visitor func(key, value []byte, flags uint32) error

// walkPage visits all entries below a page. Its first key must be low, the one
// in the branch above it (bbolt finds the place of a page by it when it writes
// the page anew), and all keys must lie below high; nil stands for no bound.
func (in *inspection) walkPage(id uint64, low, high []byte, depth int, visit visitor) error {
	if depth >= maxDepth {
		return damagef("it is deeper than %d pages", maxDepth)
	}
	if id < 2 || id >= in.meta.pages {
		return damagef("page %d is not one of its %d", id, in.meta.pages)
	}
	var header [pageHeader]byte
	if _, err := in.file.ReadAt(header[:], int64(id)*int64(in.size)); err != nil {
		return damagef("reading page %d: %w", id, err)
	}
	if native.Uint64(header[:]) != id {
		return damagef("page %d says that it is %d", id, native.Uint64(header[:]))
	}
	n := uint64(native.Uint32(header[12:])) + 1
	if id+n > in.meta.pages {
		return damagef("page %d goes on for %d pages", id, n)
	}
	for p := id; p < id+n; p++ {
		if in.seen[p/64]&(1<<(p%64)) != 0 {
			return damagef("page %d is part of two", p)
		}
		in.seen[p/64] |= 1 << (p % 64)
	}
	length := int(n) * in.size
	if len(in.bufs[depth]) < length {
		in.bufs[depth] = make([]byte, length)
	}
	b := in.bufs[depth][:length]
	if _, err := in.file.ReadAt(b, int64(id)*int64(in.size)); err != nil {
		return damagef("reading page %d: %w", id, err)
	}
	return in.walk(b, low, high, depth, visit)
}

// walk visits all entries of a page that was read, and below it.
func (in *inspection) walk(page, low, high []byte, depth int, visit visitor) error {
	if len(page) < pageHeader {
		return damagef("a page has %d bytes", len(page))
	}
	flags, count := native.Uint16(page[8:]), int(native.Uint16(page[10:]))
	if pageHeader+count*elementSize > len(page) {
		return damagef("a page has %d elements", count)
	}
	if flags != leafFlag && flags != branchFlag {
		return damagef("a page has flags %#x", flags)
	}
	if count == 0 && (flags == branchFlag || low != nil) {
		return damagef("a page is empty")
	}
	key := func(i int) ([]byte, error) {
		at := pageHeader + i*elementSize
		e := page[at:]
		pos, ksize := native.Uint32(e), native.Uint32(e[4:])
		if flags == leafFlag {
			pos, ksize = native.Uint32(e[4:]), native.Uint32(e[8:])
		}
		from := uint64(at) + uint64(pos)
		if int(pos) < elementSize || from+uint64(ksize) > uint64(len(page)) || ksize == 0 {
			return nil, damagef("a key lies outside its page")
		}
		return page[from : from+uint64(ksize)], nil
	}
	for i := range count {
		k, err := key(i)
		if err != nil {
			return err
		}
		if (i == 0 && low != nil && !bytes.Equal(k, low)) || (high != nil && bytes.Compare(k, high) >= 0) {
			return damagef("key %.80x is out of order", k)
		}
		next := high
		if i+1 < count {
			if next, err = key(i + 1); err != nil {
				return err
			}
			if bytes.Compare(k, next) >= 0 {
				return damagef("key %.80x is out of order", k)
			}
		}
		at := pageHeader + i*elementSize
		if flags == branchFlag {
			if err := in.walkPage(native.Uint64(page[at+8:]), k, next, depth+1, visit); err != nil {
				return err
			}
			continue
		}
		from := uint64(at) + uint64(native.Uint32(page[at+4:])) + uint64(len(k))
		vsize := uint64(native.Uint32(page[at+12:]))
		if from+vsize > uint64(len(page)) {
			return damagef("the value of key %.80x lies outside its page", k)
		}
		if err := visit(k, page[from:from+vsize], native.Uint32(page[at:])); err != nil {
			return err
		}
	}
	return nil
}
