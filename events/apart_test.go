package events

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDetached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := PayloadOf(strings.Repeat(rapid.StringN(1, 40, -1).Draw(t, "text"), rapid.IntRange(1, 200).Draw(t, "times")))
		d := p.Detached()
		switch {
		case d.Sum != p.Sum, d.Raw != nil, d.Size() != p.Size(), d.Erased(), d.IsZero(), string(d.JSON()) != "null":
			t.Errorf("%d bytes become %+v", len(p.Raw), d)
		case len(d.Apart.Preview) > MaxPreview, !strings.HasPrefix(string(p.Raw), d.Apart.Preview), !utf8.ValidString(d.Apart.Preview):
			t.Errorf("the preview is %q", d.Apart.Preview)
		case len(p.Raw) > MaxPreview && len(d.Apart.Preview) < MaxPreview-utf8.UTFMax:
			t.Errorf("the preview has %d bytes", len(d.Apart.Preview))
		}
		if again := d.Detached(); !cmp.Equal(again, d) {
			t.Errorf("detached twice it is %+v", again)
		}
	})
	for _, none := range []Payload{{}, {Sum: HashOf([]byte("x"))}} {
		if d := none.Detached(); d.Apart != nil {
			t.Errorf("without data it is %+v", d)
		}
	}
}

// TestApartCommit: a commit with data apart reads back as it was, verifies, and
// its skeleton knows nothing of the data.
func TestApartCommit(t *testing.T) {
	s := JobSubject("ws", "job")
	large := PayloadOf(strings.Repeat("canary ", 1000))
	facts := []Fact{
		&NodeSucceeded{Attempt: 1, Node: "a", Output: large.Detached(), Visit: 1},
		&InterventionOpened{Fields: PayloadOf("f"), Prompt: PayloadOf("p"), ID: "i", Actions: []string{"yes"}, Node: "h"},
		&JobCompleted{Result: large.Detached()},
	}
	c, err := Seal(Draft{Subject: s, ID: "c", At: noon}, facts...)
	if err != nil {
		t.Fatal(err)
	}
	read, err := Decode(s, 1, c.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range facts {
		if d := cmp.Diff(f, read.Events[i].Fact); d != "" {
			t.Errorf("event %d reads as (-want +got):\n%s", i, d)
		}
	}
	if _, err := Verify(Head{}, read); err != nil {
		t.Error(err)
	}
	if read.Erased() || read.ApartBytes() != large.Size() {
		t.Errorf("erased %v, %d bytes apart", read.Erased(), read.ApartBytes())
	}
	whole, err := Seal(Draft{Subject: s, ID: "c", At: noon}, &NodeSucceeded{Attempt: 1, Node: "a", Output: large, Visit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if whole.Events[0].Hash != c.Events[0].Hash {
		t.Error("the hash depends on where the data is")
	}
	bare, err := read.Skeleton()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(bare.Bytes()), "canary") || strings.Contains(string(bare.Bytes()), "apart") || !bare.Erased() || bare.ApartBytes() != 0 {
		t.Errorf("the skeleton is %s", bare.Bytes())
	}
	b, err := json.Marshal(large.Detached(), WithValues())
	if want := `{"sha256":"` + large.Sum.String() + `","apart":true,"size":7002}`; err != nil || string(b) != want {
		t.Errorf("auditors see %s, %v", b, err)
	}
	for _, bad := range []string{
		strings.Replace(string(c.Bytes()), `"payloads":[null]`, `"payloads":["x"]`, 1),
		strings.Replace(string(c.Bytes()), `"apart":[{`, `"apart":[{"more":1,`, 1),
	} {
		if bad == string(c.Bytes()) {
			t.Fatalf("nothing was changed in %s", bad)
		}
		if _, err := Decode(s, 1, []byte(bad)); !errors.Is(err, ErrDecode) {
			t.Errorf("Decode of a damaged commit: %v", err)
		}
	}
}

func TestLarge(t *testing.T) {
	of := func(n int) Payload { return PayloadOf(strings.Repeat("x", n-2)) }
	sizes := func(limit, room int, facts ...Fact) (out []int64) {
		for _, p := range Large(facts, limit, room) {
			out = append(out, p.Size())
		}
		return out
	}
	mixed := []Fact{
		&JobSubmitted{Graph: of(9000), Input: of(9000), Labels: of(9000)}, &InterventionOpened{Prompt: of(9000), Fields: of(9000)},
		&NodeSucceeded{Output: of(2000)}, &NodeReused{Output: of(5000)}, &ItemSucceeded{Output: of(3000)}, &NodeFailed{Output: of(100)},
		&JobCompleted{Result: of(2000)}, &JobFailed{}, &NodeSucceeded{Output: of(4000).Detached()}, &NodeSucceeded{},
	}
	for _, c := range []struct {
		limit, room int
		want        []int64
	}{
		{10_000, 20_000, nil},
		{4000, 20_000, []int64{5000}},
		{100, 20_000, []int64{2000, 5000, 3000, 2000}},
		{10_000, 9000, []int64{5000}},
		{10_000, 6200, []int64{5000, 3000}},
		{4000, 3200, []int64{5000, 3000, 2000, 2000}},
		{10_000, 0, []int64{5000, 3000, 2000, 2000}}, // a preview would not be smaller than the rest
	} {
		if d := cmp.Diff(c.want, sizes(c.limit, c.room, mixed...)); d != "" {
			t.Errorf("limit %d, room %d (-want +got):\n%s", c.limit, c.room, d)
		}
	}
}
