package nodes

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// status is a handler that answers with a status alone.
func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// says is a handler that answers with a body.
func says(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

func TestHTTPAnswers(t *testing.T) {
	types := register(t, func(d *Deps) { d.MaxResponse = 1000 })
	for _, c := range []struct {
		name   string
		server http.HandlerFunc
		expect string
		status int
		body   string // JSON
		coding string
	}{
		{"JSON", says("application/json; charset=utf-8", ` {"a": [1, 2]} `), "", 200, `{"a":[1,2]}`, ""},
		{"a JSON dialect", says("application/problem+json", `{"a":1}`), "", 200, `{"a":1}`, ""},
		{"JSON that is none", says("application/json", `{"a":`), "", 200, `"{\"a\":"`, ""},
		{"JSON with a name twice", says("application/json", `{"a":1,"a":2}`), "", 200, `"{\"a\":1,\"a\":2}"`, ""},
		{"text", says("text/plain", "hello <b>"), "", 200, `"hello <b>"`, ""},
		{"JSON called text", says("text/plain", `{"a":1}`), "", 200, `"{\"a\":1}"`, ""},
		{"bytes", says("image/png", "\xff\x00"), "", 200, `"/wA="`, "base64"},
		{"as large as allowed", says("text/plain", strings.Repeat("x", 1000)), "", 200, `"` + strings.Repeat("x", 1000) + `"`, ""},
		{"nothing", status(204), "", 204, `null`, ""},
		{"a redirect to nowhere", status(304), "", 304, `null`, ""},
		{"an error that is expected", status(404), `[200, 404]`, 404, `null`, ""},
		{"a server's error that is expected", status(503), `[503]`, 503, `null`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := `{"url":"` + serve(t, c.server) + `"`
			if c.expect != "" {
				settings += `,"expect":` + c.expect
			}
			var got struct {
				Status   int               `json:"status"`
				Headers  map[string]string `json:"headers"`
				Body     any               `json:"body"`
				Encoding string            `json:"encoding"`
			}
			if err := json.Unmarshal([]byte(output(t, node(t, types, "http", settings+"}"), `{}`)), &got, json.RejectUnknownMembers(true)); err != nil {
				t.Fatal(err)
			}
			var body any
			if err := json.Unmarshal([]byte(c.body), &body); err != nil {
				t.Fatal(err)
			}
			if got.Status != c.status || got.Encoding != c.coding {
				t.Errorf("status %d, encoding %q", got.Status, got.Encoding)
			}
			if d := cmp.Diff(body, got.Body); d != "" {
				t.Errorf("body (-want +got):\n%s", d)
			}
		})
	}
}

func TestHTTPFailures(t *testing.T) {
	types := register(t, func(d *Deps) { d.MaxResponse = 1000 })
	date := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	for _, c := range []struct {
		name   string
		server http.HandlerFunc
		expect string
		code   string
		final  bool
		after  time.Duration // at least
		says   string
	}{
		{"500", status(500), "", CodeHTTPStatus, false, 0, "500 Internal Server Error"},
		{"503 with a pause", status(503, "Retry-After", "7"), "", CodeHTTPStatus, false, 7 * time.Second, "503"},
		{"429 with a date", status(429, "Retry-After", date), "", CodeHTTPStatus, false, 59 * time.Minute, "429"},
		{"429 with an absurd pause", status(429, "Retry-After", "99999999"), "", CodeHTTPStatus, false, maxRetryAfter, "429"},
		{"429 with nonsense", status(429, "Retry-After", "-3"), "", CodeHTTPStatus, false, 0, "429"},
		{"408", status(408), "", CodeHTTPStatus, false, 0, "408"},
		{"400", status(400), "", CodeHTTPStatus, true, 0, "400 Bad Request"},
		{"404", status(404), "", CodeHTTPStatus, true, 0, "404"},
		{"a status without a name", status(599), "", CodeHTTPStatus, false, 0, "answered 599"},
		{"a success that is not expected", status(201), `[200]`, CodeHTTPStatus, true, 0, "201"},
		{"a server's error beside what is expected", status(502), `[200]`, CodeHTTPStatus, false, 0, "502"},
		{"too large", says("text/plain", strings.Repeat("x", 1001)), "", CodeTooLarge, true, 0, "larger than allowed"},
		{"broken before the answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "", CodeHTTP, false, 0, "the connection broke"},
		{"broken inside the answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}, "", CodeHTTP, false, 0, "the connection broke"},
	} {
		t.Run(c.name, func(t *testing.T) {
			secret := strings.Replace(serve(t, c.server), "http://", "http://joe:pa55word@", 1) + "/path?key=s3cret#frag"
			settings := `{"url":"` + secret + `","headers":{"X-Api-Key":"s3cret"}`
			if c.expect != "" {
				settings += `,"expect":` + c.expect
			}
			f := failure(t, node(t, types, "http", settings+"}"), `{}`)
			wantFailure(t, f, c.code, c.final, c.says, "/path")
			if f.RetryAfter < c.after || f.RetryAfter > c.after+time.Minute {
				t.Errorf("retry after %v; want %v", f.RetryAfter, c.after)
			}
			for _, part := range []string{"s3cret", "pa55word", "joe", "frag"} {
				if strings.Contains(f.Message, part) {
					t.Errorf("message %q holds %q", f.Message, part)
				}
			}
		})
	}
}

func TestHTTPNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	f := failure(t, node(t, register(t, nil), "http", `{"url":"`+url+`"}`), `{}`)
	wantFailure(t, f, CodeHTTP, false, "connection refused")
}

func TestHTTPSends(t *testing.T) {
	type sent struct {
		Method, Path, Query, Type, Key, Extra, User, Body string
	}
	got := make(chan sent, 1)
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		user, _, _ := r.BasicAuth()
		got <- sent{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Content-Type"), r.Header.Get("Idempotency-Key"), r.Header.Get("X-Extra"), user, string(body)}
	})
	types := register(t, nil)
	for _, c := range []struct {
		settings string
		want     sent
	}{
		{`{"url":"URL/a?b=c"}`, sent{Method: "GET", Path: "/a", Query: "b=c", Key: "job-1/n/1"}},
		{`{"url":"URL/{{ input.path }}","body":{"n":"{{ nodes.draft.output.n }}","t":"<{{ nodes.draft.output.text }}>"}}`,
			sent{Method: "POST", Path: "/p", Type: "application/json", Key: "job-1/n/1", Body: `{"n":7,"t":"<a draft>"}`}},
		{`{"method":"PUT","url":"URL/","body":"plain {{ input.path }}","headers":{"x-extra":"{{ job.id }}","idempotency-key":"mine"}}`,
			sent{Method: "PUT", Path: "/", Type: "text/plain; charset=utf-8", Key: "mine", Extra: "job-1", Body: "plain p"}},
		{`{"method":"DELETE","url":"URL/","headers":{"content-type":"text/x"}}`,
			sent{Method: "DELETE", Path: "/", Type: "text/x", Key: "job-1/n/1"}},
		{`{"method":"POST","url":"USER/","body":null}`,
			sent{Method: "POST", Path: "/", Type: "application/json", Key: "job-1/n/1", User: "joe", Body: "null"}},
	} {
		settings := strings.ReplaceAll(c.settings, "URL", url)
		settings = strings.ReplaceAll(settings, "USER", strings.Replace(url, "http://", "http://joe:pw@", 1))
		output(t, node(t, types, "http", settings), `{"path":"p"}`)
		if d := cmp.Diff(c.want, <-got); d != "" {
			t.Errorf("%s sent (-want +got):\n%s", c.settings, d)
		}
	}
}

func TestHTTPHeaders(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("X-Many", "a")
		w.Header().Add("X-Many", "b")
		w.Header().Set("Set-Cookie", "session=s3cret")
	})
	got := output(t, node(t, register(t, nil), "http", `{"url":"`+url+`"}`), `{}`)
	if !strings.Contains(got, `"x-many":"a, b"`) || strings.Contains(got, "s3cret") {
		t.Errorf("output %s", got)
	}
}

// Whatever an expression gives is checked as the settings are.
func TestHTTPBadValues(t *testing.T) {
	types := register(t, nil)
	for _, c := range []struct {
		settings, input, code, says string
	}{
		{`{"url":"{{ input.u }}"}`, `{"u":"ftp://host/s3cret"}`, CodeValidation, "must begin with http"},
		{`{"url":"{{ input.u }}"}`, `{"u":"http://u:s3cret@"}`, CodeValidation, "names no host"},
		{`{"url":"{{ input.u }}"}`, `{"u":"http://s3cret h/"}`, CodeValidation, "is no URL"},
		{`{"url":"http://127.0.0.1/","headers":{"X-A":"{{ input.h }}"}}`, `{"h":"s3cret\r\nX-B: 1"}`, CodeValidation, "control characters"},
		{`{"url":"{{ input.missing }}"}`, `{}`, CodeExpression, "url: "},
		{`{"url":"http://127.0.0.1/","body":{"a":"{{ nodes.later.output }}"}}`, `{}`, CodeExpression, "body.a: "},
	} {
		f := failure(t, node(t, types, "http", c.settings), c.input)
		wantFailure(t, f, c.code, true, c.says)
		if strings.Contains(f.Message, "s3cret") {
			t.Errorf("message %q holds the value", f.Message)
		}
	}
}

func TestHTTPSlow(t *testing.T) {
	var arrived atomic.Int32
	ended := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		first := arrived.Add(1) == 1
		<-r.Context().Done()
		if first {
			close(ended)
		}
	})
	types := register(t, func(d *Deps) { d.HTTPTimeout = 20 * time.Millisecond })
	for arrived.Load() == 0 { // the time may run out before the request is there
		f := failure(t, node(t, types, "http", `{"url":"`+url+`"}`), `{}`)
		wantFailure(t, f, CodeTimeout, false, "no answer in time")
	}
	<-ended // the other side learnt of it
}

func TestHTTPCancel(t *testing.T) {
	arrived, ended := make(chan struct{}, 1), make(chan struct{}, 1)
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
		ended <- struct{}{}
	})
	_ = cancelled(t, node(t, register(t, nil), "http", `{"url":"`+url+`"}`), `{}`, arrived)
	<-ended // the other side learnt of it
}
