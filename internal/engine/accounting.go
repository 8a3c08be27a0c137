package engine

import (
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Accounting is what the job and its child jobs have used (NST-40). No sum and no
// peak ever falls, and the last ones stay when nothing can be asked any more (C41).
func (h *handle) Accounting() (kernel.Accounting, error) {
	j, err := h.lock()
	if err != nil {
		return kernel.Accounting{}, err
	}
	members, used, watch, watchedFirst := j.group, j.wasUsed(), j.watch, j.watchedFirst
	j.engine.mu.Unlock()

	figures := kernel.Accounting{TerminatedProcesses: kernel.Exactly(j.terminatedByLimits())}
	if !used {
		figures.TotalProcesses = kernel.Exactly[uint64](0)
		figures.ActiveProcesses = kernel.Exactly[uint64](0)
		figures.UserTime = kernel.Exactly[time.Duration](0)
		figures.KernelTime = kernel.Exactly[time.Duration](0)
		figures.PeriodUserTime, figures.PeriodKernelTime = figures.UserTime, figures.KernelTime
		figures.JobMemory = kernel.Exactly[uint64](0)
		return figures, nil
	}
	if members == nil {
		return figures, nil
	}
	var seen group.Usage
	if watch != nil {
		if seen, err = watch.Usage(); err != nil {
			return kernel.Accounting{}, err
		}
	}
	active, counted := seen.ActiveProcesses.Get()
	if !counted || !watchedFirst { // to list them takes longer than all the rest
		n, err := members.Count()
		if err != nil {
			return kernel.Accounting{}, err
		}
		active = uint64(n)
	}
	usage, err := members.Usage()
	if err != nil {
		return kernel.Accounting{}, err
	}
	figures.ActiveProcesses = kernel.Exactly(active)
	j.account(&figures, active, usage, seen)
	return figures, nil
}

// account puts together what is known: by the group, by the watch of it, and from
// before.
func (j *job) account(figures *kernel.Accounting, active uint64, usage, seen group.Usage) {
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	j.most = max(j.most, active, min(j.joined, 1))
	j.learn(usage, seen)
	figures.TotalProcesses = j.total()
	figures.UserTime, figures.KernelTime = j.known.UserTime, j.known.KernelTime
	figures.PeriodUserTime = since(kernel.Exactly(j.periodFrom), j.known.UserTime)
	figures.PeriodKernelTime = since(j.periodKernelFrom, j.known.KernelTime)
	figures.PeakProcesses, figures.PageFaults = better(j.known.PeakProcesses, kernel.AtLeast(j.most)), j.known.PageFaults
	figures.JobMemory = usage.Memory // that of now, whatever it was
	figures.PeakJobMemory, figures.PeakProcessMemory = j.known.PeakMemory, j.known.PeakProcessMemory
	figures.ReadOperations, figures.WriteOperations = j.known.ReadOperations, j.known.WriteOperations
	figures.ReadBytes, figures.WriteBytes = j.known.ReadBytes, j.known.WriteBytes
}

// learn keeps what the group says, and where that says nothing, what the watch
// does. A watch that has not seen everybody gives lower bounds.
func (j *job) learn(usage, seen group.Usage) {
	if !j.watchedFirst {
		seen = combine(seen, group.Usage{}, atLeast, atLeast)
	}
	j.known = combine(j.known, combine(usage, seen, better, better), notFalling, notFalling)
}

// total is how many processes there were. Exact it is only where births are seen:
// what members start themselves the engine does not know of. A half-made process
// counts, which no tracer has seen (ACC-06, ATT-10).
func (j *job) total() kernel.Figure[uint64] {
	seen, known := j.known.TotalProcesses.LowerBound()
	if known {
		seen += j.halfMade
	}
	total := max(j.joined, j.most, seen)
	if _, exact := j.known.TotalProcesses.Get(); exact {
		return kernel.Exactly(total)
	}
	return kernel.AtLeast(total)
}
