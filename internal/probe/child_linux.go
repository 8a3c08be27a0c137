package probe

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// child is a process to try things on. It is cat, reading from a pipe that the
// caller holds: it is there wherever a shell is, it waits as long as it is
// wanted, and should the caller die, it ends by itself.
type child struct {
	cmd   *exec.Cmd
	input io.Closer
}

// errNoChild says that there was nothing to try a thing on, which is not an
// answer about the thing.
var errNoChild = errors.New("not tried: no cat found to try it on")

const remedyNoChild = "install coreutils or busybox"

// catPath prefers the system's own over what PATH may say.
func catPath() (string, error) {
	for _, path := range []string{"/bin/cat", "/usr/bin/cat"} {
		if exists(path) {
			return path, nil
		}
	}
	path, err := exec.LookPath("cat")
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoChild, err)
	}
	return path, nil
}

func startChild(attr *syscall.SysProcAttr) (*child, error) {
	path, err := catPath()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path)
	cmd.SysProcAttr = attr
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &child{cmd: cmd, input: input}, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// finish lets the child end by itself and reaps it.
func (c *child) finish() error {
	c.input.Close()
	return c.cmd.Wait()
}

// end makes sure that the child is gone, whatever state a probe left it in:
// SIGKILL also ends what is stopped, traced or frozen. It may be called after
// finish.
func (c *child) end() {
	_ = c.cmd.Process.Kill() // fails only where it is dead already
	_ = c.cmd.Wait()         // its status is of no interest
}

// onChild tries something on a child that has nothing special about it.
func onChild(try func(*child) finding) finding {
	c, err := startChild(nil)
	if err != nil {
		return notTried(err)
	}
	defer c.end()
	return try(c)
}

func notTried(err error) finding {
	if errors.Is(err, errNoChild) {
		return unknown(err, remedyNoChild)
	}
	return unknown(fmt.Errorf("not tried: no child could be started: %w", err), "")
}
