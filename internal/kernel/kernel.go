package kernel

import (
	"context"
	"os"
	"os/exec"
	"time"
)

// Kernel makes jobs and finds them.
type Kernel interface {
	// CreateJob gives a handle to a new job, or to the one that has the name
	// already (CRE-06).
	CreateJob(name string, options CreateOptions) (job Job, existed bool, err error)
	OpenJob(name string, access Access) (Job, error)
	// CurrentJob is the caller's immediate job (QRY-02).
	CurrentJob() (Job, error)
	// StartOutside starts a process outside of the caller's jobs, as far as they
	// allow it (CPR-06, CPR-08).
	StartOutside(cmd *exec.Cmd, options StartOptions) (Process, error)
}

// Job is one handle to a job. Every method on a closed handle is ErrClosed.
type Job interface {
	Start(cmd *exec.Cmd, options StartOptions) (Process, error)
	Assign(pid int) error
	Contains(pid int) (bool, error)
	Processes() ([]int, error)
	Signal(sig os.Signal) error
	Terminate(code uint32) error
	// TerminateCode is the code of the last Terminate (D4).
	TerminateCode() (code uint32, terminated bool, err error)
	SetLimits(limits Limits) error
	UpdateLimits(change func(*Limits)) error
	Limits() (Limits, error)
	// SetNotificationLimits replaces what the job tells of when it is exceeded, and
	// begins anew. Violations reads what was, and has the job tell again (NLM-05).
	SetNotificationLimits(limits NotificationLimits) error
	NotificationLimits() (NotificationLimits, error)
	Violations() (Violations, error)
	Accounting() (Accounting, error)
	// Strikes are the limits of this job that have struck, in the order of their names.
	Strikes() ([]Strike, error)
	// Escapes are what was noticed of members that left (D9).
	Escapes() ([]Escape, error)
	WaitEmpty(ctx context.Context) error
	WaitSignaled(ctx context.Context) error
	Freeze() error
	Thaw() error
	// Associate lets the job send its messages to the receiver, with that key
	// (ACP-01 to ACP-12). Dissociate ends it.
	Associate(receiver Receiver, key any) error
	Dissociate() error
	// Events begins a stream of what happens in the job.
	Events() (Events, error)
	// Duplicate is a second handle to the same job (HDL-03).
	Duplicate() (Job, error)
	Close() error
}

// Process is a process that was started in a job.
type Process interface {
	Pid() int
	Wait() (ExitStatus, error)
	Resume() error
	Signal(sig os.Signal) error
	Kill() error
}

// CreateOptions are what a new job starts with.
type CreateOptions struct {
	Limits Limits
	// Patience is how long a termination goes on while no member dies; 0 is
	// the default of the implementation.
	Patience time.Duration
	// Traced has the job watched from its first member on also while nobody
	// listens, so that its figures are as exact as the host allows.
	Traced bool
}

// StartOptions say how a process is started in a job.
type StartOptions struct {
	Suspended bool
	Breakaway bool
	AlsoIn    []Job
}

// Accounting is what a job has used.
type Accounting struct {
	UserTime            Figure[time.Duration]
	KernelTime          Figure[time.Duration]
	PeriodUserTime      Figure[time.Duration]
	PeriodKernelTime    Figure[time.Duration]
	TotalProcesses      Figure[uint64]
	ActiveProcesses     Figure[uint64]
	TerminatedProcesses Figure[uint64]
	PeakProcesses       Figure[uint64]
	PageFaults          Figure[uint64]
	JobMemory           Figure[uint64]
	PeakJobMemory       Figure[uint64]
	PeakProcessMemory   Figure[uint64]
	ReadOperations      Figure[uint64]
	WriteOperations     Figure[uint64]
	ReadBytes           Figure[uint64]
	WriteBytes          Figure[uint64]
}

// Escape is a member that left its job by a way that the rules do not have.
type Escape struct {
	Pid int
	To  string // where it was found, in the words of the system: a cgroup path
	// Managed tells that it was found where a service manager puts processes, so
	// that it most likely did not leave by itself but was moved.
	Managed  bool
	Returned bool // it was put back
}

// Access is the set of rights of a handle, with Windows' values (SEC-01).
type Access uint32

// The rights.
const (
	AssignProcess Access = 0x0001
	SetAttributes Access = 0x0002
	Query         Access = 0x0004
	Terminate     Access = 0x0008
	SetSecurity   Access = 0x0010
	Synchronize   Access = 0x00100000
	AllAccess     Access = 0x001F003F
)

// DefaultWaitDelay is the exec.Cmd.WaitDelay of commands that have none.
const DefaultWaitDelay = 500 * time.Millisecond
