// Package natslog keeps the log of events on NATS JetStream: in a server
// inside this process (the default, no port is opened), or in an external
// cluster by URL. It is the only package that knows NATS.
//
// # Streams
//
// JOBS and CATALOG hold commits, one message each, under the commit's literal
// subject. A missing sequence is corruption, unless ERASED has the commit
// without its payloads (erase.go): nothing else is ever deleted in them. TOKENS
// holds token chunks for a while; they are written behind.
//
// # Appending
//
// One committer goroutine a stream (lane.go) takes what waits and sends it
// together, while more comes to wait: a lone commit as a plain publish, a few
// as publishes side by side, many as one atomic batch with a single fsync.
// Every message names the last sequence of its subject that its writer saw;
// the server refuses what is stale. Nothing lingers to fill a batch.
//
// # Reading
//
// What was acknowledged last is also kept in memory (feed.go), decoded, and
// followed from there: a commit is decoded once, by nobody if it was written
// here. Older sequences are read from the server (read.go). With the embedded
// server this is also the durable mark: nobody is shown a commit whose fsync
// is not through.
//
// # Faults
//
// A write that fails or is not answered in time makes the log unhealthy
// (health.go): appends fail at once, while the embedded server is restarted
// in place until a probe write is durable again. Tails wait and go on.
//
// A record outside the server's directory (record.go) says that the streams
// were made and how far they had come, so that a lost or shortened store is
// refused and no sequence is ever given out twice.
package natslog
