package main

// The sample by hand: what the dev command tells its user to paste.

import (
	"strings"

	"github.com/go-json-experiment/json"
)

// byHandText is a shell script. JOB and ASK take the ids over from one line to
// the next.
const byHandText = `  # start a job; the same Idempotency-Key again names the same job
  JOB=$(curl -s URL/v1/pathways/document-review/execute -H 'Authorization: Bearer KEY' \
    -H 'Idempotency-Key: by-hand-1' -H 'Content-Type: application/json' \
    -d 'BODY' \
    | grep -o '"job_id":"[^"]*' | cut -d'"' -f4); echo "$JOB"

  # watch it; -N shows each word as it comes, and Ctrl-C ends the watching only
  curl -N URL/v1/jobs/$JOB/stream -H 'Authorization: Bearer KEY'

  # where it is now
  curl -s URL/v1/jobs/$JOB/status -H 'Authorization: Bearer KEY'

  # answer its question, once it waits
  ASK=$(curl -s URL/v1/jobs/$JOB/status -H 'Authorization: Bearer KEY' \
    | grep -o '"interventionId":"[^"]*' | head -n 1 | cut -d'"' -f4)
  curl -s URL/v1/jobs/$JOB/input -H 'Authorization: Bearer KEY' -H 'Content-Type: application/json' \
    -d "{\"input\":{\"type\":\"intervention_response\",\"interventionId\":\"$ASK\",\"action\":\"approve\"}}"

  # the result, waiting up to 30 seconds for it
  curl -s URL/v1/jobs/$JOB/status -H 'Authorization: Bearer KEY' -H 'Prefer: wait=30'
`

// byHand gives the text for one server, key and input.
func byHand(url, key string, input map[string]string) string {
	body, err := json.Marshal(map[string]any{"input": input}, json.Deterministic(true))
	if err != nil {
		panic("ranvier: strings have a JSON form: " + err.Error())
	}
	return strings.NewReplacer("URL", url, "KEY", key, "BODY", string(body)).Replace(byHandText)
}
