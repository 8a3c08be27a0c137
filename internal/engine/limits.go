package engine

import "jobobject/internal/kernel"

// SetLimits replaces the job's limits (SET-03).
func (h *handle) SetLimits(limits kernel.Limits) error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	defer j.engine.mu.Unlock()
	return j.setLimits(limits)
}

// UpdateLimits changes them in one step.
func (h *handle) UpdateLimits(change func(*kernel.Limits)) error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	defer j.engine.mu.Unlock()
	limits := j.limits
	change(&limits)
	if limits.JobUserTime == j.limits.JobUserTime { // what is not changed does not begin anew
		limits.JobUserTime, limits.PreserveJobTime = 0, true
	}
	return j.setLimits(limits)
}

// setFlags leaves everything as it was when it fails. The guard is told of a
// new kill on close before the group says so, and of its end after that, so at
// no time does a member survive that should not (LIM-64).
func (j *job) setFlags(limits kernel.Limits) error {
	before := j.limits
	if j.group == nil {
		j.limits = limits
		return nil
	}
	guard, name := j.engine.guard, j.group.Name()
	if limits.KillOnClose && !before.KillOnClose {
		if err := guard.Watch(name); err != nil {
			return err
		}
	}
	j.limits = limits
	err := j.watchChildren()
	if err == nil {
		err = j.group.SetState(j.state())
	}
	if err != nil {
		j.limits = before
		j.unwatchChildren()
		if !before.KillOnClose {
			guard.Forget(name)
		}
		return err
	}
	if !limits.KillOnClose {
		guard.Forget(name)
	}
	j.unwatchChildren()
	return nil
}

// Limits are the job's own (QRY-08).
func (h *handle) Limits() (kernel.Limits, error) {
	j, err := h.lock()
	if err != nil {
		return kernel.Limits{}, err
	}
	defer j.engine.mu.Unlock()
	return j.limits, nil
}
