package supervisor

import (
	"errors"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"jobobject/internal/child"
)

// notOpen is the number of no descriptor.
const notOpen = ^uintptr(0)

// start starts the command with these descriptors, which are closed here. Where that fails
// it says what the caller is to be told.
func (s *super) start(files map[int]int) (message, error) {
	attr := &syscall.ProcAttr{
		Dir: string(s.order.Dir), Env: plainStrings(s.order.Env),
		Files: numbered(files), Sys: s.attributes(),
	}
	defer func() {
		for _, fd := range files {
			unix.Close(fd)
		}
		unix.Close(terminalFD)
		_ = unix.Chdir("/") // pins no mount
	}()
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		// Who ignores that one is not told how its children end.
		if s.order.Ignored&(1<<(sig-1)) != 0 && sig != unix.SIGCHLD {
			signal.Ignore(sig)
		}
	}
	attr.Sys.PidFD = &s.pidfd
	// Numbers of process groups mean something else in another namespace, where the
	// command cannot join the caller's. Then it is born there.
	if attr.Sys.Cloneflags&unix.CLONE_NEWPID != 0 && attr.Sys.Setpgid && attr.Sys.Pgid == s.order.Group {
		attr.Sys.Setpgid = false
		_ = unix.Setpgid(0, s.order.Group)
		defer func() { _ = unix.Setpgid(0, 0) }()
	}
	path := string(s.order.Path)
	pid, err := syscall.ForkExec(path, plainStrings(s.order.Argv), attr)
	if err != nil {
		return failure("fork/exec", path, err), err
	}
	s.pid = pid
	if s.pidfd < 0 { // the kernel has not told
		if s.pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
			return s.undo("pidfd_open", err)
		}
	}
	if attr.Sys.Ptrace {
		if err := s.hold(); err != nil {
			return s.undo("start suspended", err)
		}
	}
	return message{}, nil
}

// undo ends a command that has been started in vain.
func (s *super) undo(op string, err error) (message, error) {
	_ = unix.Kill(s.pid, unix.SIGKILL)
	s.ledger.reapAll(func(int, unix.WaitStatus) {})
	return failure(op, string(s.order.Path), err), err
}

// attributes are the user's, with what this process is there for.
func (s *super) attributes() *syscall.SysProcAttr {
	attr := s.order.Attr
	attr.Chroot = string(s.order.Chroot)
	attr.Pdeathsig = unix.SIGKILL // with this process
	attr.Ptrace = s.order.Suspended || s.order.Stopped
	if attr.Foreground {
		attr.Ctty = terminalFD
	}
	if !attr.Setsid && !attr.Setpgid && !attr.Foreground {
		attr.Setpgid, attr.Pgid = true, s.order.Group
	}
	return &attr
}

// numbered is the list of descriptors that has each at its number.
func numbered(files map[int]int) []uintptr {
	last := -1
	for number := range files {
		last = max(last, number)
	}
	list := make([]uintptr, last+1)
	for number := range list {
		list[number] = notOpen
		if fd, open := files[number]; open {
			list[number] = uintptr(fd)
		}
	}
	return list
}

// hold waits until the command is kept at its exec, and lets it go on from there unless it
// is to be suspended. A stop that it has been sent by then comes before its first
// instruction.
func (s *super) hold() error {
	if err := child.AwaitExec(s.pid); err != nil {
		return err
	}
	s.suspended = true
	if s.order.Stopped {
		if err := unix.PidfdSendSignal(s.pidfd, unix.SIGSTOP, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	// Or else it would be taken for a stop of its own.
	var info unix.Siginfo
	_ = unix.Waitid(unix.P_PID, s.pid, &info, unix.WSTOPPED|unix.WNOHANG, nil)
	if !s.order.Suspended {
		if errno := s.resume(); errno != 0 {
			return errno
		}
	}
	return nil
}

// resume lets the command run.
func (s *super) resume() syscall.Errno {
	if !s.suspended {
		return 0
	}
	err := unix.PtraceDetach(s.pid)
	var errno syscall.Errno
	if errors.As(err, &errno) && errno != unix.ESRCH { // ESRCH: it has been killed meanwhile
		return errno
	}
	s.suspended = false
	return 0
}
