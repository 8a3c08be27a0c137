package eventlog

import (
	"fmt"
	"strings"
	"time"

	"jobobject"
	"jobobject/internal/report"
)

// Text shows the events of one stream to a person.
type Text struct {
	begun time.Time
}

// Line is one event, without the end of the line. Times are from the first event.
func (t *Text) Line(e jobobject.Event) string {
	if t.begun.IsZero() {
		t.begun = e.Time
	}
	line := fmt.Sprintf("%12.6f  %-9s", e.Time.Sub(t.begun).Seconds(), e.Kind)
	if aboutProcess(e.Kind) {
		line += fmt.Sprintf("  %7d  %-15s", e.Process.Pid, report.Printable(e.Command))
	}
	if more := report.Printable(details(e)); more != "" {
		line += "  " + more
	}
	return strings.TrimRight(line, " ")
}

func details(e jobobject.Event) string {
	switch e.Kind {
	case jobobject.EventBegin:
		return told(e)
	case jobobject.EventBirth:
		return fmt.Sprintf("by %d", e.Parent)
	case jobobject.EventExec:
		return CommandLine(e.Program)
	case jobobject.EventExit:
		return report.Ended(e.Ending) + used(e.Ending)
	case jobobject.EventLeave:
		return left(e)
	case jobobject.EventGone:
		return "how is not known"
	case jobobject.EventTerminate:
		return fmt.Sprintf("exit code %d", e.Code)
	case jobobject.EventLimit:
		return struck(e.Strike)
	case jobobject.EventNotification:
		return exceeded(e.Notice)
	case jobobject.EventLost:
		return fmt.Sprintf("%d events are missing here", e.Lost)
	}
	return ""
}

func told(e jobobject.Event) string {
	if e.Misses == "" {
		return "told by " + e.Means
	}
	return "told by " + e.Means + ": " + e.Misses
}

func struck(s *jobobject.Strike) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("on %s: %d ended, %d refused", s.Limit, s.Terminated, s.Refused)
}

func left(e jobobject.Event) string {
	var words []string
	if e.To != "" {
		words = append(words, "to "+e.To)
	}
	if e.Returned {
		words = append(words, "put back")
	}
	return strings.Join(words, ", ")
}

// CommandLine is how a program was called.
func CommandLine(p *jobobject.Program) string {
	if p == nil {
		return ""
	}
	line := strings.Join(p.Args, " ")
	if line == "" {
		line = p.Path
	}
	if p.Cut {
		line += " …"
	}
	return line
}

// used is what the process had used; what is not known is not there.
func used(e *jobobject.Ending) string {
	if e == nil {
		return ""
	}
	text := ""
	duration := func(what string, f jobobject.Figure[time.Duration]) {
		if d, known := f.LowerBound(); known {
			_, exact := f.Get()
			text += ", " + what + " " + atLeast(exact) + report.Span(d)
		}
	}
	duration("user", e.UserTime)
	duration("system", e.KernelTime)
	if n, known := e.PeakMemory.LowerBound(); known {
		_, exact := e.PeakMemory.Get()
		text += ", peak memory " + atLeast(exact) + report.Size(n)
	}
	return text
}

func atLeast(exact bool) string {
	if exact {
		return ""
	}
	return "at least "
}
