package engine

import (
	"errors"
	"path"
	"slices"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// mostEscapes bounds what is remembered of a job whose members leave again and
// again; the latest are kept.
const mostEscapes = 256

// recapture puts back the processes that have left the job although no rule lets
// a member leave (OBJ-05, D9). It can tell of those that were started through
// this engine and are still held; what they have started themselves, only a
// tracer sees leaving. It returns how many it found.
func (j *job) recapture() (found int, err error) {
	e := j.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for pid, pointer := range e.processes {
		p := pointer.Value()
		if p == nil || !p.place.In(j.id) || p.child.Exited() {
			continue
		}
		now, err := e.groups.PlaceOf(pid)
		if err != nil || now.In(j.id) {
			continue
		}
		found++
		e.recaptures++
		err = e.putBack(pid, p.place)
		j.noteEscape(kernel.Escape{Pid: pid, To: now.Ref, Managed: managed(now), Returned: err == nil})
		if err != nil && !errors.Is(err, kernel.ErrProcessExited) {
			errs = append(errs, err)
		}
	}
	return found, errors.Join(errs...)
}

// recaptures is how often a member was found that had left.
func (j *job) recaptures() int {
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	return j.engine.recaptures
}

// lookAfter does so when the tracer has told that a process left by no rule. It
// returns where it went, in the words of the system, if that is known.
func (e *Engine) lookAfter(id string, left kernel.Event) (to string) {
	e.mu.Lock()
	j := e.jobs[id]
	e.mu.Unlock()
	if j == nil {
		return left.To
	}
	_, _ = j.recapture() // what cannot be put back has left
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, each := range e.jobs { // whichever of its jobs has noticed
		for _, escape := range slices.Backward(each.escapes) {
			if escape.Pid == left.Process.Pid {
				return escape.To
			}
		}
	}
	// One that members have started themselves: it is noticed, and goes.
	j.noteEscape(kernel.Escape{Pid: left.Process.Pid, To: left.To, Managed: managed(group.Place{Ref: left.To})})
	return left.To
}

// putBack returns a process to the innermost of its jobs that is still there.
func (e *Engine) putBack(pid int, place group.Place) error {
	target, err := e.groups.Find(pid)
	if err != nil {
		return err
	}
	defer target.Close()
	jobs := e.ancestors(place)
	if len(jobs) == 0 {
		return kernel.ErrNotInJob
	}
	if err := jobs[0].ready(); err != nil {
		return err
	}
	if err := jobs[0].group.Attach(target); err != nil {
		return err
	}
	for _, j := range jobs { // elsewhere it has used what nothing has counted here
		j.wakeClock()
		j.watchNotices() // it may have been the only one
	}
	return nil
}

func (j *job) noteEscape(escape kernel.Escape) {
	if len(j.escapes) == mostEscapes {
		j.escapes = append(j.escapes[:0], j.escapes[1:]...)
	}
	j.escapes = append(j.escapes, escape)
}

// managed recognizes the units of systemd, which moves processes on their behalf
// or that of their session.
func managed(place group.Place) bool {
	switch path.Ext(place.Ref) {
	case ".scope", ".service":
		return true
	}
	return false
}

// Escapes looks for members that have left, and tells of all that were found.
func (h *handle) Escapes() ([]kernel.Escape, error) {
	j, err := h.lock()
	if err != nil {
		return nil, err
	}
	j.engine.mu.Unlock()
	_, err = j.recapture()
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	return append([]kernel.Escape{}, j.escapes...), err
}
