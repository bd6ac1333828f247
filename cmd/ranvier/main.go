// Command ranvier is the Jobs API as one program. It wires the packages
// together and alone knows the settings and the log's implementation. Each
// subcommand has a file of its own.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

// run executes the command line and gives the exit code: 0 when it did what
// was asked, else 1, with the error printed on standard error. SIGINT and
// SIGTERM end the commands' context; a second one ends the process at once.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	// Our own logs go elsewhere. What is printed here is net/http's, and quotes
	// what other servers sent out of turn, which may be our own secrets.
	log.SetOutput(io.Discard)
	root := newRootCmd()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		root.PrintErrln("ranvier:", err)
		return 1
	}
	return 0
}

func newRootCmd() *cobra.Command {
	root := &cobra.Command{
		Use:           "ranvier",
		Short:         "A self-hosted Jobs API: durable pathways of models, people and HTTP calls",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(
		newServeCmd(),
		newDevCmd(),
		newVersionCmd(),
	)
	return root
}
