package trace

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

var errNoCgroup2 = errors.New("not a cgroup2 directory")

func findGroup(dir string) (group, error) {
	// Other ways to write it are resolved: /proc names groups in one way.
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return group{}, err
	}
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return group{}, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	defer func() { unix.Close(fd) }()
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return group{}, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	if fs.Type != unix.CGROUP2_SUPER_MAGIC {
		return group{}, errNoCgroup2
	}
	here, err := identify(fd)
	if err != nil {
		return group{}, err
	}
	g := group{dir: dir, id: here.Ino}
	for {
		parent, err := unix.Openat(fd, "..", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return g, nil // not ours to see; nobody here can watch it either
		}
		unix.Close(fd)
		fd = parent
		above, err := identify(fd)
		if err != nil {
			return group{}, err
		}
		if above.Dev != here.Dev || above.Ino == here.Ino {
			return g, nil
		}
		g.above = append(g.above, above.Ino)
		here = above
	}
}

func identify(fd int) (unix.Stat_t, error) {
	var found unix.Stat_t
	if err := unix.Fstat(fd, &found); err != nil {
		return found, os.NewSyscallError("fstat", err)
	}
	return found, nil
}
