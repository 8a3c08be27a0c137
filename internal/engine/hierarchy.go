package engine

import (
	"fmt"
	"slices"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// join decides where a process goes that is at a place and is assigned to a job.
// form says that the job gets its place by that; stay that nothing moves.
func (j *job) join(at group.Place) (form, stay bool, err error) {
	if j.group == nil {
		return true, false, nil // never used: it nests below (NST-05)
	}
	switch inside := j.group.Place(); {
	case inside.Same(at):
		return false, true, nil // NST-04, ASG-09
	case inside.Within(at):
		return false, false, nil // NST-07, NST-11
	case at.Within(inside):
		return false, true, nil // a member by containment (NST-09, UNC-08)
	}
	return false, false, fmt.Errorf("%w: the process is in a job that this one, which has been used, is not nested in (NST-06, NST-08)",
		kernel.ErrAccessDenied)
}

// refuses tells whether a process at a place may not join the job now, because one
// of the jobs that it is in or comes to is being terminated (ASG-10, TRM-12).
func (j *job) refuses(at group.Place) bool {
	return j.termination != nil || j.engine.terminating(at) || j.group != nil && j.engine.terminating(j.group.Place())
}

// prepare gets the job ready for a member that comes from a place.
func (j *job) prepare(at group.Place, form bool) error {
	if form {
		return j.form(at)
	}
	return j.ready()
}

// inherited is the place that the child of a process at a place inherits, after
// the breakaway that was asked for and that which the jobs impose (NST-20 to
// NST-24).
func (e *Engine) inherited(parent group.Place, breakaway bool) (group.Place, error) {
	if len(parent.Jobs) == 0 {
		return parent, nil // no job, no effect (CPR-06)
	}
	states, err := e.groups.States(parent)
	if err != nil {
		return group.Place{}, err
	}
	slices.Reverse(states) // from the immediate job upwards
	leave := 0
	for leave < len(states) && (states[leave].SilentBreakawayOK || states[leave].BreakawayOK && breakaway) {
		leave++
	}
	if breakaway && leave == 0 {
		return group.Place{}, fmt.Errorf("%w: the job of this process does not allow breakaway (CPR-07)", kernel.ErrAccessDenied)
	}
	return e.groups.Outside(parent, leave)
}

// newlyJoined are the jobs that a process becomes a member of on its way from one
// place to another: those below its former immediate job (NST-42).
func (e *Engine) newlyJoined(from, to group.Place) []*job {
	return slices.DeleteFunc(e.ancestors(to), func(j *job) bool { return from.In(j.id) })
}

// countJoin notes a new member on all levels that it has joined.
func (e *Engine) countJoin(from, to group.Place) {
	for _, j := range e.newlyJoined(from, to) {
		j.use()
		j.joined++
		if from.Ref == "" {
			j.wakeClockOfIdle() // who has just been born has used nothing
		} else {
			j.wakeClock()
		}
		j.wakeUpkeep()
		j.watchNotices()
	}
}
