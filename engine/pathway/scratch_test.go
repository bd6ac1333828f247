package pathway

import ("testing";"context";"fmt";"time";"strings")

func TestScratch(t *testing.T) {
	s := NewScope([]byte(`{"a":1,"f":1.5,"t":"x","big":12345678901234567890,"l":[1,2,3],"n":null}`), map[string]any{"id":"j"}, "tr")
	s.SetNode("draft", []byte(`{"text":"hi","n":2}`))
	s.SetNode("my-id", []byte(`{"text":"hi","n":2}`))
	for _, src := range []string{`input.a + 1`, `input.a*input.f`, `1 + 1.5`, `2.5*2`, `input`, `nodes.draft.output.text`, `nodes.nope.output.text`, `has(nodes.nope)`, `has(nodes.draft)`,`has(nodes.nope.output)`,
	 `nodes.?nope.output.text.orValue('d')`, `nodes.my-id.output`, `nodes['my-id'].output.n`, `nodes`, `nodes.map(k, k)`, `size(nodes)`, `item`, `foo.bar`, `input.zz`, `input.zz.y`, `has(input.zz)`, `input.?zz`, `input.?zz.y.orValue(3)`, `input.l.map(x, x*2)`, `input.l.map(x, x/2.0)`,
	 `json('{"a":[1,2.5]}').a[1]`, `toJson(input)`, `'a,b'.split(',')`, `'%s-%d'.format(['x',3])`, `job.id`, `trace.id`, `timestamp('2026-01-01T00:00:00Z') + duration('1h')`, `duration('90s')`, `b'abc'`, `base64.encode(b'abc')`, `int`, `'a' + 1`, `input.t + 1`, `input.a = 1`, `now()`, `1/0`, `input.l[5]`, `nodes.1st.output`, `"x".matches("(")`, `input.t.matches(input.t)`, `nodes.draft.output.n == 2.0`, `input.a == 1.0`, `1 < 1.5`, `lists.range(3)`, `[3,1,2].sort()`, `[1,1].distinct()`, `math.greatest(1,2)`, `input.big`, `{1:2, '1':3}`, `nodes == nodes`, `input.l.exists(x, x > 2)`, `"a" in input`, `nodes['no' + 'pe']`, `type(1)`, `optional.none()`, `input.n == null`, `string(input.a)`, `input.a + "x"`, `[1,2].flatten()`, `cel.bind(x, 1, x)`, `google.protobuf.Struct{fields:{}}`} {
		e, err := CompileExpr(src)
		if err != nil { fmt.Println("C!", src, "=>", err); continue }
		v, err := e.Value(context.Background(), s)
		if err != nil { fmt.Println("E!", src, "=>", err); continue }
		tx, err := e.text(context.Background(), s)
		fmt.Println("OK", src, "=>", string(v), "|", tx, err, e.uses)
	}
	big := `[` + strings.Repeat(`1,`, 100000) + `1]`
	s = NewScope([]byte(`{"l":`+big+`,"s":"`+strings.Repeat("a", 900000)+`"}`), nil, "")
	for _, src := range []string{`input.l.map(x, x+1).size()`, `input.l.map(x, input.l.map(y, x*y)).size()`, `input.l.filter(x, x>1)`, `input.l.exists(x, x>1)`, `[1].map(a,[a,a])` + strings.Repeat(`.map(a,[a,a])`, 40), `[[1,1]]`+strings.Repeat(`.map(a,[a,a])`,40)+` == 1`,
	 `input.s.replace('', input.s)`, `[input.s,input.s].join()`, `input.l.map(x, input.s)`, `input.l.map(x, input.s + 'x').size()`,`input.l.map(x, input.s.upperAscii()).size()`, `input.s.indexOf(input.s)`, `input.l.map(x, input.l).flatten().size()`, `input.l.distinct()`, `input.l.sort().size()`, `input.l.map(x, toJson(input.l)).size()`, `input.l.map(x, json(input.s)).size()`, `input.l.map(x, '['+'1]').map(x, json(x)).size()`, `input.l.all(x, input.l.all(y, input.l.all(z, z>0)))`, `input.l.map(x, input.l.size())[0]`, `input.l.map(x, 'abc'.matches('a+b?c')).size()`, `input.l.map(x, input.l == input.l).size()`, `input.s.split('').size()`, `input.s.substring(0,100000).matches('(a?){20}(a|b)*c')`} {
		t0 := time.Now()
		e, err := CompileExpr(src)
		c := time.Since(t0)
		if err != nil { fmt.Println("C!", src[:min(60,len(src))], "=>", err); continue }
		t0 = time.Now()
		v, err := e.Value(context.Background(), s)
		fmt.Println(c, time.Since(t0), src[:min(60,len(src))], len(v), err)
	}
}
func BenchmarkCompile(b *testing.B) { for b.Loop() { CompileExpr("nodes.review.output.action == 'approve'") } }
func BenchmarkEval(b *testing.B) { e, _ := CompileExpr("nodes.review.output.action == 'approve'"); s := NewScope([]byte("{}"), nil, ""); s.SetNode("review", []byte(`{"action":"approve"}`)); b.ReportAllocs(); for b.Loop() { e.Bool(b.Context(), s) } }
