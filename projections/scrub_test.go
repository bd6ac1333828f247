package projections

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"sync"
	"testing"

	"ranvier/events"
)

const canary = "a-canary-in-its-result"

// ended adds a job that ended with a text in all that the views keep of it.
func (h *history) ended(n int, text string) events.Subject {
	s := events.JobSubject("main", jobID(n))
	h.add(s, submit(events.JobSubmitted{Labels: events.PayloadOf(map[string]string{"team": text}), TraceID: "talk"})...)
	h.add(s, &events.InterventionOpened{ID: s.ID, Node: "step", Prompt: events.PayloadOf(text), Actions: []string{"yes"}, Required: 1, Visit: 1})
	h.add(s, &events.InterventionAnswered{ID: s.ID, Action: "yes", Status: "answered", Answer: events.PayloadOf(map[string]string{"comment": text})},
		&events.JobCompleted{Result: events.PayloadOf(text)})
	return s
}

func (h *history) delete(s events.Subject) {
	h.tb.Helper()
	h.add(s, &events.JobDeleted{})
	if err := h.log.Erase(context.Background(), s); err != nil {
		h.tb.Fatal(err)
	}
	h.add(s, &events.JobErased{})
}

func times(t *testing.T, path, text string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(b, []byte(text))
}

// TestDeletedJobLeavesTheFile: what was folded of a deleted job is in no page of
// the file any more, used or free, and the file is sound. Meanwhile others read.
func TestDeletedJobLeavesTheFile(t *testing.T) {
	h, path := newHistory(t), testPath(t)
	r := start(t, path, h.log)
	var gone []events.Subject
	for i := range 300 {
		text := fmt.Sprint("it-stays-", i)
		if i%10 == 0 {
			text = canary
		}
		s := h.ended(i, text)
		if text == canary {
			gone = append(gone, s)
		}
		if i%7 == 0 {
			r.catchUp() // pages are written, left and written again
		}
	}
	r.catchUp()
	if times(t, path, canary) == 0 {
		t.Fatal("the canary is not in the file: the test looks in the wrong place")
	}
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				if _, _, err := r.Jobs(t.Context(), "main", JobFilter{TraceID: "talk", Limit: 20}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, s := range gone {
		h.delete(s)
		r.catchUp()
	}
	stop()
	readers.Wait()
	if n := times(t, path, canary); n > 0 {
		t.Errorf("the canary is %d times in the file", n)
	}
	if _, total, err := r.Jobs(t.Context(), "main", JobFilter{}); err != nil || total != 270 {
		t.Errorf("%d jobs are left (%v)", total, err)
	}
	want := r.export()
	if straight(t, h.log) != want {
		t.Error("not what one fold gives")
	}
	r.end()
	again := start(t, path, h.log)
	again.catchUp()
	if list := asides(t, path); len(list) != 0 {
		t.Errorf("a sound file was put aside: %v", list)
	}
	if again.export() != want {
		t.Error("opened again the views are others")
	}
}

// TestScrubbingIsMadeUpFor: a process that ends between the deletion and the
// scrubbing leaves the rest to the next one.
func TestScrubbingIsMadeUpFor(t *testing.T) {
	h, path := newHistory(t), testPath(t)
	s, err := Open(Config{Path: path}, h.log)
	if err != nil {
		t.Fatal(err)
	}
	s.target[events.Jobs] = math.MaxUint64 // as if it were being rebuilt
	r := run(t, s)
	job := h.ended(1, canary)
	r.catchUp()
	h.delete(job)
	r.catchUp()
	r.end()
	if times(t, path, canary) == 0 {
		t.Fatal("the canary is gone already: nothing is left to make up for")
	}
	again := start(t, path, h.log)
	h.ended(2, "the next")
	again.catchUp()
	if n := times(t, path, canary); n > 0 {
		t.Errorf("the canary is %d times in the file", n)
	}
	if list := asides(t, path); len(list) != 0 {
		t.Errorf("a sound file was put aside: %v", list)
	}
}
