package natslog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Names of the streams.
const (
	jobsStream    = "JOBS"
	catalogStream = "CATALOG"
	tokensStream  = "TOKENS"
	erasedStream  = "ERASED" // the skeletons of commits that are no longer in JOBS, see erase.go
	blobsStream   = "BLOBS"  // data that is too large for a commit, see blobs.go
	probeStream   = "PROBE"  // holds one message, for trying whether a write succeeds
	probeSubject  = "probe"
)

// dedupWindow is the server's smallest useful window: nothing here relies on
// it, and a longer one costs memory for each message.
const dedupWindow = time.Second

func commitStream(name, subjects string, cfg Config) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subjects}, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
		MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1,
		DenyDelete: name != jobsStream, DenyPurge: true, AllowAtomicPublish: true, AllowDirect: true,
		Replicas: cfg.Replicas, Duplicates: dedupWindow,
	}
}

// skeletonStream holds at most one message a subject, and keeps it. It is read
// from its leader, who has what was just acknowledged.
func skeletonStream(cfg Config) jetstream.StreamConfig {
	c := commitStream(erasedStream, "erased.*.*.*", cfg)
	c.AllowAtomicPublish, c.AllowDirect = false, false
	return c
}

// blobStream holds at most one message a subject. Several servers may have a
// copy that lags behind: then it is read from its leader.
func blobStream(cfg Config) jetstream.StreamConfig {
	c := commitStream(blobsStream, "blobs.*.*.*.*.*", cfg)
	c.AllowAtomicPublish, c.AllowDirect, c.DenyDelete = false, cfg.Replicas == 1, false
	return c
}

func tokenStream(cfg Config) jetstream.StreamConfig {
	c := jetstream.StreamConfig{
		Name: tokensStream, Subjects: []string{"tokens.*.*"}, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld, MaxAge: cfg.TokenAge,
		MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1,
		AllowDirect: true, Replicas: cfg.Replicas, Duplicates: min(dedupWindow, cfg.TokenAge),
	}
	if cfg.Replicas == 1 {
		c.PersistMode = jetstream.AsyncPersistMode
	}
	return c
}

func probing(cfg Config) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: probeStream, Subjects: []string{probeSubject}, Storage: jetstream.FileStorage,
		MaxMsgs: 1, Discard: jetstream.DiscardOld, Replicas: cfg.Replicas, Duplicates: dedupWindow,
	}
}

// ends are the last sequences of the streams.
type ends struct{ jobs, catalog, tokens uint64 }

// openStreams makes the streams the first time, and later only finds them.
// known is the record, nil the first time.
func openStreams(ctx context.Context, js jetstream.JetStream, cfg Config, known *record) (ends, error) {
	var e ends
	var erased, none uint64
	for _, s := range []struct {
		config jetstream.StreamConfig
		last   *uint64
		least  uint64
	}{
		{skeletonStream(cfg), &erased, 0},
		{commitStream(jobsStream, "jobs.*.*", cfg), &e.jobs, known.jobs()},
		{commitStream(catalogStream, "catalog.*.*", cfg), &e.catalog, known.catalog()},
		{blobStream(cfg), &none, 0},
		{tokenStream(cfg), &e.tokens, 0},
		{probing(cfg), &none, 0},
	} {
		stream, err := js.Stream(ctx, s.config.Name)
		durable := s.config.DenyPurge
		switch {
		case err == nil:
		case !errors.Is(err, jetstream.ErrStreamNotFound):
			return e, fmt.Errorf("opening stream %s: %w", s.config.Name, err)
		case known != nil && durable && s.config.Name != erasedStream && s.config.Name != blobsStream: // earlier versions did not have these
			return e, fmt.Errorf("%w: stream %s is missing, it had %d commits", ErrLost, s.config.Name, s.least)
		default:
			if stream, err = js.CreateStream(ctx, s.config); err != nil {
				return e, fmt.Errorf("making stream %s: %w", s.config.Name, err)
			}
		}
		info := stream.CachedInfo()
		if durable {
			holes := uint64(0)
			switch s.config.Name {
			case jobsStream:
				holes = erased
			case blobsStream: // what is missing of a blob is found when it is read
				holes = info.State.LastSeq
			}
			if err := checkStream(info, &s.config, holes); err != nil {
				return e, err
			}
		} else if info.Config.MaxAge != s.config.MaxAge {
			if _, err := js.UpdateStream(ctx, s.config); err != nil {
				return e, fmt.Errorf("changing stream %s: %w", s.config.Name, err)
			}
		}
		if info.State.LastSeq < s.least {
			return e, fmt.Errorf("%w: stream %s ends at %d, but %d was stored", ErrLost, s.config.Name, info.State.LastSeq, s.least)
		}
		*s.last = info.State.LastSeq
	}
	return e, nil
}

// checkStream refuses a stream of commits out of which something may vanish,
// or did: it may have as many holes as there are skeletons. A hole without its
// own skeleton is for its readers to find.
func checkStream(info *jetstream.StreamInfo, want *jetstream.StreamConfig, skeletons uint64) error {
	c, s := &info.Config, &info.State
	switch {
	case c.DenyDelete != want.DenyDelete, !c.DenyPurge, c.MaxAge != 0, c.MaxMsgs > 0, c.MaxBytes > 0, c.MaxMsgsPerSubject > 0,
		c.AllowAtomicPublish != want.AllowAtomicPublish, c.AllowDirect != want.AllowDirect, c.Storage != jetstream.FileStorage, c.Sealed:
		return fmt.Errorf("stream %s is not set up as a log of commits", c.Name)
	case s.LastSeq > s.Msgs+skeletons:
		return fmt.Errorf("%w: stream %s has %d commits from %d to %d", ErrLost, c.Name, s.Msgs, s.FirstSeq, s.LastSeq)
	}
	return nil
}

func (r *record) jobs() uint64 {
	if r == nil {
		return 0
	}
	return r.Jobs
}

func (r *record) catalog() uint64 {
	if r == nil {
		return 0
	}
	return r.Catalog
}

// skipTokens makes the next chunk's sequence lie above the last one given
// out. The chunks that are kept go: chunks are a convenience.
func skipTokens(ctx context.Context, js jetstream.JetStream, last uint64) error {
	stream, err := js.Stream(ctx, tokensStream)
	if err == nil {
		err = stream.Purge(ctx, jetstream.WithPurgeSequence(last+1))
	}
	if err != nil {
		return fmt.Errorf("skipping used token sequences: %w", err)
	}
	return nil
}
