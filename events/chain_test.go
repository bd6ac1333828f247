package events

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// fields gives the fields of a fact by their Go names.
func fields(f Fact) iter.Seq2[string, reflect.Value] {
	v := reflect.ValueOf(f).Elem()
	return func(yield func(string, reflect.Value) bool) {
		for i := range v.NumField() {
			if !yield(v.Type().Field(i).Name, v.Field(i)) {
				return
			}
		}
	}
}

// Numbers are canonical up to what a double holds exactly (RFC 8785, 3.2.2.3).
const exact = 1 << 53

// drawFact gives any fact of the closed set with any content.
func drawFact(t *rapid.T) Fact {
	kind := rapid.SampledFrom(slices.Sorted(maps.Keys(blank))).Draw(t, "type")
	f := blank[kind]()
	for name, v := range fields(f) {
		drawValue(t, name, v)
	}
	return f
}

func drawValue(t *rapid.T, name string, v reflect.Value) {
	switch v.Interface().(type) {
	case Payload:
		v.Set(reflect.ValueOf(drawPayload(t, name)))
	case Hash:
		v.Set(reflect.ValueOf(Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, name))))
	case Time:
		v.Set(reflect.ValueOf(drawTime(t, name)))
	case *Time:
		if rapid.Bool().Draw(t, name+"?") {
			at := drawTime(t, name)
			v.Set(reflect.ValueOf(&at))
		}
	case *Parent:
		if rapid.Bool().Draw(t, name+"?") {
			p := new(Parent)
			drawValue(t, name, reflect.ValueOf(p).Elem())
			v.Set(reflect.ValueOf(p))
		}
	case []int:
		v.Set(reflect.ValueOf(rapid.SliceOfN(rapid.IntRange(0, 100), 0, 4).Draw(t, name)))
	case []string:
		v.Set(reflect.ValueOf(rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, name)))
	default:
		switch v.Kind() {
		case reflect.String:
			v.SetString(rapid.String().Draw(t, name))
		case reflect.Bool:
			v.SetBool(rapid.Bool().Draw(t, name))
		case reflect.Int, reflect.Int64:
			v.SetInt(rapid.Int64Range(-exact, exact).Draw(t, name))
		case reflect.Struct:
			for i := range v.NumField() {
				drawValue(t, v.Type().Field(i).Name, v.Field(i))
			}
		default:
			t.Fatalf("no way to draw the field %s of type %s", name, v.Type())
		}
	}
}

func drawTime(t *rapid.T, name string) Time {
	return At(time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, name)))
}

func drawPayload(t *rapid.T, name string) Payload {
	switch rapid.IntRange(0, 5).Draw(t, name+" kind") {
	case 0:
		return Payload{}
	case 1:
		return PayloadOf(nil)
	case 2:
		return PayloadOf(rapid.Float64().Draw(t, name))
	case 3:
		return PayloadOf(rapid.MapOfN(rapid.String(), rapid.Int(), 0, 3).Draw(t, name))
	default:
		return PayloadOf(rapid.String().Draw(t, name))
	}
}

func drawCommit(t *rapid.T) (Draft, []Fact, *Commit) {
	id := rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`)
	d := Draft{
		Subject: JobSubject(id.Draw(t, "workspace"), id.Draw(t, "job")),
		ID:      id.Draw(t, "id"),
		Token:   rapid.Uint64Max(exact).Draw(t, "token"),
		At:      drawTime(t, "at"),
		Actor:   Actor{ID: rapid.String().Draw(t, "actor"), Kind: rapid.SampledFrom([]string{"key", "engine"}).Draw(t, "kind")},
	}
	if rapid.Bool().Draw(t, "history") {
		d.Head = Head{Seq: rapid.Uint64Range(1, exact).Draw(t, "seq"), N: rapid.Uint64Range(1, exact/2).Draw(t, "n"), Hash: HashOf([]byte("head"))}
	}
	facts := make([]Fact, rapid.IntRange(1, 4).Draw(t, "facts"))
	for i := range facts {
		facts[i] = drawFact(t)
	}
	c, err := Seal(d, facts...)
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	return d, facts, c
}

// TestCanonical: what an event's hash covers is RFC 8785, by another's word.
func TestCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _, c := drawCommit(t)
		for i := range c.Events {
			want := jsontext.Value(slices.Clone(c.Events[i].Canonical()))
			if err := want.Canonicalize(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(c.Events[i].Canonical())); d != "" {
				t.Fatalf("%s is not canonical (-want +got):\n%s", c.Events[i].Fact.Type(), d)
			}
		}
	})
}

// sameFacts compares facts; an absent list and an empty one are the same.
var sameFacts = cmp.Options{cmpopts.EquateEmpty()}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, facts, c := drawCommit(t)
		got, err := Decode(d.Subject, d.Head.Seq+9, c.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != d.ID || got.Token != d.Token || got.Subject != d.Subject || got.Seq != d.Head.Seq+9 || got.At() != d.At {
			t.Fatalf("read back as %+v", got)
		}
		head := d.Head
		for i := range got.Events {
			e := &got.Events[i]
			if e.N != d.Head.N+uint64(i)+1 || e.Actor != d.Actor || e.At != d.At || e.Prev != head.Hash || e.Hash != c.Events[i].Hash {
				t.Fatalf("event %d read back as %+v", i, e)
			}
			head.Hash = e.Hash
			if diff := cmp.Diff(facts[i], e.Fact, sameFacts); diff != "" {
				t.Fatalf("fact %d (-written +read):\n%s", i, diff)
			}
		}
		if head, err = Verify(d.Head, got); err != nil || head != got.Head() {
			t.Fatalf("Verify: %+v, %v", head, err)
		}
	})
}

// TestFlips changes stored commits everywhere, one bit at a time. A change is
// refused, or found by Verify, or it is none: the hex digits of a hash have
// two cases. Only the commit's own ID and token place are outside the chain.
func TestFlips(t *testing.T) {
	for name, fact := range samples {
		s := JobSubject("ws", "job")
		before := Head{N: 3, Hash: HashOf([]byte("before"))}
		c, err := Seal(Draft{Subject: s, Head: before, ID: "id", Token: 7, At: noon, Actor: Actor{ID: "a", Kind: "key"}}, fact, &JobPaused{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Bytes() {
			for bit := range 8 {
				if name != "job.submitted-1" && bit != i%8 {
					continue // all bits of one, one bit of each byte of the others
				}
				b := slices.Clone(c.Bytes())
				b[i] ^= 1 << bit
				got, err := Decode(s, 1, b)
				if err != nil {
					if !errors.Is(err, ErrDecode) {
						t.Fatalf("%s: the error is not ErrDecode: %v", name, err)
					}
					continue
				}
				if _, err := Verify(before, got); err != nil {
					if !errors.Is(err, ErrChain) {
						t.Fatalf("%s: the error is not ErrChain: %v", name, err)
					}
					continue
				}
				if len(got.Events) != 2 || !cmp.Equal(got.Events[0].Fact, fact) || got.Events[1].Hash != c.Events[1].Hash {
					t.Fatalf("%s: bit %d of byte %d changed unnoticed:\n%s\n%s", name, bit, i, c.Bytes(), b)
				}
			}
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	s := JobSubject("ws", "job")
	history := func(s Subject) []*Commit {
		var all []*Commit
		var head Head
		for i := range 3 {
			c, err := Seal(Draft{Subject: s, Head: head, ID: fmt.Sprint(i), At: noon}, &JobPaused{}, &JobResumed{})
			if err != nil {
				t.Fatal(err)
			}
			c.Seq = uint64(i) + 1
			head = c.Head()
			all = append(all, c)
		}
		return all
	}
	all := history(s)
	check := func(cs ...*Commit) (err error) {
		var head Head
		for _, c := range cs {
			if head, err = Verify(head, c); err != nil {
				return err
			}
		}
		return nil
	}
	if err := check(all...); err != nil {
		t.Fatalf("a good history: %v", err)
	}
	swapped := *all[0]
	swapped.Events = []Event{all[0].Events[1], all[0].Events[0]}
	cut := *all[0]
	cut.Events = all[0].Events[:1]
	moved := *history(JobSubject("ws", "other"))[0]
	moved.Subject = s
	for name, cs := range map[string][]*Commit{
		"without its beginning":   all[1:],
		"without its middle":      {all[0], all[2]},
		"twice the same":          {all[0], all[0]},
		"in another order":        {all[1], all[0]},
		"events swapped":          {&swapped},
		"an event cut":            {&cut, all[1]},
		"of another subject":      {&moved},
		"continued by another's ": {all[0], history(JobSubject("ws", "other"))[1]},
	} {
		if err := check(cs...); !errors.Is(err, ErrChain) {
			t.Errorf("a history %s: %v, want ErrChain", name, err)
		}
	}
}

// TestErased: the chain holds without the user data, and says what is gone.
func TestErased(t *testing.T) {
	s := JobSubject("ws", "job")
	d := Draft{Subject: s, ID: "c", At: noon}
	whole, err := Seal(d, samples["job.submitted-1"])
	if err != nil {
		t.Fatal(err)
	}
	bare := *samples["job.submitted-1"].(*JobSubmitted)
	for _, p := range bare.payloads() {
		p.Raw = nil
	}
	c, err := Seal(d, &bare)
	if err != nil {
		t.Fatal(err)
	}
	if c.Head() != whole.Head() {
		t.Fatal("erasing payloads changed the hash")
	}
	got, err := Decode(s, 1, c.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(Head{}, got); err != nil {
		t.Errorf("Verify: %v", err)
	}
	f := got.Events[0].Fact.(*JobSubmitted)
	for _, p := range []Payload{f.Graph, f.Input, f.Labels} {
		if !p.Erased() || p.IsZero() || string(p.JSON()) != "null" {
			t.Errorf("an erased payload is %+v", p)
		}
	}
	if absent := (Payload{}); absent.Erased() || !absent.IsZero() {
		t.Error("an absent payload counts as erased")
	}
	if null := PayloadOf(nil); null.Erased() || null.IsZero() {
		t.Error("a null counts as absent or erased")
	}
}

func TestSealRefuses(t *testing.T) {
	if _, err := Seal(Draft{ID: "c"}, &JobFailed{Message: "\xff"}); err == nil {
		t.Error("text that is no UTF-8 was sealed")
	}
	defer func() {
		if recover() == nil {
			t.Error("a commit without facts was sealed")
		}
	}()
	_, _ = Seal(Draft{ID: "c"})
}

func TestDecodeRefuses(t *testing.T) {
	good := `{"id":"c","events":[{"hash":"` + strings.Repeat("0", 64) + `","event":{"actor":{"id":"","kind":""},"at":"","data":{},"n":1,"subject":"jobs.a.b","type":"job.paused"}}]}`
	if _, err := Decode(JobSubject("a", "b"), 1, []byte(good)); err != nil {
		t.Fatalf("a good commit: %v", err)
	}
	for _, bad := range []string{
		"", "null", "{}", "[]", `{"id":"c","events":[]}`, `{"id":"c","events":[{}]}`, good + good,
		strings.Replace(good, "job.paused", "job.unheard", 1),
		strings.Replace(good, `"data":{}`, `"data":7`, 1),
		strings.Replace(good, `"id":"c"`, `"id":"c","more":1`, 1),
		strings.Replace(good, "000", "00", 1),
	} {
		if _, err := Decode(JobSubject("a", "b"), 1, []byte(bad)); !errors.Is(err, ErrDecode) {
			t.Errorf("Decode %q: %v, want ErrDecode", bad, err)
		}
	}
}

// FuzzDecode: whatever is stored, Decode answers; what it takes it can write.
func FuzzDecode(f *testing.F) {
	for name, fact := range samples {
		c, err := Seal(Draft{Subject: JobSubject("ws", name[:3]), ID: name, At: noon}, fact)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Decode(JobSubject("ws", "job"), 1, b)
		if err != nil {
			if !errors.Is(err, ErrDecode) {
				t.Errorf("the error is not ErrDecode: %v", err)
			}
			return
		}
		out, err := c.encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := Decode(c.Subject, 1, out)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if d := cmp.Diff(c.Events[0].Fact, again.Events[0].Fact, sameFacts); d != "" {
			t.Errorf("(-first +second):\n%s", d)
		}
	})
}
