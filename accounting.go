package jobobject

import (
	"time"

	"jobobject/internal/kernel"
)

// Figure is a value that may be known exactly, known to be at least so much, or
// not known at all: an unknown figure is never 0. Get returns the value and
// whether it is exact; LowerBound returns what it is at least.
type Figure[T any] = kernel.Figure[T]

// Accounting is what the members of a job, past and present, those of child jobs
// included, have used (NST-40). What this host cannot tell is unknown.
type Accounting struct {
	UserTime   Figure[time.Duration] // time in user mode (ACC-01)
	KernelTime Figure[time.Duration] // time in the kernel

	// The same since JobUserTime was last set, and since the job was made where it
	// never was (ACC-03). PreserveJobTime begins no new period, nor does UpdateLimits
	// with a function that leaves JobUserTime alone, nor a set that drops it (ACC-04).
	PeriodUserTime   Figure[time.Duration]
	PeriodKernelTime Figure[time.Duration] // begins with that of the user time (ACC-05)

	TotalProcesses      Figure[uint64] // processes ever associated (ACC-06)
	ActiveProcesses     Figure[uint64] // members now (ACC-07)
	TerminatedProcesses Figure[uint64] // ended because of a limit, and only those (ACC-08, D5)
	PeakProcesses       Figure[uint64] // most members at a time

	PageFaults        Figure[uint64] // hard and soft (ACC-09)
	JobMemory         Figure[uint64] // bytes, of all members together, now: the one figure that can fall (ACC-15)
	PeakJobMemory     Figure[uint64] // bytes, of all members together
	PeakProcessMemory Figure[uint64] // bytes, of the largest member

	ReadOperations  Figure[uint64]
	WriteOperations Figure[uint64]
	ReadBytes       Figure[uint64]
	WriteBytes      Figure[uint64]
}

// Accounting returns what the job has used until now. It goes on working after
// the last member has ended, and no figure ever falls but ActiveProcesses and
// JobMemory, and those of the period when a new one begins.
//
// Times are those that the kernel counts for the cgroup of the job, the dead
// included; how they are divided between user and kernel is an estimate from its
// clock ticks. Memory is what the memory controller counts for it: what is resident,
// files in the cache included, in batches of some pages per processor. Without that
// controller JobMemory and PeakJobMemory are unknown. PeakProcessMemory and, where
// the cgroup has no controllers for them, page faults and I/O are the tracer's, and
// unknown where the job is not traced. PeakProcesses is the tracer's as well; without
// one it is a lower bound, the most that were seen by anybody who looked.
func (j *Job) Accounting() (accounting Accounting, err error) {
	err = j.do("query accounting of job", func(h kernel.Job) error {
		figures, err := h.Accounting()
		accounting = Accounting(figures)
		return err
	})
	return accounting, err
}

// Escape is a member that left its job by a way that the rules do not have, as a
// privileged process can: no member leaves a job but by ending (OBJ-05).
type Escape = kernel.Escape

// Escapes tells of the members that were found to have left. They are looked for
// whenever the members are listed, waited for or terminated, and put back. Without
// a tracer that is so for processes that were started through this package and
// are still held; others that leave are noticed by nobody.
func (j *Job) Escapes() (escapes []Escape, err error) {
	err = j.do("look for escapes from job", func(h kernel.Job) error {
		escapes, err = h.Escapes()
		return err
	})
	return escapes, err
}
