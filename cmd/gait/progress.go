package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/history"
)

// progress shows the walk of an execution: one line for each state that is left or fails and, on a terminal, a last line that is
// rewritten and names the states that are at work.
type progress struct {
	w       io.Writer
	live    bool // on a terminal
	colours bool
	quiet   bool
	trace   *trace
	began   time.Time
	working []*visit
	drawn   bool // the live line is on the screen
	frame   int
}

func newProgress(a *app, quiet bool) *progress {
	return &progress{w: a.stderr, live: a.terminal(a.stderr), colours: a.colours(a.stderr), quiet: quiet, trace: newTrace()}
}

// The escape sequences of the colours.
const (
	blue   = "34"
	green  = "32"
	red    = "31"
	yellow = "33"
	grey   = "90"
)

// paint wraps text in a colour.
func (p *progress) paint(colour, text string) string {
	if !p.colours {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// event shows what an event means.
func (p *progress) event(e *history.Event) {
	if p.began.IsZero() {
		p.began = e.Timestamp
	}
	what, v := p.trace.add(e)
	if v == nil || p.quiet {
		return
	}
	switch what {
	case stepEntered:
		if v.kind != "Fail" && v.kind != "Succeed" {
			p.working = append(p.working, v)
		}
		if !p.live {
			p.line(e, grey, "→", v.name, "")
		}
	case stepExited:
		p.working = slices.DeleteFunc(p.working, func(w *visit) bool { return w == v })
		note := took(e.Timestamp.Sub(v.entered))
		if v.caught {
			p.line(e, yellow, "!", v.name, "caught "+note)
		} else {
			p.line(e, green, "✓", v.name, note)
		}
	case stepFailed:
		p.line(e, red, "✗", v.name, reason(e.Details.Error, e.Details.Cause))
	case stepRetried:
		p.line(e, yellow, "↻", v.name, fmt.Sprintf("retry %d", v.retries))
	}
}

// line writes one line that stays.
func (p *progress) line(e *history.Event, colour, mark, name, note string) {
	p.clear()
	if note != "" {
		note = "  " + p.paint(grey, note)
	}
	fmt.Fprintf(p.w, "%s %s %s%s\n", p.paint(grey, fmt.Sprintf("%8.3fs", e.Timestamp.Sub(p.began).Seconds())), p.paint(colour, mark), name, note)
}

// maxColumns is how wide the live line gets; a longer one would wrap and could not be rewritten.
const maxColumns = 78

// draw rewrites the live line.
func (p *progress) draw(now time.Time) {
	if !p.live || p.quiet || len(p.working) == 0 {
		return
	}
	p.clear()
	var names []string
	for _, v := range p.working {
		if !slices.Contains(names, v.name) {
			names = append(names, v.name)
		}
	}
	spinner := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	text := []rune(fmt.Sprintf("%8.1fs   %s", max(now.Sub(p.began), 0).Seconds(), strings.Join(names, ", ")))
	if len(text) > maxColumns {
		text = append(text[:maxColumns-1], '…')
	}
	text[10] = spinner[p.frame%len(spinner)]
	p.frame++
	fmt.Fprint(p.w, p.paint(blue, string(text)))
	p.drawn = true
}

// clear takes the live line off the screen.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[2K")
		p.drawn = false
	}
}

// took words a duration.
func took(d time.Duration) string {
	if d < time.Millisecond {
		return ""
	}
	return d.Round(time.Millisecond).String()
}

// reason words error name and cause in one line.
func reason(name, cause *string) string {
	var parts []string
	if name != nil && *name != "" {
		parts = append(parts, *name)
	}
	if cause != nil && *cause != "" {
		first, rest, _ := strings.Cut(strings.TrimSpace(*cause), "\n")
		r := []rune(first)
		if len(r) > 160 || rest != "" {
			first = string(r[:min(len(r), 160)]) + "…"
		}
		parts = append(parts, first)
	}
	return strings.Join(parts, ": ")
}
