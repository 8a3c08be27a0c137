package lineage

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"jobobject"
	"jobobject/internal/eventlog"
	"jobobject/internal/report"
)

// traceEvent is one in the form that Chrome has given to traces, and that Perfetto
// and speedscope read. The job is the one process of the trace, and a lane is a
// thread of it: viewers stack what is in the same thread.
type traceEvent struct {
	Name     string `json:"name"`
	Category string `json:"cat,omitempty"`
	Phase    string `json:"ph"`
	Time     int64  `json:"ts"` // microseconds
	Duration *int64 `json:"dur,omitempty"`
	Pid      int    `json:"pid"`
	Tid      int    `json:"tid"`
	Scope    string `json:"s,omitempty"`
	Args     any    `json:"args,omitempty"`
}

// The phases.
const (
	complete = "X"
	instant  = "i"
	metadata = "M"
)

const tracePid = 1

type processArgs struct {
	Pid     int    `json:"pid"`
	Parent  int    `json:"parent"` // 0 if that was no member
	Command string `json:"command"`
	Outcome string `json:"outcome"`
	*eventlog.Ending
}

type traceHeader struct {
	Version string   `json:"version"`
	Started string   `json:"started"`
	Command []string `json:"command"`
	Means   string   `json:"means"`
	Misses  *string  `json:"misses"`
	Lost    uint64   `json:"lost"`
}

// WriteProfile writes the processes in Chrome's trace event format, one event on a
// line: a slice for each, from its first event to its last, below its parent where
// that is to be had in a row (lanes).
func (s *Story) WriteProfile(to io.Writer, command []string, cause Cause) error {
	out := bufio.NewWriter(to)
	header := traceHeader{
		Version: "1", Started: s.begun.Format(time.RFC3339Nano), Command: append([]string{}, command...),
		Means: s.means, Lost: s.lost,
	}
	if s.misses != "" {
		header.Misses = &s.misses
	}
	text, err := compact(header)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `{"displayTimeUnit":"ms","otherData":%s,"traceEvents":[`, text)
	separator := "\n"
	for _, e := range s.traceEvents(command, cause) {
		text, err := compact(e)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s%s", separator, text)
		separator = ",\n"
	}
	fmt.Fprint(out, "\n]}\n")
	return out.Flush()
}

func compact(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode profile: %w", err)
	}
	return text, nil
}

func (s *Story) traceEvents(command []string, cause Cause) []traceEvent {
	slices := s.slices()
	lanes := place(slices)
	events := names(command, lanes)
	for _, m := range s.marks {
		events = append(events, traceEvent{
			Name: m.String(), Category: "job", Phase: instant, Time: s.micros(m.at), Pid: tracePid, Tid: 1, Scope: "g",
		})
	}
	for i := range slices {
		events = append(events, slices[i].traceEvent(cause))
	}
	return events
}

func names(command []string, lanes int) []traceEvent {
	name := func(what string, tid int, value string) traceEvent {
		return traceEvent{Name: what, Phase: metadata, Pid: tracePid, Tid: tid, Args: map[string]string{"name": value}}
	}
	title := "job"
	if len(command) > 0 {
		title = "job: " + eventlog.CommandLine(&jobobject.Program{Args: command})
	}
	events := []traceEvent{name("process_name", 1, report.Printable(title))}
	for lane := range lanes {
		events = append(events, name("thread_name", lane+1, fmt.Sprintf("lane %d", lane+1)))
		events = append(events, traceEvent{
			Name: "thread_sort_index", Phase: metadata, Pid: tracePid, Tid: lane + 1,
			Args: map[string]int{"sort_index": lane + 1},
		})
	}
	return events
}

func (s *slice) traceEvent(cause Cause) traceEvent {
	p, duration := s.process, s.end-s.begin
	args := processArgs{Pid: p.id.Pid, Command: p.fullCommand(), Outcome: p.outcome(cause), Ending: eventlog.EndingOf(p.ending)}
	if args.Outcome == "" {
		args.Outcome = "exit 0"
	}
	if p.parent != nil {
		args.Parent = p.parent.id.Pid
	}
	return traceEvent{
		Name: report.Printable(p.name()), Category: "process", Phase: complete,
		Time: s.begin, Duration: &duration, Pid: tracePid, Tid: s.lane + 1, Args: args,
	}
}

// fullCommand is as much of how it was called as was told.
func (p *process) fullCommand() string {
	if p.program == nil {
		return p.label()
	}
	return eventlog.CommandLine(p.program)
}

func (m mark) String() string {
	if m.kind == jobobject.EventLost {
		return fmt.Sprintf("events lost: %d", m.lost)
	}
	return m.kind.String()
}
