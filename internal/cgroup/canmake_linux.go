package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"jobobject/internal/member"
)

// CanMake tells whether this process may make groups where it is and start processes
// in them; a *kernel.NotSupportedError says why not. It asks and makes nothing, so
// that what is full (cgroup.max.depth) or new to an old kernel shows in Make alone.
func (g *Groups) CanMake() error {
	room := roomIn(g.v2.OwnDir)
	err := writable(room, unix.W_OK|unix.X_OK)
	if err == nil {
		// Who is born in another cgroup than its parent's crosses the nearest one
		// around both.
		err = writable(room+"/cgroup.procs", unix.W_OK)
	}
	if err == nil {
		err = wholeProcesses(room)
	}
	if err == nil {
		err = canBeBornElsewhere()
	}
	if err != nil {
		return explainMake(err)
	}
	return nil
}

func writable(path string, mode uint32) error {
	if err := unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS); err != nil {
		return &os.PathError{Op: "write to", Path: path, Err: err}
	}
	return nil
}

var errThreaded = fmt.Errorf("its cgroup.type is for threads: %w", unix.EOPNOTSUPP)

// wholeProcesses refuses a cgroup below which only threads are divided. The root has
// no type.
func wholeProcesses(dir string) error {
	kind, err := member.ReadMadeUp(dir + "/cgroup.type")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && string(kind) != "domain\n" {
		err = &os.PathError{Op: "make groups in", Path: dir, Err: errThreaded}
	}
	return err
}

// canBeBornElsewhere asks for clone3 with nothing to clone. Filters of system calls
// often lack it, as they cannot look at its arguments.
func canBeBornElsewhere() error {
	_, _, errno := unix.RawSyscall(unix.SYS_CLONE3, 0, 0, 0)
	if errno == unix.EINVAL {
		return nil
	}
	return os.NewSyscallError("clone3", errno)
}
