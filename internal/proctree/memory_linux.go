package proctree

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/member"
	"jobobject/internal/proctable"
)

// memoryKeeper holds a group to its memory, as far as one can who looks: what members
// take between two looks they have, and when the sum is too much the largest of them
// has to end, as the kernel does it.
type memoryKeeper struct {
	group    *Group
	dying    map[proctable.Identity]bool // it takes them a moment to go
	confined time.Time                   // when the keeper has looked at processors
}

// fastest is how fast a member on each processor might take memory, in bytes a second:
// it has to be cleared for them.
const fastest = 4 << 30

// look says when the limit can have been reached at the earliest.
func (m *memoryKeeper) look(held group.Limits) (pause time.Duration) {
	members, err := m.group.glanceAtMembers()
	if err != nil {
		return confinedPause // the next look may be luckier
	}
	m.forget(members)
	alive := slices.DeleteFunc(members, func(p proctable.Process) bool { return m.dying[p.Identity] })
	sizes, sum := sizesOf(alive, member.Memory)
	if sum > held.Memory {
		// What several of them share was counted for each. To divide it takes longer.
		sizes, sum = sizesOf(alive, member.Share)
	}
	m.group.notePeak(sum)
	if sum <= held.Memory {
		left := float64(held.Memory-sum) / (fastest * float64(member.Processors()))
		return time.Duration(left * float64(time.Second))
	}
	m.strike(alive, sizes, sum, held)
	return leastPause
}

func sizesOf(members []proctable.Process, read func(pid int) (uint64, bool)) (sizes map[proctable.Identity]uint64, sum uint64) {
	sizes = make(map[proctable.Identity]uint64, len(members))
	for _, p := range members {
		bytes, _ := read(p.Pid)
		sizes[p.Identity] = bytes
		sum += bytes
	}
	return sizes, sum
}

// strike ends the largest members until the rest is within the limit, or all.
func (m *memoryKeeper) strike(alive []proctable.Process, sizes map[proctable.Identity]uint64, sum uint64, held group.Limits) {
	slices.SortStableFunc(alive, func(a, b proctable.Process) int { return cmp.Compare(sizes[b.Identity], sizes[a.Identity]) })
	kills := 0
	for _, p := range alive {
		if sum <= held.Memory && !held.MemoryKillsAll {
			break
		}
		if signalOne(p.Identity, unix.SIGKILL) != nil {
			continue // one that has ended by itself, or may not be ended
		}
		kills++
		m.dying[p.Identity] = true
		sum -= min(sum, sizes[p.Identity])
	}
	if kills > 0 {
		m.group.blow(kills)
	}
}

// forget drops those who have gone.
func (m *memoryKeeper) forget(members []proctable.Process) {
	before := m.dying
	m.dying = map[proctable.Identity]bool{}
	for _, p := range members {
		if before[p.Identity] {
			m.dying[p.Identity] = true
		}
	}
}
