package httpapi

// One workspace: what it is, what it uses, and its limits.

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/catalog"
	"ranvier/engine/nodes"
	"ranvier/engine/pathway"
	"ranvier/events"
	"ranvier/projections"
)

const (
	maxLimitedKeys = 1000      // of concurrency_limits
	maxPlaces      = 1_000_000 // of a concurrency key, and of a quota of jobs or streams
	maxEventBytes  = 1 << 50   // of a quota of bytes
	maxEndpoints   = 1000      // of endpoint_limits
	maxCalls       = 1_000_000 // of an endpoint, at once or a minute
)

// workspaceDetail is one workspace with all that is known of it.
type workspaceDetail struct {
	workspaceView
	Settings workspaceSettings `json:"settings"`
	Quotas   workspaceQuotas   `json:"quotas"` // in effect
	Usage    workspaceUsage    `json:"usage"`
}

// workspaceSettings are the workspace's own.
type workspaceSettings struct {
	Concurrency jsontext.Value  `json:"concurrency_limits"` // object of numbers, by name
	Endpoints   jsontext.Value  `json:"endpoint_limits"`    // object of endpointLimit, by host
	Quotas      workspaceQuotas `json:"quotas"`
}

// workspaceQuotas has null for what is not bounded, or not by the workspace.
type workspaceQuotas struct {
	OpenJobs   *int64 `json:"open_jobs"`
	EventBytes *int64 `json:"event_bytes"`
	Streams    *int64 `json:"streams"`
}

type workspaceUsage struct {
	projections.Usage
	Streams int `json:"streams"` // open in this process
}

func viewQuotas(q catalog.Quotas) workspaceQuotas {
	bound := func(n int64) *int64 {
		if n == 0 {
			return nil
		}
		return &n
	}
	return workspaceQuotas{bound(int64(q.OpenJobs)), bound(q.EventBytes), bound(int64(q.Streams))}
}

// namedWorkspace finds the workspace in the path among those that the key may
// know of.
func (s *Server) namedWorkspace(r *http.Request) (*catalog.Workspace, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	if id != workspace(r) && !about(r).key.Instance {
		return nil, found(projections.ErrNotFound, "workspace")
	}
	ws, err := s.store.Workspace(r.Context(), id)
	if err != nil {
		return nil, found(err, "workspace")
	}
	return ws, nil
}

func (s *Server) getWorkspace(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	ws, err := s.namedWorkspace(r)
	if err != nil {
		return err
	}
	return s.answerWorkspace(w, r, ws)
}

func (s *Server) answerWorkspace(w http.ResponseWriter, r *http.Request, ws *catalog.Workspace) error {
	if err := s.catchUp(r.Context(), events.Jobs); err != nil {
		return err
	}
	usage, err := s.store.Usage(r.Context(), ws.ID)
	if err != nil {
		return fmt.Errorf("counting what %s uses: %w", ws.ID, err)
	}
	quotas, err := s.engine.Quotas(r.Context(), ws.ID)
	if err != nil {
		return err
	}
	limits, err := json.Marshal(ws.Settings.Concurrency, json.Deterministic(true)) // the same answer has the same bytes
	if err != nil {
		return fmt.Errorf("encoding the limits of %s: %w", ws.ID, err)
	}
	endpoints := make(map[string]endpointLimit, len(ws.Settings.Endpoints))
	for host, l := range ws.Settings.Endpoints {
		endpoints[host] = viewEndpoint(l)
	}
	calls, err := json.Marshal(endpoints, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("encoding the limits of %s: %w", ws.ID, err)
	}
	return writeJSON(w, http.StatusOK, &workspaceDetail{
		workspaceView: viewOf(ws),
		Settings:      workspaceSettings{Concurrency: limits, Endpoints: calls, Quotas: viewQuotas(ws.Settings.Quotas)},
		Quotas:        viewQuotas(quotas),
		Usage:         workspaceUsage{Usage: usage, Streams: s.streams.count(ws.ID)},
	})
}

// workspacePatch is the body of PATCH /v1/workspaces/{id}: what is given takes
// the place of what was, all the rest stays.
type workspacePatch struct {
	scoped
	Name     *string        `json:"name"`
	Settings jsontext.Value `json:"settings"`
}

// settingsPatch is its settings. The members are read one by one, so that each
// problem is named.
type settingsPatch struct {
	Concurrency jsontext.Value `json:"concurrency_limits"`
	Endpoints   jsontext.Value `json:"endpoint_limits"`
	Quotas      jsontext.Value `json:"quotas"`
}

// quotasPatch are its quotas; null or nothing leaves one to the instance.
type quotasPatch struct {
	OpenJobs   *int64 `json:"open_jobs"`
	EventBytes *int64 `json:"event_bytes"`
	Streams    *int64 `json:"streams"`
}

func (s *Server) patchWorkspace(w http.ResponseWriter, r *http.Request) error {
	if err := noQuery(r); err != nil {
		return err
	}
	ws, err := s.namedWorkspace(r)
	if err != nil {
		return err
	}
	var body workspacePatch
	if _, err := s.decode(w, r, required, &body); err != nil {
		return err
	}
	change, problems := body.change()
	if len(problems) > 0 {
		return invalid(problems)
	}
	if change.Quotas != nil && !about(r).key.Instance {
		return fail(codeForbidden, "only the instance's own admin key sets quotas")
	}
	seq, err := s.engine.Define(r.Context(), ws.ID, actor(r), change)
	if err != nil {
		return err
	}
	if err := s.shown(r, seq); err != nil {
		return err
	}
	if ws, err = s.store.Workspace(r.Context(), ws.ID); err != nil {
		return found(err, "workspace")
	}
	return s.answerWorkspace(w, r, ws)
}

// change checks the body and makes a command of it.
func (b *workspacePatch) change() (*catalog.Configure, pathway.Problems) {
	c := &catalog.Configure{Name: b.Name}
	var problems pathway.Problems
	if b.Name != nil {
		problems = checkTexts(*b.Name, "", "")
	}
	var settings settingsPatch
	problems = append(problems, readObject(b.Settings, "/settings", &settings)...)
	if given(settings.Concurrency) {
		limits, more := readLimits(settings.Concurrency, "/settings/concurrency_limits")
		c.Concurrency, problems = &limits, append(problems, more...)
	}
	if given(settings.Endpoints) {
		limits, more := readEndpoints(settings.Endpoints, "/settings/endpoint_limits")
		c.Endpoints, problems = &limits, append(problems, more...)
	}
	if given(settings.Quotas) {
		const path = "/settings/quotas"
		var q quotasPatch
		problems = append(problems, readObject(settings.Quotas, path, &q)...)
		bound := func(name string, n *int64, most int64) int64 {
			if n == nil {
				return 0
			}
			if *n < 1 || *n > most {
				problems = append(problems, pathway.Problem{Path: path + "/" + name, Message: fmt.Sprintf("this must be from 1 to %d, or null for the instance's own", most)})
			}
			return *n
		}
		c.Quotas = &catalog.Quotas{
			OpenJobs:   int(bound("open_jobs", q.OpenJobs, maxPlaces)),
			EventBytes: bound("event_bytes", q.EventBytes, maxEventBytes),
			Streams:    int(bound("streams", q.Streams, maxPlaces)),
		}
	}
	return c, problems
}

// readObject reads a member that must be an object, if it is given.
func readObject(v jsontext.Value, path string, into any) pathway.Problems {
	switch {
	case !given(v):
		return nil
	case v.Kind() != jsontext.KindBeginObject:
		return pathway.Problems{{Path: path, Message: "this must be an object, not " + kindName(v.Kind())}}
	}
	return decodeObject(v, into).Under(path)
}

// readLimits reads the limits of concurrency keys.
func readLimits(v jsontext.Value, path string) (map[string]int, pathway.Problems) {
	var members map[string]jsontext.Value
	problems := readObject(v, path, &members)
	limits := make(map[string]int, len(members))
	if len(members) > maxLimitedKeys {
		return limits, append(problems, pathway.Problem{Path: path, Message: fmt.Sprintf("at most %d keys may have a limit", maxLimitedKeys)})
	}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		at := string(jsontext.Pointer(path).AppendToken(bounded(key, maxLine)))
		if key == "" || !isLine(key, maxLine) {
			problems = append(problems, pathway.Problem{Path: at, Message: fmt.Sprintf("a concurrency key has 1 to %d bytes without control characters", maxLine)})
			continue
		}
		n, err := strconv.Atoi(string(bytes.TrimSpace(members[key])))
		if err != nil || n < 1 || n > maxPlaces {
			problems = append(problems, pathway.Problem{Path: at, Message: fmt.Sprintf("a limit is a whole number from 1 to %d", maxPlaces)})
			continue
		}
		limits[key] = n
	}
	return limits, problems
}

// endpointLimit is the limit of an endpoint, with null for what is not bounded.
type endpointLimit struct {
	Concurrency *int `json:"concurrency"`
	PerMinute   *int `json:"per_minute"`
	Burst       *int `json:"burst"`
}

func viewEndpoint(l catalog.EndpointLimit) endpointLimit {
	bound := func(n int) *int {
		if n == 0 {
			return nil
		}
		return &n
	}
	return endpointLimit{bound(l.Concurrency), bound(l.PerMinute), bound(l.Burst)}
}

// readEndpoints reads the limits of endpoints.
func readEndpoints(v jsontext.Value, path string) (map[string]catalog.EndpointLimit, pathway.Problems) {
	var members map[string]jsontext.Value
	problems := readObject(v, path, &members)
	limits := make(map[string]catalog.EndpointLimit, len(members))
	if len(members) > maxEndpoints {
		return limits, append(problems, pathway.Problem{Path: path, Message: fmt.Sprintf("at most %d endpoints may have a limit", maxEndpoints)})
	}
	for _, host := range slices.Sorted(maps.Keys(members)) {
		at := string(jsontext.Pointer(path).AppendToken(bounded(host, maxLine)))
		if err := nodes.CheckEndpoint(host); err != nil {
			problems = append(problems, pathway.Problem{Path: at, Message: err.Error()})
			continue
		}
		var asked endpointLimit
		more := readObject(members[host], at, &asked)
		number := func(name string, n *int) int {
			if n == nil {
				return 0
			}
			if *n < 1 || *n > maxCalls {
				more = append(more, pathway.Problem{Path: at + "/" + name, Message: fmt.Sprintf("this must be from 1 to %d, or null", maxCalls)})
			}
			return *n
		}
		limit := catalog.EndpointLimit{
			Concurrency: number("concurrency", asked.Concurrency), PerMinute: number("per_minute", asked.PerMinute), Burst: number("burst", asked.Burst),
		}
		switch {
		case len(more) > 0:
		case limit.Concurrency == 0 && limit.PerMinute == 0:
			more = append(more, pathway.Problem{Path: at, Message: "this needs concurrency, per_minute or both; leave the endpoint out for no limit"})
		case limit.Burst > 0 && limit.PerMinute == 0:
			more = append(more, pathway.Problem{Path: at + "/burst", Message: "this has no effect without per_minute"})
		}
		problems = append(problems, more...)
		limits[host] = limit
	}
	return limits, problems
}
