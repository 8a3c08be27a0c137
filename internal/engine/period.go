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
	if _, known := usage.UserTime.LowerBound(); !known {
		return errNoUserTime
	}
	j.known.UserTime = notFalling(j.known.UserTime, usage.UserTime)
	j.known.KernelTime = notFalling(j.known.KernelTime, usage.KernelTime)
	// What nobody tells of is missing in this and in what will be told later.
	j.periodFrom, _ = j.known.UserTime.LowerBound()
	if j.periodKernelFrom = j.known.KernelTime; !exact(usage.UserTime) {
		if bound, known := j.known.KernelTime.LowerBound(); known {
			j.periodKernelFrom = kernel.Exactly(bound)
		}
	}
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
