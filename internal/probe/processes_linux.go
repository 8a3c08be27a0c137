package probe

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func (b *bench) pidfd() finding {
	return onChild(func(c *child) finding {
		fd, err := killThroughPidfd(c)
		if err != nil {
			return no(err, b.remedyForCall(err, "Linux 5.4 or later"))
		}
		unix.Close(fd)
		return yes("pidfd_open, pidfd_send_signal and waitid(P_PIDFD)")
	})
}

// killThroughPidfd ends the child by its pidfd and sees it dead, without
// reaping it. The caller closes the pidfd.
func killThroughPidfd(c *child) (int, error) {
	fd, err := unix.PidfdOpen(c.pid(), 0)
	if err != nil {
		return -1, os.NewSyscallError("pidfd_open", err)
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("pidfd_send_signal", err)
	}
	for {
		err := unix.Waitid(unix.P_PIDFD, fd, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			unix.Close(fd)
			return -1, os.NewSyscallError("waitid", err)
		}
		return fd, nil
	}
}

// pidfdExitInfo asks a pidfd for the exit status of a process that has been
// reaped: how a watcher that is not the parent can learn it.
func (b *bench) pidfdExitInfo() finding {
	return onChild(func(c *child) finding {
		fd, err := killThroughPidfd(c)
		if err != nil {
			return no(err, b.remedyForCall(err, "Linux 6.15 or later"))
		}
		defer unix.Close(fd)
		c.end()

		info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
		if err := unix.IoctlPidfdInfo(fd, &info); err != nil {
			return no(os.NewSyscallError("ioctl PIDFD_GET_INFO of a reaped process", err), "Linux 6.15 or later")
		}
		if info.Mask&unix.PIDFD_INFO_EXIT == 0 {
			return no(errors.New("PIDFD_GET_INFO answers without the exit status"), "Linux 6.15 or later")
		}
		if status := syscall.WaitStatus(info.Exit_code); status.Signal() != unix.SIGKILL {
			return no(fmt.Errorf("PIDFD_GET_INFO gives status %#x for a killed process", info.Exit_code), "")
		}
		return yes("PIDFD_GET_INFO gives the exit status of a process another has reaped")
	})
}

// subreaper only asks for the attribute. It belongs to the whole process, so
// setting it here, even to what it is, could undo what another goroutine of
// the caller sets meanwhile; and a kernel that tells it can set it.
func (b *bench) subreaper() finding {
	var current int32
	_, _, errno := unix.Syscall(unix.SYS_PRCTL, unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&current)), 0)
	if errno != 0 {
		return no(os.NewSyscallError("prctl(PR_GET_CHILD_SUBREAPER)", errno), b.remedyForCall(errno, "Linux 3.4 or later"))
	}
	return yes("prctl(PR_SET_CHILD_SUBREAPER)")
}

// suspendedStart starts a child that stops at its exec, before its first
// instruction, and lets it go.
func (b *bench) suspendedStart() finding {
	result := make(chan finding)
	go func() {
		// Only the thread that forked may trace.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		result <- b.suspendOnThisThread()
	}()
	return <-result
}

func (b *bench) suspendOnThisThread() finding {
	c, err := startChild(&syscall.SysProcAttr{Ptrace: true})
	if errors.Is(err, errNoChild) {
		return notTried(err)
	}
	if err != nil {
		return no(fmt.Errorf("start traced: %w", err), b.remedyForTrace(err))
	}
	defer c.end()

	var status unix.WaitStatus
	for {
		_, err = unix.Wait4(c.pid(), &status, 0, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return no(os.NewSyscallError("wait4", err), "")
	}
	if !status.Stopped() || status.StopSignal() != unix.SIGTRAP {
		return no(fmt.Errorf("the child did not stop at its exec: wait status %#x", uint32(status)), "")
	}
	if err := unix.PtraceDetach(c.pid()); err != nil {
		return no(os.NewSyscallError("ptrace(PTRACE_DETACH)", err), b.remedyForTrace(err))
	}
	if err := c.finish(); err != nil {
		return no(fmt.Errorf("let go after its exec, the child failed: %w", err), "")
	}
	return yes("ptrace stops a child at its exec and lets it go")
}

// childRlimits lowers a limit of a running child: raising one is a matter of
// CAP_SYS_RESOURCE, which the host block tells.
func (b *bench) childRlimits() finding {
	return onChild(func(c *child) finding {
		want := unix.Rlimit{Cur: 16, Max: 16}
		if err := unix.Prlimit(c.pid(), unix.RLIMIT_NOFILE, &want, nil); err != nil {
			return no(os.NewSyscallError("prlimit", err), b.remedyForCall(err, "Linux 2.6.36 or later"))
		}
		var got unix.Rlimit
		if err := unix.Prlimit(c.pid(), unix.RLIMIT_NOFILE, nil, &got); err != nil {
			return no(os.NewSyscallError("prlimit", err), "")
		}
		if got != want {
			return no(fmt.Errorf("prlimit: set %v, read back %v", want, got), "")
		}
		return yes("prlimit on a running child")
	})
}
