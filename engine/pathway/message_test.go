package pathway

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestMessageExpressions(t *testing.T) {
	headers := map[string]string{"x-id": "h", "webhook-id": "msg_1"}
	for _, tc := range []struct{ source, body, want string }{
		{`body.id`, `{"id":12345678901}`, `12345678901`},
		{`body`, `"text"`, `"text"`},
		{`headers["x-id"]`, `null`, `"h"`},
		{`headers[?"x-none"].orValue(headers["x-id"])`, `null`, `"h"`},
		{`body.?order.id.orValue(headers['webhook-id'])`, `{"order":{"id":7}}`, `7`},
		{`body.?order.id.orValue(headers['webhook-id'])`, `{}`, `"msg_1"`},
		{`body.a + "/" + string(body.b)`, `{"a":"x","b":2}`, `"x/2"`},
		{`has(body.id)`, `{}`, `false`},
	} {
		e, err := CompileMessageExpr(tc.source)
		if err != nil {
			t.Errorf("%s: %v", tc.source, err)
			continue
		}
		got, err := e.Value(t.Context(), NewMessage(jsontext.Value(tc.body), headers))
		if err != nil || string(got) != tc.want {
			t.Errorf("%s of %s: got %s, %v; want %s", tc.source, tc.body, got, err, tc.want)
		}
	}
}

func TestMessageExpressionsRefused(t *testing.T) {
	for source, want := range map[string]string{
		"":                        "empty",
		"input.id":                "the variables are body and headers",
		"nodes.a.output":          "the variables are body and headers",
		"item":                    "the variables are body and headers",
		"headers['x'] + 1":        "column",
		"body.":                   "syntax error",
		strings.Repeat("x", 5000): "more than",
	} {
		if _, err := CompileMessageExpr(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %q", source, err, want)
		}
	}
	if _, err := CompileExpr("body.id"); err == nil {
		t.Error("expressions of jobs see a body")
	}
	for source, want := range map[string]string{
		`body.id`: "no field", `headers["none"]`: "no field",
		`body.list.map(c, body.list.map(d, body.list.map(e, c+d+e)))`: "expression", // steps or, on a busy machine, time
	} {
		e, err := CompileMessageExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		body := jsontext.Value(`{"list":[` + strings.Repeat("1,", 499) + `1]}`)
		if v, err := e.Value(t.Context(), NewMessage(body, nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %.50s, %v, want %q", source, v, err, want)
		}
	}
}
