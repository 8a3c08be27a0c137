package jobobject

import (
	"errors"
	"fmt"
	"os"

	"jobobject/internal/kernel"
)

// DefaultWaitDelay is how long Wait goes on copying the output of a process that
// has ended, while a descendant holds the pipe open, if exec.Cmd.WaitDelay does
// not say otherwise. What the process itself wrote is read long before.
const DefaultWaitDelay = kernel.DefaultWaitDelay

// Process is a process that was started in a job. Its methods refer to that
// process and never to another that got its number (C20).
type Process struct {
	p kernel.Process
}

// ExitStatus is how a process ended. ExitCode is the code given to Terminate
// where that ended the process, else the process's own, or 128+n where signal n
// ended it. Signal is the signal that ended it, and whether one did.
type ExitStatus = kernel.ExitStatus

var errNilProcess = errors.New("process is nil")

func (p *Process) do(what string, call func(kernel.Process) error) error {
	err := errNilProcess
	if p != nil && p.p != nil {
		err = call(p.p)
	}
	if err != nil {
		return fmt.Errorf("%s process: %w", what, err)
	}
	return nil
}

// Pid is the number of the process; it says nothing once the process has been
// waited for.
func (p *Process) Pid() int {
	if p == nil || p.p == nil {
		return 0
	}
	return p.p.Pid()
}

// Wait waits until the process has ended and its output has been copied, and
// returns how it ended. It may be called more than once and by several
// goroutines, and gives the same each time. An exit code other than 0 is no error.
func (p *Process) Wait() (status ExitStatus, err error) {
	err = p.do("wait for", func(k kernel.Process) error {
		status, err = k.Wait()
		return err
	})
	return status, err
}

// Resume lets a process that was started with Suspended run. A process that runs
// already is left alone; one that has ended is ErrProcessExited.
func (p *Process) Resume() error {
	return p.do("resume", func(k kernel.Process) error { return k.Resume() })
}

// Signal sends a signal to this process alone. ErrProcessExited says that it has
// ended.
func (p *Process) Signal(sig os.Signal) error {
	return p.do("signal", func(k kernel.Process) error { return k.Signal(sig) })
}

// Kill ends this process alone, with SIGKILL. Its children go on.
func (p *Process) Kill() error {
	return p.do("kill", func(k kernel.Process) error { return k.Kill() })
}
