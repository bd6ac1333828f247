package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// Set by the linker (see the Makefile). Without it, as after a plain go build,
// the build information that Go embeds stands in.
var (
	version string // git describe
	commit  string // full hash
)

// dataVersion is the version of what a data directory holds: facts, subjects
// and streams. It is raised when an older program could no longer read one.
const dataVersion = 1

// build is what is known about how this program was made.
type build struct {
	version, commit, golang, nats string
}

func thisBuild() build {
	b := build{version: version, commit: commit, golang: runtime.Version(), nats: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/nats-io/nats-server/v2" {
			b.nats = m.Version
		}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && b.commit == "" {
			b.commit = s.Value
		}
	}
	if b.version == "" {
		b.version = info.Main.Version
	}
	if b.version == "" {
		b.version = "(devel)"
	}
	if b.commit == "" {
		b.commit = "unknown"
	}
	return b
}

func newVersionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the program and of what it is built from",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return thisBuild().print(cmd.OutOrStdout())
		},
	}
}

func (b build) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"ranvier", b.version},
		{"commit", b.commit},
		{"go", b.golang},
		{"nats-server", b.nats},
		{"data", strconv.Itoa(dataVersion)},
	} {
		fmt.Fprintf(t, "%s\t%s\n", row[0], row[1])
	}
	return t.Flush()
}
