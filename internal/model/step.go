package model

import (
	"fmt"
	"strings"
)

// Op is what a step does.
type Op string

// The operations.
const (
	Create       Op = "Create"
	Duplicate    Op = "Duplicate"
	Close        Op = "Close"
	Start        Op = "Start"
	StartOutside Op = "StartOutside"
	Assign       Op = "Assign"
	Terminate    Op = "Terminate"
	SetLimits    Op = "SetLimits"
	Freeze       Op = "Freeze"
	Thaw         Op = "Thaw"
	Current      Op = "Current"

	// What processes do, and what is done to one alone.
	Fork   Op = "Fork"
	Exit   Op = "Exit"
	Kill   Op = "Kill"
	Wait   Op = "Wait"
	Resume Op = "Resume"
)

// Limits are those of the model.
type Limits struct{ KillOnClose, BreakawayOK, SilentBreakawayOK bool }

// Step is one operation. Jobs, their handles and processes are numbered in the
// order in which they came; process 0 is the caller.
type Step struct {
	Op        Op
	Job       int
	Handle    int
	Process   int
	Also      []int // jobs, each by its first handle
	Code      int
	Limits    Limits
	Suspended bool
	Breakaway bool
	Missing   bool // the program is not there
}

// String is the step as one would write it.
func (s Step) String() string {
	on := fmt.Sprintf("j%d", s.Job)
	if s.Handle > 0 {
		on += fmt.Sprintf("dup%d", s.Handle)
	}
	switch s.Op {
	case Create:
		return fmt.Sprintf("jobobject.Create(%v)", s.Limits)
	case Current, StartOutside:
		return fmt.Sprintf("jobobject.%s(%s)", s.Op, s.options())
	case Start:
		return fmt.Sprintf("%s.Start(%s)", on, s.options())
	case Assign:
		return fmt.Sprintf("%s.Assign(p%d)", on, s.Process)
	case Terminate:
		return fmt.Sprintf("%s.Terminate(%d)", on, s.Code)
	case SetLimits:
		return fmt.Sprintf("%s.SetLimits(%v)", on, s.Limits)
	case Duplicate, Close, Freeze, Thaw:
		return fmt.Sprintf("%s.%s()", on, s.Op)
	case Exit:
		return fmt.Sprintf("p%d.Exit(%d)", s.Process, s.Code)
	default:
		return fmt.Sprintf("p%d.%s()", s.Process, s.Op)
	}
}

func (s Step) options() string {
	var options []string
	for name, set := range map[string]bool{"Suspended()": s.Suspended, "Breakaway()": s.Breakaway} {
		if set {
			options = append(options, name)
		}
	}
	if s.Missing {
		options = append(options, "a missing program")
	}
	if len(s.Also) > 0 {
		var jobs []string
		for _, also := range s.Also {
			jobs = append(jobs, fmt.Sprintf("j%d", also))
		}
		options = append(options, "AlsoIn("+strings.Join(jobs, ", ")+")")
	}
	return strings.Join(options, ", ")
}

// String names the limits that are set.
func (l Limits) String() string {
	var set []string
	for _, limit := range []struct {
		name string
		set  bool
	}{{"KillOnClose", l.KillOnClose}, {"BreakawayOK", l.BreakawayOK}, {"SilentBreakawayOK", l.SilentBreakawayOK}} {
		if limit.set {
			set = append(set, limit.name)
		}
	}
	return "{" + strings.Join(set, ", ") + "}"
}

// Listing is a sequence as one would write it down.
func Listing(steps []Step) string {
	var text strings.Builder
	for i, step := range steps {
		fmt.Fprintf(&text, "%3d  %v\n", i, step)
	}
	return text.String()
}
