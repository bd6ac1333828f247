package httpapi

// The matrix: every route of openapi.yaml with every kind of credential. What
// each cell expects follows from the contract alone.

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// mark stands in everything that the workspace "default" owns here. It must
// never be in an answer to someone else.
const mark = "axolotl"

// revokedKey was an admin's of the default workspace.
const revokedKey = "admin-key-that-was-revoked"

// operation is a row of the matrix.
type operation struct {
	method, path string
	role         catalog.Role // public when no key is needed
	body         string       // an example
	streams      bool         // a 2xx may go on for ever
}

// operations reads the rows from the contract.
func operations(t *testing.T) []operation {
	t.Helper()
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	least := regexp.MustCompile(`Least role: (\w+)\.`)
	var rows []operation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			row := operation{method: method, path: path, body: exampleBody(t, op)}
			if op.Security == nil || len(*op.Security) > 0 {
				found := least.FindStringSubmatch(op.Description)
				if found == nil {
					t.Fatalf("%s %s names no least role", method, path)
				}
				row.role = catalog.Role(found[1])
			}
			if ok := op.Responses.Status(http.StatusOK); ok != nil {
				row.streams = ok.Value.Content.Get(mediaSSE) != nil
			}
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b operation) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return rows
}

// exampleBody gives the first example of an operation's body.
func exampleBody(t *testing.T, op *openapi3.Operation) string {
	t.Helper()
	if op.RequestBody == nil {
		return ""
	}
	media := op.RequestBody.Value.Content.Get(mediaJSON)
	example := media.Example
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		example = media.Examples[name].Value.Value
		break
	}
	if example == nil {
		t.Fatalf("%s: its body has no example", op.OperationID)
	}
	b, err := json.Marshal(example)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// at fills the path's parameters; what is called id is another's. Only a
// number must be well formed to reach what it is about.
func (o *operation) at(id string) string {
	return strings.NewReplacer("{n}", "1", "{id}", id).Replace(parameter.ReplaceAllLiteralString(o.path, id))
}

// parameter is every one but {n} and {id}, which at replaces itself.
var parameter = regexp.MustCompile(`\{[a-zA-Z_]{3,}\}`)

// things are what the default workspace owns, by the collection in the path.
func things(w *world) map[string]string {
	w.t.Helper()
	w.catalogFact("default", &events.WorkspaceCreated{Name: mark})
	graph := `{"nodes":[{"id":"ask","type":"human","prompt":"` + mark + `?","actions":["yes"]}],"edges":[]}`
	job := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+graph+`,"input":{"secret":"`+mark+`"},"labels":{"x":"`+mark+`"},"trace_id":"`+mark+`"}`,
		"Prefer: wait=60").want(200)
	w.call("PUT", "/v1/secrets/"+mark, adminKey, `{"value":"`+mark+`-value"}`).want(201)
	w.call("POST", "/v1/jobs", operatorKey, `{"pathway":{"nodes":[{"id":"work","type":"worker","queue":"`+mark+`","lease":"1h"}]},"input":"`+mark+`"}`).want(202)
	task := w.call("POST", "/v1/workers/"+mark+"/lease?wait=1m", operatorKey, "").want(200).text("/tasks/0/task_id")
	neuron := w.call("POST", "/v1/neurons", adminKey, `{"name":"`+mark+`","kind":"echo"}`).want(201).text("/id")
	return map[string]string{
		"jobs":          job.text("/job_id"),
		"interventions": job.text("/waitingFor/interventionId"),
		"tasks":         task,
		"neurons":       neuron,
		"pathways":      w.call("POST", "/v1/pathways", adminKey, `{"name":"`+mark+`","pathway_graph":`+graph+`}`).want(201).text("/id"),
		"receptors":     w.call("POST", "/v1/receptors", adminKey, `{"name":"`+mark+`","executable_target":{"kind":"neuron","id":"`+neuron+`"},"active_channels":["http","webhook"]}`).want(201).text("/id"),
		"api-keys":      w.call("POST", "/v1/api-keys", adminKey, `{"name":"`+mark+`","role":"viewer"}`).want(201).text("/id"),
		"traces":        mark,
		"workspaces":    "default",
	}
}

// collection is the word after /v1.
func (o *operation) collection() string {
	parts := strings.Split(o.path, "/")
	return parts[min(2, len(parts)-1)]
}

// owned gives the path with the default workspace's own thing in it.
func (o *operation) owned(own map[string]string) string {
	if id, ok := own[o.collection()]; ok {
		return o.at(id)
	}
	return o.at("nothing")
}

// hasID tells whether the path names one thing of a workspace.
func (o *operation) hasID() bool { return strings.Contains(o.path, "{id}") }

// ask is call that does not follow a stream that begins.
func (w *world) ask(o *operation, path, key string) *reply {
	w.t.Helper()
	if !o.streams {
		return w.call(o.method, path, key, o.body, "X-Request-Id: matrix")
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, o.method, w.url+path, strings.NewReader(o.body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {mediaJSON}, "X-Request-Id": {"matrix"}}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	a := &reply{t: w.t, status: resp.StatusCode, header: resp.Header}
	if resp.Header.Get("Content-Type") != mediaSSE {
		if a.body, err = io.ReadAll(resp.Body); err != nil {
			w.t.Fatal(err)
		}
	}
	return a
}

func TestMatrix(t *testing.T) {
	w := newWorld(t)
	w.addKey("default", revokedKey, catalog.Admin, nil)
	w.call("GET", "/v1/jobs", revokedKey, "").want(200)
	w.revoke("default", revokedKey)
	own := things(w)
	job := "/v1/jobs/" + own["jobs"]
	before := w.call("GET", job, viewerKey, "").want(200)
	mistyped := []byte(NewKey())
	mistyped[20] ^= 1

	// secret finds what an answer tells of the default workspace.
	secret := func(a *reply) {
		t.Helper()
		for what, text := range own {
			if what != "workspaces" && bytes.Contains(a.body, []byte(text)) || bytes.Contains(a.body, []byte(mark)) {
				t.Errorf("the answer tells of %s: %s", what, a.body)
			}
		}
	}
	columns := []struct {
		name, key string
		role      catalog.Role // "" for a key that does not count
		other     bool         // a workspace of its own
	}{
		{name: "no key"}, {name: "bad checksum", key: string(mistyped)}, {name: "unknown key", key: NewKey()},
		{name: "revoked", key: revokedKey}, {name: "expired", key: expiredKey},
		{name: "viewer", key: viewerKey, role: catalog.Viewer}, {name: "operator", key: operatorKey, role: catalog.Operator},
		{name: "admin of another workspace", key: otherKey, role: catalog.Admin, other: true},
	}
	rows := operations(t)
	cells := 0
	for _, o := range rows {
		for _, c := range columns {
			t.Run(o.method+" "+o.path+" with "+c.name, func(t *testing.T) {
				w := *w
				w.t = t
				cells++
				switch {
				case o.collection() == "hooks": // opened by a signature
					secret(w.ask(&o, o.at("nothing"), c.key).want(401, codeAuth))
				case o.role == public:
					if a := w.ask(&o, o.at("nothing"), c.key); a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
						t.Errorf("refused: %s", a.body)
					} else {
						secret(a)
					}
				case c.role == "":
					a := w.ask(&o, o.owned(own), c.key).want(401, codeAuth)
					if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
						t.Error("there is no challenge")
					}
					secret(a)
				case !c.role.Allows(o.role):
					secret(w.ask(&o, o.owned(own), c.key).want(403, codeForbidden))
				case !c.other: // its own things, but none is changed here
					if a := w.ask(&o, o.at("nothing"), c.key); a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status >= 500 {
						t.Errorf("%d: %s", a.status, a.body)
					}
				case o.method == http.MethodPost && o.path == "/v1/workspaces", o.path == "/metrics": // the instance's
					secret(w.ask(&o, o.path, c.key).want(403, codeForbidden))
				case o.hasID():
					foreign := w.ask(&o, o.owned(own), c.key).want(404, codeNotFound)
					unknown := w.ask(&o, o.at("unknown"), c.key).want(404, codeNotFound)
					if d := cmp.Diff(string(unknown.body), string(foreign.body)); d != "" {
						t.Errorf("the foreign is told from the unknown (-unknown +foreign):\n%s", d)
					}
					unknown.header.Del("Date")
					foreign.header.Del("Date")
					if d := cmp.Diff(unknown.header, foreign.header); d != "" {
						t.Errorf("the foreign is told from the unknown by headers (-unknown +foreign):\n%s", d)
					}
					secret(foreign)
				default:
					a := w.ask(&o, o.owned(own), c.key)
					if a.status == http.StatusUnauthorized || a.status >= 500 {
						t.Errorf("%d: %s", a.status, a.body)
					}
					secret(a)
				}
			})
		}
	}
	if want := 8 * len(w.server.routes()); cells != want {
		t.Errorf("%d cells, want %d", cells, want)
	}
	after := w.call("GET", job, viewerKey, "").want(200)
	if d := cmp.Diff(string(before.body), string(after.body)); d != "" {
		t.Errorf("the job was changed (-before +after):\n%s", d)
	}
}

// TestMatrixKnowsItsThings: a collection with ids must have one of its own
// here, or its row would prove nothing.
func TestMatrixKnowsItsThings(t *testing.T) {
	own := things(newWorld(t))
	for _, o := range operations(t) {
		if o.hasID() && o.role != public && own[o.collection()] == "" {
			t.Errorf("%s %s: things() owns none of %s", o.method, o.path, o.collection())
		}
	}
}
