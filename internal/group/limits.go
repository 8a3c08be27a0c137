package group

import (
	"math"

	"jobobject/internal/kernel"
)

// Limits are what a system holds a group to by itself, whatever becomes of the
// process that made it. The zero value limits nothing.
type Limits struct {
	// Memory is in bytes, of all members together, swap included.
	Memory uint64
	// MemoryKillsAll says that all of them end when one has to for want of memory.
	MemoryKillsAll bool
	// Tasks bounds the threads of all members: a fence, no rule.
	Tasks uint64
	// Processors has a bit for each one that they may run on; 0 is no limit.
	Processors uint64
	// CPURate is the share of all processors that they may have together, more
	// than 0 and at most 1; 0 is no limit.
	CPURate float64
	// CPUMinRate is the share of all processors that they get when they want it, as
	// far as there is that much for all beside them; 0 is no claim.
	CPUMinRate float64
	// CPUWeight is their share when others want the processors as well, from 1 to
	// 9; 0 is the usual one, which is 5 (CPU-04).
	CPUWeight uint32
	// CPUShare multiplies that; 0 is 1.
	CPUShare float64
	// Priority is the class of the members, and PriorityAround that of those of the
	// groups around, if any: nice values do not count against processes that are in
	// no group of the processors with them, so the group's weight has to.
	Priority, PriorityAround kernel.PriorityClass
	// IO bounds what they read and write together; the zero value bounds nothing.
	IO kernel.IORate
}

// Blows count what the limits of a group have done to its members.
type Blows struct {
	// MemoryKills are the processes that were killed as there was no memory left
	// within the limit of this very group. For a moment it may be lower than before.
	MemoryKills uint64
	// MemoryReached is how often that limit left no memory for a member that wanted
	// some, as far as the system tells. It may be lower when a group below is gone.
	MemoryReached uint64
}

// Attributes are what each member of a group is held to by itself. What is zero
// leaves the process as it is.
type Attributes struct {
	// Data is in bytes, of what a process has to itself and may write to.
	Data uint64
	// Priority is that of all its threads, and it may not take a higher one.
	Priority kernel.PriorityClass
	// NoCrashDump has it end at once when it crashes.
	NoCrashDump bool
}

// AnyData takes a limit on Data away again.
const AnyData = math.MaxUint64
