// Package outside is the world that the samples call: a small server on the
// loopback interface with a document to fetch and a place for what is
// delivered, a service that is not always well, and one that takes bookings.
package outside

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

//go:embed document.md
var document []byte

// maxDelivery is the most that the sink takes, in bytes.
const maxDelivery = 1 << 20

// World is the server on a free port. Its methods may be called from any
// goroutine.
type World struct {
	URL string

	received func(body string)
	server   *http.Server
	serving  sync.WaitGroup

	mu    sync.Mutex
	keys  map[string]bool // Idempotency-Keys of deliveries
	asked map[string]int  // by order: how often the press was asked about it
	trips []string        // what was booked and cancelled, in order
}

// Start starts it; Close must follow. received is called for each delivery,
// one at a time. The files, if any, are served under /files/.
func Start(ctx context.Context, received func(body string), files fs.FS) (*World, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the samples' calls: %w", err)
	}
	w := &World{URL: "http://" + listener.Addr().String(), received: received, keys: map[string]bool{}, asked: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /document.md", func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "text/markdown; charset=utf-8")
		_, _ = out.Write(document) // a client that has gone needs no answer
	})
	mux.HandleFunc("POST /sink", w.take)
	mux.HandleFunc("GET /press/{order}", w.press)
	mux.HandleFunc("POST /bookings/{kind}", w.book)
	mux.HandleFunc("DELETE /bookings/{kind}", w.unbook)
	if files != nil {
		mux.Handle("GET /files/", http.StripPrefix("/files/", http.FileServerFS(files)))
	}
	w.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	w.serving.Go(func() {
		if err := w.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			received("nothing any more: " + err.Error())
		}
	})
	return w, nil
}

// Close ends the server and its connections.
func (w *World) Close() error {
	err := w.server.Close()
	w.serving.Wait()
	return err
}

// take receives a delivery. A step may be run again after a crash, and then
// has the same Idempotency-Key: it is taken once.
func (w *World) take(out http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(http.MaxBytesReader(out, r.Body, maxDelivery))
	if err != nil {
		http.Error(out, "the delivery is too large or broke off", http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if key == "" || !w.keys[key] {
		w.keys[key] = true
		if v := jsontext.Value(b); v.Compact() == nil {
			b = v
		}
		w.received(string(b))
	}
	answer(out, http.StatusOK, `{"received_bytes":%d}`, len(b))
}

// press tells how far an order is. Every third time it is not well, and at the
// sixth it is done.
func (w *World) press(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	order := r.PathValue("order")
	w.asked[order]++
	switch n := w.asked[order]; {
	case n%3 == 1:
		http.Error(out, "the press is not well", http.StatusServiceUnavailable)
	case n < 6:
		answer(out, http.StatusOK, `{"order":%q,"state":"printing"}`, order)
	default:
		answer(out, http.StatusOK, `{"order":%q,"state":"done","copies":%d}`, order, n)
	}
}

// Asked tells how often the press was asked about an order.
func (w *World) Asked(order string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[order]
}

// book takes a booking, unless there is no place left.
func (w *World) book(out http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("places") == "0" {
		http.Error(out, "no place left", http.StatusConflict)
		return
	}
	w.trip("book " + r.PathValue("kind"))
	answer(out, http.StatusCreated, `{"booking":%q}`, r.PathValue("kind")+"-1")
}

func (w *World) unbook(out http.ResponseWriter, r *http.Request) {
	w.trip("cancel " + r.PathValue("kind"))
	answer(out, http.StatusOK, `{"cancelled":%q}`, r.PathValue("kind"))
}

func (w *World) trip(step string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trips = append(w.trips, step)
}

// Trips gives what was booked and cancelled so far, in order.
func (w *World) Trips() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.trips)
}

func answer(out http.ResponseWriter, status int, format string, args ...any) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(status)
	_, _ = fmt.Fprintf(out, format+"\n", args...) //nolint:gosec // JSON for a program; one that has gone needs no answer
}
