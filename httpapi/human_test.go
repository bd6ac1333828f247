package httpapi

// Questions to several people, and reminders of them, as clients see both.

import (
	"strings"
	"testing"

	"ranvier/engine/job"
)

func TestUndecidedOverHTTP(t *testing.T) {
	w := newWorld(t)
	graph := `{"nodes":[{"id":"ask","type":"human","prompt":"?","required":2,"responders":2},
		{"id":"again","type":"transform","output":"nobody agrees"}],
		"edges":[{"from":"ask","to":"again","when":"nodes.ask.output.action == 'undecided'"}]}`
	a := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+graph+`}`, "Prefer: wait=30").want(200)
	if a.field("/waitingFor/responders") != "2" || a.field("/interventions/0/action") != "null" {
		t.Errorf("asked: %s", a.body)
	}
	path := "/v1/interventions/" + a.text("/waitingFor/interventionId")
	w.call("POST", path+"/respond", operatorKey, `{"action":"undecided"}`).want(400, codeInvalid)
	if got := w.call("POST", path+"/respond", operatorKey, `{"action":"approve"}`).want(200); got.text("/status") != "pending" || got.field("/action") != "null" {
		t.Errorf("after one of two answers: %s", got.body)
	}
	if got := w.call("POST", path+"/respond", adminKey, `{"action":"reject"}`).want(200); got.text("/status") != "answered" || got.text("/action") != "undecided" {
		t.Errorf("after two different answers: %s", got.body)
	}
	end := w.call("GET", "/v1/jobs/"+a.text("/job_id"), viewerKey, "", "Prefer: wait=30").want(200)
	if end.text("/status") != "completed" || end.text("/result") != "nobody agrees" {
		t.Errorf("the job ended as %s", end.body)
	}
	w.call("POST", path+"/respond", operatorKey, `{"action":"approve"}`).want(409, job.RefusedAnswered)
}

func TestUndecidedIsNoAction(t *testing.T) {
	w := newWorld(t)
	for settings, path := range map[string]string{
		`"actions":["approve","undecided"]`: "/pathway_graph/nodes/0/actions/1",
		`"required":3,"responders":2`:       "/pathway_graph/nodes/0/required",
		`"remind_after":"soon"`:             "/pathway_graph/nodes/0/remind_after",
	} {
		body := `{"name":"x","pathway_graph":{"nodes":[{"id":"ask","type":"human","prompt":"?",` + settings + `}],"edges":[]}}`
		if d := w.call("POST", "/v1/pathways", adminKey, body).want(400, codeInvalid).failure().Details; len(d) != 1 || d[0].Path != path {
			t.Errorf("%s: the problems are %v", settings, d)
		}
	}
}

// What is wrong with a graph is told beside what is wrong with the rest.
func TestPathwayProblemsTogether(t *testing.T) {
	w := newWorld(t)
	name := strings.Repeat("é", maxName) // few enough characters, and too many bytes
	body := `{"name":"` + name + `","pathway_graph":{"nodes":[{"id":"ask","type":"human"}],"edges":[]}}`
	var paths []string
	for _, p := range w.call("POST", "/v1/pathways", adminKey, body).want(400, codeInvalid).failure().Details {
		paths = append(paths, p.Path)
	}
	if got := strings.Join(paths, " "); got != "/name /pathway_graph/nodes/0/prompt" {
		t.Errorf("the problems are at %q", got)
	}
}

func TestRemindersOverHTTP(t *testing.T) {
	w := newWorld(t)
	graph := `{"nodes":[{"id":"ask","type":"human","prompt":"?","remind_after":"1ms"}],"edges":[]}`
	id := w.call("POST", "/v1/jobs", operatorKey, `{"pathway":`+graph+`}`).want(202).text("/job_id")
	list := func(query string) *reply { return w.call("GET", "/v1/interventions"+query, viewerKey, "").want(200) }
	one := list("?reminded=1&job_id=" + id)
	for one.field("/total") != "1" || one.field("/interventions/0/reminders") != "10" { // the last one, for good
		one = list("?reminded=1&job_id=" + id)
	}
	if one.field("/interventions/0/reminded_at") == "null" || one.text("/interventions/0/status") != "pending" {
		t.Errorf("reminded of %s", one.body)
	}
	if got := list("?reminded=0").field("/total"); got != "0" {
		t.Errorf("%s were never reminded of", got)
	}
	if got := list("?summary=1&reminded=1"); got.field("/byStatus/pending") != "1" || got.field("/grouped/0/count") != "1" {
		t.Errorf("counted %s", got.body)
	}
	recorded := w.eventPage(id, "?type=intervention.reminded&limit=100").Events
	if len(recorded) != 10 || !strings.Contains(string(recorded[9].Actor), `"engine"`) {
		t.Errorf("recorded as %+v", recorded)
	}
	if got := w.call("GET", "/v1/jobs/"+id+"/explain", viewerKey, "").want(200).text("/summary"); !strings.Contains(got, "reminded of 10 times") {
		t.Errorf("explained as %s", got)
	}
}
