package engine

import (
	"time"

	"jobobject/internal/kernel"
)

// Accounting is what the job and its child jobs have used (NST-40).
func (h *handle) Accounting() (kernel.Accounting, error) {
	j, err := h.lock()
	if err != nil {
		return kernel.Accounting{}, err
	}
	group, used := j.group, j.wasUsed()
	j.engine.mu.Unlock()

	figures := kernel.Accounting{TerminatedProcesses: kernel.Exactly(j.terminatedByLimits())}
	if !used {
		figures.TotalProcesses = kernel.Exactly[uint64](0)
		figures.ActiveProcesses = kernel.Exactly[uint64](0)
		figures.UserTime = kernel.Exactly[time.Duration](0)
		figures.KernelTime = kernel.Exactly[time.Duration](0)
		return figures, nil
	}
	if group == nil {
		return figures, nil
	}
	members, err := group.Members()
	if err != nil {
		return kernel.Accounting{}, err
	}
	usage, err := group.Usage()
	if err != nil {
		return kernel.Accounting{}, err
	}
	active := uint64(len(members))
	figures.ActiveProcesses = kernel.Exactly(active)
	// What members have started themselves, only a tracer of births could tell.
	figures.TotalProcesses = kernel.AtLeast(j.total(active))
	figures.UserTime, figures.KernelTime = usage.UserTime, usage.KernelTime
	figures.PeakProcesses, figures.PageFaults = usage.PeakProcesses, usage.PageFaults
	figures.PeakJobMemory = usage.PeakMemory
	figures.ReadOperations, figures.WriteOperations = usage.ReadOperations, usage.WriteOperations
	figures.ReadBytes, figures.WriteBytes = usage.ReadBytes, usage.WriteBytes
	return figures, nil
}

// total is how many processes there were at least. It never falls (ACC-06).
func (j *job) total(active uint64) uint64 {
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	j.most = max(j.most, active)
	return max(j.joined, j.most)
}
