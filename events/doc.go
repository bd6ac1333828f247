// Package events is the vocabulary of Ranvier: what can happen, how it is
// written down, and the log it is written to. It imports no other package of
// this project.
//
// # The story
//
// Something that happened is a [Fact], one struct of a closed set (facts.go and *facts.go).
// One decision of the engine gives one to a few facts about one [Subject], a
// job or a workspace's catalog. They are sealed together into a [Commit]: the
// unit that is stored, whole or not at all, as one message of a [Log].
//
// A commit has one sequence in its stream. That number is the event's
// [Cursor], the SSE id, the ETag, the audit position and the checkpoint of a
// projection. There are three streams: job commits ([Jobs]), definition
// commits ([Catalog]) and the model's words as they come ([Chunk]).
//
// # The chain
//
// Every event of a subject is numbered from 1 without a hole and carries the
// [Hash] of the one before, so nobody can change, drop or insert one
// unnoticed. The hash covers an event's canonical bytes (chain.go) in which
// each user [Payload] is replaced by its SHA-256: a payload can be erased
// later and the chain still verifies.
//
// # Writing
//
// A writer loads a subject, folds its commits, decides, and appends with the
// [Head] it saw. If somebody else appended meanwhile the log answers
// [ErrConflict] and nothing is stored. [ErrUnavailable] also means that
// nothing was stored. [ErrUnknown] means that nobody can tell: load the
// subject again and look for the commit's own ID.
//
// # Reading
//
// [Log.Load] gives the history of one subject, [Log.Tail] follows a whole
// stream. Both give commits in sequence order, and nothing that is not yet
// durable. Token chunks are a convenience for those who watch: they live for
// a while only, and the fact that ends a step holds its whole output.
//
// # Erasing
//
// When a job was deleted [Log.Erase] puts a [Commit.Skeleton] in the place of
// each commit before the deletion: the same events, with digests for data. All
// readers but those of a whole workspace are given these, so sequences stay
// contiguous and the chain verifies.
//
// # Caveats
//
// Facts are add-only: a stored fact must decode for ever, so fields are only
// added, with a zero value that means what was meant before. The files below
// testdata hold one example of each and are never edited.
package events
