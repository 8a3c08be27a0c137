package supervisor

import (
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The first arguments that make a program one of the three, which are their names too.
// People see them in ps.
const (
	ProxyName = "jobobject-proxy"
	WardName  = "jobobject-ward"
	SuperName = "jobobject-super"
)

// Words between the arguments, for people.
const (
	wordIn = "in"
	wordOf = "of"
)

// The descriptors of ward and supervisor.
const (
	callerFD   = 3 // pidfd of the caller
	ledgerFD   = 4
	controlFD  = 5 // to the caller
	proxyFD    = 6 // to the proxy
	orderFD    = 7 // what to start
	terminalFD = 8 // what the command is put in the foreground of; where it is not to be, the null device
	firstOther = 9
)

// The three must be running before anything of the program's own gets a chance to, and
// take the place of its main. They keep to the main thread, whose death is what the signals
// for the death of a parent are about.
func init() {
	args := os.Args
	switch {
	case len(args) == 4 && args[0] == ProxyName && args[1] == wordOf:
		if fd, err := strconv.Atoi(args[3]); err == nil {
			take(ProxyName)
			runProxy(fd)
		}
	case len(args) == 5 && args[0] == WardName && args[1] == wordIn && args[3] == wordOf:
		take(WardName)
		runWard(args[2], args[4])
	case len(args) == 5 && args[0] == SuperName && args[1] == wordIn && args[3] == wordOf:
		take(SuperName)
		runSupervisor()
	default:
		return
	}
	syscall.Exit(0) // the race detector would make os.Exit take a second
}

func take(name string) {
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(unsafe.StringData(name+"\x00"))), 0, 0, 0) // else it is "exe" in ps
}

// adopt makes a process the one to which orphans fall, keeps its own descriptors from its
// children, closes what the caller has itself inherited open, and takes none of the signals
// that are meant to end programs.
func adopt() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl(PR_SET_CHILD_SUBREAPER)", err)
	}
	others, err := inheritable(firstOther)
	if err != nil {
		return err
	}
	for _, fd := range others {
		_ = unix.Close(fd)
	}
	for fd := callerFD; fd < firstOther; fd++ {
		unix.CloseOnExec(fd)
	}
	// Not ignored: that would be inherited.
	unheard := make(chan os.Signal, 1)
	for _, sig := range []syscall.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGPIPE, unix.SIGALRM, unix.SIGUSR1, unix.SIGUSR2,
		unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGVTALRM, unix.SIGIO, unix.SIGXCPU, unix.SIGXFSZ, unix.SIGPWR,
	} {
		if !signal.Ignored(sig) {
			signal.Notify(unheard, sig)
		}
	}
	return nil
}

// inheritable are the descriptors from first on that are not closed on exec. They are
// found without package os, which would open more.
func inheritable(first int) ([]int, error) {
	dir, err := unix.Open("/proc/self/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/proc/self/fd", Err: err}
	}
	defer unix.Close(dir)
	var found []int
	var names []string
	buffer := make([]byte, 4096)
	for {
		n, err := unix.ReadDirent(dir, buffer)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "readdir", Path: "/proc/self/fd", Err: err}
		}
		if n <= 0 {
			return found, nil
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names[:0])
		for _, name := range names {
			fd, err := strconv.Atoi(name)
			if err == nil && fd >= first && inherits(fd) {
				found = append(found, fd)
			}
		}
	}
}

// inherits tells whether a descriptor is open and not closed on exec.
func inherits(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil && flags&unix.FD_CLOEXEC == 0
}
