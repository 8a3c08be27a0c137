package engine

import (
	"errors"
	"fmt"

	"jobobject/internal/group"
)

// Assign makes a process a member (ASG-02).
func (h *handle) Assign(pid int) error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	e := j.engine
	defer e.mu.Unlock()

	target, err := e.groups.Find(pid)
	if err != nil {
		return err
	}
	defer target.Close()
	at, err := e.placeFor(pid)
	if err != nil {
		return err
	}
	form, stay, err := j.join(at)
	if err != nil || stay {
		return err
	}
	if j.refuses(at) {
		return errTerminating
	}
	if err := e.groups.CanMove(); err != nil { // before anything is done to it
		return fmt.Errorf("assign pid %d: %w", target.Pid(), err)
	}
	if err := j.refuseAssign(target, at); err != nil {
		return err
	}
	if err := j.prepare(at, form); err != nil {
		return err
	}
	a, err := e.attributes(j.group.Place())
	undo := func() error { return nil }
	if err == nil && a != (group.Attributes{}) {
		undo, err = e.groups.Impose(target.Pid(), a)
	}
	if err == nil {
		if err = j.group.Attach(target); err != nil {
			err = errors.Join(err, unlessExited(undo()))
		}
	}
	if err != nil {
		if form {
			err = errors.Join(err, j.unform())
		}
		return err
	}
	e.countJoin(at, j.group.Place())
	j.belongs(target.Pid())
	for _, joined := range e.newlyJoined(at, j.group.Place()) {
		joined.admit(target.Pid())
	}
	e.moved(target.Pid(), j.group.Place())
	return nil
}

// placeFor is where a process is. One in no job may be anywhere; a job that it
// is the first member of goes where the caller can make it.
func (e *Engine) placeFor(pid int) (group.Place, error) {
	at, err := e.groups.PlaceOf(pid)
	if err != nil {
		return at, err
	}
	if len(at.Jobs) == 0 {
		return e.groups.Top()
	}
	return at, nil
}
