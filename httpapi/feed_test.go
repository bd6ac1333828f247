package httpapi

// The feed shows what the streams of its jobs show, in the order of the log.

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/events"
	"ranvier/events/natslog"
	"ranvier/projections"
)

// feedOf is what a feed of some jobs must show: the frames that their own
// streams have for commits, in the order of the log.
func feedOf(t testing.TB, log events.Log, subjects ...events.Subject) []string {
	t.Helper()
	var all []string
	for _, s := range subjects {
		for frame := range strings.SplitAfterSeq(string(framesOf(t, log, s)), "\n\n") {
			if frame != "" && !strings.Contains(frame, `"type":"token"`) {
				all = append(all, frame)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(placeOfFrame(t, a).Job, placeOfFrame(t, b).Job) })
	return all
}

func placeOfFrame(t testing.TB, frame string) events.Cursor {
	t.Helper()
	c, err := events.ParseCursor(idOf([]string{frame}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// However writing, reading, reconnecting, falling behind, forgetting and
// restarts of the server interleave, a feed gives each commit of its
// workspace's jobs once, in order, as the job's own stream does.
func TestFeedIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		status := rapid.SampledFrom([]job.Status{"", "", job.Running, job.Completed}).Draw(rt, "status")
		steps := rapid.SliceOfN(rapid.IntRange(0, 11), 1, 30).Draw(rt, "steps")
		var failed string
		synctest.Test(t, func(t *testing.T) {
			log := events.NewMemLog()
			random := rand.New(rand.NewPCG(seed, 1))
			var jobs []*teller
			var subjects []events.Subject
			foreign := newTeller(rt, log, "job0")
			foreign.subject.Workspace = "elsewhere"
			foreign.submit()
			begin := func() {
				a := newTeller(rt, log, fmt.Sprint("job", len(jobs)))
				a.submit()
				jobs, subjects = append(jobs, a), append(subjects, a.subject)
			}
			write := func(n int) {
				for range n {
					switch a := jobs[random.IntN(len(jobs))]; {
					case random.IntN(10) == 0:
						begin()
					case a.ended:
						foreign.ramble(2, random)
					case random.IntN(12) == 0:
						a.commit(&events.JobCompleted{Result: events.PayloadOf(a.subject.ID)})
						a.ended = true
					default:
						a.ramble(1+random.IntN(3), random)
					}
				}
			}
			begin()
			write(random.IntN(pageCommits))
			s := streamServer(log, Config{})
			s.hub = startHub(t, log)
			open := func(after uint64) *feed {
				return &feed{
					log: log, workspace: "w", after: after, filter: projections.JobFilter{Status: status},
					watcher: s.hub.watch(wholeWorkspace("w"), false),
				}
			}
			f := open(0)
			defer func() { f.watcher.stop() }()
			var got []string
			read := func() {
				items, err := f.read(t.Context())
				if err != nil {
					failed = err.Error()
				}
				for _, it := range items {
					frame, err := f.advance(t.Context(), it)
					if err != nil {
						failed = err.Error()
					}
					if frame != nil {
						got = append(got, string(frame))
					}
				}
			}
			for _, step := range steps {
				switch step {
				case 0, 1:
					write(random.IntN(6))
				case 2:
					write(random.IntN(watchItems))
				case 3, 4:
					synctest.Wait() // the hub has handed out all
				case 5:
					f.watcher.stop() // the client comes back
					f = open(f.after)
				case 6:
					f.watcher.stop() // the server starts again
					s.hub = startHub(t, log)
					f = open(f.after)
				case 7:
					f.folds = folds{} // what would be remembered is forgotten
				default:
					read()
				}
			}
			for synctest.Wait(); failed == "" && (!f.live || f.after < jobsEnd(t, log, subjects)); synctest.Wait() {
				read()
			}
			var want []string
			for _, frame := range feedOf(t, log, subjects...) {
				if status == "" || strings.Contains(frame, `,"status":"`+string(status)+`"`) {
					want = append(want, frame)
				}
			}
			if diff := gocmp.Diff(want, got); diff != "" && failed == "" {
				failed = "(-want +got):\n" + diff
			}
		})
		if failed != "" {
			rt.Fatalf("%s", failed)
		}
	})
}

// jobsEnd is the sequence of the last commit of some jobs.
func jobsEnd(t testing.TB, log events.Log, subjects []events.Subject) (last uint64) {
	t.Helper()
	for _, s := range subjects {
		for c, err := range log.Load(t.Context(), s, 0) {
			if err != nil {
				t.Fatal(err)
			}
			last = max(last, c.Seq)
		}
	}
	return last
}

func TestFoldsAreBounded(t *testing.T) {
	var f folds
	heavy := &foldedJob{weight: foldsWeight / 4}
	for i := range 100 {
		id := fmt.Sprint(i)
		f.keep(id, &foldedJob{weight: foldsWeight / 4}, 0)
		f.keep("busy", heavy, 1)
		if f.get(id) == nil || f.get("busy") != heavy {
			t.Fatalf("%s was kept and is forgotten", id)
		}
		if n := len(f.young) + len(f.old); n > 8 || f.weight > foldsWeight {
			t.Fatalf("%d jobs are held, of %d bytes", n, f.weight)
		}
	}
	for i := range 100_000 {
		f.keep("mute "+fmt.Sprint(i), &foldedJob{mute: true}, 0)
	}
	if n := len(f.young) + len(f.old); n > 2*foldsWeight>>10 {
		t.Fatalf("%d small entries are held", n)
	}
}

// feedReader reads a feed over HTTP.
type feedReader struct {
	t   testing.TB
	res *http.Response
	in  *bufio.Reader
}

func readFeed(t testing.TB, url string, header ...string) *feedReader {
	t.Helper()
	res := get(t, url, header...)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", url, res.StatusCode, body(t, res))
	}
	return &feedReader{t: t, res: res, in: bufio.NewReader(res.Body)}
}

// next reads n frames.
func (f *feedReader) next(n int) []string {
	f.t.Helper()
	var out []string
	var frame strings.Builder
	for len(out) < n {
		line, err := f.in.ReadString('\n')
		if err != nil {
			f.t.Fatalf("after %d of %d frames: %v", len(out), n, err)
		}
		if strings.HasPrefix(line, "retry:") || strings.HasPrefix(line, ":") {
			continue
		}
		if frame.WriteString(line); line != "\n" {
			continue
		}
		if strings.HasPrefix(frame.String(), "id: ") {
			out = append(out, frame.String())
		}
		frame.Reset()
	}
	return out
}

// The same over HTTP and a log on a disk, which is closed and opened again
// between any two frames.
func TestFeedOverRestarts(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := t.TempDir()
	var want, got []string
	random := rand.New(rand.NewPCG(3, 3))
	var jobs []*teller
	var subjects []events.Subject
	const rounds, each = 4, 30
	for round := range rounds {
		log, err := natslog.Open(t.Context(), natslog.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		s := streamServer(log, Config{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.hub.run(ctx) }()
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := s.streamWorkspace(w, r, "w", projections.JobFilter{}); err != nil {
				http.Error(w, err.Error(), statuses[failureOf(err).code])
			}
		}))
		for _, a := range jobs {
			a.log = log
		}
		r := readFeed(t, front.URL, "Last-Event-ID", idOf(frames(strings.Join(got, ""))))
		for range each {
			if random.IntN(4) == 0 {
				a := newTeller(t, log, fmt.Sprint("job", len(jobs)))
				a.subject.Workspace = []string{"w", "w", "elsewhere"}[random.IntN(3)]
				a.submit()
				jobs = append(jobs, a)
				if a.subject.Workspace == "w" {
					subjects = append(subjects, a.subject)
				}
			} else if len(jobs) > 0 {
				jobs[random.IntN(len(jobs))].ramble(3, random)
			}
		}
		want = feedOf(t, log, subjects...)
		keep := len(want)
		if round < rounds-1 {
			keep = len(got) + random.IntN(len(want)-len(got)+1) // the rest is read after the restart
		}
		got = append(got, r.next(keep-len(got))...)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if _, err := io.ReadAll(r.in); err != nil { // what is not kept was on its way
			t.Error(err)
		}
		r.res.Body.Close()
		front.Close()
		if err := log.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	t.Logf("%d frames of %d jobs over %d restarts, 0 repeated, 0 missing", len(got), len(subjects), rounds-1)
}

// The feed's filters pick the jobs that the list's pick.
func TestFeedFilters(t *testing.T) {
	w := newWorld(t)
	say := `"pathway":{"nodes":[{"id":"a","type":"neuron","kind":"echo","config":{},"input":{"message":"hi"}}],"edges":[]}`
	neuron := w.call("POST", "/v1/neurons", adminKey, `{"name":"n","kind":"echo"}`).want(201).text("/id")
	pathway := w.call("POST", "/v1/pathways", adminKey, `{"name":"p","pathway_graph":{"nodes":[{"id":"a","type":"end"}],"edges":[]}}`).want(201).text("/id")
	start := func(path, key, body string) string {
		return w.call("POST", path, key, body, "Prefer: wait=60").want(200).text("/job_id")
	}
	labelled := `{` + say + `,"labels":{"team":"docs","a/b":"1"},"trace_id":"t 1"}`
	start("/v1/jobs", operatorKey, `{`+say+`}`)
	start("/v1/jobs", operatorKey, labelled)
	start("/v1/jobs", otherKey, labelled)
	start("/v1/neurons/"+neuron+"/invoke", operatorKey, `{"input":{"message":"x"}}`)
	start("/v1/pathways/"+pathway+"/execute", operatorKey, `{}`)
	feed := func(query string) *feedReader {
		return readFeed(t, w.url+"/v1/events/stream?"+query, "Authorization", "Bearer "+viewerKey)
	}
	for query, jobs := range map[string]int{
		"":                                4,
		"label.team=docs":                 1,
		"label.team=docs&label.a%2Fb=1":   1,
		"label.team=docs&label.a%2Fb=2":   0,
		"trace_id=t%201":                  1,
		"neuron_id=" + neuron:             1,
		"pathway_id=" + pathway:           1,
		"pathway_id=" + neuron:            0,
		"receptor_id=nobody":              0,
		"status=completed":                4,
		"status=completed&trace_id=t%201": 1,
		"status=failed":                   0,
	} {
		var list jobList
		w.call("GET", "/v1/jobs?"+query, viewerKey, "").want(200).into(&list)
		if list.Total != jobs {
			t.Errorf("%q: %d jobs", query, list.Total)
		}
		var subjects []events.Subject
		for _, j := range list.Jobs {
			subjects = append(subjects, events.JobSubject("default", j.ID))
		}
		want := feedOf(t, w.log, subjects...)
		if strings.HasPrefix(query, "status=completed") {
			want = slices.DeleteFunc(want, func(f string) bool { return !strings.Contains(f, `"status":"completed"`) })
		}
		for _, more := range []string{"", "&after=0", "&unknown=1&limit=-1&created_after=x"} {
			if diff := gocmp.Diff(want, feed(query+more).next(len(want))); diff != "" {
				t.Errorf("%q (-want +got):\n%s", query+more, diff)
			}
		}
	}

	// What does not fit is passed over, before and after the feed goes live.
	r := feed("label.team=docs&status=completed")
	r.next(1)
	start("/v1/jobs", operatorKey, `{`+say+`}`)
	start("/v1/jobs", otherKey, labelled)
	id := start("/v1/jobs", operatorKey, labelled)
	if frame := r.next(1)[0]; !strings.Contains(frame, `"job_id":"`+id+`"`) {
		t.Errorf("the next frame is not of job %s: %s", id, frame)
	}
}

func TestFeedRefuses(t *testing.T) {
	w := newWorld(t)
	for query, path := range map[string]string{
		"status=done":              "/status",
		"status=":                  "/status",
		"status=failed&status=x":   "/status",
		"pathway_id=a.b":           "/pathway_id",
		"neuron_id=%2A":            "/neuron_id",
		"receptor_id=%3E":          "/receptor_id",
		"trace_id=%00":             "/trace_id",
		"label.=x":                 "/label.",
		"label.a=" + long(257):     "/label.a",
		"label." + long(65) + "=x": "/label." + long(65),
	} {
		a := w.call("GET", "/v1/events/stream?"+query, viewerKey, "").want(400, codeInvalid)
		if got := a.failure().Details; len(got) != 1 || got[0].Path != path {
			t.Errorf("%q: %s", query, a.body)
		}
	}
	for _, after := range []string{"x", "1", "1-", "-1-0", "99999-0", "0-99999"} {
		w.call("GET", "/v1/events/stream?after="+after, viewerKey, "").want(400, codeInvalid)
		w.call("GET", "/v1/events/stream", viewerKey, "", "Last-Event-ID: "+after).want(400, codeInvalid)
	}
	w.call("GET", "/v1/events/stream", "", "").want(401, codeAuth)
	w.call("GET", "/v1/events/stream", viewerKey, "", "Accept: application/json").want(406, codeNotAcceptable)
	w.call("HEAD", "/v1/events/stream", viewerKey, "").want(200)
}

func long(n int) string { return strings.Repeat("x", n) }

// The feed of a revoked key ends, and so does every feed when the server stops.
func TestFeedEnds(t *testing.T) {
	w := newWorld(t)
	w.bootstrap()
	var key struct {
		ID  string `json:"id"`
		Key string `json:"key"`
	}
	w.call("POST", "/v1/api-keys", adminKey, `{"name":"n","role":"viewer"}`).want(201).into(&key)
	feed := func(key string) *feedReader {
		return readFeed(t, w.url+"/v1/events/stream", "Authorization", "Bearer "+key)
	}
	revoked, stays := feed(key.Key), feed(viewerKey)
	a := w.call("GET", "/metrics", rootKey, "").want(200)
	if got := a.series("ranvier_streams_open"); got != "2" {
		t.Errorf("%q streams are counted\n%s", got, a.body)
	}
	w.call("DELETE", "/v1/api-keys/"+key.ID, adminKey, "").want(200)
	if rest, err := io.ReadAll(revoked.in); err != nil || !strings.HasPrefix(string(rest), retry) {
		t.Errorf("the revoked key's feed gives %q, %v", rest, err)
	}
	w.stopServer()
	if rest, err := io.ReadAll(stays.in); err != nil || !strings.HasPrefix(string(rest), retry) {
		t.Errorf("the other one gives %q, %v", rest, err)
	}
}
