package member

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
)

// Confine has all threads of a process run on these processors only, of which there is
// a bit for each; 0 is those that this process may run on. Children inherit it, and
// each thread may choose anew by itself.
func Confine(pid int, processors uint64) error {
	var wanted unix.CPUSet
	if processors == 0 {
		if err := unix.SchedGetaffinity(os.Getpid(), &wanted); err != nil {
			return os.NewSyscallError("sched_getaffinity", err)
		}
	}
	for n := range 64 {
		if processors>>n&1 != 0 {
			wanted.Set(n)
		}
	}
	err := eachThread(pid, func(tid int) error {
		var now unix.CPUSet
		err := unix.SchedGetaffinity(tid, &now)
		if err == nil && now != wanted {
			err = unix.SchedSetaffinity(tid, &wanted)
		}
		if errors.Is(err, unix.ESRCH) {
			return nil // one thread less
		}
		return os.NewSyscallError("sched_setaffinity", err)
	})
	if errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	if err != nil {
		return fmt.Errorf("pid %d: %w", pid, err)
	}
	return nil
}
