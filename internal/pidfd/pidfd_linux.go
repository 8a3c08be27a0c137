// Package pidfd refers to processes by file descriptors, which are never reused
// for another process as numbers are.
//
// It must not know what the processes are for.
package pidfd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
)

// FD is a pidfd. Its methods may be called by several goroutines.
type FD struct {
	pid  int
	file *os.File
}

// Open refers to the process that has the number now. That may be a zombie. It
// is kernel.ErrProcessExited where there is none, and for numbers that can have
// none.
func Open(pid int) (*FD, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		// EINVAL: not positive, or the number of a thread that is no process.
		return nil, fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	if err != nil {
		return nil, fmt.Errorf("pid %d: %w", pid, os.NewSyscallError("pidfd_open", err))
	}
	return Adopt(fd, pid)
}

// Adopt makes an FD of the pidfd of a process, which belongs to it from then on.
// The runtime's poller takes only descriptors that do not block.
func Adopt(fd, pid int) (*FD, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("pid %d: %w", pid, os.NewSyscallError("fcntl pidfd", err))
	}
	return &FD{pid, os.NewFile(uintptr(fd), fmt.Sprintf("pidfd of %d", pid))}, nil
}

// Pid is the number of the process while it lives.
func (f *FD) Pid() int { return f.pid }

// Close lets go of the process.
func (f *FD) Close() { f.file.Close() }

// Exited tells whether all threads of the process are dead. A zombie is; a
// process of which only the leader is dead is not.
func (f *FD) Exited() bool {
	exited := true
	raw, err := f.file.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { exited = Exited(fd) })
	}
	return err != nil || exited
}

// Exited is the same of a descriptor that belongs to somebody else.
func Exited(fd uintptr) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 0)
		if !errors.Is(err, unix.EINTR) {
			return n > 0
		}
	}
}

// IsChild tells whether the process is a child of this one that nobody has waited
// for yet.
func (f *FD) IsChild() bool {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return false
	}
	waitErr := error(nil)
	err = raw.Control(func(fd uintptr) {
		waitErr = unix.Waitid(unix.P_PIDFD, int(fd), nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	})
	// A descriptor that does not block answers EAGAIN of a child that lives.
	return err == nil && (waitErr == nil || errors.Is(waitErr, unix.EAGAIN))
}

// HowEnded is how a child of this process has ended that nobody has waited for yet, as
// wait(2) tells it. It does not reap it.
func (f *FD) HowEnded() (status uint32, known bool) {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return 0, false
	}
	var info unix.Siginfo
	waitErr := error(nil)
	err = raw.Control(func(fd uintptr) {
		waitErr = unix.Waitid(unix.P_PIDFD, int(fd), &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	})
	if err != nil || waitErr != nil || info.Signo == 0 {
		return 0, false
	}
	const exited, killed, dumped, coreFlag = 1, 2, 3, 0x80 // CLD_EXITED and so on, see waitid(2)
	switch detail := statusIn(&info); info.Code {
	case exited:
		return detail & 0xff << 8, true
	case killed:
		return detail, true
	case dumped:
		return detail | coreFlag, true
	}
	return 0, false
}

// statusIn is si_status. The part of the structure that it is in begins where a pointer
// may, after three numbers, with the number of the process and that of its user.
func statusIn(info *unix.Siginfo) uint32 {
	const word = unsafe.Sizeof(uintptr(0))
	const union = (3*4 + word - 1) &^ (word - 1)
	return *(*uint32)(unsafe.Add(unsafe.Pointer(info), union+2*4))
}

// Reap waits for the process, which has to be a child that has exited.
func (f *FD) Reap() error {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return err
	}
	waitErr := error(nil)
	err = raw.Control(func(fd uintptr) {
		waitErr = unix.Waitid(unix.P_PIDFD, int(fd), nil, unix.WEXITED, nil)
	})
	return errors.Join(err, os.NewSyscallError("waitid", waitErr))
}

// Signal sends a signal; kernel.ErrProcessExited where nobody is left to get it.
func (f *FD) Signal(sig syscall.Signal) error {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return err
	}
	sendErr := error(nil)
	err = raw.Control(func(fd uintptr) { sendErr = unix.PidfdSendSignal(int(fd), sig, nil, 0) })
	switch {
	case errors.Is(sendErr, unix.ESRCH):
		return fmt.Errorf("pid %d: %w", f.pid, kernel.ErrProcessExited)
	case sendErr != nil:
		return fmt.Errorf("pid %d: %w", f.pid, os.NewSyscallError("pidfd_send_signal", sendErr))
	}
	return err
}

// Wait waits until all threads of the process are dead. It does not reap it.
func (f *FD) Wait(ctx context.Context) error {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = f.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	err = raw.Read(Exited)
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return ctx.Err()
	}
	return err
}

// Kill ends the process.
func (f *FD) Kill() error { return f.Signal(syscall.SIGKILL) }
