package trace

import (
	"time"
)

// Kind says what an event tells.
type Kind uint8

// The kinds.
const (
	Birth   Kind = iota + 1 // forked in the group
	Present                 // found in it: from before the watch, or after a loss
	Join                    // moved in
	Exec
	Moved // within the group, to another one below it
	Exit
	Leave // moved out
	Gone  // no longer found in it, after a loss; how it went is not known
	Lost  // so many events are missing here
	Ended // the watch is over; always its last event
)

var kindNames = [...]string{
	Birth: "birth", Present: "present", Join: "join", Exec: "exec", Moved: "moved",
	Exit: "exit", Leave: "leave", Gone: "gone", Lost: "lost", Ended: "ended",
}

func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "unknown"
}

// comes tells whether a process that the receiver has not heard of is told of.
func (k Kind) comes() bool { return k == Birth || k == Present || k == Join }

// goes tells whether it is the last that is told of a process.
func (k Kind) goes() bool { return k == Exit || k == Leave || k == Gone }

// Process is the identity of a process for as long as the machine runs.
type Process struct {
	PID   int
	Start time.Duration // since the machine has started
}

// Event is one thing that has happened.
type Event struct {
	Watch *Watch
	Seq   uint64 // 1, 2, 3 … of that watch
	Kind  Kind
	Time  time.Duration // since the machine has started

	Process Process
	Parent  int    // who forked it, of a birth; else its parent at that time
	Command string // the name the kernel has for it: the first 15 bytes of the file's
	Group   uint64 // the group it is in
	From    uint64 // of Join, Leave and Moved where it was; 0 if that is not known

	// Nearest is the nearest watched group that it is in; of a Leave 0, if
	// that is none.
	Nearest uint64

	Exec *Program // of an Exec
	Exit *Ending  // of an Exit
	Lost uint64   // of a Lost
}

// Program is what was executed. Path and arguments are cut where they are long.
type Program struct {
	Path string
	Args []string
	Cut  bool
}

// Ending is how a process ended and what it had used. Either may be unknown
// where there is no eBPF.
type Ending struct {
	Status      Status
	StatusKnown bool
	Usage       Usage
	UsageKnown  bool
}
