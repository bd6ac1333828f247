package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ranvier/config"
	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/nodes"
	"ranvier/engine/nodes/mcpclient"
	"ranvier/events"
	"ranvier/events/natslog"
	"ranvier/httpapi"
	"ranvier/projections"
)

// defaultWorkspace is the workspace of the instance's first admin key.
const defaultWorkspace = "default"

func newServeCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API until SIGINT or SIGTERM",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(config.Default(), cmd.Flags(), os.Environ())
			if err != nil {
				return err
			}
			logger := newLogger(cfg, cmd.ErrOrStderr())
			s, err := start(cmd.Context(), cfg, logger)
			if err != nil {
				return err
			}
			if s.madeKey != "" {
				cmd.PrintErrf("\nThe first admin key of this instance, shown only now:\n\n    %s\n\n", s.madeKey)
			}
			return s.wait(cmd.Context())
		},
	}
	config.BindFlags(cmd.Flags(), config.Default())
	return cmd
}

func newLogger(cfg config.Config, w io.Writer) *slog.Logger {
	f, isFile := w.(*os.File)
	terminal := isFile && term.IsTerminal(int(f.Fd()))
	if cfg.LogFormat == config.LogJSON || (cfg.LogFormat == config.LogAuto && !terminal) {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: cfg.LogLevel}))
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{
		Level: cfg.LogLevel, TimeFormat: time.TimeOnly, NoColor: !terminal || os.Getenv("NO_COLOR") != "",
	}))
}

// service is a running server: the log, the views, the engine and the API,
// wired together. start makes one and wait or stop ends it.
type service struct {
	url     string // base URL of the API
	madeKey string // the admin key, when this start made it

	cfg     config.Config
	logger  *slog.Logger
	log     *natslog.Log
	counted *countedLog // log, as the engine writes to it
	store   *projections.Store
	engine  *engine.Engine
	mcp     *mcpclient.Clients
	server  *http.Server

	failed   chan error // what ended a part by itself
	stopFold context.CancelFunc
	stopAPI  context.CancelFunc
	stopRun  context.CancelFunc
	folding  sync.WaitGroup // the projections
	serving  sync.WaitGroup // HTTP and its streams
	running  sync.WaitGroup // the engine
}

// start opens what cfg names and serves. The API answers as soon as start
// returns; /readyz turns green once the views have caught up with the log.
func start(ctx context.Context, cfg config.Config, logger *slog.Logger) (_ *service, err error) {
	s := &service{cfg: cfg, logger: logger, failed: make(chan error, 4)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	mcpServers, err := mcpclient.Parse([]byte(cfg.MCPServers.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("mcp_servers %w", err)
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	// The port comes first: it is the likeliest to be taken, and costs nothing.
	listener, err := listen(ctx, cfg.Listen, cfg.MaxConnections)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			listener.Close()
		}
	}()
	s.log, err = natslog.Open(ctx, natslog.Config{
		Dir: cfg.DataDir, URL: cfg.NATSURL.Reveal(), Sync: natslog.Sync(cfg.Durability), MaxStore: int64(cfg.MaxStore),
		MaxPayload: int(cfg.MaxPayload), TokenAge: cfg.TokenAge, Replicas: cfg.NATSReplicas, Logger: logger,
	})
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	s.store, err = projections.Open(projections.Config{Path: filepath.Join(cfg.DataDir, "views.db"), Logger: logger}, s.log)
	if err != nil {
		return nil, fmt.Errorf("open the views: %w", err)
	}
	box, err := openBox(cfg)
	if err != nil {
		return nil, err
	}
	transport := nodes.NewTransport(cfg.EgressAllow)
	s.mcp = mcpclient.New(mcpServers, transport)
	s.counted = newCountedLog(s.log)
	s.engine = engine.New(engine.Config{
		Limits: engine.Limits{Inline: int(cfg.InlineLimit), Output: int(cfg.MaxOutput), Commit: int(cfg.MaxPayload) - 4<<10},
		Log:    s.counted, Workers: cfg.Workers, Grace: cfg.ShutdownGrace, Logger: logger, Earlier: s.earlier, Fired: s.fired, Box: box,
		Quotas: catalog.Quotas{OpenJobs: cfg.QuotaOpenJobs, EventBytes: int64(cfg.QuotaEventBytes), Streams: cfg.QuotaStreams}, Usage: s.stored,
		Types: nodes.New(nodes.Deps{
			Transport: transport, OpenAIBaseURL: cfg.OpenAIBaseURL, OpenAIKey: string(cfg.OpenAIKey),
			MaxResponse: int64(cfg.MaxResponse), MCP: s.mcp,
		}),
	})
	if err := s.bootstrap(ctx); err != nil {
		return nil, err
	}
	s.serve(listener)
	return s, nil
}

// bootstrap sees to the instance's own admin key.
func (s *service) bootstrap(ctx context.Context) error {
	key := string(s.cfg.BootstrapKey)
	if key == "" {
		found, err := s.engine.Bootstrap(ctx, defaultWorkspace, events.Hash{})
		if err != nil || found {
			return err
		}
		key = httpapi.NewKey()
		s.madeKey = key
	}
	_, err := s.engine.Bootstrap(ctx, defaultWorkspace, events.HashOf([]byte(key)))
	return err
}

// serve starts the goroutines of all parts.
func (s *service) serve(listener net.Listener) {
	api := httpapi.New(httpapi.Config{
		Engine: s.engine, Store: s.store, Log: s.log, Logger: s.logger, BodyLimit: int64(s.cfg.BodyLimit),
		RateLimit: s.cfg.RateLimit, RateBurst: s.cfg.RateBurst, AuthFailLimit: s.cfg.AuthFailLimit, AuthFailBurst: s.cfg.AuthFailBurst,
		ShareLimit: s.cfg.ShareLimit, ShareBurst: s.cfg.ShareBurst, PublicURL: s.cfg.PublicURL,
		CORSOrigins: s.cfg.CORSOrigins, MetricsPublic: s.cfg.MetricsPublic, Metrics: s.counted.collectors(),
		SSEPing: s.cfg.SSEPing, WriteTimeout: s.cfg.SSEWrite, Version: thisBuild().version,
	})
	s.server = &http.Server{
		Handler: api, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
	s.url = "http://" + listener.Addr().String()
	s.part(&s.folding, &s.stopFold, "fold the views", s.store.Run)
	s.part(&s.serving, &s.stopAPI, "follow the log", api.Run)
	s.part(&s.running, &s.stopRun, "run jobs", s.runJobs)
	s.serving.Go(func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("serve HTTP: %w", err)
		}
	})
	s.logger.Info("serving", "url", s.url, "data_dir", s.cfg.DataDir, "durability", string(s.cfg.Durability))
}

// part runs a part of the service until its context is cancelled by stop.
func (s *service) part(wg *sync.WaitGroup, stop *context.CancelFunc, doing string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background()) //nolint:gosec // cancelled by stop, which *stop is for
	*stop = cancel
	wg.Go(func() {
		if err := run(ctx); err != nil && ctx.Err() == nil {
			s.failed <- fmt.Errorf("%s: %w", doing, err)
		}
	})
}

// earlier finds the earlier turns of a trace in the views, once these hold all
// that is durable now. See engine.Earlier.
func (s *service) earlier(ctx context.Context, workspace, trace string, before time.Time, limit int) ([]*job.Job, error) {
	if err := s.store.Wait(ctx, events.Jobs, s.log.Last(events.Jobs)); err != nil {
		return nil, err
	}
	jobs, _, err := s.store.Jobs(ctx, workspace, projections.JobFilter{
		TraceID: trace, Status: job.Completed, CreatedBefore: before, Limit: limit,
	})
	return jobs, err
}

// fired finds what came of a receptor's schedule in the views, once these hold
// all that is durable now. See engine.Fired.
func (s *service) fired(ctx context.Context, workspace, receptor string) (engine.Ticks, error) {
	if err := s.store.Wait(ctx, events.Jobs, s.log.Last(events.Jobs)); err != nil {
		return engine.Ticks{}, err
	}
	last, open, err := s.store.Ticks(ctx, workspace, receptor, maxReplaced)
	return engine.Ticks{Last: last, Open: open}, err
}

// maxReplaced is how many jobs of earlier times of a schedule a later one
// replaces; more are never open, unless the receptor queued them before.
const maxReplaced = 1000

// stored tells what a workspace's jobs have stored. See engine.Usage.
func (s *service) stored(ctx context.Context, workspace string) (int64, error) {
	u, err := s.store.Usage(ctx, workspace)
	return u.EventBytes, err
}

// runJobs takes up the unfinished jobs once the views know all of them.
func (s *service) runJobs(ctx context.Context) error {
	if err := s.store.Wait(ctx, events.Jobs, s.log.Last(events.Jobs)); err != nil {
		return err
	}
	unfinished, err := s.store.Unfinished(ctx)
	if err != nil {
		return err
	}
	if len(unfinished) > 0 {
		s.logger.Info("taking up unfinished jobs", "jobs", len(unfinished))
	}
	return s.engine.Run(ctx, unfinished)
}

// wait serves until ctx ends or a part fails, and then stops.
func (s *service) wait(ctx context.Context) error {
	var err error
	select {
	case <-ctx.Done():
		s.logger.Info("stopping", "grace", s.cfg.ShutdownGrace.String())
	case err = <-s.failed:
	}
	return errors.Join(err, s.stop())
}

// stop ends the parts in the order in which they depend on each other: no
// requests but for its health are served any more, then no more steps, then
// the views, then the log. While steps are still at work the port stays open,
// so that clients are told when to come again.
func (s *service) stop() error {
	var errs []error
	if s.server != nil {
		s.stopAPI() // streams end, and new requests are refused
		s.stopRun()
		s.running.Wait()
		grace, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownGrace)
		if err := s.server.Shutdown(grace); err != nil {
			errs = append(errs, fmt.Errorf("drain HTTP: %w", err), s.server.Close())
		}
		cancel()
		s.serving.Wait()
		s.stopFold()
		s.folding.Wait()
	}
	s.mcp.Close()
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.log != nil {
		closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		errs = append(errs, s.log.Close(closing))
		cancel()
	}
	return errors.Join(errs...)
}
