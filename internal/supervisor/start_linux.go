package supervisor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
)

// Spec says how a command is to be started.
type Spec struct {
	Jobs        []string // ids of the groups around it, the outermost first; seen by all in the supervisor's arguments
	KillOnClose bool     // the tree dies with this process
	Suspended   bool     // it is kept before its first instruction until Resume, and dies with this process until then
	Stopped     bool     // SIGSTOP is pending when it gets to its first instruction
}

// Start starts cmd below a supervisor. The command is started as cmd.Start would, with the
// same errors, and cmd can be used as after that: its process is a proxy that passes on
// signals, and ends as the command does. What cannot be the same: the number of
// cmd.Process, what its ProcessState says to have been used, and that SIGSTOP, sent to
// cmd.Process, stops the proxy alone. PidFD in SysProcAttr is the proxy's as well.
//
// SysProcAttr.Ptrace and SysProcAttr.UseCgroupFD are refused.
func Start(cmd *exec.Cmd, spec Spec) (*Child, error) {
	if err := check(cmd); err != nil {
		return nil, err
	}
	if err := startsAtAll(cmd); err != nil {
		return nil, err
	}
	l, err := prepare(cmd, spec)
	if err != nil {
		return nil, fmt.Errorf("start %s below a supervisor: %w", cmd.Path, err)
	}
	defer l.close()
	if err := l.startProxy(cmd); err != nil {
		return nil, err
	}
	c, err := l.startCommand(cmd, spec)
	if err != nil { // then it is as if nothing had been started
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		cmd.Process, cmd.ProcessState = nil, nil
		return nil, err
	}
	return c, nil
}

// check refuses what cannot be done below a supervisor.
func check(cmd *exec.Cmd) error {
	attr := cmd.SysProcAttr
	switch {
	case attr == nil:
		return nil
	case attr.Ptrace:
		return &kernel.NotSupportedError{
			Feature: "SysProcAttr.Ptrace below a supervisor",
			Cause:   errors.New("the supervisor would be the tracer"),
			Remedy:  "attach to the process when it has been started suspended",
		}
	case attr.UseCgroupFD:
		return errors.New("command has a cgroup of its own in SysProcAttr.CgroupFD; leave it to the job")
	}
	return nil
}

// startsAtAll finds out what would fail before anything is started, so that it need not be.
func startsAtAll(cmd *exec.Cmd) error {
	if cmd.Err != nil || cmd.Path == "" || cmd.Process != nil || strings.Contains(strings.Join(cmd.Env, ""), "\x00") {
		return cmd.Start() // tells why not
	}
	if attr := cmd.SysProcAttr; attr != nil && attr.Setctty && attr.Ctty >= 3+len(cmd.ExtraFiles) {
		return cmd.Start() // the supervisor may have more to hand on
	}
	if cmd.SysProcAttr == nil && cmd.Dir != "" {
		if _, err := os.Stat(cmd.Dir); err != nil {
			var failed *fs.PathError
			if errors.As(err, &failed) {
				failed.Op = "chdir"
			}
			return err
		}
	}
	path := cmd.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(cmd.Dir, path)
	}
	if cmd.SysProcAttr == nil || cmd.SysProcAttr.Chroot == "" {
		if err := unix.Access(path, unix.F_OK); errors.Is(err, unix.ENOENT) {
			return &os.PathError{Op: "fork/exec", Path: cmd.Path, Err: err}
		}
	}
	return nil
}
