package member

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
)

// Nice is the nice value of a priority class. Between two of them that compete
// for a processor, five steps are about 3 to 1. The highest class is no real-time
// policy: who spins in one stops the machine, and no cap on processors binds it.
func Nice(class kernel.PriorityClass) int {
	switch class {
	case kernel.IdlePriority:
		return 19
	case kernel.BelowNormalPriority:
		return 5
	case kernel.AboveNormalPriority:
		return -5
	case kernel.HighPriority:
		return -10
	case kernel.RealtimePriority:
		return -20
	}
	return 0
}

const (
	schedExt = 7 // a scheduler in eBPF, which has nice values as the usual one

	mostNice = 20 // the limit on nice values counts down from here
)

// policyOf is the scheduling policy that a thread has in a class, given the one it
// has: it may be a batch job, but not one of real time. In the lowest class it runs
// when no other wants the processor.
func policyOf(class kernel.PriorityClass, now uint32) uint32 {
	switch {
	case class == kernel.IdlePriority:
		return unix.SCHED_IDLE
	case now == unix.SCHED_BATCH, now == schedExt:
		return now
	}
	return unix.SCHED_NORMAL
}

// prioritize gives all threads the priority.
func (i *imposition) prioritize(class kernel.PriorityClass) error {
	err := eachThread(i.pid, func(tid int) error {
		if err := i.prioritizeThread(tid, class); err != nil && !errors.Is(err, unix.ESRCH) {
			return i.explainPriority(tid, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	i.bound(class)
	return nil
}

func (i *imposition) prioritizeThread(tid int, class kernel.PriorityClass) error {
	before, err := unix.SchedGetAttr(tid, 0)
	if err != nil {
		return os.NewSyscallError("sched_getattr", err)
	}
	nice, policy := Nice(class), policyOf(class, before.Policy)
	if int(before.Nice) == nice && before.Policy == policy {
		return nil
	}
	i.back = append(i.back, func() error {
		err := setPriority(tid, *before)
		if errors.Is(err, unix.ESRCH) {
			return nil // one thread less
		}
		return err
	})
	return setPriority(tid, unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: policy, Nice: int32(nice),
		Flags: before.Flags & unix.SCHED_FLAG_RESET_ON_FORK, // which only privilege takes away
	})
}

// setPriority sets the nice value by itself too: in the idle policy, where it counts
// for what comes after that, the other call does not.
func setPriority(tid int, attr unix.SchedAttr) error {
	if attr.Policy != unix.SCHED_DEADLINE {
		attr.Runtime = 0 // a time slice, which is told although nobody has chosen it
	}
	if attr.Policy == unix.SCHED_IDLE {
		if err := unix.Setpriority(unix.PRIO_PROCESS, tid, int(attr.Nice)); err != nil {
			return os.NewSyscallError("setpriority", err)
		}
	}
	return os.NewSyscallError("sched_setattr", unix.SchedSetAttr(tid, &attr, 0))
}

// bound keeps a process without privilege from taking a higher priority, where it has
// the right to one. It is not lifted again: in a higher class the process gets that
// from us. Where another user's process cannot be bound, it is put back.
func (i *imposition) bound(class kernel.PriorityClass) {
	most := uint64(mostNice - Nice(class))
	_ = i.limit(unix.RLIMIT_NICE, func(l *unix.Rlimit) { l.Cur, l.Max = min(l.Cur, most), min(l.Max, most) })
	_ = i.limit(unix.RLIMIT_RTPRIO, func(l *unix.Rlimit) { *l = unix.Rlimit{} })
}

const priorityRemedy = "a higher priority than a process has takes CAP_SYS_NICE, or a limit on its nice value that allows it (ulimit -e, LimitNICE=)"

func (i *imposition) explainPriority(tid int, err error) error {
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
		return err
	}
	return i.unsupported("PriorityClass", fmt.Errorf("thread %d: %w", tid, err), priorityRemedy+"; so does any change for another user's process")
}

// canPrioritize tells whether this process could give one that it starts, which
// inherits its priority, that of a class (LIM-41, UNC-24).
func canPrioritize(class kernel.PriorityClass) error {
	own, err := unix.SchedGetAttr(os.Getpid(), 0)
	if err != nil {
		return os.NewSyscallError("sched_getattr", err)
	}
	nice := Nice(class)
	raises := nice < int(own.Nice) || own.Policy == unix.SCHED_IDLE && class != kernel.IdlePriority
	if !raises || mayRaise(nice) {
		return nil
	}
	return &kernel.NotSupportedError{
		Feature: "PriorityClass",
		Cause:   fmt.Errorf("it means a nice value of %d, this process has %d, and may not go lower", nice, own.Nice),
		Remedy:  priorityRemedy,
	}
}

func mayRaise(nice int) bool {
	var limit unix.Rlimit
	if unix.Prlimit(0, unix.RLIMIT_NICE, nil, &limit) == nil && limit.Cur >= uint64(mostNice-nice) {
		return true
	}
	return holdsCapability(unix.CAP_SYS_NICE)
}

func holdsCapability(bit int) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	err := unix.Capget(&header, &sets[0])
	return err == nil && sets[bit/32].Effective&(1<<(bit%32)) != 0
}

// OwnClass is the class whose nice value this process has. 0 is the usual one, or a
// value of none.
func OwnClass() kernel.PriorityClass {
	own, err := unix.SchedGetAttr(os.Getpid(), 0)
	if err != nil || own.Nice == 0 {
		return 0
	}
	for _, class := range []kernel.PriorityClass{
		kernel.IdlePriority, kernel.BelowNormalPriority, kernel.AboveNormalPriority, kernel.HighPriority, kernel.RealtimePriority,
	} {
		if Nice(class) == int(own.Nice) {
			return class
		}
	}
	return 0
}
