package engine

import (
	"errors"
	"slices"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
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
	defer j.engine.mu.Unlock()
	before := j.frozen
	j.frozen = true // also for a job that gets its place later (FRZ-02)
	for j.group != nil {
		members := j.group
		err := j.freeze(members)
		if j.group != members { // taken away, as nobody joined in the end
			continue
		}
		if err != nil && !before {
			err = errors.Join(err, j.thaw())
		}
		if err == nil && !before {
			j.tellFrozen(kernel.EventFreeze)
		}
		return err
	}
	if !before {
		j.tellFrozen(kernel.EventFreeze)
	}
	return nil
}

// tellFrozen tells of a freeze when all have stopped, or of its end: the job, and
// those below for which that makes a difference (FRZ-06).
func (j *job) tellFrozen(kind kernel.EventKind) {
	e := j.engine
	e.news.announce(now(kind), func() []*teller {
		return slices.DeleteFunc(e.news.concerned(j.teller), func(t *teller) bool {
			return t.members != nil && slices.ContainsFunc(e.ancestors(t.inside()), func(other *job) bool {
				return other != j && other.frozen
			})
		})
	})
}

// freeze gives the engine's lock back while it waits.
func (j *job) freeze(members group.Group) error {
	entering := j.engine.entering(j.id)
	j.engine.mu.Unlock()
	defer j.engine.mu.Lock()
	// Those that are being started directly must be there before the group
	// freezes, see startFrozen. From now on nobody is.
	for _, n := range entering {
		<-n.over
	}
	return members.Freeze(j.patience)
}

// Thaw lets them go on, as far as no ancestor is frozen (FRZ-06).
func (h *handle) Thaw() error {
	h.job.freezer.Lock()
	defer h.job.freezer.Unlock()
	j, err := h.lock()
	if err != nil {
		return err
	}
	defer j.engine.mu.Unlock()
	before := j.frozen
	err = j.thaw()
	if err == nil && before {
		j.tellFrozen(kernel.EventThaw)
	}
	return err
}

func (j *job) thaw() error {
	if j.group != nil {
		if err := j.group.Thaw(); err != nil {
			return err
		}
	}
	j.frozen = false
	return nil
}
