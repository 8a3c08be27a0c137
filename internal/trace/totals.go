package trace

// Totals are what a watch has counted.
type Totals struct {
	Present uint64 // members when the watch began
	Births  uint64
	Joins   uint64
	Exits   uint64
	Leaves  uint64

	// Active are the members now; PeakActive the most there were at once.
	Active, PeakActive uint64

	// Dead is what those have used that exited here. Its PeakMemory is the
	// highest that was a process's own for sure; OthersPeakMemory is what
	// those had at most of whom more is not known, 0 if there are none.
	Dead             Usage
	OthersPeakMemory uint64

	// LostInKernel are events that the kernel had no room for, LostInQueue
	// those that nobody has read in time and that nothing has made good for.
	// Neither makes the counts wrong where they are the kernel's.
	LostInKernel, LostInQueue uint64
}

// Seen is how many processes there were in all.
func (t Totals) Seen() uint64 { return t.Present + t.Births + t.Joins }

// Used is what all members have used, each of them once, whether it has ended or
// not: all of it, also what a process had used before it came.
type Used struct {
	Totals Totals // those of the same moment
	// Usage is not known where only the kernel could tell. If it is AtLeast,
	// those who live may be missing. Its PeakMemory is the highest of those that
	// are a process's own for sure; OthersPeakMemory is as in Totals, of the
	// living too.
	Usage            Usage
	UsageKnown       bool
	OthersPeakMemory uint64
}
