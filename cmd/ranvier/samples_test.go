package main

// The samples of the folder samples, run on the whole service.

import (
	"net/http"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

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
	println(tr.get("/v1/jobs/" + job + "/events?limit=1000"))
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
