package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/pidfd"
)

// tree is a cgroup directory with all that is below it, whoever made that.
type tree struct {
	dir string
}

// walk calls visit for the directory and all below it, parents first. What
// vanishes on the way is not there.
func (t tree) walk(visit func(dir string) error) error {
	if err := visit(t.dir); err != nil && !gone(err) {
		return err
	}
	below, err := subdirs(t.dir)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, dir := range below {
		if err := (tree{dir}).walk(visit); err != nil {
			return err
		}
	}
	return nil
}

// members lists the processes, in no order. A process whose leader is dead but
// that has live threads is one; a zombie is not.
func (t tree) members() ([]int, error) {
	var pids []int
	seen := map[int]bool{} // one may move while the tree is walked
	err := t.walk(func(dir string) error {
		content, err := readOwn(dir, "cgroup.procs")
		if errors.Is(err, unix.EOPNOTSUPP) {
			return nil // a threaded cgroup: its processes are listed above it
		}
		if err != nil {
			return err
		}
		for _, pid := range appendPids(nil, content) {
			if !seen[pid] {
				seen[pid] = true
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids, err
}

// appendPids reads a list of processes. 0 is one that this pid namespace does not
// see.
func appendPids(pids []int, list []byte) []int {
	for field := range strings.FieldsSeq(string(list)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}

// signal sends a signal to each of these processes that is still a member, and
// returns the errors of those that could not be reached. The pidfd is opened
// before membership is looked at, so a number that has passed to another process
// does no harm.
func (t tree) signal(pids []int, sig syscall.Signal) error {
	var errs []error
	for _, pid := range pids {
		if err := t.signalOne(pid, sig); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (t tree) signalOne(pid int, sig syscall.Signal) error {
	fd, err := pidfd.Open(pid)
	if err != nil {
		return ignoreExited(err)
	}
	defer fd.Close()
	path, err := pathOf(pid)
	if err != nil {
		return ignoreExited(err)
	}
	if !t.holds(path) {
		return nil
	}
	return ignoreExited(fd.Signal(sig))
}

// holds tells whether a cgroup path leads through this tree. The name of a group
// is unique, so the part of the path that the mount hides does not matter.
func (t tree) holds(path string) bool {
	name := t.dir[strings.LastIndexByte(t.dir, '/'):]
	return strings.Contains(path+"/", name+"/")
}

func ignoreExited(err error) error {
	if errors.Is(err, kernel.ErrProcessExited) {
		return nil
	}
	return err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
