package probe

import (
	"errors"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// priorities lowers the priority of a child as far as it goes, and raises it.
func (b *bench) priorities() finding {
	return onChild(func(c *child) finding {
		if err := unix.Setpriority(unix.PRIO_PROCESS, c.pid(), 19); err != nil {
			return no(os.NewSyscallError("setpriority", err), b.remedyForCall(err, ""))
		}
		idle := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE, Nice: 19}
		if err := unix.SchedSetAttr(c.pid(), &idle, 0); err != nil {
			return no(os.NewSyscallError("sched_setattr", err), b.remedyForCall(err, "Linux 3.14 or later"))
		}
		among := "processes of the same cpu cgroup"
		if grouped, err := os.ReadFile("/proc/sys/kernel/sched_autogroup_enabled"); err == nil && strings.TrimSpace(string(grouped)) == "1" {
			among = "processes of the same cpu cgroup and the same session (sched_autogroup_enabled)"
		}
		urgent := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: -20}
		if err := unix.SchedSetAttr(c.pid(), &urgent, 0); err != nil {
			return partial("down to idle and not up, among "+among, os.NewSyscallError("sched_setattr", err),
				"for classes above normal, and to raise who was lowered: CAP_SYS_NICE, or a limit on nice values (ulimit -e 40, LimitNICE=-20)")
		}
		return yes("nice values from 19 to -20 and SCHED_IDLE, among %s", among)
	})
}

// crashDumps looks where they go, and whether the limit that prevents them can be set.
func (b *bench) crashDumps() finding {
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		return unknown(err, "")
	}
	if strings.HasPrefix(string(pattern), "@") {
		return no(errors.New("core_pattern names a socket, which is given every crash"), "have /proc/sys/kernel/core_pattern name a file or a program")
	}
	return onChild(func(c *child) finding {
		if err := unix.Prlimit(c.pid(), unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1, Max: 1}, nil); err != nil {
			if strings.HasPrefix(string(pattern), "|") {
				return no(os.NewSyscallError("prlimit RLIMIT_CORE 1", err), "CAP_SYS_RESOURCE, or a hard limit on core files that is not 0 (ulimit -Hc)")
			}
			return yes("RLIMIT_CORE 0, which this process has already")
		}
		return yes("RLIMIT_CORE 1: no core file, and no program that takes it")
	})
}

// pageOut looks for what it takes to page out memory of another process.
func (b *bench) pageOut() finding {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return unknown(os.NewSyscallError("sysinfo", err), "")
	}
	return onChild(func(c *child) finding {
		pidfd, err := unix.PidfdOpen(c.pid(), 0)
		if err != nil {
			return no(os.NewSyscallError("pidfd_open", err), b.remedyForCall(err, "Linux 5.4 or later"))
		}
		defer unix.Close(pidfd)
		var nothing [2]uintptr
		_, _, errno := unix.Syscall6(unix.SYS_PROCESS_MADVISE, uintptr(pidfd), uintptr(unsafe.Pointer(&nothing)), 1, unix.MADV_PAGEOUT, 0, 0)
		switch {
		case errno == unix.EPERM:
			return no(os.NewSyscallError("process_madvise", errno), "CAP_SYS_NICE: run as root")
		case errno != 0:
			return no(os.NewSyscallError("process_madvise", errno), b.remedyForCall(errno, "Linux 5.10 or later"))
		case info.Totalswap == 0:
			return no(errors.New("there is no swap, so memory without a file cannot be paged out"), "swapon")
		}
		return yes("process_madvise with MADV_PAGEOUT, and there is swap")
	})
}
