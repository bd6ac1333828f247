package events_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ranvier/events"
	"ranvier/events/logtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemLog(t *testing.T) {
	logtest.Run(t, func(t *testing.T) (events.Log, func() events.Log) {
		l := events.NewMemLog()
		return l, func() events.Log { return l } // it has nothing to close
	})
}

// TestMemLogInBubble shows that a tail waits without a clock: the bubble's
// time only moves on once everybody waits.
func TestMemLogInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := events.NewMemLog()
		ctx, cancel := context.WithCancel(context.Background())
		seen := make(chan uint64)
		go func() {
			defer close(seen)
			for batch, err := range l.Tail(ctx, events.Jobs, 0) {
				if err != nil {
					t.Error(err)
				}
				seen <- batch[0].Seq
			}
		}()
		<-time.After(time.Hour) // of the bubble: the tail is blocked, so it passes at once
		c, err := events.Seal(events.Draft{Subject: events.JobSubject("ws", "job"), ID: "c"}, &events.JobStarted{})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Append(ctx, c); err != nil {
			t.Fatal(err)
		}
		if got := <-seen; got != 1 {
			t.Errorf("the tail saw %d", got)
		}
		cancel()
		if _, more := <-seen; more {
			t.Error("the tail went on after its context ended")
		}
	})
}
