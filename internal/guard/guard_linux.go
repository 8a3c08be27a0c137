package guard

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// processName is the first argument that makes a program a guard. People see it
// in ps.
const processName = "jobobject-guard"

// Guard is the owner's side. It has no process until something is watched.
type Guard struct {
	// Home is the cgroup that the process lives in. This one may become a member
	// of what the guard is to end, and the guard must not.
	Home string

	mu      sync.Mutex
	watched map[string]bool
	pipe    *os.File    // to the process; nil where there is none
	leaving *time.Timer // runs when there is one and nothing to watch
}

// linger is how long a guard is kept that has nothing left to guard: a program
// that runs one job after the other needs one guard for them all.
const linger = 100 * time.Millisecond

// Prepare starts the process in the background, for a Watch that is about to come.
func (g *Guard) Prepare() {
	go func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.pipe == nil && g.start() == nil { // an error comes back in Watch
			g.leaveLater()
		}
	}()
}

// Watch makes the guard end the group with this directory, which need not exist
// yet, when this process has died.
func (g *Guard) Watch(dir string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.watched == nil {
		g.watched = map[string]bool{}
	}
	g.watched[dir] = true
	if err := g.tell('+', dir); err != nil {
		delete(g.watched, dir)
		return fmt.Errorf("have %s guarded: %w", dir, err)
	}
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
	if g.pipe != nil {
		// A guard that cannot be told is dead, and its successor is told only
		// what is still to be watched.
		_, _ = g.pipe.WriteString(message('-', dir))
	}
	if len(g.watched) == 0 {
		g.leaveLater()
	}
}

func (g *Guard) leaveLater() {
	if g.leaving == nil {
		g.leaving = time.AfterFunc(linger, g.leaveIfIdle)
	} else {
		g.leaving.Reset(linger)
	}
}

func (g *Guard) leaveIfIdle() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.watched) == 0 && g.pipe != nil {
		g.pipe.Close()
		g.pipe = nil
	}
}

// tell starts a process where there is none, or where the present one is dead
// and has not been missed yet.
func (g *Guard) tell(what byte, dir string) error {
	if g.pipe != nil {
		_, err := g.pipe.WriteString(message(what, dir))
		if !errors.Is(err, syscall.EPIPE) {
			return err
		}
	}
	return g.start()
}

// message is one line: the kernel allows no line ends in the names of cgroups.
func message(what byte, dir string) string { return string(what) + dir + "\n" }

// start starts a process and tells it everything that is watched.
func (g *Guard) start() error {
	if g.pipe != nil {
		g.pipe.Close()
		g.pipe = nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	process, err := startProcess(read, g.Home)
	if err == nil {
		for dir := range g.watched {
			if _, err = write.WriteString(message('+', dir)); err != nil {
				break
			}
		}
	}
	if err != nil {
		write.Close()
		return err
	}
	g.pipe = write
	go g.miss(process, write)
	return nil
}

func startProcess(pipe *os.File, home string) (*os.Process, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	attr := &os.ProcAttr{
		Dir:   "/",                                       // pins no mount
		Env:   []string{"GOMAXPROCS=1", "GOTRACEBACK=0"}, // it has little to do, and nobody to tell
		Files: []*os.File{null, null, null, pipe},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	}
	argv := []string{processName, "of", strconv.Itoa(os.Getpid())}
	if dir, err := os.Open(home); err == nil {
		defer dir.Close()
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(dir.Fd())
		if process, err := os.StartProcess("/proc/self/exe", argv, attr); err == nil {
			return process, nil
		}
		attr.Sys.UseCgroupFD = false // gone, or closed to us: where this process is will do
	}
	return os.StartProcess("/proc/self/exe", argv, attr)
}

// miss waits for the end of a guard. If it was still needed, somebody has killed
// it, and another one takes its place.
func (g *Guard) miss(process *os.Process, pipe *os.File) {
	_, _ = process.Wait()
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		if g.replace(pipe) {
			return
		}
		time.Sleep(pause) // the system has no process to spare; the next try may be luckier
	}
}

// replace tells whether there is nothing left to do for the one who misses the
// guard with this pipe.
func (g *Guard) replace(pipe *os.File) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pipe != pipe && g.pipe != nil || len(g.watched) == 0 {
		return true
	}
	return g.start() == nil
}
