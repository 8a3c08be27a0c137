package jobobject

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"jobobject/internal/kernel"
)

// Job is a handle to a job. Its methods may be called by several goroutines at
// the same time. Methods of a nil or closed handle return ErrClosed.
type Job struct {
	h       kernel.Job
	existed bool
}

// Access is a set of rights to a job, with Windows' values (SEC-01).
type Access = kernel.Access

// The rights. Create gives all of them (SEC-04).
const (
	AssignProcess = kernel.AssignProcess
	SetAttributes = kernel.SetAttributes
	Query         = kernel.Query
	Terminate     = kernel.Terminate
	SetSecurity   = kernel.SetSecurity
	Synchronize   = kernel.Synchronize
	AllAccess     = kernel.AllAccess
)

// Create makes a job. The empty name makes an anonymous one. An existing name
// gives a handle to the job that has it, unchanged, and Existed tells so (CRE-06).
//
// The job has no members, no limits beyond those in opts, and no place in the
// system until its first member joins (NST-03). Under systemd the first job of a
// process may take the process to a scope of its own, with all its threads: children
// that it has by then cannot be assigned by a user without privilege (docs/places.md).
func Create(name string, opts ...Option) (*Job, error) {
	var options kernel.CreateOptions
	for _, option := range opts {
		option(&options)
	}
	h, existed, err := system().CreateJob(name, options)
	if err != nil {
		return nil, fmt.Errorf("create job%s: %w", quoted(name), err)
	}
	return &Job{h: h, existed: existed}, nil
}

// Open gives a handle to the job of that name with these rights.
func Open(name string, access Access) (*Job, error) {
	h, err := system().OpenJob(name, access)
	if err != nil {
		return nil, fmt.Errorf("open job%s: %w", quoted(name), err)
	}
	return &Job{h: h, existed: true}, nil
}

// Current gives a handle to the caller's immediate job (OBJ-07, QRY-02). Where
// the caller is in no job it fails with ErrNotInJob. A job that another process
// made is found, but this version can only tell that it is there: ErrNotSupported.
func Current() (*Job, error) {
	h, err := system().CurrentJob()
	if err != nil {
		return nil, fmt.Errorf("current job: %w", err)
	}
	return &Job{h: h, existed: true}, nil
}

func quoted(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" %q", name)
}

// handle is what all methods go through, so that a nil job is a closed one.
func (j *Job) handle() (kernel.Job, error) {
	if j == nil || j.h == nil {
		return nil, ErrClosed
	}
	return j.h, nil
}

// do calls the kernel and says what was being done when it fails.
func (j *Job) do(what string, call func(kernel.Job) error) error {
	h, err := j.handle()
	if err == nil {
		err = call(h)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Existed tells that Create found a job of that name instead of making one.
func (j *Job) Existed() bool { return j != nil && j.existed }

// Start starts cmd as a member of the job from its first instruction. cmd.Wait
// and Process.Wait both work afterwards; call one of them.
//
// cmd.SysProcAttr is kept, but for the cgroup, which the job decides. Where
// cmd.WaitDelay is 0, Start sets it to DefaultWaitDelay, so that a descendant
// that holds the standard output open cannot hang Wait.
//
// When Start fails, no process is left and the job is as it was before, unless
// AlsoIn says otherwise. The error wraps what os/exec reports: fs.ErrNotExist,
// fs.ErrPermission, syscall.ENOEXEC and so on.
func (j *Job) Start(cmd *exec.Cmd, opts ...StartOption) (*Process, error) {
	var options kernel.StartOptions
	for _, option := range opts {
		option(&options)
	}
	var process *Process
	err := j.do("start in job", func(h kernel.Job) error {
		p, err := h.Start(cmd, options)
		process = &Process{p: p}
		return err
	})
	if err != nil {
		return nil, err
	}
	return process, nil
}

// StartBreakaway starts cmd outside of the jobs that the caller is in, and in no
// other. The caller's immediate job has to allow it with BreakawayOK or
// SilentBreakawayOK, else the error is ErrAccessDenied (CPR-07); an ancestor that
// does not allow it keeps the process (NST-24). Where the caller is in no job, it
// is an ordinary start (CPR-06).
func StartBreakaway(cmd *exec.Cmd, opts ...StartOption) (*Process, error) {
	var options kernel.StartOptions
	for _, option := range opts {
		option(&options)
	}
	p, err := system().StartOutside(cmd, options)
	if err != nil {
		return nil, fmt.Errorf("start outside of job: %w", err)
	}
	return &Process{p: p}, nil
}

// Assign makes the process a member of the job and of all its ancestors; 0 is
// the caller (ASG-21). Its threads come with it, its children do not (ASG-02).
// Assigning a member of the job again changes nothing (ASG-09). A process that
// has ended is ErrProcessExited (ASG-04); a process that is in an unrelated job,
// or a job that cannot be nested where the process is, ErrAccessDenied (NST-06,
// NST-08).
func (j *Job) Assign(pid int) error {
	return j.do("assign to job", func(h kernel.Job) error { return h.Assign(pid) })
}

// Contains tells whether the process is in the job or in one of its child jobs;
// 0 is the caller. A process that has ended is still in its jobs as long as it
// has not been waited for or its Process is held (OBJ-09, D6). A pid that is
// nobody's is ErrProcessExited.
func (j *Job) Contains(pid int) (contains bool, err error) {
	err = j.do("look for process in job", func(h kernel.Job) error {
		contains, err = h.Contains(pid)
		return err
	})
	return contains, err
}

// Processes lists the active members, those of child jobs included (QRY-12).
// Zombies are not active. An empty job gives an empty list and no error.
func (j *Job) Processes() (pids []int, err error) {
	err = j.do("list processes of job", func(h kernel.Job) error {
		pids, err = h.Processes()
		return err
	})
	return pids, err
}

// Signal sends a signal to every member once, also to those that are born while
// it goes round. It is no way to end a job: members may ignore it.
func (j *Job) Signal(sig os.Signal) error {
	return j.do("signal job", func(h kernel.Job) error { return h.Signal(sig) })
}

// Terminate ends all members of the job and of its child jobs, and returns when
// they are gone. Those that were started through this package report code as
// their exit code (TRM-03, D4). It does nothing to an empty job but signal it
// (UNC-10). The job can be used again afterwards (TRM-10).
//
// Where members stay alive although they were killed (in an uninterruptible
// sleep, or in a v1 freezer) it gives up after a while in which none of them has
// died, and the error is a *SurvivorsError. They are still members, and go as
// soon as they can.
//
// A call while another one is under way waits for that one and returns what it
// returns; the first code stays (TRM-07).
func (j *Job) Terminate(code uint32) error {
	return j.do("terminate job", func(h kernel.Job) error { return h.Terminate(code) })
}

// TerminateCode is the exit code that the job was last terminated with, and
// whether it ever was.
func (j *Job) TerminateCode() (code uint32, terminated bool, err error) {
	err = j.do("query exit code of job", func(h kernel.Job) error {
		code, terminated, err = h.TerminateCode()
		return err
	})
	return code, terminated, err
}

// WaitEmpty waits until the job has no active members. A job that never had one
// is not empty but unused, and is waited for. An ended ctx changes nothing; its
// error is returned.
func (j *Job) WaitEmpty(ctx context.Context) error {
	return j.do("wait until job is empty", func(h kernel.Job) error { return h.WaitEmpty(ctx) })
}

// WaitSignaled waits as a wait on a job handle does on Windows: until the job
// has been terminated (SIG-02, SIG-03). It stays signaled, even when new members
// join (SIG-05); members that end by themselves do not signal it (SIG-04). To
// wait for those, use WaitEmpty.
func (j *Job) WaitSignaled(ctx context.Context) error {
	return j.do("wait for job", func(h kernel.Job) error { return h.WaitSignaled(ctx) })
}

// Freeze stops all members, and those that join later, until Thaw. It returns
// when they have stopped. Freezing a frozen job is fine. Terminate works on it.
func (j *Job) Freeze() error {
	return j.do("freeze job", func(h kernel.Job) error { return h.Freeze() })
}

// Thaw undoes Freeze. Members of a job stay frozen as long as one of its
// ancestors is (FRZ-06).
func (j *Job) Thaw() error {
	return j.do("thaw job", func(h kernel.Job) error { return h.Thaw() })
}

// Duplicate gives a second handle to the same job. The job closes with the last
// of its handles (HDL-03).
func (j *Job) Duplicate() (*Job, error) {
	var second *Job
	err := j.do("duplicate handle of job", func(h kernel.Job) error {
		d, err := h.Duplicate()
		second = &Job{h: d, existed: true}
		return err
	})
	if err != nil {
		return nil, err
	}
	return second, nil
}

// Close closes this handle. When it was the last one and the job has
// KillOnClose, it ends all members and returns when they are gone, or a
// *SurvivorsError after which they go as soon as they can. Without KillOnClose
// members go on, under the job's limits (CRE-12). A second Close is ErrClosed.
func (j *Job) Close() error {
	return j.do("close job", func(h kernel.Job) error { return h.Close() })
}
