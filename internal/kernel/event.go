package kernel

import (
	"context"
	"fmt"
	"time"
)

// EventKind says what an event tells.
type EventKind uint8

// The kinds. Of each process that is told of, one of the first three comes first
// and one of the next three last.
const (
	EventBirth   EventKind = iota + 1 // forked by a member, or started in the job
	EventPresent                      // was a member before the stream began, or before a loss
	EventJoin                         // was assigned

	EventExit  // ended
	EventLeave // is no member any more although it lives: silent breakaway, or an escape
	EventGone  // is no member any more, after a loss; how it went is not known

	EventExec  // runs another program now
	EventMoved // from one job to another below this one, or back

	EventFreeze
	EventThaw
	EventTerminate
	EventEmpty // the last member is gone (MSG-10: others may come)
	EventLimit // a limit of this job, or of one below, has struck
	EventLost  // so many events are missing here

	EventBegin // always the first: by what means the stream is told, and what that misses

	EventNotification // a notification limit of this job, or of one below, was exceeded
)

var eventNames = [...]string{
	EventBirth: "birth", EventPresent: "present", EventJoin: "join",
	EventExit: "exit", EventLeave: "leave", EventGone: "gone",
	EventExec: "exec", EventMoved: "moved",
	EventFreeze: "freeze", EventThaw: "thaw", EventTerminate: "terminate", EventEmpty: "empty",
	EventLimit: "limit", EventLost: "lost", EventBegin: "begin",
	EventNotification: "notification",
}

// String is the word for it in the JSON lines of the command.
func (k EventKind) String() string {
	if int(k) < len(eventNames) && eventNames[k] != "" {
		return eventNames[k]
	}
	return fmt.Sprintf("event %d", uint8(k))
}

// Comes tells whether a process is told of for the first time.
func (k EventKind) Comes() bool { return k == EventBirth || k == EventPresent || k == EventJoin }

// Goes tells whether it is the last that is told of a process.
func (k EventKind) Goes() bool { return k == EventExit || k == EventLeave || k == EventGone }

// ProcessID is one process and never another: a pid is used again.
type ProcessID struct {
	Pid   int
	Start time.Duration // when it was forked, since the machine has started
}

// Event is one thing that has happened in a job.
type Event struct {
	Seq  uint64 // 1, 2, 3 … of the stream, without a gap
	Kind EventKind
	Time time.Time

	// Of events that are about a process; else zero.
	Process ProcessID
	Parent  int    // the pid of who forked it, of a birth; else of its parent at that time
	Command string // the kernel's name for it: the first 15 bytes of the file's

	Program  *Program // of an exec
	Ending   *Ending  // of an exit
	To       string   // of a leave: where it is now, in the words of the system, if that is known
	Returned bool     // of a leave: it was put back, and a join follows
	Code     uint32   // of a terminate: the exit code
	Strike   *Strike  // of a limit: what it did this time
	Notice   *Notice  // of a notification: what was exceeded
	Lost     uint64   // of a loss
	Means    string   // of a begin: eBPF, or the poorer one that this host allows
	Misses   string   // of a begin: what that cannot tell, in words; "" if nothing
}

// Program is what was executed. Long paths and argument lists are cut.
type Program struct {
	Path string
	Args []string
	Cut  bool
}

// Ending is how a process ended and what it, all its threads, had used. What
// cannot be told here is unknown.
type Ending struct {
	Status     Figure[ExitStatus]
	CoreDumped bool

	UserTime   Figure[time.Duration]
	KernelTime Figure[time.Duration]
	PageFaults Figure[uint64] // hard and soft
	PeakMemory Figure[uint64] // bytes that were resident at most
	PeakSpace  Figure[uint64] // bytes of address space at most

	ReadOperations  Figure[uint64] // system calls
	WriteOperations Figure[uint64]
	ReadBytes       Figure[uint64] // through system calls, from wherever
	WriteBytes      Figure[uint64]
}

// Events is a stream of them.
type Events interface {
	// Next waits for the next event. io.EOF says that there will be none: the
	// last handle to the job was closed, and its members are gone or not told of
	// any more.
	Next(ctx context.Context) (Event, error)
	// Close ends it, also for who waits in Next. Closing it again does nothing.
	Close() error
}

// Receiver takes the messages of jobs. A call never waits.
type Receiver interface {
	Deliver(m Message)
}
