package httpapi

// The matrix of share tokens: every route of openapi.yaml with tokens that are
// valid, expired and revoked, in every place where a client could put them.

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/catalog"
	"ranvier/events"
)

// opened gives what kind of share opens a row, "" for one that none opens.
func (o *operation) opened() string {
	rest, ok := strings.CutPrefix(o.path, publicPrefix)
	if !ok {
		return ""
	}
	word, _, _ := strings.Cut(rest, "/")
	return map[string]string{"jobs": catalog.ShareJob, "receptors": catalog.ShareReceptor, "interventions": catalog.ShareIntervention}[word]
}

// with gives the row's path for one thing of the default workspace, and a token.
func (o *operation) with(id, token string) string {
	path := strings.NewReplacer("{workspace_slug}", "default", "{token}", token).Replace(o.path)
	path = (&operation{path: path}).at(id)
	if strings.Contains(o.path, "{token}") {
		return path
	}
	return path + "?t=" + token
}

func TestMatrixOfShares(t *testing.T) {
	w := newWorld(t)
	own := things(w)
	job, question := w.asking(`,"required":100`)
	targets := map[string]string{catalog.ShareJob: job, catalog.ShareReceptor: w.receptor("door"), catalog.ShareIntervention: question}
	// tokens makes one of each kind.
	tokens := func(expires *events.Time, revoke bool) map[string]string {
		made := map[string]string{}
		for kind, target := range targets {
			text := newShareToken()
			id := "share-" + text[len(sharePrefix):len(sharePrefix)+20]
			w.catalogFact("default", &events.ShareCreated{ID: id, Kind: kind, Target: target, Job: job, Hash: events.HashOf([]byte(text)), ExpiresAt: expires})
			if revoke {
				w.catalogFact("default", &events.ShareRevoked{ID: id})
			}
			made[kind] = text
		}
		return made
	}
	columns := []struct {
		name   string
		tokens map[string]string
		valid  bool
	}{
		{"share token", tokens(nil, false), true},
		{"expired share", tokens(events.AtPtr(time.Now().Add(-time.Millisecond)), false), false},
		{"revoked share", tokens(nil, true), false},
	}
	before := w.call("GET", "/v1/jobs/"+own["jobs"], viewerKey, "").want(200)
	cells := 0
	for _, o := range operations(t) {
		refused := w.ask(&o, o.with("unknown", newShareToken()), "")
		for _, c := range columns {
			for kind, token := range c.tokens {
				t.Run(o.method+" "+o.path+" with "+c.name+" of a "+kind, func(t *testing.T) {
					w := *w
					w.t = t
					cells++
					path := o.with(targets[o.opened()], token)
					switch {
					case o.role != public: // it opens nothing, wherever it stands
						w.ask(&o, o.owned(own), token).want(401, codeAuth)
						w.ask(&o, o.owned(own)+"?t="+token, "").want(401, codeAuth)
					case o.opened() == "": // open to all
						if a := w.ask(&o, o.at("nothing"), token); a.status >= 500 || strings.Contains(string(a.body), mark) {
							t.Errorf("%d: %s", a.status, a.body)
						}
					case c.valid && kind == o.opened():
						if a := w.ask(&o, path, ""); a.status > 299 {
							t.Errorf("it is refused: %d %s", a.status, a.body)
						}
						// Beside the right token a key changes nothing, not even a bad one.
						if a := w.ask(&o, path, expiredKey); a.status == http.StatusUnauthorized {
							t.Errorf("a key is looked at: %s", a.body)
						}
					default:
						a := w.ask(&o, path, "").want(404, codeNotFound)
						if d := cmp.Diff(string(refused.body), string(a.body)); d != "" {
							t.Errorf("it is told from one that never was (-never +this):\n%s", d)
						}
						w.ask(&o, path, adminKey).want(404, codeNotFound)
					}
				})
			}
		}
	}
	if want := 9 * len(w.server.routes()); cells != want {
		t.Errorf("%d cells, want %d", cells, want)
	}
	after := w.call("GET", "/v1/jobs/"+own["jobs"], viewerKey, "").want(200)
	if d := cmp.Diff(string(before.body), string(after.body)); d != "" {
		t.Errorf("a job that was not shared was changed (-before +after):\n%s", d)
	}
}
