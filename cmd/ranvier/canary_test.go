package main

// Secrets stay where they belong: a server in a process of its own is given
// some, sends them to a service that tells everything it was told in every way
// it can, and afterwards they are looked for in every file, log line and answer.

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"ranvier/httpapi"
)

// The canaries. Each has a word that no escaping changes, and around it, where
// the place allows it, what escapings do change.
const (
	headerCanary   = `hd"<&7Rk2QmCanaryVz9X/+=' ü%41`
	urlCanary      = "Up4WnCanaryT8sLd6"
	passwordCanary = "p%40Gh3CanaryYx5Kc"
	addressCanary  = "Lq9ZbCanaryMf2Jw/hook?sig=Nd7PvCanaryRt4Hx"
	modelCanary    = "sk-Cv6XgCanaryBn1Ds"
	instanceCanary = "sk-Ew8TjCanaryKp3Fz"
	rotatedCanary  = "Or5YuCanarySg7Qa"
)

var canaryWords = []string{
	"7Rk2QmCanaryVz9X", "Up4WnCanaryT8sLd6", "Gh3CanaryYx5Kc", "Lq9ZbCanaryMf2Jw", "Nd7PvCanaryRt4Hx", "Cv6XgCanaryBn1Ds",
	"Ew8TjCanaryKp3Fz", "Or5YuCanarySg7Qa",
}

// witnessWord is in all that the service says: where it is found, a canary
// would have been.
const witnessWord = "witness-to-everything"

// gossip is the service: it keeps nothing to itself.
type gossip struct {
	elsewhere string // another origin of the same service

	mu    sync.Mutex
	heard map[string]bool // canary words that came in a request
	led   []string        // what was sent along to the other origin
}

func (g *gossip) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	dump, err := httputil.DumpRequest(r, true)
	if err != nil {
		panic(err)
	}
	user, password, _ := r.BasicAuth()
	all := string(dump) + "\n" + user + ":" + password + "\n" + r.URL.String()
	g.mu.Lock()
	for _, word := range canaryWords {
		if strings.Contains(all, word) {
			g.heard[word] = true
		}
	}
	if strings.HasPrefix(r.URL.Path, "/led") {
		g.led = append(g.led, string(dump))
	}
	g.mu.Unlock()
	all = witnessWord + "\n" + all
	w.Header().Set("X-Heard", strings.Join(r.Header.Values("X-Token"), "; ")+" "+r.URL.String())
	switch way := strings.Split(r.URL.Path, "/")[1]; way {
	case "json":
		w.Header().Set("Content-Type", "application/json")
		var escaped strings.Builder
		for _, c := range r.Header.Get("X-Token") {
			fmt.Fprintf(&escaped, `\u%04x`, c)
		}
		b, err := json.Marshal(map[string]any{"all": all, r.Header.Get("X-Token"): []any{r.URL.String(), user + ":" + password, r.URL.Query()}})
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(w, `{"escaped":"%s","rest":%s}`, escaped.String(), b)
	case "text", "led":
		token := r.Header.Get("X-Token")
		for _, text := range []string{
			all, base64.StdEncoding.EncodeToString(dump), base64.URLEncoding.EncodeToString([]byte("x" + all)), hex.EncodeToString([]byte(all)),
			url.QueryEscape(all), url.PathEscape(all), html.EscapeString(all), strconv.Quote(all), strings.NewReplacer("%2F", "%2f", "%3C", "%3c", "%3D", "%3d", "%2B", "%2b", "%C3%BC", "%c3%bc").Replace(url.QueryEscape(token)),
			base64.StdEncoding.EncodeToString([]byte(token)), fmt.Sprintf("%X", token),
		} {
			fmt.Fprintln(w, text)
		}
	case "binary":
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(append([]byte{0xff, 0xfe, 0}, all...))
	case "failing":
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, all)
	case "refusing":
		http.Error(w, all, http.StatusTeapot)
	case "leading":
		http.Redirect(w, r, g.elsewhere+"/led", http.StatusTemporaryRedirect)
	case "nowhere":
		http.Redirect(w, r, "http://127.0.0.1:1/"+r.URL.RawQuery, http.StatusFound)
	case "strange":
		http.Redirect(w, r, "gopher://"+r.URL.RawQuery, http.StatusFound)
	case "silent":
		<-r.Context().Done()
	case "large":
		for range 3 << 10 {
			fmt.Fprintf(w, "%-1024s", all)
		}
	case "broken", "garbled", "talkative":
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		switch way {
		case "broken":
			fmt.Fprintf(buffered, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n%s", all)
		case "garbled":
			fmt.Fprintf(buffered, "HTTP/1.1 %s\r\n\r\n", url.PathEscape(r.Header.Get("X-Token")))
		case "talkative": // says more than it was asked
			fmt.Fprintf(buffered, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%sHTTP/1.1 %s", len(witnessWord), witnessWord, r.Header.Get("X-Token"))
		}
		_ = buffered.Flush()
		if way != "broken" {
			_, _ = io.Copy(io.Discard, conn) // until the other side has seen it
		}
	case "v1":
		g.chat(w, r, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	default:
		http.NotFound(w, r)
	}
}

// chat is a model's service. The model's name says how it answers.
func (g *gossip) chat(w http.ResponseWriter, r *http.Request, key string) {
	var asked struct {
		Model string `json:"model"`
	}
	dump, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(dump, &asked)
	}
	if err != nil {
		panic(err)
	}
	say := func(delta string, finish string) {
		b, err := json.Marshal(delta)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(w, `data: {"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{%q:%s},"finish_reason":%s}]}`+"\n\n",
			map[bool]string{true: "refusal", false: "content"}[asked.Model == "refuse"], b, finish)
		_ = http.NewResponseController(w).Flush()
	}
	switch asked.Model {
	case "forbid", "slow down", "complain":
		w.WriteHeader(map[string]int{"forbid": 401, "slow down": 429, "complain": 400}[asked.Model])
		fmt.Fprintf(w, `{"error":{"message":"%s: the key %s is not good, %s, %s"}}`, witnessWord, key, strings.Repeat("x", 380), key)
	case "garble":
		fmt.Fprintf(w, "data: %s\n\n", key)
	default:
		for _, c := range witnessWord + " " + key + " and " + base64.StdEncoding.EncodeToString([]byte(key)) + " " {
			say(string(c), "null")
		}
		say("", `"stop"`)
		fmt.Fprint(w, "data: [DONE]\n\n")
	}
}

// sight collects what the server lets others see.
type sight struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *sight) add(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(b)
	s.text.WriteByte('\n')
}

func (s *sight) bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.text.Bytes())
}

// canaries counts the canaries in what was seen, in the forms that their words
// can have.
func canaries(seen []byte) (found []string) {
	lower := bytes.ToLower(seen)
	for _, word := range canaryWords {
		forms := []string{strings.ToLower(word), hex.EncodeToString([]byte(word))}
		for _, form := range forms {
			if n := bytes.Count(lower, []byte(form)); n > 0 {
				found = append(found, fmt.Sprintf("%s %d times", form, n))
			}
		}
		for before := range 3 { // wherever it stands inside what was encoded
			encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + word))
			form := encoded[(8*before+5)/6 : (8*before+8*len(word))/6]
			if n := bytes.Count(seen, []byte(form)); n > 0 {
				found = append(found, fmt.Sprintf("%s in base64 %d times", word, n))
			}
		}
	}
	return found
}

// TestCanariesAreFound proves the search itself.
func TestCanariesAreFound(t *testing.T) {
	for _, word := range canaryWords {
		for _, seen := range []string{
			word, strings.ToUpper(word), hex.EncodeToString([]byte("x" + word)),
			base64.StdEncoding.EncodeToString([]byte(word + "x")), base64.StdEncoding.EncodeToString([]byte("x" + word + "x")), base64.URLEncoding.EncodeToString([]byte("xx" + word + "x")),
		} {
			if len(canaries([]byte("before"+seen+"after"))) == 0 {
				t.Errorf("%s is not found in %s", word, seen)
			}
		}
	}
	if found := canaries([]byte(witnessWord)); found != nil {
		t.Error(found)
	}
}

func TestCanaries(t *testing.T) {
	other := &gossip{heard: map[string]bool{}}
	led := httptest.NewServer(other)
	defer led.Close()
	g := &gossip{heard: map[string]bool{}, elsewhere: led.URL}
	service := httptest.NewServer(g)
	defer service.Close()
	host := strings.TrimPrefix(service.URL, "http://")

	t.Setenv("RANVIER_LOG_LEVEL", "debug")
	t.Setenv("RANVIER_EGRESS_ALLOW", "127.0.0.0/8")
	t.Setenv("RANVIER_OPENAI_BASE_URL", service.URL+"/v1")
	t.Setenv("RANVIER_OPENAI_API_KEY", instanceCanary)
	p := &process{dir: t.TempDir(), key: httpapi.NewKey()}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	running := true
	defer func() {
		if running {
			_ = p.kill()
		}
	}()
	logged, answered := &sight{}, &sight{}
	var reading sync.WaitGroup
	reading.Go(func() {
		lines := bufio.NewReader(readerOf(p))
		for {
			line, err := lines.ReadBytes('\n')
			logged.add(line)
			if err != nil {
				return
			}
		}
	})
	c := p.client()
	defer c.close()
	if err := p.ready(c); err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, body string) (int, []byte) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.address.Load().(string)+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+p.key)
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		r.Header.Set("Prefer", "wait=30")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		answered.add(b)
		answered.add([]byte(fmt.Sprint(resp.Header)))
		return resp.StatusCode, b
	}
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := func(status int, method, path, body string) []byte {
		t.Helper()
		got, b := ask(method, path, body)
		if got != status {
			t.Fatalf("%s %s: %d %s", method, path, got, b)
		}
		return b
	}
	for name, value := range map[string]string{
		"header": headerCanary, "in_url": urlCanary, "password": passwordCanary, "model": modelCanary, "rotated": "before the rotation",
		"address": service.URL + "/json/" + addressCanary, "lines": modelCanary + "\n" + urlCanary, "unused": rotatedCanary,
	} {
		want(201, "PUT", "/v1/secrets/"+name, text(map[string]string{"value": value}))
	}
	want(200, "PUT", "/v1/secrets/rotated", text(map[string]string{"value": rotatedCanary}))
	want(200, "GET", "/v1/secrets", "")
	want(200, "GET", "/v1/secrets/header", "")
	for _, body := range []string{ // refused, without being quoted
		text(map[string]any{"value": []string{headerCanary}}), text(map[string]any{"value": headerCanary + "\x00"}), text(map[string]any{"value": headerCanary, "and": urlCanary}),
		`{"value":"` + urlCanary + `\x"}`, `{"value":"` + urlCanary + `"`, `"` + urlCanary + `"`,
	} {
		want(400, "PUT", "/v1/secrets/refused", body)
	}
	want(400, "PUT", "/v1/secrets/9", text(map[string]any{"value": headerCanary}))

	// Every way of the service, with every secret that can be sent there.
	var jobs []string
	run := func(node map[string]any) {
		t.Helper()
		node["id"] = "call"
		status, b := ask("POST", "/v1/jobs", text(map[string]any{"pathway": map[string]any{
			"nodes": []any{node, map[string]any{"id": "after", "type": "transform", "output": map[string]any{"again": "{{ nodes.call.output }}", "text": "{{ nodes.call.output }}"}}},
			"edges": []any{map[string]any{"from": "call", "to": "after"}},
		}}))
		var started struct {
			Job string `json:"job_id"`
		}
		if err := json.Unmarshal(b, &started); status != 200 || err != nil {
			t.Fatalf("%v: %d %s", node, status, b)
		}
		jobs = append(jobs, started.Job)
	}
	ways := []string{"json", "text", "binary", "failing", "refusing", "leading", "nowhere", "strange", "silent", "large", "broken", "garbled", "talkative", "missing"}
	for _, way := range ways {
		node := map[string]any{
			"type": "http", "url": "http://me:{{ secret.password }}@" + host + "/" + way + "/{{ secret.in_url }}?k={{ secret.in_url }}&r={{ secret.rotated }}",
			"headers": map[string]string{"X-Token": "{{ secret.header }}"}, "retry": map[string]any{"max_attempts": 2, "initial": "1ms"},
		}
		if way == "silent" {
			node["timeout"] = "100ms"
		}
		run(node)
		delete(node, "id")
		delete(node, "type")
		delete(node, "retry")
		delete(node, "timeout")
		if way != "silent" {
			run(map[string]any{"type": "neuron", "kind": "http", "config": node})
		}
	}
	run(map[string]any{"type": "http", "url": "{{ secret.address }}"})
	run(map[string]any{"type": "http", "url": "http://127.0.0.1:1/{{ secret.in_url }}?{{ secret.address }}"})
	run(map[string]any{"type": "http", "url": "{{ secret.header }}"})
	run(map[string]any{"type": "http", "url": "http://{{ secret.in_url }}/"})
	run(map[string]any{"type": "http", "url": "http://127.0.0.1:99999/{{ secret.in_url }}"})
	run(map[string]any{"type": "http", "url": service.URL, "headers": map[string]string{"X-Token": "{{ secret.lines }}"}})
	run(map[string]any{"type": "http", "url": service.URL, "headers": map[string]string{"X-Token": "{{ secret.nowhere }}"}})
	for _, model := range []string{"say", "forbid", "slow down", "complain", "garble", "refuse", "talk JSON"} {
		for _, key := range []string{"model", "", "lines"} {
			config := map[string]any{"model": model, "api_key_secret": key}
			if model == "talk JSON" {
				config["response_format"] = map[string]any{"type": "object"}
			}
			run(map[string]any{"type": "neuron", "kind": "llm", "config": config})
		}
	}
	// What is wrong with a graph is said without them.
	for _, graph := range []string{
		`{"nodes":[{"id":"a","type":"transform","output":"{{ secret.header }}"}],"edges":[]}`,
		`{"nodes":[{"id":"a","type":"http","url":"http://x/","body":{"k":"{{ secret.header + 'x' }}"}}],"edges":[]}`,
	} {
		if b := want(200, "POST", "/v1/pathways/validate", `{"pathway_graph":`+graph+`}`); !bytes.Contains(b, []byte("secrets may be used only")) {
			t.Errorf("the use of a secret is not refused: %s", b)
		}
	}

	for _, job := range jobs {
		for _, part := range []string{"", "/status", "/events?limit=200", "/explain", "/stream"} {
			want(200, "GET", "/v1/jobs/"+job+part, "")
		}
	}
	for _, path := range []string{"/v1/jobs?limit=200", "/metrics", "/v1/session/context", "/v1/workspaces/default", "/v1/traces"} {
		want(200, "GET", path, "")
	}
	want(200, "DELETE", "/v1/secrets/unused", "")
	want(404, "GET", "/v1/secrets/unused", "")

	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	reading.Wait()
	running = false
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("it did not stop as it should: %v", err)
	}

	for _, word := range canaryWords {
		if !g.heard[word] {
			t.Errorf("%s was never sent: this test proves nothing about it", word)
		}
	}
	if len(other.led) == 0 {
		t.Error("no redirect was followed")
	}
	for _, dump := range other.led {
		if found := canaries([]byte(dump)); found != nil {
			t.Errorf("a redirect carried secrets to another origin: %v", found)
		}
	}
	files, size := 0, 0
	var witnessed []string
	err := filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files, size = files+1, size+len(b)
		if found := canaries(b); found != nil {
			t.Errorf("%s has %v", path, found)
		}
		if bytes.Contains(b, []byte(witnessWord)) {
			witnessed = append(witnessed, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if !slices.Contains(witnessed, "views.db") || len(witnessed) < 2 {
		t.Errorf("what the service said is in %v only: this test proves nothing about files", witnessed)
	}
	for name, seen := range map[string][]byte{"the log": logged.bytes(), "the answers": answered.bytes()} {
		for _, found := range canaries(seen) {
			t.Errorf("%s: %s", name, found)
		}
		t.Logf("%s: %d bytes", name, len(seen))
	}
	if !bytes.Contains(answered.bytes(), []byte(witnessWord)) || !bytes.Contains(logged.bytes(), []byte(jobs[0])) {
		t.Error("answers or log do not have what they should: this test proves nothing about them")
	}
	t.Logf("%d jobs, %d files of %d bytes", len(jobs), files, size)
}

// readerOf gives the rest of what a process writes to its standard error.
func readerOf(p *process) io.Reader {
	out, in := io.Pipe()
	go func() {
		for p.stderr.Scan() {
			_, _ = in.Write(append(p.stderr.Bytes(), '\n')) // its reader reads to the end
		}
		_ = in.CloseWithError(p.stderr.Err())
	}()
	return out
}
