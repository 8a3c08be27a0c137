package group

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"time"

	"jobobject/internal/kernel"
)

// ErrPopulated is what Remove reports of a group that cannot go yet: it has
// members, or groups below it that are in use.
var ErrPopulated = errors.New("group is in use")

// Place is where a process is, or a group can be made.
type Place struct {
	// Jobs are the ids of the groups around the place, outermost first. The last
	// one is that of the immediate job (OBJ-07).
	Jobs []string
	// Ref is for the system alone.
	Ref string
}

// Within tells whether the place is in all the jobs of outer, or the same.
func (p Place) Within(outer Place) bool {
	return len(p.Jobs) >= len(outer.Jobs) && slices.Equal(p.Jobs[:len(outer.Jobs)], outer.Jobs)
}

// Same tells whether both places are in the same jobs.
func (p Place) Same(other Place) bool { return slices.Equal(p.Jobs, other.Jobs) }

// In tells whether the place is in the job with that id.
func (p Place) In(id string) bool { return slices.Contains(p.Jobs, id) }

// State is what a group carries with it, so that others can act on it after its
// owner has died.
type State struct {
	KillOnClose       bool
	BreakawayOK       bool
	SilentBreakawayOK bool
	Priority          kernel.PriorityClass
}

// Groups makes groups and finds out where processes are. The pid 0 is the caller.
type Groups interface {
	// Find holds on to a live process so that its number cannot be taken for
	// another's; kernel.ErrProcessExited if it has ended.
	Find(pid int) (Target, error)
	// PlaceOf works for zombies too; kernel.ErrProcessExited where there is none.
	PlaceOf(pid int) (Place, error)
	// Top is the place outside of all jobs that is nearest to the caller.
	Top() (Place, error)
	// Outside is the place that is left of another after leaving its innermost
	// jobs.
	Outside(place Place, leave int) (Place, error)
	// States are those of the jobs of a place, outermost first.
	States(place Place) ([]State, error)
	// StartAt starts a process at a place, in no group of the caller's.
	StartAt(place Place, cmd *exec.Cmd, suspended bool) (Child, error)
	// CanMove tells whether a process that is there can be taken to another place: a
	// *kernel.NotSupportedError where it cannot. There Attach and Move do not work, nor
	// StartAt but for the caller's own place, and no group may let its members break
	// away. A process that is started in a frozen group is then born stopped, whereas
	// elsewhere Start waits for the thaw.
	CanMove() error
	// Move takes a process to a place, out of the groups that are not around that.
	Move(target Target, place Place) error
	// CanHold tells whether a group that is nested in no other could be held to
	// these limits: a *kernel.NotSupportedError where it could not. It makes
	// nothing.
	CanHold(limits Limits) error
	// Processors is how many of them the machine has.
	Processors() int
	// ReadMeter reads what Meter names.
	ReadMeter(name string) (time.Duration, error)
	// Impose gives a process attributes that its children inherit. It has not
	// changed any when it fails; undo gives back what it had, as far as that can be.
	Impose(pid int, attributes Attributes) (undo func() error, err error)
	// CanImpose tells whether a process that this one starts could be given them: a
	// *kernel.NotSupportedError where it could not.
	CanImpose(attributes Attributes) error
	// Trim takes from a process what it has resident beyond most, so that it keeps
	// least. It may come back.
	Trim(pid int, least, most uint64) error
	// CanTrim tells whether that can be done here: a *kernel.NotSupportedError where
	// it cannot.
	CanTrim() error
	// Plan chooses where a group goes; nothing is made yet.
	Plan(id string, at Place) (Group, error)
}

// Target is a process that is held on to.
type Target interface {
	Pid() int
	// Exited tells whether it is gone: dead with all its threads, and no member of
	// a group any more. It may be a zombie.
	Exited() bool
	// Wait waits for that. It does not reap.
	Wait(ctx context.Context) error
	// Kill ends it; kernel.ErrProcessExited where it has ended.
	Kill() error
	Close()
}

// Group is a set of processes, and the groups below it.
type Group interface {
	// Name identifies the group to those who watch it; it is known before Make.
	Name() string
	// Place is the inside of the group.
	Place() Place

	Make(state State, frozen bool) error
	SetState(state State) error
	// Hold replaces what the system holds all members to, those of groups below
	// included, present and future ones. What this host cannot hold is a
	// *kernel.NotSupportedError; after any error the limits are those from before.
	Hold(limits Limits) error
	// Blows are what those limits have done until now.
	Blows() (Blows, error)
	// WatchBlows calls changed when they may be others than at the last call, or than
	// none in the beginning, as far as the system tells. Another goroutine does that, which may
	// be in the middle of a call when stop returns.
	WatchBlows(changed func()) (stop func(), err error)
	// ProcessorTime is what the members have used, the dead ones included. It costs
	// next to nothing.
	ProcessorTime() (ProcessorTime, error)
	// Meter names something that runs at least as fast as the members of the group
	// use processors, whatever else makes it run. Groups share it where they can.
	Meter() string
	Meters

	Start(cmd *exec.Cmd, suspended bool) (Child, error)
	Attach(target Target) error

	// Members are the live processes of this group and of all below, oldest first.
	Members() ([]int, error)
	// Count is how many they are.
	Count() (int, error)
	// Sample calls seen with the members, in no order, as soon as there is one that
	// has not been seen, and now and then as long as there are some. Where they have
	// not settled it is called again within milliseconds. Another goroutine does
	// that, which may be in the middle of a call when stop returns.
	Sample(seen func(pids []int) (settled bool)) (stop func())
	Signal(sig os.Signal) error
	// End kills all members, and goes on while starting says that one may still
	// be on its way in. Where for the time of patience none of them dies it
	// returns a *kernel.SurvivorsError.
	End(patience time.Duration, starting func() bool) error
	// Renew makes a group that was ended, itself or with one around it, fit for
	// new members.
	Renew() error
	// WaitEmpty returns nil as soon as there is no live member.
	WaitEmpty(ctx context.Context) error
	Freeze(patience time.Duration) error
	Thaw() error
	Usage() (Usage, error)

	// Remove takes the group away; ErrPopulated if it cannot go yet.
	Remove() error
	// Release gives up the hold on a group that stays.
	Release()
}

// ProcessorTime is for what was used until a moment.
type ProcessorTime struct {
	User time.Duration
	All  time.Duration // the kernel's part too
}

// Usage is what the members of a group have used, the dead ones included. Who
// cannot tell a figure leaves it unknown.
type Usage struct {
	TotalProcesses    kernel.Figure[uint64] // that have ever been members
	ActiveProcesses   kernel.Figure[uint64] // that are members now; a group says so by Count
	PeakProcessMemory kernel.Figure[uint64] // of the largest one, bytes

	UserTime        kernel.Figure[time.Duration]
	KernelTime      kernel.Figure[time.Duration]
	PeakProcesses   kernel.Figure[uint64]
	PageFaults      kernel.Figure[uint64]
	Memory          kernel.Figure[uint64] // now, bytes
	PeakMemory      kernel.Figure[uint64]
	ReadOperations  kernel.Figure[uint64]
	WriteOperations kernel.Figure[uint64]
	ReadBytes       kernel.Figure[uint64]
	WriteBytes      kernel.Figure[uint64]
}

// Child is a process that was started in a group.
type Child interface {
	Pid() int
	Wait() (kernel.ExitStatus, error)
	Exited() bool
	// Resume lets a suspended child run; of another one it does nothing.
	Resume() error
	Signal(sig os.Signal) error
}
