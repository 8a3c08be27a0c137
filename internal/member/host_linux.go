package member

import (
	"fmt"
	"os"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/pidfd"
)

// Host does to single processes, and tells of the machine, what group.Groups asks
// for, whatever groups are made of.
type Host struct{}

// Find holds on to a live process; 0 is the caller.
func (Host) Find(pid int) (group.Target, error) {
	if pid == 0 {
		pid = os.Getpid()
	}
	fd, err := OpenLive(pid)
	if err != nil {
		return nil, err
	}
	return fd, nil
}

// OpenLive holds on to a process that must not be a zombie.
func OpenLive(pid int) (*pidfd.FD, error) {
	fd, err := pidfd.Open(pid)
	if err != nil {
		return nil, err
	}
	if fd.Exited() {
		fd.Close()
		return nil, fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	return fd, nil
}
