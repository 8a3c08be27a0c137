package cgroup

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// The lock on a group's directory is its owner's as long as that lives: the kernel
// takes it from the dead. Whoever takes away what nobody owns holds it meanwhile,
// so that nobody else takes the group for an orphan, nor for its own.

// claim takes the lock of a group that nobody owns.
func claim(dir string) (unlock func(), free bool) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, false
	}
	if flock(f, unix.LOCK_EX|unix.LOCK_NB) != nil || !is(dir, f) {
		f.Close()
		return nil, false
	}
	return func() { f.Close() }, true
}

// own takes the lock of a directory that this process has just made. One that a
// sweep was faster to lock is an orphan for it: own waits until it has been taken
// away, and says so with errSwept.
func own(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, sweptIfGone(err)
	}
	if err = flock(f, unix.LOCK_EX); err == nil && !is(dir, f) {
		err = errSwept
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("flock", err)
		}
	}
}

// is tells whether the path still leads to that directory, and not to one that was
// made in its place while the lock was waited for.
func is(path string, f *os.File) bool {
	var there, here unix.Stat_t
	return unix.Stat(path, &there) == nil && unix.Fstat(int(f.Fd()), &here) == nil && there.Ino == here.Ino
}
