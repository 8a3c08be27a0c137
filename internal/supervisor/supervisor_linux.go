package supervisor

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"jobobject/internal/proctable"
)

// super is the supervisor.
type super struct {
	order  *order
	ledger *book
	ward   int // pidfd
	proxy  int // pidfd, -1 where it has not come

	pid       int // of the command
	pidfd     int
	suspended bool
	over      atomic.Bool // the command has ended

	killOnClose bool
	ending      bool
	// What is still to be heard of. -1 where nothing is.
	hearCaller, hearWard, hearControl, hearProxy int32
}

func runSupervisor() {
	s := &super{
		pid: -1, pidfd: -1, proxy: -1,
		hearCaller: callerFD, hearControl: controlFD, hearProxy: proxyFD,
	}
	if err := s.begin(); err != nil {
		_ = send(controlFD, failure("fork/exec", SuperName, err))
		s.leave()
	}
	files, ok := s.awaitDescriptors()
	if !ok {
		s.leave() // nobody is left to start anything for
	}
	if m, err := s.start(files); err != nil {
		_ = send(controlFD, m)
		s.leave()
	}
	s.tell()
	for acknowledged := false; !acknowledged; {
		acknowledged = s.turn()
	}
	go func() {
		s.ledger.reapAll(s.changed)
		s.leave()
	}()
	for {
		s.turn()
	}
}

// leave is for when there are no children.
func (s *super) leave() {
	if s.ledger != nil {
		s.ledger.closeTree()
	}
	syscall.Exit(0)
}

// begin gets everything ready that a command needs to be below this process.
func (s *super) begin() error {
	if err := adopt(); err != nil {
		return err
	}
	var err error
	if s.ledger, err = openBook(ledgerFD); err != nil {
		return err
	}
	if s.order, err = readOrder(orderFD); err != nil {
		return err
	}
	unix.Close(orderFD)
	s.killOnClose = s.order.KillOnClose
	ward := os.Getppid()
	if s.ward, err = unix.PidfdOpen(ward, 0); err != nil {
		return os.NewSyscallError("pidfd_open", err)
	}
	// It may have died before, and somebody else have become the parent.
	if line, _ := proctable.Look(ward); os.Getppid() != ward || line.Comm != WardName {
		return errors.New("its ward has died")
	}
	s.hearWard = int32(s.ward)
	return nil
}

// awaitDescriptors gets from the proxy what the command is to inherit, by the numbers that
// it is to have there. It is not ok when the caller or the ward die first.
func (s *super) awaitDescriptors() (files map[int]int, ok bool) {
	files = map[int]int{}
	for {
		fds := []unix.PollFd{
			{Fd: callerFD, Events: unix.POLLIN}, {Fd: s.hearWard, Events: unix.POLLIN}, {Fd: proxyFD, Events: unix.POLLIN},
		}
		if _, err := unix.Poll(fds, -1); errors.Is(err, unix.EINTR) {
			continue
		}
		if fds[0].Revents != 0 || fds[1].Revents != 0 {
			return nil, false
		}
		m, err := receive(proxyFD, 0)
		switch {
		case err != nil:
			_ = send(controlFD, failure("fork/exec", ProxyName, errors.New("it died before the command was started")))
			return nil, false
		case m.kind == descriptors && len(m.fds) == len(m.numbers):
			for i, number := range m.numbers {
				files[number] = m.fds[i]
			}
		case m.kind == complete && len(m.fds) == 1:
			s.proxy = m.fds[0]
			return files, true
		}
	}
}

// turn waits for one thing and does what is to be done then. It tells whether the caller
// knows the command, or is gone.
func (s *super) turn() (acknowledged bool) {
	fds := []unix.PollFd{
		{Fd: s.hearControl, Events: unix.POLLIN}, {Fd: s.hearProxy, Events: unix.POLLIN},
		{Fd: s.hearCaller, Events: unix.POLLIN}, {Fd: s.hearWard, Events: unix.POLLIN},
	}
	if _, err := unix.Poll(fds, -1); err != nil {
		return false
	}
	if fds[0].Revents != 0 { // before the death of who has said it
		acknowledged = s.hear()
	}
	if fds[1].Revents != 0 {
		s.hearProxyEnd()
	}
	if fds[2].Revents != 0 {
		s.callerDied()
		acknowledged = true
	}
	if fds[3].Revents != 0 {
		s.hearWard = -1
		s.end()
		acknowledged = true
	}
	return acknowledged
}

// hear does what the caller says.
func (s *super) hear() (acknowledged bool) {
	m, err := receive(controlFD, unix.MSG_DONTWAIT)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return false
	case err != nil:
		s.hearControl = -1
		return true
	}
	switch m.kind {
	case seen:
		return true
	case resume:
		_ = send(controlFD, message{kind: resumed, numbers: []int{int(s.resume())}})
	case killOnClose:
		s.killOnClose = len(m.numbers) == 1 && m.numbers[0] == 1
	}
	return false
}

// hearProxyEnd is for the end of the proxy, which has nothing to say.
func (s *super) hearProxyEnd() {
	_, err := receive(proxyFD, unix.MSG_DONTWAIT)
	if errors.Is(err, unix.EAGAIN) || err == nil {
		return
	}
	s.hearProxy = -1
	if !s.over.Load() {
		_ = unix.PidfdSendSignal(s.pidfd, unix.SIGKILL, nil, 0) // whoever killed the proxy meant the command
	}
}

func (s *super) callerDied() {
	for s.hearControl >= 0 {
		if s.hear(); !readable(s.hearControl) {
			break
		}
	}
	s.hearCaller = -1
	switch sig := s.order.Attr.Pdeathsig; {
	case s.killOnClose:
		s.end()
	case s.suspended: // nobody can resume it
		_ = unix.PidfdSendSignal(s.pidfd, unix.SIGKILL, nil, 0)
	case sig != 0:
		_ = unix.PidfdSendSignal(s.pidfd, sig, nil, 0)
	}
}

func readable(fd int32) bool {
	fds := []unix.PollFd{{Fd: fd, Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}

// end ends the tree. The one who reaps it notices.
func (s *super) end() {
	if s.ending {
		return
	}
	s.ending = true
	go endBelow()
}

// changed is told of every child that stops, goes on or ends.
func (s *super) changed(pid int, status unix.WaitStatus) {
	if pid != s.pid || s.over.Load() {
		return
	}
	switch {
	case status.Stopped():
		_ = send(proxyFD, message{kind: stopped})
	case status.Continued():
		_ = send(proxyFD, message{kind: continued})
		_ = unix.PidfdSendSignal(s.proxy, unix.SIGCONT, nil, 0)
	default:
		s.over.Store(true)
		_ = send(proxyFD, message{kind: ended, numbers: []int{int(status)}})
		_ = unix.PidfdSendSignal(s.proxy, unix.SIGCONT, nil, 0) // it may be stopped, by whomever
	}
}

// tell tells caller and proxy that the command has been started.
func (s *super) tell() {
	self, err := unix.PidfdOpen(os.Getpid(), 0)
	if err == nil {
		defer unix.Close(self)
		err = send(controlFD, message{kind: started, numbers: []int{s.pid, os.Getpid()}, fds: []int{s.pidfd, self}})
	}
	if err == nil {
		err = send(proxyFD, message{kind: command, fds: []int{s.pidfd, s.ward}})
	}
	if err != nil && !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) { // else the end is heard of too
		s.end()
	}
}
