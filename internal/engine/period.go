package engine

import (
	"time"

	"jobobject/internal/kernel"
)

// A period of JobUserTime (ACC-03) begins with the job, when nothing has been used,
// and again each time that the limit is set (ACC-04), the kernel's part with the
// user's (ACC-05).

// beginPeriod begins one. It fails, and begins none, where the system does
// not tell the user time. What it begins with is what Accounting tells from now on,
// so that the period is neither behind that nor in advance of it.
func (j *job) beginPeriod() error {
	if j.group == nil {
		j.periodFrom, j.periodKernelFrom = 0, kernel.Exactly[time.Duration](0)
		return nil
	}
	usage, err := j.group.Usage()
	if err != nil {
		return err
	}
	if !exact(usage.UserTime) {
		return errNoUserTime
	}
	j.known.UserTime = notFalling(j.known.UserTime, usage.UserTime)
	j.known.KernelTime = notFalling(j.known.KernelTime, usage.KernelTime)
	j.periodFrom, _ = j.known.UserTime.Get()
	j.periodKernelFrom = j.known.KernelTime
	return nil
}

// since is how much has been added to a sum after it was that much. Where it is not
// known how much that was, this is not known either.
func since(then, sum kernel.Figure[time.Duration]) kernel.Figure[time.Duration] {
	from, begun := then.Get()
	bound, known := sum.LowerBound()
	switch {
	case !begun || !known:
		return kernel.Figure[time.Duration]{}
	case exact(sum):
		return kernel.Exactly(bound - from)
	}
	return kernel.AtLeast(max(bound-from, 0))
}
