package natslog

import (
	"fmt"
	"io"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"ranvier/events"
)

// BenchmarkBlob stores and reads data apart, and compares with JetStream's own
// object store in the same server.
func BenchmarkBlob(b *testing.B) {
	for _, size := range []int{300 << 10, 4 << 20, 50 << 20} {
		l, err := Open(b.Context(), Config{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		defer closeLog(b, l)
		data := make([]byte, size)
		fresh := func(i int) []byte { copy(data, fmt.Sprint(size, "-", i)); return data }
		name := fmt.Sprint(size>>10, "K")
		s := events.JobSubject("ws", "job")
		var sums []events.Hash
		b.Run("put/"+name, func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				p := events.Payload{Raw: fresh(len(sums))}
				p.Sum = events.HashOf(p.Raw)
				if err := l.PutBlob(b.Context(), s, p); err != nil {
					b.Fatal(err)
				}
				sums = append(sums, p.Sum)
			}
		})
		b.Run("get/"+name, func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				r, err := l.OpenBlob(b.Context(), s, sums[0])
				if err == nil {
					_, err = io.Copy(io.Discard, r)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		store, err := l.current().js.CreateObjectStore(b.Context(), jetstream.ObjectStoreConfig{Bucket: "bare"})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		b.Run("objectstore-put/"+name, func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := store.PutBytes(b.Context(), fmt.Sprint("o", n), fresh(n)); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
		b.Run("objectstore-get/"+name, func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := store.GetBytes(b.Context(), "o0"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
