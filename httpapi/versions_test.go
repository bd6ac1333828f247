package httpapi

// Versions of definitions: kept, listed, promoted, gone with the definition.

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/catalog"
)

func TestNeuronVersions(t *testing.T) {
	w := newWorld(t)
	id := w.call("POST", "/v1/neurons", adminKey, `{"name":"One","slug":"one","kind":"echo","config":{"delay_ms":1},"input_schema":{"type":"object"}}`).want(201).text("/id")
	w.call("PUT", "/v1/neurons/one", adminKey, `{"name":"Two","slug":"two","kind":"echo","is_active":false}`).want(200)
	w.call("PUT", "/v1/neurons/two", adminKey, `{"name":"Three","kind":"echo"}`).want(200)
	names := func(query string) []string {
		var page versionList[catalog.Neuron]
		w.call("GET", "/v1/neurons/two/versions"+query, viewerKey, "").want(200).into(&page)
		got := []string{fmt.Sprint(page.Total)}
		for _, n := range page.Versions {
			got = append(got, fmt.Sprintf("%d %s %s", n.Version, n.Name, n.Slug))
		}
		return got
	}
	for query, want := range map[string][]string{
		"":                  {"3", "3 Three two", "2 Two two", "1 One one"},
		"?limit=1&offset=1": {"3", "2 Two two"},
		"?offset=9":         {"3"},
	} {
		if d := cmp.Diff(want, names(query)); d != "" {
			t.Errorf("%s (-want +got):\n%s", query, d)
		}
	}
	first := w.call("GET", "/v1/neurons/"+id+"/versions/1", viewerKey, "").want(200)
	if first.text("/name") != "One" || first.field("/config") != `{"delay_ms":1}` || first.field("/version") != "1" {
		t.Errorf("version 1 is %s", first.body)
	}

	now := w.call("POST", "/v1/neurons/"+id+"/versions/1/promote", adminKey, "").want(200)
	var old, promoted catalog.Neuron
	first.into(&old)
	now.into(&promoted)
	want := old
	want.Slug, want.Version, want.UpdatedAt = "two", 4, promoted.UpdatedAt
	if d := cmp.Diff(want, promoted); d != "" {
		t.Errorf("promoted (-want +got):\n%s", d)
	}
	if got := w.call("GET", "/v1/neurons/two", viewerKey, "").want(200); string(got.body) != string(now.body) {
		t.Errorf("the newest is %s", got.body)
	}
	w.call("POST", "/v1/neurons/two/versions/2/promote", adminKey, `{"workspace_id":"default"}`).want(200)
	w.call("POST", "/v1/neurons/two/invoke", operatorKey, `{"message":"hi"}`).want(409, codeConflict) // version 2 was not active
	if d := cmp.Diff([]string{"5", "5 Two two"}, names("?limit=1")); d != "" {
		t.Error(d)
	}

	for _, n := range []string{"6", "0", "-1", "01", "+1", "1.0", "x", "%2F", "99999999999999999999", "9223372036854775807"} {
		w.call("GET", "/v1/neurons/two/versions/"+n, viewerKey, "").want(404, codeNotFound)
		w.call("POST", "/v1/neurons/two/versions/"+n+"/promote", adminKey, "").want(404, codeNotFound)
	}
	w.call("GET", "/v1/neurons/"+id+"/versions", otherKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/neurons/"+id+"/versions/1", otherKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/neurons/"+id+"/versions/1/promote", otherKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/neurons/two/versions/1/promote", operatorKey, "").want(403, codeForbidden)
	w.call("POST", "/v1/neurons/two/versions/1/promote", adminKey, `{"name":"x"}`).want(400, codeInvalid)
	w.call("GET", "/v1/neurons/two/versions/1?x=1", viewerKey, "").want(400, codeInvalid)
	w.call("GET", "/v1/neurons/two/versions?limit=0", viewerKey, "").want(400, codeInvalid)

	w.call("DELETE", "/v1/neurons/two", adminKey, "").want(200)
	w.call("GET", "/v1/neurons/"+id+"/versions", viewerKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/neurons/"+id+"/versions/1", viewerKey, "").want(404, codeNotFound)
	w.call("POST", "/v1/neurons/"+id+"/versions/1/promote", adminKey, "").want(404, codeNotFound)
}

func TestPathwayVersions(t *testing.T) {
	w := newWorld(t)
	w.call("POST", "/v1/neurons", adminKey, `{"name":"Said","slug":"said","kind":"echo"}`).want(201)
	const naming = `{"nodes":[{"id":"a","type":"neuron","neuron":"said"}],"edges":[]}`
	id := w.call("POST", "/v1/pathways", adminKey, `{"name":"Flow","pathway_graph":`+naming+`,"pathway_data":{"x":1}}`).want(201).text("/id")
	w.call("PUT", "/v1/pathways/flow", adminKey, `{"name":"Flow again","pathway_graph":`+echoGraph+`}`).want(200)
	now := w.call("POST", "/v1/pathways/flow/versions/1/promote", adminKey, "{}").want(200)
	if now.field("/version") != "3" || now.text("/name") != "Flow" || now.field("/pathway_data") != `{"x":1}` || now.field("/pathway_graph") != naming {
		t.Errorf("%s", now.body)
	}
	if got := w.call("GET", "/v1/pathways/flow/versions", viewerKey, "").want(200); got.field("/total") != "3" || got.field("/versions/0/version") != "3" {
		t.Errorf("%s", got.body)
	}
	if got := w.call("GET", "/v1/pathways/"+id+"/versions/2", viewerKey, "").want(200); got.text("/name") != "Flow again" {
		t.Errorf("%s", got.body)
	}
	started := w.call("POST", "/v1/pathways/flow/execute", operatorKey, `{"input":{"message":"hi"}}`, "Prefer: wait=30").want(200)
	if started.field("/pathway_version") != "3" || started.text("/result/text") != "hi" {
		t.Errorf("%s", started.body)
	}

	// What it names is gone: it can be read, not promoted.
	w.call("DELETE", "/v1/neurons/said", adminKey, "").want(200)
	refused := w.call("POST", "/v1/pathways/flow/versions/1/promote", adminKey, "").want(409, codeConflict).failure()
	if len(refused.Details) == 0 || refused.Details[0].Path != "/pathway_graph/nodes/0/neuron" {
		t.Errorf("%+v", refused)
	}
	w.call("GET", "/v1/pathways/flow/versions/1", viewerKey, "").want(200)
	w.call("GET", "/v1/pathways/flow/versions/4", viewerKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/pathways/none/versions/1", viewerKey, "").want(404, codeNotFound)
	w.call("GET", "/v1/pathways/"+id+"/versions/1", otherKey, "").want(404, codeNotFound)
}
