package pathway

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The examples of docs/expressions.md compile, and so does every function that
// its table names.
func TestDocumentedExpressions(t *testing.T) {
	raw, err := os.ReadFile("../../docs/expressions.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	fenced := regexp.MustCompile("(?s)```([a-z]*)\n(.*?)\n```")
	var examples []string
	for _, m := range fenced.FindAllStringSubmatch(doc, -1) {
		if m[1] == "" { // no language: one expression a line
			examples = append(examples, strings.Split(m[2], "\n")...)
		}
	}
	inline := fenced.ReplaceAllString(doc, "")
	for _, m := range regexp.MustCompile("`([^`\n]*(?:nodes|input)[.\\[][^`\n]*)`").FindAllStringSubmatch(inline, -1) {
		if !strings.Contains(m[1], "<id>") {
			examples = append(examples, m[1])
		}
	}
	if len(examples) < 12 {
		t.Fatalf("only %d examples were found: %q", len(examples), examples)
	}
	for _, src := range examples {
		if _, err := CompileExpr(src); err != nil {
			t.Error(err)
		}
	}
	_, table, _ := strings.Cut(doc, "## Functions")
	table, _, _ = strings.Cut(table, "\n```")
	macros := map[string]bool{"map": true, "filter": true, "all": true, "exists": true, "exists_one": true, "sortBy": true, "has": true, "math.greatest": true, "math.least": true}
	names := regexp.MustCompile("`([a-zA-Z0-9_.]+)(?:\\([a-z, ]*\\))?`").FindAllStringSubmatch(table, -1)
	if len(names) < 40 {
		t.Fatalf("only %d functions were found", len(names))
	}
	for _, m := range names {
		switch name := m[1]; {
		case name == "in":
			name = "@in"
			fallthrough
		case !macros[name] && name != ".":
			if !celEnv().HasFunction(name) {
				t.Errorf("there is no function %s", name)
			}
		}
	}
}
