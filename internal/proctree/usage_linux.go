package proctree

import (
	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/member"
	"jobobject/internal/proctable"
	"jobobject/internal/supervisor"
)

// plus adds up what the members of several trees have used.
func plus(a, b supervisor.Ledger) supervisor.Ledger {
	return supervisor.Ledger{
		User: a.User + b.User, Kernel: a.Kernel + b.Kernel,
		PeakMemory: max(a.PeakMemory, b.PeakMemory), Reaped: a.Reaped + b.Reaped,
		MinorFaults: a.MinorFaults + b.MinorFaults, MajorFaults: a.MajorFaults + b.MajorFaults,
		ReadBlocks: a.ReadBlocks + b.ReadBlocks, WriteBlocks: a.WriteBlocks + b.WriteBlocks,
	}
}

// dead is what those have used that supervisors have waited for, with all that these
// had waited for themselves.
func (g *Group) dead() supervisor.Ledger {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	sum := g.past
	for t := range g.groups.trees {
		if t.isIn(g.id) {
			sum = plus(sum, t.Used())
		}
	}
	return sum
}

// balance is what the dead and the living have used at about the same time. Who is
// waited for while it is drawn up is not counted twice: rather a moment's use is missed,
// which the next one has. Nobody sees those whose parents do not wait for their children
// and do not leave them to anybody either, by ignoring SIGCHLD.
func (g *Group) balance(look func() (*sight, error)) (dead supervisor.Ledger, living []proctable.Process, err error) {
	const most = 3
	for range most {
		dead = g.dead()
		s, err := look()
		if err != nil {
			return dead, nil, err
		}
		living = s.within(g)
		if g.dead().Reaped == dead.Reaped {
			break
		}
	}
	return dead, living, nil
}

// ProcessorTime adds up.
func (g *Group) ProcessorTime() (group.ProcessorTime, error) {
	dead, living, err := g.balance(g.groups.glance)
	if err != nil {
		return group.ProcessorTime{}, err
	}
	return g.noteTime(dead, living), nil
}

// noteTime makes sure that no time is less than one that was told before.
func (g *Group) noteTime(dead supervisor.Ledger, living []proctable.Process) group.ProcessorTime {
	user, system := dead.User, dead.Kernel
	for _, p := range living {
		user += p.User + p.WaitedUser
		system += p.Kernel + p.WaitedKernel
	}
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	g.most.User, g.most.All = max(g.most.User, user), max(g.most.All, user+system)
	return g.most
}

// Meter is the group itself: nothing cheaper runs as fast.
func (g *Group) Meter() string { return g.Name() }

// Usage adds up what is told of the dead and of the living. Some of the dead nobody
// tells of, so the sums are lower bounds.
func (g *Group) Usage() (group.Usage, error) {
	dead, living, err := g.balance(g.groups.look)
	if err != nil {
		return group.Usage{}, err
	}
	used := g.noteTime(dead, living)
	usage := group.Usage{
		UserTime:   kernel.AtLeast(used.User),
		KernelTime: kernel.AtLeast(max(0, used.All-used.User)),
	}
	count, now, faults, peak := dead.Reaped, uint64(0), dead.MinorFaults+dead.MajorFaults, dead.PeakMemory
	for _, p := range living {
		if isStaff(p) {
			continue
		}
		count++
		faults += member.PageFaults(p.Pid)
		peak = max(peak, member.PeakMemory(p.Pid))
		if !p.Dead() {
			bytes, _ := member.Memory(p.Pid)
			now += bytes
		}
	}
	usage.TotalProcesses = kernel.AtLeast(count)
	usage.PageFaults = kernel.AtLeast(faults)
	usage.PeakProcessMemory = atLeast(peak)
	usage.Memory = kernel.Exactly(now)
	usage.PeakMemory = atLeast(g.notePeak(now))
	return usage, nil
}

// atLeast is unknown where nothing is known.
func atLeast(n uint64) kernel.Figure[uint64] {
	if n == 0 {
		return kernel.Figure[uint64]{}
	}
	return kernel.AtLeast(n)
}

func (g *Group) notePeak(bytes uint64) uint64 {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	g.peak = max(g.peak, bytes)
	return g.peak
}
