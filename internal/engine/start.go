package engine

import (
	"errors"
	"fmt"
	"os/exec"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Start starts a process as a member of the job, and of those in AlsoIn.
func (h *handle) Start(cmd *exec.Cmd, options kernel.StartOptions) (kernel.Process, error) {
	entry, err := h.enter(options)
	if err != nil {
		return nil, err
	}
	child, err := entry.start(cmd, options.Suspended)

	e := entry.job.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.entries, entry)
	close(entry.over)
	if err != nil {
		return nil, errors.Join(err, e.clear())
	}
	place := entry.into.Place()
	now, err := e.attributes(place)
	if err == nil && now != entry.attributes { // changed while it was on its way
		err = e.imposeOn(child.Pid(), replacing(entry.attributes, now))
	}
	if err != nil {
		return nil, errors.Join(err, discard(child), e.clear())
	}
	e.countJoin(group.Place{}, place)
	for _, j := range e.ancestors(place) {
		j.belongs(child.Pid())
		j.admit(child.Pid())
	}
	p := e.track(child, place)
	p.code = entry.code
	return p, nil
}

// StartOutside starts a process in no job but those of the caller's that do not
// let it go.
func (e *Engine) StartOutside(cmd *exec.Cmd, options kernel.StartOptions) (kernel.Process, error) {
	at, err := e.outside()
	if err != nil {
		return nil, err
	}
	child, err := e.groups.StartAt(at, cmd, options.Suspended)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.countJoin(group.Place{}, at)
	return e.track(child, at), nil
}

// outside is the place that the caller's jobs let a process go to, made ready for
// one. The caller is in the job there, if any, which therefore stays.
func (e *Engine) outside() (group.Place, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	self, err := e.groups.PlaceOf(0)
	if err != nil {
		return group.Place{}, err
	}
	at, err := e.inherited(self, true)
	if err != nil {
		return group.Place{}, err
	}
	if e.terminating(at) {
		return group.Place{}, errTerminating
	}
	return at, e.readyAt(at)
}

// entry is a start on its way: the places are decided, the process is not there.
type entry struct {
	job       *job
	inherited group.Place // where the process would be if it were in no job of the list
	into      group.Group
	frozen    bool

	attributes group.Attributes // that the process gets before it runs

	code *uint32       // of the termination that is to end the process
	over chan struct{} // closed when it is there, or will not be
}

// enter decides where the process goes: first the inherited jobs, after
// breakaway, then each job of the list as if it were assigned (ATT-06, ATT-07).
func (h *handle) enter(options kernel.StartOptions) (*entry, error) {
	j, err := h.lock()
	if err != nil {
		return nil, err
	}
	e := j.engine
	defer e.mu.Unlock()
	list, err := h.jobList(options.AlsoIn)
	if err != nil {
		return nil, err
	}
	self, err := e.groups.PlaceOf(0)
	if err != nil {
		return nil, err
	}
	inherited, err := e.inherited(self, options.Breakaway)
	if err != nil {
		return nil, err
	}
	entry := &entry{job: j, inherited: inherited, over: make(chan struct{})}
	if err := entry.follow(list); err != nil {
		return nil, err
	}
	if err := e.refuseStart(entry.into.Place()); err != nil {
		return nil, errors.Join(err, e.clear())
	}
	if entry.attributes, err = e.attributes(entry.into.Place()); err != nil {
		return nil, errors.Join(err, e.clear())
	}
	entry.frozen = e.effectivelyFrozen(entry.into.Place())
	e.entries[entry] = struct{}{}
	return entry, nil
}

// jobList checks the handles before anything is done (ATT-03).
func (h *handle) jobList(also []kernel.Job) ([]*job, error) {
	list := []*job{h.job}
	for i, other := range also {
		o, ok := other.(*handle)
		if !ok || o.job.engine != h.job.engine || isClosed(o.closed) {
			return nil, fmt.Errorf("job %d of AlsoIn: %w", i+1, kernel.ErrClosed)
		}
		list = append(list, o.job)
	}
	return list, nil
}

// entering are the starts that are on their way into a job or below it.
func (e *Engine) entering(id string) []*entry {
	var entries []*entry
	for n := range e.entries {
		if n.into.Place().In(id) {
			entries = append(entries, n)
		}
	}
	return entries
}

// follow walks down the list. Where the rules keep a job from being joined, the
// effects on those before it stay: they have their places, and have had a member
// that did not live to run (ATT-10, MSG-20).
func (n *entry) follow(list []*job) error {
	e := n.job.engine
	at := n.inherited
	for i, j := range list {
		next, err := n.step(j, at)
		if err != nil {
			if i > 0 {
				err = fmt.Errorf("job %d of AlsoIn: %w", i, err)
			}
			if i > 0 && errors.Is(err, kernel.ErrAccessDenied) {
				e.countJoin(n.inherited, at)
				e.halfMade(n.inherited, at)
				return err
			}
			return errors.Join(err, e.clear())
		}
		at = next
	}
	if n.into == nil { // all of them are around the inherited place
		return n.stay(at)
	}
	return nil
}

// step joins one job and returns the place after that.
func (n *entry) step(j *job, at group.Place) (group.Place, error) {
	form, stay, err := j.join(at)
	if err != nil {
		return at, err
	}
	if j.refuses(at) {
		return at, errTerminating
	}
	if stay && !j.group.Place().Same(at) {
		return at, nil
	}
	if err := j.prepare(at, form); err != nil {
		return at, err
	}
	n.into = j.group
	return j.group.Place(), nil
}

// stay starts the process in the caller's immediate job, which is one of this
// engine's or there would be no such list.
func (n *entry) stay(at group.Place) error {
	for _, j := range n.job.engine.ancestors(at) {
		n.into = j.group
		return j.ready()
	}
	return kernel.ErrNotInJob
}
