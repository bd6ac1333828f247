package scrub

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// awkward has something that each of the escapings changes.
const awkward = `k&y</"é+ %41'(~)!*=:@?#`

func TestFormsAreFound(t *testing.T) {
	for _, secret := range []string{"canary-4711-xyzzy", awkward, "tail-and-line-end\n", "user:p%40ss-word"} {
		s := &Set{}
		s.Add(secret)
		trimmed := strings.TrimSpace(secret)
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		forms := map[string]string{
			"as it is":       trimmed,
			"query":          url.QueryEscape(trimmed),
			"path":           url.PathEscape(trimmed),
			"user":           url.UserPassword("me", trimmed).String(),
			"values":         url.Values{"k": {trimmed}}.Encode(),
			"lower hex":      strings.ToLower(url.QueryEscape(trimmed)),
			"JSON":           string(quoted),
			"HTML":           html.EscapeString(trimmed),
			"Go":             strconv.Quote(trimmed),
			"hex":            hex.EncodeToString([]byte(trimmed)),
			"base64":         base64.StdEncoding.EncodeToString([]byte(trimmed)),
			"base64 for URL": base64.RawURLEncoding.EncodeToString([]byte(trimmed)),
		}
		for before := range 6 {
			text := strings.Repeat("x", before) + trimmed + "tail"
			forms[fmt.Sprint("base64 after ", before)] = base64.StdEncoding.EncodeToString([]byte(text))
			forms[fmt.Sprint("base64 for URL after ", before)] = base64.URLEncoding.EncodeToString([]byte(text))
		}
		for name, form := range forms {
			if name == "lower hex" && secret == awkward {
				continue // it changed the letters of the secret as well
			}
			got := s.Text("before " + form + " after")
			if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || !strings.Contains(got, Mask) {
				t.Errorf("%q %s: %q became %q", secret, name, form, got)
			}
			if strings.Contains(got, trimmed) || strings.Contains(got, form) {
				t.Errorf("%q %s: it is still there: %q", secret, name, got)
			}
		}
	}
}

func TestSecretThatIsAnAddress(t *testing.T) {
	s := &Set{}
	s.Add("https://hooks.example.com/services/T0001/B0002?token=abcdefgh")
	for _, seen := range []string{
		"https://hooks.example.com/services/T0001/B0002?token=abcdefgh", "POST /services/T0001/B0002?token=abcdefgh HTTP/1.1",
		"https://hooks.example.com/services/T0001/B0002: 404", "the token abcdefgh",
	} {
		got := s.Text(seen)
		if strings.Contains(got, "T0001") || strings.Contains(got, "abcdefgh") {
			t.Errorf("%q became %q", seen, got)
		}
	}
}

func TestShortTextsAreNotSecrets(t *testing.T) {
	s := &Set{}
	s.Add("short")
	if !s.Empty() || s.Text("a short text") != "a short text" {
		t.Error("a text of 5 bytes was taken as a secret")
	}
}

func TestMessageThatWasCut(t *testing.T) {
	s := &Set{}
	s.Add("canary-4711-xyzzy")
	for given, want := range map[string]string{
		"it said canary-47":                  "it said ***",
		"it said canary-4711-x...":           "it said ***...",
		`it said "canary-4711" twice`:        `it said "***" twice`,
		"https://a/b/canary-4711...: slow":   "https://a/b/***...: slow",
		"a can of worms":                     "a can of worms",
		"canary-4711-xyzzy and canary-4711 ": "*** and canary-4711 ",
	} {
		if got := s.Message(given); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	s := &Set{}
	s.Add("canary-4711-xyzzy")
	s.Add("1234567890")
	s.Add(`{"key":"value-of-it"}`)
	for given, want := range map[string]string{
		`{"a":["canary-4711-xyzzy",1,null,true],"b":{}}`:  `{"a":["***",1,null,true],"b":{}}`,
		`"\u0063anary-4711-xyzzy and more"`:               `"*** and more"`,
		`{"canary-4711-xyzzy":1}`:                         `{"***":1}`,
		`{"canary-4711-xyzzy":1,"x canary-4711-xyzzy":2}`: `{"***":1,"x ***":2}`,
		`{"canary-4711-xyzzy":1,"\u002a\u002a*":2}`:       `"***"`, // two members cannot have one name
		`[1234567890, 12345678901, 0.5]`:                  `["***","***1",0.5]`,
		`{"key":"value-of-it"}`:                           `"***"`,
		`{"nothing": "here" }`:                            `{"nothing": "here" }`,
		`null`:                                            `null`,
		``:                                                ``,
	} {
		if got := s.JSON(jsontext.Value(given), false); string(got) != want {
			t.Errorf("%s became %s, want %s", given, got, want)
		}
	}
}

// TestStreamIsText: however a text is cut into pieces, what comes out of the
// stream together is what Text makes of the whole, and no secret is in it.
func TestStreamIsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Set{}
		var secrets []string
		for range rapid.IntRange(0, 3).Draw(t, "secrets") {
			secret := rapid.StringMatching(`[ab]{8,12}`).Draw(t, "secret")
			secrets = append(secrets, secret)
			s.Add(secret)
		}
		var out, in strings.Builder
		stream := s.Stream(func(text string) {
			if text == "" {
				t.Fatal("an empty piece was given on")
			}
			out.WriteString(text)
		})
		for _, piece := range rapid.SliceOf(rapid.StringMatching(`[abc]{0,12}`)).Draw(t, "pieces") {
			in.WriteString(piece)
			stream.Add(piece)
		}
		stream.Close()
		if got, want := out.String(), s.Text(in.String()); got != want {
			t.Fatalf("the stream gave %q, the text is %q", got, want)
		}
		for _, secret := range secrets {
			if strings.Contains(out.String(), secret) {
				t.Fatalf("%q is in %q", secret, out.String())
			}
		}
	})
}

// TestStreamHoldsLittleBack: words that cannot begin a secret are given on at
// once.
func TestStreamHoldsLittleBack(t *testing.T) {
	s := &Set{}
	s.Add("canary-4711-xyzzy")
	var got []string
	stream := s.Stream(func(text string) { got = append(got, text) })
	stream.Add("the can")
	stream.Add("ary-4711-x")
	stream.Add("yzzy sings")
	stream.Close()
	if want := "the |*** sings"; strings.Join(got, "|") != want {
		t.Errorf("the pieces are %q, want %q", strings.Join(got, "|"), want)
	}
}

func TestJSONOfMessages(t *testing.T) {
	s := &Set{}
	s.Add("canary-4711-xyzzy")
	if got := s.JSON(jsontext.Value(`{"message":"it said canary-47"}`), true); string(got) != `{"message":"it said ***"}` {
		t.Errorf("got %s", got)
	}
}

func TestSetShowsNothing(t *testing.T) {
	s := &Set{}
	s.Add("canary-4711-xyzzy")
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v", s, s, s)} {
		if strings.Contains(text, "canary") {
			t.Errorf("printed as %q", text)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":["canary-4711-xyzzy",1e5]}`), "canary-4711-xyzzy")
	f.Add([]byte(`"\u0063anary-4711-xyzzy"`), "canary-4711-xyzzy")
	f.Add([]byte(`[1234567890]`), "34567890")
	f.Fuzz(func(t *testing.T, raw []byte, secret string) {
		if !jsontext.Value(raw).IsValid() {
			return
		}
		s := &Set{}
		s.Add(secret)
		got := s.JSON(raw, false)
		if !got.IsValid() {
			t.Fatalf("%s became %s, which is no JSON", raw, got)
		}
		if len(secret) >= Least && !strings.Contains(Mask+`"`+Mask, secret) && strings.Contains(string(got), secret) {
			t.Fatalf("%q is in %s", secret, got)
		}
	})
}
