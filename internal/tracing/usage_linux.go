package tracing

import (
	"context"
	"fmt"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/trace"
)

// Usage is what the members have used. What a process had used before it came
// counts in full (ACC-10, NST-41), as do all processes that have come, however
// they went (ACC-06). One that has left and lives is not in the sums any more:
// they are lower bounds then.
//
// I/O is what system calls have read and written, from and to wherever (ACC-11).
// Memory is what was resident, which Linux knows, not what was committed
// (ACC-12). Of processor time the kernel's part after the last instruction of a
// process is missing, so these are lower bounds; what the group itself has
// counted is better. With poorer means only the numbers of processes are known,
// and only what they were at least.
func (w *watch) Usage() (group.Usage, error) {
	used, err := w.traced.Used()
	if err != nil {
		return group.Usage{}, fmt.Errorf("read what members have used: %w", err)
	}
	usage := group.Usage{
		TotalProcesses: kernel.AtLeast(used.Totals.Seen() - returnedAtMost(&used.Totals)),
		PeakProcesses:  kernel.AtLeast(used.Totals.PeakActive),
	}
	if !w.session.exact {
		return usage, nil
	}
	usage.PeakProcesses = kernel.Exactly(used.Totals.PeakActive)
	usage.ActiveProcesses = kernel.Exactly(used.Totals.Active)
	if total, known := w.total(&used.Totals); known {
		usage.TotalProcesses = kernel.Exactly(total)
	}
	sums := used.Usage
	usage.PeakProcessMemory = peak(&used)
	sums.AtLeast = sums.AtLeast || used.Totals.Leaves > 0
	usage.UserTime, usage.KernelTime = kernel.AtLeast(sums.User), kernel.AtLeast(sums.System)
	usage.PageFaults = counted(sums.MinorFaults+sums.MajorFaults, &sums)
	usage.ReadOperations, usage.WriteOperations = counted(sums.IO.ReadCalls, &sums), counted(sums.IO.WriteCalls, &sums)
	usage.ReadBytes, usage.WriteBytes = counted(sums.IO.ReadBytes, &sums), counted(sums.IO.WriteBytes, &sums)
	return usage, nil
}

// returnedAtMost is how many of those that came may have been there before.
func returnedAtMost(t *trace.Totals) uint64 { return min(t.Leaves, t.Joins) }

// total is how many processes there were, each of them once although it may have
// left and come back.
func (w *watch) total(t *trace.Totals) (total uint64, known bool) {
	if t.Present > 0 && t.LostInKernel > 0 {
		return 0, false // some of those may not have been found that were there before the watch
	}
	if returnedAtMost(t) == 0 {
		return t.Seen(), true
	}
	// Whoever asks may hold what tell waits for, so this must not be for long.
	ctx, cancel := context.WithTimeout(context.Background(), catchingUp)
	defer cancel()
	_ = w.Flush(ctx) // what it has come to is checked
	seen, known := w.travellers.counts()
	return t.Seen() - seen.returns, known && seen.joins == t.Joins && seen.leaves == t.Leaves
}

// catchingUp is far more than it takes to be told of a move that was counted.
const catchingUp = 100 * time.Millisecond

// peak is exact where those whose own peak is not known cannot have had more than
// the others. Of one that has left nothing is known.
func peak(used *trace.Used) kernel.Figure[uint64] {
	highest := used.Usage.PeakMemory
	switch {
	case used.OthersPeakMemory > highest || used.Usage.AtLeast || used.Totals.Leaves > 0:
		if highest == 0 {
			return kernel.Figure[uint64]{}
		}
		return kernel.AtLeast(highest)
	default:
		return kernel.Exactly(highest)
	}
}
