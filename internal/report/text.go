package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"jobobject"
)

// Text is the report for a person: a line on how it ended, one on what it used, one
// on its limits, and what was left. What is not known is not there.
func (r *Report) Text() string {
	var lines []string
	lines = append(lines, r.headline())
	if used := r.usage(); len(used) > 0 {
		lines = append(lines, strings.Join(used, ", "))
	}
	lines = append(lines, r.limits()...)
	lines = append(lines, r.leftovers()...)
	return strings.Join(lines, "\n") + "\n"
}

func (r *Report) headline() string {
	command := Printable(strings.Join(r.Command, " "))
	after := Span(time.Duration(r.WallSeconds * float64(time.Second)))
	status := fmt.Sprintf("exit status %d", r.Outcome.ExitCode)
	ended := ""
	if r.Outcome.Signal != nil {
		ended = " by " + *r.Outcome.Signal
	}
	switch r.Outcome.Reason {
	case StartFailed:
		return fmt.Sprintf("%s: not started, %s", command, status)
	case Timeout:
		return fmt.Sprintf("%s: timed out, ended%s after %s, %s", command, ended, after, status)
	case Limit:
		limit := "a limit"
		if r.Outcome.Limit != nil {
			limit = "its limit on " + *r.Outcome.Limit
			if i := slices.IndexFunc(r.Limits, func(l Bound) bool { return l.EndedTheJob }); i >= 0 {
				limit = "its limit " + r.Limits[i].String() + r.Limits[i].UsedText()
			}
		}
		return fmt.Sprintf("%s: ended by %s after %s, %s", command, limit, after, status)
	case Interrupted:
		return fmt.Sprintf("%s: interrupted, ended%s after %s, %s", command, ended, after, status)
	case Signaled:
		return fmt.Sprintf("%s: ended%s after %s, %s", command, ended, after, status)
	default:
		return fmt.Sprintf("%s: exited after %s, %s", command, after, status)
	}
}

func (r *Report) usage() []string {
	var used []string
	add := func(format string, args ...any) { used = append(used, fmt.Sprintf(format, args...)) }
	atLeast := func(known bool) string {
		if known {
			return ""
		}
		return "at least "
	}
	duration := func(what string, f jobobject.Figure[time.Duration]) {
		if d, some := f.LowerBound(); some {
			_, exact := f.Get()
			add("%s %s%s", what, atLeast(exact), Span(d))
		}
	}
	count := func(what string, f jobobject.Figure[uint64], show func(uint64) string) {
		if n, some := f.LowerBound(); some {
			_, exact := f.Get()
			add("%s %s%s", what, atLeast(exact), show(n))
		}
	}
	number := func(n uint64) string { return fmt.Sprint(n) }

	duration("user", r.CPU.User.Figure)
	duration("system", r.CPU.System.Figure)
	count("peak memory", r.Memory.PeakJob, Size)
	count("of one process", r.Memory.PeakProcess, Size)
	count("processes", r.Processes.Total, number)
	if peak, known := r.Processes.Peak.Get(); known { // what is less says little
		add("at a time %d", peak)
	}
	count("read", r.IO.ReadBytes, Size)
	count("written", r.IO.WriteBytes, Size)
	if r.Mechanism != nil {
		add("mechanism %s", *r.Mechanism)
	}
	return used
}

func (r *Report) leftovers() []string {
	if r.Leftover.Count == 0 {
		return []string{"nothing was left"}
	}
	const most = 20
	lines := []string{fmt.Sprintf("left: %d", r.Leftover.Count)}
	for i, p := range r.Leftover.Processes {
		if i == most {
			lines = append(lines, fmt.Sprintf("  and %d more", r.Leftover.Count-most))
			break
		}
		lines = append(lines, fmt.Sprintf("  %d %s", p.PID, Printable(p.Command)))
	}
	return lines
}

// Printable keeps text that others chose on one line and away from the
// terminal's controls.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
