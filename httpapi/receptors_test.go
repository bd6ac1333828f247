package httpapi

// Receptors: stored, changed, fired.

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

// newTargets stores a neuron and a pathway for receptors to start.
func newTargets(w *world) {
	w.t.Helper()
	w.call("POST", "/v1/neurons", adminKey, `{"name":"Writer","kind":"echo"}`).want(201)
	w.call("POST", "/v1/pathways", adminKey, `{"name":"Greet","pathway_graph":`+echoGraph+`}`).want(201)
}

func TestReceptors(t *testing.T) {
	w := newWorld(t)
	newTargets(w)
	a := w.call("POST", "/v1/receptors", adminKey, `{"name":"Front Door","executable_target":{"kind":"pathway","id":"greet"},
		"active_channels":["http","cron"],"source_config":{"schedule":"0 9 * * *","timezone":"Europe/Vienna","overlap":"queue","catch_up":true,"input":{"name":"Ada","n":12345678901234567890}}}`).want(201)
	id := a.text("/id")
	want := `{"schedule":"0 9 * * *","timezone":"Europe/Vienna","overlap":"queue","catch_up":true,"input":{"name":"Ada","n":12345678901234567890}}`
	if a.header.Get("Location") != "/v1/receptors/"+id || a.text("/slug") != "front-door" || a.field("/version") != "1" || a.field("/is_active") != "true" ||
		a.field("/active_channels") != `["cron","http"]` || a.field("/source_config") != want || !strings.HasSuffix(a.text("/next_tick"), ":00:00.000Z") {
		t.Errorf("%v %s", a.header, a.body)
	}
	for _, path := range []string{id, "front-door", "default/" + id, "default/front-door"} {
		if got := w.call("GET", "/v1/receptors/"+path, viewerKey, "").want(200); string(got.body) != string(a.body) {
			t.Errorf("%s is %s, want %s", path, got.body, a.body)
		}
	}
	w.call("POST", "/v1/receptors", adminKey, `{"name":"x","slug":"front-door","executable_target":{"kind":"neuron","id":"writer"}}`).want(409, codeConflict)
	for _, slug := range []string{"fire", "share", "versions"} {
		w.call("POST", "/v1/receptors", adminKey, `{"name":"x","slug":"`+slug+`","executable_target":{"kind":"neuron","id":"writer"}}`).want(400, codeInvalid)
	}

	// What is absent stays; null removes; input is replaced whole.
	b := w.call("PATCH", "/v1/receptors/default/front-door", adminKey, `{"description":"rings","source_config":{"timezone":null,"overlap":null,"input":{"x":1}},"executable_target":{"id":"greet"}}`).want(200)
	if b.text("/id") != id || b.field("/version") != "2" || b.text("/name") != "Front Door" || b.text("/description") != "rings" ||
		b.field("/source_config") != `{"schedule":"0 9 * * *","catch_up":true,"input":{"x":1}}` || b.text("/created_at") != a.text("/created_at") {
		t.Errorf("%s", b.body)
	}
	b = w.call("PATCH", "/v1/receptors/"+id, adminKey, `{"slug":"bell","is_active":false,"active_channels":[]}`).want(200)
	if b.text("/slug") != "bell" || b.field("/is_active") != "false" || b.field("/active_channels") != "[]" || b.field("/next_tick") != "null" {
		t.Errorf("%s", b.body)
	}
	w.call("GET", "/v1/receptors/front-door", viewerKey, "").want(404, codeNotFound)
	w.call("PATCH", "/v1/receptors/none", adminKey, `{}`).want(404, codeNotFound)

	if got := strings.TrimSpace(string(w.call("DELETE", "/v1/receptors/default/bell", adminKey, "").want(200).body)); got != `{"success":true}` {
		t.Errorf("deletion is answered with %s", got)
	}
	w.call("GET", "/v1/receptors/"+id, viewerKey, "").want(404, codeNotFound)
	w.call("DELETE", "/v1/receptors/"+id, adminKey, "").want(404, codeNotFound)
}

func TestReceptorLists(t *testing.T) {
	w := newWorld(t)
	newTargets(w)
	for _, name := range []string{"Alpha", "Beta", "Gamma"} {
		w.call("POST", "/v1/receptors", adminKey, `{"name":"`+name+`","executable_target":{"kind":"neuron","id":"writer"}}`).want(201)
	}
	for query, want := range map[string]string{
		"":                                "Gamma Beta Alpha of 3",
		"?limit=1&offset=1":               "Beta of 3",
		"?sortBy=name&sortDirection=asc":  "Alpha Beta Gamma of 3",
		"?search=ALP":                     "Alpha of 1",
		"?search=nothing":                 " of 0",
		"?sortBy=updated_at&limit=2":      "Gamma Beta of 3",
		"?sortBy=created_at&offset=50000": " of 3",
	} {
		var list struct {
			Receptors []struct {
				Name string `json:"name"`
			} `json:"receptors"`
			Total int `json:"total"`
		}
		w.call("GET", "/v1/receptors"+query, viewerKey, "").want(200).into(&list)
		var names []string
		for _, r := range list.Receptors {
			names = append(names, r.Name)
		}
		if got := fmt.Sprintf("%s of %d", strings.Join(names, " "), list.Total); got != want {
			t.Errorf("%q gives %q, want %q", query, got, want)
		}
	}
	for _, query := range []string{"?limit=0", "?sortBy=colour", "?colour=red"} {
		w.call("GET", "/v1/receptors"+query, viewerKey, "").want(400, codeInvalid)
	}
	if got := w.call("GET", "/v1/receptors", otherKey, "").want(200); got.field("/receptors") != "[]" {
		t.Errorf("another workspace sees %s", got.body)
	}
}

func TestBadReceptors(t *testing.T) {
	w := newWorld(t)
	newTargets(w)
	w.call("POST", "/v1/neurons", adminKey, `{"name":"Resting","kind":"echo","is_active":false}`).want(201)
	w.call("POST", "/v1/receptors", adminKey, `{"name":"Good","executable_target":{"kind":"neuron","id":"writer"}}`).want(201)
	const good = `"name":"x","executable_target":{"kind":"neuron","id":"writer"}`
	secret := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for name, c := range map[string]struct{ body, paths string }{
		"nothing":           {`{}`, "/executable_target/kind /name"},
		"kind":              {`{"name":"x","executable_target":{"kind":"job","id":"writer"}}`, "/executable_target/kind"},
		"target of nobody":  {`{"name":"x","executable_target":{"kind":"pathway","id":"writer"}}`, "/executable_target/id"},
		"target at rest":    {`{"name":"x","executable_target":{"kind":"neuron","id":"resting"}}`, "/executable_target/id"},
		"unknown field":     {`{` + good + `,"colour":"red"}`, "/colour"},
		"unknown in source": {`{` + good + `,"source_config":{"schedul":"* * * * *"}}`, "/source_config/schedul"},
		"unknown in target": {`{"name":"x","executable_target":{"kind":"neuron","id":"writer","name":"y"}}`, "/executable_target/name"},
		"channels":          {`{` + good + `,"active_channels":["http","public","http"]}`, "/active_channels /active_channels"},
		"channels' type":    {`{` + good + `,"active_channels":"http"}`, "/active_channels"},
		"cron, no schedule": {`{` + good + `,"active_channels":["cron"]}`, "/source_config/schedule"},
		"schedule":          {`{` + good + `,"source_config":{"schedule":"soon"}}`, "/source_config/schedule"},
		"never":             {`{` + good + `,"source_config":{"schedule":"0 0 31 2 *"}}`, "/source_config/schedule"},
		"too often":         {`{` + good + `,"source_config":{"schedule":"@every 1ms"}}`, "/source_config/schedule"},
		"zone":              {`{` + good + `,"source_config":{"timezone":"Mars/Olympus"}}`, "/source_config/timezone"},
		"zone and schedule": {`{` + good + `,"source_config":{"schedule":"soon","timezone":"Mars/Olympus"}}`, "/source_config/timezone /source_config/schedule"},
		"overlap":           {`{` + good + `,"source_config":{"overlap":"pile"}}`, "/source_config/overlap"},
		"dedupe":            {`{` + good + `,"source_config":{"dedupe":"input.id"}}`, "/source_config/dedupe"},
		"secret's form":     {`{` + good + `,"source_config":{"signing_secret":"hunter2"}}`, "/source_config/signing_secret"},
		"secret too short":  {`{` + good + `,"source_config":{"signing_secret":"` + secret(23) + `"}}`, "/source_config/signing_secret"},
		"secret too long":   {`{` + good + `,"source_config":{"signing_secret":"` + secret(65) + `"}}`, "/source_config/signing_secret"},
		"secret twice":      {`{` + good + `,"source_config":{"signing_secret":["` + secret(24) + `","` + secret(24) + `"]}}`, "/source_config/signing_secret/1"},
		"six secrets":       {`{` + good + `,"source_config":{"signing_secret":["1","2","3","4","5","6"]}}`, "/source_config/signing_secret"},
		"no secrets":        {`{` + good + `,"source_config":{"signing_secret":[]}}`, "/source_config/signing_secret"},
		"secret's type":     {`{` + good + `,"source_config":{"signing_secret":{"a":1}}}`, "/source_config/signing_secret"},
		"null in a list":    {`{` + good + `,"source_config":{"signing_secret":[null]}}`, "/source_config/signing_secret"},
		"types and words":   {`{"name":7,"executable_target":{"kind":"neuron","id":"writer"},"active_channels":["smoke"],"is_active":"yes"}`, "/active_channels /is_active /name"},
		"all at once": {`{"slug":"*","executable_target":{"kind":"neuron","id":"nobody"},"active_channels":["smoke"],"source_config":{"schedule":"x","overlap":"y","dedupe":"(","signing_secret":"z"}}`,
			"/active_channels /executable_target/id /name /slug /source_config/dedupe /source_config/overlap /source_config/schedule /source_config/signing_secret"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.call("POST", "/v1/receptors", adminKey, c.body).want(400, codeInvalid)
			var paths []string
			for _, p := range a.failure().Details {
				paths = append(paths, p.Path)
			}
			if got := strings.Join(paths, " "); got != c.paths {
				t.Errorf("the problems are at %q, want %q: %s", got, c.paths, a.body)
			}
			if strings.Contains(string(a.body), "hunter2") {
				t.Errorf("a secret is quoted: %s", a.body)
			}
			// A change is checked as a whole receptor is.
			if name != "nothing" && !strings.Contains(c.paths, "/name") {
				w.call("PATCH", "/v1/receptors/good", adminKey, c.body).want(400, codeInvalid)
			}
		})
	}
	for _, body := range []string{`{"name":null}`, `{"executable_target":null}`, `{"executable_target":{"kind":null}}`, `[]`, `null`, ``, `{"name":"a","name":"b"}`, `{"source_config":3}`} {
		w.call("PATCH", "/v1/receptors/good", adminKey, body).want(400, codeInvalid)
	}
	if got := w.call("GET", "/v1/receptors/good", viewerKey, "").want(200); got.field("/version") != "1" {
		t.Errorf("a refused change was stored: %s", got.body)
	}
	w.call("PATCH", "/v1/receptors/good", adminKey, `{"workspace_id":"elsewhere"}`).want(403, codeForbidden)
}

// Whoever asks by another workspace's name learns what an unknown id tells.
func TestReceptorsOfOthers(t *testing.T) {
	w := newWorld(t)
	newTargets(w)
	id := w.call("POST", "/v1/receptors", adminKey, `{"name":"Mine","slug":"mine","executable_target":{"kind":"neuron","id":"writer"},"active_channels":["http"]}`).want(201).text("/id")
	for _, route := range []string{"GET ", "PATCH ", "DELETE "} {
		method := strings.TrimSpace(route)
		body := map[string]string{"PATCH": `{"name":"Yours"}`}[method]
		unknown := w.call(method, "/v1/receptors/elsewhere/none", otherKey, body, "X-Request-Id: same").want(404, codeNotFound)
		for _, path := range []string{"default/mine", "default/" + id, "elsewhere/mine", "mine", id} {
			got := w.call(method, "/v1/receptors/"+path, otherKey, body, "X-Request-Id: same").want(404, codeNotFound)
			if d := cmp.Diff(string(unknown.body), string(got.body)); d != "" {
				t.Errorf("%s %s is told from the unknown (-unknown +foreign):\n%s", method, path, d)
			}
		}
		got := w.call(method, "/v1/receptors/elsewhere/mine", adminKey, body, "X-Request-Id: same").want(404, codeNotFound)
		if d := cmp.Diff(string(unknown.body), string(got.body)); d != "" {
			t.Errorf("%s under a foreign name (-unknown +foreign):\n%s", method, d)
		}
	}
	w.call("POST", "/v1/receptors/mine/fire", otherKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/receptors/mine/fire", viewerKey, "").want(403, codeForbidden)
	w.call("POST", "/v1/receptors", operatorKey, `{}`).want(403, codeForbidden)
	w.call("PATCH", "/v1/receptors/mine", operatorKey, `{}`).want(403, codeForbidden)
	w.call("DELETE", "/v1/receptors/mine", operatorKey, "").want(403, codeForbidden)
}

func TestFire(t *testing.T) {
	w := newWorld(t)
	newTargets(w)
	for _, target := range []string{`{"kind":"pathway","id":"greet"}`, `{"kind":"neuron","id":"writer"}`} {
		w.call("POST", "/v1/receptors", adminKey, `{"name":"Bell","slug":"bell","executable_target":`+target+`,"active_channels":["http"]}`).want(201)
		id := w.call("GET", "/v1/receptors/bell", viewerKey, "").want(200).text("/id")

		a := w.call("POST", "/v1/receptors/bell/fire", operatorKey, `{"input":{"name":"Ada","message":"Hello, Ada"},"labels":{"from":"button"}}`, "Prefer: wait=30").want(200)
		if a.text("/result/text") != "Hello, Ada" || a.text("/receptor_id") != id || a.text("/labels/from") != "button" {
			t.Errorf("%s", a.body)
		}
		submitted := w.call("GET", "/v1/jobs/"+a.text("/job_id")+"/events?limit=1", viewerKey, "").want(200)
		if got := submitted.text("/events/0/data/channel"); got != "http" {
			t.Errorf("the channel is %q", got)
		}
		if list := w.call("GET", "/v1/jobs?receptor_id="+id, viewerKey, "").want(200); list.field("/total") != "1" {
			t.Errorf("the receptor's jobs are %s", list.body)
		}

		first := w.call("POST", "/v1/receptors/bell/fire", operatorKey, `{"input":1}`, "Idempotency-Key: k").want(202)
		again := w.call("POST", "/v1/receptors/bell/fire", operatorKey, ` { "input" : 1 } `, "Idempotency-Key: k").want(202)
		if again.text("/job_id") != first.text("/job_id") || again.header.Get("Idempotent-Replay") != "true" {
			t.Errorf("%v %s, first %s", again.header, again.body, first.body)
		}
		w.call("POST", "/v1/receptors/bell/fire", operatorKey, `{"input":2}`, "Idempotency-Key: k").want(409, "IDEMPOTENCY_MISMATCH")
		w.call("POST", "/v1/receptors/bell/fire", operatorKey, `{"inptu":2}`).want(400, codeInvalid)

		w.call("PATCH", "/v1/receptors/bell", adminKey, `{"active_channels":["webhook"]}`).want(200)
		w.call("POST", "/v1/receptors/bell/fire", operatorKey, ``).want(409, codeConflict)
		w.call("PATCH", "/v1/receptors/bell", adminKey, `{"active_channels":["http"],"is_active":false}`).want(200)
		w.call("POST", "/v1/receptors/bell/fire", operatorKey, ``).want(409, codeConflict)
		if again := w.call("POST", "/v1/receptors/bell/fire", operatorKey, `{"input":1}`, "Idempotency-Key: k").want(202); again.text("/job_id") != first.text("/job_id") {
			t.Errorf("a used key is not answered once the receptor rests: %s", again.body)
		}
		w.call("DELETE", "/v1/receptors/bell", adminKey, "").want(200)
	}
	w.call("POST", "/v1/receptors/bell/fire", operatorKey, ``).want(404, codeNotFound)
}

// A target that goes away is a conflict when it is asked for, and does not keep
// its receptor from being put to rest.
func TestFireWithoutTarget(t *testing.T) {
	w := newWorld(t)
	newTargets(w)
	w.call("POST", "/v1/receptors", adminKey, `{"name":"Bell","executable_target":{"kind":"neuron","id":"writer"},"active_channels":["http"]}`).want(201)
	w.call("PUT", "/v1/neurons/writer", adminKey, `{"name":"Writer","kind":"echo","is_active":false}`).want(200)
	w.call("POST", "/v1/receptors/bell/fire", operatorKey, ``).want(409, codeConflict)
	w.call("DELETE", "/v1/neurons/writer", adminKey, "").want(200)
	w.call("POST", "/v1/receptors/bell/fire", operatorKey, ``).want(409, codeConflict)
	w.call("PATCH", "/v1/receptors/bell", adminKey, `{"name":"Bell 2"}`).want(400, codeInvalid)
	w.call("PATCH", "/v1/receptors/bell", adminKey, `{"name":"Bell 2","is_active":false}`).want(200)
}

// No change of one field is lost to a change of another at the same time.
func TestReceptorsChangedAtOnce(t *testing.T) {
	w := newWorld(t)
	newTargets(w)
	w.call("POST", "/v1/receptors", adminKey, `{"name":"Bell","executable_target":{"kind":"neuron","id":"writer"}}`).want(201)
	var racers sync.WaitGroup
	for _, body := range []string{`{"name":"Gong"}`, `{"description":"loud"}`, `{"slug":"gong"}`, `{"active_channels":["http"]}`,
		`{"source_config":{"dedupe":"body.id"}}`, `{"source_config":{"overlap":"queue"}}`, `{"source_config":{"timezone":"Asia/Tokyo"}}`} {
		racers.Go(func() {
			id := w.call("GET", "/v1/receptors", viewerKey, "").want(200).text("/receptors/0/id")
			w.call("PATCH", "/v1/receptors/"+id, adminKey, body).want(200)
		})
	}
	racers.Wait()
	a := w.call("GET", "/v1/receptors/gong", viewerKey, "").want(200)
	if a.text("/name") != "Gong" || a.text("/description") != "loud" || a.field("/active_channels") != `["http"]` || a.field("/version") != "8" ||
		a.field("/source_config") != `{"timezone":"Asia/Tokyo","overlap":"queue","dedupe":"body.id"}` {
		t.Errorf("%s", a.body)
	}
}

// next_tick is later than now.
func TestReceptorNextTick(t *testing.T) {
	w := newWorld(t)
	newTargets(w)
	a := w.call("POST", "/v1/receptors", adminKey, `{"name":"Clock","executable_target":{"kind":"neuron","id":"writer"},"active_channels":["cron"],"source_config":{"schedule":"@every 1000h"}}`).want(201)
	var next events.Time
	if err := next.UnmarshalText([]byte(a.text("/next_tick"))); err != nil || !next.After(time.Now()) {
		t.Errorf("%v: %s", err, a.body)
	}
}
