package httpapi

// The server and the table of its routes.

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/events"
	"ranvier/projections"
)

// Config is what a server works with. Engine, Store and Log are required.
type Config struct {
	Engine *engine.Engine
	Store  *projections.Store
	Log    events.Log
	Logger *slog.Logger // nil logs nothing

	BodyLimit     int64                  // bytes of a request body; 0 is 1 MiB
	SSEPing       time.Duration          // between two pings on an idle stream; 0 is 15 s
	WriteTimeout  time.Duration          // for a client to take one frame of a stream; 0 is 10 s
	RateLimit     int                    // requests a second of each key; 0 is no limit
	RateBurst     int                    // requests at once; 0 is as many as RateLimit
	AuthFailLimit int                    // refused credentials a second of each address; 0 is no limit
	AuthFailBurst int                    // refused credentials at once; 0 is as many as AuthFailLimit
	ShareLimit    int                    // requests a second of each share token; 0 is no limit
	ShareBurst    int                    // requests at once; 0 is as many as ShareLimit
	PublicURL     string                 // where clients find the server, "https://host/path" without a slash at the end; empty: where the request found it
	MetricsPublic bool                   // GET /metrics needs no key
	Metrics       []prometheus.Collector // more for GET /metrics
	CORSOrigins   []string               // whose pages may use the API; "*" is every origin

	Version string // of the program, as clients are told
}

// Server answers the HTTP API. It is an http.Handler and may be used from any
// goroutine. Run must be running for streams and for answers that wait.
type Server struct {
	cfg     Config
	engine  *engine.Engine
	store   *projections.Store
	log     events.Log
	logger  *slog.Logger
	hub     *hub
	holds   *holds
	use     keyUse
	streams openStreams
	router  *mux.Router

	metrics        *metrics
	keyRates       *credentialBuckets // nil: keys are not limited
	shareRates     *credentialBuckets // nil: share tokens are not limited
	badCredentials *addressBuckets    // nil: addresses are not limited

	patience time.Duration // how long a read waits for the projections
	bodyTime time.Duration // for a client to send its body

	done context.Context // ends with Run: the server stops
	stop context.CancelFunc
}

// New makes a server. It starts nothing.
func New(c Config) *Server {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.BodyLimit == 0 {
		c.BodyLimit = 1 << 20
	}
	if c.SSEPing == 0 {
		c.SSEPing = 15 * time.Second
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 10 * time.Second
	}
	s := &Server{
		cfg: c, engine: c.Engine, store: c.Store, log: c.Log, logger: c.Logger,
		hub: newHub(c.Log, c.Logger), patience: patience, bodyTime: bodyTime,
	}
	s.holds = newHolds(c.Log.Last(events.Catalog))
	s.done, s.stop = context.WithCancel(context.Background())
	s.keyRates = newBuckets[events.Hash](c.RateLimit, c.RateBurst)
	s.shareRates = newBuckets[events.Hash](c.ShareLimit, c.ShareBurst)
	s.badCredentials = newBuckets[netip.Prefix](c.AuthFailLimit, c.AuthFailBurst)
	s.metrics = newMetrics(s, c.Metrics)
	s.router = s.route()
	bodySchemas() // now, so that no request waits for it
	return s
}

// Run follows the log for the streams until ctx ends; then it lets every open
// stream and every waiting answer end, so that a drain is quick. It returns the
// log's error when the log cannot be followed any more. It is called once.
func (s *Server) Run(ctx context.Context) error {
	defer s.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	keys := make(chan error, 1)
	go func() {
		defer cancel()
		keys <- s.holds.run(ctx, s.log, s.use.forget)
	}()
	err := s.hub.run(ctx)
	cancel()
	return errors.Join(err, <-keys)
}

// handler answers one request, or returns why not.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is one row of the table.
type route struct {
	method, path string
	role         catalog.Role // the least that the key must have; public needs no key
	serve        handler
	produces     []string // media types of a 2xx; nil is JSON alone
}

const public catalog.Role = ""

var (
	jsonOnly     = []string{mediaJSON}
	jsonOrLines  = []string{mediaJSON, mediaNDJSON}
	jsonOrStream = []string{mediaJSON, mediaSSE}
	streamOnly   = []string{mediaSSE}
	yamlOnly     = []string{mediaYAML, mediaText}
	textOnly     = []string{mediaText}
	htmlOnly     = []string{mediaHTML}
	scripts      = []string{mediaScript, mediaCSS}
)

// routes is the table. Of two paths that fit, the upper one is taken.
func (s *Server) routes() []route {
	const (
		get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
		viewer, operator, admin    = catalog.Viewer, catalog.Operator, catalog.Admin
	)
	return []route{
		{get, "/healthz", public, s.getHealth, nil},
		{get, "/readyz", public, s.getReady, nil},
		{get, "/metrics", s.metricsRole(), s.getMetrics, textOnly},
		{get, "/v1/openapi.yaml", public, s.getOpenAPI, yamlOnly},
		{get, "/docs", public, s.getDocs, htmlOnly},
		{get, "/docs/{file}", public, s.getDocs, scripts},
		{get, "/v1/session/context", viewer, s.getSession, nil},

		{get, "/v1/workspaces", viewer, s.listWorkspaces, nil},
		{post, "/v1/workspaces", admin, s.createWorkspace, nil},
		{get, "/v1/workspaces/{id}", viewer, s.getWorkspace, nil},
		{patch, "/v1/workspaces/{id}", admin, s.patchWorkspace, nil},
		{get, "/v1/api-keys", viewer, s.listKeys, nil},
		{post, "/v1/api-keys", admin, s.createKey, nil},
		{del, "/v1/api-keys/{id}", admin, s.revokeKey, nil},
		{get, "/v1/secrets", viewer, s.listSecrets, nil},
		{get, "/v1/secrets/{name}", viewer, s.getSecret, nil},
		{put, "/v1/secrets/{name}", admin, s.putSecret, nil},
		{del, "/v1/secrets/{name}", admin, s.deleteSecret, nil},

		{post, "/v1/jobs", operator, s.postJob, nil},
		{get, "/v1/jobs", viewer, s.listJobs, nil},
		{get, "/v1/jobs/{id}", viewer, s.getStatus, nil},
		{del, "/v1/jobs/{id}", admin, s.deleteJob, nil},
		{get, "/v1/jobs/{id}/status", viewer, s.getStatus, nil},
		{get, "/v1/jobs/{id}/events", viewer, s.listEvents, jsonOrLines},
		{get, "/v1/jobs/{id}/explain", viewer, s.explainJob, nil},
		{get, "/v1/jobs/{id}/result", viewer, s.getResult, nil},
		{get, "/v1/jobs/{id}/steps/{node}/output", viewer, s.getOutput, nil},
		{get, "/v1/jobs/{id}/stream", viewer, s.streamJob, streamOnly},
		{post, "/v1/jobs/{id}/cancel", operator, s.cancelJob, nil},
		{post, "/v1/jobs/{id}/pause", operator, s.pauseJob, nil},
		{post, "/v1/jobs/{id}/resume", operator, s.resumeJob, nil},
		{post, "/v1/jobs/{id}/input", operator, s.answerJob, nil},
		{post, "/v1/jobs/{id}/signals/{name}", operator, s.signalJob, nil},
		{post, "/v1/jobs/{id}/rerun", operator, s.rerunJob, nil},
		{post, "/v1/jobs/{id}/share", operator, s.shareJob, nil},
		{del, "/v1/jobs/{id}/share", operator, s.unshareJob, nil},

		{get, "/v1/events/stream", viewer, s.streamEvents, streamOnly},

		{get, "/v1/interventions", viewer, s.listInterventions, nil},
		{get, "/v1/interventions/{id}", viewer, s.getIntervention, nil},
		{post, "/v1/interventions/{id}/respond", operator, s.respond, nil},
		{post, "/v1/interventions/{id}/share", operator, s.shareIntervention, nil},

		{get, "/v1/workers", viewer, s.listQueues, nil},
		{post, "/v1/workers/{queue}/lease", operator, s.leaseTasks, nil},
		{get, "/v1/tasks", viewer, s.listTasks, nil},
		{post, "/v1/tasks/{id}/heartbeat", operator, s.heartbeatTask, nil},
		{post, "/v1/tasks/{id}/progress", operator, s.progressTask, nil},
		{post, "/v1/tasks/{id}/complete", operator, s.completeTask, nil},
		{post, "/v1/tasks/{id}/fail", operator, s.failTask, nil},

		{get, "/v1/receptors", viewer, s.listReceptors, nil},
		{post, "/v1/receptors", admin, s.createReceptor, nil},
		{get, "/v1/receptors/{id}", viewer, s.getReceptor, nil},
		{patch, "/v1/receptors/{id}", admin, s.patchReceptor, nil},
		{del, "/v1/receptors/{id}", admin, s.deleteReceptor, nil},
		{post, "/v1/receptors/{id}/fire", operator, s.fireReceptor, nil},
		{post, "/v1/receptors/{id}/share", admin, s.shareReceptor, nil},
		{get, "/v1/receptors/{id}/share", viewer, s.getReceptorShare, nil},
		{del, "/v1/receptors/{id}/share", admin, s.unshareReceptor, nil},
		{post, "/v1/receptors/{id}/share/rotate", admin, s.rotateReceptorShare, nil},
		{post, "/v1/receptors/{workspace_slug}/{id}/share", admin, s.shareReceptor, nil},
		{get, "/v1/receptors/{workspace_slug}/{id}/share", viewer, s.getReceptorShare, nil},
		{del, "/v1/receptors/{workspace_slug}/{id}/share", admin, s.unshareReceptor, nil},
		{post, "/v1/receptors/{workspace_slug}/{id}/share/rotate", admin, s.rotateReceptorShare, nil},

		{get, "/v1/receptors/{workspace_slug}/{id}", viewer, s.getReceptor, nil},
		{patch, "/v1/receptors/{workspace_slug}/{id}", admin, s.patchReceptor, nil},
		{del, "/v1/receptors/{workspace_slug}/{id}", admin, s.deleteReceptor, nil},

		{post, "/v1/hooks/{id}", public, s.postHook, nil}, // opened by a signature

		// These are opened by share tokens: see enter.
		{get, "/v1/public/jobs/{id}/status", public, s.getPublicStatus, nil},
		{get, "/v1/public/jobs/{id}/stream", public, s.streamPublic, streamOnly},
		{get, "/v1/public/receptors/by-id/{id}", public, s.getPublicReceptor, nil},
		{post, "/v1/public/receptors/by-id/{id}/execute", public, s.executeShared, nil},
		{get, "/v1/public/receptors/{workspace_slug}/{id}", public, s.getPublicReceptor, nil},
		{post, "/v1/public/receptors/{workspace_slug}/{id}/execute", public, s.executeShared, nil},
		{get, "/v1/public/interventions/{token}", public, s.getDelivery, nil},
		{post, "/v1/public/interventions/{token}/respond", public, s.answerDelivery, nil},

		{post, "/v1/pathways/validate", viewer, s.validatePathway, nil},
		{get, "/v1/pathways", viewer, s.listPathways, nil},
		{post, "/v1/pathways", admin, s.createPathway, nil},
		{get, "/v1/pathways/{id}", viewer, s.getPathway, nil},
		{put, "/v1/pathways/{id}", admin, s.replacePathway, nil},
		{del, "/v1/pathways/{id}", admin, s.deletePathway, nil},
		{post, "/v1/pathways/{id}/execute", operator, s.executePathway, nil},
		{get, "/v1/pathways/{id}/versions", viewer, s.pathwayVersions().list, nil},
		{get, "/v1/pathways/{id}/versions/{n}", viewer, s.pathwayVersions().get, nil},
		{post, "/v1/pathways/{id}/versions/{n}/promote", admin, s.pathwayVersions().promote, nil},

		{get, "/v1/neurons", viewer, s.listNeurons, nil},
		{post, "/v1/neurons", admin, s.createNeuron, nil},
		{get, "/v1/neurons/{id}", viewer, s.getNeuron, nil},
		{put, "/v1/neurons/{id}", admin, s.replaceNeuron, nil},
		{del, "/v1/neurons/{id}", admin, s.deleteNeuron, nil},
		{post, "/v1/neurons/{id}/invoke", operator, s.invokeNeuron, jsonOrStream},
		{get, "/v1/neurons/{id}/versions", viewer, s.neuronVersions().list, nil},
		{get, "/v1/neurons/{id}/versions/{n}", viewer, s.neuronVersions().get, nil},
		{post, "/v1/neurons/{id}/versions/{n}/promote", admin, s.neuronVersions().promote, nil},

		{get, "/v1/traces", viewer, s.listTraces, nil},
		{get, "/v1/traces/{id}", viewer, s.getTrace, nil},
		{get, "/v1/traces/{id}/messages", viewer, s.listMessages, nil},
		{post, "/v1/chat/{traceId}", viewer, s.postChat, nil},
	}
}

// route makes the router: one entry a path, which knows the path's methods.
// Paths are matched as they were sent, so that "%2F" is no slash, and are not
// cleaned: a path that is not in the table is not found.
func (s *Server) route() *mux.Router {
	router := mux.NewRouter().UseEncodedPath().SkipClean(true)
	resources := map[string]*resource{}
	for _, rt := range s.routes() {
		res := resources[rt.path]
		if res == nil {
			res = &resource{server: s, methods: map[string]route{}}
			resources[rt.path] = res
			router.Handle(strings.Replace(rt.path, "{node}", "{node:.+}", 1), res) // a node's path may have slashes
		}
		res.methods[rt.method] = rt
	}
	router.NotFoundHandler = s.wrap("", func(http.ResponseWriter, *http.Request) error {
		return fail(codeNotFound, "there is no such route: see /v1/openapi.yaml")
	})
	return router
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }
