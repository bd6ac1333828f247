package natslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// headerRoom is what a message needs beside its payload.
const headerRoom = 4 << 10

// startServer starts the embedded server and checks that it syncs as asked.
func startServer(ctx context.Context, cfg Config, maxStore int64) (*server.Server, error) {
	opts := &server.Options{
		ServerName:             "ranvier",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		DisableJetStreamBanner: true,
		StoreDir:               cfg.storeDir(),
		JetStreamMaxStore:      maxStore,
		JetStreamMaxMemory:     64 << 20,
		SyncAlways:             cfg.Sync == SyncAlways,
		SyncInterval:           syncInterval,
		MaxPayload:             int32(cfg.MaxPayload),
		MaxPending:             int64(max(64<<20, 8*cfg.MaxPayload)),
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("making the embedded server: %w", err)
	}
	log := &serverLog{to: cfg.Logger}
	s.SetLoggerV2(log, false, false, false)
	s.Start() // errors go to the logger
	wait := 10 * time.Second
	if deadline, ok := ctx.Deadline(); ok {
		wait = time.Until(deadline)
	}
	err = log.fatal()
	if err == nil && !s.ReadyForConnections(wait) {
		err = errors.Join(errors.New("it did not get ready"), log.fatal())
	}
	if err == nil {
		err = checkSync(s, cfg.Sync)
	}
	if err != nil {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("starting the embedded server: %w", err)
	}
	return s, nil
}

// checkSync reads back from the running server what it will do.
func checkSync(s *server.Server, want Sync) error {
	v, err := s.Varz(nil)
	if err != nil {
		return fmt.Errorf("asking the server for its settings: %w", err)
	}
	js := v.JetStream.Config
	switch {
	case js == nil:
		return errors.New("it runs without JetStream")
	case want == SyncAlways && !js.SyncAlways:
		return errors.New("it does not sync each write, as was asked")
	case want == SyncInterval && js.SyncInterval > syncInterval:
		return fmt.Errorf("it syncs every %v, not every %v", js.SyncInterval, syncInterval)
	}
	return nil
}

// serverLog passes on what the server warns of, and keeps what it calls
// fatal: the server itself goes on, or never starts, without another word.
type serverLog struct {
	to *slog.Logger
	mu sync.Mutex
	at []error
}

func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.at...)
}

func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	l.at = append(l.at, errors.New(text))
	l.mu.Unlock()
	l.to.Error("nats: "+text, "fatal", true)
}

func (l *serverLog) Errorf(format string, v ...any) { l.to.Error(line(format, v)) }
func (l *serverLog) Warnf(format string, v ...any)  { l.to.Warn(line(format, v)) }

// What is left is of no use to those who run Ranvier.
func (l *serverLog) Noticef(string, ...any) {}
func (l *serverLog) Debugf(string, ...any)  {}
func (l *serverLog) Tracef(string, ...any)  {}

func line(format string, v []any) string {
	return "nats: " + strings.TrimSpace(fmt.Sprintf(format, v...))
}
