package engine

import (
	"errors"

	"jobobject/internal/group"
)

// Freeze stops the members, those of child jobs included (FRZ-01). When it fails
// a job that was not frozen is not frozen after it.
func (h *handle) Freeze() error {
	h.job.freezer.Lock()
	defer h.job.freezer.Unlock()
	j, err := h.lock()
	if err != nil {
		return err
	}
	before, members := j.frozen, j.group
	j.frozen = true // also for a job that gets its place later (FRZ-02)
	entering := j.engine.entering(j.id)
	j.engine.mu.Unlock()
	if members == nil {
		return nil
	}
	// Those that are being started directly must be there before the group
	// freezes, see startFrozen. From now on nobody is.
	for _, n := range entering {
		<-n.over
	}
	if err := members.Freeze(j.patience); err != nil {
		if !before {
			err = errors.Join(err, j.thaw(members))
		}
		return err
	}
	return nil
}

// Thaw lets them go on, as far as no ancestor is frozen (FRZ-06).
func (h *handle) Thaw() error {
	h.job.freezer.Lock()
	defer h.job.freezer.Unlock()
	j, err := h.lock()
	if err != nil {
		return err
	}
	members := j.group
	if members == nil {
		j.frozen = false
	}
	j.engine.mu.Unlock()
	if members == nil {
		return nil
	}
	return j.thaw(members)
}

// thaw says that the job is not frozen once that is so: whoever is started
// before that goes through the antechamber, which does no harm.
func (j *job) thaw(members group.Group) error {
	if err := members.Thaw(); err != nil {
		return err
	}
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	j.frozen = false
	return nil
}
