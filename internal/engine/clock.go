package engine

import (
	"errors"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

func (j *job) limitsTime() bool {
	return (j.limits.JobUserTime > 0 && !j.expired || j.limits.ProcessUserTime > 0) && j.group != nil
}

// renewJobTime begins a new period: the time that has been used until now does not
// count (LIM-14, LIM-15), and the job is not signaled any more (SIG-06). Dropping
// the limit lets members in again.
func (j *job) renewJobTime() error {
	if j.limits.JobUserTime > 0 {
		if err := j.beginPeriod(); err != nil {
			return err
		}
		if isClosed(j.signaled) {
			j.signaled = make(chan struct{})
		}
	}
	j.expired, j.counted = false, false
	j.watchTimes()
	return nil
}

var errNoUserTime = &kernel.NotSupportedError{
	Feature: "limits on user time",
	Cause:   errors.New("the system does not tell the user time of a group"),
}

// userTimeOf is what is known for sure to have been used: what nobody tells of cannot
// be held against a job.
func userTimeOf(g group.Group) (time.Duration, error) {
	usage, err := g.Usage()
	if err != nil {
		return 0, err
	}
	used, known := usage.UserTime.LowerBound()
	if !known {
		return 0, errNoUserTime
	}
	return used, nil
}

// leaveIfUnneeded removes the place of a job that nobody can reach, now that it is
// empty.
func (j *job) leaveIfUnneeded() {
	e := j.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if j.unneeded() && j.group != nil {
		_ = e.clear() // what cannot go, a later call finds
	}
}

// endOfJobTime does what the limit asks for (EOJ-01, EOJ-03).
func (j *job) endOfJobTime(c *clock) {
	e := j.engine
	e.mu.Lock()
	if j.clock != c || !j.limitsTime() {
		e.mu.Unlock()
		return
	}
	if j.limits.EndOfJobTime == kernel.PostAtEndOfJob && j.post(kernel.Message{ID: kernel.EndOfJobTime}) {
		j.strike(kernel.JobUserTimeStrike, 0, 0)
		j.limits.JobUserTime = 0
		e.mu.Unlock()
		return
	}
	j.countEnded(j.placesOfMembers()) // before anybody can see their death
	j.expired = true
	err := j.terminate(kernel.ExitQuota, false) // gives the lock back

	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		j.expired = false // the next look tries again
		return
	}
	if j.unneeded() {
		_ = e.clear()
	}
}

// countEnded notes the end of the members, once in a period: where some survive, it
// is tried again.
func (j *job) countEnded(places []group.Place) {
	if j.counted {
		return
	}
	j.counted = true
	j.strike(kernel.JobUserTimeStrike, uint64(len(places)), 0)
	for _, place := range places {
		j.engine.countTerminated(place, 1)
	}
}

// placesOfMembers are those of the live ones, each in the innermost of its jobs.
func (j *job) placesOfMembers() (places []group.Place) {
	members, _ := j.group.Members() // who cannot be listed is ended all the same
	for _, pid := range members {
		if place, err := j.engine.groups.PlaceOf(pid); err == nil {
			places = append(places, place)
		}
	}
	return places
}

// checkProcesses ends those whose time is over, and says how soon another one can
// come to that, one that has not been born yet included.
func (j *job) checkProcesses(c *clock, times map[int]time.Duration, limit time.Duration) (left time.Duration) {
	left = limit
	for pid, used := range times {
		if used < limit {
			left = min(left, limit-used)
		} else {
			j.endOfProcessTime(c, pid, limit)
		}
	}
	return left
}

// endOfProcessTime ends one (LIM-09). Once it is held on to it is asked again what
// it has used: the number may have passed on.
func (j *job) endOfProcessTime(c *clock, pid int, limit time.Duration) {
	e := j.engine
	target, err := e.groups.Find(pid)
	if err != nil {
		return
	}
	defer target.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	if j.clock != c || j.group == nil {
		return
	}
	times, err := j.group.UserTimes()
	if err != nil || times[pid] < limit {
		return
	}
	place, err := e.groups.PlaceOf(pid)
	if err != nil || target.Exited() {
		return
	}
	j.post(kernel.Message{ID: kernel.EndOfProcessTime, Pid: pid}) // before its exit (MSG-22)
	if j.exceed(target) != nil {
		return
	}
	e.countTerminated(place, 1)
	j.strike(kernel.ProcessUserTimeStrike, 1, 0)
}
