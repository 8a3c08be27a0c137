package engine

import (
	"errors"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Terminate ends all members of the job and of its child jobs.
func (h *handle) Terminate(code uint32) error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	err = j.terminate(code, false)
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	if j.unneeded() { // its last handle has closed, or its first start failed meanwhile
		err = errors.Join(err, j.engine.clear())
	}
	return err
}

// terminate is called with the engine's lock held, and gives it back.
func (j *job) terminate(code uint32, closing bool) error {
	e := j.engine
	if t := j.termination; t != nil {
		e.mu.Unlock()
		<-t.done // TRM-07: the first one counts
		return t.err
	}
	t := &termination{done: make(chan struct{})}
	j.termination = t
	j.code = &code
	e.condemn(j.id, &code)
	group := j.group
	e.mu.Unlock()

	doom := j.doom(code, closing)
	if group != nil {
		t.err = j.end(group)
	}
	doom.done(t.err)

	e.mu.Lock()
	defer e.mu.Unlock()
	j.termination = nil
	if t.err == nil {
		j.signal() // SIG-03, of an empty job too (UNC-10)
	}
	for _, child := range e.within(j.id) {
		child.ended = true
		if t.err == nil {
			child.signal() // NST-48
		}
	}
	close(t.done)
	return t.err
}

// end kills the members, and those that had left (D9).
func (j *job) end(members group.Group) error {
	for {
		before := j.recaptures()
		_, escapeErr := j.recapture()
		if err := members.End(j.patience, j.isStarting); err != nil {
			var survivors *kernel.SurvivorsError
			if !errors.As(err, &survivors) {
				j.pardon()
			}
			return err
		}
		// Others may have put one back just now.
		if _, _ = j.recapture(); j.recaptures() == before || escapeErr != nil {
			return escapeErr
		}
	}
}

// isStarting tells whether a process may still be on its way in. Those that came
// to the door before the termination are let in, to be killed inside (TRM-12).
func (j *job) isStarting() bool {
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	return len(j.engine.entering(j.id)) > 0
}

// condemn gives the processes of a job the exit code that they will have died
// with, unless they are dead already (D4). Those on their way in are let in to
// die of it too.
func (e *Engine) condemn(id string, code *uint32) {
	for _, n := range e.entering(id) {
		if n.code == nil {
			n.code = code
		}
	}
	for pid, pointer := range e.processes {
		p := pointer.Value()
		if p == nil {
			delete(e.processes, pid)
			continue
		}
		if p.place.In(id) && p.code == nil && !p.child.Exited() {
			p.code = code
		}
	}
}

// pardon takes the code back where nobody was killed.
func (j *job) pardon() {
	e := j.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	for n := range e.entries {
		if n.code == j.code {
			n.code = nil
		}
	}
	for _, pointer := range e.processes {
		if p := pointer.Value(); p != nil && p.code == j.code && !p.child.Exited() {
			p.code = nil
		}
	}
}

// Close closes the handle, and with the last one the job (LIF-02).
func (h *handle) Close() error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	close(h.closed)
	if j.handles--; j.handles > 0 {
		j.engine.mu.Unlock()
		return nil
	}
	var killErr error
	if j.limits.KillOnClose {
		killErr = j.terminate(0, true) // LIM-63
	} else {
		j.engine.mu.Unlock()
	}
	j.dropNotices()
	tellErr := j.fallSilent()
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	if j.group == nil {
		return errors.Join(killErr, tellErr)
	}
	return errors.Join(killErr, tellErr, j.engine.clear())
}

// unneeded tells that a job needs no place of its own: nobody can reach it, or
// its first member did not come in the end.
func (j *job) unneeded() bool { return j.handles == 0 || !j.wasUsed() }

// clear takes the places of jobs away that do not need them, as far as the system
// lets them go. A job with members or child jobs stays, with its limits (LIF-03,
// NST-17), until a later call finds it empty; should this process end before,
// a sweep does.
func (e *Engine) clear() error {
	for again := true; again; {
		again = false
		for _, j := range e.jobs {
			if !j.unneeded() || len(e.entering(j.id)) > 0 || j.termination != nil {
				continue
			}
			err := j.unform()
			if err == nil {
				again = true // its parent may go now
			} else if !errors.Is(err, group.ErrPopulated) {
				return err
			}
		}
	}
	return nil
}
