package main

// Workers of the samples, and a worker that outlives the server, against the
// real program.

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/httpapi"
)

// serving runs the server until the test ends.
func serving(t *testing.T) (*process, *client) {
	t.Helper()
	p := &process{dir: t.TempDir(), key: httpapi.NewKey()}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	p.complaints() // so that its log is read
	c := p.client()
	t.Cleanup(func() {
		c.close()
		if err := p.kill(); err != nil {
			t.Error(err)
		}
	})
	if err := p.ready(c); err != nil {
		t.Fatal(err)
	}
	return p, c
}

// working is a graph of one worker node.
func working(queue, settings string) string {
	return `{"nodes": [{"id": "work", "type": "worker", "queue": "` + queue + `"` + settings + `}]}`
}

// startGraph starts a job of a graph and gives its id.
func startGraph(t *testing.T, c *client, graph, input string) string {
	t.Helper()
	var job struct {
		ID string `json:"job_id"`
	}
	body := jsontext.Value(`{"pathway": ` + graph + `, "input": ` + input + `}`)
	if err := c.call(t.Context(), http.MethodPost, "/v1/jobs", nil, body, &job); err != nil {
		t.Fatal(err)
	}
	return job.ID
}

// outcome follows a job to its end.
func outcome(t *testing.T, c *client, id string) *frame {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var last *frame
	if err := c.follow(ctx, id, "", func(f *frame) error { last = f; return nil }); err != nil {
		t.Fatal(err)
	}
	return last
}

// TestSampleWorkers runs the workers of the samples as their users do.
func TestSampleWorkers(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("the worker in shell needs curl, which is not installed: apt-get install curl")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	compiled := filepath.Join(t.TempDir(), "worker-go")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", compiled, "ranvier/samples/worker-go").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	counting := filepath.Join(t.TempDir(), "count.sh")
	if err := os.WriteFile(counting, []byte(countWords), 0o700); err != nil {
		t.Fatal(err)
	}
	p, c := serving(t)
	for name, command := range map[string][]string{
		"go": {compiled, "go"},
		"sh": {filepath.Join(root, "samples/worker-sh/worker.sh"), "sh", "sh", counting},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
			cmd.Env = append(os.Environ(), "RANVIER_URL=http://"+p.address.Load().(string), "RANVIER_KEY="+p.key)
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &said, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			good := startGraph(t, c, working(name, ``), `{"text": "these nine words are said one after the other"}`)
			bad := startGraph(t, c, working(name, ``), `{}`)
			misfit := startGraph(t, c, working(name, `, "output_schema": {"type": "string"}`), `{"text": "one"}`)
			if f := outcome(t, c, good); string(f.Result) != `{"words":9}` {
				t.Errorf("good: %s %s", f.Type, f.FailedReason)
			}
			if f := outcome(t, c, bad); !strings.Contains(f.FailedReason, "the input has no text") {
				t.Errorf("bad: %s %s", f.Type, f.FailedReason)
			}
			if f := outcome(t, c, misfit); !strings.Contains(f.FailedReason, "output_schema") {
				t.Errorf("misfit: %s %s", f.Type, f.FailedReason)
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("it ends with %v", err)
			}
			t.Logf("it said:\n%s", &said)
		})
	}
}

// countWords does in shell what the worker in Go does.
const countWords = `
text=$(sed -n 's/.*"input":{"text":"\([^"]*\)"}.*/\1/p')
[ -n "$text" ] || { echo "the input has no text" >&2; exit 1; }
echo "{\"words\": $(echo "$text" | wc -w)}"
`

// TestWorkerOutlivesTheServer: what was leased before kill -9 is completed with
// the same lease after it.
func TestWorkerOutlivesTheServer(t *testing.T) {
	p, c := serving(t)
	const tasks = 20
	var jobs []string
	for range tasks {
		jobs = append(jobs, startGraph(t, c, working("q", `, "lease": "1h"`), `"in"`))
	}
	type leased struct {
		ID    string `json:"task_id"`
		Lease int    `json:"lease"`
		Job   string `json:"job_id"`
	}
	lease := func() []leased {
		t.Helper()
		var got struct {
			Tasks []leased `json:"tasks"`
		}
		if err := c.call(t.Context(), http.MethodPost, "/v1/workers/q/lease?wait=60s", nil, jsontext.Value(`{"limit": 1}`), &got); err != nil {
			t.Fatal(err)
		}
		return got.Tasks
	}
	byJob := map[string]leased{}
	for len(byJob) < tasks/2 {
		for _, l := range lease() {
			byJob[l.Job] = l
		}
	}
	if err := p.kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	p.complaints()
	if err := p.ready(c); err != nil {
		t.Fatal(err)
	}
	for len(byJob) < tasks {
		for _, l := range lease() {
			if had, ok := byJob[l.Job]; ok {
				t.Fatalf("%+v was leased before as %+v", l, had)
			}
			byJob[l.Job] = l
		}
	}
	for _, l := range byJob {
		body, err := json.Marshal(map[string]any{"lease": l.Lease, "output": l.Job})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.call(t.Context(), http.MethodPost, "/v1/tasks/"+l.ID+"/complete", nil, jsontext.Value(body), nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range jobs {
		if f := outcome(t, c, id); string(f.Result) != `"`+id+`"` {
			t.Errorf("%s: %s %s", id, f.Type, f.FailedReason)
		}
	}
}
