package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/job"
	"ranvier/events"
)

// forgetful is a log that erases only when it may, and tells when it was asked.
type forgetful struct {
	events.Log
	may   atomic.Bool
	fault error
	asked chan struct{}
}

func (l *forgetful) Erase(ctx context.Context, s events.Subject) error {
	if !l.may.Load() {
		select {
		case l.asked <- struct{}{}:
		default:
		}
		return l.fault
	}
	return l.Log.Erase(ctx, s)
}

func refusedWith(err error, code string) bool {
	var refused *job.Refusal
	return errors.As(err, &refused) && refused.Code == code
}

// tell gives the types of a job's events, and whether any payload of it is left.
func (r *rig) tell(s events.Subject) (types string, left bool) {
	r.t.Helper()
	for c, err := range r.log.Load(r.t.Context(), s, 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		for i := range c.Events {
			types += c.Events[i].Fact.Type() + " "
		}
		left = left || strings.Contains(string(c.Bytes()), "canary")
	}
	return types, left
}

func wasErased(r *job.Run) bool { return r.ErasedAt != nil }

func TestDelete(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	ctx := t.Context()
	s := r.submit(`{"nodes":[{"id":"ask","type":"human","prompt":"canary?","actions":["yes"]}],"edges":[]}`, `"canary"`)
	r.until(s, in(job.Waiting))
	if err := r.eng.Delete(ctx, s, tester); !refusedWith(err, job.RefusedConflict) {
		t.Errorf("Delete of a waiting job: %v", err)
	}
	if err := r.eng.Delete(ctx, events.JobSubject(workspace, "nothing"), tester); !refusedWith(err, job.RefusedUnknown) {
		t.Errorf("Delete of no job: %v", err)
	}
	if _, err := r.eng.Do(ctx, s, tester, &job.Cancel{}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var deleted, gone atomic.Int32
	for range 8 {
		wg.Go(func() {
			switch err := r.eng.Delete(ctx, s, tester); {
			case err == nil:
				deleted.Add(1)
			case refusedWith(err, job.RefusedGone):
				gone.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if deleted.Load() != 1 || gone.Load() != 7 {
		t.Errorf("%d deleted it, %d were too late", deleted.Load(), gone.Load())
	}
	types, left := r.tell(s)
	if !strings.HasSuffix(types, " job.cancelled job.deleted job.erased ") || left {
		t.Errorf("%s; payloads are left: %v", types, left)
	}
	if n := r.ends(s); n != 1 {
		t.Errorf("the job has %d ends", n)
	}
	for _, c := range []job.Command{&job.Cancel{}, &job.Pause{}, &job.Resume{}, &job.Answer{}, &job.Advance{}, &job.Delete{}} {
		if _, err := r.eng.Do(ctx, s, tester, c); !refusedWith(err, job.RefusedGone) {
			t.Errorf("%T: %v, want %s", c, err, job.RefusedGone)
		}
	}
	if _, err := r.eng.Do(ctx, s, tester, &job.Erased{}); err != nil {
		t.Errorf("Erased once more: %v", err)
	}
	if again, _ := r.tell(s); again != types {
		t.Errorf("what was refused was stored: %s", again)
	}
	if _, err := r.eng.Explain(ctx, s); !refusedWith(err, job.RefusedGone) {
		t.Errorf("Explain: %v", err)
	}
	if _, err := r.eng.Submit(ctx, engine.Submission{Workspace: workspace, Actor: tester, RerunOf: s.ID}); !refusedWith(err, job.RefusedGone) {
		t.Errorf("a rerun: %v", err)
	}
}

// TestDeletedJobStaysNamed: the Idempotency-Key of a deleted job starts no other.
func TestDeletedJobStaysNamed(t *testing.T) {
	r := start(t, events.NewMemLog(), engine.Config{})
	submit := func(request string) (engine.Receipt, error) {
		return r.eng.Submit(t.Context(), engine.Submission{
			Workspace: workspace, Actor: tester, Graph: jsontext.Value(echo(`{}`)), Input: jsontext.Value(`"canary"`),
			IdempotencyKey: "once", Request: events.HashOf([]byte(request)),
		})
	}
	first, err := submit("this")
	if err != nil {
		t.Fatal(err)
	}
	s := events.JobSubject(workspace, first.Job)
	r.until(s, ended)
	if err := r.eng.Delete(t.Context(), s, tester); err != nil {
		t.Fatal(err)
	}
	again, err := submit("this")
	if err != nil || again.Job != first.Job || !again.Replayed || again.Cursor != first.Cursor {
		t.Errorf("%+v, %v; was %+v", again, err, first)
	}
	if _, err := submit("that"); !refusedWith(err, engine.RefusedMismatch) {
		t.Errorf("another request under the key: %v", err)
	}
}

// TestErasureIsEnded: a process that ends between the deletion and its erasure
// leaves the rest to the next one, whatever the log said.
func TestErasureIsEnded(t *testing.T) {
	for _, fault := range []error{
		fmt.Errorf("made to fail: %w", events.ErrUnavailable), // it is tried again until the engine stops
		errors.New("made to fail for good"),
	} {
		log := &forgetful{Log: events.NewMemLog(), fault: fault, asked: make(chan struct{}, 1)}
		first := start(t, log, engine.Config{})
		s := first.submit(echo(`{}`), `"canary"`)
		first.until(s, ended)
		left, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- first.eng.Delete(left, s, tester) }()
		<-log.asked
		cancel()
		if err := <-done; err == nil {
			t.Error("Delete told of a success before anything was erased")
		}
		if err := first.eng.Delete(t.Context(), s, tester); !refusedWith(err, job.RefusedGone) {
			t.Errorf("a second deletion: %v", err)
		}
		first.stop()
		if types, left := first.tell(s); !strings.HasSuffix(types, "job.deleted ") || !left {
			t.Fatalf("%s; payloads are left: %v", types, left)
		}
		log.may.Store(true)
		second := start(t, log, engine.Config{}, s)
		second.until(s, wasErased)
		if types, left := second.tell(s); !strings.HasSuffix(types, "job.deleted job.erased ") || left {
			t.Errorf("%s; payloads are left: %v", types, left)
		}
		second.stop()
		// The end of an erasure may also be all that is missing.
		third := start(t, log, engine.Config{}, s)
		third.stop()
		if types, _ := third.tell(s); strings.Count(types, "job.erased") != 1 {
			t.Errorf("%s", types)
		}
	}
}

// TestDeletionOfUnknownOutcome: the answer to the deletion is lost, so the job
// is looked at again, and erased if it was deleted.
func TestDeletionOfUnknownOutcome(t *testing.T) {
	log := &troubled{Log: events.NewMemLog()}
	r := start(t, log, engine.Config{})
	s := r.submit(echo(`{}`), `"canary"`)
	r.until(s, ended)
	log.lost.Store(1)
	if err := r.eng.Delete(t.Context(), s, tester); !errors.Is(err, events.ErrUnknown) {
		t.Errorf("Delete: %v, want ErrUnknown", err)
	}
	r.until(s, wasErased)
	if types, left := r.tell(s); !strings.HasSuffix(types, "job.deleted job.erased ") || left {
		t.Errorf("%s; payloads are left: %v", types, left)
	}
}
