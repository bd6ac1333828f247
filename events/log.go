package events

import (
	"context"
	"errors"
	"io"
	"iter"
)

// Errors of a Log. Everything else that a Log returns is a fault of its own.
var (
	// ErrConflict: the subject has moved on since the writer read it; nothing was stored.
	ErrConflict = errors.New("the subject has moved on")
	// ErrUnavailable: the log cannot store now; nothing was stored.
	ErrUnavailable = errors.New("the log is unavailable")
	// ErrUnknown: whether the commit was stored is not known; load the subject
	// and look for the commit's ID.
	ErrUnknown = errors.New("the outcome of an append is unknown")
	// ErrTooLarge: the commit is larger than one message may be; nothing was stored.
	ErrTooLarge = errors.New("the commit is too large")
	// ErrNotDeleted: nothing deletes the subject, so nothing of it is erased.
	ErrNotDeleted = errors.New("the subject was not deleted")
	// ErrGap: a sequence is missing inside the log. It is corruption.
	ErrGap = errors.New("a sequence is missing in the log")
)

// Log is where commits and token chunks are kept. All methods may be called
// from any goroutine.
type Log interface {
	// Append stores c if its subject's last sequence is still c.After, and
	// sets c.Seq. When it returns nil the commit is durable. Errors wrap
	// ErrConflict, ErrUnavailable, ErrUnknown or ErrTooLarge.
	Append(ctx context.Context, c *Commit) error
	// Load gives the commits of one subject with a sequence above after, in
	// order. A missing subject has none.
	Load(ctx context.Context, s Subject, after uint64) iter.Seq2[*Commit, error]
	// LoadWorkspace gives the commits of all jobs of one workspace with a
	// sequence above after, in order, without those whose payloads were erased.
	// Other workspaces are not read.
	LoadWorkspace(ctx context.Context, workspace string, after uint64) iter.Seq2[*Commit, error]
	// Tail gives the commits of a stream with a sequence above after in
	// batches: what is there, then what comes, until ctx ends (then it stops
	// without an error). Sequences are contiguous, else the error is ErrGap,
	// and nothing is given before it is durable. A batch belongs to the
	// caller until the next one; the commits are shared, nobody changes them.
	Tail(ctx context.Context, stream Stream, after uint64) iter.Seq2[[]*Commit, error]
	// Last is the sequence of the last durable commit of a stream: each
	// Append that returned lies at or below it.
	Last(stream Stream) uint64

	// PutBlob stores the data of p, which belongs to a job, apart from the
	// job's commits, once for each job and digest. When it returns nil the data
	// is durable, so it comes before the commit that names it; what no commit
	// names goes with the job. Errors wrap ErrUnavailable: it may be called again.
	PutBlob(ctx context.Context, s Subject, p Payload) error
	// OpenBlob gives the data that PutBlob stored for the job under a digest,
	// and has checked all of it when it returns. The reader is for one
	// goroutine, until ctx ends. Errors, also those of the reader, wrap
	// ErrUnavailable or ErrBlob.
	OpenBlob(ctx context.Context, s Subject, sum Hash) (*io.SectionReader, error)

	// Erase puts Commit.Skeleton in the place of each commit of s before the one
	// that Deletes it, for all readers and in every file, and drops the
	// subject's chunks and blobs. It fails when nothing deletes s. What was begun and did
	// not end, for whatever reason, is ended by calling it again; readers meet
	// each commit as it was or erased at any time between.
	Erase(ctx context.Context, s Subject) error

	// AppendChunk stores a token chunk and sets its Seq. Chunks are not
	// durable: a crash may lose the newest, never reuse their sequences.
	AppendChunk(ctx context.Context, c *Chunk) error
	// LoadChunks gives the chunks of one job with a sequence above after that
	// are still kept, in order.
	LoadChunks(ctx context.Context, s Subject, after uint64) iter.Seq2[*Chunk, error]
	// TailChunks follows the chunks of all jobs as Tail does; holes are normal.
	TailChunks(ctx context.Context, after uint64) iter.Seq2[[]*Chunk, error]
	// LastChunk is the sequence of the last stored chunk: each AppendChunk
	// that returned lies at or below it.
	LastChunk() uint64

	// Health is nil while appends can be stored, else it says why not and
	// wraps ErrUnavailable.
	Health() error
}

// Chunk is some words of a running attempt of a node.
type Chunk struct {
	Subject Subject
	Seq     uint64 // its sequence among the token chunks; set by the Log
	After   uint64 // sequence of the job's last commit before it
	At      Time
	Node    string
	Visit   int
	Attempt int
	Text    string
}

// Cursor is the chunk's place in its job's stream.
func (c *Chunk) Cursor() Cursor { return Cursor{Job: c.After, Token: c.Seq} }
