package httpapi

// Webhooks: signed as the reference library of Standard Webhooks does it,
// taken once each.

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"ranvier/engine/seal"
	"ranvier/events"
)

// sign gives the headers of a message.
func sign(t testing.TB, secret, id string, at time.Time, body string) []string {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := hook.Sign(id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"webhook-id: " + id, "webhook-timestamp: " + strconv.FormatInt(at.Unix(), 10), "webhook-signature: " + signature}
}

func textSecret(fill byte) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32))
}

// hookWorld has a receptor "bell" that takes webhooks; it gives its id and the
// secret that was made.
func hookWorld(t *testing.T, target, source string, change ...func(*Config)) (w *world, id, secret string) {
	t.Helper()
	w = newWorld(t, change...)
	newTargets(w)
	a := w.call("POST", "/v1/receptors", adminKey, `{"name":"Bell","executable_target":`+target+`,"active_channels":["webhook"],"source_config":`+source+`}`).want(201)
	return w, a.text("/id"), a.text("/source_config/signing_secret")
}

const toPathway, toNeuron = `{"kind":"pathway","id":"greet"}`, `{"kind":"neuron","id":"writer"}`

func TestHook(t *testing.T) {
	for _, target := range []string{toPathway, toNeuron} {
		w, id, secret := hookWorld(t, target, `{}`)
		body := ` {"name": "Ada", "n": 1.50} `
		headers := append(sign(t, secret, "msg_1", time.Now(), body), "X-Kind: Order", "Authorization: Bearer its-own", "Cookie: a=b")
		a := w.call("POST", "/v1/hooks/"+id, "", body, headers...).want(202)
		job := a.text("/job_id")
		if a.header.Get("Location") != "/v1/jobs/"+job+"/status" || a.header.Get("Idempotent-Replay") != "" {
			t.Errorf("%v", a.header)
		}
		data := w.call("GET", "/v1/jobs/"+job+"/events?limit=1", viewerKey, "").want(200)
		if data.text("/events/0/data/channel") != "webhook" || data.text("/events/0/data/receptor_id") != id ||
			data.text("/events/0/actor/kind") != "receptor" || data.text("/events/0/actor/id") != id {
			t.Errorf("%s", data.body)
		}
		if got := data.field("/events/0/data/input/value/body"); got != `{"name":"Ada","n":1.50}` {
			t.Errorf("the body is %s", got)
		}
		if data.text("/events/0/data/input/value/webhook_id") != "msg_1" || data.text("/events/0/data/input/value/headers/x-kind") != "Order" || data.text("/events/0/data/input/value/headers/webhook-id") != "msg_1" {
			t.Errorf("%s", data.body)
		}
		for _, name := range []string{"authorization", "cookie", "webhook-signature"} {
			if got := data.field("/events/0/data/input/value/headers/" + name); got != "" {
				t.Errorf("the job sees the header %s: %s", name, got)
			}
		}
		// A retry may be signed at another time, and say something else.
		body = `["again"]`
		b := w.call("POST", "/v1/hooks/"+id, "", body, sign(t, secret, "msg_1", time.Now().Add(time.Minute), body)...).want(202)
		if string(b.body) != string(a.body) || b.header.Get("Idempotent-Replay") != "true" {
			t.Errorf("%v %s, first %s", b.header, b.body, a.body)
		}
		for i, body := range []string{`null`, `"text"`, `12`, `[]`, `{}`} { // any JSON
			w.call("POST", "/v1/hooks/"+id, "", body, sign(t, secret, fmt.Sprint("any", i), time.Now(), body)...).want(202)
		}
	}
}

// Everything that a receptor does not take on its signature is answered with
// the same bytes.
func TestHookTellsNothing(t *testing.T) {
	w, id, secret := hookWorld(t, toNeuron, `{}`)
	others := map[string]string{}
	for name, fields := range map[string]string{"rests": `"is_active":false,"active_channels":["webhook"]`, "takes none": `"active_channels":["http"]`} {
		others[name] = w.call("POST", "/v1/receptors", adminKey, `{"name":"Other","executable_target":`+toNeuron+`,`+fields+`,"source_config":{"signing_secret":"`+secret+`"}}`).want(201).text("/id")
	}
	const body = `{"a":1}`
	now := time.Now()
	good := sign(t, secret, "m", now, body)
	with := func(i int, header string) []string {
		h := slices.Clone(good)
		h[i] = header
		return h
	}
	mac := strings.TrimPrefix(good[2], "webhook-signature: v1,")
	want := w.call("POST", "/v1/hooks/unknown", "", body, slices.Concat(good, []string{"X-Request-Id: same"})...).want(401, codeAuth)
	for name, c := range map[string]struct {
		id      string
		body    string
		headers []string
	}{
		"at rest":             {others["rests"], body, good},
		"no webhooks":         {others["takes none"], body, good},
		"by its slug":         {"bell", body, good},
		"no such name":        {"a.b", body, good},
		"another secret":      {id, body, sign(t, textSecret(1), "m", now, body)},
		"another body":        {id, `{"a":2}`, good},
		"white space":         {id, `{"a": 1}`, good},
		"another id":          {id, body, with(0, "webhook-id: n")},
		"another time":        {id, body, with(1, "webhook-timestamp: "+strconv.FormatInt(now.Unix()+1, 10))},
		"old, and not signed": {id, body, with(1, "webhook-timestamp: 1")},
		"time written else":   {id, body, with(1, "webhook-timestamp: +"+strconv.FormatInt(now.Unix(), 10))},
		"time with a zero":    {id, body, with(1, "webhook-timestamp: 0"+strconv.FormatInt(now.Unix(), 10))},
		"no headers":          {id, body, nil},
		"no id":               {id, body, good[1:]},
		"no time":             {id, body, []string{good[0], good[2]}},
		"no signature":        {id, body, good[:2]},
		"empty signature":     {id, body, with(2, "webhook-signature: ")},
		"another version":     {id, body, with(2, "webhook-signature: v2,"+mac)},
		"no version":          {id, body, with(2, "webhook-signature: "+mac)},
		"cut":                 {id, body, with(2, "webhook-signature: v1,"+mac[:20])},
		"not base64":          {id, body, with(2, "webhook-signature: v1,!!!!")},
		"too many signatures": {id, body, with(2, "webhook-signature: "+strings.Repeat("v2,x ", 16)+"v1,"+mac)},
		"not JSON, unsigned":  {id, `{`, good},
	} {
		got := w.call("POST", "/v1/hooks/"+c.id, "", c.body, slices.Concat(c.headers, []string{"X-Request-Id: same"})...).want(401, codeAuth)
		if d := cmp.Diff(string(want.body), string(got.body)); d != "" {
			t.Errorf("%s is told from the unknown (-unknown +got):\n%s", name, d)
		}
		want.header.Del("Date")
		got.header.Del("Date")
		if d := cmp.Diff(want.header, got.header); d != "" {
			t.Errorf("%s is told from the unknown by headers (-unknown +got):\n%s", name, d)
		}
	}
	if list := w.call("GET", "/v1/jobs", viewerKey, "").want(200); list.field("/total") != "0" {
		t.Errorf("jobs were started: %s", list.body)
	}
	w.call("POST", "/v1/hooks/"+id, "", body, good...).want(202)
}

func TestHookSignedButBad(t *testing.T) {
	w, id, secret := hookWorld(t, toNeuron, `{}`, func(c *Config) { c.BodyLimit = 2000 })
	now := time.Now()
	post := func(body string, at time.Time, more ...string) *reply {
		return w.call("POST", "/v1/hooks/"+id, "", body, append(sign(t, secret, "m", at, body), more...)...)
	}
	for _, away := range []time.Duration{-6 * time.Minute, 6 * time.Minute, -24 * time.Hour} {
		post(`{}`, now.Add(away)).want(400, codeInvalid)
	}
	for _, body := range []string{`{`, `{} {}`, `{"a":1,"a":2}`, "\"\xff\"", strings.Repeat("[", 100) + strings.Repeat("]", 100)} {
		post(body, now).want(400, codeInvalid)
	}
	post(`"`+strings.Repeat("x", 2000)+`"`, now).want(413, codeTooLarge)
	post(`a=b`, now, "Content-Type: application/x-www-form-urlencoded").want(415, codeMediaType)
	post(`{}`, now, "Content-Encoding: gzip").want(415, codeMediaType)
	if list := w.call("GET", "/v1/jobs", viewerKey, "").want(200); list.field("/total") != "0" {
		t.Errorf("jobs were started: %s", list.body)
	}
	for _, away := range []time.Duration{-4 * time.Minute, 4 * time.Minute} {
		post(`{}`, now.Add(away)).want(202)
	}
	w.call("PUT", "/v1/neurons/writer", adminKey, `{"name":"Writer","kind":"echo","is_active":false}`).want(200)
	if again := post(`{}`, now).want(202); again.header.Get("Idempotent-Replay") != "true" {
		t.Error("what was taken before is not answered again")
	}
	w.call("POST", "/v1/hooks/"+id, "", `{}`, sign(t, secret, "another", now, `{}`)...).want(409, codeConflict)
}

func TestHookDedupe(t *testing.T) {
	w, id, secret := hookWorld(t, toNeuron, `{"dedupe":"has(body.id) ? body.id : headers['x-id']"}`)
	n := 0
	post := func(body string, headers ...string) *reply {
		n++ // another message each time
		return w.call("POST", "/v1/hooks/"+id, "", body, append(sign(t, secret, fmt.Sprint("m", n), time.Now(), body), headers...)...)
	}
	first := post(`{"id":7,"try":1}`).want(202)
	if again := post(`{"id":7,"try":2}`).want(202); again.text("/job_id") != first.text("/job_id") || again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%v %s, first %s", again.header, again.body, first.body)
	}
	seen := map[string]bool{first.text("/job_id"): true}
	for _, a := range []*reply{post(`{"id":8}`), post(`{"id":"7"}`), post(`{"id":true}`), post(`{"id":7.5}`), post(`{}`, "X-Id: 7000")} {
		if job := a.want(202).text("/job_id"); seen[job] {
			t.Errorf("the job %s was made of something else", job)
		} else {
			seen[job] = true
		}
	}
	for _, body := range []string{`{"id":null}`, `{"id":[7]}`, `{"id":{}}`, `{}`, `{"id":"` + strings.Repeat("x", maxIdemKey*20) + `"}`} {
		if f := post(body).want(400, codeInvalid).failure(); !strings.Contains(f.Message, "dedupe") {
			t.Errorf("%.50s: %s", body, f.Message)
		}
	}
}

// While secrets are rotated any of them signs; afterwards only those that stay.
func TestHookRotation(t *testing.T) {
	w, id, made := hookWorld(t, toNeuron, `{}`)
	n := 0
	takes := func(secret string, want int) {
		t.Helper()
		n++
		w.call("POST", "/v1/hooks/"+id, "", `{}`, sign(t, secret, fmt.Sprint("m", n), time.Now(), `{}`)...).want(want)
	}
	a, b, c := textSecret('a'), textSecret('b'), textSecret('c')
	patch := func(body string) *reply {
		t.Helper()
		return w.call("PATCH", "/v1/receptors/"+id, adminKey, body).want(200)
	}
	if got := patch(`{"source_config":{"signing_secret":["` + a + `","` + made + `"]}}`); strings.Contains(string(got.body), "whsec_") {
		t.Errorf("a given secret is shown: %s", got.body)
	}
	takes(a, 202)
	takes(made, 202)
	takes(b, 401)
	patch(`{"name":"Another name"}`) // keeps them
	takes(a, 202)
	takes(made, 202)
	patch(`{"source_config":{"signing_secret":"` + b + `"}}`)
	takes(b, 202)
	takes(a, 401)
	takes(made, 401)

	// Several signatures may come with one message.
	headers := sign(t, c, "several", time.Now(), `{}`)
	other := sign(t, b, "several", time.Now(), `{}`)
	headers[1], headers[2] = other[1], headers[2]+" "+strings.TrimPrefix(other[2], "webhook-signature: ")+" v1a,x"
	w.call("POST", "/v1/hooks/"+id, "", `{}`, headers...).want(202)

	fresh := patch(`{"source_config":{"signing_secret":null}}`).text("/source_config/signing_secret")
	takes(fresh, 202)
	takes(b, 401)
	if got := w.call("GET", "/v1/receptors/"+id, viewerKey, "").want(200); got.field("/source_config") != "{}" {
		t.Errorf("%s", got.body)
	}

	// One is made when the channel is turned on.
	x := w.call("POST", "/v1/receptors", adminKey, `{"name":"x","executable_target":`+toNeuron+`}`).want(201)
	if x.field("/source_config") != "{}" {
		t.Errorf("a secret without use was made: %s", x.body)
	}
	id = x.text("/id")
	takes(patch(`{"active_channels":["webhook"]}`).text("/source_config/signing_secret"), 202)
}

// However many deliver a message at once, it makes one job.
func TestHookRace(t *testing.T) {
	w, id, secret := hookWorld(t, toNeuron, `{}`)
	headers := sign(t, secret, "once", time.Now(), `{}`)
	jobs := make([]string, 50)
	var racers sync.WaitGroup
	for i := range jobs {
		racers.Go(func() { jobs[i] = w.call("POST", "/v1/hooks/"+id, "", `{}`, headers...).want(202).text("/job_id") })
	}
	racers.Wait()
	for _, job := range jobs {
		if job != jobs[0] {
			t.Fatalf("%d jobs: %v", len(jobs), jobs)
		}
	}
	if list := w.call("GET", "/v1/jobs?receptor_id="+id, viewerKey, "").want(200); list.field("/total") != "1" {
		t.Errorf("%s", list.body)
	}
}

func TestHookFailuresAreLimited(t *testing.T) {
	w, id, secret := hookWorld(t, toNeuron, `{}`, func(c *Config) { c.AuthFailLimit, c.AuthFailBurst = 1, 3 })
	refused := 0
	for range 20 {
		if a := w.call("POST", "/v1/hooks/"+id, "", `{}`); a.status == http.StatusTooManyRequests {
			refused++
		} else {
			a.want(401, codeAuth)
		}
	}
	if refused == 0 {
		t.Error("bad signatures are not limited")
	}
	w.call("POST", "/v1/hooks/"+id, "", `{}`, sign(t, secret, "m", time.Now(), `{}`)...).want(202) // a good one gets through
}

// A secret that another master key sealed is an error of the server: the sender
// shall try again.
func TestHookWithoutItsMasterKey(t *testing.T) {
	w, id, secret := hookWorld(t, toNeuron, `{}`)
	other, err := seal.New([]byte("another master key than that of the world"))
	if err != nil {
		t.Fatal(err)
	}
	w.catalogFact("default", &events.ReceptorStored{
		ID: id, Slug: "bell", Version: 2, Secrets: []string{other.Seal([]byte("x"), "receptor", "default", id)},
		Definition: events.PayloadOf(map[string]any{"name": "Bell", "active_channels": []string{"webhook"}, "is_active": true, "executable_target": map[string]string{"kind": "neuron", "id": "writer"}}),
	})
	again := newWorldOn(t, w.log)
	again.call("POST", "/v1/hooks/"+id, "", `{}`, sign(t, secret, "m", time.Now(), `{}`)...).want(500, codeInternal)
	if !strings.Contains(again.logged.String(), "master key") {
		t.Error("the log does not say why")
	}
}

// Whatever the headers say, they are read or refused; what the library signed
// is taken, and nothing else by its key.
func TestSignatures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 24, 64).Draw(t, "key")
		hook, err := standardwebhooks.NewWebhookRaw(key)
		if err != nil {
			t.Fatal(err)
		}
		id := rapid.StringMatching(`[!-~]{1,50}`).Draw(t, "id")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		at := time.Unix(rapid.Int64Range(0, 1<<40-1).Draw(t, "at"), 0)
		text, err := hook.Sign(id, at, body)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set("webhook-id", id)
		h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
		h.Set("webhook-signature", text)
		s, ok := readSignature(h)
		if !ok || s.id != id || !s.at.Equal(at) || !s.signs(body, [][]byte{{1}, key}) {
			t.Fatalf("%v is not taken: %+v", h, s)
		}
		if s.signs(append(body, 'x'), [][]byte{key}) || s.signs(body, [][]byte{append(key, 1)}) || s.signs(body, nil) {
			t.Fatal("something else is taken")
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add("msg", "1674087231", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=")
	f.Add("", "-1", "v1, v1,,v1a,x v1,=")
	f.Fuzz(func(t *testing.T, id, at, text string) {
		s, ok := readSignature(http.Header{headerHookID: {id}, headerHookTime: {at}, headerHookSignature: {text}})
		if !ok {
			return
		}
		if s.id != id || strconv.FormatInt(s.at.Unix(), 10) != at || len(s.macs) == 0 {
			t.Errorf("%+v of %q %q %q", s, id, at, text)
		}
		if s.signs([]byte("{}"), nobody) {
			t.Error("it is signed")
		}
	})
}
