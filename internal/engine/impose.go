package engine

import (
	"errors"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Some limits are attributes of each process. A process gets them before it runs,
// or when it is assigned, and its children inherit them.

// attributes are those of the members at a place: of the limits in a chain of jobs
// the tightest one (NST-30, LIM-54).
func (e *Engine) attributes(place group.Place) (a group.Attributes) {
	for _, j := range e.ancestors(place) {
		if own := j.limits.ProcessMemory; own != 0 && (a.Data == 0 || own < a.Data) {
			a.Data = own
		}
	}
	return a
}

// impose gives a process that has not run yet its attributes, or ends it.
func (n *entry) impose(child group.Child, suspended bool) error {
	err := n.job.engine.groups.Impose(child.Pid(), n.attributes)
	if err == nil && !suspended {
		err = child.Resume()
	}
	if err == nil || errors.Is(err, kernel.ErrProcessExited) { // killed on its way, as a termination does
		return nil
	}
	return errors.Join(err, discard(child))
}

// imposeOn is for a process that runs.
func (e *Engine) imposeOn(pid int, a group.Attributes) error {
	err := e.groups.Impose(pid, a)
	if errors.Is(err, kernel.ErrProcessExited) {
		return nil
	}
	return err
}

// imposeInstead gives present members what the limits of the job are now, those of
// child jobs too (NST-33). When it fails they have what they had before.
func (j *job) imposeInstead(before kernel.Limits) error {
	if j.group == nil || j.limits.ProcessMemory == before.ProcessMemory {
		return nil
	}
	imposed, err := j.imposeOnAll()
	if err == nil {
		return nil
	}
	after := j.limits
	j.limits = before
	for _, pid := range imposed {
		if place, placeErr := j.engine.groups.PlaceOf(pid); placeErr == nil {
			err = errors.Join(err, j.engine.groups.Impose(pid, j.engine.attributes(place)))
		}
	}
	j.limits = after
	return err
}

// imposeOnAll goes on until a look finds no new member: whoever was forked by one
// that had not been reached yet.
func (j *job) imposeOnAll() (imposed []int, err error) {
	done := map[int]bool{}
	for again := true; again; {
		again = false
		members, err := j.group.Members()
		if err != nil {
			return imposed, err
		}
		for _, pid := range members {
			if done[pid] {
				continue
			}
			done[pid], again = true, true
			place, err := j.engine.groups.PlaceOf(pid)
			if err == nil {
				err = j.engine.groups.Impose(pid, j.engine.attributes(place))
			}
			if err != nil && !errors.Is(err, kernel.ErrProcessExited) {
				return imposed, err
			}
			imposed = append(imposed, pid)
		}
	}
	return imposed, nil
}
