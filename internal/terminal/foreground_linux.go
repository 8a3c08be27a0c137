package terminal

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// controlling opens the terminal of this session, whatever the standard files
// are. It fails where there is none.
func controlling() (fd int, err error) {
	return unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
}

// foregroundGroup is noGroup where there is no terminal, and 0 where the group is
// outside of this pid namespace, as the own one may be.
func foregroundGroup() int {
	fd, err := controlling()
	if err != nil {
		return noGroup
	}
	defer unix.Close(fd)
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	if err != nil {
		return noGroup
	}
	return group
}

// setForegroundGroup works from the background as well.
func setForegroundGroup(group int) {
	fd, err := controlling()
	if err != nil {
		return
	}
	defer unix.Close(fd)
	// A group that has gone, or a terminal that has hung up: there is nothing to
	// hand over, or nobody.
	holdTTOU(func() { _ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, group) })
}

// holdTTOU does what a process in the background would be stopped for.
func holdTTOU(do func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var ttou, mask unix.Sigset_t
	ttou.Val[0] = 1 << (unix.SIGTTOU - 1)
	if unix.PthreadSigmask(unix.SIG_BLOCK, &ttou, &mask) != nil {
		return
	}
	defer func() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil) }()
	do()
}
