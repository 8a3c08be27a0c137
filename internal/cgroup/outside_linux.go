package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"

	"jobobject/internal/child"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// StartAt starts a process at a place: in the leaf where that is a group, else in
// the very cgroup.
func (g *Groups) StartAt(place group.Place, cmd *exec.Cmd, suspended bool) (group.Child, error) {
	if own, err := pathOf(0); err == nil && own == place.Ref {
		return started(child.Start(cmd, child.Here, suspended))
	}
	dir, err := g.leafAt(place)
	if err != nil {
		return nil, err
	}
	// The error of the start itself could not be told from that of a program that
	// may not be executed.
	if err := unix.Faccessat(unix.AT_FDCWD, dir+"/cgroup.procs", unix.W_OK, unix.AT_EACCESS); err != nil {
		return nil, fmt.Errorf("%w: the cgroup outside, %s, is not for this user to start processes in (%w)", kernel.ErrAccessDenied, dir, err)
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return started(child.Start(cmd, int(f.Fd()), suspended))
}

// started keeps a nil pointer from becoming an interface that is not nil.
func started(c *child.Child, err error) (group.Child, error) {
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Move takes a process there.
func (g *Groups) Move(target group.Target, place group.Place) error {
	dir, err := g.leafAt(place)
	if err != nil {
		return err
	}
	err = writeFile(dir+"/cgroup.procs", strconv.Itoa(target.Pid()))
	switch {
	case target.Exited():
		return fmt.Errorf("pid %d: %w", target.Pid(), kernel.ErrProcessExited)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("move pid %d to %s: %w (%w)", target.Pid(), dir, kernel.ErrAccessDenied, err)
	}
	return err
}

// leafAt is the directory for processes at a place.
func (g *Groups) leafAt(place group.Place) (string, error) {
	dir, err := g.dirOf(place.Ref)
	if err == nil && isGroup(dir) {
		dir += "/" + leafName
	}
	return dir, err
}
