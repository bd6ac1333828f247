package httpapi

// Bodies that do not come to their end: the request is refused, its connection
// is given back, and no answer can pass for a success.

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

func TestUnfinishedBody(t *testing.T) {
	const begun = `{"pathway":`
	for name, c := range map[string]struct {
		framing, sent string
		cut           bool // the client says that nothing more comes
		status        int  // 0: any but a success
	}{
		"slow":         {framing: "Content-Length: 100", sent: begun, status: 400},
		"slow chunked": {framing: "Transfer-Encoding: chunked", sent: "b\r\n" + begun + "\r\n", status: 400},
		"cut":          {framing: "Content-Length: 100", sent: begun, cut: true},
		"cut chunked":  {framing: "Transfer-Encoding: chunked", sent: "b\r\n" + begun + "\r\n", cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if !c.cut {
				w.server.bodyTime = 20 * time.Millisecond // what is waited for never comes
			}
			conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil { // a hang is a failure
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, "POST /v1/jobs HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer "+operatorKey+
				"\r\nContent-Type: application/json\r\n"+c.framing+"\r\n\r\n"+c.sent); err != nil {
				t.Fatal(err)
			}
			if c.cut {
				if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			from := bufio.NewReader(conn)
			a, err := http.ReadResponse(from, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			body, err := io.ReadAll(a.Body)
			if err != nil {
				t.Fatal(err)
			}
			if a.StatusCode < 400 || (c.status != 0 && a.StatusCode != c.status) {
				t.Errorf("status %d: %s", a.StatusCode, body)
			}
			if f := (errorBody{}); c.status != 0 && (json.Unmarshal(body, &f) != nil || f.Code != codeInvalid) {
				t.Errorf("the answer is %s", body)
			}
			if b, err := io.ReadAll(from); err != nil || len(b) > 0 {
				t.Errorf("the connection goes on: %q, %v", b, err)
			}
		})
	}
}
