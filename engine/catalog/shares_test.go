package catalog

// Shares: how many of a target there may be, and when they are let go.

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

func share(id, kind, target string, expires *events.Time) Share {
	return Share{ID: id, Kind: kind, Target: target, Hash: hash(id), ExpiresAt: expires}
}

func shareIDs(c *Catalog) []string {
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(c.shares))))
}

func TestReceptorHasOneShare(t *testing.T) {
	cat := New("w")
	refused(t, cat, &CreateShare{Share: share("s0", ShareReceptor, "r", nil)}, "NOT_FOUND", "")
	obey(t, cat, &StoreReceptor{New: true, ID: "r", Spec: ReceptorSpec{Name: "door", Slug: "door"}})
	refused(t, cat, &CreateShare{Share: share("s0", ShareReceptor, "r", nil), Rotate: true}, "NOT_FOUND", "")

	end := noon.Add(100 * time.Hour)
	obey(t, cat, &CreateShare{Share: share("s1", ShareReceptor, "r", &end), Now: noon})
	refused(t, cat, &CreateShare{Share: share("s1", ShareReceptor, "r2", nil), Now: noon}, "NOT_FOUND", "")
	refused(t, cat, &CreateShare{Share: share("s1", ShareJob, "j", nil), Now: noon}, "CONFLICT", "") // its id is taken
	refused(t, cat, &CreateShare{Share: share("s2", ShareReceptor, "r", nil), Now: end.Add(-time.Millisecond)}, "CONFLICT", "")
	obey(t, cat, &CreateShare{Share: share("s2", ShareReceptor, "r", &end), Rotate: true, Now: noon})
	if d := cmp.Diff([]string{"s2"}, shareIDs(cat)); d != "" {
		t.Error("after the rotation:", d)
	}
	// One that has expired is in nobody's way, and is none to rotate.
	refused(t, cat, &CreateShare{Share: share("s3", ShareReceptor, "r", nil), Rotate: true, Now: end}, "NOT_FOUND", "")
	if _, err := cat.Decide(&CreateShare{Share: share("s3", ShareReceptor, "r", nil), Now: end}); err != nil {
		t.Error("an expired share blocks:", err)
	}
	obey(t, cat, &DeleteReceptor{ID: "door"})
	if d := cmp.Diff([]string{}, shareIDs(cat)); d != "" {
		t.Error("after the receptor:", d)
	}
}

func TestSharesOfAJobAreBounded(t *testing.T) {
	cat := New("w")
	end := noon.Add(1000 * time.Hour)
	for i := range maxShares {
		obey(t, cat, &CreateShare{Share: share(fmt.Sprint("s", i), ShareJob, "j", &end), Now: noon})
	}
	refused(t, cat, &CreateShare{Share: share("more", ShareJob, "j", nil), Now: noon}, "CONFLICT", "")
	if _, err := cat.Decide(&CreateShare{Share: share("more", ShareJob, "j", nil), Now: end}); err != nil {
		t.Error("those that have expired count:", err)
	}
	if _, err := cat.Decide(&CreateShare{Share: share("more", ShareJob, "other", nil), Now: noon}); err != nil {
		t.Error("those of another job count:", err)
	}
}

func TestSharesOfAJob(t *testing.T) {
	cat := New("w")
	soon := noon.Add(90 * time.Minute)
	obey(t, cat, &CreateShare{Share: share("s1", ShareJob, "j", nil), Now: noon})
	obey(t, cat, &CreateShare{Share: share("s2", ShareJob, "j", &soon), Now: noon})
	obey(t, cat, &CreateShare{Share: share("s3", ShareJob, "other", nil), Now: noon}) // two hours later: s2 is let go
	obey(t, cat, &CreateShare{Share: share("s4", ShareIntervention, "j", nil), Now: noon})
	if d := cmp.Diff([]string{"s1", "s3", "s4"}, shareIDs(cat)); d != "" {
		t.Error("what is held:", d)
	}
	if c := cat.Clone(); len(c.shares) != 3 {
		t.Errorf("a clone has %d", len(c.shares))
	}
	facts := obey(t, cat, &RevokeShares{Kind: ShareJob, Target: "j"})
	if d := cmp.Diff([]events.Fact{&events.ShareRevoked{ID: "s1"}}, facts); d != "" {
		t.Error(d)
	}
	refused(t, cat, &RevokeShares{Kind: ShareJob, Target: "j"}, "NOT_FOUND", "")
}
