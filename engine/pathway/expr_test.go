package pathway

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func exampleScope() *Scope {
	s := NewScope(jsontext.Value(`{"z":1, "a":{"y":[1.50,12345678901234567890],"x":null}, "n":7, "f":2.5, "whole":3.0,
		"text":"Ada", "list":[3,1,2], "yes":true, "none":null, "big":12345678901234567890, "items":[{"id":2,"tags":["q"]},{"id":1,"tags":[]}]}`),
		map[string]any{"id": "j1", "created_at": "2026-01-02T03:04:05.000Z"}, "t1")
	s.SetNode("draft", jsontext.Value(`{"text":"hello","score":0.5}`))
	s.SetNode("my-id", jsontext.Value(`[1,2]`))
	s.SetNode("nothing", nil)
	s.SetNode("gone", jsontext.Value(`1`))
	s.UnsetNode("gone")
	return s
}

func TestExprValue(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		// what there is
		{`input.text`, `"Ada"`},
		{`input["text"]`, `"Ada"`},
		{`nodes.draft.output.text`, `"hello"`},
		{`nodes['my-id'].output[1]`, `2`},
		{`nodes.nothing.output`, `null`},
		{`job.id + trace.id`, `"j1t1"`},
		{`timestamp(job.created_at) + duration('1h')`, `"2026-01-02T04:04:05Z"`},
		{`timestamp(job.created_at).getFullYear()`, `2026`},
		{`has(nodes.draft)`, `true`},
		{`has(nodes.other)`, `false`},
		{`has(nodes.gone)`, `false`},
		{`has(input.nope)`, `false`},
		{`has(input.none)`, `true`},
		{`'draft' in nodes`, `true`},
		{`size(nodes)`, `3`},
		{`nodes == nodes`, `true`},
		{`nodes.exists(id, id == 'my-id')`, `true`},
		{`nodes.?other.output.text.orValue('none')`, `"none"`},
		{`input.?a.y[0].orValue(0)`, `1.5`},
		{`input.?nope`, `null`},
		// passed on as it is, or made
		{`input.a`, `{"y":[1.50,12345678901234567890],"x":null}`},
		{`input.a.y`, `[1.50,12345678901234567890]`},
		{`{'z': input.a, 'a': [input.list, 1, 'x']}`, `{"a":[[3,1,2],1,"x"],"z":{"y":[1.50,12345678901234567890],"x":null}}`},
		{`nodes`, `{"draft":{"output":{"text":"hello","score":0.5}},"my-id":{"output":[1,2]},"nothing":{"output":null}}`},
		{`{1: true, true: 2}[1]`, `true`},
		// numbers
		{`input.n + 1`, `8`},
		{`input.whole`, `3`},
		{`input.whole + 1`, `4`},
		{`input.n / 2`, `3`},
		{`double(input.n) / 2`, `3.5`},
		{`input.n * input.f`, `17.5`},
		{`input.f * 2`, `5`},
		{`1 + 1.5`, `2.5`},
		{`1.5 - 1`, `0.5`},
		{`3 / 2.0`, `1.5`},
		{`input.n < 7.5 && 1 < 1.5 && input.n == 7.0`, `true`},
		{`input.big`, `12345678901234567000`},
		{`9223372036854775807`, `9223372036854775807`},
		{`18446744073709551615u`, `18446744073709551615`},
		{`7 % 4`, `3`},
		{`math.greatest(input.list)`, `3`},
		{`math.round(2.5)`, `3`},
		// text
		{`input.text.lowerAscii() + string(input.n)`, `"ada7"`},
		{`'a,b'.split(',')`, `["a","b"]`},
		{`['a','b'].join('-')`, `"a-b"`},
		{`'%s has %d'.format([input.text, input.n])`, `"Ada has 7"`},
		{`'aXbX'.replace('X', '--')`, `"a--b--"`},
		{`'abc'.matches('^a.c$')`, `true`},
		{`'héllo'.substring(1, 3)`, `"él"`},
		{`' x '.trim().size()`, `1`},
		{`base64.encode(bytes('hi'))`, `"aGk="`},
		{`string(base64.decode('aGk='))`, `"hi"`},
		{`b'hi'`, `"aGk="`},
		{`json('{"a":[1, 2.5]}').a[1]`, `2.5`},
		{`json('[1,  2]')`, `[1,2]`},
		{`toJson({'b': [1, 2.0], 'a': null})`, `"{\"a\":null,\"b\":[1,2]}"`},
		{`toJson(json('{"b": 1,"a":2}'))`, `"{\"b\":1,\"a\":2}"`},
		// lists
		{`input.list.map(x, x * 2)`, `[6,2,4]`},
		{`input.list.filter(x, x > 1)`, `[3,2]`},
		{`input.list.sort()`, `[1,2,3]`},
		{`input.list.exists(x, x == 2)`, `true`},
		{`input.items.sortBy(x, x.id).map(x, x.id)`, `[1,2]`},
		{`input.items.map(x, x.tags).flatten()`, `["q"]`},
		{`[1, 2, 1].distinct()`, `[1,2]`},
		{`[1, 2, 3].slice(1, 3)`, `[2,3]`},
		{`lists.range(3)`, `[0,1,2]`},
		{`input.list + [4]`, `[3,1,2,4]`},
		{`[input.list, input.list].flatten().size()`, `6`},
		{`input.list == [3, 1, 2] && input.a == {'x': null, 'y': [1.5, input.big]}`, `true`},
		{`size(input.list.reverse())`, `3`},
		// objects go by the order of their members, those that were made by name
		{`input.keys()`, `["z","a","n","f","whole","text","list","yes","none","big","items"]`},
		{`input.a.values()`, `[[1.50,12345678901234567890],null]`},
		{`input.a.entries()`, `[{"key":"y","value":[1.50,12345678901234567890]},{"key":"x","value":null}]`},
		{`input.map(k, k).slice(0, 3)`, `["z","a","n"]`},
		{`input.transformList(k, v, k == 'f' || k == 'n', v)`, `[7,2.5]`},
		{`{'c': 1, 'a': 2, 'b': 3}.map(k, k)`, `["a","b","c"]`},
		{`{'c': 1, 'a': 2, 'b': 3}.transformList(k, v, v)`, `[2,3,1]`},
		{`{3: 1, 1: 2, 2: 3, 'x': 0, true: 7}.keys()`, `[true,1,2,3,"x"]`},
		{`nodes.map(id, id)`, `["draft","my-id","nothing"]`},
		{`nodes.keys()`, `["draft","my-id","nothing"]`},
		{`input.a.merge({'x': 1, 'w': 2})`, `{"w":2,"x":1,"y":[1.50,12345678901234567890]}`},
		{`input.a.merge({'x': 1, 'w': 2}).map(k, k)`, `["w","x","y"]`},
		{`input.items.transformMapEntry(i, x, {string(x.id): i})`, `{"1":1,"2":0}`},
		{`{'a': 1}.transformMap(k, v, v + 1)`, `{"a":2}`},
		{`{}.keys()`, `[]`},
		// lists
		{`input.list.sum()`, `6`},
		{`[1, 2.5].sum()`, `3.5`},
		{`[2.5, 1].sum()`, `3.5`},
		{`[].sum()`, `0`},
		{`[1, 2, 3, 4, 5].chunks(2)`, `[[1,2],[3,4],[5]]`},
		{`[].chunks(3)`, `[]`},
		{`lists.zip(input.list, ['a', 'b'])`, `[[3,"a"],[1,"b"]]`},
		{`input.list.hasAny([9, 1.0]) && !input.list.hasAll([9, 1])`, `true`},
		{`input.list.first().orValue(0)`, `3`},
		{`[].last()`, `null`},
		{`[input.?nope, input.?n].unwrapOpt()`, `[7]`},
		{`cel.bind(x, input.n * 2, x + x)`, `28`},
		{`input.list.transformList(i, x, i * x)`, `[0,1,4]`},
		// text
		{`'ÄRGER'.lower() + 'é'.upper()`, `"ärgerÉ"`},
		{`'héllo'.truncate(2)`, `"hé"`},
		{`'hi'.truncate(9) + ''.truncate(0)`, `"hi"`},
		{`hash.sha256('abc')`, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
		{`hash.sha256(b'abc') == hash.sha256('abc')`, `true`},
		{`base64.encode('hi')`, `"aGk="`},
		{`url.encode('a b/ü&+')`, `"a%20b%2F%C3%BC%26%2B"`},
		{`url.decode('a%20b+%C3%BC')`, `"a b ü"`},
		{`url.query({'q': 'a b', 'n': 5, 'tag': ['x', 'y'], 'no': null, 'opt': input.?nope})`, `"n=5&q=a%20b&tag=x&tag=y"`},
		{`url.query({})`, `""`},
		{`regex.extract('v12.3', 'v([0-9]+)').orValue('')`, `"12"`},
		{`regex.extractAll('a1b22', '[0-9]+')`, `["1","22"]`},
		{`regex.replace('a1b22', '([0-9]+)', '<\\1>')`, `"a<1>b<22>"`},
		// what is not there
		{`coalesce(input.?nope, input.none, 'x')`, `"x"`},
		{`coalesce(input.?text, 'x')`, `"Ada"`},
		{`coalesce(input.none, input.?nope)`, `null`},
		{`coalesce(input.?nope, input.none, null, input.n)`, `7`},
		// times
		{`time.format(timestamp(job.created_at), '%Y-%m-%d %H:%M:%S.%L')`, `"2026-01-02 03:04:05.000"`},
		{`time.format(timestamp(job.created_at), '%d. %B %Y, %I:%M %p')`, `"02. January 2026, 03:04 AM"`},
		{`time.format(timestamp('2026-07-01T12:00:00Z'), '%a %b %j %T %z %Z', 'Europe/Berlin')`, `"Wed Jul 182 14:00:00 +0200 CEST"`},
		{`time.format(timestamp('2026-07-01T23:00:00Z'), '%F 100%% 2006 Jan %s', '+02:00')`, `"2026-07-02 100% 2006 Jan 1782946800"`},
		{`time.parse('2026-01-02', '%F')`, `"2026-01-02T00:00:00Z"`},
		{`time.parse('02.01.2026 14:30', '%d.%m.%Y %H:%M', 'Europe/Berlin')`, `"2026-01-02T13:30:00Z"`},
		{`time.parse('Jan 2, 2026 at 3 PM: 100%', '%b 2, %Y at 3 %p: 100%%')`, `"2026-01-01T12:00:00Z"`},
		{`time.parse('2026-01-02T03:04:05.678+02:00', '%Y-%m-%dT%H:%M:%S.%L%z')`, `"2026-01-02T01:04:05.678Z"`},
		{`time.parse('1767323045', '%s')`, `"2026-01-02T03:04:05Z"`},
		{`time.parse(time.format(timestamp(job.created_at), '%F %T'), '%F %T') == timestamp(job.created_at)`, `true`},
		// logic
		{`input.yes ? 'y' : 'n'`, `"y"`},
		{`input.none == null`, `true`},
		{`true || nodes.other.output`, `true`},
		{`duration('90s')`, `"90s"`},
		{`optional.of(2)`, `2`},
		{`type(input.n) == int`, `true`},
	} {
		e, err := CompileExpr(c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		got, err := e.Value(t.Context(), exampleScope())
		if err != nil || string(got) != c.want {
			t.Errorf("%s gives %s (%v), want %s", c.src, got, err, c.want)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{``, `the expression is empty`},
		{strings.Repeat(" ", maxSource) + "1", `the expression has 4097 bytes, which is more than 4096`},
		{`1 +`, `expression "1 +": column 4: syntax error: unexpected end`},
		{`foo`, `expression "foo": column 1: unknown name "foo"; the variables are input, nodes, job and trace`},
		{`now()`, `expression "now()": column 4: unknown name "now"; the variables are input, nodes, job and trace`},
		{`nodes.my-id.output`, `expression "nodes.my-id.output": column 10: unknown name "id"; the variables are input, nodes, job and trace; the id my-id is written nodes['my-id']`},
		{`nodes.2nd.output`, `expression "nodes.2nd.output": column 6: syntax error: mismatched input '.2'; the id 2nd is written nodes['2nd']`},
		{`input.null`, `expression "input.null": column 7: syntax error: mismatched input 'null'; a field null is written ['null']`},
		{`nodes.in.output`, `expression "nodes.in.output": column 7: syntax error: no viable alternative at input '.in'; the id in is written nodes['in']`},
		{`'a' + 1`, `expression "'a' + 1": column 5: found no matching overload for '_+_' applied to '(string, int)'`},
		{`'x'.matches('(')`, `expression "'x'.matches('(')": column 13: invalid matches argument`},
		{`duration('1 hour')`, `expression "duration('1 hour')": column 10: invalid duration argument`},
		{`'x'.matches('(a{90}){9}')`, `expression "'x'.matches('(a{90}){9}')": column 13: regex program size 830 exceeds limit of 500`},
		{strings.Repeat("[1].map(x,", 17) + "1" + strings.Repeat(")", 17), `expression "` + strings.Repeat("[1].map(x,", 10) + `...": has more than 16 loops (map, filter, all...)`},
		{strings.Repeat("(", 200), `expression "` + strings.Repeat("(", 100) + `...": column 0: expression recursion limit exceeded: 96`},
	} {
		e, err := CompileExpr(c.src)
		if err == nil {
			t.Errorf("%.100s compiled to %v", c.src, e)
		} else if err.Error() != c.want {
			t.Errorf("%.100s:\ngot  %s\nwant %s", c.src, err, c.want)
		}
	}
}

func TestEvalErrors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`nodes.other.output.text`, `node "other" has no output: it has not run, or was skipped; has(nodes['other']) tells`},
		{`nodes['oth' + 'er']`, `node "other" has no output: it has not run, or was skipped; has(nodes['other']) tells`},
		{`nodes.gone.output`, `node "gone" has no output: it has not run, or was skipped; has(nodes['gone']) tells`},
		{`input.nope`, `there is no field "nope"; has() tells, and .?nope.orValue() gives a default`},
		{`item`, `item is known inside a map only`},
		{`index + 1`, `index is known inside a map only`},
		{`input.text + 1`, `two values do not fit together, or one does not fit its function; string(), int() and double() convert`},
		{`input.list[9]`, `index out of bounds: 9`},
		{`1 / (input.n - 7)`, `division by zero`},
		{`9223372036854775807 + input.n`, `integer overflow`},
		{`json(input.text)`, `json: jsontext: invalid character 'A' at start of value`},
		{`json('1 2')`, `json: text after the value`},
		{`json('{"a":1,"a":2}')`, `json: jsontext: duplicate object member name "a"`},
		{`json('1e999')`, `json: the number 1e999 is out of range`},
		{`{'a': 1, b'x': 2}`, `names of an object's members are text, numbers, true or false`},
		{`int`, `a type has no JSON form`},
		{`1.0 / (input.f - 2.5)`, `the number +Inf has no JSON form`},
		{`input.text.matches(input.text + '(')`, "error parsing regexp: missing closing ): `Ada(`"},
		{`regex.extract(input.text, '(a{90}'+'){9}')`, `regex program size 830 exceeds limit of 500`},
		{`regex.replace('a', 'a', '\\1')`, `replacement string references group 1 but regex has only 0 group(s)`},
		{`[1, 'a'].sum()`, `sum: a string is no number`},
		{`[9223372036854775807, input.n].sum()`, `integer overflow`},
		{`[1].chunks(input.n - 7)`, `chunks: 0 is no length of a list`},
		{`'a'.truncate(-1)`, `truncate: -1 is no length`},
		{`url.decode('%zz')`, `url.decode: the text is not encoded for a URL`},
		{`url.query({'a': 1.0 / 0.0})`, `url.query: the number +Inf has no JSON form`},
		{`input.list.transformMapEntry(i, x, x)`, `transformMapEntry makes an object of objects, and a int is none`},
		{`input.items.transformMapEntry(i, x, {'a': x})`, `insert failed: key a already exists`},
		{`time.format(timestamp(job.created_at), '%Q')`, `time.format: there is no %Q; there are %Y %m %d %H %I %M %S %L %p %B %b %A %a %j %z %Z %F %T %s %%`},
		{`time.format(timestamp(job.created_at), '100%')`, `time.format: the pattern ends with a %; %% is the sign itself`},
		{`time.format(timestamp(job.created_at), '%F', 'Mars/Base')`, `time.format: there is no zone "Mars/Base"`},
		{`time.parse('2026-02-30', '%F')`, `time.parse: "2026-02-30" is not like "%F": there is no such time`},
		{`time.parse('2026-01-02x', '%F')`, `time.parse: "2026-01-02x" is not like "%F": "x" is too much`},
		{`time.parse('2026/01', '%Y-%m')`, `time.parse: "2026/01" is not like "%Y-%m": "-" is missing before "/01"`},
		{`time.parse('', '%s')`, `time.parse: "" is not like "%s": there are no seconds`},
		{`input.n.keys()`, `two values do not fit together, or one does not fit its function; string(), int() and double() convert`},
		{`input.text.matches('(a{90}'+'){9}')`, `regex program size 830 exceeds limit of 500`},
	} {
		e, err := CompileExpr(c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		got, err := e.Value(t.Context(), exampleScope())
		if err == nil {
			t.Errorf("%s gives %s", c.src, got)
		} else if want := quoted(c.src) + ": " + c.want; err.Error() != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.src, err, want)
		}
	}
	if _, err := new(Expr).Value(t.Context(), exampleScope()); err == nil {
		t.Error("the zero Expr was evaluated")
	}
}

// What an expression may do is bounded, whatever it says and reads.
func TestEvalLimits(t *testing.T) {
	big := NewScope(jsontext.Value(`{"list":[`+strings.Repeat("1,", 99_999)+`1],"text":"`+strings.Repeat("a", 900_000)+`"}`), nil, "")
	const (
		steps = "takes too many steps"
		large = "a value in it is too large"
		long  = "the text would have more than 1048576 bytes"
		many  = "the list would have more than 100000 elements"
	)
	for _, c := range []struct{ src, want string }{
		{`input.list.map(x, input.list.map(y, x * y)).size()`, steps},
		{`input.list.all(x, input.list.all(y, input.list.all(z, z > 0)))`, steps},
		{`input.list.map(x, input.text + 'x').size()`, steps},
		{`input.list.map(x, toJson(input.list)).size()`, steps},
		{`input.text.indexOf(input.text)`, steps},
		{`[0]` + strings.Repeat(`.map(a, [a, a, a, a])`, 16), large},
		{`input.list.map(x, input.list)`, large},
		{`input.text.replace('', input.text)`, long},
		{`[input.text, input.text].join()`, long},
		{`input.text + input.text`, long},
		{`bytes(input.text) + bytes(input.text)`, steps},
		{`'%s%s'.format([input.text, input.text])`, long},
		{`'%s'.format([[input.list, input.list, input.list, input.list, input.list]])`, long},
		{`input.text.split('')`, many},
		{`[input.list, input.list].flatten()`, many},
		{`[[input.list], [input.list]].flatten(2)`, many},
		{`lists.range(100001)`, "lists.range: size 100001 exceeds maximum allowed (100000)"},
		{`(input.list + input.list).sort()`, "a list of more than 100000 elements is too long for this"},
		{`input.list.slice(0, 2001).distinct()`, steps},
		{`regex.extract(input.text, 'a*b')`, "text of more than 131072 bytes cannot be matched"},
		{`regex.replace(input.text.substring(0, 100000), '', 'xxxxxxxxxxxxxxx')`, long},
		{`regex.replace(input.text.substring(0, 100000), '(a+)', '` + strings.Repeat(`\\\\1`, 12) + `')`, long},
		{`(input.list + input.list).hasAll(input.list)`, steps},
		{`input.list.map(x, bytes(input.text)).size()`, steps},
		{`input.list.map(x, input.text + input.text.substring(0, 9)).size()`, steps},
		{`input.list.map(x, input.text == input.text + '').size()`, steps},
		{`input.list.filter(x, 2 in input.list).size()`, steps},
		{`input.list.map(x, input.list.sort()).size()`, steps},
		{`input.list.map(x, math.greatest(input.list)).size()`, steps},
		{`input.list.map(x, input.text.size()).size() + input.list.map(x, input.text.contains('b')).size()`, steps},
		{`input.list.map(x, hash.sha256(input.text)).size()`, steps},
		{`input.list.map(x, input.text.upper()).size()`, steps},
		{`input.list.map(x, url.encode(input.text)).size()`, steps},
		{`input.list.map(x, input.list.sum()).size()`, steps},
		{`input.list.map(x, input.list.chunks(7)).size()`, steps},
		{`input.list.map(x, lists.zip(input.list, input.list)).size()`, steps},
		{`input.list.map(x, {'a': input.text}.merge({'b': input.text})).size()`, large},
		{`url.query({'a': input.text, 'b': input.text})`, "url.query: the result has more than 1048576 bytes"},
		{`url.encode('&' + input.text.substring(0, 349525).replace('aaaa', '&&&&'))`, steps},
		{`base64.encode(input.text)`, long},
		{`cel.bind(x, input.text, [x, x].join())`, long},
		{`input.list.transformList(i, x, input.list.transformList(j, y, x * y)).size()`, steps},
		{`input.text.matches('a*b')`, "text of more than 131072 bytes cannot be matched"},
		{`[input.text, input.text]`, "the result has more than 1048576 bytes"},
	} {
		e, err := CompileExpr(c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		got, err := e.Value(t.Context(), big)
		if err == nil {
			t.Errorf("%s gives %d bytes", c.src, len(got))
		} else if c.want == steps && strings.Contains(err.Error(), ": took longer than") {
			continue // on a slow machine time is the first to end it
		} else if !strings.HasSuffix(err.Error(), ": "+c.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.src, err, c.want)
		}
	}
}

func TestEvalEndsWithItsContext(t *testing.T) {
	e, err := CompileExpr(`lists.range(10000).map(x, lists.range(10).map(y, x * y)).size()`)
	if err != nil {
		t.Fatal(err)
	}
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := e.Value(ctx, exampleScope()); !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
}

func TestBool(t *testing.T) {
	for src, want := range map[string]string{
		`input.yes`:        "true",
		`input.n > 9`:      "false",
		`input.n`:          `expression "input.n": a condition must give true or false, and this gives a int`,
		`nodes.x.output`:   `expression "nodes.x.output": node "x" has no output: it has not run, or was skipped; has(nodes['x']) tells`,
		`input.?yes`:       `expression "input.?yes": a condition must give true or false, and this gives a optional_type`,
		`input.none`:       `expression "input.none": a condition must give true or false, and this gives a null_type`,
		`!has(nodes.x)`:    "true",
		`input.text > 'A'`: "true",
	} {
		e, err := CompileExpr(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		yes, err := e.Bool(t.Context(), exampleScope())
		got := map[bool]string{true: "true", false: "false"}[yes]
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
}

func TestExprJSON(t *testing.T) {
	var got struct{ When *Expr }
	if err := json.Unmarshal([]byte(`{"When":"input.yes"}`), &got); err != nil || got.When.String() != "input.yes" {
		t.Errorf("got %v, %v", got.When, err)
	}
	for _, bad := range []string{`{"When":1}`, `{"When":"1 +"}`, `{"When":["x"]}`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestScope(t *testing.T) {
	value := func(s *Scope, src string) string {
		e, err := CompileExpr(src)
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Value(t.Context(), s)
		if err != nil {
			return err.Error()
		}
		return string(v)
	}
	s := exampleScope()
	item := s.WithItem(jsontext.Value(`{"v":5}`), 2)
	if got := value(item, `[item.v, index, input.n]`); got != `[5,2,7]` {
		t.Errorf("inside a map: %s", got)
	}
	if got := value(s, `item`); !strings.Contains(got, "inside a map only") {
		t.Errorf("outside of the map: %s", got)
	}
	clone := s.Clone()
	clone.SetNode("draft", jsontext.Value(`"new"`))
	if got := value(clone, `nodes.draft.output`); got != `"new"` {
		t.Errorf("the clone has %s", got)
	}
	if got := value(s, `nodes.draft.output.text`); got != `"hello"` {
		t.Errorf("the clone changed what it was made of: %s", got)
	}
	if got := value(NewScope(nil, nil, ""), `[input, job, trace.id]`); got != `[null,{},""]` {
		t.Errorf("an empty scope: %s", got)
	}
	for _, bad := range []string{`{"a":1,"a":2}`, `[1`, `"\ud800"`, strings.Repeat("[", 300) + strings.Repeat("]", 300)} {
		if got := value(NewScope(jsontext.Value(bad), nil, ""), `input`); !strings.Contains(got, "the input is no JSON that expressions can read") {
			t.Errorf("%s: %s", bad, got)
		}
	}
	if got := value(NewScope(nil, map[string]any{"x": func() {}}, ""), `job.x`); !strings.Contains(got, "no JSON form") {
		t.Errorf("a job without a JSON form: %s", got)
	}
}

// Expressions, values and what was decoded are shared by the goroutines of
// clones.
func TestConcurrentEval(t *testing.T) {
	e, err := CompileExpr(`input.list.map(x, x * item).size() + nodes.draft.output.text.size()`)
	if err != nil {
		t.Fatal(err)
	}
	s := exampleScope()
	var all sync.WaitGroup
	for i := range 8 {
		c := s.WithItem(jsontext.Value(`2`), i)
		all.Go(func() {
			for range 50 {
				if v, err := e.Value(t.Context(), c); err != nil || string(v) != "8" {
					t.Errorf("got %s, %v", v, err)
					return
				}
			}
		})
	}
	all.Wait()
}
