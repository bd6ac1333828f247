// Package logtest is the suite that every events.Log passes. This file lists
// its tests.
package logtest

import (
	"context"
	"testing"
	"time"

	"ranvier/events"
)

// patience bounds every wait of the suite, so that a Log that hangs fails.
const patience = 60 * time.Second

// Run runs the suite. open gives an empty log and a function that closes it
// and opens it again; it registers its own cleanup with t. The log takes
// commits of up to events.MaxCommit bytes.
func Run(t *testing.T, open func(t *testing.T) (log events.Log, reopen func() events.Log)) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *fixture)
	}{
		{"AppendLoad", testAppendLoad},
		{"LoadAfter", testLoadAfter},
		{"LoadWorkspace", testLoadWorkspace},
		{"Conflict", testConflict},
		{"TooLarge", testTooLarge},
		{"IDs", testIDs},
		{"Cancelled", testCancelled},
		{"Streams", testStreams},
		{"TailEveryStart", testTailEveryStart},
		{"TailLive", testTailLive},
		{"TailStops", testTailStops},
		{"ManySubjects", testManySubjects},
		{"Race", testRace},
		{"MixedBatch", testMixedBatch},
		{"Last", testLast},
		{"Reopen", testReopen},
		{"Chunks", testChunks},
		{"ChunksReopen", testChunksReopen},
		{"Erase", testErase},
		{"EraseTail", testEraseTail},
		{"EraseChunks", testEraseChunks},
		{"Blobs", testBlobs},
		{"BlobRace", testBlobRace},
		{"EraseBlobs", testEraseBlobs},
		{"Health", testHealth},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			t.Cleanup(cancel)
			f := &fixture{ctx: ctx}
			f.log, f.reopen = open(t)
			c.test(t, f)
		})
	}
}
