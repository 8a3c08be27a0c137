package member

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Impose gives a process attributes: limits of the kernel's, which nobody can raise
// without CAP_SYS_RESOURCE, and a priority of each thread.
func (Host) Impose(pid int, a group.Attributes) (undo func() error, err error) {
	i := &imposition{pid: pid}
	if a.Data != 0 {
		err = i.data(a.Data)
	}
	if err == nil && a.NoCrashDump {
		err = i.noCrashDump()
	}
	if err == nil && a.Priority != 0 {
		err = i.prioritize(a.Priority)
	}
	if errors.Is(err, unix.ESRCH) {
		err = fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	if err != nil {
		_ = i.undo() // what could be done once can be taken back, or the process is gone
		return nil, err
	}
	return i.undo, nil
}

// imposition remembers what a process had before.
type imposition struct {
	pid  int
	back []func() error
}

func (i *imposition) undo() (err error) {
	for _, back := range slices.Backward(i.back) {
		err = errors.Join(err, back())
	}
	if errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("pid %d: %w", i.pid, kernel.ErrProcessExited)
	}
	return err
}

// limit changes one of the process's limits. Where that is none nothing is done, as
// it would take the same right.
func (i *imposition) limit(resource int, change func(*unix.Rlimit)) error {
	var before unix.Rlimit
	if err := unix.Prlimit(i.pid, resource, nil, &before); err != nil {
		return os.NewSyscallError("prlimit", err)
	}
	limit := before
	if change(&limit); limit == before {
		return nil
	}
	if err := unix.Prlimit(i.pid, resource, &limit, nil); err != nil {
		return os.NewSyscallError("prlimit", err)
	}
	i.back = append(i.back, func() error {
		return os.NewSyscallError("prlimit", unix.Prlimit(i.pid, resource, &before, nil))
	})
	return nil
}

func (i *imposition) unsupported(feature string, err error, remedy string) error {
	return &kernel.NotSupportedError{Feature: feature, Cause: fmt.Errorf("pid %d: %w", i.pid, err), Remedy: remedy}
}

// data sets the hard limit together with the soft one, as a process may raise the
// soft one up to that. Nobody gets more than this process has, which may be a
// member of a job with a tighter limit itself (NST-32).
func (i *imposition) data(bytes uint64) error {
	var own unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_DATA, nil, &own); err != nil {
		return os.NewSyscallError("prlimit", err)
	}
	if bytes == group.AnyData {
		bytes = math.MaxUint64 // RLIM_INFINITY
	}
	err := i.limit(unix.RLIMIT_DATA, func(l *unix.Rlimit) { l.Cur, l.Max = min(own.Cur, bytes), min(own.Max, bytes) })
	if errors.Is(err, unix.EPERM) {
		return i.unsupported("ProcessMemory", err,
			"raising it for a member that runs already, or has another user's rights, takes CAP_SYS_RESOURCE; set it before the first start")
	}
	return err
}

// noDump is the limit on core files with which the kernel makes none, as it is less
// than a page, and starts no program either that is to take one: it has a meaning of
// its own there, whereas 0 has none (core(5)).
const noDump = 1

const corePattern = "/proc/sys/kernel/core_pattern"

// noCrashDump has the kernel end the process without further ado when it crashes.
func (i *imposition) noCrashDump() error {
	if err := canPreventDumps(); err != nil {
		return err
	}
	err := i.limit(unix.RLIMIT_CORE, func(l *unix.Rlimit) { *l = unix.Rlimit{Cur: noDump, Max: noDump} })
	if !errors.Is(err, unix.EPERM) {
		return err
	}
	// With a hard limit of 0 it makes no file, and for a program that takes it
	// nothing but CAP_SYS_RESOURCE helps.
	pattern, readErr := os.ReadFile(corePattern)
	if readErr == nil && (len(pattern) == 0 || pattern[0] != '|') {
		err = i.limit(unix.RLIMIT_CORE, func(l *unix.Rlimit) { l.Cur = 0 })
	}
	if errors.Is(err, unix.EPERM) {
		return i.unsupported("DieOnUnhandledException", err,
			"it takes CAP_SYS_RESOURCE where the process has another user's rights, or may not have core files (ulimit -Hc 0)")
	}
	return err
}

// canPreventDumps refuses what nobody has tried: a socket that takes dumps.
func canPreventDumps() error {
	pattern, err := os.ReadFile(corePattern)
	if err == nil && len(pattern) > 0 && pattern[0] == '@' {
		return &kernel.NotSupportedError{
			Feature: "DieOnUnhandledException",
			Cause:   errors.New(corePattern + " names a socket, which is given every crash"),
			Remedy:  "have it name a file or a program",
		}
	}
	return nil
}

// CanImpose looks at this process, whose rights those that it starts have too.
func (Host) CanImpose(a group.Attributes) error {
	if a.NoCrashDump {
		if err := canPreventDumps(); err != nil {
			return err
		}
	}
	if a.Priority != 0 {
		return canPrioritize(a.Priority)
	}
	return nil
}
