package lineage

import (
	"path"
	"strings"
	"time"

	"jobobject"
	"jobobject/internal/eventlog"
	"jobobject/internal/report"
)

// process is one that was a member.
type process struct {
	id      jobobject.ProcessID
	number  int // in the order in which they came
	parent  *process
	command string // the kernel's name for it
	program *jobobject.Program

	came  time.Time
	young bool // it was born there: what there is to know of it is all of it

	went   time.Time
	how    jobobject.EventKind // it went; 0 as long as it is there
	ending *jobobject.Ending
	to     string
	fate   fate

	children []*process
}

// fate is what others had to do with its end.
type fate uint8

const (
	own    fate = iota
	asked       // it ended by the signal that all had been sent
	killed      // with the job
)

// alive tells whether it has not been told of for the last time.
func (p *process) alive() bool { return p.how == 0 }

// name is that of the program, without the directory.
func (p *process) name() string {
	if p.program != nil && len(p.program.Args) > 0 && p.program.Args[0] != "" {
		return path.Base(p.program.Args[0])
	}
	if p.program != nil && p.program.Path != "" {
		return path.Base(p.program.Path)
	}
	return p.command
}

// label is how it was called, without the directory of the program. Of a process
// that executed nothing there is but a name, in parentheses.
func (p *process) label() string {
	if p.program == nil {
		return report.Printable("(" + p.command + ")")
	}
	line := eventlog.CommandLine(p.program)
	if len(p.program.Args) > 0 {
		line = p.name() + strings.TrimPrefix(line, p.program.Args[0])
	}
	return report.Printable(line)
}

// wall is how long it was there.
func (p *process) wall(now time.Time) amount[time.Duration] {
	if p.how == jobobject.EventGone {
		return amount[time.Duration]{} // when is as unknown as how
	}
	end := p.went
	if p.alive() {
		end = now
	}
	d := max(end.Sub(p.came), 0)
	return amount[time.Duration]{value: d, known: true, exact: p.young && p.how == jobobject.EventExit}
}

func (p *process) cpu() amount[time.Duration] {
	if p.ending == nil {
		return amount[time.Duration]{}
	}
	return sum(amountOf(p.ending.UserTime), amountOf(p.ending.KernelTime))
}

func (p *process) memory() amount[uint64] {
	if p.ending == nil {
		return amount[uint64]{}
	}
	return amountOf(p.ending.PeakMemory)
}

// noteworthy tells whether its end is something to look at.
func (p *process) noteworthy() bool {
	return p.fate != own || p.alive() || p.how != jobobject.EventExit || p.failed()
}

// failed tells whether it is known to have ended with something else than 0.
func (p *process) failed() bool {
	if p.ending == nil {
		return false
	}
	status, known := p.ending.Status.Get()
	return known && status.ExitCode() != 0
}
