package main

// The sample by hand: what the dev command tells its user to paste.

import "strings"

// byHandText is a shell script. Its variables take ids over from one command
// to the next.
const byHandText = `API=URL/v1
AUTH='Authorization: Bearer KEY'

# start a job; the same Idempotency-Key again names the same job
JOB=$(curl -s $API/pathways/document-review/execute -H "$AUTH" \
  -H 'Idempotency-Key: by-hand-1' -H 'Content-Type: application/json' \
  -d '{"input": {"document_url": "OUTSIDE/document.md",
                 "sink_url": "OUTSIDE/sink"}}' \
  | grep -o '"job_id":"[^"]*' | cut -d'"' -f4); echo "$JOB"

# watch it; -N shows each word as it comes, and Ctrl-C ends the watching only
curl -N $API/jobs/$JOB/stream -H "$AUTH"

# where it is now
curl -s $API/jobs/$JOB/status -H "$AUTH"

# answer its question, once it waits
ASK=$(curl -s $API/jobs/$JOB/status -H "$AUTH" \
  | grep -o '"interventionId":"[^"]*' | head -n 1 | cut -d'"' -f4)
curl -s $API/jobs/$JOB/input -H "$AUTH" -H 'Content-Type: application/json' \
  -d "{\"input\": {\"type\": \"intervention_response\",
       \"interventionId\": \"$ASK\", \"action\": \"approve\"}}"

# the result, waiting up to 30 seconds for it
curl -s $API/jobs/$JOB/status -H "$AUTH" -H 'Prefer: wait=30'
`

// byHand gives the script for a server, a key, and the outside's address.
func byHand(url, key, outside string) string {
	return strings.NewReplacer("URL", url, "KEY", key, "OUTSIDE", outside).Replace(byHandText)
}
