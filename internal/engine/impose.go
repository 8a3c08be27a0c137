package engine

import (
	"errors"
	"slices"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Some limits are attributes of each process. A process gets them before it runs,
// or when it is assigned, and its children inherit them.

// attributes are those of the members at a place: of the limits in a chain of jobs
// the tightest one (NST-30, LIM-54, LIM-42).
func (e *Engine) attributes(place group.Place) (a group.Attributes, err error) {
	for _, j := range e.ancestors(place) {
		if own := j.limits.ProcessMemory; own != 0 && (a.Data == 0 || own < a.Data) {
			a.Data = own
		}
		a.Priority = lower(a.Priority, j.limits.PriorityClass)
		a.NoCrashDump = a.NoCrashDump || j.limits.DieOnUnhandledException
	}
	if a.Priority != 0 {
		a.Priority, err = e.lowestAt(place, a.Priority)
	}
	return a, err
}

// replacing are the attributes for a process that has those of before by now.
func replacing(before, now group.Attributes) group.Attributes {
	switch {
	case now.Data == before.Data:
		now.Data = 0
	case now.Data == 0:
		now.Data = group.AnyData
	}
	return now
}

// impose gives a process that has not run yet its attributes, or ends it.
func (n *entry) impose(child group.Child, suspended bool) error {
	err := n.job.engine.imposeOn(child.Pid(), n.attributes)
	if err == nil && !suspended {
		err = child.Resume()
	}
	if err == nil || errors.Is(err, kernel.ErrProcessExited) { // killed on its way, as a termination does
		return nil
	}
	return errors.Join(err, discard(child))
}

// imposeOn is for a process that may have ended meanwhile.
func (e *Engine) imposeOn(pid int, a group.Attributes) error {
	if a == (group.Attributes{}) {
		return nil
	}
	_, err := e.groups.Impose(pid, a)
	if errors.Is(err, kernel.ErrProcessExited) {
		return nil
	}
	return err
}

// imposeInstead gives present members what the limits of the job are now, those of
// child jobs too (NST-33). When it fails they have what they had before. Those of
// them that no limit holds any more stay as they are, but for Data (UNC-14).
func (j *job) imposeInstead(before kernel.Limits) error {
	memory := j.limits.ProcessMemory != before.ProcessMemory
	priority := j.limits.PriorityClass != before.PriorityClass
	dump := j.limits.DieOnUnhandledException && !before.DieOnUnhandledException
	if j.group == nil || !memory && !priority && !dump {
		return nil
	}
	// Who has set other attributes to something tighter is left alone.
	changed := func(a group.Attributes) group.Attributes {
		switch {
		case !memory:
			a.Data = 0
		case a.Data == 0:
			a.Data = group.AnyData
		}
		if !priority {
			a.Priority = 0
		}
		a.NoCrashDump = a.NoCrashDump && dump
		return a
	}
	imposed, undo, err := j.imposeOnAll(changed)
	if err == nil {
		return nil
	}
	for _, undo := range slices.Backward(undo) {
		err = errors.Join(err, unlessExited(undo()))
	}
	after := j.limits
	j.limits = before
	defer func() { j.limits = after }()
	for _, pid := range imposed { // also who was born to one that had the new ones
		err = errors.Join(err, j.imposeEffective(pid, changed))
	}
	return err
}

func unlessExited(err error) error {
	if errors.Is(err, kernel.ErrProcessExited) {
		return nil
	}
	return err
}

func (j *job) imposeEffective(pid int, changed func(group.Attributes) group.Attributes) error {
	e := j.engine
	place, err := e.groups.PlaceOf(pid)
	if err != nil {
		return unlessExited(err)
	}
	a, err := e.attributes(place)
	if err != nil {
		return err
	}
	return e.imposeOn(pid, changed(a))
}

// imposeOnAll goes on until a look finds no new member: whoever was forked by one
// that had not been reached yet.
func (j *job) imposeOnAll(changed func(group.Attributes) group.Attributes) (imposed []int, undo []func() error, err error) {
	e := j.engine
	done := map[int]bool{}
	for again := true; again; {
		again = false
		members, err := j.group.Members()
		if err != nil {
			return imposed, undo, err
		}
		for _, pid := range members {
			if done[pid] {
				continue
			}
			done[pid], again = true, true
			place, err := e.groups.PlaceOf(pid)
			if errors.Is(err, kernel.ErrProcessExited) {
				continue
			}
			var a group.Attributes
			if err == nil {
				a, err = e.attributes(place)
			}
			if a = changed(a); err == nil && a == (group.Attributes{}) {
				continue
			}
			var back func() error
			if err == nil {
				back, err = e.groups.Impose(pid, a)
			}
			if errors.Is(err, kernel.ErrProcessExited) {
				continue
			}
			if err != nil {
				return imposed, undo, err
			}
			imposed, undo = append(imposed, pid), append(undo, back)
		}
	}
	return imposed, undo, nil
}
