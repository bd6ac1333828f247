package main

// The sample from end to end: the whole service in this process, spoken to as
// any client would.

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ranvier/config"
	"ranvier/httpapi"
	"ranvier/samples/outside"
)

// trial is a service in this process with the sample's outside world.
type trial struct {
	t       *testing.T
	cfg     config.Config
	service *service
	client  *client
	outside *outside.World

	mu   sync.Mutex
	sunk []string
}

// newTrial starts one on a fresh data directory. It ends with the test, and
// then no goroutine may be left. What prepare starts for it must end in a
// cleanup, which comes after that of the service.
func newTrial(t *testing.T, prepare ...func(*config.Config)) *trial {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })

	tr := &trial{t: t, cfg: config.Default()}
	tr.cfg.Listen, tr.cfg.DataDir = "127.0.0.1:0", t.TempDir()
	tr.cfg.BootstrapKey = config.Secret(httpapi.NewKey())
	tr.cfg.EgressAllow = []netip.Prefix{loopback}
	var err error
	tr.outside, err = outside.Start(t.Context(), func(body string) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.sunk = append(tr.sunk, body)
	}, os.DirFS("../../docs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.outside.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, p := range prepare {
		p(&tr.cfg)
	}
	tr.start()
	t.Cleanup(func() { tr.stop() })
	d := &dev{client: tr.client, screen: newScreen(io.Discard)}
	if err := d.install(t.Context(), "neurons", sampleNeuronSlug, sampleNeuron); err != nil {
		t.Fatal(err)
	}
	if err := d.install(t.Context(), "pathways", samplePathwaySlug, samplePathway); err != nil {
		t.Fatal(err)
	}
	return tr
}

func (tr *trial) start() {
	tr.t.Helper()
	s, err := start(tr.t.Context(), tr.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.service = s
	tr.client = newClient(s.url, tr.cfg.BootstrapKey.Reveal())
}

func (tr *trial) stop() {
	tr.client.close()
	if err := tr.service.stop(); err != nil {
		tr.t.Error(err)
	}
}

// delivered gives what arrived at the sink so far.
func (tr *trial) delivered() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return slices.Clone(tr.sunk)
}

// execute starts the sample and gives the job's id.
func (tr *trial) execute() string {
	tr.t.Helper()
	job, err := tr.client.execute(tr.t.Context(), samplePathwaySlug, tr.t.Name(), sampleInput(tr.outside))
	if err != nil {
		tr.t.Fatal(err)
	}
	return job
}

// question follows the job to its question.
func (tr *trial) question(job string) (frames []*frame) {
	tr.t.Helper()
	err := tr.client.follow(tr.t.Context(), job, "", func(f *frame) error {
		frames = append(frames, f)
		if f.Waiting != nil {
			return errEnough
		}
		return nil
	})
	if err != nil {
		tr.t.Fatal(err)
	}
	return frames
}

// rest follows the job from a place to its end.
func (tr *trial) rest(job, after string) (frames []*frame) {
	tr.t.Helper()
	err := tr.client.follow(tr.t.Context(), job, after, func(f *frame) error {
		frames = append(frames, f)
		return nil
	})
	if err != nil {
		tr.t.Fatal(err)
	}
	return frames
}

// get gives the body of a GET.
func (tr *trial) get(path string) string {
	tr.t.Helper()
	resp, err := tr.client.send(tr.t.Context(), http.MethodGet, path, nil, nil)
	if err != nil {
		tr.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		tr.t.Fatal(err)
	}
	return string(b)
}

func raws(frames []*frame) (out []string) {
	for _, f := range frames {
		out = append(out, f.raw)
	}
	return out
}

const sampleSummary = `["The caller does not wait: A job is accepted in milliseconds and has an address from then on.",` +
	`"Every step is written down: Before a step runs its start is stored, and afterwards its outcome.",` +
	`"People are part of the work: Some decisions belong to a person."]`

// TestSample runs the sample through the API and reads it back in every way,
// before and after a restart.
func TestSample(t *testing.T) {
	tr := newTrial(t)
	job := tr.execute()
	if again := tr.execute(); again != job {
		t.Errorf("the same Idempotency-Key made %s beside %s", again, job)
	}
	frames := tr.question(job)
	asked := frames[len(frames)-1]
	if err := tr.client.answer(t.Context(), job, asked.Waiting.ID, "approve"); err != nil {
		t.Fatal(err)
	}
	frames = append(frames, tr.rest(job, asked.Cursor)...)

	// The words came one by one, and in the end the result.
	words := map[string]string{}
	for i, f := range frames {
		words[f.Node] += f.Token
		if f.last() != (i == len(frames)-1) {
			t.Errorf("frame %d of %d is %s", i+1, len(frames), f.Type)
		}
	}
	heard, err := json.Marshal([]string{words["first"], words["second"], words["third"]})
	if err != nil {
		t.Fatal(err)
	}
	result := `{"delivered":true,"summary":` + sampleSummary + fmt.Sprintf(`,"receipt":{"received_bytes":%d}}`, len(tr.delivered()[0]))
	if diff := cmp.Diff([]string{sampleSummary, result}, []string{string(heard), string(frames[len(frames)-1].Result)}); diff != "" {
		t.Errorf("-want +streamed\n%s", diff)
	}
	if diff := cmp.Diff([]string{`{"title":"What a Jobs API is for","summary":` + sampleSummary + `}`}, tr.delivered()); diff != "" {
		t.Errorf("-want +delivered\n%s", diff)
	}

	// The rest of the API says the same, and goes on doing so.
	middle := frames[len(frames)/2].Cursor
	look := func() map[string]string {
		all, err := history(t.Context(), tr.client, job)
		if err == nil {
			err = audit(all)
		}
		if err != nil {
			t.Error(err)
		}
		return map[string]string{
			"status":    tr.get("/v1/jobs/" + job + "/status"),
			"list":      tr.get("/v1/jobs?status=completed"),
			"events":    tr.get("/v1/jobs/" + job + "/events"),
			"neurons":   tr.get("/v1/neurons"),
			"pathways":  tr.get("/v1/pathways"),
			"stream":    strings.Join(raws(tr.rest(job, "")), "\n"),
			"streamed":  strings.Join(raws(frames), "\n"),
			"resumed":   strings.Join(raws(tr.rest(job, middle)), "\n"),
			"idem. key": tr.execute(),
		}
	}
	before := look()
	var status struct {
		Status   string         `json:"status"`
		Progress float64        `json:"progress"`
		Result   jsontext.Value `json:"result"`
	}
	if err := json.Unmarshal([]byte(before["status"]), &status); err != nil {
		t.Fatal(err)
	}
	if status.Status != "completed" || status.Progress != 100 || string(status.Result) != result {
		t.Errorf("the status is %s", before["status"])
	}
	if before["stream"] != before["streamed"] {
		t.Errorf("-live +replayed\n%s", cmp.Diff(before["streamed"], before["stream"]))
	}
	if suffix := strings.Join(raws(frames[len(frames)/2+1:]), "\n"); before["resumed"] != suffix {
		t.Errorf("-rest +resumed\n%s", cmp.Diff(suffix, before["resumed"]))
	}
	tr.stop()
	tr.start()
	if diff := cmp.Diff(before, look()); diff != "" {
		t.Errorf("-before +after the restart\n%s", diff)
	}
}

// TestSampleRejected: nothing is delivered when the person says no, even if a
// restart lies between question and answer.
func TestSampleRejected(t *testing.T) {
	tr := newTrial(t)
	job := tr.execute()
	frames := tr.question(job)
	asked := frames[len(frames)-1]
	tr.stop()
	tr.start()
	if err := tr.client.answer(t.Context(), job, asked.Waiting.ID, "reject"); err != nil {
		t.Fatal(err)
	}
	rest := tr.rest(job, asked.Cursor)
	if got := string(rest[len(rest)-1].Result); got != `{"delivered":false,"comment":null}` {
		t.Errorf("the result is %s", got)
	}
	if got := tr.delivered(); len(got) > 0 {
		t.Errorf("delivered: %s", got)
	}
}

// TestRestartBetweenWords stops the server while models speak. The attempts
// are made again, and what was said before and after is one stream, the same
// whether it was followed or is read later.
func TestRestartBetweenWords(t *testing.T) {
	tr := newTrial(t)
	tr.cfg.ShutdownGrace = 300 * time.Millisecond // steps that take longer are broken off
	tr.stop()
	tr.start()
	job := tr.execute()
	var frames []*frame
	err := tr.client.follow(t.Context(), job, "", func(f *frame) error {
		frames = append(frames, f)
		if strings.Contains(f.Token, " ") {
			return errEnough
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tr.stop()
	tr.start()
	err = tr.client.follow(t.Context(), job, frames[len(frames)-1].Cursor, func(f *frame) error {
		frames = append(frames, f)
		if f.Waiting == nil {
			return nil
		}
		return tr.client.answer(t.Context(), job, f.Waiting.ID, "approve")
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(raws(frames), raws(tr.rest(job, ""))); diff != "" {
		t.Errorf("-live +replayed\n%s", diff)
	}
	if !slices.ContainsFunc(frames, func(f *frame) bool { return f.Type == "token" && f.Attempt == 2 }) {
		t.Error("no attempt was made again")
	}
}

// TestByHand pastes what dev prints into a shell, section by section.
func TestByHand(t *testing.T) {
	tr := newTrial(t)
	sections := strings.Split(byHand(tr.service.url, tr.cfg.BootstrapKey.Reveal(), tr.outside.URL), "\n\n# ")
	if len(sections) != 6 {
		t.Fatalf("there are %d sections", len(sections))
	}
	setup := sections[0] + "\n"
	paste := func(ctx context.Context, section string) *exec.Cmd {
		return exec.CommandContext(ctx, "sh", "-euc", setup+"# "+section)
	}
	output := func(i int) []byte {
		t.Helper()
		out, err := paste(t.Context(), sections[i]).Output()
		if err != nil {
			t.Fatalf("%s\n%v\n%s", sections[i], err, out)
		}
		return out
	}
	job := string(bytes.TrimSpace(output(1)))
	setup += "JOB=" + job + "\n"
	var streamed bytes.Buffer
	watch := paste(t.Context(), sections[2])
	watch.Stdout = &streamed
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	tr.question(job)
	if got := output(3); !bytes.Contains(got, []byte(`"status":"waiting"`)) {
		t.Errorf("where it is now: %s", got)
	}
	if got := output(4); !bytes.Contains(got, []byte(`"status":"approved"`)) {
		t.Errorf("the answer's answer: %s", got)
	}
	if got := output(5); !bytes.Contains(got, []byte(sampleSummary)) {
		t.Errorf("the result: %s", got)
	}
	if err := watch.Wait(); err != nil || !bytes.Contains(streamed.Bytes(), []byte(`"type":"complete"`)) {
		t.Errorf("the stream: %v\n%s", err, streamed.Bytes())
	}
}
