package supervisor

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// proxy is the process that the caller takes for its command.
type proxy struct {
	socket  int
	signals chan os.Signal
	news    chan struct{} // there is something to be read
	taken   chan struct{} // it has been read

	command, ward int // pidfds; -1 until the command has been started
	stopped       bool
	// goesOn is set when the supervisor has sent a signal to go on: that is not to be
	// passed on.
	goesOn bool
}

func runProxy(socket int) {
	p := &proxy{
		socket: socket, command: -1, ward: -1,
		signals: make(chan os.Signal, 2*lastSignal),
		news:    make(chan struct{}), taken: make(chan struct{}),
	}
	signal.Notify(p.signals)
	unix.CloseOnExec(socket)
	if err := p.handOver(); err != nil {
		p.die()
	}
	_ = unix.Chdir("/")
	go p.watch()
	for {
		signals := p.signals
		if p.command < 0 {
			signals = nil // they wait for the command
		}
		select {
		case <-p.news:
			p.read()
			p.taken <- struct{}{}
		case sig := <-signals:
			p.read() // whether the command goes on already
			p.pass(sig.(syscall.Signal))
		}
	}
}

// handOver gives all inherited descriptors to the supervisor. Held open here they would
// keep others waiting for their end.
func (p *proxy) handOver() error {
	fds, err := inheritable(0)
	if err != nil {
		return err
	}
	for len(fds) > 0 {
		n := min(len(fds), mostDescriptors)
		if err := send(p.socket, message{kind: descriptors, numbers: fds[:n], fds: fds[:n]}); err != nil {
			return err
		}
		for _, fd := range fds[:n] {
			unix.Close(fd)
		}
		fds = fds[n:]
	}
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	for fd := range 3 {
		if fd != null {
			_ = unix.Dup3(null, fd, unix.O_CLOEXEC)
		}
	}
	self, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return err
	}
	defer unix.Close(self)
	return send(p.socket, message{kind: complete, fds: []int{self}})
}

// watch tells of news, one at a time.
func (p *proxy) watch() {
	for {
		fds := []unix.PollFd{{Fd: int32(p.socket), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds, -1); err != nil || n == 0 {
			continue
		}
		p.news <- struct{}{}
		<-p.taken
	}
}

// read reads all that the supervisor has said by now.
func (p *proxy) read() {
	for {
		m, err := receive(p.socket, unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return
		case err != nil:
			p.abandoned()
		}
		switch m.kind {
		case command:
			if len(m.fds) == 2 {
				p.command, p.ward = m.fds[0], m.fds[1]
			}
		case stopped:
			p.stopped = true
			_ = unix.Kill(os.Getpid(), unix.SIGSTOP) // for the caller to see
		case continued:
			p.goesOn, p.stopped = p.stopped, false
		case ended:
			if len(m.numbers) == 1 {
				p.endAs(unix.WaitStatus(m.numbers[0]))
			}
		}
	}
}

func (p *proxy) pass(sig syscall.Signal) {
	if sig == unix.SIGCONT {
		ofSupervisor := p.goesOn && !p.stopped
		p.goesOn = false
		if ofSupervisor {
			return
		}
	}
	_ = unix.PidfdSendSignal(p.command, sig, nil, 0)
}

// abandoned is when the supervisor is gone and has not said how the command ended. The
// command has been sent a signal then. The ward has to go on, so that all the others are
// ended too.
func (p *proxy) abandoned() {
	if p.command >= 0 {
		_ = unix.PidfdSendSignal(p.ward, unix.SIGCONT, nil, 0)
		fds := []unix.PollFd{{Fd: int32(p.command), Events: unix.POLLIN}}
		for {
			if _, err := unix.Poll(fds, -1); !errors.Is(err, unix.EINTR) {
				break
			}
		}
	}
	p.die()
}

func (p *proxy) die() {
	_ = unix.Kill(os.Getpid(), unix.SIGKILL)
	syscall.Exit(1)
}

// endAs ends this process as the command has ended, without a core file.
func (p *proxy) endAs(status unix.WaitStatus) {
	if !status.Signaled() {
		syscall.Exit(status.ExitStatus())
	}
	sig := status.Signal()
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	byDefault(sig)
	unblock(sig)
	_ = unix.Tgkill(os.Getpid(), unix.Gettid(), sig)
	syscall.Exit(128 + int(sig))
}
