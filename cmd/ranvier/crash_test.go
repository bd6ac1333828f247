package main

// What kill -9 must not do: lose what was acknowledged, end a job twice, or
// tear a stream.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ranvier/events"
	"ranvier/httpapi"
)

const (
	crashRounds  = 8
	crashClients = 6
	crashWords   = "these nine words are said one after the other"
)

// crashPathway has what can be torn: two steps side by side that speak, a
// timer, a question and a step after it.
const crashPathway = `{"name": "Crash", "slug": "crash", "pathway_graph": {
	"nodes": [
		{"id": "left", "type": "neuron", "kind": "echo", "config": {"chunk_delay_ms": 5}, "input": "{{ input }}"},
		{"id": "right", "type": "neuron", "kind": "echo", "config": {"chunk_delay_ms": 9}, "input": "{{ input }}"},
		{"id": "rest", "type": "delay", "for": "20ms"},
		{"id": "ask", "type": "human", "prompt": "Go on?", "actions": ["approve", "reject"]},
		{"id": "done", "type": "transform", "output": ["{{ nodes.left.output.text }}", "{{ nodes.right.output.text }}", "{{ nodes.ask.output.action }}"]}],
	"edges": [{"from": "left", "to": "rest"}, {"from": "right", "to": "rest"}, {"from": "rest", "to": "ask"}, {"from": "ask", "to": "done"}]}}`

// witness is what a client was told of a job.
type witness struct {
	id     string
	frames []*frame
}

// live sees a job through, whatever happens to the server meanwhile.
func live(ctx context.Context, c *client, key string) (*witness, error) {
	w := &witness{}
	err := insist(ctx, func() (err error) {
		w.id, err = c.execute(ctx, "crash", key, crashWords)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", key, err)
	}
	answered := false
	err = c.follow(ctx, w.id, "", func(f *frame) error {
		w.frames = append(w.frames, f)
		if f.Waiting == nil || answered {
			return nil
		}
		answered = true
		err := insist(ctx, func() error { return c.answer(ctx, w.id, f.Waiting.ID, "approve") })
		var refused *apiError
		if errors.As(err, &refused) && refused.HTTP == http.StatusConflict {
			return nil // the first try was stored, only its 200 was lost
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("follow %s: %w", w.id, err)
	}
	return w, nil
}

// insist repeats a request until the server answers it.
func insist(ctx context.Context, request func() error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := request()
		var refused *apiError
		if err == nil || errors.As(err, &refused) && refused.HTTP != http.StatusServiceUnavailable {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// TestKill kills the server with SIGKILL at random moments while clients start,
// follow and answer jobs. Nothing that was acknowledged may be lost, every job
// has one end, and every stream is whole.
func TestKill(t *testing.T) {
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p := &process{dir: t.TempDir(), key: httpapi.NewKey()}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.kill() }() // when the test fails early; else it is dead already
	c := p.client()
	defer c.close()
	errorsLogged := p.complaints()
	if err := p.ready(c); err != nil {
		t.Fatal(err)
	}
	if err := c.call(ctx, http.MethodPost, "/v1/pathways", nil, jsontext.Value(crashPathway), nil); err != nil {
		t.Fatal(err)
	}

	var (
		mu        sync.Mutex
		witnesses = map[string]*witness{} // by Idempotency-Key
		enough    = make(chan struct{})
	)
	for i := range crashClients {
		work.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-enough:
					return
				default:
				}
				key := fmt.Sprintf("%d-%d", i, n)
				w, err := live(ctx, c, key)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				witnesses[key] = w
				mu.Unlock()
			}
		})
	}
	var slowest time.Duration
	for round := range crashRounds {
		// The moment is random on purpose: some lie in the start, most in the work.
		moment := time.NewTimer(time.Duration(rand.IntN(900)) * time.Millisecond)
		select {
		case <-moment.C:
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
		if err := p.kill(); err != nil {
			t.Fatal(err)
		}
		if bad := <-errorsLogged; len(bad) > 0 {
			t.Errorf("round %d logged errors:\n%s", round, strings.Join(bad, "\n"))
		}
		begin := time.Now()
		if err := p.start(); err != nil {
			t.Fatal(err)
		}
		errorsLogged = p.complaints()
		if round%2 == 0 { // else the next kill may find it not ready
			if err := p.ready(c); err != nil {
				t.Fatal(err)
			}
			slowest = max(slowest, time.Since(begin))
		}
	}
	close(enough)
	work.Wait() // every job that was begun is seen to its end

	again := 0
	for key, w := range witnesses {
		if id, err := c.execute(ctx, "crash", key, crashWords); err != nil || id != w.id {
			t.Errorf("%s named job %s, and now %q (%v)", key, w.id, id, err)
		}
		resumed, err := w.check(ctx, c)
		if err != nil {
			t.Errorf("job %s: %v", w.id, err)
		}
		again += resumed
	}
	var list struct {
		Total int `json:"total"`
	}
	if err := c.call(ctx, http.MethodGet, "/v1/jobs", nil, nil, &list); err != nil || list.Total != len(witnesses) {
		t.Errorf("%d jobs were acknowledged, the list has %d (%v)", len(witnesses), list.Total, err)
	}
	if len(witnesses) < crashRounds {
		t.Errorf("only %d jobs ran: that shows nothing", len(witnesses))
	}
	if err := p.kill(); err != nil {
		t.Error(err)
	}
	<-errorsLogged
	if !t.Failed() {
		t.Logf("%d kills, %d acked, 0 lost, 0 double ends; %d streams resumed, 0 repeated, 0 missing; slowest start to ready %s",
			crashRounds, len(witnesses), again, slowest.Round(time.Millisecond))
	}
}

// check holds what the client was told against what the server says now. It
// gives the number of streams that it resumed.
func (w *witness) check(ctx context.Context, c *client) (resumed int, err error) {
	all, err := history(ctx, c, w.id)
	if err != nil {
		return 0, err
	}
	if err := audit(all); err != nil {
		return 0, err
	}
	end := w.frames[len(w.frames)-1]
	if want := fmt.Sprintf(`["%s","%[1]s","approve"]`, crashWords); string(end.Result) != want {
		return 0, fmt.Errorf("it ended with %s", end.raw)
	}

	// What was streamed, over all breaks, is each commit once and in order,
	// and what was said in the attempts that counted. A crash may lose the end
	// of what an attempt said although its outcome is stored: words are not
	// flushed one by one. So they may break off, but have no hole.
	var commits []string
	said, attempt, heard := map[string]string{}, map[string]int{}, map[string]bool{}
	var place events.Cursor
	for _, f := range w.frames {
		at, err := events.ParseCursor(f.Cursor)
		if err != nil {
			return 0, err
		}
		if at.Job < place.Job || at.Token < place.Token || at == place {
			return 0, fmt.Errorf("frame %s came after %s", at, place)
		}
		place = at
		if f.Type != "token" {
			commits = append(commits, f.ofCommit())
			continue
		}
		if attempt[f.Node] != f.Attempt {
			attempt[f.Node], said[f.Node] = f.Attempt, ""
		}
		said[f.Node] += f.Token
		heard[f.ofWords()] = true
	}
	for _, node := range []string{"left", "right"} {
		if !strings.HasPrefix(crashWords, said[node]) {
			return 0, fmt.Errorf("%s said %q", node, said[node])
		}
	}

	// The stream as it is now has the same commits and no words that the client
	// was not told, and from any of its places its rest.
	now, err := readStream(ctx, c, w.id, "")
	if err != nil {
		return 0, err
	}
	var stored []string
	begun := map[string]int{} // the last attempt of each node
	for _, f := range now {
		if f.Type == "token" {
			if f.Attempt != begun[f.Node] {
				return 0, fmt.Errorf("%s: attempt %d of %s speaks after %d began", f.Cursor, f.Attempt, f.Node, begun[f.Node])
			}
			if !heard[f.ofWords()] {
				return 0, fmt.Errorf("the client was never told %s", f.raw)
			}
			continue
		}
		stored = append(stored, f.ofCommit())
		for _, e := range f.Events {
			if e.Type == "node.started" {
				begun[e.Node] = e.Attempt
			}
		}
	}
	if a, b := strings.Join(commits, "\n"), strings.Join(stored, "\n"); a != b {
		return 0, fmt.Errorf("it was streamed as\n%s\nand is stored as\n%s", a, b)
	}
	if n := countCommits(all); n != len(stored) {
		return 0, fmt.Errorf("it has %d commits and %d frames of them", n, len(stored))
	}
	for ; resumed < 3; resumed++ {
		i := rand.IntN(len(now) - 1)
		rest, err := readStream(ctx, c, w.id, now[i].Cursor)
		if err != nil {
			return resumed, err
		}
		if a, b := strings.Join(raws(now[i+1:]), "\n"), strings.Join(raws(rest), "\n"); a != b {
			return resumed, fmt.Errorf("after %s comes\n%s\nand a resumed stream has\n%s", now[i].Cursor, a, b)
		}
	}
	return resumed, nil
}

// The halves of a frame's cursor.
var (
	tokenPlace = regexp.MustCompile(`("cursor":"\d+)-\d+"`)
	jobPlace   = regexp.MustCompile(`("cursor":")\d+(-\d+")`)
)

// ofCommit is the frame of a commit without its place among the words: a crash
// may lose the last of them, which the client has seen.
func (f *frame) ofCommit() string { return tokenPlace.ReplaceAllString(f.raw, `$1"`) }

// ofWords is the frame of a chunk without its place among the commits.
func (f *frame) ofWords() string { return jobPlace.ReplaceAllString(f.raw, `$1$2`) }

// readStream reads the stream of a job that has ended.
func readStream(ctx context.Context, c *client, job, after string) (frames []*frame, err error) {
	err = c.follow(ctx, job, after, func(f *frame) error {
		frames = append(frames, f)
		return nil
	})
	return frames, err
}

// countCommits counts the commits of a history: the events of one share a cursor.
func countCommits(all []auditedEvent) (n int) {
	for i := range all {
		if i == 0 || all[i].Cursor != all[i-1].Cursor {
			n++
		}
	}
	return n
}
