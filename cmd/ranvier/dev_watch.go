package main

// One run of the sample as it is watched and answered: the dev command's part
// that talks with its user.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/term"
)

// watch follows the job to its end, shows what happens and sees to the answer
// of its question.
func (d *dev) watch(ctx context.Context, job string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	frames, ended := make(chan *frame), make(chan error, 1)
	go func() {
		ended <- d.client.follow(ctx, job, "", func(f *frame) error {
			select {
			case frames <- f:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	asks := d.screen.live && isTerminal(d.in) && !d.once
	var typed <-chan string // lines of the terminal, from the first question on
	var p progress
	asked := "" // the question that is open
	for {
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("follow the job: %w", err)
			}
			return errors.New("the job's stream ended before the job")
		case line, more := <-typed:
			if !more {
				typed = nil // the terminal was closed: only the API can answer now
				continue
			}
			d.screen.entered()
			action := map[string]string{"a": "approve", "r": "reject"}[strings.ToLower(cut(strings.TrimSpace(line), 1))]
			if action == "" || asked == "" {
				d.prompt(asked)
				continue
			}
			if err := d.answer(ctx, job, asked, action); err != nil {
				return err
			}
		case f := <-frames:
			p.see(f)
			d.show(f, &p)
			if f.last() {
				return d.outcome(f)
			}
			switch {
			case f.Type == "token":
			case f.Waiting == nil:
				asked = ""
			case f.Waiting.ID == asked:
			default:
				asked = f.Waiting.ID
				d.screen.paint()
				d.screen.say("\n%s", d.screen.style(bold, f.Waiting.Prompt))
				if asks {
					d.prompt(asked)
					if typed == nil {
						typed = lines(d.in)
					}
					continue
				}
				d.screen.say("approved without asking, since %s", d.whyNotAsked())
				if err := d.answer(ctx, job, asked, "approve"); err != nil {
					return err
				}
			}
			if asked == "" {
				d.screen.paint(p.lines(d.screen)...)
			}
		}
	}
}

// answer answers the question unless somebody else just did.
func (d *dev) answer(ctx context.Context, job, asked, action string) error {
	err := d.client.answer(ctx, job, asked, action)
	var refused *apiError
	if errors.As(err, &refused) && refused.HTTP == http.StatusConflict {
		d.screen.say("Somebody else was faster: %s", refused.Message)
		return nil
	}
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

func (d *dev) prompt(asked string) {
	if asked != "" {
		d.screen.paint(d.screen.style(cyan, "[a]pprove / [r]eject ? "))
	}
}

func (d *dev) whyNotAsked() string {
	if d.once {
		return "--once was given"
	}
	return "there is no terminal to ask at"
}

// show prints what stays of a frame: on a live screen what models said, on a
// plain one each change of step too.
func (d *dev) show(f *frame, p *progress) {
	if f.Type == "token" {
		return
	}
	if f.Output != nil {
		d.said(f.Node, f.Output)
	}
	for _, e := range f.Ended {
		d.said(e.Node, e.Output)
	}
	if !d.screen.live && f.Step != "" && f.Waiting == nil {
		d.screen.say("%3.0f %%  %s", p.percent, f.Step)
	}
}

// said prints the text of a step's output, if it has one.
func (d *dev) said(node string, output jsontext.Value) {
	var o struct {
		Text string `json:"text"`
	}
	if output.Kind() != '{' || json.Unmarshal(output, &o) != nil || o.Text == "" {
		return
	}
	name := fmt.Sprintf("  %-7s ", node)
	d.screen.say("%s%s", d.screen.style(cyan, name), d.screen.hang(o.Text, len(name)))
}

// outcome shows the end of a job.
func (d *dev) outcome(f *frame) error {
	d.screen.paint()
	if f.Type == "error" {
		return fmt.Errorf("the sample failed: %s", f.FailedReason)
	}
	d.screen.say("%s %s", d.screen.style(green, "The job completed:"), d.shown(f.Result))
	return nil
}

// shown is JSON for people on a live screen, else one line.
func (d *dev) shown(v jsontext.Value) string {
	v = v.Clone()
	if d.screen.live {
		if err := v.Indent(jsontext.WithIndent("  ")); err == nil {
			return string(v)
		}
	}
	return string(v)
}

// isTerminal tells whether a person is at the other end of a file.
func isTerminal(file any) bool {
	f, isFile := file.(*os.File)
	return isFile && term.IsTerminal(int(f.Fd()))
}

// lines gives the lines of r. A read of a terminal cannot be called off, so
// its goroutine ends with r or with the process.
func lines(r io.Reader) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		for in := bufio.NewScanner(r); in.Scan(); {
			out <- in.Text()
		}
	}()
	return out
}
