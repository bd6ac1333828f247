package pathway

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
)

// The examples in the text of docs/expressions.md compile.
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
	if len(examples) < 6 {
		t.Fatalf("only %d examples were found: %q", len(examples), examples)
	}
	for _, src := range examples {
		if _, err := CompileExpr(src); err != nil {
			t.Error(err)
		}
	}
}

// Every example of docs/expressions.md gives what it says, and every function
// of our own has one.
func TestDocumentedFunctions(t *testing.T) {
	raw, err := os.ReadFile("../../docs/expressions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, doc, _ := strings.Cut(string(raw), "## Functions")
	doc, _, _ = strings.Cut(doc, "## Limits")
	input := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindStringSubmatch(doc)
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)`.* \\| `([^`]+)` \\|$").FindAllStringSubmatch(doc, -1)
	if input == nil || len(rows) < 80 || len(rows) != strings.Count(doc, "\n| `") {
		t.Fatalf("%d of %d examples were understood", len(rows), strings.Count(doc, "\n| `"))
	}
	scope := NewScope([]byte(input[1]), nil, "")
	used := map[string]bool{}
	for _, row := range rows {
		e, err := CompileExpr(row[1])
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := e.Value(t.Context(), scope)
		if err != nil || string(got) != row[2] {
			t.Errorf("%s gives %s (%v), and the document says %s", row[1], got, err, row[2])
		}
		for _, name := range regexp.MustCompile(`[a-zA-Z_0-9.]*\(`).FindAllString(row[1], -1) {
			name = strings.TrimSuffix(name, "(")
			used[name], used[name[strings.LastIndex(name, ".")+1:]] = true, true
		}
	}
	own, err := cel.NewCustomEnv(cel.Lib(library{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range []*cel.Env{own, celEnv()} {
		for name := range env.Functions() {
			if !used[name] && !undocumented.MatchString(name) {
				t.Errorf("%s has no example", name)
			}
		}
	}
}

// undocumented are the functions of standard CEL that need no example here:
// operators, conversions, parts of a time; and CEL's own helpers.
var undocumented = regexp.MustCompile(`^([@_!?-].*|in|cel\.@.*|math\.@.*|uint|bool|bytes|dyn|type|lowerAscii|upperAscii|optional_unwrap|optional\.unwrap|optFlatMap|optional\.ofNonZeroValue|get[A-Z].*|@.*)$`)
