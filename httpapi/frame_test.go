package httpapi

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/tmaxmax/go-sse"
	"pgregory.net/rapid"

	"ranvier/engine/job"
	"ranvier/events"
)

var updateFrames = flag.Bool("update-frames", false, "write the golden frames anew")

// The frames of a job's whole life are what clients were promised.
func TestFramesGolden(t *testing.T) {
	question := &events.InterventionOpened{
		Actions: []string{"approve", "reject"}, Fields: events.PayloadOf(map[string]string{"type": "object"}), ID: "iv1", Node: "review",
		Prompt: events.PayloadOf("Publish?\nReally?"), Required: 1, Visit: 1,
	}
	for name, tell := range map[string]func(*teller){
		"completed": func(a *teller) {
			a.commit(submitted(5), &events.JobStarted{}, nodeStarted("draft", 1, 1))
			a.say("draft", "Once ")
			a.say("draft", "upon\n\"a time\" \u2028 é")
			a.commit(&events.NodeRetrying{Node: "draft", Visit: 1, Attempt: 1, At: events.At(noon), Code: "NODE_FAILED", Message: "no"})
			a.commit(nodeStarted("draft", 1, 2))
			a.commit(
				&events.NodeSucceeded{Node: "draft", Visit: 1, Attempt: 2, Output: events.PayloadOf(map[string]string{"text": "Once"}), Taken: []int{0}},
				nodeStarted("review", 1, 1), &events.NodeWaiting{Node: "review", Visit: 1, Attempt: 1}, question, &events.JobWaiting{},
			)
			a.commit(&events.InterventionAnswered{Action: "approve", ID: "iv1", Responder: "key1", Status: job.InterventionApproved}, &events.JobResumed{},
				&events.NodeSucceeded{Node: "review", Visit: 1, Attempt: 1, Output: events.PayloadOf(map[string]string{"action": "approve"})},
				&events.NodeFailed{Node: "check", Visit: 1, Attempt: 1, Code: "X", Message: "went on", Output: events.PayloadOf(map[string]string{"error": "X"})},
				&events.NodeSkipped{Kind: "echo", Node: "other"}, nodeStarted("post", 1, 1))
			a.commit(&events.NodeSucceeded{Node: "post", Visit: 1, Attempt: 1, Output: events.PayloadOf("sent")}, &events.JobCompleted{Result: events.PayloadOf("sent")})
		},
		"completed with a result of its own": func(a *teller) {
			a.commit(submitted(1), &events.JobStarted{}, nodeStarted("n", 1, 1))
			a.commit(&events.NodeSucceeded{Node: "n", Visit: 1, Attempt: 1, Output: events.PayloadOf("whole text")}, &events.JobCompleted{Result: events.PayloadOf(nil)})
		},
		"failed": func(a *teller) {
			a.commit(submitted(1), &events.JobStarted{}, nodeStarted("n", 1, 1))
			a.commit(&events.NodeFailed{Node: "n", Visit: 1, Attempt: 1, Code: "NODE_FAILED", Message: "no"},
				&events.JobFailed{Code: "NODE_FAILED", Message: "n: no", Node: "n"})
		},
		"cancelled": func(a *teller) {
			a.commit(submitted(2), &events.JobStarted{}, nodeStarted("n", 1, 1))
			a.commit(&events.JobPaused{})
			a.commit(&events.NodeLooped{Node: "n", Reset: []string{"n"}, Edges: []int{0}, Times: 1})
			a.commit(question, &events.InterventionExpired{ID: "iv1"})
			a.commit(&events.JobCancelled{Reason: "not needed"})
		},
		"answered by people": func(a *teller) {
			a.commit(submitted(2), &events.JobStarted{}, nodeStarted("review", 1, 1), &events.NodeWaiting{Node: "review", Visit: 1, Attempt: 1}, question, &events.JobWaiting{})
			ended := map[string]any{"action": "approve", "comment": nil, "fields": nil, "responses": []any{
				map[string]any{"responder": "person:ada", "action": "approve", "at": "2026-01-02T12:00:00.000Z"},
			}}
			a.commit(&events.InterventionAnswered{Action: "approve", ID: "iv1", Responder: "person:ada", Status: job.InterventionApproved}, &events.JobResumed{},
				&events.NodeSucceeded{Node: "review", Visit: 1, Attempt: 1, Output: events.PayloadOf(ended), Taken: []int{0}}, nodeStarted("post", 1, 1))
			failed := map[string]any{"error": map[string]any{"code": "HTTP_FAILED", "message": "10.0.0.7 refused", "node_id": "post"}}
			a.commit(&events.NodeFailed{Node: "post", Visit: 1, Attempt: 1, Code: "HTTP_FAILED", Message: "10.0.0.7 refused", Output: events.PayloadOf(failed)},
				&events.JobCompleted{Result: events.PayloadOf(map[string]any{"review": ended, "post": failed})})
		},
		"reminded and undecided": func(a *teller) {
			a.commit(submitted(2), &events.JobStarted{}, nodeStarted("review", 1, 1), &events.NodeWaiting{Node: "review", Visit: 1, Attempt: 1}, question, &events.JobWaiting{})
			a.commit(&events.InterventionReminded{ID: "iv1", Times: 1})
			a.commit(&events.InterventionAnswered{Action: "reject", ID: "iv1", Outcome: job.Undecided, Responder: "person:ada", Status: job.InterventionAnswered},
				&events.JobResumed{}, &events.NodeSucceeded{Node: "review", Visit: 1, Attempt: 1, Output: events.PayloadOf(map[string]any{"action": job.Undecided})},
				&events.JobCompleted{Result: events.PayloadOf(nil)})
		},
		"agent": func(a *teller) {
			args := events.PayloadOf(map[string]string{"city": "Rome"})
			a.commit(submitted(1), &events.JobStarted{}, nodeStarted("n", 1, 1))
			a.commit(&events.TurnCompleted{Node: "n", Visit: 1, Attempt: 1, Turn: 1, Reply: events.PayloadOf("said"), Usage: events.Usage{ModelCalls: 1}},
				&events.ReflexCalled{Node: "n", Visit: 1, Attempt: 1, Turn: 1, Call: "c1", Name: "weather", Arguments: args},
				&events.ReflexCalled{Node: "n", Visit: 1, Attempt: 1, Turn: 1, Call: "c2", Name: "refund", Arguments: args})
			a.commit(&events.ReflexAnswered{Node: "n", Visit: 1, Attempt: 1, Call: "c1", Name: "weather", Result: events.PayloadOf("rain")})
			ask := *question
			ask.Node, ask.Call, ask.Prompt = "n", "c2", events.PayloadOf(`Refund {"city":"Rome"}?`)
			a.commit(&events.NodeWaiting{Node: "n", Visit: 1, Attempt: 1}, &ask, &events.JobWaiting{})
			a.commit(&events.InterventionAnswered{Action: "reject", ID: "iv1", Responder: "key1", Status: job.InterventionRejected}, &events.JobResumed{},
				&events.NodeStarted{Node: "n", Kind: "neuron", Visit: 1, Attempt: 2, Continued: true, Runner: "r"})
			a.commit(&events.ReflexAnswered{
				Node: "n", Visit: 1, Attempt: 2, Call: "c2", Name: "refund", Code: "REJECTED",
				Result: events.PayloadOf(map[string]string{"code": "REJECTED", "message": "rejected by a person: no"}),
			})
			a.commit(&events.NodeSucceeded{Node: "n", Visit: 1, Attempt: 2, Output: events.PayloadOf("done")}, &events.JobCompleted{Result: events.PayloadOf("done")})
		},
		"large output": func(a *teller) {
			a.commit(submitted(2), &events.JobStarted{}, nodeStarted("n", 1, 1))
			a.commit(&events.NodeSucceeded{Node: "n", Visit: 1, Attempt: 1, Output: events.PayloadOf(strings.Repeat("é", maxOutput/2))})
		},
	} {
		t.Run(name, func(t *testing.T) {
			log := events.NewMemLog()
			a := newTeller(t, log, "job-1")
			tell(a)
			file := strings.ReplaceAll(name, " ", "_") + ".txt"
			goldenFrames(t, filepath.Join("testdata", "frames", file), framesOf(t, log, a.subject))
			goldenFrames(t, filepath.Join("testdata", "publicframes", file), publicFramesOf(t, log, a.subject))
		})
	}
}

func goldenFrames(t *testing.T, path string, got []byte) {
	t.Helper()
	if *updateFrames {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
	for e, err := range sse.Read(bytes.NewReader(got), &sse.ReadConfig{MaxEventSize: 1 << 20}) {
		if err != nil {
			t.Fatal(err)
		}
		if err := jsontext.Value(e.Data).IsValid(); !err {
			t.Errorf("frame %s is no strict JSON", e.LastEventID)
		}
	}
}

// framesOf gives a job's stream as bytes, without the head of an answer.
func framesOf(t testing.TB, log events.Log, s events.Subject) []byte {
	t.Helper()
	return followed(t, log, s, &follower{words: true})
}

// publicFramesOf is framesOf as a share token shows it.
func publicFramesOf(t testing.TB, log events.Log, s events.Subject) []byte {
	t.Helper()
	return followed(t, log, s, &follower{words: true, public: true})
}

func followed(t testing.TB, log events.Log, s events.Subject, f *follower) []byte {
	t.Helper()
	var commits []*events.Commit
	for c, err := range log.Load(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		commits = append(commits, c)
	}
	var chunks []*events.Chunk
	for c, err := range log.LoadChunks(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, c)
	}
	var out []byte
	for _, it := range join(commits, chunks) {
		if !f.advance(it) {
			continue
		}
		b, err := f.frame(it)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b...)
	}
	return out
}

// Whatever the words are, an SSE reader gets one event with the place as its
// id and the words as they were.
func TestTokenFrameKeepsTheWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text") + rapid.SampledFrom([]string{"", "\n\n", "\r", "\x00", "\u2028", "data: x\n\n"}).Draw(t, "end")
		it := &item{chunk: &events.Chunk{Subject: events.JobSubject("w", "j"), Seq: 7, After: 3, At: events.At(noon), Node: "n", Visit: 1, Attempt: 2, Text: text}}
		b, err := it.frame(&job.Job{}, it.place())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for e, err := range sse.Read(bytes.NewReader(b), nil) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			var got tokenFrame
			if err := json.Unmarshal([]byte(e.Data), &got); err != nil {
				t.Fatal(err)
			}
			if got.Token != text || e.LastEventID != "3-7" {
				t.Fatalf("read %q at %s", got.Token, e.LastEventID)
			}
		}
		if n != 1 {
			t.Fatalf("read %d events", n)
		}
	})
}

func TestTokenFrameTakesBrokenText(t *testing.T) {
	it := &item{chunk: &events.Chunk{Subject: events.JobSubject("w", "j"), Seq: 1, Text: "a\xffb"}}
	b, err := it.frame(&job.Job{}, it.place())
	if err != nil || !bytes.Contains(b, []byte(`"token":"a`+"\uFFFD"+`b"`)) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestFrameIsEncodedOnceForAll(t *testing.T) {
	it := &item{chunk: &events.Chunk{Subject: events.JobSubject("w", "j"), Seq: 1, Text: "a"}}
	first, _ := it.frame(&job.Job{}, it.place())
	second, _ := it.frame(&job.Job{}, it.place())
	if &first[0] != &second[0] {
		t.Error("the frame was encoded twice")
	}
	own, _ := it.frame(&job.Job{}, events.Cursor{Job: 9, Token: 1})
	if !bytes.HasPrefix(own, []byte("id: 9-1\n")) || !bytes.HasPrefix(first, []byte("id: 0-1\n")) {
		t.Errorf("frames %q and %q", first, own)
	}
}

// noon is when hand-made histories happen.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func submitted(nodes int) *events.JobSubmitted {
	return &events.JobSubmitted{Graph: events.PayloadOf(map[string]any{"nodes": []any{}}), Input: events.PayloadOf("in"), Nodes: nodes}
}

func nodeStarted(node string, visit, attempt int) *events.NodeStarted {
	return &events.NodeStarted{Node: node, Kind: "echo", Visit: visit, Attempt: attempt, Runner: "r"}
}
