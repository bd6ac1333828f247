package job_test

import (
	"context"
	"errors"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// TestAnyDeletion: whatever a job went through, once it has ended and is deleted
// there is left of it what also the erased history gives, and nothing can be
// done to it.
func TestAnyDeletion(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := begin(t, rapid.SampledFrom([]string{oneNode, diamond, review}).Draw(rt, "graph"))
		submit := s.submission()
		submit.Job.Labels = events.PayloadOf(map[string]string{"team": "canary"})
		s.do(submit)
		play(t, rt, s)
		var refused *job.Refusal
		if !s.run.Status.Terminal() {
			if _, err := s.decide(&job.Delete{}); !errors.As(err, &refused) || refused.Code != job.RefusedConflict {
				t.Fatalf("Delete of a job that is %s: %v", s.run.Status, err)
			}
			s.do(&job.Cancel{})
		}
		if _, err := s.decide(&job.Erased{}); !errors.As(err, &refused) || refused.Code != job.RefusedConflict {
			t.Fatalf("Erased without a deletion: %v", err)
		}
		before := *s.run
		s.do(&job.Delete{})
		if !s.run.Deleted() || !s.run.Unfinished() {
			t.Fatalf("after its deletion: %+v", s.run.Job)
		}
		asked := 99
		for range 10 {
			if facts, err := s.decide(command(rt, s, &asked)); !errors.As(err, &refused) || refused.Code != job.RefusedGone || len(facts) > 0 {
				t.Fatalf("a command to a deleted job: %v, %v", facts, err)
			}
		}
		s.do(&job.Erased{})
		if facts, err := s.decide(&job.Erased{}); err != nil || len(facts) > 0 {
			t.Fatalf("Erased twice: %v, %v", facts, err)
		}
		if s.run.Unfinished() || s.run.Status != before.Status || *s.run.FinishedAt != *before.FinishedAt {
			t.Fatalf("erased: %+v", s.run.Job)
		}

		// The same from what is left.
		view, run, account := &job.Job{}, job.NewRun(s.subject), job.NewAccount(s.subject)
		head := events.Head{}
		for _, c := range s.history {
			bare, err := c.Skeleton()
			if err == nil {
				head, err = events.Verify(head, bare)
			}
			if err != nil {
				t.Fatal(err)
			}
			view.Apply(bare)
			run.Apply(bare)
			account.Apply(bare)
			if _, err := account.Explain(context.Background(), &pathway.Graph{}, events.At(s.now)); err != nil {
				t.Fatal(err)
			}
			run.Due()
			run.Scope("")
		}
		if head != s.run.Head {
			t.Fatalf("the erased history ends at %+v, not %+v", head, s.run.Head)
		}
		for what, j := range map[string]*job.Job{"the engine's": &run.Job, "the view's": view, "the account's": &account.Job} {
			if d := cmp.Diff(text(t, &s.run.Job), text(t, j)); d != "" {
				t.Fatalf("%s job from what is left (-whole +left):\n%s", what, d)
			}
		}
	})
}

func text(t *testing.T, j *job.Job) string {
	t.Helper()
	b, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
