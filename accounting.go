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

	TotalProcesses      Figure[uint64] // processes ever associated (ACC-06)
	ActiveProcesses     Figure[uint64] // members now (ACC-07)
	TerminatedProcesses Figure[uint64] // ended because of a limit, and only those (ACC-08, D5)
	PeakProcesses       Figure[uint64] // most members at a time

	PageFaults        Figure[uint64] // hard and soft (ACC-09)
	PeakJobMemory     Figure[uint64] // bytes, of all members together
	PeakProcessMemory Figure[uint64] // bytes, of the largest member

	ReadOperations  Figure[uint64]
	WriteOperations Figure[uint64]
	ReadBytes       Figure[uint64]
	WriteBytes      Figure[uint64]
}

// Accounting returns what the job has used until now. It goes on working after
// the last member has ended, and no figure ever falls.
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
