package main

// The dev command: a whole server to try, with a sample run in it.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"ranvier/config"
	"ranvier/httpapi"
	"ranvier/samples"
	"ranvier/samples/outside"
)

// The sample's definitions, as the API takes them.
var sampleNeuron, samplePathway = jsontext.Value(samples.Read("review/neuron.json")), jsontext.Value(samples.Read("review/pathway.json"))

const samplePathwaySlug, sampleNeuronSlug = "document-review", "summariser"

func newDevCmd() *cobra.Command {
	d := &dev{}
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Serve a fresh instance with a sample in it, and run the sample",
		Long: `Serve a fresh instance on this machine, install a sample pathway and run it: a
document is fetched, its three parts are summarised side by side, you approve
the summary, and it is delivered. Then the server stays up for your own trials
until Ctrl-C. The settings of "ranvier serve" apply as environment variables.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.screen, d.in = newScreen(cmd.OutOrStdout()), cmd.InOrStdin()
			return d.run(cmd)
		},
	}
	cmd.Flags().StringVar(&d.data, "data", "", "directory to keep the data in; without it a scratch one is removed at the end")
	cmd.Flags().BoolVar(&d.once, "once", false, "approve without asking and end with the sample: exit code 0 if it completed")
	cmd.Flags().String("listen", config.Default().Listen, "TCP address of the HTTP API; when the default one is taken, a free port")
	return cmd
}

// dev is one run of the command.
type dev struct {
	data   string
	once   bool
	screen *screen
	in     io.Reader

	client  *client
	outside *outside.World
}

// loopback is what the sample's own calls need to reach.
var loopback = netip.MustParsePrefix("127.0.0.1/32")

// run does all of it. What it made it removes, however it ends.
func (d *dev) run(cmd *cobra.Command) (err error) {
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP) // the terminal was closed
	defer stop()
	base := config.Default()
	base.LogLevel = slog.LevelWarn
	base.ShutdownGrace = 2 * time.Second // nobody waits 20 s for a trial to end
	scratch, err := os.MkdirTemp("", "ranvier-dev-")
	if err != nil {
		return fmt.Errorf("make a scratch directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	base.DataDir = scratch
	cfg, err := config.Load(base, cmd.Flags(), os.Environ())
	if err != nil {
		return err
	}
	if d.data != "" {
		cfg.DataDir = d.data
	}
	where := cfg.DataDir
	if where == scratch {
		where += " (removed at the end)"
	}
	if cfg.BootstrapKey == "" {
		cfg.BootstrapKey = config.Secret(httpapi.NewKey())
	}
	cfg.EgressAllow = append(cfg.EgressAllow, loopback)
	logs := cmd.ErrOrStderr()
	if d.screen.live && isTerminal(logs) {
		logs = d.screen
		if cfg.LogFormat == config.LogAuto {
			cfg.LogFormat = config.LogText
		}
	}

	if d.outside, err = outside.Start(ctx, d.delivered, nil); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.outside.Close()) }()
	s, err := d.start(ctx, cfg, newLogger(cfg, logs))
	if err != nil {
		return err
	}
	d.client = newClient(s.url, cfg.BootstrapKey.Reveal())
	defer d.client.close()
	d.banner(s.url, cfg.BootstrapKey.Reveal(), where)

	err = d.sample(ctx)
	if ctx.Err() != nil && !d.once {
		err = nil // Ctrl-C is how one leaves
	}
	if d.once || err != nil || ctx.Err() != nil {
		d.screen.paint()
		return errors.Join(err, s.stop())
	}
	d.screen.say("\nBy hand, in another terminal:\n\n%s\n%s", byHand(s.url, cfg.BootstrapKey.Reveal(), d.outside.URL),
		d.screen.style(bold, "The server stays up until Ctrl-C."))
	err = s.wait(ctx)
	d.screen.say("\nstopped")
	return err
}

// start starts the server, on another port if the default one is taken.
func (d *dev) start(ctx context.Context, cfg config.Config, logger *slog.Logger) (*service, error) {
	s, err := start(ctx, cfg, logger)
	if cfg.Listen != config.Default().Listen || !errors.Is(err, syscall.EADDRINUSE) {
		return s, err
	}
	d.screen.say("%s is taken, so this takes a free port.", cfg.Listen)
	host, _, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("read the default address: %w", err)
	}
	cfg.Listen = net.JoinHostPort(host, "0")
	return start(ctx, cfg, logger)
}

func (d *dev) banner(url, key, where string) {
	s := d.screen
	s.say("%s\n", s.style(bold, "Ranvier, for trials"))
	for _, row := range [][2]string{{"url", url}, {"key", key}, {"data", where}} {
		s.say("  %s %s", s.style(dim, fmt.Sprintf("%-5s", row[0])), row[1])
	}
	s.say("")
}

// delivered shows what arrived at the sink.
func (d *dev) delivered(body string) {
	d.screen.say("%s %s", d.screen.style(green, "The sink received:"), d.shown([]byte(body)))
}

// sample installs the sample and runs it. The error says why it did not complete.
func (d *dev) sample(ctx context.Context) error {
	if err := d.install(ctx, "neurons", sampleNeuronSlug, sampleNeuron); err != nil {
		return err
	}
	if err := d.install(ctx, "pathways", samplePathwaySlug, samplePathway); err != nil {
		return err
	}
	job, err := d.client.execute(ctx, samplePathwaySlug, uuid.NewString(), sampleInput(d.outside))
	if err != nil {
		return fmt.Errorf("start the sample: %w", err)
	}
	d.screen.say("Pathway %s on %s/document.md\nJob %s\n", samplePathwaySlug, d.outside.URL, job)
	return d.watch(ctx, job)
}

// install stores a definition unless there is one of its slug: that may have
// been edited since.
func (d *dev) install(ctx context.Context, plural, slug string, definition jsontext.Value) error {
	err := d.client.call(ctx, http.MethodGet, "/v1/"+plural+"/"+slug, nil, nil, nil)
	var refused *apiError
	if errors.As(err, &refused) && refused.HTTP == http.StatusNotFound {
		err = d.client.call(ctx, http.MethodPost, "/v1/"+plural, nil, definition, nil)
	}
	if err != nil {
		return fmt.Errorf("install the sample's %s %s: %w", strings.TrimSuffix(plural, "s"), slug, err)
	}
	return nil
}

// sampleInput is what the sample pathway is run on.
func sampleInput(w *outside.World) map[string]string {
	return map[string]string{"document_url": w.URL + "/document.md", "sink_url": w.URL + "/sink"}
}
