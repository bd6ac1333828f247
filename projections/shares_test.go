package projections

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

func TestShares(t *testing.T) {
	h := newHistory(t)
	soon := events.At(h.now.Add(time.Hour))
	share := func(id, kind, target, text string, expires *events.Time) *events.ShareCreated {
		return &events.ShareCreated{ID: id, Hash: events.HashOf([]byte(text)), Kind: kind, Target: target, ExpiresAt: expires}
	}
	main, other := events.CatalogSubject("main"), events.CatalogSubject("other")
	h.add(main, share("s2", "job", "j", "two", &soon), share("s1", "job", "j", "one", nil), share("s3", "receptor", "j", "three", nil))
	h.add(other, share("s1", "job", "j", "another one", nil), share("s4", "job", "jj", "four", nil))
	r := start(t, testPath(t), h.log)
	find := func(text string) string {
		t.Helper()
		s, err := r.Share(t.Context(), events.HashOf([]byte(text)))
		if errors.Is(err, ErrNotFound) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return s.Workspace + "/" + s.ID + " " + s.Kind + " " + s.Target
	}
	check := func(when string, texts map[string]string, lists map[string][]string) {
		t.Helper()
		r.catchUp()
		for text, want := range texts {
			if got := find(text); got != want {
				t.Errorf("%s share %s is %q, not %q", when, text, got, want)
			}
		}
		for workspace, want := range lists {
			shares, err := r.Shares(t.Context(), workspace, "job", "j")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range shares {
				got = append(got, s.ID)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s the shares of %s (-want +got):\n%s", when, workspace, d)
			}
		}
	}
	check("at first", map[string]string{
		"one": "main/s1 job j", "two": "main/s2 job j", "three": "main/s3 receptor j", "another one": "other/s1 job j",
		"four": "other/s4 job jj", "five": "",
	}, map[string][]string{"main": {"s1", "s2"}, "other": {"s1"}, "mai": nil})

	h.add(main, &events.ShareRevoked{ID: "s1"}, &events.ShareRevoked{ID: "s4"}) // the second is not its own
	check("after the revocation", map[string]string{"one": "", "two": "main/s2 job j", "another one": "other/s1 job j", "four": "other/s4 job jj"},
		map[string][]string{"main": {"s2"}, "other": {"s1"}})

	h.now = soon.Time
	h.add(main, share("s5", "job", "j", "five", nil))
	check("after the expiry", map[string]string{"two": "", "three": "main/s3 receptor j", "five": "main/s5 job j"}, map[string][]string{"main": {"s5"}})
}
