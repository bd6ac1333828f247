package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write what is generated from the table of settings")

// golden compares a generated text with its file, or writes it with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not what the table gives; run: make docs\n-file +table\n%s", path, diff)
	}
}

const docHead = `# Settings

<!-- Generated from config/settings.go by "make docs"; do not edit. -->

A setting can be given in four places. A flag wins over an environment variable,
which wins over the file, which wins over the default. An empty variable counts
as not set.

The file is [TOML](https://toml.io). It is named by ` + "`--config`" + ` or ` + "`RANVIER_CONFIG`" + `; none
is read by default. Lists are TOML lists in the file and separated by commas
elsewhere. Durations look like ` + "`15s`" + ` or ` + "`1h30m`" + `, sizes like ` + "`65536`" + `, ` + "`512KiB`" + ` or ` + "`8MiB`" + `.

A name that is no setting is an error, in the file and among the variables that
start with ` + "`RANVIER_`" + `. All problems are told at once, and none of them quotes a
value. Secrets have no flag, because a command line can be read by others; they
are never printed or logged.

`

const docExample = "## Example\n\n```toml\n" + exampleFile + "```\n"

const exampleFile = `listen = "0.0.0.0:8080"
data_dir = "/var/lib/ranvier"
workers = 64
body_limit = "2MiB"
egress_allow = ["10.1.0.0/16"]
`

func TestConfigurationPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(docHead)
	b.WriteString("| in the file | variable | flag | default | |\n|---|---|---|---|---|\n")
	defaults := Default()
	for _, s := range settings {
		row := []string{code(s.Name), code(s.Env()), "", code(s.shown(&defaults)), s.Doc}
		if s.Flag() != "" {
			row[2] = code("--" + s.Flag())
		}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	b.WriteString("\n" + docExample)
	golden(t, "../docs/configuration.md", b.String())
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("`%s`", s)
}

func TestExampleFileLoads(t *testing.T) {
	if _, err := load(t, exampleFile, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestFlagUsage(t *testing.T) {
	fs := pflag.NewFlagSet("ranvier", pflag.ContinueOnError)
	BindFlags(fs, Default())
	golden(t, "testdata/flags.golden", fs.FlagUsagesWrapped(100))
}
