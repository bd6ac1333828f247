package httpapi

// Deliveries: a question answered without a key.

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

// deliver makes a delivery of a question and gives its path.
func (w *world) deliver(question, body string) string {
	w.t.Helper()
	return w.call("POST", "/v1/interventions/"+question+"/share", operatorKey, body).want(201).share().path(w)
}

// asking starts a job that asks as many people as are required.
func (w *world) asking(more string) (id, question string) {
	w.t.Helper()
	graph := `{"nodes":[{"id":"ask","type":"human","prompt":"Publish?","actions":["approve","reject"]` + more + `}],"edges":[]}`
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+graph+`}`, "Prefer: wait=60").want(200)
	return a.text("/job_id"), a.text("/waitingFor/interventionId")
}

func TestDelivery(t *testing.T) {
	w := newWorld(t)
	id, question := w.waiting()
	path := w.deliver(question, `{"responder":"ada@example.org","expires_in":"2h"}`)
	if !strings.HasPrefix(path, "/v1/public/interventions/rv_share_") {
		t.Errorf("url is %s", path)
	}
	before := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200)
	catalogs := w.log.Last(events.Catalog)
	shown := w.call("GET", path, "", "").want(200)
	for pointer, want := range map[string]string{
		"/prompt": `"Publish?"`, "/actions": `["approve","reject"]`, "/required": "1", "/status": `"pending"`, "/answered": "false",
	} {
		if got := shown.field(pointer); got != want {
			t.Errorf("%s is %s, want %s", pointer, got, want)
		}
	}
	w.call("HEAD", path, "", "").want(200)
	w.call("GET", path+"?t=x", "", "").want(400, codeInvalid)
	for name, c := range map[string]struct{ body, paths string }{
		"nothing":       {`{}`, "/action"},
		"wrong action":  {`{"action":"shred"}`, "/action"},
		"wrong fields":  {`{"action":"approve","fields":{"score":"high"}}`, "/fields/score"},
		"own responder": {`{"action":"approve","responder":"eve"}`, "/responder"},
		"a workspace":   {`{"action":"approve","workspace_id":"default"}`, "/workspace_id"},
	} {
		var paths []string
		for _, p := range w.call("POST", path+"/respond", "", c.body).want(400, codeInvalid).failure().Details {
			paths = append(paths, p.Path)
		}
		if got := strings.Join(paths, " "); got != c.paths {
			t.Errorf("%s: the problems are at %q, want %q", name, got, c.paths)
		}
	}
	if after := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200); string(after.body) != string(before.body) || w.log.Last(events.Catalog) != catalogs {
		t.Errorf("looking at a question changed something:\n%s\n%s", before.body, after.body)
	}

	a := w.call("POST", path+"/respond", "", `{"action":"approve","comment":"good","fields":{"score":3}}`).want(200)
	if a.text("/status") != "approved" || a.field("/answered") != "true" {
		t.Errorf("%s", a.body)
	}
	if read := w.call("GET", path, "", "").want(200); string(read.body) != string(a.body) {
		t.Errorf("answered with\n%s\nread as\n%s", a.body, read.body)
	}
	w.call("POST", path+"/respond", "", `{"action":"approve"}`).want(409, job.RefusedAnswered)
	iv := w.call("GET", "/v1/interventions/"+question, viewerKey, "").want(200)
	if iv.text("/responses/0/responder") != "person:ada@example.org" || iv.text("/responses/0/comment") != "good" {
		t.Errorf("%s", iv.body)
	}
	if got := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200).text("/status"); got != "completed" {
		t.Errorf("the job is %s", got)
	}
	for _, e := range w.eventPage(id, "").Events {
		if e.Type == "intervention.answered" && (!strings.Contains(string(e.Actor), `"kind":"share"`) || strings.Contains(string(e.Actor), sharePrefix)) {
			t.Errorf("the answer is recorded under %s", e.Actor)
		}
	}
	w.call("POST", "/v1/interventions/"+question+"/share", operatorKey, "").want(409, codeConflict)
}

// One rule for every way in which an answer comes: a person counts once
// whatever the token, a key once whatever the route.
func TestOneVoteByAnyDelivery(t *testing.T) {
	w := newWorld(t)
	_, question := w.asking(`,"required":3`)
	approve := `{"action":"approve"}`
	first, second := w.deliver(question, `{"responder":"ada"}`), w.deliver(question, `{"responder":"ada"}`)
	anyone, another := w.deliver(question, ""), w.deliver(question, `{}`)

	w.call("POST", first+"/respond", "", approve).want(200)
	w.call("POST", second+"/respond", "", approve).want(409, job.RefusedAnswered)
	if a := w.call("GET", second, "", "").want(200); a.field("/answered") != "true" || a.text("/status") != "pending" {
		t.Errorf("%s", a.body)
	}
	w.call("POST", anyone+"/respond", "", approve).want(200)
	w.call("POST", anyone+"/respond", "", approve).want(409, job.RefusedAnswered)
	if a := w.call("GET", another, "", "").want(200); a.field("/answered") != "false" || a.text("/status") != "pending" {
		t.Errorf("%s", a.body)
	}
	w.call("POST", "/v1/interventions/"+question+"/respond", operatorKey, approve).want(200)
	w.call("POST", another+"/respond", "", approve).want(409, job.RefusedAnswered)
	var iv struct {
		Status    string         `json:"status"`
		Responses []job.Response `json:"responses"`
	}
	w.call("GET", "/v1/interventions/"+question, viewerKey, "").want(200).into(&iv)
	var kinds []string
	for _, r := range iv.Responses {
		kind, _, _ := strings.Cut(r.Responder, ":")
		kinds = append(kinds, kind)
	}
	if d := cmp.Diff([]string{"person", "share", "key"}, kinds); d != "" || iv.Status != "approved" {
		t.Errorf("%s: %s", iv.Status, d)
	}
}

// TestDeliveryIsTakenOnce: of many who send the same token at once one answers.
func TestDeliveryIsTakenOnce(t *testing.T) {
	w := newWorld(t)
	_, question := w.waiting()
	path := w.deliver(question, "")
	var mu sync.Mutex
	codes := map[int]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			a := w.call("POST", path+"/respond", "", `{"action":"approve"}`)
			mu.Lock()
			defer mu.Unlock()
			codes[a.status]++
		})
	}
	all.Wait()
	if d := cmp.Diff(map[int]int{200: 1, 409: 7}, codes); d != "" {
		t.Error(d)
	}
}

func TestDeliveryEnds(t *testing.T) {
	w := newWorld(t)
	id, question := w.asking(`,"expires_in":"1h"`)
	a := w.call("POST", "/v1/interventions/"+question+"/share", operatorKey, `{"expires_in":"24h"}`).want(201)
	iv := w.call("GET", "/v1/interventions/"+question, viewerKey, "").want(200)
	if a.field("/expires_at") != iv.field("/expires_at") {
		t.Errorf("the delivery ends at %s, its question at %s", a.field("/expires_at"), iv.field("/expires_at"))
	}
	path := a.share().path(w)
	w.call("POST", "/v1/jobs/"+id+"/cancel", operatorKey, "").want(200)
	if got := w.call("GET", path, "", "").want(200).text("/status"); got != "cancelled" {
		t.Errorf("the question is %s", got)
	}
	w.call("POST", path+"/respond", "", `{"action":"approve"}`).want(409, job.RefusedNotWaiting)
	w.call("POST", "/v1/interventions/"+question+"/share", operatorKey, "").want(409, codeConflict)
	w.call("POST", "/v1/interventions/none/share", operatorKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/interventions/"+question+"/share", otherKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/interventions/"+question+"/share", viewerKey, "").want(403, codeForbidden)
	w.call("POST", "/v1/interventions/"+question+"/share", operatorKey, `{"responder":"a\nb"}`).want(400, codeInvalid)

	expired, _ := w.giveShare("default", catalog.ShareIntervention, question, events.AtPtr(time.Now().Add(-time.Millisecond)))
	wrong, _ := w.giveShare("default", catalog.ShareJob, id, nil)
	lost, _ := w.giveShare("default", catalog.ShareIntervention, question, nil) // of no job
	var want string
	for _, token := range []string{expired, wrong, lost, newShareToken(), "x", adminKey, question} {
		for _, c := range []struct{ method, tail, body string }{{"GET", "", ""}, {"POST", "/respond", `{"action":"approve"}`}} {
			a := w.call(c.method, "/v1/public/interventions/"+token+c.tail, "", c.body, "X-Request-Id: same").want(404, codeNotFound)
			if want == "" {
				want = string(a.body)
			}
			if string(a.body) != want {
				t.Errorf("%s: %s", token, a.body)
			}
		}
	}
}
