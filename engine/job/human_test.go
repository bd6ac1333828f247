package job_test

// Questions to several people: when one is settled, when nobody can settle it
// any more, and when people are reminded of it.

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/events"
)

const ballot = `{"nodes":[{"id":"vote","type":"human"},{"id":"yes","type":"x"},{"id":"no","type":"x"},{"id":"retry","type":"x"}],
	"edges":[{"from":"vote","to":"yes","when":"nodes.vote.output.action == 'a'"},
	         {"from":"vote","to":"no","when":"nodes.vote.output.action == 'b'"},
	         {"from":"vote","to":"retry","when":"nodes.vote.output.action == 'undecided'"}]}`

// asked is a story at an open question.
func asked(t testing.TB, a job.Ask) *story {
	s := submitted(t, ballot)
	a.ID, a.Actions = "q1", []string{"a", "b", "c"}
	s.ask("vote", a)
	return s
}

// vote lets one more responder choose an action.
func (s *story) vote(action string) string {
	s.t.Helper()
	return s.do(&job.Answer{InterventionID: "q1", Action: action, Responder: fmt.Sprint("r", len(s.view.Interventions[0].Responses))})
}

func TestUndecided(t *testing.T) {
	const (
		yes       = "answered succeeded:vote+0-1-2 skipped:no skipped:retry resumed started:yes/1/1"
		no        = "answered succeeded:vote+1-0-2 skipped:yes skipped:retry resumed started:no/1/1"
		undecided = "answered=undecided succeeded:vote+2-0-1 skipped:yes skipped:no resumed started:retry/1/1"
	)
	for _, c := range []struct {
		required, responders int
		votes                string // one letter each; all but the last leave the question open
		want                 string // what the last does
	}{
		{1, 0, "b", no},
		{2, 0, "abca", yes}, // without a number of responders somebody may always come
		{2, 0, "abc", "answered"},
		{1, 1, "b", no},
		{2, 2, "aa", yes},
		{2, 2, "ab", undecided},
		{2, 3, "ab", "answered"},
		{2, 3, "abb", no},
		{2, 3, "abc", undecided},
		{3, 3, "ab", undecided}, // nobody need wait for the third
		{3, 4, "aab", "answered"},
		{3, 4, "aabb", undecided},
		{3, 4, "aaba", yes},
		{3, 5, "abca", "answered"},
		{3, 5, "abcab", undecided},
		{4, 5, "abc", undecided},
		{100, 100, "ab", undecided},
	} {
		t.Run(fmt.Sprintf("%d of %d, %s", c.required, c.responders, c.votes), func(t *testing.T) {
			s := asked(t, job.Ask{Required: c.required, Responders: c.responders})
			last := len(c.votes) - 1
			for _, v := range c.votes[:last] {
				s.want(s.vote(string(v)), "answered")
			}
			s.want(s.vote(c.votes[last:]), c.want)
			iv := s.view.Interventions[0]
			switch {
			case c.want == "answered":
				if !iv.Open() || iv.Action != "" || iv.Responders != c.responders {
					t.Fatalf("an open question: %+v", iv)
				}
				return
			case c.want == undecided && (iv.Action != job.Undecided || iv.Status != job.InterventionAnswered):
				t.Fatalf("an undecided question: %+v", iv)
			case c.want != undecided && iv.Action != job.Ref(c.votes[last:]):
				t.Fatalf("a decided question: %+v", iv)
			}
			out := string(s.run.Output("vote"))
			if !strings.Contains(out, fmt.Sprintf(`"action":%q`, iv.Action)) || strings.Count(out, `"responder"`) != len(c.votes) {
				t.Errorf("output %s", out)
			}
			s.want(s.vote("a"), "refused ALREADY_ANSWERED")
		})
	}
}

// The default that a resume takes is an answer like any other.
func TestUndecidedByResume(t *testing.T) {
	s := asked(t, job.Ask{Required: 2, Responders: 2, Default: "b"})
	s.want(s.vote("a"), "answered")
	s.want(s.do(&job.Resume{}), "answered=undecided succeeded:vote+2-0-1 skipped:yes skipped:no resumed started:retry/1/1")
}

// TestAnyBallot holds the rule to every way in which the rest could answer.
func TestAnyBallot(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		responders := rapid.IntRange(1, 6).Draw(rt, "responders")
		required := rapid.IntRange(1, responders).Draw(rt, "required")
		s := asked(t, job.Ask{Required: required, Responders: responders})
		votes := map[string]int{}
		for n := 1; ; n++ {
			action := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "vote")
			votes[action]++
			s.vote(action)
			iv := s.view.Interventions[0]
			want, open := "", possible(votes, required, responders-n)
			switch {
			case votes[action] == required:
				want = action
			case !open:
				want = job.Undecided
			}
			if string(iv.Action) != want || iv.Open() != (want == "") {
				t.Fatalf("%d of %d, %v: it is %s with action %q, wanted %q", required, responders, votes, iv.Status, iv.Action, want)
			}
			if want != "" {
				return
			}
		}
	})
}

// possible tries every way in which left more people can answer.
func possible(votes map[string]int, required, left int) bool {
	for _, a := range []string{"a", "b", "c"} {
		if votes[a] >= required {
			return true
		}
	}
	if left == 0 {
		return false
	}
	for _, a := range []string{"a", "b", "c"} {
		votes[a]++
		yes := possible(votes, required, left-1)
		votes[a]--
		if yes {
			return true
		}
	}
	return false
}

func TestReminders(t *testing.T) {
	s := asked(t, job.Ask{RemindAfter: time.Hour})
	opened := s.now
	for n := 1; n <= 10; n++ {
		if got, want := s.run.Due(), opened.Add(time.Duration(n)*(time.Hour+time.Millisecond)); !got.Equal(want) {
			t.Fatalf("reminder %d is due at %v, not %v", n, got, want)
		}
		s.now = s.run.Due().Add(-time.Millisecond)
		s.want(s.do(&job.Advance{}))
		s.now = s.run.Due()
		s.want(s.do(&job.Advance{}), fmt.Sprint("reminded:", n))
		s.want(s.do(&job.Advance{}))
		iv := s.view.Interventions[0]
		if iv.Reminders != n || iv.RemindedAt == nil || !iv.RemindedAt.Equal(s.now) || s.view.Status != job.Waiting {
			t.Fatalf("after reminder %d: %+v", n, iv)
		}
	}
	if due := s.run.Due(); !due.IsZero() {
		t.Fatalf("after the last reminder something is due at %v", due)
	}
	s.vote("a")
}

// After a long time in which nothing could be recorded there is one reminder,
// and the next is a whole interval later.
func TestRemindersDoNotPileUp(t *testing.T) {
	s := asked(t, job.Ask{RemindAfter: time.Hour})
	s.now = s.now.Add(9*time.Hour + time.Minute)
	s.want(s.do(&job.Advance{}), "reminded:1")
	s.want(s.do(&job.Advance{}))
	if got, want := s.run.Due(), s.now.Add(time.Hour+time.Millisecond); !got.Equal(want) {
		t.Fatalf("the next is due at %v, not %v", got, want)
	}
}

func TestNoReminder(t *testing.T) {
	for name, c := range map[string]struct {
		ask  job.Ask
		play func(*story)
		want string // what the advance after that does
	}{
		"without remind_after":    {job.Ask{}, func(*story) {}, ""},
		"of what was answered":    {job.Ask{RemindAfter: time.Hour}, func(s *story) { s.vote("a") }, ""},
		"of what was cancelled":   {job.Ask{RemindAfter: time.Hour}, func(s *story) { s.do(&job.Cancel{}) }, ""},
		"of what expired earlier": {job.Ask{RemindAfter: time.Hour, ExpiresIn: time.Minute}, func(*story) {}, "expired failed-node:vote-0-1-2 failed:INTERVENTION_EXPIRED"},
		"of what expires by then": {job.Ask{RemindAfter: time.Hour, ExpiresIn: time.Hour}, func(*story) {}, "expired failed-node:vote-0-1-2 failed:INTERVENTION_EXPIRED"},
		"when the job timed out":  {job.Ask{RemindAfter: time.Hour}, nil, "failed:TIMEOUT"},
		"of some answers only":    {job.Ask{RemindAfter: time.Hour, Required: 2}, func(s *story) { s.vote("a") }, "reminded:1"},
		"in less than a millisecond": {job.Ask{RemindAfter: time.Nanosecond}, func(s *story) {
			if got, want := s.run.Due(), s.now.Add(2*time.Millisecond); !got.Equal(want) {
				s.t.Fatalf("due at %v, not %v", got, want)
			}
		}, "reminded:1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, ballot)
			submit := s.submission()
			if c.play == nil {
				submit.Job.Timeout = events.Millis(time.Hour.Milliseconds())
			}
			s.do(submit)
			c.ask.ID, c.ask.Actions = "q1", []string{"a", "b", "c"}
			s.ask("vote", c.ask)
			if c.play != nil {
				c.play(s)
			}
			s.now = s.now.Add(time.Hour + time.Minute)
			s.want(s.do(&job.Advance{}), c.want)
		})
	}
}

// Nobody is reminded of what a paused job asks; what was missed comes at once
// when it is resumed.
func TestReminderAndPause(t *testing.T) {
	s := asked(t, job.Ask{RemindAfter: time.Hour})
	s.do(&job.Pause{})
	if due := s.run.Due(); !due.IsZero() {
		t.Fatalf("paused, and something is due at %v", due)
	}
	s.now = s.now.Add(5 * time.Hour)
	s.want(s.do(&job.Advance{}))
	s.want(s.do(&job.Resume{}), "resumed waiting")
	if s.run.Due().After(s.now) {
		t.Fatalf("resumed, and the reminder is due at %v only", s.run.Due())
	}
	s.want(s.do(&job.Advance{}), "reminded:1")
}

// A loop asks anew, and counts anew.
func TestReminderAndLoop(t *testing.T) {
	s := submitted(t, review)
	s.ok("draft", `1`)
	s.ask("review", job.Ask{ID: "q1", Actions: []string{"approve", "reject"}, RemindAfter: time.Hour})
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "reminded:1")
	s.do(&job.Answer{InterventionID: "q1", Action: "reject", Responder: "me"})
	if due := s.run.Due(); !due.IsZero() {
		t.Fatalf("answered, and something is due at %v", due)
	}
	s.ok("draft", `2`)
	s.ask("review", job.Ask{ID: "q2", Actions: []string{"approve", "reject"}, RemindAfter: time.Minute})
	s.now = s.run.Due()
	s.want(s.do(&job.Advance{}), "reminded:1")
	if a, b := s.view.Interventions[0], s.view.Interventions[1]; a.Reminders != 1 || b.Reminders != 1 {
		t.Fatalf("reminders: %+v, %+v", a, b)
	}
}
