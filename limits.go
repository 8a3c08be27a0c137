package jobobject

import "jobobject/internal/kernel"

// Limits are what the members of a job are held to. The zero value limits
// nothing, and is what a new job has (OBJ-02).
type Limits struct {
	// KillOnClose ends all members, those of child jobs included, when the last
	// handle to the job closes (LIM-62). Members that end this way report exit
	// code 0 (LIM-63). The value at the last close counts (LIM-64).
	KillOnClose bool

	// BreakawayOK lets children be started outside of the job when their start
	// asks for it (LIM-59).
	BreakawayOK bool

	// SilentBreakawayOK puts every child of a member outside of the job; explicit
	// assignment still works (LIM-60).
	SilentBreakawayOK bool
}

// SetLimits replaces all limits of the job: what is not set in limits is
// dropped (SET-03). On an error none of them has changed.
func (j *Job) SetLimits(limits Limits) error {
	return j.do("set limits of job", func(h kernel.Job) error {
		return h.SetLimits(kernel.Limits(limits))
	})
}

// UpdateLimits changes some limits and keeps the others. change is called once
// with the present limits and must not use the job; what it leaves is set. No
// other change comes between.
func (j *Job) UpdateLimits(change func(*Limits)) error {
	return j.do("update limits of job", func(h kernel.Job) error {
		return h.UpdateLimits(func(l *kernel.Limits) {
			limits := Limits(*l)
			change(&limits)
			*l = kernel.Limits(limits)
		})
	})
}

// Limits returns the job's own limits, which those of its ancestors may make
// tighter (QRY-08).
func (j *Job) Limits() (limits Limits, err error) {
	err = j.do("query limits of job", func(h kernel.Job) error {
		own, err := h.Limits()
		limits = Limits(own)
		return err
	})
	return limits, err
}
