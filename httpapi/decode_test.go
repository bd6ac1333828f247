package httpapi

// Reading bodies and parameters: tables of bad ones, fuzz targets for each
// reader.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"ranvier/engine/catalog"
	"ranvier/events"
)

func TestCheckJSON(t *testing.T) {
	for name, c := range map[string]struct{ text, path, words string }{
		"empty":          {" \n", "", "object is needed"},
		"null":           {"null", "", "not null"},
		"text":           {`"x"`, "", "not a string"},
		"garbage":        {`{"a":nope}`, "/a", "at byte"},
		"duplicate":      {`{"a":1,"\u0061":2}`, "/a", "twice"},
		"deep duplicate": {`{"a":{"b":[{"c":1,"c":1}]}}`, "/a/b/0/c", "twice"},
		"bad UTF-8":      {"{\"a\":\"\xc3\"}", "/a", "UTF-8"},
		"half surrogate": {`{"a":"\ud800"}`, "/a", "surrogate"},
		"trailing":       {`{}x`, "", "at byte 2"},
		"two":            {`{}{}`, "", "at byte 2"},
		"comment":        {`{} // x`, "", "at byte 3"},
		"cut":            {`{"a":[1`, "/a", "too early"},
		"nothing":        {``, "", "object is needed"},
		"deep":           {`{"a":` + strings.Repeat("[", 64), "", "deep"},
		"very deep":      {strings.Repeat(`{"a":`, 100_000), "", "deep"},
		"bomb":           {`{"a":[` + strings.Repeat("{},", 150_000) + `{}]}`, "", "names and values"},
		"long number":    {`{"a":` + strings.Repeat("9", 1_000_000) + `}`, "/a", "400 characters"},
		"no number":      {`{"a":NaN}`, "/a", "at byte"},
		"long name":      {`{"` + strings.Repeat("x", 1_000_000) + `":nope}`, "", "at byte"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := checkJSON([]byte(c.text))
			if len(problems) != 1 || !strings.Contains(problems[0].Message, c.words) || len(problems[0].Message) > maxMessage {
				t.Fatalf("%.300v", problems)
			}
			if c.path != "" && problems[0].Path != c.path {
				t.Errorf("at %q, want %q", problems[0].Path, c.path)
			}
		})
	}
	for _, text := range []string{`{}`, ` {"a":[1,{"b":null}],"c":"\u00e9"} `, `{"a":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`} {
		if problems := checkJSON([]byte(text)); problems != nil {
			t.Errorf("%.100s: %v", text, problems)
		}
	}
}

// TestDigestOfExtremes proves that numbers no float holds are told apart as far
// as they can be, and break nothing.
func TestDigestOfExtremes(t *testing.T) {
	seen := map[events.Hash]string{}
	for _, text := range []string{`{"a":1e999}`, `{"a":-1e999}`, `{"a":1e-999}`, `{"a":` + strings.Repeat("9", maxNumber) + `}`, `{"a":9007199254740993}`, `{"a":9007199254740992}`} {
		d := digest([]byte(text))
		if other := seen[d]; other != "" {
			t.Errorf("%s and %s have one digest", text, other)
		}
		seen[d] = text
	}
}

// shuffled writes a JSON value with the members of its objects in another
// order, white space and escapes.
func shuffled(t *rapid.T, v any) string {
	space := rapid.SampledFrom([]string{"", " ", "\n\t"})
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for n := range v {
			names = append(names, n)
		}
		slices.Sort(names)
		var members []string
		for _, n := range rapid.Permutation(names).Draw(t, "order") {
			members = append(members, shuffled(t, n)+":"+shuffled(t, v[n]))
		}
		return "{" + space.Draw(t, "space") + strings.Join(members, ","+space.Draw(t, "space")) + "}"
	case []any:
		var items []string
		for _, i := range v {
			items = append(items, shuffled(t, i))
		}
		return "[" + strings.Join(items, space.Draw(t, "space")+",") + "]"
	case string:
		if rapid.Bool().Draw(t, "escaped") {
			var b strings.Builder
			for _, r := range v {
				if r < 0x10000 {
					_, _ = fmt.Fprintf(&b, `\u%04x`, r)
				} else {
					b.WriteRune(r)
				}
			}
			return `"` + b.String() + `"`
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// drawJSON draws a JSON value.
func drawJSON(t *rapid.T, depth int) any {
	kinds := []string{"null", "bool", "string", "number"}
	if depth > 0 {
		kinds = append(kinds, "array", "object")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "bool":
		return rapid.Bool().Draw(t, "bool")
	case "string":
		return rapid.StringOfN(rapid.RuneFrom([]rune("aé\U0001F600\"\\/")), 0, 5, -1).Draw(t, "string")
	case "number":
		return float64(rapid.IntRange(-1000, 1000).Draw(t, "number")) / 8
	case "array":
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = drawJSON(t, depth-1)
		}
		return list
	case "object":
		m := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			m[rapid.StringMatching("[a-cé]{0,2}").Draw(t, "name")] = drawJSON(t, depth-1)
		}
		return m
	}
	return nil
}

// TestDigest proves that equal JSON values have equal digests, and others not.
func TestDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, u := drawJSON(t, 3), drawJSON(t, 3)
		a, b := digest([]byte(shuffled(t, v))), digest([]byte(shuffled(t, v)))
		if a != b {
			t.Fatalf("two digests of %v", v)
		}
		plain := func(v any) string {
			b, err := json.Marshal(v, json.Deterministic(true))
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		if same := plain(v) == plain(u); same != (a == digest([]byte(shuffled(t, u)))) {
			t.Fatalf("%v and %v: the same %v, the digests say otherwise", v, u, same)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"pathway_id":"x","input":{"a":[1,2.50,"é"]},"labels":{"a":"b"},"run_at":"2026-01-01T00:00:00Z","delay":"1s"}`,
		`{"message":"x","stream":true,"neuron_task_options":{"trace_type":null}}`, `{"a":1,"a":2}`, `[`, "{\"\xff\":1}", `{"priority":1e400}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		problems := checkJSON(b)
		plain := jsontext.Value(b).IsValid() && jsontext.Value(b).Kind() == '{'
		if len(problems) == 0 && !plain {
			t.Fatal("it passes and is no JSON object")
		}
		if len(problems) == 0 {
			var start startRequest
			var invoke invokeRequest
			problems = append(decodeObject(b, &start), decodeObject(b, &invoke)...)
			tidy := jsontext.Value(slices.Clone(b))
			if err := tidy.Compact(); err != nil || digest(tidy) != digest(b) {
				t.Fatalf("two digests of one value (%v)", err)
			}
		}
		for _, p := range detailsOf(problems) {
			if len(p.Message) > maxMessage+3 || len(p.Path) > maxPointer+3 {
				t.Fatalf("a problem of %d bytes", len(p.Message)+len(p.Path))
			}
			for _, word := range []string{"Go ", "httpapi", "json:", "jsontext:", "unmarshal"} {
				if strings.Contains(p.Message, word) {
					t.Fatalf("the message shows the inside: %s", p.Message)
				}
			}
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "limit=1&offset=2", "status=failed&label.a=b", "%zz", "a;b", "limit=1&limit=2", "created_after=2026-01-01T00:00:00%2B01:00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r := &http.Request{URL: &url.URL{RawQuery: raw}}
		q := queryOf(r)
		limit, offset := q.page()
		labels := q.labels()
		_, _, _ = q.time("created_after"), q.id("pathway_id"), q.oneOf("status", "", "failed")
		if err := q.err(); err != nil {
			if len(failureOf(err).details) == 0 {
				t.Fatal("refused without a reason")
			}
			return
		}
		if limit < 1 || limit > maxLimit || offset < 0 {
			t.Fatalf("limit %d, offset %d", limit, offset)
		}
		for k, v := range labels {
			if !isLine(k, maxLabelName) || !isLine(v, maxLabelValue) {
				t.Fatalf("label %q=%q", k, v)
			}
		}
	})
}

func FuzzPreferAndAccept(f *testing.F) {
	f.Add("wait=10", "application/json;q=0.5, */*")
	f.Add(`respond-async, wait="7"; x`, ";;;q=,")
	f.Fuzz(func(t *testing.T, prefer, accept string) {
		if n := preferWait(&http.Request{Header: http.Header{"Prefer": {prefer}}}); n < 0 || n > maxPrefer {
			t.Fatalf("wait %d", n)
		}
		got, ok := accepts([]string{accept}, jsonOrLines)
		if ok != (len(got) > 0) || len(got) > len(jsonOrLines) {
			t.Fatalf("%v, %v", got, ok)
		}
	})
}

// TestNastyRequests sends what breaks careless servers. Each is a small 4xx,
// and the next job runs.
func TestNastyRequests(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.BodyLimit = 32 << 20 })
	long := strings.Repeat("x", 5000)
	var ask []func() *reply
	for _, id := range []string{
		".", "..", "*", "%3E", "a.b", "jobs.default.x", "a%2Fb", "a%2f..%2fb", "%00", "%0d%0a", long, "%FF", "a%20b", "%C3%A9", "%2e%2e", "$SYS", "a%25b", "x;y", "-%2B",
	} {
		for _, route := range []string{"GET /v1/jobs/", "GET /v1/neurons/", "GET /v1/pathways/", "DELETE /v1/neurons/"} {
			method, path, _ := strings.Cut(route, " ")
			ask = append(ask, func() *reply { return w.call(method, path+id, adminKey, "") })
		}
		for _, route := range []string{"/v1/jobs/%s/stream", "/v1/jobs/%s/events", "/v1/jobs/%s/status"} {
			ask = append(ask, func() *reply { return w.call("GET", strings.Replace(route, "%s", id, 1), adminKey, "") })
		}
		ask = append(ask, func() *reply { return w.call("POST", "/v1/jobs/"+id+"/cancel", adminKey, "") })
		ask = append(ask, func() *reply { return w.call("POST", "/v1/pathways/"+id+"/execute", adminKey, "") })
	}
	for _, body := range []string{
		strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000), `{"input":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
		`{"input":` + strings.Repeat("9", 10_000_000) + `}`, `{"input":{"a":1,"a":2}}`, "{\"input\":\"\xff\xfe\"}", `{"input":1} x`, `{"input":1}{"input":2}`,
		`{"input":[` + strings.Repeat("{},", 2_000_000) + `{}]}`, `{"` + long + `":1}`, `{"pathway_id":"` + long + `"}`, `{"pathway_id":"a.>"}`,
		`{"pathway_id":"\u0000"}`, `{"input":"` + strings.Repeat("x", 33<<20) + `"}`, "\x00", "\x1f\x8b\x08\x00", `{"pathway":"` + long + `"}`,
	} {
		ask = append(ask, func() *reply { return w.call("POST", "/v1/jobs", operatorKey, body) })
	}
	for _, header := range []string{
		"Content-Encoding: gzip", "Content-Encoding: br", "Content-Type: application/json; charset=latin1", "Content-Type: application/x-www-form-urlencoded",
		"Content-Type: multipart/form-data; boundary=x", "Content-Type: ;;;", "Idempotency-Key: " + long, "Authorization: Bearer " + long,
	} {
		ask = append(ask, func() *reply { return w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`, header) })
	}
	for i, f := range ask {
		a := f()
		if a.status < 400 || a.status >= 500 || len(a.body) > 4096 {
			t.Errorf("request %d: %d, %d bytes: %.300s", i, a.status, len(a.body), a.body)
		}
		if strings.Contains(string(a.body), strings.Repeat("x", 600)) {
			t.Errorf("request %d is repeated: %.300s", i, a.body)
		}
	}
	if len(ask) < 100 {
		t.Errorf("only %d requests", len(ask))
	}
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+echoGraph+`,"input":{"name":"still here"}}`, "Prefer: wait=30").want(200)
	if got := a.text("/result/text"); got != "Hello, still here" {
		t.Errorf("the next job gives %q", got)
	}
	if strings.Contains(w.logged.String(), "level=ERROR") || strings.Contains(w.logged.String(), "level=WARN") {
		t.Errorf("bad requests are logged as the server's faults: %.2000s", w.logged.String())
	}
}

// TestBodyLimit proves the limit with and without a length told beforehand.
func TestBodyLimit(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.BodyLimit = 1000 })
	fits := `{"pathway":` + longGraph + `}`
	fits += strings.Repeat(" ", 1000-len(fits))
	w.call("POST", "/v1/jobs", operatorKey, fits).want(202)
	w.call("POST", "/v1/jobs", operatorKey, fits+" ").want(413, codeTooLarge)
	s := New(Config{Log: events.NewMemLog(), BodyLimit: 1000})
	r := httptest.NewRequest(http.MethodPost, "/v1/jobs", strings.NewReader(fits+" "))
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	s.wrap("", func(w http.ResponseWriter, r *http.Request) error {
		about(r).key = &catalog.Key{}
		_, err := s.decode(w, r, required, &startRequest{})
		return err
	}).ServeHTTP(rec, r)
	if rec.Code != 413 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func BenchmarkDecode(b *testing.B) {
	body := []byte(`{"pathway_id":"publish","input":{"topic":"axons","list":[` + strings.Repeat(`{"a":1},`, 100) + `{}]},"labels":{"team":"docs"}}`)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var into startRequest
		if p := checkJSON(body); p != nil {
			b.Fatal(p)
		}
		if p := decodeObject(body, &into); p != nil {
			b.Fatal(p)
		}
		digest(body)
	}
}

// BenchmarkStart is a start without the network: from the request to the 202.
func BenchmarkStart(b *testing.B) {
	w := newWorld(b)
	body := `{"pathway":` + longGraph + `,"input":{"name":"Ada"},"labels":{"team":"docs"}}`
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/v1/jobs", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+operatorKey)
		rec := httptest.NewRecorder()
		w.server.ServeHTTP(rec, r)
		if rec.Code != http.StatusAccepted {
			b.Fatal(rec.Body)
		}
	}
}
