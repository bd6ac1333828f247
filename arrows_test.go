package ranvier_test

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	stdpath "path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The arrows: which package may import which. A pattern is an import path, or
// a path and "/..." for it and all below it. Paths of this module are written
// without their first element, "ranvier".

// mayImport says which packages of this module a package may import; the first
// row that fits a package counts. Tests keep to the same row, and to testOnly.
var mayImport = []struct {
	from string
	to   []string
}{
	// The vocabulary and the graph know nothing of the rest.
	{"events", nil},
	{"events/...", []string{"events/..."}},
	{"engine/pathway/...", nil},

	// Pure: state, its fold, its decisions.
	{"engine/job/...", []string{"events", "engine/pathway", "engine/job"}},
	{"engine/catalog", []string{"events", "engine/pathway"}},

	// Ciphers only, and texts only.
	{"engine/seal", nil},
	{"engine/scrub", nil},

	// Lines of calls.
	{"engine/gate", nil},

	{"engine/nodes/...", []string{"engine/pathway", "engine/scrub", "engine/nodes/..."}},
	{"engine/...", []string{"events", "engine/..."}},
	{"projections/...", []string{"events", "engine/job", "engine/catalog", "projections/..."}},
	{"httpapi/...", []string{"events", "engine/...", "projections/...", "httpapi/...", "webui"}},

	// The files of the dashboard, and the settings: read by one, import none.
	{"webui/...", nil},
	{"config", nil},

	// What users copy: nothing of ours.
	{"samples/...", []string{"samples/..."}},

	// The wiring sees everything.
	{"cmd/...", []string{"..."}},
	{".", nil},
}

// onlyBy says who alone may import a package or library; nobody but tests
// where the list is empty.
var onlyBy = []struct {
	to   string
	from []string
}{
	{"github.com/nats-io/...", []string{"events/natslog/..."}},
	{"github.com/synadia-io/...", []string{"events/natslog/..."}},
	{"go.etcd.io/bbolt/...", []string{"projections/..."}},
	{"github.com/gorilla/mux", []string{"httpapi/..."}},
	{"github.com/prometheus/...", []string{"httpapi/...", "cmd/..."}},
	{"cel.dev/...", []string{"engine/pathway/..."}},
	{"github.com/netresearch/...", []string{"engine"}},
	{"github.com/spf13/...", []string{"cmd/...", "config"}},
	{"ranvier/config", []string{"cmd/..."}},
	{"ranvier/events/natslog/...", []string{"cmd/...", "events/natslog/..."}},

	// Made for tests; the dev command shows a model that costs nothing.
	{"ranvier/events/logtest", nil},
	{"ranvier/engine/job/jobtest", nil},
	{"ranvier/engine/nodes/modeltest", []string{"cmd/..."}},
}

// testOnly lists what any package's tests may import beside what its row of
// mayImport allows: the real log, and the suites and servers made for tests.
var testOnly = []string{"events/natslog", "events/logtest", "engine/job/jobtest", "engine/nodes/modeltest"}

// TestArrows holds every import of this module against the tables.
func TestArrows(t *testing.T) {
	edges := listEdges(t)
	if len(edges) < 10 {
		t.Fatalf("go list gave %d imports; the test sees too little", len(edges))
	}
	for _, e := range edges {
		if err := e.check(); err != nil {
			t.Error(err)
		}
	}
}

// TestArrowsNoticeABadEdge proves that the rules above refuse what they should.
func TestArrowsNoticeABadEdge(t *testing.T) {
	for _, tc := range []struct {
		e    edge
		good bool
	}{
		{edge{from: "ranvier/engine/job", to: "ranvier/events"}, true},
		{edge{from: "ranvier/events", to: "fmt"}, true},
		{edge{from: "ranvier/cmd/ranvier", to: "ranvier/events/natslog"}, true},
		{edge{from: "ranvier/events/natslog", to: "github.com/nats-io/nats.go/jetstream"}, true},
		{edge{from: "ranvier/httpapi", to: "ranvier/events/natslog", test: true}, true},
		{edge{from: "ranvier/engine", to: "ranvier/engine/nodes"}, true},
		{edge{from: "ranvier/events", to: "ranvier/events/logtest", test: true}, true},
		{edge{from: "ranvier/cmd/ranvier", to: "ranvier/engine/nodes/modeltest"}, true},

		{edge{from: "ranvier/events", to: "ranvier/engine/job"}, false},
		{edge{from: "ranvier/events", to: "ranvier/events/natslog"}, false},
		{edge{from: "ranvier/engine/pathway", to: "ranvier/events"}, false},
		{edge{from: "ranvier/engine/nodes", to: "ranvier/engine/job"}, false},
		{edge{from: "ranvier/engine/nodes", to: "ranvier/engine"}, false},
		{edge{from: "ranvier/engine/job", to: "ranvier/engine/catalog"}, false},
		{edge{from: "ranvier/engine/catalog", to: "ranvier/engine/job"}, false},
		{edge{from: "ranvier/engine", to: "ranvier/projections"}, false},
		{edge{from: "ranvier/engine", to: "ranvier/projections", test: true}, false},
		{edge{from: "ranvier/engine", to: "ranvier/httpapi"}, false},
		{edge{from: "ranvier/projections", to: "ranvier/engine"}, false},
		{edge{from: "ranvier/httpapi", to: "ranvier/events/natslog"}, false},
		{edge{from: "ranvier/httpapi", to: "ranvier/config"}, false},
		{edge{from: "ranvier/engine", to: "ranvier/engine/nodes/modeltest"}, false},
		{edge{from: "ranvier/events/natslog", to: "ranvier/events/logtest"}, false},
		{edge{from: "ranvier/engine", to: "github.com/nats-io/nats.go"}, false},
		{edge{from: "ranvier/httpapi", to: "go.etcd.io/bbolt"}, false},
		{edge{from: "ranvier/projections", to: "github.com/gorilla/mux"}, false},
		{edge{from: "ranvier/elsewhere", to: "fmt"}, false}, // a package that no row knows
	} {
		if err := tc.e.check(); (err == nil) != tc.good {
			t.Errorf("%s -> %s (test %v): got %v, want good = %v", tc.e.from, tc.e.to, tc.e.test, err, tc.good)
		}
	}
}

// edge is one import.
type edge struct {
	from, to string
	test     bool // made by a _test.go file
}

// check holds the edge against the tables.
func (e edge) check() error {
	from := local(e.from)
	var allowed []string
	known := false
	for _, r := range mayImport {
		if fits(r.from, from) {
			allowed, known = r.to, true
			break
		}
	}
	if !known {
		return fmt.Errorf("%s has no row in mayImport: say what it may import", e.from)
	}
	if e.from == e.to {
		return nil // an external test of the package itself
	}
	to := local(e.to)
	if e.test && slices.Contains(testOnly, to) {
		return nil
	}
	if ours(e.to) && !fitsAny(allowed, to) {
		return fmt.Errorf("%s must not import %s", e.from, e.to)
	}
	for _, r := range onlyBy {
		if fits(r.to, e.to) && !fitsAny(r.from, from) {
			return fmt.Errorf("%s must not import %s: only %s may", e.from, e.to, cmp.Or(strings.Join(r.from, ", "), "tests"))
		}
	}
	return nil
}

func ours(path string) bool { return path == "ranvier" || strings.HasPrefix(path, "ranvier/") }

// local is a path of this module without the module's name.
func local(path string) string {
	if path == "ranvier" {
		return "."
	}
	return strings.TrimPrefix(path, "ranvier/")
}

func fits(pattern, path string) bool {
	if pattern == "..." {
		return true
	}
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == root || strings.HasPrefix(path, root+"/")
	}
	return pattern == path
}

func fitsAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, path) })
}

// listEdges gives every direct import of every Go file of this module, those
// behind build constraints too. It reads the files itself, not through go
// list, so that go test knows what the result depends on and does not keep an
// old one.
func listEdges(t *testing.T) []edge {
	t.Helper()
	var edges []edge
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin" || name == "data") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from := stdpath.Join("ranvier", filepath.ToSlash(filepath.Dir(path)))
		for _, spec := range file.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			edges = append(edges, edge{from, to, strings.HasSuffix(name, "_test.go")})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return edges
}
