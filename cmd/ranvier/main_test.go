package main

import (
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts, and the tests that need a process of its own, run
// this very test binary as "ranvier".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ranvier": func() { os.Exit(run(os.Args[1:])) },
	})
}

// TestScripts runs testdata/script/*.txt, each a story with the command line.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"await": await},
	})
}

// await is the script command "await file regexp": it waits until a file, which
// a program in the background writes, holds something.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await file regexp")
	}
	path, want := ts.MkAbs(args[0]), regexp.MustCompile(args[1])
	if !eventually(func() bool {
		b, err := os.ReadFile(path)
		return err == nil && want.Match(b)
	}) {
		b, err := os.ReadFile(path)
		ts.Fatalf("%s has no %s: %v\n%s", args[0], args[1], err, b)
	}
}

// patience bounds every wait of these tests. None of them is to last so long.
const patience = 40 * time.Second

// eventually asks about something outside of this process until it is so. It
// gives up when the test's patience ends.
func eventually(so func() bool) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(patience)
	defer end.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-end.C:
			return false
		}
	}
	return true
}
