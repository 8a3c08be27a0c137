package cgroup

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Impose gives a process attributes. The hard limit goes with the soft one, as a
// process may raise the soft one up to that. Nobody gets more than this process
// has, which may be a member of a job with a tighter limit itself (NST-32).
func (g *Groups) Impose(pid int, attributes group.Attributes) error {
	var limit unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_DATA, nil, &limit); err != nil {
		return os.NewSyscallError("prlimit", err)
	}
	if attributes.Data > 0 {
		limit.Cur, limit.Max = min(limit.Cur, attributes.Data), min(limit.Max, attributes.Data)
	}
	err := unix.Prlimit(pid, unix.RLIMIT_DATA, &limit, nil)
	switch {
	case errors.Is(err, unix.ESRCH):
		return fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	case errors.Is(err, unix.EPERM):
		return &kernel.NotSupportedError{
			Feature: "ProcessMemory",
			Cause:   fmt.Errorf("pid %d: %w", pid, os.NewSyscallError("prlimit", err)),
			Remedy:  "raising it for a member that runs already, or has another user's rights, takes CAP_SYS_RESOURCE; set it before the first start",
		}
	}
	return os.NewSyscallError("prlimit", err)
}
