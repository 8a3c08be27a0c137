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
		return started(g.start(cmd, child.Here, place.Jobs, suspended))
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
	return started(g.start(cmd, int(f.Fd()), place.Jobs, suspended))
}

// start starts a process in a cgroup2 directory. Where it belongs to other v1
// groups than this process, it is moved there before it runs.
func (g *Groups) start(cmd *exec.Cmd, dirFD int, jobs []string, suspended bool) (*child.Child, error) {
	moves, err := g.unsettled(0, jobs)
	if err != nil || len(moves) == 0 {
		if err != nil {
			return nil, err
		}
		return child.Start(cmd, dirFD, suspended)
	}
	c, err := child.Start(cmd, dirFD, true)
	if err != nil {
		return nil, err
	}
	_, err = g.settle(c.Pid(), jobs)
	if err == nil && !suspended {
		err = c.Resume()
	}
	if err != nil && !errors.Is(err, kernel.ErrProcessExited) { // else killed on its way, which Wait will tell
		_ = c.Signal(os.Kill)
		_, _ = c.Wait()
		return nil, fmt.Errorf("start within the limits of the job: %w", err)
	}
	return c, nil
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
	if _, err := g.settle(target.Pid(), place.Jobs); err != nil {
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
	if err != nil {
		return "", err
	}
	return leafOf(dir), nil
}

// leafOf is where the processes of a directory are. One that hands controllers down
// takes none itself, and has made way.
func leafOf(dir string) string {
	switch {
	case isGroup(dir):
		return dir + "/" + leafName
	case exists(dir+"/"+hostLeaf) && len(words(dir, subtreeControl)) > 0:
		return dir + "/" + hostLeaf
	}
	return dir
}
