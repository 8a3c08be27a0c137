package cgroup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
)

// GroupOf is the name of the innermost group that a process is in, whoever made
// it; kernel.ErrNotInJob if it is in none.
func (g *Groups) GroupOf(pid int) (name string, err error) {
	path, err := pathOf(pid)
	if err != nil {
		return "", err
	}
	groups := len(groupsOn(path))
	if groups == 0 {
		return "", fmt.Errorf("pid %d: %w", pid, kernel.ErrNotInJob)
	}
	return g.dirOf(upTo(path, groups))
}

// AwaitRemoval waits until the group of that name has been removed, and returns
// context errors as they are. The kernel's notices of a cgroup end before that: it
// is the directory around it that tells.
func (g *Groups) AwaitRemoval(ctx context.Context, name string) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return fmt.Errorf("watch for the removal of %s: %w", name, os.NewSyscallError("inotify_init1", err))
	}
	notices := os.NewFile(uintptr(fd), "inotify")
	defer notices.Close()
	_, err = unix.InotifyAddWatch(fd, filepath.Dir(name), unix.IN_DELETE|unix.IN_DELETE_SELF|unix.IN_ONLYDIR)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("watch for the removal of %s: %w", name, os.NewSyscallError("inotify_add_watch", err))
	}
	stop := context.AfterFunc(ctx, func() { notices.Close() }) // not before: the number might be another's
	defer stop()
	for buffer := make([]byte, 4096); ; {
		if _, err := os.Stat(name); gone(err) {
			return nil
		}
		if _, err := notices.Read(buffer); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("watch for the removal of %s: %w", name, err)
		}
	}
}
