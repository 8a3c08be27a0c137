package engine

import (
	"errors"
	"fmt"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// census watches the number of members where that is limited (LIM-23). Starts and
// assignments are counted before they are done. What members fork by themselves
// is born first and counted when it is seen: those over the limit are ended at
// once (D3). Processes are counted, never threads.
type census struct {
	stop  func()
	known map[int]bool // members that may stay; true while they have not been seen in a sample
	dying map[int]bool // those that may not; it takes them a moment to go
}

// watchLimits begins the watches that the job's limits want.
func (j *job) watchLimits() error {
	if err := j.watchNumber(); err != nil {
		return err
	}
	j.watchTimes()
	j.beginUpkeep()
	return j.watchBlows()
}

// unwatchLimits ends those that they do not want, or not any more.
func (j *job) unwatchLimits() {
	j.unwatchBlows()
	if j.census != nil && !j.limitsNumber() {
		j.census.stop()
		j.census = nil
	}
	if j.clock != nil && !j.limitsTime() {
		j.unwatchTimes()
	}
	if j.upkeep != nil && !j.wantsUpkeep() {
		j.upkeep.stop()
		j.upkeep = nil
	}
}

func (j *job) limitsNumber() bool { return j.limits.ActiveProcesses > 0 && j.group != nil }

// watchNumber lets the present members stay, however many they are (LIM-28).
func (j *job) watchNumber() error {
	if !j.limitsNumber() || j.census != nil {
		return nil
	}
	present, err := j.group.Members()
	if err != nil {
		return err
	}
	c := &census{known: map[int]bool{}, dying: map[int]bool{}}
	j.census = c
	for _, pid := range present {
		j.admit(pid)
	}
	c.stop = j.group.Sample(func(pids []int) bool { return j.count(c, pids) })
	return nil
}

// admit notes that a process has been counted already.
func (j *job) admit(pid int) {
	if j.census != nil {
		j.census.known[pid] = true
	}
}

// count looks at the members of now, and tells whether all is settled. While a
// start is on its way it cannot be told who was started and who was forked.
func (j *job) count(c *census, pids []int) (settled bool) {
	e := j.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if j.census != c || j.group == nil {
		return true
	}
	if len(e.entering(j.id)) > 0 || e.terminating(j.group.Place()) {
		return false
	}
	newcomers, doubtful := c.newcomers(pids)
	for _, pid := range newcomers {
		switch most := int(j.limits.ActiveProcesses); {
		case len(c.known) < most:
			c.known[pid] = false
		case len(c.known)-doubtful < most: // the next sample tells
		case j.turnAway(pid, c.dying[pid]):
			c.dying[pid] = true
		}
	}
	j.most = max(j.most, c.staying(pids))
	// Who was turned away is gone before long, or turned away again.
	return len(newcomers) == 0 || len(c.dying) == 0 && c.staying(newcomers) == uint64(len(newcomers))
}

// staying is how many of those that are there may stay.
func (c *census) staying(pids []int) (n uint64) {
	for _, pid := range pids {
		if _, known := c.known[pid]; known {
			n++
		}
	}
	return n
}

// newcomers are the members that have not been seen before. Who is known and not
// in the list is dead, unless it came after that was made: of the doubtful ones the
// next list tells.
func (c *census) newcomers(pids []int) (found []int, doubtful int) {
	here := make(map[int]bool, len(pids))
	for _, pid := range pids {
		here[pid] = true
		if _, known := c.known[pid]; !known {
			found = append(found, pid)
		}
	}
	for pid := range c.dying {
		if !here[pid] {
			delete(c.dying, pid)
		}
	}
	for pid, fresh := range c.known {
		switch {
		case !here[pid] && !fresh:
			delete(c.known, pid)
		case fresh:
			c.known[pid] = false
			if !here[pid] {
				doubtful++
			}
		}
	}
	return found, doubtful
}

// turnAway ends a member that is one too many, and tells whether it did.
func (j *job) turnAway(pid int, again bool) bool {
	e := j.engine
	target, err := e.groups.Find(pid)
	if err != nil {
		return false // it has ended by itself
	}
	defer target.Close()
	at, err := e.groups.PlaceOf(pid)
	if err != nil || !at.In(j.id) || target.Exited() {
		return false // the next sample tries again
	}
	if !again {
		j.post(kernel.Message{ID: kernel.ActiveProcessLimit}) // LIM-25; before its exit
	}
	if j.exceed(target) != nil {
		return false
	}
	if again {
		return true
	}
	for _, level := range e.ancestors(at) {
		level.joined++ // ACC-06
	}
	e.countTerminated(at, 1)
	j.strike(kernel.ActiveProcessesStrike, 1, 0)
	return true
}

// room tells whether the job can have one more member.
func (j *job) room() (bool, error) {
	if j.limits.ActiveProcesses == 0 || j.group == nil {
		return true, nil
	}
	members, err := j.group.Count()
	if err != nil {
		return false, err
	}
	return members+len(j.engine.entering(j.id)) < int(j.limits.ActiveProcesses), nil
}

// refuseStart says why no process may be started at a place: a job there, or
// around it, has as many members as it may have (CPR-13, NST-31), or its time is
// over (EOJ-02).
func (e *Engine) refuseStart(place group.Place) error {
	for _, j := range e.ancestors(place) {
		if j.expired {
			return errExpired
		}
		room, err := j.room()
		if err != nil {
			return err
		}
		if !room {
			j.strike(kernel.ActiveProcessesStrike, 0, 1)
			j.post(kernel.Message{ID: kernel.ActiveProcessLimit})
			return j.errFull()
		}
	}
	return nil
}

var errExpired = fmt.Errorf("%w: the user time of the job, or of one around it, is used up; set JobUserTime again, or to 0, to go on (EOJ-02)",
	kernel.ErrQuotaExceeded)

func (j *job) errFull() error {
	return fmt.Errorf("%w: the job, or one around it, has as many members as ActiveProcesses allows, %d (LIM-24)",
		kernel.ErrQuotaExceeded, j.limits.ActiveProcesses)
}

// refuseAssign is the same for an assignment, and ends the process (ASG-13,
// ASG-14).
func (j *job) refuseAssign(target group.Target, at group.Place) error {
	e := j.engine
	joins := []*job{j}
	if j.group != nil {
		joins = e.newlyJoined(at, j.group.Place())
	}
	for _, joined := range joins {
		room, err := joined.room()
		if err != nil {
			return err
		}
		switch {
		case joined.expired:
			joined.strike(kernel.JobUserTimeStrike, 1, 0)
			return errors.Join(errExpired, joined.turnDown(target))
		case !room:
			joined.strike(kernel.ActiveProcessesStrike, 1, 0)
			joined.post(kernel.Message{ID: kernel.ActiveProcessLimit})
			return errors.Join(joined.errFull(), joined.turnDown(target))
		}
	}
	return nil
}

// turnDown ends a process that was not let in. It counts as one that was a member
// (ACC-06).
func (j *job) turnDown(target group.Target) error {
	err := j.exceed(target)
	if errors.Is(err, kernel.ErrProcessExited) {
		err = nil
	}
	if err == nil {
		j.joined++
		j.toll.terminated++
	}
	return err
}
