package events

import (
	"errors"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

func TestNewPayload(t *testing.T) {
	for raw, want := range map[string]string{
		"":                      "",
		"null":                  "null",
		` { "a" : [ 1 , 2 ] } `: `{"a":[1,2]}`,
		`"\u0041\/"`:            `"A/"`,
		`"é"`:                   `"é"`,
		`{"b":1,"a":2}`:         `{"b":1,"a":2}`, // order is the user's
		`1.50`:                  `1.50`,
		`12345678901234567890`:  `12345678901234567890`,
	} {
		in := []byte(raw)
		p, err := NewPayload(in)
		if err != nil || string(p.Raw) != want {
			t.Errorf("NewPayload(%q) is %q, %v; want %q", raw, p.Raw, err, want)
			continue
		}
		clear(in) // it keeps a copy
		if string(p.Raw) != want || p.IsZero() != (want == "") || !p.IsZero() && p.Sum != HashOf([]byte(want)) {
			t.Errorf("NewPayload(%q) is %+v", raw, p)
		}
	}
	for _, bad := range []string{" ", "{", `{"a":1,"a":2}`, "\"\xff\"", "1 2", "nul", "{'a':1}", `"\ud800"`} {
		if p, err := NewPayload([]byte(bad)); err == nil {
			t.Errorf("NewPayload(%q) took it as %q", bad, p.Raw)
		}
	}
}

func TestPayloadJSON(t *testing.T) {
	p := PayloadOf("x")
	sum := `{"sha256":"` + p.Sum.String() + `"}`
	full := `{"sha256":"` + p.Sum.String() + `","value":"x"}`
	for name, c := range map[string]struct {
		p    Payload
		opts []json.Options
		want string
	}{
		"canonical":         {p, nil, sum},
		"absent":            {Payload{}, nil, "null"},
		"with value":        {p, []json.Options{WithValues()}, full},
		"absent with value": {Payload{}, []json.Options{WithValues()}, "null"},
		"erased with value": {Payload{Sum: p.Sum}, []json.Options{WithValues()}, sum},
	} {
		if b, err := json.Marshal(c.p, c.opts...); err != nil || string(b) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, b, err, c.want)
		}
	}
	for _, bad := range []string{`{}`, `{"sha256":""}`, `"x"`, `{"sha256":"` + p.Sum.String()[1:] + `g"}`, `{"sha512":"` + p.Sum.String() + `"}`} {
		if err := json.Unmarshal([]byte(bad), new(Payload)); err == nil {
			t.Errorf("%s was taken as a payload", bad)
		}
	}
}

func TestTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(0, rapid.Int64Range(-1e18, 4e18).Draw(t, "ns"))
		cut := At(at)
		if cut.After(at) || at.Sub(cut.Time) >= time.Millisecond {
			t.Fatalf("%v was cut to %v", at, cut)
		}
		b, err := json.Marshal(cut)
		if err != nil || len(b) != len(timeLayout)+2 {
			t.Fatalf("%v is written as %s, %v", cut, b, err)
		}
		var got Time
		if err := json.Unmarshal(b, &got); err != nil || got != cut {
			t.Fatalf("%s reads as %v, %v", b, got, err)
		}
	})
	for _, bad := range []string{`"yesterday"`, `7`, `"2026-01-02"`, `"2026-13-02T00:00:00Z"`} {
		var got Time
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s reads as %v", bad, got)
		}
	}
	var zero Time
	if err := zero.UnmarshalText([]byte("")); err != nil || !zero.IsZero() || zero.String() != "" {
		t.Errorf("no time reads as %v, %v", zero, err)
	}
	if !errors.Is(CheckID(""), ErrID) {
		t.Error("an empty id was taken")
	}
}
