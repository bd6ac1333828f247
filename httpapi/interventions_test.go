package httpapi

// Interventions as a resource.

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/job"
)

func TestRespond(t *testing.T) {
	w := newWorld(t)
	id, question := w.waiting()
	path := "/v1/interventions/" + question
	before := w.call("GET", path, viewerKey, "").want(200)
	for pointer, want := range map[string]string{
		"/interventionId": `"` + question + `"`, "/job_id": `"` + id + `"`, "/workspace_id": `"default"`, "/status": `"pending"`,
		"/pathway_id": "null", "/trace_id": "null", "/responses": "[]", "/prompt": `"Publish?"`,
	} {
		if got := before.field(pointer); got != want {
			t.Errorf("%s is %s, want %s", pointer, got, want)
		}
	}
	for name, c := range map[string]struct{ body, paths string }{
		"nothing":          {`{}`, "/action"},
		"wrong action":     {`{"action":"shred"}`, "/action"},
		"wrong fields":     {`{"action":"approve","fields":{"score":"high"}}`, "/fields/score"},
		"fields no object": {`{"action":"approve","fields":[1]}`, "/fields"},
		"unknown field":    {`{"action":"approve","interventionId":"x"}`, "/interventionId"},
		"all at once":      {`{"comment":"` + strings.Repeat("x", maxComment+1) + `","fields":7}`, "/action /comment /fields"},
	} {
		t.Run(name, func(t *testing.T) {
			var paths []string
			for _, p := range w.call("POST", path+"/respond", operatorKey, c.body).want(400, codeInvalid).failure().Details {
				paths = append(paths, p.Path)
			}
			if got := strings.Join(paths, " "); got != c.paths {
				t.Errorf("the problems are at %q, want %q", got, c.paths)
			}
		})
	}
	answer := `{"action":"approve","comment":"good","fields":{"score":3}}`
	w.call("POST", path+"/respond", "", answer).want(401, codeAuth)
	w.call("POST", path+"/respond", viewerKey, answer).want(403, codeForbidden)
	w.call("POST", path+"/respond", operatorKey, `{"action":"approve","workspace_id":"elsewhere"}`).want(403, codeForbidden)
	if after := w.call("GET", path, viewerKey, "").want(200); string(after.body) != string(before.body) {
		t.Errorf("a refused answer changed the intervention:\n%s\n%s", before.body, after.body)
	}

	a := w.call("POST", path+"/respond", operatorKey, answer).want(200)
	if a.text("/status") != "approved" || a.text("/responses/0/comment") != "good" || !strings.HasPrefix(a.text("/responses/0/responder"), "key:key-") {
		t.Errorf("%s", a.body)
	}
	if read := w.call("GET", path, viewerKey, "").want(200); string(read.body) != string(a.body) {
		t.Errorf("answered with\n%s\nread as\n%s", a.body, read.body)
	}
	if got := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200).text("/status"); got != "completed" {
		t.Errorf("the job is %s", got)
	}
	w.call("POST", path+"/respond", operatorKey, answer).want(409, job.RefusedAnswered)
}

// One responder answers once, whichever route an answer comes by.
func TestRespondOnceByAnyRoute(t *testing.T) {
	w := newWorld(t)
	graph := `{"nodes":[{"id":"ask","type":"human","prompt":"?","actions":["approve","reject"],"required":2}],"edges":[]}`
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+graph+`}`, "Prefer: wait=30").want(200)
	id, question := a.text("/job_id"), a.text("/waitingFor/interventionId")
	respond, input := "/v1/interventions/"+question+"/respond", "/v1/jobs/"+id+"/input"
	body := `{"input":{"type":"intervention_response","interventionId":"` + question + `","action":"approve"}}`

	if got := w.call("POST", respond, operatorKey, `{"action":"approve"}`).want(200).text("/status"); got != "pending" {
		t.Errorf("after one of two answers it is %s", got)
	}
	w.call("POST", input, operatorKey, body).want(409, job.RefusedAnswered)
	w.call("POST", "/v1/jobs/"+id+"/resume", operatorKey, body).want(409, job.RefusedAnswered)
	w.call("POST", respond, operatorKey, `{"action":"reject"}`).want(409, job.RefusedAnswered)
	w.call("POST", input, adminKey, body).want(200)
	if got := w.call("GET", "/v1/interventions/"+question, viewerKey, "").want(200).text("/status"); got != "approved" {
		t.Errorf("after two of two answers it is %s", got)
	}
}

func TestInterventionsOfOthers(t *testing.T) {
	w := newWorld(t)
	_, question := w.waiting()
	for _, method := range []string{"GET", "POST"} {
		path, body := "/v1/interventions/", ""
		tail := ""
		if method == "POST" {
			tail, body = "/respond", `{"action":"approve"}`
		}
		foreign := w.call(method, path+question+tail, otherKey, body, "X-Request-Id: same").want(404, codeNotFound)
		unknown := w.call(method, path+"019a1c2e-7f00-7000-8000-000000000000"+tail, otherKey, body, "X-Request-Id: same").want(404, codeNotFound)
		if string(foreign.body) != string(unknown.body) {
			t.Errorf("foreign and unknown differ:\n%s\n%s", foreign.body, unknown.body)
		}
		for _, id := range []string{"a%2Fb", "a.b", "%00", "*", ">"} {
			w.call(method, path+id+tail, operatorKey, body).want(404, codeNotFound)
		}
	}
	if got := w.call("GET", "/v1/interventions", otherKey, "").want(200).field("/total"); got != "0" {
		t.Errorf("another workspace sees %s", got)
	}
	w.call("GET", "/v1/interventions/"+question, viewerKey, "").want(200)
}

func TestListInterventions(t *testing.T) {
	w := newWorld(t)
	first, answered := w.waiting()
	second, cancelled := w.waiting()
	a := w.call("POST", "/v1/jobs", operatorKey, `{"trace_id":"talk","pathway":`+humanGraph+`}`, "Prefer: wait=30").want(200)
	open := a.text("/waitingFor/interventionId")
	w.call("POST", "/v1/interventions/"+answered+"/respond", operatorKey, `{"action":"reject"}`).want(200)
	w.call("POST", "/v1/jobs/"+second+"/cancel", operatorKey, "").want(200)

	for query, want := range map[string][]string{
		"":                                   {open, cancelled, answered},
		"?status=pending":                    {open},
		"?status=rejected":                   {answered},
		"?status=cancelled&job_id=" + second: {cancelled},
		"?job_id=" + first:                   {answered},
		"?trace_id=talk":                     {open},
		"?trace_id=talk&status=approved":     nil,
		"?job_id=nope":                       nil,
		"?summary=0&limit=200":               {open, cancelled, answered},
		"?reminded=0&status=pending":         {open},
		"?reminded=1":                        nil,
	} {
		var page struct {
			Interventions []struct {
				ID string `json:"interventionId"`
			} `json:"interventions"`
			Total int `json:"total"`
		}
		w.call("GET", "/v1/interventions"+query, viewerKey, "").want(200).into(&page)
		var got []string
		for _, iv := range page.Interventions {
			got = append(got, iv.ID)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") || page.Total != len(want) {
			t.Errorf("%q gives %v of %d, want %v", query, got, page.Total, want)
		}
	}
	p := w.call("GET", "/v1/interventions?limit=1&offset=1", viewerKey, "").want(200)
	if p.field("/total") != "3" || p.text("/interventions/0/interventionId") != cancelled {
		t.Errorf("%s", p.body)
	}
	for query, want := range map[string]string{
		"?summary=1":                 `{"byStatus":{"answered":0,"approved":0,"cancelled":1,"expired":0,"pending":1,"rejected":1},"grouped":[{"pathway_id":null,"node_id":"ask","count":1}]}`,
		"?summary=1&status=approved": `{"byStatus":{"answered":0,"approved":0,"cancelled":1,"expired":0,"pending":1,"rejected":1},"grouped":[]}`,
		"?summary=1&job_id=" + first: `{"byStatus":{"answered":0,"approved":0,"cancelled":0,"expired":0,"pending":0,"rejected":1},"grouped":[]}`,
	} {
		got := jsontext.Value(w.call("GET", "/v1/interventions"+query, viewerKey, "").want(200).body)
		wanted := jsontext.Value(want)
		if err := errors.Join(got.Canonicalize(), wanted.Canonicalize()); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(wanted), string(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", query, d)
		}
	}
	for _, query := range []string{"?status=open", "?reminded=2", "?reminded=", "?status=", "?limit=0", "?summary=yes", "?summary=1&limit=5", "?job=x", "?job_id=a.b", "?trace_id=%00", "?offset=-1"} {
		w.call("GET", "/v1/interventions"+query, viewerKey, "").want(400, codeInvalid)
	}
}
