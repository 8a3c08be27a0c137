package testkit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Stat is what /proc tells about a process or a thread.
type Stat struct {
	PID     int
	Comm    string
	State   byte // R, S, D, T, t, Z, ...
	PPID    int
	PGID    int
	SID     int
	Threads int
}

func (s Stat) String() string { return fmt.Sprintf("%d (%s, state %c)", s.PID, s.Comm, s.State) }

// ReadStat reads /proc/PID/stat. The state is that of the first thread alone:
// a process in state Z may have live threads, so use Alive for that question.
func ReadStat(pid int) (Stat, error) { return readStat(fmt.Sprintf("/proc/%d/stat", pid)) }

func readStat(path string) (Stat, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Stat{}, err
	}
	text := string(content)
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return Stat{}, fmt.Errorf("parse %s: no name", path)
	}
	s := Stat{Comm: text[open+1 : end]}
	var skip int
	_, err = fmt.Sscanf(text[:open]+text[end+2:], "%d %c %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d",
		&s.PID, &s.State, &s.PPID, &s.PGID, &s.SID,
		&skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &s.Threads)
	if err != nil {
		return Stat{}, fmt.Errorf("parse %s: %w", path, err)
	}
	return s, nil
}

func (s Stat) dead() bool { return s.State == 'Z' || s.State == 'X' || s.State == 'x' }

// Alive tells whether any thread of the process can still run.
func Alive(pid int) bool { return liveTask(pid) != "" }

// liveTask is the directory in /proc of a thread that can still run: the first
// one where it lives, another one where it does not.
func liveTask(pid int) string {
	dir := fmt.Sprintf("/proc/%d", pid)
	stat, err := readStat(dir + "/stat")
	if err != nil {
		return ""
	}
	if !stat.dead() {
		return dir
	}
	tasks, _ := filepath.Glob(dir + "/task/*")
	for _, task := range tasks {
		if stat, err := readStat(task + "/stat"); err == nil && !stat.dead() {
			return task
		}
	}
	return ""
}

// allPIDs are the processes that exist now, zombies too.
func allPIDs() []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// childrenOf are the processes whose parent is pid, zombies too.
func childrenOf(pid int) map[int]Stat {
	children := map[int]Stat{}
	for _, candidate := range allPIDs() {
		if stat, err := ReadStat(candidate); err == nil && stat.PPID == pid {
			children[candidate] = stat
		}
	}
	return children
}

// descendantsOf are all live processes below pid.
func descendantsOf(pid int) []int {
	below := map[int][]int{}
	for _, candidate := range allPIDs() {
		if stat, err := ReadStat(candidate); err == nil {
			below[stat.PPID] = append(below[stat.PPID], candidate)
		}
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, below[all[i]]...)
	}
	return all[1:]
}

// killIf ends a process if, once it is held and its number can no longer be
// given to another one, it still is the one that is meant.
func killIf(pid int, meant func(pid int) bool) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("hold process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	if !meant(pid) {
		return nil
	}
	return killHeld(fd)
}

func killHeld(pidfd int) error {
	err := unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0)
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("kill a process: %w", err)
	}
	return nil
}

// killAll kills what list names until it names nothing, or until d is over. A
// process may fork between list and kill, hence the rounds.
func killAll(d time.Duration, list func() []int, meant func(pid int) bool) (left []int, err error) {
	poll(d, func() bool {
		if left = list(); len(left) == 0 {
			err = nil
			return true
		}
		for _, pid := range left {
			err = errors.Join(err, killIf(pid, meant))
		}
		return false
	})
	return left, err
}

// describe names processes for a message.
func describe(pids []int) string {
	var names []string
	for i, pid := range pids {
		if i == 20 {
			return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(pids)-i)
		}
		name := strconv.Itoa(pid)
		if stat, err := ReadStat(pid); err == nil {
			name = stat.String()
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
