package events

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestSkeleton holds what is left of every fact: the same chain, the same
// canonical bytes, and not a byte of its payloads.
func TestSkeleton(t *testing.T) {
	for name, fact := range samples {
		s := JobSubject("ws", "job")
		whole, err := Seal(Draft{Subject: s, ID: "c", Token: 3, At: noon, Actor: Actor{ID: "k", Kind: "key"}}, fact, &JobWaiting{})
		if err != nil {
			t.Fatal(err)
		}
		whole.Seq = 7
		bare, err := whole.Skeleton()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		head, err := Verify(Head{}, bare)
		if err != nil || head != whole.Head() {
			t.Errorf("%s: the skeleton ends at %+v (%v), the commit at %+v", name, head, err, whole.Head())
		}
		given := 0
		for _, p := range fact.payloads() {
			if p.Raw == nil && p.Apart == nil {
				continue
			}
			given++
			if p.Raw != nil && string(p.Raw) != "null" && bytes.Contains(bare.Bytes(), p.Raw) {
				t.Errorf("%s: the skeleton holds %s", name, p.Raw)
			}
		}
		for _, p := range bare.Events[0].Fact.payloads() {
			if p.Raw != nil || p.Apart != nil {
				t.Errorf("%s: a payload of the skeleton has data", name)
			}
		}
		if bare.Erased() != (given > 0) || whole.Erased() {
			t.Errorf("%s: %d payloads were given; erased: skeleton %v, commit %v", name, given, bare.Erased(), whole.Erased())
		}
		again, err := Decode(s, 7, bare.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(bare, again, cmp.AllowUnexported(Commit{}, Event{}), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: read back (-skeleton +read):\n%s", name, d)
		}
		twice, err := again.Skeleton()
		if err != nil || !bytes.Equal(twice.Bytes(), bare.Bytes()) {
			t.Errorf("%s: the skeleton of a skeleton is another one (%v)", name, err)
		}
		if _, deletes := fact.(*JobDeleted); whole.Deletes() != deletes {
			t.Errorf("%s: Deletes is %v", name, whole.Deletes())
		}
	}
}
