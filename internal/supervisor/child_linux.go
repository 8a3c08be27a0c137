package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"jobobject/internal/child"
	"jobobject/internal/kernel"
	"jobobject/internal/pidfd"
)

// Child is a command below a supervisor.
type Child struct {
	stand   *child.Child // what the caller's exec.Cmd takes for the command
	process *pidfd.FD
	tree    *Tree
}

// Tree is what is below the supervisor: the command, and all that it starts.
func (c *Child) Tree() *Tree { return c.tree }

// Pid is the command's own number, not that of its proxy. It may be given to another
// process when the command has ended.
func (c *Child) Pid() int { return c.process.Pid() }

// Exited tells whether it has ended.
func (c *Child) Exited() bool { return c.process.Exited() }

// Wait waits for its end and for the copying of its output.
func (c *Child) Wait() (kernel.ExitStatus, error) {
	status, err := c.stand.Wait()
	// Who kills the proxy, as the context of an exec.Cmd does, has the command killed by
	// the supervisor, a moment later.
	if failed := c.process.Wait(context.Background()); failed != nil && !c.Exited() {
		err = errors.Join(err, failed)
	}
	return status, err
}

// Signal sends a signal to it alone; kernel.ErrProcessExited where it has ended.
func (c *Child) Signal(sig os.Signal) error {
	number, ok := sig.(syscall.Signal)
	if !ok {
		return fmt.Errorf("signal %v to pid %d: %w", sig, c.Pid(), errors.ErrUnsupported)
	}
	if c.Exited() { // a zombie would take the signal without complaint
		return fmt.Errorf("pid %d: %w", c.Pid(), kernel.ErrProcessExited)
	}
	return c.process.Signal(number)
}

// Resume lets it run if it was started suspended.
func (c *Child) Resume() error {
	if c.Exited() {
		return fmt.Errorf("pid %d: %w", c.Pid(), kernel.ErrProcessExited)
	}
	answer, err := c.tree.ask(message{kind: resume})
	switch {
	case err != nil: // the supervisor is gone, and with it the command
		return fmt.Errorf("resume pid %d: %w: its supervisor is gone", c.Pid(), kernel.ErrProcessExited)
	case answer.kind != resumed || len(answer.numbers) != 1:
		return fmt.Errorf("resume pid %d: %w", c.Pid(), errGarbled)
	case answer.numbers[0] != 0:
		return fmt.Errorf("resume pid %d: %w", c.Pid(), os.NewSyscallError("ptrace(PTRACE_DETACH)", syscall.Errno(answer.numbers[0])))
	}
	return nil
}
