package child

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"jobobject/internal/kernel"
	"jobobject/internal/pidfd"
)

// Child is a process that this one has started.
type Child struct {
	cmd    *exec.Cmd
	tracer *tracer // nil unless it was started suspended

	reap   sync.Once
	status kernel.ExitStatus
	err    error
}

// Here stands for the cgroup of this process.
const Here = -1

// Start starts cmd in the cgroup whose directory cgroupFD is.
func Start(cmd *exec.Cmd, cgroupFD int, suspended bool) (*Child, error) {
	if cmd.SysProcAttr != nil && cmd.SysProcAttr.UseCgroupFD {
		return nil, errors.New("command has a cgroup of its own in SysProcAttr.CgroupFD; leave it to the job")
	}
	if cmd.WaitDelay == 0 {
		cmd.WaitDelay = kernel.DefaultWaitDelay
	}
	callers := cmd.SysProcAttr
	defer func() { cmd.SysProcAttr = callers }()
	attr := syscall.SysProcAttr{}
	if callers != nil {
		attr = *callers
	}
	if cgroupFD != Here {
		attr.UseCgroupFD, attr.CgroupFD = true, cgroupFD
	}
	cmd.SysProcAttr = &attr

	c := &Child{cmd: cmd}
	var err error
	if suspended {
		c.tracer, err = startTraced(cmd)
	} else {
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Pid is its number, which is its own until it has been waited for.
func (c *Child) Pid() int { return c.cmd.Process.Pid }

// Exited tells whether it has ended, waited for or not.
func (c *Child) Exited() bool {
	exited := true
	err := c.cmd.Process.WithHandle(func(fd uintptr) { exited = pidfd.Exited(fd) })
	if errors.Is(err, os.ErrNoHandle) {
		return errors.Is(c.cmd.Process.Signal(syscall.Signal(0)), os.ErrProcessDone)
	}
	return exited
}

// Signal sends a signal to it alone.
func (c *Child) Signal(sig os.Signal) error {
	if c.Exited() { // a zombie would take the signal without complaint
		return fmt.Errorf("pid %d: %w", c.Pid(), kernel.ErrProcessExited)
	}
	err := c.cmd.Process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("pid %d: %w", c.Pid(), kernel.ErrProcessExited)
	}
	return err
}

// Resume lets it run if it was started suspended.
func (c *Child) Resume() error {
	if c.Exited() {
		return fmt.Errorf("pid %d: %w", c.Pid(), kernel.ErrProcessExited)
	}
	if c.tracer == nil {
		return nil
	}
	return c.tracer.resume()
}

// Wait waits for its end and for the copying of its output, and reaps it.
func (c *Child) Wait() (kernel.ExitStatus, error) {
	c.reap.Do(func() {
		var err error
		if c.cmd.ProcessState == nil { // else the caller has used cmd.Wait
			c.awaitExit()
			err = c.cmd.Wait()
		}
		if c.cmd.ProcessState == nil {
			c.err = err
			return
		}
		c.status = statusOf(c.cmd.ProcessState)
		var ended *exec.ExitError // the status tells these
		if !errors.As(err, &ended) && !errors.Is(err, exec.ErrWaitDelay) {
			c.err = err
		}
	})
	return c.status, c.err
}

// awaitExit waits in the poller; cmd.Wait alone would keep a thread busy with that.
// It must not wait for a stranger, in case somebody has waited for the child and
// its number has passed on.
func (c *Child) awaitExit() {
	fd, err := pidfd.Open(c.Pid())
	if err != nil {
		return // cmd.Wait does it then
	}
	defer fd.Close()
	if fd.IsChild() {
		_ = fd.Wait(context.Background())
	}
}

func statusOf(state *os.ProcessState) kernel.ExitStatus {
	ws, ok := state.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() {
		return kernel.Killed(ws.Signal(), 128+int(ws.Signal()))
	}
	return kernel.Exited(state.ExitCode())
}
