package cgroup

import (
	"fmt"
	"strconv"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/member"
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

// UserTimes reads those of all members.
func (g *Group) UserTimes() (map[int]time.Duration, error) { return meter(g, member.UserTime) }

// Memories reads what is anonymous, shared or swapped out. A controller would be
// quicker, but one that came late has not counted what was there before it.
func (g *Group) Memories() (map[int]uint64, error) { return meter(g, member.Memory) }

// Transfers reads what each process has read and written; that of other users'
// processes only root may.
func (g *Group) Transfers() (map[int]group.Transfer, error) { return meter(g, member.Transfers) }

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
