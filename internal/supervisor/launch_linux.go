package supervisor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"jobobject/internal/child"
	"jobobject/internal/kernel"
	"jobobject/internal/pidfd"
	"jobobject/internal/proctable"
)

// launch is what is held until a command has been started.
type launch struct {
	order, caller, ledgerFile, null, terminal int

	control, toSupervisor int // the two ends
	proxy, toProxy        int

	ledger *book
	stand  *child.Child // the proxy
	ward   *pidfd.FD
}

const closed = -1

func prepare(cmd *exec.Cmd, spec Spec) (l *launch, err error) {
	l = &launch{closed, closed, closed, closed, closed, closed, closed, closed, closed, nil, nil, nil}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if l.order, err = orderFor(cmd, spec).file(); err != nil {
		return l, err
	}
	if l.caller, err = unix.PidfdOpen(os.Getpid(), 0); err != nil {
		return l, os.NewSyscallError("pidfd_open", err)
	}
	if l.ledger, l.ledgerFile, err = newBook(); err != nil {
		return l, err
	}
	if l.control, l.toSupervisor, err = socketPair(); err != nil {
		return l, err
	}
	if l.proxy, l.toProxy, err = socketPair(); err != nil {
		return l, err
	}
	if l.null, err = unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
		return l, &os.PathError{Op: "open", Path: os.DevNull, Err: err}
	}
	terminal := l.null
	if cmd.SysProcAttr != nil && cmd.SysProcAttr.Foreground {
		terminal = cmd.SysProcAttr.Ctty
	}
	if l.terminal, err = duplicate(terminal); err != nil {
		return l, err
	}
	return l, nil
}

func duplicate(fd int) (int, error) {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return closed, os.NewSyscallError("fcntl(F_DUPFD_CLOEXEC)", err)
	}
	return copied, nil
}

// close closes all that a tree has not taken.
func (l *launch) close() {
	l.closeOthers()
	closeOnce(&l.control)
	if l.ledger != nil {
		l.ledger.close()
		l.ledger = nil
	}
}

// closeOthers closes what is for other processes, which see by it when this one or each
// other are gone.
func (l *launch) closeOthers() {
	for _, fd := range []*int{&l.order, &l.caller, &l.ledgerFile, &l.null, &l.terminal, &l.toSupervisor, &l.proxy, &l.toProxy} {
		closeOnce(fd)
	}
}

func closeOnce(fd *int) {
	if *fd != closed {
		unix.Close(*fd)
		*fd = closed
	}
}

// startProxy has cmd start the proxy in the command's place.
func (l *launch) startProxy(cmd *exec.Cmd) error {
	path, args, env, dir, attr, extra := cmd.Path, cmd.Args, cmd.Env, cmd.Dir, cmd.SysProcAttr, cmd.ExtraFiles
	defer func() {
		cmd.Path, cmd.Args, cmd.Env, cmd.Dir, cmd.SysProcAttr, cmd.ExtraFiles = path, args, env, dir, attr, extra
	}()
	files := append([]*os.File{}, extra...)
	// What this process has itself inherited open at the numbers that come next goes to the
	// command too, and must not give way.
	for inherits(3 + len(files)) {
		fd, err := duplicate(3 + len(files))
		if err != nil {
			return err
		}
		kept := os.NewFile(uintptr(fd), "inherited")
		defer kept.Close()
		files = append(files, kept)
	}
	socket := os.NewFile(uintptr(l.proxy), "socket of the proxy")
	l.proxy = closed
	defer socket.Close()

	cmd.Path, cmd.Args = programOf, []string{ProxyName, wordOf, strconv.Itoa(os.Getpid()), strconv.Itoa(3 + len(files))}
	cmd.Env, cmd.Dir, cmd.ExtraFiles = helperEnv(), "", append(files, socket)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if attr != nil {
		cmd.SysProcAttr.PidFD = attr.PidFD
	}
	var err error
	l.stand, err = child.Start(cmd, child.Here, false)
	return err
}

// startCommand starts the ward, which starts the supervisor, which starts the command.
func (l *launch) startCommand(cmd *exec.Cmd, spec Spec) (*Child, error) {
	if err := l.startWard(spec); err != nil {
		return nil, fmt.Errorf("start %s below a supervisor: start its ward: %w", cmd.Path, err)
	}
	l.closeOthers() // the supervisor alone has its ends now, so that its death is seen
	c, err := l.await()
	if err != nil {
		l.awaitWard()
	}
	return c, err
}

func (l *launch) startWard(spec Spec) error {
	fd := closed
	pid, err := syscall.ForkExec(programOf,
		[]string{WardName, wordIn, strings.Join(spec.Jobs, "/"), wordOf, strconv.Itoa(os.Getpid())},
		&syscall.ProcAttr{
			Env: helperEnv(),
			Files: []uintptr{
				uintptr(l.null), uintptr(l.null), uintptr(l.null),
				callerFD: uintptr(l.caller), ledgerFD: uintptr(l.ledgerFile), controlFD: uintptr(l.toSupervisor),
				proxyFD: uintptr(l.toProxy), orderFD: uintptr(l.order), terminalFD: uintptr(l.terminal),
			},
			// Should it be stopped when this process dies, it goes on.
			Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGCONT, PidFD: &fd},
		})
	switch {
	case err != nil:
		return err
	case fd != closed:
		l.ward, err = pidfd.Adopt(fd, pid)
	default:
		l.ward, err = pidfd.Open(pid) // a child that nobody has waited for
	}
	return err
}

// await waits for what the supervisor says of the command.
func (l *launch) await() (*Child, error) {
	m, err := receive(l.control, 0)
	switch {
	case err != nil:
		return nil, fmt.Errorf("start a command below a supervisor: the supervisor has died: %w", kernel.ErrProcessExited)
	case m.kind == failed:
		return nil, m.failure()
	case m.kind != started || len(m.numbers) != 2 || len(m.fds) != 2:
		closeAll(m.fds)
		return nil, errGarbled
	}
	process, err := pidfd.Adopt(m.fds[0], m.numbers[0])
	if err != nil {
		unix.Close(m.fds[1])
		return nil, err
	}
	super, err := pidfd.Adopt(m.fds[1], m.numbers[1])
	if err != nil {
		process.Close()
		return nil, err
	}
	// While its pidfd is held and it has not exited the number is its own.
	line, _ := proctable.Look(super.Pid())
	tree := &Tree{
		root: proctable.Identity{Pid: super.Pid(), Start: line.Start}, super: super, ward: l.ward, process: process,
		control: l.control, ledger: l.ledger, done: make(chan struct{}),
	}
	l.control, l.ledger = closed, nil
	_ = tree.say(message{kind: seen}) // if it is dead the watch notices
	go tree.watch()
	return &Child{stand: l.stand, process: process, tree: tree}, nil
}

// awaitWard waits for the end of the ward of a command that has not been started.
func (l *launch) awaitWard() {
	closeOnce(&l.control)
	_ = l.ward.Signal(unix.SIGCONT) // should it be stopped
	_ = l.ward.Wait(context.Background())
	_ = l.ward.Reap() // ECHILD: somebody else waits for all children
	l.ward.Close()
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}
