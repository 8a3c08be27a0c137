package engine

import (
	"cmp"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// combine makes one of two, figure by figure.
func combine(a, b group.Usage,
	count func(a, b kernel.Figure[uint64]) kernel.Figure[uint64],
	duration func(a, b kernel.Figure[time.Duration]) kernel.Figure[time.Duration],
) group.Usage {
	return group.Usage{
		TotalProcesses:    count(a.TotalProcesses, b.TotalProcesses),
		PeakProcessMemory: count(a.PeakProcessMemory, b.PeakProcessMemory),
		UserTime:          duration(a.UserTime, b.UserTime),
		KernelTime:        duration(a.KernelTime, b.KernelTime),
		PeakProcesses:     count(a.PeakProcesses, b.PeakProcesses),
		PageFaults:        count(a.PageFaults, b.PageFaults),
		Memory:            count(a.Memory, b.Memory),
		PeakMemory:        count(a.PeakMemory, b.PeakMemory),
		ReadOperations:    count(a.ReadOperations, b.ReadOperations),
		WriteOperations:   count(a.WriteOperations, b.WriteOperations),
		ReadBytes:         count(a.ReadBytes, b.ReadBytes),
		WriteBytes:        count(a.WriteBytes, b.WriteBytes),
	}
}

// better is the first figure if that is exact, else the one of which more is known.
func better[T cmp.Ordered](a, b kernel.Figure[T]) kernel.Figure[T] {
	if exact(a) {
		return a
	}
	low, known := a.LowerBound()
	other, otherKnown := b.LowerBound()
	if exact(b) || otherKnown && (!known || other > low) {
		return b
	}
	return a
}

// notFalling is the second figure, but no less than the first one was. What is not
// known any more is at least what it was.
func notFalling[T cmp.Ordered](before, now kernel.Figure[T]) kernel.Figure[T] {
	was, known := before.LowerBound()
	is, stillKnown := now.LowerBound()
	switch {
	case !known || stillKnown && is >= was:
		return now
	case exact(now):
		return kernel.Exactly(was)
	}
	return kernel.AtLeast(was)
}

// atLeast is the first figure as a lower bound.
func atLeast[T any](figure, _ kernel.Figure[T]) kernel.Figure[T] {
	if bound, known := figure.LowerBound(); known {
		return kernel.AtLeast(bound)
	}
	return figure
}

func exact[T any](figure kernel.Figure[T]) bool {
	_, known := figure.Get()
	return known
}
