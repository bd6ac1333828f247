package natslog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/nats-io/nats.go"

	"ranvier/events"
)

// largeText makes a payload of n bytes that says the same all over.
func largeText(say string, n int) events.Payload {
	b := append([]byte{'"'}, bytes.Repeat([]byte(say), n/len(say))...)
	b = append(b, '"')
	return events.Payload{Sum: events.HashOf(b), Raw: jsontext.Value(b)}
}

func readBlob(t *testing.T, l *Log, s events.Subject, sum events.Hash) ([]byte, error) {
	t.Helper()
	r, err := l.OpenBlob(t.Context(), s, sum)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// TestBlobFiles: after an erasure no file has a blob of the job, and all files
// have those of others.
func TestBlobFiles(t *testing.T) {
	dir := t.TempDir()
	l := openAt(t, Config{Dir: dir})
	gone, stays := events.JobSubject("ws", "gone"), events.JobSubject("ws", "stays")
	secret, other := largeText(canary, 3<<20), largeText("it-stays", 3<<20)
	for _, put := range []struct {
		s events.Subject
		p events.Payload
	}{{stays, other}, {gone, secret}, {gone, other}} {
		if err := l.PutBlob(t.Context(), put.s, put.p); err != nil {
			t.Fatal(err)
		}
	}
	head := events.Head{}
	for i, f := range []events.Fact{&events.JobCompleted{Result: secret.Detached()}, &events.JobDeleted{}} {
		c, err := events.Seal(events.Draft{Subject: gone, Head: head, ID: fmt.Sprint(i)}, f)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Append(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		head = c.Head()
	}
	if len(holds(t, dir, canary)) == 0 {
		t.Fatal("the canary is nowhere: the test looks in the wrong place")
	}
	if err := l.Erase(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	look := func(when string) {
		t.Helper()
		if found := holds(t, dir, canary); len(found) > 0 {
			t.Errorf("%s the canary is in %v", when, found)
		}
		if b, err := readBlob(t, l, stays, other.Sum); err != nil || !bytes.Equal(b, other.Raw) {
			t.Errorf("%s the other job's blob has %d bytes, %v", when, len(b), err)
		}
		if _, err := readBlob(t, l, gone, other.Sum); !errors.Is(err, events.ErrBlob) {
			t.Errorf("%s the job still has a blob: %v", when, err)
		}
	}
	look("erased,")
	closeLog(t, l)
	l = openAt(t, Config{Dir: dir})
	look("opened again,")
}

// TestBlobHalfPut: a blob of which only some chunks are stored is none, and can
// be put again, also by a program that cuts it otherwise.
func TestBlobHalfPut(t *testing.T) {
	for _, most := range []int{0, 100 << 10} {
		cfg := Config{Dir: t.TempDir()}
		l := openAt(t, cfg)
		s, p := events.JobSubject("ws", "job"), largeText("half", 2<<20)
		c := newCut(s, p.Sum, int64(len(p.Raw)), blobChunk)
		for _, n := range []int{0, 1, 3} {
			if err := l.putChunk(t.Context(), c, n, p.Raw); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := readBlob(t, l, s, p.Sum); !errors.Is(err, events.ErrBlob) {
			t.Errorf("half a blob: %v, want ErrBlob", err)
		}
		if most > 0 {
			closeLog(t, l)
			cfg.MaxPayload = most
			l = openAt(t, cfg)
		}
		for range 2 {
			if err := l.PutBlob(t.Context(), s, p); err != nil {
				t.Fatal(err)
			}
			if b, err := readBlob(t, l, s, p.Sum); err != nil || !bytes.Equal(b, p.Raw) {
				t.Errorf("%d bytes, %v", len(b), err)
			}
		}
		if most == 0 {
			continue
		}
		closeLog(t, l) // and it is read with whatever settings
		l = openAt(t, Config{Dir: cfg.Dir})
		if b, err := readBlob(t, l, s, p.Sum); err != nil || !bytes.Equal(b, p.Raw) {
			t.Errorf("with other settings %d bytes, %v", len(b), err)
		}
	}
}

// TestBlobDamaged: a chunk that is another one, or is missing, is an error, also
// when it becomes so while the blob is read.
func TestBlobDamaged(t *testing.T) {
	for name, size := range map[string]int{"small": 1 << 20, "large": blobHeld + 1<<20} {
		t.Run(name, func(t *testing.T) {
			l := openAt(t, Config{Dir: t.TempDir()})
			s := events.JobSubject("ws", "job")
			p, q := largeText("true", size), largeText("true", size)
			q.Raw[len(q.Raw)/2] = 'X' // under the digest of p
			q.Sum = events.HashOf([]byte("another"))
			if err := l.PutBlob(t.Context(), s, q); err != nil {
				t.Fatal(err)
			}
			if _, err := readBlob(t, l, s, q.Sum); !errors.Is(err, events.ErrBlob) {
				t.Errorf("a changed blob: %v, want ErrBlob", err)
			}
			if err := l.PutBlob(t.Context(), s, p); err != nil {
				t.Fatal(err)
			}
			r, err := l.OpenBlob(t.Context(), s, p.Sum)
			if err != nil {
				t.Fatal(err)
			}
			c := newCut(s, p.Sum, int64(len(p.Raw)), blobChunk)
			last := c.chunks() - 1
			m, err := l.message(t.Context(), c.subject(last))
			if err != nil {
				t.Fatal(err)
			}
			stream, err := l.blobStream(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := stream.DeleteMsg(t.Context(), m.Sequence); err != nil {
				t.Fatal(err)
			}
			switch b, err := io.ReadAll(r); {
			case size > blobHeld && !errors.Is(err, events.ErrBlob):
				t.Errorf("a chunk that has gone: %v, want ErrBlob", err)
			case size <= blobHeld && (err != nil || !bytes.Equal(b, p.Raw)):
				t.Errorf("what was read already: %d bytes, %v", len(b), err)
			}
			if _, err := readBlob(t, l, s, p.Sum); !errors.Is(err, events.ErrBlob) {
				t.Errorf("a blob with a hole: %v, want ErrBlob", err)
			}
			// Another message in the place of the chunk.
			other := nats.NewMsg(c.subject(last))
			other.Data = bytes.Repeat([]byte{'y'}, len(m.Data))
			if _, err := l.current().js.PublishMsg(t.Context(), other); err != nil {
				t.Fatal(err)
			}
			if _, err := readBlob(t, l, s, p.Sum); !errors.Is(err, events.ErrBlob) {
				t.Errorf("a blob with another chunk: %v, want ErrBlob", err)
			}
		})
	}
}

// TestBlobEraseCutOff ends an erasure while the blobs go, as a kill does: the
// files are copied as they lie there.
func TestBlobEraseCutOff(t *testing.T) {
	s := newStory(t, 2)
	p := largeText(canary, 2<<20)
	if err := s.log.PutBlob(t.Context(), s.gone, p); err != nil {
		t.Fatal(err)
	}
	e, err := s.log.erasure(t.Context(), s.gone)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.log.message(t.Context(), newCut(s.gone, p.Sum, int64(len(p.Raw)), blobChunk).subject(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.wipe(t.Context(), blobsStream, m.Sequence); err != nil {
		t.Fatal(err)
	}
	left := t.TempDir()
	if err := os.CopyFS(left, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	l := openAt(t, Config{Dir: left})
	for range 2 {
		if err := l.Erase(t.Context(), s.gone); err != nil {
			t.Fatal(err)
		}
	}
	if found := holds(t, left, canary); len(found) > 0 {
		t.Errorf("the canary is in %v", found)
	}
	s.check(t, l)
}

// TestBlobStoreFull: what does not fit is refused, and the log goes on.
func TestBlobStoreFull(t *testing.T) {
	l := openAt(t, Config{Dir: t.TempDir(), MaxStore: 3 << 20})
	s := events.JobSubject("ws", "job")
	if err := l.PutBlob(t.Context(), s, largeText("full", 8<<20)); !errors.Is(err, events.ErrUnavailable) {
		t.Errorf("a blob that does not fit: %v, want ErrUnavailable", err)
	}
}

func FuzzReadCut(f *testing.F) {
	s := events.JobSubject("ws", "job")
	f.Add(newCut(s, events.Hash{}, 10, 4).subject(2))
	f.Add("blobs.ws.job.x.1-0.0")
	f.Add("blobs.ws.job.x.-1-9.0")
	f.Fuzz(func(t *testing.T, subject string) {
		c, err := readCut(subject)
		if err != nil {
			if !errors.Is(err, events.ErrBlob) {
				t.Errorf("%v is no ErrBlob", err)
			}
			return
		}
		if c.size <= 0 || c.chunk <= 0 || c.chunks() <= 0 {
			t.Errorf("%q is cut into %d chunks of %d of %d bytes", subject, c.chunks(), c.chunk, c.size)
		}
	})
}
