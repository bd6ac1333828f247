package httpapi

// Share tokens from being made to being revoked, and what they open of jobs.

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// shared is a share token as it was made.
type shared struct{ token, url string }

func (a *reply) share() shared {
	a.t.Helper()
	return shared{a.text("/token"), a.text("/url")}
}

// shareJob makes a share token of a job.
func (w *world) shareJob(job string) shared {
	w.t.Helper()
	return w.call("POST", "/v1/jobs/"+job+"/share", operatorKey, "").want(201).share()
}

// path is the place in the token's URL, with the token.
func (s shared) path(w *world) string { return strings.TrimPrefix(s.url, w.url) }

// giveShare stores a share token as nobody could order it.
func (w *world) giveShare(workspace, kind, target string, expires *events.Time) (token, id string) {
	w.t.Helper()
	token, id = newShareToken(), uuid.NewString()
	w.catalogFact(workspace, &events.ShareCreated{ID: id, Kind: kind, Target: target, Hash: events.HashOf([]byte(token)), ExpiresAt: expires})
	return token, id
}

func publicStatus(job, token string) string { return "/v1/public/jobs/" + job + "/status?t=" + token }
func publicStream(job, token string) string { return "/v1/public/jobs/" + job + "/stream?t=" + token }

func TestShareOfAJob(t *testing.T) {
	w := newWorld(t)
	id := w.start(longGraph, "null")
	path := "/v1/jobs/" + id + "/share"
	w.call("POST", path, viewerKey, "").want(403, codeForbidden)
	for _, bad := range []string{`{"expires_in":"0s"}`, `{"expires_in":"8785h"}`, `{"expires_in":"soon"}`, `{"expires":"1h"}`} {
		w.call("POST", path, operatorKey, bad).want(400, codeInvalid)
	}
	w.call("POST", path+"?t=x", operatorKey, "").want(400, codeInvalid)

	before := time.Now()
	a := w.call("POST", path, operatorKey, "").want(201)
	first := a.share()
	if first.url != w.url+publicStatus(id, first.token) {
		t.Errorf("url is %s", first.url)
	}
	expires, err := time.Parse(time.RFC3339, a.text("/expires_at"))
	if d := expires.Sub(before); err != nil || d < defaultShare-time.Second || d > defaultShare+time.Minute {
		t.Errorf("it expires after %s (%v)", d, err)
	}
	second := w.call("POST", path, operatorKey, `{"expires_in":"8784h","workspace_id":"default"}`).want(201).share()
	for _, s := range []shared{first, second} {
		st := w.call("GET", s.path(w), "", "").want(200)
		if st.text("/status") != "running" || st.text("/job_id") != id {
			t.Errorf("%s", st.body)
		}
		w.call("GET", s.path(w), "", "", "If-None-Match: "+st.header.Get("ETag")).want(304)
	}
	w.call("GET", first.path(w)+"&at=0", "", "").want(400, codeInvalid)

	w.call("DELETE", path, viewerKey, "").want(403, codeForbidden)
	if a := w.call("DELETE", path, operatorKey, "").want(204); len(a.body) > 0 {
		t.Errorf("%s", a.body)
	}
	for _, s := range []shared{first, second} {
		w.call("GET", s.path(w), "", "").want(404, codeNotFound)
	}
	w.call("DELETE", path, operatorKey, "").want(404, codeNotFound)
	w.call("GET", w.shareJob(id).path(w), "", "").want(200)
}

func TestPublicURLIsAsSet(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.PublicURL = "https://jobs.example.org/ranvier" })
	id := w.start(longGraph, "null")
	if s := w.shareJob(id); s.url != "https://jobs.example.org/ranvier"+publicStatus(id, s.token) {
		t.Errorf("url is %s", s.url)
	}
}

// TestWhatDoesNotOpenIsAlike: nobody learns from a refusal whether a token or
// a job is, or was, there.
func TestWhatDoesNotOpenIsAlike(t *testing.T) {
	w := newWorld(t)
	r2 := w.receptor("r2")
	job := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`,"trace_id":"talk"}`).want(202).text("/job_id")
	other, question := w.waiting()
	foreign := w.call("POST", "/v1/jobs", otherKey, `{"pathway":`+longGraph+`}`).want(202).text("/job_id")
	good := w.shareJob(job).token
	delivery := w.call("POST", "/v1/interventions/"+question+"/share", operatorKey, "").want(201).share().token
	revoked := w.shareJob(other).token
	w.call("DELETE", "/v1/jobs/"+other+"/share", operatorKey, "").want(204)
	expired, _ := w.giveShare("default", catalog.ShareJob, job, events.AtPtr(time.Now().Add(-time.Millisecond)))
	receptor, _ := w.giveShare("default", catalog.ShareReceptor, r2, nil)

	w.call("GET", publicStatus(job, good), "", "").want(200)
	w.call("GET", publicStatus(job, good)+"&trace_id=talk", "", "").want(200)
	var want *reply
	for name, c := range map[string]struct{ job, query string }{
		"no token":                 {job, ""},
		"an empty one":             {job, "t="},
		"two":                      {job, "t=" + good + "&t=" + good},
		"a mistyped one":           {job, "t=" + good + "x"},
		"one that never was":       {job, "t=" + newShareToken()},
		"another coding of it":     {job, "t=" + strings.Replace(good, sharePrefix, "rv%5Fshare-", 1)},
		"its hash":                 {job, "t=" + events.HashOf([]byte(good)).String()},
		"a key":                    {job, "t=" + adminKey},
		"expired":                  {job, "t=" + expired},
		"revoked":                  {other, "t=" + revoked},
		"of another job":           {other, "t=" + good},
		"of a delivery":            {other, "t=" + delivery},
		"of another receptor":      {job, "t=" + receptor},
		"unknown job":              {"019a1c2e-7f00-7000-8000-000000000000", "t=" + good},
		"another workspace's job":  {foreign, "t=" + good},
		"receptor, unknown job":    {"019a1c2e-7f00-7000-8000-000000000000", "t=" + receptor},
		"receptor, foreign job":    {foreign, "t=" + receptor},
		"no id":                    {"a.b", "t=" + good},
		"NUL":                      {"%00", "t=" + good},
		"another trace":            {job, "t=" + good + "&trace_id=other"},
		"no trace":                 {job, "t=" + good + "&trace_id="},
		"two traces":               {job, "t=" + good + "&trace_id=talk&trace_id=other"},
		"an unknown parameter too": {job, "t=" + newShareToken() + "&x=1"},
	} {
		for _, view := range []string{"status", "stream"} {
			a := w.call("GET", "/v1/public/jobs/"+c.job+"/"+view+"?"+c.query, "", "", "X-Request-Id: same").want(404, codeNotFound)
			a.header.Del("Date")
			if want == nil {
				want = a
			}
			if d := cmp.Diff(string(want.body), string(a.body)); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			if d := cmp.Diff(want.header, a.header); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
	}
	// A key opens nothing here either, and a token nothing elsewhere.
	w.call("GET", "/v1/public/jobs/"+job+"/status", adminKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/jobs/"+job+"?t="+good, "", "").want(401, codeAuth)
	w.call("GET", "/v1/jobs/"+job, good, "").want(401, codeAuth)
}

// TestShareOfADeletedJob: its own token tells that it is gone; a receptor's
// does not, because whose it was is not known any more.
func TestShareOfADeletedJob(t *testing.T) {
	w := newWorld(t)
	receptor := w.receptor("door")
	by, _ := w.giveShare("default", catalog.ShareReceptor, receptor, nil)
	a := w.call("POST", "/v1/public/receptors/default/door/execute?t="+by, "", `{"input":"x"}`, "Prefer: wait=60").want(200)
	id := a.text("/job_id")
	own := w.shareJob(id).token
	w.call("DELETE", "/v1/jobs/"+id, adminKey, "").want(204)
	w.call("GET", publicStatus(id, own), "", "").want(410, codeGone)
	w.call("GET", publicStream(id, own), "", "").want(410, codeGone)
	w.call("GET", publicStatus(id, by), "", "").want(404, codeNotFound)
	w.call("POST", "/v1/jobs/"+id+"/share", operatorKey, "").want(410, codeGone)
}

// receptor makes a receptor of a slug that starts a neuron, and gives its id.
func (w *world) receptor(slug string) string {
	w.t.Helper()
	n := w.call("POST", "/v1/neurons", adminKey, `{"name":"n","kind":"echo","input_schema":{"type":["string","object"]}}`).want(201).text("/id")
	return w.call("POST", "/v1/receptors", adminKey, `{"name":"Door `+slug+`","slug":"`+slug+`","description":"Knock","executable_target":{"kind":"neuron","id":"`+n+`"}}`).
		want(201).text("/id")
}

func TestShareOfAReceptor(t *testing.T) {
	w := newWorld(t)
	r1, r2 := w.receptor("r1"), w.receptor("r2")
	for _, path := range []string{"/v1/receptors/" + r1 + "/share", "/v1/receptors/default/r1/share"} {
		w.call("GET", path, viewerKey, "").want(404, codeNotFound)
		w.call("POST", path+"/rotate", adminKey, "").want(404, codeNotFound)
		w.call("DELETE", path, adminKey, "").want(404, codeNotFound)
		w.call("POST", path, operatorKey, "").want(403, codeForbidden)

		a := w.call("POST", path, adminKey, `{"expires_in":"1h"}`).want(201)
		first := a.share()
		if first.url != w.url+"/v1/public/receptors/default/r1?t="+first.token {
			t.Errorf("url is %s", first.url)
		}
		w.call("POST", path, adminKey, "").want(409, codeConflict)
		shown := w.call("GET", path, viewerKey, "").want(200)
		if shown.field("/expires_at") != a.field("/expires_at") || bytes.Contains(shown.body, []byte(first.token)) {
			t.Errorf("%s", shown.body)
		}
		second := w.call("POST", path+"/rotate", adminKey, "").want(201).share()
		if now := w.call("GET", path, viewerKey, "").want(200); second.token == first.token || now.text("/id") == shown.text("/id") {
			t.Errorf("%s", now.body)
		}
		w.call("DELETE", path, operatorKey, "").want(403, codeForbidden)
		w.call("DELETE", path, adminKey, "").want(204)
		w.call("GET", path, viewerKey, "").want(404, codeNotFound)
	}
	// One that has expired is in nobody's way.
	w.giveShare("default", catalog.ShareReceptor, r2, events.AtPtr(time.Now().Add(-time.Millisecond)))
	w.call("GET", "/v1/receptors/r2/share", viewerKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/receptors/r2/share", adminKey, "").want(201)
	w.call("GET", "/v1/receptors/r2/share", viewerKey, "").want(200)

	for _, path := range []string{"/v1/receptors/none/share", "/v1/receptors/elsewhere/r2/share", "/v1/receptors/default/a.b/share"} {
		w.call("GET", path, viewerKey, "").want(404, codeNotFound)
		w.call("POST", path, adminKey, "").want(404, codeNotFound)
	}
	w.call("GET", "/v1/receptors/r2/share", otherKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/receptors/elsewhere/r2/share", otherKey, "").want(404, codeNotFound)
}

// openPublic opens a public stream and reads its first line.
func (w *world) openPublic(path string) *bufio.Reader {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewReader(resp.Body)
	if line, err := lines.ReadString('\n'); resp.StatusCode != http.StatusOK || err != nil {
		w.t.Fatalf("%d, %q, %v", resp.StatusCode, line, err)
	}
	return lines
}

// startBy starts a job as a receptor would.
func (w *world) startBy(receptor string) string {
	w.t.Helper()
	subject := events.JobSubject("default", uuid.NewString())
	c, err := events.Seal(events.Draft{Subject: subject, ID: uuid.NewString(), At: events.At(time.Now()), Actor: events.Actor{Kind: "test", ID: "test"}},
		&events.JobSubmitted{ReceptorID: receptor, Graph: events.PayloadOf(map[string]any{"nodes": []any{}}), Input: events.PayloadOf(nil), Nodes: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.log.Append(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
	return subject.ID
}

func TestRevocationEndsPublicStreams(t *testing.T) {
	w := newWorld(t, quiet)
	r1, r2 := w.receptor("r1"), w.receptor("r2")
	share := func(receptor string) string {
		return w.call("POST", "/v1/receptors/"+receptor+"/share", adminKey, "").want(201).share().token
	}
	job, by1, by2 := w.start(longGraph, "null"), w.startBy(r1), w.startBy(r2)
	kept := w.openStream(job, viewerKey)
	for name, c := range map[string]struct {
		path string
		end  func()
	}{
		"the job's shares":   {publicStream(job, w.shareJob(job).token), func() { w.call("DELETE", "/v1/jobs/"+job+"/share", operatorKey, "").want(204) }},
		"rotation":           {publicStream(by1, share("r1")), func() { w.call("POST", "/v1/receptors/r1/share/rotate", adminKey, "").want(201) }},
		"the receptor's end": {publicStream(by2, share("r2")), func() { w.call("DELETE", "/v1/receptors/r2", adminKey, "").want(200) }},
	} {
		t.Run(name, func(t *testing.T) {
			streams := []*bufio.Reader{w.openPublic(c.path), w.openPublic(c.path)}
			c.end()
			for _, lines := range streams {
				if _, err := io.Copy(io.Discard, lines); err != nil {
					t.Errorf("the stream did not end regularly: %v", err)
				}
			}
			w.call("GET", c.path, "", "").want(404, codeNotFound)
		})
	}
	// A key's stream goes on, to the job's end.
	w.call("POST", "/v1/jobs/"+job+"/cancel", operatorKey, "").want(200)
	if rest, err := io.ReadAll(kept); err != nil || !strings.Contains(string(rest), `"type":"error"`) {
		t.Errorf("%v: %s", err, rest)
	}
}

// TestExpiryEndsPublicStreams: the share lives just long enough for the stream
// to begin, or it has ended before; both are an end.
func TestExpiryEndsPublicStreams(t *testing.T) {
	w := newWorld(t, quiet)
	job := w.start(longGraph, "null")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	q := &request{seen: w.log.Last(events.Catalog), share: &catalog.Share{
		ID: "s", Workspace: "default", Kind: catalog.ShareJob, Target: job, ExpiresAt: events.AtPtr(time.Now().Add(20 * time.Millisecond)),
	}}
	held, release, err := w.server.hold(r.WithContext(context.WithValue(r.Context(), requestKey{}, q)))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	<-held.Context().Done()
	if time.Now().Before(q.share.ExpiresAt.Time) {
		t.Error("it ended too early")
	}
}

// TestHoldFindsAShareThatIsGone: it was revoked after it was looked up and
// before the stream hung on it.
func TestHoldFindsAShareThatIsGone(t *testing.T) {
	w := newWorld(t)
	job := w.start(longGraph, "null")
	s := w.shareJob(job)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, &request{}))
	hash, _ := shareHash(s.token)
	if about(r).share, err = w.server.share(r, hash); err != nil {
		t.Fatal(err)
	}
	w.call("DELETE", "/v1/jobs/"+job+"/share", operatorKey, "").want(204)
	if _, _, err := w.server.hold(r); err == nil || failureOf(err).code != codeNotFound {
		t.Errorf("a revoked share holds: %v", err)
	}
}

func TestPublicStream(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+echoGraph+`,"input":{"name":"Ada"}}`, "Prefer: wait=60").want(200)
	id := a.text("/job_id")
	token := w.shareJob(id).token
	public := w.call("GET", publicStream(id, token)+"&unknown=1", "", "").want(200)
	private := w.call("GET", "/v1/jobs/"+id+"/stream", viewerKey, "").want(200)
	if d := cmp.Diff(string(private.body), string(public.body)); d != "" {
		t.Errorf("nothing was to be hidden (-private +public):\n%s", d)
	}
	read := frames(string(public.body))
	place, _, _ := strings.Cut(strings.TrimPrefix(read[0], "id: "), "\n")
	rest := w.call("GET", publicStream(id, token)+"&after="+place, "", "").want(200)
	if d := cmp.Diff(read[1:], frames(string(rest.body))); d != "" {
		t.Error(d)
	}
	again := w.call("GET", publicStream(id, token), "", "", "Last-Event-ID: "+place).want(200)
	if d := cmp.Diff(string(rest.body), string(again.body)); d != "" {
		t.Error(d)
	}
	w.call("GET", publicStream(id, token)+"&after="+a.text("/cursor"), "", "").want(204)
	w.call("GET", publicStream(id, token)+"&after=x", "", "").want(400, codeInvalid)
	w.call("GET", publicStream(id, token)+"&after=99999-0", "", "").want(400, codeInvalid)
	if a := w.call("HEAD", publicStream(id, token), "", "").want(200); a.header.Get("Content-Type") != mediaSSE {
		t.Errorf("%v", a.header)
	}
	w.call("GET", publicStream(id, token), "", "", "Accept: application/json").want(406, codeNotAcceptable)
}

func TestPublicStatusWaits(t *testing.T) {
	w := newWorld(t)
	id, question := w.waiting()
	s := w.shareJob(id)
	a := w.call("GET", s.path(w), "", "", "Prefer: wait=30").want(200) // a job that waits is settled
	if a.header.Get("Preference-Applied") != "wait=30" || a.text("/waitingFor/prompt") != "Publish?" {
		t.Errorf("%v %s", a.header, a.body)
	}
	w.call("POST", "/v1/interventions/"+question+"/respond", operatorKey, `{"action":"approve"}`).want(200)
	if a := w.call("GET", s.path(w), "", "").want(200); a.text("/status") != "completed" || a.field("/interventions/0/responses") != "" {
		t.Errorf("%s", a.body)
	}
}

// secret stands in all that the public may not see.
const secret = "capybara"

// TestNothingHiddenGetsOut looks for a word in every byte that a token shows.
func TestNothingHiddenGetsOut(t *testing.T) {
	w := newWorld(t)
	w.catalogFact("default", &events.KeyCreated{ID: secret, Name: secret, Role: string(catalog.Operator), Hash: events.HashOf([]byte(secret + " is a key"))})
	start := func(graph string, headers ...string) *reply {
		t.Helper()
		return w.call("POST", "/v1/jobs", secret+" is a key", `{"pathway":`+graph+`,"input":{"`+secret+`":"`+secret+`"},"labels":{"`+secret+`":"`+secret+`"},
			"trace_id":"`+secret+`","concurrency_key":"`+secret+`"}`, headers...)
	}
	seen := func(name string, a *reply) {
		t.Helper()
		var head bytes.Buffer
		if err := a.header.Write(&head); err != nil {
			t.Fatal(err)
		}
		for _, b := range [][]byte{a.body, head.Bytes()} {
			if i := bytes.Index(b, []byte(secret)); i >= 0 {
				t.Errorf("%s shows ...%s", name, b[max(0, i-200):])
			}
			if bytes.Contains(b, []byte(`"default"`)) || bytes.Contains(b, []byte("key:")) || bytes.Contains(b, []byte("person:")) {
				t.Errorf("%s shows %s", name, b)
			}
		}
	}
	look := func(name, job string) {
		t.Helper()
		s := w.shareJob(job)
		a := w.call("GET", s.path(w), "", "", "Prefer: wait=60").want(200)
		seen(name+": the status", a)
		if status := a.text("/status"); status == "completed" || status == "failed" {
			seen(name+": the stream", w.call("GET", publicStream(job, s.token), "", "").want(200))
			seen(name+": its end", w.call("GET", publicStream(job, s.token)+"&after="+a.text("/cursor"), "", "").want(204))
		}
	}
	fails := `{"id":"fails","type":"neuron","kind":"echo","config":{"fail":"no ` + secret + ` there"},"input":"x"`
	look("a failed job", start(`{"nodes":[`+fails+`}],"edges":[]}`, "Prefer: wait=60").want(200).text("/job_id"))
	look("a job that went on", start(`{"nodes":[`+fails+`,"on_error":"continue"},{"id":"end","type":"transform","output":{"seen":"{{ nodes.fails.output }}"}}],
		"edges":[{"from":"fails","to":"end"}]}`, "Prefer: wait=60").want(200).text("/job_id"))

	long := start(longGraph).want(202).text("/job_id")
	look("a cancelled job", func() string {
		w.call("POST", "/v1/jobs/"+long+"/cancel", secret+" is a key", `{"reason":"`+secret+`"}`).want(200)
		return long
	}())

	ask := `{"nodes":[{"id":"ask","type":"human","prompt":"?","actions":["approve"],"required":2}],"edges":[]}`
	a := start(ask, "Prefer: wait=60").want(200)
	job, question := a.text("/job_id"), a.text("/waitingFor/interventionId")
	look("a waiting job", job)
	deliver := func(body string) string {
		return w.call("POST", "/v1/interventions/"+question+"/share", operatorKey, body).want(201).share().path(w)
	}
	first, second := deliver(`{"responder":"`+secret+`"}`), deliver(`{}`)
	seen("a question", w.call("GET", second, "", "").want(200))
	seen("an answer", w.call("POST", first+"/respond", "", `{"action":"approve"}`).want(200))
	seen("a second answer", w.call("POST", first+"/respond", "", `{"action":"approve"}`).want(409))
	look("a job that was answered once", job)
	w.call("POST", "/v1/interventions/"+question+"/respond", secret+" is a key", `{"action":"approve"}`).want(200)
	seen("an answered question", w.call("GET", second, "", "").want(200))
	seen("a late answer", w.call("POST", second+"/respond", "", `{"action":"approve"}`).want(409))
	look("a job that was answered", job)
}

// TestNoTokenIsKept: neither the log lines nor the metrics nor what is stored
// has the text of a token, wherever the client puts it.
func TestNoTokenIsKept(t *testing.T) {
	w := newWorld(t)
	w.bootstrap()
	id, question := w.waiting()
	s := w.shareJob(id)
	d := w.call("POST", "/v1/interventions/"+question+"/share", operatorKey, "").want(201).share()
	var told []byte
	for _, token := range []string{s.token, d.token} {
		for _, path := range []string{
			publicStatus(id, token), publicStream(id, token) + "&after=x", "/v1/public/interventions/" + token,
			"/v1/public/interventions/%72" + token[1:], "/v1/public/interventions/%72" + token[1:] + "/", "/v1/public/nowhere/" + token[4:],
			"/v1/public/interventions/" + token + "/answer", "/v1/jobs/" + token, "/v1/public/jobs/" + id + "/status?x=" + token,
		} {
			for _, method := range []string{"GET", "POST", "DELETE"} {
				if a := w.call(method, path, "", ""); a.status != 200 || !strings.Contains(path, "stream") {
					told = append(told, a.body...)
				}
			}
		}
		told = append(told, w.call("POST", "/v1/public/interventions/"+token+"/respond", "", `{"action":"shred"}`).body...)
	}
	told = append(told, w.call("GET", "/metrics", rootKey, "").want(200).body...)
	told = append(told, w.logged.String()...)
	for _, subject := range []events.Subject{events.CatalogSubject("default"), events.JobSubject("default", id)} {
		for c, err := range w.log.Load(t.Context(), subject, 0) {
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, c.Bytes()...)
		}
	}
	if !bytes.Contains(told, []byte("/v1/public/interventions/{token}")) || !bytes.Contains(told, []byte("share.created")) {
		t.Error("what was looked at has not even the routes")
	}
	for _, token := range []string{s.token, d.token} {
		if i := bytes.Index(told, []byte(token[len(sharePrefix)+4:])); i >= 0 {
			t.Errorf("...%s", told[max(0, i-300):min(len(told), i+100)])
		}
	}
}

func TestShareRate(t *testing.T) {
	// So slow that the test ends before another request is allowed.
	w := newWorld(t, func(c *Config) { c.ShareLimit, c.ShareBurst = 1, 1000 })
	id := w.start(longGraph, "null")
	s, other := w.shareJob(id), w.shareJob(id)
	a := w.call("GET", s.path(w), "", "").want(200)
	if l, r := a.header.Get("RateLimit-Limit"), a.header.Get("RateLimit-Remaining"); l != "1000" || r != "999" {
		t.Errorf("RateLimit headers %q %q", l, r)
	}
	if got := w.call("GET", other.path(w), "", "").want(200).header.Get("RateLimit-Remaining"); got != "999" {
		t.Errorf("another token of the job may make %s", got)
	}
	if got := w.call("GET", publicStatus(id, newShareToken()), "", "").want(404).header.Get("RateLimit-Limit"); got != "" {
		t.Errorf("a bad token has the limit %q", got)
	}

	w = newWorld(t, func(c *Config) { c.ShareLimit, c.ShareBurst = 1, 2 })
	s = w.shareJob(w.start(longGraph, "null"))
	var refused *reply
	for refused == nil { // a second may go by between two of them
		if a := w.call("GET", s.path(w), "", ""); a.status != 200 {
			refused = a.want(429, codeRateLimit)
		}
	}
	if refused.header.Get("Retry-After") != "1" || refused.failure().RetryAfter != 1 || !strings.Contains(refused.failure().Message, "this share token") {
		t.Errorf("%v %s", refused.header, refused.body)
	}
}

func TestBadTokensAreLimited(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AuthFailLimit, c.AuthFailBurst = 1, 3 })
	id, question := w.waiting()
	s := w.shareJob(id)
	for name, path := range map[string]string{
		"unknown":          publicStatus(id, newShareToken()),
		"mistyped":         publicStatus(id, "rv_share_x"),
		"of something":     publicStream("another", s.token),
		"of a delivery":    "/v1/public/interventions/" + newShareToken(),
		"no delivery":      "/v1/public/interventions/" + question,
		"mistyped on POST": "/v1/public/interventions/%zz/respond",
	} {
		last := 0
		for range 1000 {
			method := "GET"
			if strings.HasSuffix(path, "/respond") {
				method, path = "POST", "/v1/public/interventions/none/respond"
			}
			if a := w.call(method, path, "", ""); a.status != 404 {
				last = a.want(429, codeRateLimit).status
				break
			}
		}
		if last != 429 {
			t.Errorf("%s: bad tokens are not limited", name)
		}
	}
	w.call("GET", s.path(w), "", "").want(200)                                     // a good one of the same address
	w.call("GET", "/v1/public/jobs/"+id+"/status", "", "").want(404, codeNotFound) // nothing was tried
}

// BenchmarkRevocationEndsAPublicStream is the time from an operator's order to
// the end that the client sees; it reports the median and the longest.
func BenchmarkRevocationEndsAPublicStream(b *testing.B) {
	w := newWorld(b, quiet)
	job := w.start(longGraph, "null")
	var took []time.Duration
	for range b.N {
		lines := w.openPublic(publicStream(job, w.shareJob(job).token))
		began := time.Now()
		w.call("DELETE", "/v1/jobs/"+job+"/share", operatorKey, "").want(204)
		if _, err := io.Copy(io.Discard, lines); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-us")
}

func FuzzShareHash(f *testing.F) {
	good := newShareToken()
	for _, seed := range []string{"", sharePrefix, good, good + "=", good[:len(good)-1] + "\n", strings.ToUpper(good), "rv_share_" + strings.Repeat("_", 43)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hash, ok := shareHash(text)
		if ok != !hash.IsZero() || ok && (len(text) != len(good) || hash != events.HashOf([]byte(text))) {
			t.Errorf("%q: %v %s", text, ok, hash)
		}
	})
}

func TestShareTokens(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		text := newShareToken()
		if _, ok := shareHash(text); !ok || seen[text] || len(text) != 52 {
			t.Fatalf("token %q", text)
		}
		seen[text] = true
	}
}
