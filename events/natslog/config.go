package natslog

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"ranvier/events"
)

// Sync says when an acknowledged commit is on the disk.
type Sync string

// The choices of Sync. They apply to the embedded server only.
const (
	SyncAlways   Sync = "always"   // before it is acknowledged
	SyncInterval Sync = "interval" // at most 100 ms later; a power cut may lose these
)

const syncInterval = 100 * time.Millisecond

// Config holds the settings of a Log. The zero value of each field but Dir
// and URL means its default.
type Config struct {
	// Dir is where the embedded server stores, and where the lock and the
	// record lie. It is made when it is missing. With an external server it
	// may be empty: then there is neither lock nor record.
	Dir string
	// URL of an external NATS server or cluster; empty for the embedded one.
	URL string
	// Sync is when a commit is durable; the default is SyncAlways.
	Sync Sync
	// MaxStore bounds the bytes that the embedded server stores. By default
	// it lies a little below what the disk has, so that a full disk is a
	// clean refusal and not a failed write.
	MaxStore int64
	// MaxPayload bounds the bytes of one message: a commit and 4 KiB for its
	// headers. The default is 8 MiB, which leaves events.MaxCommit.
	MaxPayload int
	// AppendTimeout is how long an append may be unanswered before its
	// outcome is unknown; default 5 s.
	AppendTimeout time.Duration
	// TokenAge is how long token chunks are kept; default 24 h.
	TokenAge time.Duration
	// Replicas of the streams in an external cluster; default 1.
	Replicas int
	// Logger gets the server's warnings and the log's own; default none.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Sync == "" {
		c.Sync = SyncAlways
	}
	if c.MaxPayload == 0 {
		c.MaxPayload = events.MaxCommit + headerRoom
	}
	if c.AppendTimeout == 0 {
		c.AppendTimeout = 5 * time.Second
	}
	if c.TokenAge == 0 {
		c.TokenAge = 24 * time.Hour
	}
	if c.Replicas == 0 {
		c.Replicas = 1
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case c.Sync != SyncAlways && c.Sync != SyncInterval:
		return c, fmt.Errorf("sync is %q, not %q or %q", c.Sync, SyncAlways, SyncInterval)
	case c.Dir == "" && c.URL == "":
		return c, fmt.Errorf("the log has neither a directory nor a URL")
	case c.MaxPayload < 16<<10 || c.MaxPayload > 32<<20:
		return c, fmt.Errorf("the largest message is %d bytes, not 16 KiB to 32 MiB", c.MaxPayload)
	case c.URL == "" && c.Replicas != 1:
		return c, fmt.Errorf("the embedded server has one replica, not %d", c.Replicas)
	case c.MaxStore < 0 || c.AppendTimeout < 0 || c.TokenAge < 0:
		return c, fmt.Errorf("a limit of the log is negative")
	}
	return c, nil
}

// maxCommit bounds the bytes of one commit or chunk.
func (c *Config) maxCommit() int { return c.MaxPayload - headerRoom }

// storeDir is where the embedded server puts its files.
func (c *Config) storeDir() string { return filepath.Join(c.Dir, "nats") }

// maxStore is the limit to start the embedded server with: what it has on the
// disk already and most of what is free. A tenth of the free space is left
// (16 MiB to 1 GiB) for the index, batches in flight and the neighbours.
func (c *Config) maxStore() (int64, error) {
	if c.MaxStore > 0 {
		return c.MaxStore, nil
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(c.Dir, &disk); err != nil {
		return 0, fmt.Errorf("asking for free space: %w", err)
	}
	free := int64(disk.Bavail * uint64(disk.Bsize))
	used, err := sizeBelow(c.storeDir())
	if err != nil {
		return 0, err
	}
	spare := min(max(free/10, 16<<20), 1<<30)
	return max(used+free-spare, 1), nil
}

// sizeBelow sums the sizes of the files below dir, 0 when there is none.
func sizeBelow(dir string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("measuring the store: %w", err)
	}
	return sum, nil
}
