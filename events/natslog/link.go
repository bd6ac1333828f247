package natslog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// link is a way to a running server. When the embedded server is restarted
// the Log gets a new one.
type link struct {
	srv      *server.Server // nil with an external server
	maxStore int64          // what that server may store
	pub      *nats.Conn     // for appends alone, so that nothing stands before an answer
	sub      *nats.Conn     // for everything else
	js       jetstream.JetStream
	blobsMu  sync.Mutex
	blobs    jetstream.Stream // BLOBS, nil until somebody needed it
	down     chan struct{}    // closed when the link is given up
	once     sync.Once

	roomMu sync.Mutex
	room   int64 // bytes that the server surely still takes
}

// dial starts the embedded server, or finds the external one.
func dial(ctx context.Context, cfg Config) (*link, error) {
	l := &link{down: make(chan struct{})}
	opts := []nats.Option{nats.NoCallbacksAfterClientClose(), nats.IgnoreDiscoveredServers()}
	if cfg.URL == "" {
		var err error
		if l.maxStore, err = cfg.maxStore(); err != nil {
			return nil, err
		}
		s, err := startServer(ctx, cfg, l.maxStore)
		if err != nil {
			return nil, err
		}
		l.srv = s
		opts = append(opts, nats.InProcessServer(s), nats.NoReconnect())
	} else {
		opts = append(opts, nats.MaxReconnects(-1), nats.ReconnectWait(250*time.Millisecond), nats.ReconnectBufSize(-1))
	}
	var err error
	for _, c := range []**nats.Conn{&l.pub, &l.sub} {
		if *c, err = nats.Connect(cfg.URL, append(opts, nats.Name("ranvier"))...); err != nil {
			l.close()
			return nil, fmt.Errorf("connecting to NATS: %w", err)
		}
	}
	if l.js, err = jetstream.New(l.sub); err != nil {
		l.close()
		return nil, fmt.Errorf("connecting to JetStream: %w", err)
	}
	return l, nil
}

// giveUp ends every wait for an answer over the link.
func (l *link) giveUp() { l.once.Do(func() { close(l.down) }) }

// close ends the link and waits for the embedded server to end.
func (l *link) close() {
	l.giveUp()
	for _, c := range []*nats.Conn{l.pub, l.sub} {
		if c != nil {
			c.Close()
		}
	}
	if l.srv != nil {
		l.srv.Shutdown()
		l.srv.WaitForShutdown()
	}
}

// check asks the embedded server whether its streams can store, or the client
// whether it is connected.
func (l *link) check() error {
	if l.srv != nil {
		if h := l.srv.Healthz(&server.HealthzOptions{Details: true}); h.StatusCode != http.StatusOK {
			if len(h.Errors) > 0 {
				return fmt.Errorf("the embedded server is unhealthy: %s", h.Errors[0].Error)
			}
			return fmt.Errorf("the embedded server is unhealthy: %s", h.Error)
		}
	}
	if !l.pub.IsConnected() || !l.sub.IsConnected() {
		return errors.New("there is no connection to NATS")
	}
	return nil
}

// overhead is more than a message needs in the store beside its payload.
const overhead = 512

// admit tells whether the embedded server has room for messages of that many
// bytes together, and takes it. The server itself would notice its limit in
// the middle of an atomic batch only, and then say nothing.
func (l *link) admit(messages, bytes int) bool {
	if l.srv == nil {
		return true
	}
	need := int64(messages)*overhead + int64(bytes)
	l.roomMu.Lock()
	defer l.roomMu.Unlock()
	if l.room < need {
		l.room = l.left()
	}
	if l.room < need {
		return false
	}
	l.room -= need
	return true
}

// left asks how many bytes the embedded server may still store.
func (l *link) left() int64 {
	v, err := l.srv.Varz(nil)
	if err != nil || v.JetStream.Stats == nil {
		return 0
	}
	return l.maxStore - int64(v.JetStream.Stats.Store)
}

// probe stores a message for good.
func (l *link) probe(ctx context.Context) error {
	if _, err := l.js.Publish(ctx, probeSubject, []byte("probe"), jetstream.WithRetryAttempts(0)); err != nil {
		return fmt.Errorf("storing a probe: %w", err)
	}
	return nil
}
