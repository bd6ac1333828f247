package main

// The samples of the folder samples, run on the whole service.

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/config"
	"ranvier/engine/nodes/modeltest"
	"ranvier/samples"
)

// sample installs a definition of the folder; plural is "pathways" or
// "neurons".
func (tr *trial) sample(plural, file string) {
	tr.t.Helper()
	if err := tr.client.call(tr.t.Context(), http.MethodPost, "/v1/"+plural, nil, jsontext.Value(samples.Read(file)), nil); err != nil {
		tr.t.Fatalf("%s: %v", file, err)
	}
}

// begin starts a pathway on an input and gives the job.
func (tr *trial) begin(slug string, input any) string {
	tr.t.Helper()
	raw, err := json.Marshal(map[string]any{"input": input})
	if err != nil {
		tr.t.Fatal(err)
	}
	var started struct {
		Job string `json:"job_id"`
	}
	if err := tr.client.call(tr.t.Context(), http.MethodPost, "/v1/pathways/"+slug+"/execute", nil, jsontext.Value(raw), &started); err != nil {
		tr.t.Fatal(err)
	}
	return started.Job
}

// result follows a job to its end and gives its result, as compact JSON.
func (tr *trial) result(job string) string {
	tr.t.Helper()
	frames := tr.rest(job, "")
	last := frames[len(frames)-1]
	if !last.last() || last.Result == nil {
		tr.t.Fatalf("the job ended with %s", last.raw)
	}
	return string(last.Result)
}

// history holds a job's history to the rules of every history.
func (tr *trial) audited(job string) {
	tr.t.Helper()
	all, err := history(tr.t.Context(), tr.client, job)
	if err == nil {
		err = audit(all)
	}
	if err != nil {
		tr.t.Error(err)
	}
}

func TestSamplePolling(t *testing.T) {
	tr := newTrial(t)
	tr.sample("pathways", "polling.json")
	job := tr.begin("polling", map[string]string{"url": tr.outside.URL + "/press/7"})
	if got := tr.result(job); got != `{"done":true,"copies":6}` {
		t.Errorf("the result is %s", got)
	}
	if n := tr.outside.Asked("7"); n != 6 {
		t.Errorf("the press was asked %d times", n)
	}
	var pauses []string
	for _, m := range regexp.MustCompile(`"output":([0-9]+)[,}]`).FindAllStringSubmatch(strings.Join(raws(tr.rest(job, "")), "\n"), -1) {
		pauses = append(pauses, m[1])
	}
	if diff := cmp.Diff([]string{"50", "100", "200"}, pauses); diff != "" {
		t.Errorf("-want +pauses\n%s", diff)
	}
	tr.audited(job)
}

func TestSampleSaga(t *testing.T) {
	tr := newTrial(t)
	tr.sample("pathways", "saga.json")
	url := tr.outside.URL + "/bookings"
	job := tr.begin("saga", map[string]any{"bookings_url": url})
	if got := tr.result(job); got != `{"booked":["flight-1","hotel-1","car-1"]}` {
		t.Errorf("the result is %s", got)
	}
	tr.audited(job)
	job = tr.begin("saga", map[string]any{"bookings_url": url, "cars": 0})
	if got := tr.result(job); got != `{"booked":[],"because":"POST `+url+`/car answered 409 Conflict"}` {
		t.Errorf("the result is %s", got)
	}
	tr.audited(job)
	if diff := cmp.Diff([]string{"book flight", "book hotel", "book car", "book flight", "book hotel", "cancel hotel", "cancel flight"}, tr.outside.Trips()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// The documents of this repository, a model that says what it is told, and
// three people of whom two agree.
func TestSampleDocuments(t *testing.T) {
	tr := newTrial(t, modelled(t))
	tr.sample("pathways", "documents.json")
	names, sections := []string{"expressions.md", "nodes.md", "patterns.md"}, 0
	for _, name := range names {
		text, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		sections += strings.Count(string(text), "\n## ")
	}
	job := tr.begin("documents", map[string]any{"files_url": tr.outside.URL + "/files", "names": names, "sink_url": tr.outside.URL + "/sink"})
	frames := tr.question(job)
	asked := frames[len(frames)-1].Waiting
	if want := fmt.Sprintf("Publish %d summaries of expressions.md, nodes.md, patterns.md?", sections); asked.Prompt != want {
		t.Errorf("asked is %s, not %s", asked.Prompt, want)
	}
	for i, action := range []string{"approve", "reject", "approve"} {
		if err := tr.person(fmt.Sprint("person ", i)).answer(t.Context(), job, asked.ID, action); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := tr.result(job), fmt.Sprintf(`{"published":%d}`, sections); got != want {
		t.Errorf("the result is %s, not %s", got, want)
	}
	var pages []struct{ File, Heading, Summary string }
	if err := json.Unmarshal([]byte(tr.delivered()[0]), &pages, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	for i, page := range pages {
		if !strings.HasPrefix(page.Summary, "You said: "+page.Heading) || i > 0 && page.File < pages[i-1].File {
			t.Errorf("page %d is %+v", i, page)
		}
	}
	if len(pages) != sections {
		t.Errorf("%d pages", len(pages))
	}
	tr.audited(job)
}

// modelled has a model answer from a script.
func modelled(t *testing.T, script ...modeltest.Reply) func(*config.Config) {
	return func(c *config.Config) {
		model, err := modeltest.NewServer(script...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(model.Close)
		c.OpenAIBaseURL = model.URL
	}
}

// person makes a key and gives its client.
func (tr *trial) person(name string) *client {
	tr.t.Helper()
	var made struct {
		Key string `json:"key"`
	}
	if err := tr.client.call(tr.t.Context(), http.MethodPost, "/v1/api-keys", nil, map[string]string{"name": name, "role": "operator"}, &made); err != nil {
		tr.t.Fatal(err)
	}
	c := newClient(tr.service.url, made.Key)
	tr.t.Cleanup(c.close)
	return c
}

func TestSampleFanOut(t *testing.T) {
	tr := newTrial(t)
	tr.sample("pathways", "fanout.json")
	job := tr.begin("fanout", map[string]int{"count": 1000})
	sum := 0
	for i := range 1000 {
		if i%100 != 99 {
			sum += i * i
		}
	}
	if got, want := tr.result(job), fmt.Sprintf(`{"squares":990,"failed":10,"sum":%d,"last":%d}`, sum, 998*998); got != want {
		t.Errorf("the result is %s, not %s", got, want)
	}
	tr.audited(job)
}
