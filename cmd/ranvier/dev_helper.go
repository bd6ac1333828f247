package main

// The world outside the sample: a small server that has the document to fetch
// and takes the result.

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

//go:embed sample/document.md
var sampleDocument []byte

// maxDelivery is the most that the sink takes, in bytes.
const maxDelivery = 1 << 20

// outside is the helper server on a free port of the loopback interface.
type outside struct {
	url      string
	received func(body string) // called for each delivery, one at a time

	server  *http.Server
	serving sync.WaitGroup

	mu   sync.Mutex
	keys map[string]bool // Idempotency-Keys of deliveries
}

// startOutside starts it. The caller must call stop.
func startOutside(ctx context.Context, received func(body string)) (*outside, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the sample's document: %w", err)
	}
	o := &outside{url: "http://" + listener.Addr().String(), received: received, keys: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /document.md", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
		_, _ = w.Write(sampleDocument) // a client that has gone needs no answer
	})
	mux.HandleFunc("POST /sink", o.take)
	o.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	o.serving.Go(func() {
		if err := o.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			received("nothing any more: " + err.Error())
		}
	})
	return o, nil
}

// take receives a delivery. A step may be run again after a crash, and then
// has the same Idempotency-Key: it is taken once.
func (o *outside) take(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDelivery))
	if err != nil {
		http.Error(w, "the delivery is too large or broke off", http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if key == "" || !o.keys[key] {
		o.keys[key] = true
		if v := jsontext.Value(b); v.Compact() == nil {
			b = v
		}
		o.received(string(b))
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, "{\"received_bytes\":%d}\n", len(b)) // a client that has gone needs no answer
}

// stop ends the server and its connections.
func (o *outside) stop() error {
	err := o.server.Close()
	o.serving.Wait()
	return err
}

// sampleInput is what the sample pathway is run on.
func (o *outside) sampleInput() map[string]string {
	return map[string]string{"document_url": o.url + "/document.md", "sink_url": o.url + "/sink"}
}
