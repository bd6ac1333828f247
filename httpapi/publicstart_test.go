package httpapi

// Shared receptors: looking at one, starting its target, watching what it
// started.

import (
	"strings"
	"testing"
)

func TestSharedReceptor(t *testing.T) {
	w := newWorld(t)
	id := w.receptor("door")
	s := w.call("POST", "/v1/receptors/door/share", adminKey, "").want(201).share()
	byID := "/v1/public/receptors/by-id/" + id
	for _, path := range []string{s.path(w), byID + "?t=" + s.token, "/v1/public/receptors/default/" + id + "?t=" + s.token} {
		a := w.call("GET", path, "", "").want(200)
		if d := string(a.body); d != `{"name":"Door door","description":"Knock","input_schema":{"type":["string","object"]}}`+"\n" {
			t.Errorf("%s", d)
		}
	}
	for _, path := range []string{
		"/v1/public/receptors/default/other?t=" + s.token, "/v1/public/receptors/elsewhere/door?t=" + s.token,
		"/v1/public/receptors/by-id/door?t=" + s.token, byID, byID + "?t=" + newShareToken(), "/v1/public/receptors/by-id/%00?t=" + s.token,
	} {
		w.call("GET", path, "", "").want(404, codeNotFound)
		execute := strings.Replace(path, "?", "/execute?", 1)
		if !strings.Contains(path, "?") {
			execute = path + "/execute"
		}
		w.call("POST", execute, "", `{"input":"x"}`).want(404, codeNotFound)
	}
	w.call("GET", s.path(w)+"&x=1", "", "").want(400, codeInvalid)
}

func TestExecuteByShareToken(t *testing.T) {
	w := newWorld(t)
	w.receptor("door")
	s := w.call("POST", "/v1/receptors/door/share", adminKey, "").want(201).share()
	path := "/v1/public/receptors/default/door/execute"

	a := w.call("POST", path+"?t="+s.token, "", `{"input":{"message":"Hello"},"trace_id":"talk"}`).want(202)
	id := a.text("/job_id")
	if got := a.header.Get("Location"); got != "/v1/public/jobs/"+id+"/status" || a.text("/status_url") != w.url+got || a.text("/stream_url") != w.url+"/v1/public/jobs/"+id+"/stream" {
		t.Errorf("Location %s, %s", got, a.body)
	}
	st := w.call("GET", a.header.Get("Location")+"?t="+s.token+"&trace_id=talk", "", "", "Prefer: wait=60").want(200)
	if st.text("/result/text") != "Hello" {
		t.Errorf("%s", st.body)
	}
	w.call("GET", publicStream(id, s.token), "", "").want(200)
	w.call("GET", publicStream(id, s.token)+"&trace_id=other", "", "").want(404, codeNotFound)
	private := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200)
	if private.text("/trace_id") != "talk" || private.field("/receptor_id") == "null" {
		t.Errorf("%s", private.body)
	}
	first := w.eventPage(id, "").Events[0]
	if !strings.Contains(string(first.Actor), `"kind":"share"`) || !strings.Contains(string(first.Data), `"channel":"public"`) {
		t.Errorf("it was started by %s: %s", first.Actor, first.Data)
	}

	// The token may be in the body; the answer may wait.
	b := w.call("POST", path, "", `{"data":"again","share_token":"`+s.token+`"}`, "Prefer: wait=60").want(200)
	if b.text("/result/text") != "again" || b.header.Get("Preference-Applied") != "wait=60" || strings.Contains(string(b.body), "workspace") {
		t.Errorf("%v %s", b.header, b.body)
	}
	w.call("POST", path, "", `{"share_token":"`+newShareToken()+`"}`).want(404, codeNotFound)
	w.call("POST", path, "", `{"share_token":null}`).want(404, codeNotFound)
	w.call("POST", path, "", "").want(404, codeNotFound)
	for _, bad := range []string{`{"input":1,"data":2}`, `{"labels":{}}`, `{"workspace_id":"default"}`, `{"trace_id":"a\nb"}`, `{"share_token":"` + s.token + `"}`} {
		w.call("POST", path+"?t="+s.token, "", bad).want(400, codeInvalid)
	}

	// The same key and body is the same job, whatever the token and its place.
	once := w.call("POST", path+"?t="+s.token, "", `{"input":"once"}`, "Idempotency-Key: k").want(202)
	next := w.call("POST", "/v1/receptors/door/share/rotate", adminKey, "").want(201).share()
	again := w.call("POST", path, "", `{"data":"once","share_token":"`+next.token+`"}`, "Idempotency-Key: k").want(202)
	if once.text("/job_id") != again.text("/job_id") || again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%s %s", once.body, again.body)
	}
	w.call("POST", path+"?t="+next.token, "", `{"input":"twice"}`, "Idempotency-Key: k").want(409, "IDEMPOTENCY_MISMATCH")
	w.call("POST", path+"?t="+s.token, "", `{"input":"x"}`).want(404, codeNotFound) // rotated

	// What cannot be started says so, not what it is.
	w.call("PATCH", "/v1/receptors/door", adminKey, `{"is_active":false}`).want(200)
	if f := w.call("POST", path+"?t="+next.token, "", `{"input":"x"}`).want(409, codeConflict).failure(); f.Message != "this cannot be done now" {
		t.Errorf("%+v", f)
	}
	w.call("DELETE", "/v1/receptors/door", adminKey, "").want(200)
	w.call("POST", path+"?t="+next.token, "", `{"input":"x"}`).want(404, codeNotFound)
}
