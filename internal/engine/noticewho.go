package engine

import (
	"maps"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// window is one interval of a tolerance. The rate is exceeded while members want
// more of the processors than it lets them have; the system counts the periods.
type window struct {
	since time.Time
	rate  uint32
	begin group.Throttling
	times map[int]time.Duration // of each member
}

// next gives, at the end of an interval, the part of it in percent that the rate
// was exceeded for, and who used most, and begins another one. It is 0 before, and
// where the rate has changed meanwhile.
func (w *window) next(members group.Group, rate uint32, interval time.Duration) (percent uint64, busiest int) {
	if w.rate == rate && w.left(interval) > 0 {
		return 0, 0
	}
	last := *w
	*w = window{}
	now, err := members.Throttling()
	if err != nil || rate == 0 {
		return 0, 0
	}
	times, _ := members.UserTimes() // without, nobody is named
	*w = window{since: time.Now(), rate: rate, begin: now, times: times}
	elapsed := w.since.Sub(last.since)
	if last.rate != rate || last.begin.Period != now.Period || now.Periods <= last.begin.Periods {
		return 0, 0
	}
	spent := maps.Clone(times)
	for pid := range spent {
		spent[pid] -= last.times[pid]
	}
	stopped := time.Duration(now.Periods-last.begin.Periods) * now.Period
	return uint64(min(100*stopped/elapsed, 100)), most(spent, func(d time.Duration) uint64 { return uint64(max(d, 0)) })
}

// left is how long the interval goes on.
func (w *window) left(interval time.Duration) time.Duration {
	if w.rate == 0 {
		return interval // it cannot be measured now
	}
	return interval - time.Since(w.since)
}

// nameAll finds out who has the largest part in what is newly exceeded. It goes
// through all members, so it is done before there is a lock to hold.
func (n *notices) nameAll(r reading, members group.Group, memories map[int]uint64) {
	n.who = map[kernel.LimitName]int{}
	for _, l := range n.levels(r) {
		if n.isNews(l) {
			n.who[l.name] = mostOf(l.name, r, members, memories)
		}
	}
}

// mostOf is the member that has the largest part in what a limit is about (NLM-03);
// 0 where that is not known, and of memory that was given back.
func mostOf(name kernel.LimitName, r reading, members group.Group, memories map[int]uint64) (pid int) {
	switch name {
	case kernel.JobUserTimeNotice:
		times, _ := members.UserTimes()
		return most(times, func(d time.Duration) uint64 { return uint64(d) })
	case kernel.JobMemoryNotice:
		return most(memories, func(bytes uint64) uint64 { return bytes })
	case kernel.ReadBytesNotice:
		transfers, _ := members.Transfers()
		return most(transfers, func(t group.Transfer) uint64 { return t.Read })
	case kernel.WriteBytesNotice:
		transfers, _ := members.Transfers()
		return most(transfers, func(t group.Transfer) uint64 { return t.Written })
	case kernel.CPURateNotice:
		return r.busiest
	}
	return 0
}

// most is the process with the highest value, of several the one with the lowest
// number; 0 where all have nothing. One without a number here has none (MSG-21).
func most[T any](of map[int]T, value func(T) uint64) (pid int) {
	var highest uint64
	for each, v := range of {
		if n := value(v); each > 0 && (n > highest || n == highest && n > 0 && each < pid) {
			pid, highest = each, n
		}
	}
	return pid
}

func sum(of map[int]uint64) (sum uint64) {
	for _, n := range of {
		sum += n
	}
	return sum
}
