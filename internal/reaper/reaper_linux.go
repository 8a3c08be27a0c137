package reaper

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Become makes this process the one to whom orphans below it are left.
func Become() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become a subreaper: %w", err)
	}
	return nil
}

// Reaper reaps what was orphaned in the job of a process that this one started. Nil
// reaps nobody.
type Reaper struct {
	main  int
	group string // this process's own cgroup, once it matters
}

// New is a reaper that leaves the process with the number main to its owner, who
// has not waited for it yet.
func New(main int) *Reaper { return &Reaper{main: main} }

// Reap waits for all orphans that are zombies now. Only one goroutine at a time may
// use a Reaper.
func (r *Reaper) Reap() {
	for r != nil {
		pid := firstZombie()
		if pid == 0 {
			return
		}
		if !r.orphan(pid) {
			// The kernel shows no other one until somebody has waited for this.
			r.reapBehind()
			return
		}
		wait(pid, unix.WNOHANG)
	}
}

// drainPatience bounds the wait for those that were said to be dying.
const drainPatience = time.Second

// Drain waits for orphans that are on the point of death. One that lives on after
// all is left alone.
func (r *Reaper) Drain() {
	if r == nil {
		return
	}
	deadline := time.Now().Add(drainPatience)
	r.eachOrphan(func(pid int) {
		awaitEnd(pid, deadline)
		wait(pid, unix.WNOHANG)
	})
}

func awaitEnd(pid int, deadline time.Time) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return // somebody has waited for it already
	}
	defer unix.Close(fd)
	for {
		left := time.Until(deadline)
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, int(max(left, 0).Milliseconds())); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func (r *Reaper) reapBehind() {
	r.eachOrphan(func(pid int) { wait(pid, unix.WNOHANG) })
}

// eachOrphan lists children, which the kernel keeps by the thread that has them.
func (r *Reaper) eachOrphan(reap func(pid int)) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, task := range tasks {
		content, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/children") // thread gone: no children
		for field := range strings.FieldsSeq(string(content)) {
			if pid, err := strconv.Atoi(field); err == nil && r.orphan(pid) {
				reap(pid)
			}
		}
	}
}

// orphan tells a member of a job from other children of this process. A child's
// number is its own until it has been waited for, and a zombie still shows the
// cgroup in which it died.
func (r *Reaper) orphan(pid int) bool {
	if pid == r.main {
		return false
	}
	if r.group == "" {
		r.group = groupOf("self")
	}
	group := groupOf(strconv.Itoa(pid))
	return group != r.group && strings.Contains(group, "/jobobject-")
}

// groupOf is the path of a process in the cgroup2 hierarchy.
func groupOf(pid string) string {
	content, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		if path, found := strings.CutPrefix(strings.TrimSpace(line), "0::"); found {
			return path
		}
	}
	return ""
}

// firstZombie is the child that the kernel would give to whoever waits for any,
// 0 where all are alive or there is none.
func firstZombie() int {
	// siginfo_t as far as its pid, which is aligned like a pointer.
	var info struct {
		signo, errno, code int32
		_                  [0]uintptr
		pid                int32
		_                  [128]byte
	}
	for {
		err := unix.Waitid(unix.P_ALL, 0, (*unix.Siginfo)(unsafe.Pointer(&info)),
			unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
		if !errors.Is(err, unix.EINTR) {
			return int(info.pid)
		}
	}
}

func wait(pid, options int) {
	for {
		_, err := unix.Wait4(pid, nil, options, nil)
		if !errors.Is(err, unix.EINTR) {
			return // ECHILD: somebody was faster
		}
	}
}
