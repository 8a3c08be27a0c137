package model

import (
	"context"

	"jobobject/internal/kernel"
)

// Kernel is what is compared with the model. It is the interface that users know,
// with as little of it as the model has.
type Kernel interface {
	Create(Limits) (Job, error)
	Current() (Job, error)
	StartOutside(suspended bool) (Process, error)
}

// Job is one handle.
type Job interface {
	Start(Program) (Process, error)
	Assign(pid int) error
	Contains(pid int) (bool, error)
	Processes() ([]int, error)
	Terminate(code uint32) error
	TerminateCode() (code uint32, terminated bool, err error)
	SetLimits(Limits) error
	Limits() (Limits, error)
	// Counts are the least total that the job knows of, and the active ones.
	Counts() (total, active uint64, err error)
	WaitEmpty(context.Context) error
	WaitSignaled(context.Context) error
	Freeze() error
	Thaw() error
	Duplicate() (Job, error)
	Close() error
}

// Program is what Start is to start, and how.
type Program struct {
	Missing   bool
	Suspended bool
	Breakaway bool
	Also      []Job
}

// Process is one that was started through the library.
type Process interface {
	Pid() int
	Wait() (code int, err error)
	Resume() error
	Kill() error
}

// Host has the processes that the library knows nothing of, and makes all of them
// do things by themselves. It returns when they are done.
type Host interface {
	// Self is the number of the caller.
	Self() int
	// Fork makes a child of a process, 0 for the caller, and gives its number.
	Fork(pid int) (child int, err error)
	Exit(pid, code int) error
	Kill(pid int) error
	// Ended waits until a process that was killed has ended.
	Ended(pid int) error
	// Reap waits for a child of the caller.
	Reap(pid int) error
	// Reused tells that a process that has been waited for has lost its number to
	// another one.
	Reused(pid int) bool
	// Settle lets happen what happens by itself.
	Settle()
	// Frozen is what a freezer does to a process, where that can be seen.
	Frozen(pid int) (frozen, known bool)
}

// System is all of that.
type System struct {
	Kernel Kernel
	Host   Host
	// Glance is the context for a wait that is not to end, Stare for one that is.
	Glance, Stare func() (context.Context, context.CancelFunc)
	// Every so many steps, and after the last one, everything is looked at.
	Every int
	// Again is asked whether to look again where a step has not had its effect.
	Again func(step Step, try int) bool
	// Said are the messages of a job since this was last asked, also after its
	// handles are closed; nil where they are not to be compared.
	Said func(Job) []kernel.Message
}
