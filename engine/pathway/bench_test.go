package pathway

import (
	"fmt"
	"strings"
	"testing"
)

// A graph of ten nodes, with a template in each and a condition on each edge.
func BenchmarkParse(b *testing.B) {
	var nodes, edges []string
	for i := range 10 {
		nodes = append(nodes, fmt.Sprintf(`{"id":"n%d","type":"do","with":{"text":"Hello {{ input.name }}","n":%d}}`, i, i))
		if i > 0 {
			edges = append(edges, fmt.Sprintf(`{"from":"n%d","to":"n%d","when":"nodes.n%d.output.ok == true"}`, i-1, i, i-1))
		}
	}
	doc := []byte(`{"nodes":[` + strings.Join(nodes, ",") + `],"edges":[` + strings.Join(edges, ",") + `]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Parse(doc, few{}); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func BenchmarkCompileExpr(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := CompileExpr(`nodes.review.output.action == 'approve'`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBool(b *testing.B) {
	e, err := CompileExpr(`nodes.draft.output.text == 'hello'`)
	if err != nil {
		b.Fatal(err)
	}
	s := exampleScope()
	b.ReportAllocs()
	for b.Loop() {
		if yes, err := e.Bool(b.Context(), s); !yes || err != nil {
			b.Fatal(yes, err)
		}
	}
}

func BenchmarkValue(b *testing.B) {
	var v Value
	if err := v.UnmarshalJSON([]byte(`{"to":"{{ input.text }}","text":"Dear {{ input.text }}, {{ nodes.draft.output.text }}.","n":[1,2,3]}`)); err != nil {
		b.Fatal(err)
	}
	s := exampleScope()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Eval(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}
