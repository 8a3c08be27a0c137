package eventlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"jobobject"
	"jobobject/internal/report"
)

// version is of the form of the lines; the first line has it.
const version = 1

// line is one event. Its JSON form is read by other programs: names stay, and a
// kind has always the same ones.
type line struct {
	Seq   uint64 `json:"seq"`
	Time  string `json:"time"`
	Event string `json:"event"`
	*begin
	*about
	*program
	*leave
	*Ending
	*terminate
	*strike
	*notice
	*lost
}

type begin struct {
	Version int     `json:"version"`
	Means   string  `json:"means"`
	Misses  *string `json:"misses"`
}

type about struct {
	Pid     int         `json:"pid"`
	Start   sinceSystem `json:"start_seconds"`
	Parent  int         `json:"parent"`
	Command string      `json:"command"`
}

type program struct {
	Path string   `json:"path"`
	Args []string `json:"args"`
	Cut  bool     `json:"cut"`
}

type leave struct {
	To       *string `json:"to"`
	Returned bool    `json:"returned"`
}

type terminate struct {
	Code uint32 `json:"exit_code"`
}

type strike struct {
	Limit   jobobject.LimitName `json:"limit"`
	Ended   uint64              `json:"ended"`
	Refused uint64              `json:"refused"`
}

// notice is in the unit that its limit has.
type notice struct {
	Exceeded jobobject.LimitName `json:"exceeded"`
	Value    json.Number         `json:"value"`
	Bound    json.Number         `json:"bound"`
	Unit     string              `json:"unit"`
	By       *int                `json:"by"`
}

type lost struct {
	Lost uint64 `json:"lost"`
}

// Ending is how a process ended and what it had used; null is unknown.
type Ending struct {
	Status     *Status                  `json:"status"`
	User       report.Seconds           `json:"user_seconds"`
	System     report.Seconds           `json:"system_seconds"`
	PageFaults jobobject.Figure[uint64] `json:"page_faults"`
	PeakMemory jobobject.Figure[uint64] `json:"peak_memory_bytes"`
	PeakSpace  jobobject.Figure[uint64] `json:"peak_address_space_bytes"`
	ReadOps    jobobject.Figure[uint64] `json:"read_ops"`
	WriteOps   jobobject.Figure[uint64] `json:"write_ops"`
	ReadBytes  jobobject.Figure[uint64] `json:"read_bytes"`
	WriteBytes jobobject.Figure[uint64] `json:"write_bytes"`
}

// Status is how it ended.
type Status struct {
	ExitCode   int     `json:"exit_code"`
	Signal     *string `json:"signal"`
	CoreDumped bool    `json:"core_dumped"`
}

// EndingOf is the form in which an ending is written; of nil all is unknown.
func EndingOf(e *jobobject.Ending) *Ending {
	if e == nil {
		return &Ending{}
	}
	written := &Ending{
		User: report.Seconds{Figure: e.UserTime}, System: report.Seconds{Figure: e.KernelTime}, PageFaults: e.PageFaults,
		PeakMemory: e.PeakMemory, PeakSpace: e.PeakSpace,
		ReadOps: e.ReadOperations, WriteOps: e.WriteOperations, ReadBytes: e.ReadBytes, WriteBytes: e.WriteBytes,
	}
	if status, known := e.Status.Get(); known {
		written.Status = &Status{ExitCode: status.ExitCode(), CoreDumped: e.CoreDumped}
		if sig, signaled := status.Signal(); signaled {
			name := report.SignalName(sig)
			written.Status.Signal = &name
		}
	}
	return written
}

// sinceSystem is a time since the machine has started.
type sinceSystem time.Duration

// MarshalJSON writes every nanosecond: the number is compared, not calculated with.
func (s sinceSystem) MarshalJSON() ([]byte, error) {
	d := time.Duration(s)
	return fmt.Appendf(nil, "%d.%09d", d/time.Second, d%time.Second), nil
}

// timestamp is RFC 3339 with nanoseconds, always of the same length.
const timestamp = "2006-01-02T15:04:05.000000000Z07:00"

// JSON is the event as one line.
func JSON(e jobobject.Event) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // command lines are full of & and >
	if err := enc.Encode(lineOf(e)); err != nil {
		return nil, fmt.Errorf("encode event %d: %w", e.Seq, err)
	}
	return out.Bytes(), nil
}

func lineOf(e jobobject.Event) line {
	l := line{Seq: e.Seq, Time: e.Time.Format(timestamp), Event: e.Kind.String()}
	if aboutProcess(e.Kind) {
		l.about = &about{e.Process.Pid, sinceSystem(e.Process.Start), e.Parent, e.Command}
	}
	switch e.Kind {
	case jobobject.EventBegin:
		l.begin = &begin{version, e.Means, orNull(e.Misses)}
	case jobobject.EventExec:
		l.program = programOf(e.Program)
	case jobobject.EventLeave:
		l.leave = &leave{orNull(e.To), e.Returned}
	case jobobject.EventExit:
		l.Ending = EndingOf(e.Ending)
	case jobobject.EventTerminate:
		l.terminate = &terminate{e.Code}
	case jobobject.EventLimit:
		if s := e.Strike; s != nil {
			l.strike = &strike{s.Limit, s.Terminated, s.Refused}
		}
	case jobobject.EventNotification:
		l.notice = noticeOf(e.Notice)
	case jobobject.EventLost:
		l.lost = &lost{e.Lost}
	}
	return l
}

// aboutProcess tells whether events of that kind are about one.
func aboutProcess(kind jobobject.EventKind) bool {
	return kind.Comes() || kind.Goes() || kind == jobobject.EventExec || kind == jobobject.EventMoved
}

func programOf(p *jobobject.Program) *program {
	if p == nil {
		return nil
	}
	return &program{p.Path, append([]string{}, p.Args...), p.Cut}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
