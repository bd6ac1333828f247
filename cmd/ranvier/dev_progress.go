package main

// What a person sees of a run: lines that stay, and on a terminal a live block
// below them that is painted over. Everything that is printed goes through
// here, so that a late log line does not tear the block.

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// screen prints. It may be used from any goroutine.
type screen struct {
	live  bool       // a terminal: colours and the live block; else plain lines only
	width func() int // columns of the terminal

	mu    sync.Mutex
	w     io.Writer
	block []string // on the terminal now, the cursor behind its last character
}

// newScreen makes a screen of w, which is live only when w is a terminal that
// understands control sequences and whose user has not refused them
// (https://no-color.org).
func newScreen(w io.Writer) *screen {
	s := &screen{w: w, width: func() int { return 80 }}
	if !isTerminal(w) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return s
	}
	f := w.(*os.File)
	s.live = true
	s.width = func() int {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
		return 80
	}
	return s
}

// Control sequences (ECMA-48).
const (
	clearBelow = "\x1b[J"
	bold       = "\x1b[1m"
	dim        = "\x1b[2m"
	green      = "\x1b[32m"
	red        = "\x1b[31m"
	cyan       = "\x1b[36m"
	reset      = "\x1b[0m"
)

// style puts text into a style on a live screen.
func (s *screen) style(style, text string) string {
	if !s.live {
		return text
	}
	return style + text + reset
}

// say prints lines that stay, above the live block.
func (s *screen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	_, _ = fmt.Fprintf(s.w, format+"\n", args...) // nobody to tell that the output is closed
	s.draw(s.block)
}

// Write prints whole lines, for a logger. It always takes all.
func (s *screen) Write(b []byte) (int, error) {
	s.say("%s", strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

// paint puts other lines into the live block; none removes it. Where there is
// no live block nothing happens. Lines must fit the width.
func (s *screen) paint(lines ...string) {
	if !s.live {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	s.draw(lines)
}

// entered tells that the user ended the block's last line with Enter: what is
// there stays, and the block is empty.
func (s *screen) entered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.block = nil
}

// erase removes the block and leaves the cursor where it began. The caller
// holds mu.
func (s *screen) erase() {
	switch n := len(s.block); {
	case n > 1:
		_, _ = fmt.Fprintf(s.w, "\r\x1b[%dA%s", n-1, clearBelow)
	case n == 1:
		_, _ = io.WriteString(s.w, "\r"+clearBelow)
	}
}

// draw writes the block. The caller holds mu.
func (s *screen) draw(lines []string) {
	s.block = lines
	_, _ = io.WriteString(s.w, strings.Join(lines, "\n"))
}

// hang breaks text between words on a live screen, for a column that begins
// indent characters from the left.
func (s *screen) hang(text string, indent int) string {
	width := s.width() - indent - 1
	if !s.live || width < 20 {
		return text
	}
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// progress is what is known of a run from its frames.
type progress struct {
	percent float64
	step    string
	began   []string   // the nodes in the order of their starts
	speaks  []*speaker // the steps that say something now, in that order
}

// speaker is a model's step with its words so far.
type speaker struct {
	node           string
	visit, attempt int
	text           string
}

// see takes in a frame.
func (p *progress) see(f *frame) {
	if f.Type == "token" {
		p.hear(f)
		return
	}
	if f.Status == "" {
		return // no commit's frame: of a type that is not known here
	}
	p.percent, p.step = f.Progress, f.Step
	for _, e := range f.Events {
		if e.Type == "node.started" && !slices.Contains(p.began, e.Node) {
			p.began = append(p.began, e.Node)
		}
	}
	p.ended(f.Node)
	for _, e := range f.Ended {
		p.ended(e.Node)
	}
	if f.last() {
		p.speaks = nil
	}
}

func (p *progress) hear(f *frame) {
	for _, s := range p.speaks {
		if s.node != f.Node {
			continue
		}
		if s.visit != f.Visit || s.attempt != f.Attempt {
			s.visit, s.attempt, s.text = f.Visit, f.Attempt, "" // the words before are void
		}
		s.text += f.Token
		return
	}
	p.speaks = append(p.speaks, &speaker{node: f.Node, visit: f.Visit, attempt: f.Attempt, text: f.Token})
	slices.SortStableFunc(p.speaks, func(a, b *speaker) int {
		return slices.Index(p.began, a.node) - slices.Index(p.began, b.node)
	})
}

func (p *progress) ended(node string) {
	p.speaks = slices.DeleteFunc(p.speaks, func(s *speaker) bool { return s.node == node })
}

const barWidth = 24

// lines gives the live block: a bar, and a line for each step that speaks.
func (p *progress) lines(s *screen) []string {
	width := s.width() - 1 // the last column would wrap on some terminals
	full := min(max(int(p.percent/100*barWidth+0.5), 0), barWidth)
	head := fmt.Sprintf("%s%s %3.0f %%", strings.Repeat("█", full), strings.Repeat("░", barWidth-full), p.percent)
	lines := []string{s.style(green, cut(head, width)) + " " + cut(p.step, max(width-utf8.RuneCountInString(head)-1, 0))}
	for _, sp := range p.speaks {
		name := fmt.Sprintf("  %-7s ", sp.node)
		words := tail(strings.Join(strings.Fields(sp.text), " "), width-utf8.RuneCountInString(name))
		lines = append(lines, s.style(cyan, cut(name, width))+words)
	}
	return lines
}

// cut gives at most n characters of the beginning of text.
func cut(text string, n int) string {
	r := []rune(text)
	return string(r[:min(max(n, 0), len(r))])
}

// tail gives at most n characters of the end of text.
func tail(text string, n int) string {
	r := []rune(text)
	if n = max(n, 0); len(r) <= n {
		return text
	}
	if n == 0 {
		return ""
	}
	return "…" + string(r[len(r)-n+1:])
}
