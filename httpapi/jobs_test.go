package httpapi

// Starting and reading jobs.

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ranvier/engine/job"
	"ranvier/events"
	"ranvier/events/natslog"
)

const (
	echoGraph  = `{"nodes":[{"id":"say","type":"neuron","kind":"echo","config":{},"input":{"message":"Hello, {{ input.name }}"}}],"edges":[]}`
	humanGraph = `{"nodes":[{"id":"ask","type":"human","prompt":"Publish?","actions":["approve","reject"],` +
		`"fields":{"type":"object","properties":{"score":{"type":"integer"}}}}],"edges":[]}`
	longGraph = `{"nodes":[{"id":"rest","type":"delay","for":"1h"}],"edges":[]}`
)

// start starts an inline graph and gives the job's id.
func (w *world) start(graph, input string, headers ...string) string {
	w.t.Helper()
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+graph+`,"input":`+input+`}`, headers...)
	if a.status != http.StatusAccepted && a.status != http.StatusOK {
		w.t.Fatalf("start: %d %s", a.status, a.body)
	}
	return a.text("/job_id")
}

func TestStart(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`).want(http.StatusAccepted)
	id := a.text("/job_id")
	if got, want := a.header.Get("Location"), "/v1/jobs/"+id+"/status"; got != want {
		t.Errorf("Location is %q, want %q", got, want)
	}
	if got := a.text("/status"); got != "pending" {
		t.Errorf("status is %q", got)
	}
	w.call("GET", a.header.Get("Location"), viewerKey, "").want(http.StatusOK)
	w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(http.StatusOK)
}

func TestStartOptions(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+echoGraph+`,"data":{"name":"Ada"},"trace_id":"t 1","labels":{"team":"docs","a/b":"x"},
		"priority":9,"timeout":"1h","concurrency_key":"k","delay":"1h","workspace_id":"default","input":null}`).want(http.StatusAccepted)
	s := w.call("GET", a.header.Get("Location"), viewerKey, "").want(http.StatusOK)
	for pointer, want := range map[string]string{
		"/status": `"pending"`, "/trace_id": `"t 1"`, "/priority": "9", "/labels": `{"a/b":"x","team":"docs"}`, "/processed_at": "null",
	} {
		if got := s.field(pointer); got != want {
			t.Errorf("%s is %s, want %s", pointer, got, want)
		}
	}
	var run struct {
		At time.Time `json:"run_at"`
	}
	s.into(&run)
	if d := time.Until(run.At); d > time.Hour || d < 59*time.Minute {
		t.Errorf("it runs in %v, want an hour", d)
	}
}

func TestStartRefusals(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
		paths  []string
	}{
		"nothing to run":    {`{}`, 400, codeInvalid, []string{""}},
		"two things to run": {`{"pathway_id":"x","pathway":` + echoGraph + `}`, 400, codeInvalid, []string{""}},
		"unknown pathway":   {`{"pathway_id":"nope"}`, 404, codeNotFound, nil},
		"bad pathway id":    {`{"pathway_id":"a.b>*"}`, 404, codeNotFound, nil},
		"input and data":    {`{"pathway":` + echoGraph + `,"input":1,"data":1}`, 400, codeInvalid, []string{"/data"}},
		"run_at and delay":  {`{"pathway":` + echoGraph + `,"run_at":"2026-01-01T00:00:00Z","delay":"1s"}`, 400, codeInvalid, []string{"/delay"}},
		"all at once": {
			`{"pathway":` + echoGraph + `,"priority":10,"trace_id":"a\nb","concurrency_key":"\u0000","labels":{"":"x","ok":"a\u0000","team":"` + strings.Repeat("x", 257) + `"}}`,
			400, codeInvalid, []string{"/trace_id", "/concurrency_key", "/priority", "/labels/", "/labels/ok", "/labels/team"},
		},
		"types": {
			`{"pathway":` + echoGraph + `,"priority":"high","labels":{"a":1},"timeout":30,"delay":"soon","run_at":"tomorrow","colour":"red","trace_id":7}`,
			400, codeInvalid, []string{"/priority", "/labels/a", "/timeout", "/delay", "/run_at", "/colour", "/trace_id"},
		},
		"fraction":        {`{"pathway":` + echoGraph + `,"priority":1.5}`, 400, codeInvalid, []string{"/priority"}},
		"negative delay":  {`{"pathway":` + echoGraph + `,"delay":"-1s"}`, 400, codeInvalid, []string{"/delay"}},
		"no timeout":      {`{"pathway":` + echoGraph + `,"timeout":"0s"}`, 400, codeInvalid, []string{"/timeout"}},
		"tiny timeout":    {`{"pathway":` + echoGraph + `,"timeout":"999us"}`, 400, codeInvalid, []string{"/timeout"}},
		"huge delay":      {`{"pathway":` + echoGraph + `,"delay":"900000h"}`, 400, codeInvalid, []string{"/delay"}},
		"other case":      {`{"Pathway":` + echoGraph + `}`, 400, codeInvalid, []string{"", "/Pathway"}},
		"bad graph":       {`{"pathway":{"nodes":[{"id":"a","type":"no-such-type"}],"edges":[{"from":"a","to":"b"}]}}`, 400, codeInvalid, nil},
		"graph no object": {`{"pathway":[]}`, 400, codeInvalid, nil},
		"other workspace": {`{"pathway":` + echoGraph + `,"workspace_id":"elsewhere"}`, 403, codeForbidden, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := w.call("POST", "/v1/jobs", operatorKey, c.body).want(c.status, c.code).failure()
			var paths []string
			for _, p := range f.Details {
				paths = append(paths, p.Path)
			}
			slices.Sort(c.paths)
			if c.paths != nil {
				if d := cmp.Diff(c.paths, paths); d != "" {
					t.Errorf("details (-want +got):\n%s\n%v", d, f)
				}
			}
			if name == "bad graph" {
				for _, p := range paths {
					if !strings.HasPrefix(p, "/pathway/") {
						t.Errorf("the problem at %q is not below /pathway", p)
					}
				}
			}
		})
	}
	if total := w.call("GET", "/v1/jobs", viewerKey, "").want(200).field("/total"); total != "0" {
		t.Errorf("%s jobs were started by refused requests", total)
	}
}

func TestTooManyLabels(t *testing.T) {
	w := newWorld(t)
	var labels []string
	for i := range 64 + 1 {
		labels = append(labels, fmt.Sprintf(`"l%d":""`, i))
	}
	body := `{"pathway":` + longGraph + `,"labels":{` + strings.Join(labels, ",") + `}}`
	f := w.call("POST", "/v1/jobs", operatorKey, body).want(400, codeInvalid).failure()
	if len(f.Details) != 1 || f.Details[0].Path != "/labels" {
		t.Errorf("details are %v", f.Details)
	}
}

func TestIdempotency(t *testing.T) {
	w := newWorld(t)
	const body = `{"pathway":` + longGraph + `,"input":{"b":1.0,"a":[9007199254740993]}}`
	first := w.call("POST", "/v1/jobs", operatorKey, body, "Idempotency-Key: k").want(202)
	if got := first.header.Get("Idempotent-Replay"); got != "" {
		t.Errorf("the first is a replay: %q", got)
	}
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"same":             {body, 202},
		"equal values":     {` {"input":{"a":[ 9007199254740993 ],"\u0062":1},"pathway":` + longGraph + `} `, 202},
		"another integer":  {`{"pathway":` + longGraph + `,"input":{"b":1.0,"a":[9007199254740992]}}`, 409},
		"another body":     {`{"pathway":` + longGraph + `}`, 409},
		"another in order": {`{"pathway":` + longGraph + `,"input":{"b":1.0,"a":[1,9007199254740993]}}`, 409},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.call("POST", "/v1/jobs", operatorKey, c.body, "Idempotency-Key: k").want(c.status)
			if c.status == 409 {
				a.want(409, "IDEMPOTENCY_MISMATCH")
				return
			}
			if a.text("/job_id") != first.text("/job_id") || a.header.Get("Idempotent-Replay") != "true" {
				t.Errorf("%s with %v is no replay of %s", a.body, a.header, first.body)
			}
		})
	}
	w.call("POST", "/v1/jobs", otherKey, body, "Idempotency-Key: k").want(202)
	w.call("POST", "/v1/jobs", operatorKey, body, "Idempotency-Key: "+strings.Repeat("x", 256)).want(400, codeInvalid)
	w.call("POST", "/v1/jobs", operatorKey, body, "Idempotency-Key: ").want(400, codeInvalid)
	if total := w.call("GET", "/v1/jobs", viewerKey, "").want(200).field("/total"); total != "1" {
		t.Errorf("there are %s jobs, want 1", total)
	}
}

func TestPreferWait(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+echoGraph+`,"input":{"name":"Ada"}}`, "Prefer: respond-async, wait=30").want(200)
	if got := a.field("/result"); got != `{"text":"Hello, Ada"}` {
		t.Errorf("result is %s", got)
	}
	if got := a.header.Get("Preference-Applied"); got != "wait=30" {
		t.Errorf("Preference-Applied is %q", got)
	}
	a = w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+humanGraph+`}`, "Prefer: wait=600").want(200)
	if a.text("/status") != "waiting" || a.header.Get("Preference-Applied") != "wait=60" {
		t.Errorf("%v %s", a.header, a.body)
	}
	a = w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`, "Prefer: wait=1").want(202)
	w.call("GET", a.header.Get("Location"), viewerKey, "", "Prefer: wait=1").want(200)
	w.call("GET", "/v1/jobs/019a1c2e-7f00-7000-8000-000000000000", viewerKey, "", "Prefer: wait=1").want(404, codeNotFound)
}

// TestPreferWaitHolds proves that a held answer comes with the job's end: the
// job is cancelled when the answer is already awaited.
func TestPreferWaitHolds(t *testing.T) {
	w := newWorld(t)
	id := w.start(longGraph, "null")
	subject := events.JobSubject("default", id)
	cancelled := make(chan error, 1)
	go func() {
		for !w.server.hub.watched(subject) {
			runtime.Gosched()
		}
		_, err := w.engine.Do(t.Context(), subject, events.Actor{Kind: "test", ID: "test"}, &job.Cancel{Reason: "enough"})
		cancelled <- err
	}()
	a := w.call("GET", "/v1/jobs/"+id, viewerKey, "", "Prefer: wait=60").want(200)
	if err := <-cancelled; err != nil {
		t.Fatal(err)
	}
	if got := a.text("/failedReason"); got != "cancelled: enough" {
		t.Errorf("failedReason is %q", got)
	}
}

// watched tells whether somebody follows the job.
func (h *hub) watched(s events.Subject) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watchers[s]) > 0
}

// TestStoppedServer proves that what is awaited when the server stops is
// answered as far as it has come: a start that is durable is a start. Whoever
// comes later is sent away.
func TestStoppedServer(t *testing.T) {
	for name, wait := range map[string]func(w *world, id string){
		"start": func(w *world, _ string) {
			w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`, "Prefer: wait=30").want(202)
		},
		"status": func(w *world, id string) {
			w.call("GET", "/v1/jobs/"+id, viewerKey, "", "Prefer: wait=30").want(200)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.start(longGraph, "null")
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				for !w.server.hub.watches() {
					runtime.Gosched()
				}
				w.stopServer()
			}()
			wait(w, id)
			<-stopped
			for _, path := range []string{"/v1/jobs", "/v1/jobs/" + id + "/stream", "/v1/events/stream"} {
				if a := w.call("GET", path, viewerKey, "").want(503, codeUnavailable); a.header.Get("Retry-After") == "" {
					t.Errorf("%s has no Retry-After", path)
				}
			}
			w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+longGraph+`}`).want(503, codeUnavailable)
			w.call("GET", "/readyz", "", "").want(503)
			w.call("GET", "/healthz", "", "").want(200)
		})
	}
}

// watches tells whether somebody follows any job.
func (h *hub) watches() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watchers) > 0
}

func TestPreferWaitParsing(t *testing.T) {
	for header, want := range map[string]int{
		"": 0, "wait=5": 5, "wait=61": 60, `respond-async, wait="7"`: 7, "WAIT = 3; foo": 3, "wait=-1": 0, "wait=x": 0, "wait": 0, "waits=4": 0,
		"wait=99999999999999999999": 0,
	} {
		r := &http.Request{Header: http.Header{"Prefer": {header}}}
		if got := preferWait(r); got != want {
			t.Errorf("%q gives %d, want %d", header, got, want)
		}
	}
}

func TestETag(t *testing.T) {
	w := newWorld(t)
	id := w.start(longGraph, "null")
	a := w.call("GET", "/v1/jobs/"+id+"/status", viewerKey, "").want(200)
	tag := a.header.Get("ETag")
	if tag != `"`+a.text("/cursor")+`"` {
		t.Fatalf("ETag is %s, the cursor %s", tag, a.text("/cursor"))
	}
	for _, match := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		b := w.call("GET", "/v1/jobs/"+id+"/status", viewerKey, "", "If-None-Match: "+match).want(304)
		if b.header.Get("ETag") != tag || len(b.body) != 0 {
			t.Errorf("%s: %v %s", match, b.header, b.body)
		}
	}
	w.call("GET", "/v1/jobs/"+id+"/status", viewerKey, "", `If-None-Match: "0-0"`).want(200)
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(200)
	w.call("GET", "/v1/jobs/"+id+"/status", viewerKey, "", "If-None-Match: "+tag).want(200)
}

func TestStatusAt(t *testing.T) {
	w := newWorld(t)
	before := time.Now().Add(-time.Minute)
	id := w.start(longGraph, "null")
	running := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200)
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(200)
	ended := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200)

	path := "/v1/jobs/" + id + "?at="
	for at, want := range map[string]*reply{
		running.text("/cursor"): running, ended.text("/cursor"): ended, ended.text("/finished_at"): ended,
	} {
		if d := cmp.Diff(string(want.body), string(w.call("GET", path+at, viewerKey, "").want(200).body)); d != "" {
			t.Errorf("at %s (-want +got):\n%s", at, d)
		}
	}
	for name, at := range map[string]string{
		"before the start": "0-0", "the beginning": "0", "empty": "", "no cursor": "yesterday", "beyond the log": "99999-0",
		"beyond the chunks": "1-99999", "past time": before.UTC().Format(time.RFC3339), "future": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
	} {
		t.Run(name, func(t *testing.T) { w.call("GET", path+at, viewerKey, "").want(400, codeInvalid) })
	}
	w.call("GET", path+"1-0", otherKey, "").want(404, codeNotFound)
}

func TestListJobs(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i := range 5 {
		a := w.call("POST", "/v1/jobs", operatorKey, fmt.Sprintf(`{"pathway":%s,"trace_id":"t%d","labels":{"parity":"%d"}}`, longGraph, i, i%2)).want(202)
		ids = append([]string{a.text("/job_id")}, ids...)
	}
	w.call("POST", "/v1/jobs/"+ids[0]+"/cancel", operatorKey, "").want(200)
	for query, want := range map[string][]string{
		"":                                     ids,
		"?limit=2":                             ids[:2],
		"?limit=2&offset=3":                    ids[3:],
		"?offset=100":                          nil,
		"?status=failed":                       ids[:1],
		"?label.parity=1":                      {ids[1], ids[3]},
		"?trace_id=t4":                         ids[:1],
		"?trace_id=t4&status=":                 nil,
		"?created_after=2100-01-01T00:00:00Z":  nil,
		"?created_before=2100-01-01T00:00:00Z": ids,
	} {
		t.Run(query, func(t *testing.T) {
			a := w.call("GET", "/v1/jobs"+query, viewerKey, "")
			if strings.HasSuffix(query, "status=") {
				a.want(400, codeInvalid)
				return
			}
			var list struct {
				Jobs []struct {
					ID string `json:"job_id"`
				} `json:"jobs"`
			}
			a.want(200).into(&list)
			var got []string
			for _, j := range list.Jobs {
				got = append(got, j.ID)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if total := w.call("GET", "/v1/jobs", otherKey, "").want(200).field("/total"); total != "0" {
		t.Errorf("another workspace sees %s jobs", total)
	}
}

func TestBadParameters(t *testing.T) {
	w := newWorld(t)
	for _, query := range []string{
		"limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=1&limit=2", "limit=1e1", "limit=%2B5", "offset=-1", "offset=9999999999999999999",
		"status=done", "pathway_id=a.b", "neuron_id=%00", "receptor_id=*", "trace_id=%0a", "trace_id=%ff", "created_after=now", "created_before=2026",
		"colour=red", "label.=x", "label=x", "%zz=1", "a;b=1", "Limit=5", "label.k=%00", "label.%00=x", "label.k=", "label.k=" + strings.Repeat("x", 257),
	} {
		t.Run(query, func(t *testing.T) {
			w.call("GET", "/v1/jobs?"+query, viewerKey, "").want(400, codeInvalid)
		})
	}
	f := w.call("GET", "/v1/jobs?limit=0&offset=-1&status=done&colour=red", viewerKey, "").want(400).failure()
	if len(f.Details) != 4 {
		t.Errorf("%d problems are named, want 4: %v", len(f.Details), f.Details)
	}
}

// TestOverNATS goes through a job's life over the real log.
func TestOverNATS(t *testing.T) {
	log, err := natslog.Open(t.Context(), natslog.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	w := newWorldOn(t, log)
	w.call("POST", "/v1/pathways", adminKey, `{"name":"Ask","pathway_graph":`+humanGraph+`}`).want(201)
	a := w.call("POST", "/v1/pathways/ask/execute", operatorKey, "", "Idempotency-Key: k").want(202)
	id := a.text("/job_id")
	w.call("POST", "/v1/pathways/ask/execute", operatorKey, "", "Idempotency-Key: k", "Prefer: wait=30").want(200)
	question := w.call("GET", "/v1/jobs/"+id, viewerKey, "", "Prefer: wait=30").want(200).text("/waitingFor/interventionId")
	b := w.call("POST", "/v1/jobs/"+id+"/input", operatorKey, `{"input":{"type":"intervention_response","interventionId":"`+question+`","action":"approve"}}`).want(200)
	if got := b.text("/status"); got != "completed" {
		t.Errorf("status is %s", got)
	}
	if got := w.call("GET", "/v1/jobs?status=completed", viewerKey, "").want(200).text("/jobs/0/job_id"); got != id {
		t.Errorf("the list has %s, want %s", got, id)
	}
	if p := w.eventPage(id, "?type=job.completed"); len(p.Events) != 1 {
		t.Errorf("%d ends", len(p.Events))
	}
	w.call("GET", "/readyz", "", "").want(200)
}

func TestNothingIsLeft(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("world", func(t *testing.T) {
		w := newWorld(t)
		w.start(longGraph, "null", "Prefer: wait=1")
		w.ended()
	})
	goleak.VerifyNone(t, before)
}
