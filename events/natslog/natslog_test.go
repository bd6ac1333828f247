package natslog

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ranvier/events"
	"ranvier/events/logtest"
)

func openAt(t testing.TB, cfg Config) *Log {
	t.Helper()
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l, err := Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeLog(t, l) })
	return l
}

func closeLog(t testing.TB, l *Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestEmbedded(t *testing.T) {
	before := goleak.IgnoreCurrent()
	logtest.Run(t, func(t *testing.T) (events.Log, func() events.Log) {
		cfg := Config{Dir: t.TempDir()}
		l := openAt(t, cfg)
		return l, func() events.Log {
			closeLog(t, l)
			l = openAt(t, cfg)
			return l
		}
	})
	goleak.VerifyNone(t, before)
}
