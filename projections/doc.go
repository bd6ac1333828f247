// Package projections keeps what is asked for often in a form that answers
// fast: views folded from the log into one bbolt file. The log is the truth;
// the file may be deleted at any time and is then folded again.
//
// # Writing
//
// [Store.Run] tails the streams of commits and folds them. A batch is what is
// queued when the last batch is done. While nobody waits for the views a batch
// is gathered for some milliseconds, since each costs two syncs of the disk
// that the log wants too; a call of [Store.Wait] ends that at once. The batch
// and its checkpoint, the last sequence and commit id of each stream, are
// one transaction. Nothing else writes.
//
// # Doubt
//
// bbolt does not notice a flipped bit, and some of them crash it in a
// goroutine of its own. So every entry carries a checksum over its table, key
// and value, each table keeps the count and sum of its checksums, and the
// whole file is inspected before bbolt opens it (inspect.go). On any doubt
// the file is renamed aside and its views are folded again from the start. The
// same is done when the version of a view changed, or when the checkpoint is
// not what the log has there. Damage that appears while the file is open is
// found by the checksums or as a panic, which is caught.
//
// # Deleting
//
// What was folded of a deleted job is overwritten in the file, too, before
// anybody can read that it was deleted (scrub.go).
//
// # Reading
//
// Reads never go backwards: a read first waits until the store has folded all
// that the log held when the store was opened, and after a rebuild all that
// it had folded before. A client that wants to read its own write calls
// [Store.Wait] first.
package projections
