package cgroup

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"jobobject/internal/group"
)

// Populated asks the kernel, once.
func (g *Group) Populated() (bool, error) {
	events, err := openEvents(g.dir)
	if gone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer events.close()
	now, err := events.now()
	return now.populated, err
}

// tick is the unit of times in /proc/PID/stat, on all machines that Go runs on.
const tick = 10 * time.Millisecond

// UserTimes reads those of all members.
func (g *Group) UserTimes() (map[int]time.Duration, error) {
	const userTime = 14 - 3 // field of /proc/PID/stat, counted after the name
	pids, err := g.members()
	if err != nil {
		return nil, err
	}
	times := make(map[int]time.Duration, len(pids))
	for _, pid := range pids {
		_, rest, found := statOf(pid)
		if !found || len(rest) <= userTime {
			continue // it has ended
		}
		ticks, err := strconv.ParseUint(rest[userTime], 10, 64)
		if err != nil {
			return nil, &os.PathError{Op: "parse", Path: fmt.Sprintf("/proc/%d/stat", pid), Err: err}
		}
		times[pid] = time.Duration(ticks) * tick
	}
	return times, nil
}

// Memories reads what is anonymous, shared or swapped out. A controller would be
// quicker, but one that came late has not counted what was there before it.
func (g *Group) Memories() (map[int]uint64, error) {
	return meter(g, func(pid int) (uint64, bool) {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return 0, false
		}
		return memoryIn(content)
	})
}

// memoryIn finds it in /proc/PID/status; not in that of a zombie.
func memoryIn(status []byte) (sum uint64, found bool) {
	for _, name := range []string{"\nRssAnon:", "\nRssShmem:", "\nVmSwap:"} {
		kilobytes, has := numberAfter(status, name)
		sum += kilobytes << 10
		found = found || has
	}
	return sum, found
}

// Transfers reads what each process has read and written; that of other users'
// processes only root may.
func (g *Group) Transfers() (map[int]group.Transfer, error) {
	return meter(g, func(pid int) (t group.Transfer, found bool) {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
		if err != nil {
			return t, false
		}
		content = append([]byte{'\n'}, content...)
		t.Read, found = numberAfter(content, "\nrchar:")
		t.Written, _ = numberAfter(content, "\nwchar:")
		return t, found
	})
}

// meter reads something of each member. Who has ended meanwhile is left out.
func meter[T any](g *Group, read func(pid int) (T, bool)) (map[int]T, error) {
	pids, err := g.members()
	if err != nil {
		return nil, err
	}
	values := make(map[int]T, len(pids))
	for _, pid := range pids {
		if value, found := read(pid); found {
			values[pid] = value
		}
	}
	return values, nil
}

func numberAfter(text []byte, name string) (n uint64, found bool) {
	_, rest, found := bytes.Cut(text, []byte(name))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	word, _, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
	n, err := strconv.ParseUint(word, 10, 64)
	return n, found && err == nil
}

// Throttling reads it where the cpu controller holds the group.
func (g *Group) Throttling() (group.Throttling, error) {
	dir, rate := g.dir, words(g.dir, "cpu.max") // the quota and the period
	if s := g.shadow("cpu"); s != nil {
		dir, rate = s.dir, words(s.dir, "cpu.cfs_period_us")
	}
	periods, counted := readPairs(dir + "/cpu.stat")["nr_throttled"]
	if !counted || len(rate) == 0 {
		return group.Throttling{}, fmt.Errorf("read how often members are stopped: %s has no rate", dir)
	}
	length, err := strconv.ParseUint(rate[len(rate)-1], 10, 32)
	if err != nil {
		return group.Throttling{}, fmt.Errorf("read how often members are stopped in %s: %w", dir, err)
	}
	return group.Throttling{Periods: periods, Period: time.Duration(length) * time.Microsecond}, nil
}
