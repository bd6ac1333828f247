package main

// What an auditor does with the API's answers and nothing else: read a job's
// events and check their chain.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// auditedEvent is an event of GET /v1/jobs/{id}/events.
type auditedEvent struct {
	N         int                       `json:"n"`
	Cursor    string                    `json:"cursor"`
	Type      string                    `json:"type"`
	At        string                    `json:"at"`
	Job       string                    `json:"job_id"`
	Workspace string                    `json:"workspace_id"`
	Actor     jsontext.Value            `json:"actor"`
	Data      map[string]jsontext.Value `json:"data"`
	Prev      string                    `json:"prev_hash"`
	Hash      string                    `json:"hash"`
}

// history reads all events of a job, over several pages.
func history(ctx context.Context, c *client, job string) ([]auditedEvent, error) {
	var all []auditedEvent
	after := ""
	for {
		var page struct {
			Events []auditedEvent `json:"events"`
			Next   *string        `json:"next"`
		}
		if err := c.call(ctx, http.MethodGet, "/v1/jobs/"+job+"/events?limit=7&after="+after, nil, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Events...)
		if page.Next == nil {
			return all, nil
		}
		after = *page.Next
	}
}

// audit checks numbers, hashes and payload digests of a whole history, and that
// it has just one end, its last event.
func audit(all []auditedEvent) error {
	prev := make([]byte, sha256.Size)
	for i, e := range all {
		if e.N != i+1 {
			return fmt.Errorf("event %d has the number %d", i+1, e.N)
		}
		if e.Prev != hex.EncodeToString(prev) {
			return fmt.Errorf("event %d does not follow the one before", e.N)
		}
		canonical, err := e.canonical()
		if err != nil {
			return fmt.Errorf("event %d: %w", e.N, err)
		}
		sum := sha256.Sum256(slices.Concat(prev, canonical))
		if e.Hash != hex.EncodeToString(sum[:]) {
			return fmt.Errorf("event %d does not have its hash", e.N)
		}
		prev = sum[:]
		end := e.Type == "job.completed" || e.Type == "job.failed" || e.Type == "job.cancelled"
		if end != (i == len(all)-1) {
			return fmt.Errorf("event %d of %d is %s", e.N, len(all), e.Type)
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("there are no events")
	}
	return nil
}

// canonical is what the event's hash was taken over, beside the hash before:
// RFC 8785 JSON in which each payload is its digest.
func (e *auditedEvent) canonical() ([]byte, error) {
	data := map[string]jsontext.Value{}
	for name, v := range e.Data {
		data[name] = v
		var payload struct {
			Sum   string         `json:"sha256"`
			Value jsontext.Value `json:"value"`
		}
		if v.Kind() != '{' || json.Unmarshal(v, &payload) != nil || payload.Sum == "" {
			continue
		}
		if sum := sha256.Sum256(payload.Value); hex.EncodeToString(sum[:]) != payload.Sum {
			return nil, fmt.Errorf("%s does not have its digest", name)
		}
		data[name] = jsontext.Value(`{"sha256":"` + payload.Sum + `"}`)
	}
	b, err := json.Marshal(map[string]any{
		"actor": e.Actor, "at": e.At, "data": data, "n": e.N, "subject": "jobs." + e.Workspace + "." + e.Job, "type": e.Type,
	})
	if err != nil {
		return nil, err
	}
	v := jsontext.Value(b)
	err = v.Canonicalize()
	return v, err
}
