package guard

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/guard/sentry"
	"jobobject/internal/pidfd"
)

// processName is the first argument that makes a program a guard. People see it
// in ps.
const processName = "jobobject-guard"

// The descriptors of a guard. The sentry knows them too.
const (
	ownerFD   = 3 // pidfd of the owner
	listFD    = 4 // groups to end
	programFD = 5 // the owner's program
	sentryFD  = 6 // what is executed first; not for long
)

// linger is how long a guard is kept that has nothing left to guard: a program
// that runs one job after the other needs one guard for them all.
const linger = 100 * time.Millisecond

// Guard is the owner's side. It has no process until something is watched.
type Guard struct {
	home atomic.Pointer[string]

	mu      sync.Mutex
	watched map[string]bool
	list    *list
	process *pidfd.FD     // nil where there is none
	gone    chan struct{} // closed when that has been reaped
	leaving *time.Timer   // runs when there is one and nothing to watch
}

// Own is the guard of this process.
var Own = &Guard{}

// LiveIn says in which cgroup the guard is to be born. This process may become a
// member of what the guard is to end, and the guard must not. Until it is said,
// the guard is born where this process is.
func (g *Guard) LiveIn(dir string) { g.home.Store(&dir) }

// Prepare starts the process in the background, for a Watch that is about to come.
func (g *Guard) Prepare() {
	go func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.start() == nil { // an error comes back in Watch
			g.leaveLater()
		}
	}()
}

// Watch makes the guard end the group with this directory, which need not exist
// yet, when this process has died.
func (g *Guard) Watch(dir string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.start()
	if err == nil {
		err = g.list.add(dir)
	}
	if err != nil {
		return fmt.Errorf("have %s guarded: %w", dir, err)
	}
	if g.watched == nil {
		g.watched = map[string]bool{}
	}
	g.watched[dir] = true
	return nil
}

// Forget undoes Watch. Some time after the last one the guard leaves.
func (g *Guard) Forget(dir string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.watched[dir] {
		return
	}
	delete(g.watched, dir)
	g.list.remove(dir, g.watched)
	if len(g.watched) == 0 {
		g.leaveLater()
	}
}

func (g *Guard) leaveLater() {
	if g.leaving == nil {
		g.leaving = time.AfterFunc(linger, func() { g.leaveIfIdle() })
	} else {
		g.leaving.Reset(linger)
	}
}

// leaveIfIdle returns what is closed when the guard has been reaped, nil where there
// is none or it has to stay.
func (g *Guard) leaveIfIdle() (gone <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.watched) > 0 || g.process == nil {
		return nil
	}
	_ = g.process.Signal(unix.SIGKILL) // it has nothing to clean up, and waits for one thing only
	g.process = nil
	g.list.close()
	g.list = nil
	return g.gone
}

// Dismiss lets a guard that has nothing left to guard go at once and reaps it. A
// program that is about to end calls it, so as not to leave a zombie to an init
// process that does not reap.
func (g *Guard) Dismiss() {
	if gone := g.leaveIfIdle(); gone != nil {
		<-gone
	}
}

// start starts a process where there is none.
func (g *Guard) start() error {
	if g.process != nil {
		return nil
	}
	if g.list == nil {
		list, err := newList()
		if err != nil {
			return err
		}
		g.list = list
	}
	process, err := startProcess(g.list.file, g.home.Load())
	if err != nil {
		return err
	}
	g.process, g.gone = process, make(chan struct{})
	go g.miss(process, g.gone)
	return nil
}

// miss waits for the end of a guard and reaps it. If it was still needed, somebody
// has killed it, and another one takes its place. The poller tells of the death, so
// that no thread has to wait for it.
func (g *Guard) miss(process *pidfd.FD, gone chan struct{}) {
	_ = process.Wait(context.Background())
	_ = process.Reap()
	close(gone)
	g.mu.Lock()
	if g.process == process {
		g.process = nil
	}
	g.mu.Unlock()
	process.Close() // nobody else has it by now
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		if g.replace() {
			return
		}
		time.Sleep(pause) // the system has no process to spare; the next try may be luckier
	}
}

// replace tells whether there is a guard again, or no need for one.
func (g *Guard) replace() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.watched) == 0 || g.start() == nil
}

// startProcess does without package os, which would fork once more to find out
// whether pidfds work.
func startProcess(list *os.File, home *string) (*pidfd.FD, error) {
	files, err := openFor(list)
	if err != nil {
		return nil, err
	}
	defer files.close()
	attr := &syscall.ProcAttr{
		Dir:   "/",                                       // pins no mount
		Env:   []string{"GOMAXPROCS=1", "GOTRACEBACK=0"}, // it has little to do, and nobody to tell
		Files: numbers(files.null, files.null, files.null, files.owner, list, files.program),
		Sys:   &syscall.SysProcAttr{Setsid: true},
	}
	// First the cheap way and in the right place. A host may allow neither.
	programs := []string{"/proc/self/exe"}
	if files.sentry != nil {
		// By the number that it has in the child. The one that it has here may be
		// another file's there by the time of the exec.
		attr.Files = append(attr.Files, files.sentry.Fd())
		programs = []string{"/proc/self/fd/" + strconv.Itoa(sentryFD), "/proc/self/exe"}
	}
	if dir, err := openHome(home); err == nil {
		defer dir.Close()
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(dir.Fd())
		if process, err := startFirst(programs, attr); err == nil {
			return process, nil
		}
		attr.Sys.UseCgroupFD = false // gone, or closed to us: where this process is will do
	}
	return startFirst(programs, attr)
}

func numbers(files ...*os.File) []uintptr {
	fds := make([]uintptr, len(files))
	for i, f := range files {
		fds[i] = f.Fd()
	}
	return fds
}

func startFirst(programs []string, attr *syscall.ProcAttr) (*pidfd.FD, error) {
	argv := []string{processName, "of", strconv.Itoa(os.Getpid())}
	var failed error
	for _, program := range programs {
		fd := -1
		attr.Sys.PidFD = &fd
		pid, err := syscall.ForkExec(program, argv, attr)
		if err == nil && fd >= 0 {
			return pidfd.Adopt(fd, pid)
		}
		if err == nil {
			return pidfd.Open(pid) // a child that nobody else waits for
		}
		failed = &os.PathError{Op: "fork/exec", Path: program, Err: err}
	}
	return nil, failed
}

func openHome(home *string) (*os.File, error) {
	if home == nil {
		return nil, os.ErrNotExist
	}
	return openRaw(*home, unix.O_DIRECTORY)
}

// descriptors are what a guard is started with.
type descriptors struct {
	null, owner, program *os.File
	sentry               *os.File // nil where there is none
}

func openFor(list *os.File) (_ *descriptors, err error) {
	d := &descriptors{}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.null, err = openRaw(os.DevNull, unix.O_RDWR); err != nil {
		return nil, err
	}
	if d.program, err = openRaw("/proc/self/exe", unix.O_PATH); err != nil {
		return nil, err
	}
	owner, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return nil, os.NewSyscallError("pidfd_open", err)
	}
	d.owner = os.NewFile(uintptr(owner), "pidfd of owner")
	d.sentry = sentryFile()
	return d, nil
}

// openRaw spares the attempt to have a file polled that never is.
func openRaw(path string, flags int) (*os.File, error) {
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// sentryFile is nil where there is no sentry for this machine, or the system lets
// nobody have a program in memory.
func sentryFile() *os.File {
	if len(sentry.Program) == 0 {
		return nil
	}
	fd, err := unix.MemfdCreate(processName, unix.MFD_CLOEXEC)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), processName)
	if _, err := f.Write(sentry.Program); err != nil {
		f.Close()
		return nil
	}
	return f
}

func (d *descriptors) close() {
	for _, f := range []*os.File{d.null, d.owner, d.program, d.sentry} {
		if f != nil {
			f.Close()
		}
	}
}
