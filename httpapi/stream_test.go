package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/tmaxmax/go-sse"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/events"
	"ranvier/events/natslog"
)

// failer is what tests and property tests have in common.
type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// teller writes the history of one job as an engine does: commits and chunks
// in turn. It belongs to one goroutine.
type teller struct {
	t       failer
	log     events.Log
	subject events.Subject
	head    events.Head
	token   uint64
	ended   bool // nothing more is to be written
}

func newTeller(t failer, log events.Log, id string) *teller {
	return &teller{t: t, log: log, subject: events.JobSubject("w", id)}
}

func (a *teller) commit(facts ...events.Fact) *events.Commit {
	a.t.Helper()
	c, err := events.Seal(events.Draft{
		Subject: a.subject, Head: a.head, ID: fmt.Sprint("c", a.head.N), Token: a.token,
		At: events.At(noon), Actor: events.Actor{ID: "e", Kind: "engine"},
	}, facts...)
	if err != nil {
		a.t.Fatalf("sealing: %v", err)
	}
	if err := a.log.Append(context.Background(), c); err != nil {
		a.t.Fatalf("appending: %v", err)
	}
	a.head = c.Head()
	return c
}

func (a *teller) submit() *events.Commit { return a.commit(submitted(3)) }

func (a *teller) say(node, text string) *events.Chunk {
	a.t.Helper()
	c := &events.Chunk{Subject: a.subject, After: a.head.Seq, At: events.At(noon), Node: node, Visit: 1, Attempt: 1, Text: text}
	if err := a.log.AppendChunk(context.Background(), c); err != nil {
		a.t.Fatalf("appending a chunk: %v", err)
	}
	a.token = c.Seq
	return c
}

// ramble writes about n items of two nodes at work side by side.
func (a *teller) ramble(n int, random *rand.Rand) {
	for i := range n {
		switch random.IntN(8) {
		case 0:
			a.commit(nodeStarted("left", i+1, 1))
		case 1:
			a.commit(&events.NodeSucceeded{Node: "right", Visit: i + 1, Attempt: 1, Usage: events.Usage{ModelCalls: 1}, Output: events.PayloadOf(strings.Repeat("out ", random.IntN(20)))})
		case 2, 3, 4:
			a.say("left", fmt.Sprintf("l%d\n", i))
		default:
			a.say("right", fmt.Sprintf("r%d ", i))
		}
	}
}

// tellAll writes a whole small job.
func (a *teller) tellAll() {
	a.commit(submitted(2), &events.JobStarted{}, nodeStarted("left", 1, 1), nodeStarted("right", 1, 1))
	a.say("left", "Hello ")
	a.say("right", "Bon")
	a.commit(&events.NodeSucceeded{Node: "right", Visit: 1, Attempt: 1, Output: events.PayloadOf("Bonjour")})
	a.say("left", "wörld")
	a.commit(&events.NodeSucceeded{Node: "left", Visit: 1, Attempt: 1, Output: events.PayloadOf("Hello wörld")}, &events.JobCompleted{Result: events.PayloadOf("done")})
}

// streamServer is a server of streams alone.
func streamServer(log events.Log, cfg Config) *Server {
	if cfg.SSEPing == 0 {
		cfg.SSEPing = time.Hour
	}
	if cfg.WriteTimeout == 0 {
		cfg.WriteTimeout = time.Minute
	}
	logger := slog.New(slog.DiscardHandler)
	return &Server{cfg: cfg, log: log, logger: logger, hub: newHub(log, logger)}
}

// listen serves the streams of workspace "w" below /<job>. Each answer that
// ends is told to ended, when that is set.
func listen(t testing.TB, s *Server, ended chan<- string) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	hubEnded := make(chan error, 1)
	go func() { hubEnded <- s.hub.run(ctx) }()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.TrimPrefix(r.URL.Path, "/")
		if err := s.streamJobOf(w, r, events.JobSubject("w", id)); err != nil {
			http.Error(w, err.Error(), statuses[failureOf(err).code])
		}
		if ended != nil {
			ended <- id
		}
	}))
	t.Cleanup(func() {
		cancel() // streams end, so that the server can
		if err := <-hubEnded; err != nil {
			t.Errorf("the hub ended: %v", err)
		}
		srv.Close()
	})
	return srv.URL
}

// longest is how long a test waits for an answer to its end. It is there to
// say what was waited for, and much longer than any machine should need.
const longest = 3 * time.Minute

// client has no connections of its own to leak: it uses each once.
var client = &http.Client{Timeout: longest, Transport: &http.Transport{DisableKeepAlives: true}}

func get(t testing.TB, url string, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// body reads to the end.
func body(t testing.TB, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// frames cuts what a client read into whole frames, and drops the rest and
// whatever is not a frame.
func frames(read string) []string {
	var out []string
	read = strings.TrimPrefix(read, retry)
	for {
		block, rest, whole := strings.Cut(read, "\n\n")
		if !whole {
			return out
		}
		if strings.HasPrefix(block, "id: ") {
			out = append(out, block)
		}
		read = rest
	}
}

// idOf gives the id of the last of some frames.
func idOf(frames []string) string {
	if len(frames) == 0 {
		return ""
	}
	id, _, _ := strings.Cut(frames[len(frames)-1], "\n")
	return strings.TrimPrefix(id, "id: ")
}

func TestStreamOfAFinishedJob(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	log := events.NewMemLog()
	a := newTeller(t, log, "job")
	a.tellAll()
	t.Run("serve", func(t *testing.T) {
		url := listen(t, streamServer(log, Config{}), nil)
		res := get(t, url+"/job")
		for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		want := retry + string(framesOf(t, log, a.subject))
		if diff := cmp.Diff(want, body(t, res)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A client that is cut off after any number of bytes, and comes back with the
// last id it read, has read every frame once and in order.
func TestStreamCutAtEveryByte(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	log := events.NewMemLog()
	newTeller(t, log, "job").tellAll()
	t.Run("serve", func(t *testing.T) {
		url := listen(t, streamServer(log, Config{}), nil)
		straight := body(t, get(t, url+"/job"))
		want := frames(straight)
		if len(want) != 6 {
			t.Fatalf("%d frames in all", len(want))
		}
		for cut := range len(straight) + 1 {
			res := get(t, url+"/job")
			read := make([]byte, cut)
			if _, err := io.ReadFull(res.Body, read); err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			got := frames(string(read))
			res = get(t, url+"/job", "Last-Event-ID", idOf(got))
			if got = append(got, frames(body(t, res))...); res.StatusCode == http.StatusNoContent && idOf(got) != idOf(want) {
				t.Fatalf("cut at %d: no content after %s", cut, idOf(got))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
			}
		}
		t.Logf("%d cuts, 0 frames repeated, 0 missing", len(straight)+1)
	})
}

// The same while the job runs, over each log, with clients that are cut off
// again and again at random.
func TestStreamCutWhileTheJobRuns(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for name, open := range map[string]func(*testing.T) events.Log{
		"memlog":  func(*testing.T) events.Log { return events.NewMemLog() },
		"natslog": openNATS,
	} {
		t.Run(name, func(t *testing.T) {
			log := open(t)
			url := listen(t, streamServer(log, Config{}), nil)
			a, noise := newTeller(t, log, "job"), newTeller(t, log, "noise")
			a.submit()
			noise.submit()
			const clients = 4
			var readers, writers sync.WaitGroup
			begun := make(chan struct{}, clients)
			got := make([][]string, clients)
			cuts := make([]int, clients)
			for i := range clients {
				readers.Go(func() {
					random := rand.New(rand.NewPCG(uint64(i), 2))
					got[i], cuts[i] = readWithCuts(t, url+"/job", random, func() { begun <- struct{}{} })
				})
			}
			for range clients {
				<-begun
			}
			writers.Go(func() { noise.ramble(200, rand.New(rand.NewPCG(7, 7))) })
			writers.Go(func() {
				a.ramble(300, rand.New(rand.NewPCG(8, 8)))
				a.commit(&events.JobCompleted{Result: events.PayloadOf(1)})
			})
			writers.Wait()
			readers.Wait()
			want := frames(string(framesOf(t, log, a.subject)))
			for i := range clients {
				if diff := cmp.Diff(want, got[i]); diff != "" {
					t.Errorf("client %d (-want +got):\n%s", i, diff)
				}
			}
			t.Logf("%d frames read by %d clients with %v cuts, 0 repeated, 0 missing", len(want), clients, cuts)
		})
	}
}

func openNATS(t *testing.T) events.Log {
	log, err := natslog.Open(t.Context(), natslog.Config{Dir: t.TempDir(), AppendTimeout: longest})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return log
}

// readWithCuts reads a stream to its end over connections that break after a
// random number of bytes. It calls began once after the first byte.
func readWithCuts(t *testing.T, url string, random *rand.Rand, began func()) (got []string, cuts int) {
	once := sync.OnceFunc(began)
	defer once() // whoever waits for it does not wait for one that has failed
	for {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Error(err)
			return got, cuts
		}
		req.Header.Set("Last-Event-ID", idOf(got))
		res, err := client.Do(req)
		if err != nil {
			t.Error(err)
			return got, cuts
		}
		once()
		if res.StatusCode == http.StatusNoContent {
			res.Body.Close()
			return got, cuts
		}
		read, err := io.ReadAll(io.LimitReader(res.Body, 200+random.Int64N(4000)))
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("status %d after %d frames up to %s: %v", res.StatusCode, len(got), idOf(got), err)
			return got, cuts
		}
		got = append(got, frames(string(read))...)
		cuts++
	}
}

// However reading, writing, reconnecting and falling behind interleave, a
// follower gives what the log has, once and in order, and its place never falls.
func TestFollowerIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		words := rapid.Bool().Draw(rt, "words")
		steps := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 30).Draw(rt, "steps")
		var failed string
		synctest.Test(t, func(t *testing.T) {
			log := events.NewMemLog()
			random := rand.New(rand.NewPCG(seed, 1))
			a, noise := newTeller(rt, log, "job"), newTeller(rt, log, "noise")
			a.submit()
			noise.submit()
			a.ramble(random.IntN(pageChunks*2), random)
			s := streamServer(log, Config{})
			s.hub = startHub(t, log)
			s.log = &busyLog{Log: log, meanwhile: func() {
				if a.ended || random.IntN(3) > 0 {
					return
				}
				a.ramble(random.IntN(4), random)
				if random.IntN(2) == 0 {
					synctest.Wait()
				}
			}}
			f := s.follow(a.subject, events.Cursor{}, words)
			defer func() { f.watcher.stop() }()
			var got []string
			read := func() {
				before := f.at
				items, err := f.read(t.Context())
				if err != nil {
					failed = err.Error()
				}
				for _, it := range items {
					if !f.advance(it) {
						continue
					}
					b, err := it.frame(&f.job, f.at)
					if err != nil {
						failed = err.Error()
					}
					got = append(got, string(b))
				}
				if before.Max(f.at) != f.at {
					failed = fmt.Sprintf("the place falls from %s to %s", before, f.at)
				}
			}
			for _, step := range steps {
				switch step {
				case 0, 1:
					a.ramble(random.IntN(6), random)
				case 2:
					a.ramble(random.IntN(2*watchItems), random)
				case 3:
					noise.ramble(3, random)
				case 4, 5:
					synctest.Wait() // the hub has handed out all
				case 6:
					f.watcher.stop() // the client comes back
					f = s.follow(a.subject, f.at, words)
				default:
					read()
				}
			}
			a.commit(&events.JobCancelled{})
			a.ended = true
			for synctest.Wait(); !f.job.Status.Terminal() && failed == ""; synctest.Wait() {
				read()
			}
			if diff := cmp.Diff(statusOf(folded(t, log, a.subject)), statusOf(&f.job)); diff != "" && failed == "" {
				failed = "the job (-want +got):\n" + diff
			}
			want := strings.SplitAfter(string(framesOf(t, log, a.subject)), "\n\n")
			want = want[:len(want)-1]
			if !words {
				kept := want[:0]
				for _, frame := range want {
					if !strings.Contains(frame, `"type":"token"`) {
						kept = append(kept, frame)
					}
				}
				want = kept
			}
			if diff := cmp.Diff(want, got); diff != "" && failed == "" {
				failed = "(-want +got):\n" + diff
			}
		})
		if failed != "" {
			rt.Fatalf("%s", failed)
		}
	})
}

// folded gives the job of a whole history.
func folded(t *testing.T, log events.Log, s events.Subject) *job.Job {
	var j job.Job
	for c, err := range log.Load(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		j.Apply(c)
	}
	return &j
}

func statusOf(j *job.Job) string {
	b, err := json.Marshal(j)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// busyLog is a log to which is written while it is read.
type busyLog struct {
	events.Log
	meanwhile func()
}

func (l *busyLog) Load(ctx context.Context, s events.Subject, after uint64) iter.Seq2[*events.Commit, error] {
	return func(yield func(*events.Commit, error) bool) {
		l.meanwhile()
		for c, err := range l.Log.Load(ctx, s, after) {
			if !yield(c, err) {
				return
			}
		}
		l.meanwhile()
	}
}

func (l *busyLog) LoadChunks(ctx context.Context, s events.Subject, after uint64) iter.Seq2[*events.Chunk, error] {
	return func(yield func(*events.Chunk, error) bool) {
		for t, err := range l.Log.LoadChunks(ctx, s, after) {
			if !yield(t, err) {
				return
			}
		}
		l.meanwhile()
	}
}

// A chunk that was on its way while another writer stored a commit names an
// older commit than the one before it. Nothing is skipped, and no place falls.
func TestFollowerTakesAChunkThatCameLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		a := newTeller(t, log, "job")
		c1 := a.submit()
		s := streamServer(log, Config{})
		s.hub = startHub(t, log)
		f := s.follow(a.subject, events.Cursor{}, true)
		defer f.watcher.stop()
		var got []events.Cursor
		read := func() {
			synctest.Wait()
			items, err := f.read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range items {
				if f.advance(it) {
					got = append(got, f.at)
				}
			}
		}
		read()
		c2 := a.commit(&events.JobStarted{})
		read()
		late := &events.Chunk{Subject: a.subject, After: c1.Seq, Text: "late"}
		if err := log.AppendChunk(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		read()
		c3 := a.commit(&events.JobPaused{}) // its writer does not know of the chunk either
		read()
		want := []events.Cursor{{Job: c1.Seq}, {Job: c2.Seq}, {Job: c2.Seq, Token: late.Seq}, {Job: c3.Seq, Token: late.Seq}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A stream whose chunks have aged out has the same commits at the same places.
func TestStreamWithoutItsChunks(t *testing.T) {
	log := events.NewMemLog()
	a := newTeller(t, log, "job")
	a.tellAll()
	url := listen(t, streamServer(&partLog{Log: log, lost: func(*events.Chunk) bool { return true }}, Config{}), nil)
	var want []string
	for _, frame := range frames(string(framesOf(t, log, a.subject))) {
		if !strings.Contains(frame, `"type":"token"`) {
			want = append(want, frame)
		}
	}
	if diff := cmp.Diff(want, frames(body(t, get(t, url+"/job")))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStreamPlace(t *testing.T) {
	log := events.NewMemLog()
	a := newTeller(t, log, "job")
	a.tellAll() // commits 1, 2, 3; chunks 1, 2, 3
	newTeller(t, log, "open").submit()
	url := listen(t, streamServer(log, Config{}), nil)
	all := []string{"1-0", "1-1", "1-2", "2-2", "2-3", "3-3"}
	for _, c := range []struct {
		query, header string
		status        int
		ids           []string
	}{
		{"", "", 200, all},
		{"?after=", "", 200, all},
		{"?after=0", "", 200, all},
		{"?after=0-0", "", 200, all},
		{"?unknown=1&after=0-0", "", 200, all},
		{"?after=1-1", "", 200, all[2:]},
		{"", "2-2", 200, all[4:]},
		{"?after=1-2", "2-3", 200, all[3:]},
		{"?after=", "2-3", 200, all},
		{"?after=0-2", "", 200, []string{"1-2", "2-2", "2-3", "3-3"}},
		{"?after=2-0", "", 200, all[4:]},
		{"?after=3-3", "", 204, nil},
		{"?after=3-0", "", 204, nil},
		{"?after=4-3", "", 204, nil},
		{"", "3-3", 204, nil},
		{"?after=5-0", "", 400, nil},
		{"?after=0-4", "", 400, nil},
		{"?after=18446744073709551615-0", "", 400, nil},
		{"?after=18446744073709551616-0", "", 400, nil},
		{"?after=-1", "", 400, nil},
		{"?after=1", "", 400, nil},
		{"?after=01-0", "", 400, nil},
		{"?after=1-0-0", "", 400, nil},
		{"?after=" + strings.Repeat("1", 5000), "", 400, nil},
		{"", "x", 400, nil},
		{"?after=x", "0-0", 400, nil},
	} {
		t.Run(fmt.Sprintf("%.20s %s", c.query, c.header), func(t *testing.T) {
			header := []string{}
			if c.header != "" {
				header = []string{"Last-Event-ID", c.header}
			}
			res := get(t, url+"/job"+c.query, header...)
			if res.StatusCode != c.status {
				t.Fatalf("status %d, want %d", res.StatusCode, c.status)
			}
			var ids []string
			text := body(t, res)
			for _, f := range frames(text) {
				ids = append(ids, idOf([]string{f}))
			}
			if diff := cmp.Diff(c.ids, ids); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c.status >= 400 && len(text) > 200 {
				t.Errorf("an answer of %d bytes", len(text))
			}
		})
	}
	for _, path := range []string{"/none", "/none?after=1-0"} {
		if res := get(t, url+path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", path, res.StatusCode)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodHead, url+"/open", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
}

// Nothing of what is noted after a job's end is part of its stream.
func TestStreamEndsWithTheJob(t *testing.T) {
	log := events.NewMemLog()
	a := newTeller(t, log, "job")
	a.tellAll()
	note := a.commit(&events.JobPaused{})
	url := listen(t, streamServer(log, Config{}), nil)
	if got := frames(body(t, get(t, url+"/job"))); len(got) != 6 || idOf(got) != "3-3" {
		t.Errorf("read %d frames up to %s", len(got), idOf(got))
	}
	for _, at := range []string{"3-3", note.Cursor().String()} {
		if res := get(t, url+"/job", "Last-Event-ID", at); res.StatusCode != http.StatusNoContent {
			t.Errorf("after %s: status %d", at, res.StatusCode)
		}
	}
}

// An idle stream says that it is alive, and goes on when something happens.
func TestStreamPings(t *testing.T) {
	log := events.NewMemLog()
	a := newTeller(t, log, "job")
	a.submit()
	url := listen(t, streamServer(log, Config{SSEPing: time.Millisecond}), nil)
	lines := bufio.NewReader(get(t, url+"/job").Body)
	next := func() string {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
	if line := next(); line != "retry: 1000\n" {
		t.Errorf("the first line is %q", line)
	}
	pings := 0
	for pings < 3 {
		if next() == ": ping\n" {
			pings++
		}
	}
	a.commit(&events.JobFailed{Code: "X", Message: "no"})
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	if ids := frames(strings.TrimLeft(string(rest), "\n")); idOf(ids) != "2-0" || strings.Contains(string(rest), "retry:") {
		t.Errorf("read %q", rest)
	}
}

func TestStreamsEndWithTheServer(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("serve", func(t *testing.T) {
		log := events.NewMemLog()
		newTeller(t, log, "job").submit()
		s := streamServer(log, Config{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.hub.run(ctx) }()
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := s.streamJobOf(w, r, events.JobSubject("w", "job")); err != nil {
				http.Error(w, err.Error(), statuses[failureOf(err).code])
			}
		}))
		defer srv.Close()
		res := get(t, srv.URL)
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if got := frames(body(t, res)); idOf(got) != "1-0" {
			t.Errorf("read %q", got)
		}
		if res := get(t, srv.URL); res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("afterwards: status %d", res.StatusCode)
		}
	})
}

// A client that does not read is disconnected, and its cursor resumes it.
func TestSlowReaderIsDisconnected(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("serve", func(t *testing.T) {
		log := events.NewMemLog()
		a := newTeller(t, log, "job")
		a.submit()
		ended := make(chan string, 10)
		url := listen(t, streamServer(log, Config{WriteTimeout: 20 * time.Millisecond}), ended)
		res := get(t, url+"/job")
		tellMuch(a)
		<-ended // though nothing was read
		read, err := io.ReadAll(res.Body)
		if err == nil {
			t.Error("the broken stream ended as if it were whole")
		}
		res.Body.Close()
		got := frames(string(read))
		for idOf(got) == "" || !strings.Contains(got[len(got)-1], `"type":"error"`) {
			res := get(t, url+"/job", "Last-Event-ID", idOf(got))
			read, _ := io.ReadAll(res.Body) // may be cut off again
			got = append(got, frames(string(read))...)
		}
		if diff := cmp.Diff(frames(string(framesOf(t, log, a.subject))), got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// tellMuch writes more than sockets and queues hold: 15 MB, and then the end.
func tellMuch(a *teller) {
	output := events.PayloadOf(strings.Repeat("x", 60_000))
	for i := range watchItems {
		a.commit(&events.NodeSucceeded{Node: "n", Visit: i + 1, Attempt: 1, Output: output})
		a.say("n", "word")
	}
	a.commit(&events.JobCancelled{})
}

// A client that pauses while much happens, within its deadline, misses nothing.
func TestSlowReaderCatchesUp(t *testing.T) {
	log := events.NewMemLog()
	a := newTeller(t, log, "job")
	a.submit()
	s := streamServer(log, Config{})
	url := listen(t, s, nil)
	res := get(t, url+"/job")
	other := get(t, url+"/job") // reads all the time
	read := make(chan string)
	go func() {
		b, err := io.ReadAll(other.Body)
		if err != nil {
			t.Error(err)
		}
		read <- string(b)
	}()
	tellMuch(a)
	want := frames(string(framesOf(t, log, a.subject)))
	if diff := cmp.Diff(want, frames(<-read)); diff != "" {
		t.Errorf("steady reader (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, frames(body(t, res))); diff != "" {
		t.Errorf("paused reader (-want +got):\n%s", diff)
	}
}

// A client of the SSE library comes back by itself until the stream is whole.
func TestStreamWithALibraryClient(t *testing.T) {
	log := events.NewMemLog()
	a := newTeller(t, log, "job")
	a.tellAll()
	s := streamServer(log, Config{})
	connections := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections++ // the client has one at a time
		if err := s.streamJobOf(&cuttingWriter{w, 700}, r, a.subject); err != nil {
			t.Errorf("refused: %v", err)
		}
	}))
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := sse.Client{HTTPClient: client, Backoff: sse.Backoff{InitialInterval: time.Millisecond}, ResponseValidator: func(r *http.Response) error {
		if r.StatusCode == http.StatusNoContent {
			return errors.New("the end")
		}
		return sse.DefaultValidator(r)
	}}
	conn := c.NewConnection(req)
	var got []string
	conn.SubscribeToAll(func(e sse.Event) { got = append(got, "id: "+e.LastEventID+"\ndata: "+e.Data) })
	if err := conn.Connect(); err == nil || !strings.Contains(err.Error(), "the end") {
		t.Fatalf("the client ended with %v", err)
	}
	if diff := cmp.Diff(frames(string(framesOf(t, log, a.subject))), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if connections < 3 {
		t.Errorf("%d connections: nothing was cut", connections)
	}
}

// cuttingWriter breaks the connection after some bytes.
type cuttingWriter struct {
	http.ResponseWriter
	left int
}

func (w *cuttingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *cuttingWriter) Write(b []byte) (int, error) {
	if string(b) == retry {
		return len(b), nil // it would wait that long
	}
	if w.left -= len(b); w.left >= 0 {
		return w.ResponseWriter.Write(b)
	}
	_, _ = w.ResponseWriter.Write(b[:len(b)+w.left])
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

func TestAwaitJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		a := newTeller(t, log, "job")
		a.commit(submitted(1), &events.JobStarted{}, &events.JobWaiting{})
		a.commit(&events.JobResumed{})
		s := streamServer(log, Config{})
		s.hub = startHub(t, log)
		type answer struct {
			job *job.Job
			err error
		}
		answers := make(chan answer, 1)
		await := func(ctx context.Context) {
			go func() {
				j, err := awaitJob(ctx, s, a.subject)
				answers <- answer{j, err}
			}()
			synctest.Wait()
		}
		await(t.Context())
		if len(answers) != 0 {
			t.Fatal("answered by a state of the past")
		}
		last := a.commit(&events.JobFailed{Code: "X", Message: "no"})
		if got := <-answers; got.err != nil || got.job.Status != job.Failed || got.job.Cursor != last.Cursor() {
			t.Errorf("%+v", got)
		}
		await(t.Context())
		if got := <-answers; got.err != nil || got.job.Status != job.Failed {
			t.Errorf("of an ended job: %+v", got)
		}

		a = newTeller(t, log, "open")
		a.submit()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		await(ctx)
		if got := <-answers; got.err != nil || got.job.Status != job.Pending {
			t.Errorf("of a wait that ran out: %+v", got)
		}
		if _, err := awaitJob(t.Context(), s, events.JobSubject("w", "none")); err == nil || failureOf(err).code != codeNotFound {
			t.Errorf("of no job: %v", err)
		}
		if len(s.hub.watchers) != 0 {
			t.Errorf("%d jobs still have watchers", len(s.hub.watchers))
		}
	})
}

func TestStreamNeedsAWriteDeadline(t *testing.T) {
	log := events.NewMemLog()
	a := newTeller(t, log, "job")
	a.tellAll()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	w := httptest.NewRecorder()
	if err := streamServer(log, Config{}).streamJobOf(w, r, a.subject); !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("served without one: %v", err)
	}
	if b := w.Body.Bytes(); !bytes.Equal(b, nil) {
		t.Errorf("wrote %q", b)
	}
}

func awaitJob(ctx context.Context, s *Server, subject events.Subject) (*job.Job, error) {
	f := s.follow(subject, events.Cursor{}, false)
	defer f.watcher.stop()
	return f.await(ctx, settled)
}
