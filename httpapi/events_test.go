package httpapi

// The audit log: pages, forms, and that what is served proves itself.

import (
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

// served is an event as an auditor reads it.
type served struct {
	N         uint64         `json:"n"`
	Cursor    string         `json:"cursor"`
	Type      string         `json:"type"`
	At        string         `json:"at"`
	Job       string         `json:"job_id"`
	Workspace string         `json:"workspace_id"`
	Actor     jsontext.Value `json:"actor"`
	Data      jsontext.Value `json:"data"`
	Prev      events.Hash    `json:"prev_hash"`
	Hash      events.Hash    `json:"hash"`
}

type servedPage struct {
	Events []served `json:"events"`
	Next   *string  `json:"next"`
}

// ended runs a job of several commits to its end.
func (w *world) ended() string {
	id, question := w.waiting()
	w.call("POST", "/v1/jobs/"+id+"/input", operatorKey, `{"input":{"type":"intervention_response","interventionId":"`+question+`","action":"approve","fields":{"score":1}}}`).want(200)
	return id
}

func (w *world) eventPage(id, query string) servedPage {
	w.t.Helper()
	var p servedPage
	w.call("GET", "/v1/jobs/"+id+"/events"+query, viewerKey, "").want(200).into(&p)
	return p
}

// withoutValues reduces payloads to their digests, as the hash was taken.
func withoutValues(t *testing.T, v jsontext.Value) jsontext.Value {
	t.Helper()
	var m map[string]jsontext.Value
	if err := json.Unmarshal(v, &m); err != nil {
		t.Fatal(err)
	}
	for name, value := range m {
		if value.Kind() != '{' {
			continue
		}
		var p map[string]jsontext.Value
		if err := json.Unmarshal(value, &p); err != nil {
			t.Fatal(err)
		}
		if sum, ok := p["sha256"]; ok {
			value, kept := p["value"] // else it was erased
			if got := fmt.Sprintf("%q", events.HashOf(value)); kept && got != string(sum) {
				t.Errorf("the value of %s has the digest %s, not %s", name, got, sum)
			}
			m[name] = jsontext.Value(`{"sha256":` + string(sum) + `}`)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEventsProveThemselves(t *testing.T) {
	w := newWorld(t)
	id := w.ended()
	page := w.eventPage(id, "")
	if page.Next != nil {
		t.Errorf("next is %s at the end", *page.Next)
	}
	want := []string{
		"job.submitted", "job.started", "node.started", "node.waiting", "intervention.opened", "job.waiting",
		"intervention.answered", "node.succeeded", "job.resumed", "job.completed",
	}
	if d := cmp.Diff(want, page.prove(t)); d != "" {
		t.Errorf("types (-want +got):\n%s", d)
	}
}

// prove computes the hashes of a whole history from what is served, as an
// auditor does, and gives the types of its events.
func (p *servedPage) prove(t *testing.T) (types []string) {
	t.Helper()
	var prev events.Hash
	for i, e := range p.Events {
		types = append(types, e.Type)
		if e.N != uint64(i)+1 || e.Prev != prev {
			t.Errorf("event %d: n %d, prev %s, want %s", i, e.N, e.Prev, prev)
		}
		canonical := jsontext.Value(fmt.Sprintf(`{"actor":%s,"at":%q,"data":%s,"n":%d,"subject":"jobs.%s.%s","type":%q}`,
			e.Actor, e.At, withoutValues(t, e.Data), e.N, e.Workspace, e.Job, e.Type))
		if err := canonical.Canonicalize(); err != nil {
			t.Fatal(err)
		}
		if got := events.Hash(sha256.Sum256(append(prev[:], canonical...))); got != e.Hash {
			t.Errorf("event %d has the hash %s, computed %s from %s", e.N, e.Hash, got, canonical)
		}
		prev = e.Hash
	}
	return types
}

func TestEventPages(t *testing.T) {
	w := newWorld(t)
	id := w.ended()
	whole := w.eventPage(id, "").Events
	for _, types := range []string{"", "&type=node.started&type=job.completed", "&type=job.paused"} {
		var want []served
		for _, e := range whole {
			if types == "" || strings.Contains(types, "="+e.Type) {
				want = append(want, e)
			}
		}
		for limit := 1; limit <= len(whole)+1; limit++ {
			var got []served
			after := ""
			for pages := 0; ; pages++ {
				p := w.eventPage(id, fmt.Sprintf("?limit=%d&after=%s%s", limit, after, types))
				if n := len(got); n > 0 && len(p.Events) > 0 && got[n-1].Cursor == p.Events[0].Cursor {
					t.Errorf("limit %d: the commit %s is split", limit, got[n-1].Cursor)
				}
				if len(p.Events) > limit && p.Events[0].Cursor != p.Events[len(p.Events)-1].Cursor {
					t.Errorf("limit %d: a page of %d events", limit, len(p.Events))
				}
				got = append(got, p.Events...)
				if p.Next == nil {
					break
				}
				if after = *p.Next; pages > len(whole) {
					t.Fatalf("limit %d: the pages have no end", limit)
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("limit %d%s (-want +got):\n%s", limit, types, d)
			}
		}
	}
}

func TestEventLines(t *testing.T) {
	w := newWorld(t)
	id := w.ended()
	a := w.call("GET", "/v1/jobs/"+id+"/events?limit=2", viewerKey, "", "Accept: application/x-ndjson").want(200)
	if got := a.header.Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("Content-Type is %q", got)
	}
	link := a.header.Get("Link")
	next, _, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">; rel=\"next\"")
	if !ok {
		t.Fatalf("Link is %q", link)
	}
	b := w.call("GET", next, viewerKey, "", "Accept: application/json;q=0.5, application/x-ndjson").want(200)
	var lines int
	for line := range strings.Lines(string(a.body) + string(b.body)) {
		var e served
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if lines++; e.N != uint64(lines) {
			t.Errorf("line %d is event %d", lines, e.N)
		}
	}
	if lines < 4 {
		t.Errorf("%d lines in two pages", lines)
	}
}

func TestEventRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.ended()
	for _, query := range []string{
		"after=x", "after=1", "after=99999-0", "after=0-99999", "limit=0", "limit=1001", "type=job.exploded", "type=", "type=neuron.stored", "colour=red",
		"after=1-0&after=2-0",
	} {
		t.Run(query, func(t *testing.T) {
			w.call("GET", "/v1/jobs/"+id+"/events?"+query, viewerKey, "").want(400, codeInvalid)
		})
	}
	w.call("GET", "/v1/jobs/"+id+"/events", otherKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/jobs/019a1c2e-7f00-7000-8000-000000000000/events", viewerKey, "").want(404, codeNotFound)
	last := w.call("GET", "/v1/jobs/"+id, viewerKey, "").want(200).text("/cursor")
	if p := w.eventPage(id, "?after="+last); len(p.Events) != 0 || p.Next != nil {
		t.Errorf("after the end: %v", p)
	}
}

// TestEventTypes holds the types that a filter takes to the facts of jobs that
// there are, and to the contract.
func TestEventTypes(t *testing.T) {
	source, err := os.ReadFile("../events/facts.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`Type\(\) string\s*\{ return "([a-z.]+)" \}`).FindAllStringSubmatch(string(source), -1) {
		switch kind, _, _ := strings.Cut(m[1], "."); kind {
		case "workspace", "neuron", "pathway", "key", "receptor", "share", "secret": // of catalogs
		default:
			want = append(want, m[1])
		}
	}
	if d := cmp.Diff(want, eventTypes); d != "" {
		t.Errorf("facts of jobs against types of filters (-facts +filters):\n%s", d)
	}
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for _, v := range doc.Components.Schemas["EventType"].Value.Enum {
		described = append(described, v.(string))
	}
	slices.Sort(want)
	slices.Sort(described)
	if d := cmp.Diff(want, described); d != "" {
		t.Errorf("facts of jobs against openapi.yaml (-facts +yaml):\n%s", d)
	}
}
