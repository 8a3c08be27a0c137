package engine

import (
	"errors"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// A job with SILENT_BREAKAWAY_OK does not get the children of its members
// (LIM-60). Those that are started through the engine are born outside. Those
// that members fork by themselves are born inside, as the kernel will have it,
// and are taken out as soon as they are seen: the group is sampled for that.
type silence struct {
	stop    func()
	members map[int]group.Target // who belongs there: was started or assigned; nil where it cannot be held on to
}

// watchChildren begins the watch where the job's limits want it.
func (j *job) watchChildren() error {
	if !j.keepsChildrenOut() || j.silence != nil {
		return nil
	}
	present, err := j.group.Members()
	if err != nil {
		return err
	}
	watch := &silence{members: map[int]group.Target{}}
	j.silence = watch
	for _, pid := range present { // the flag is for later children (LIM-61)
		j.belongs(pid)
	}
	watch.stop = j.group.Sample(func(pids []int) bool { return j.expel(watch, pids) })
	return nil
}

// unwatchChildren ends it where they do not, or not any more.
func (j *job) unwatchChildren() {
	if j.keepsChildrenOut() || j.silence == nil {
		return
	}
	j.silence.stop()
	for pid := range j.silence.members {
		j.silence.drop(pid)
	}
	j.silence = nil
}

func (j *job) keepsChildrenOut() bool { return j.limits.SilentBreakawayOK && j.group != nil }

// belongs notes that a process was started or assigned.
func (j *job) belongs(pid int) {
	if j.silence == nil {
		return
	}
	j.silence.drop(pid)
	target, err := j.engine.groups.Find(pid)
	if errors.Is(err, kernel.ErrProcessExited) {
		return
	}
	// One that cannot be held on to belongs all the same. It is the number then,
	// whoever may have it later.
	j.silence.members[pid] = target
}

func (s *silence) drop(pid int) {
	if target := s.members[pid]; target != nil {
		target.Close()
	}
	delete(s.members, pid)
}

// expel takes those out that do not belong, and tells whether it has settled that.
// While a start is on its way it cannot be told who does.
func (j *job) expel(watch *silence, pids []int) (settled bool) {
	e := j.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if j.silence != watch || j.group == nil {
		return true
	}
	if len(e.entering(j.id)) > 0 || e.terminating(j.group.Place()) {
		return false
	}
	for pid, target := range watch.members {
		// One that is not in the list may have come after that was made.
		if target != nil && target.Exited() {
			watch.drop(pid)
		}
	}
	settled = true
	for _, pid := range pids {
		if _, belongs := watch.members[pid]; !belongs && !j.expelOne(pid) {
			settled = false
		}
	}
	return settled
}

// expelOne lets a child go where it would have been born (NST-21). Members of
// child jobs are the business of those.
func (j *job) expelOne(pid int) (done bool) {
	e := j.engine
	target, err := e.groups.Find(pid)
	if err != nil {
		return errors.Is(err, kernel.ErrProcessExited)
	}
	defer target.Close()
	at, err := e.groups.PlaceOf(pid)
	if err != nil {
		return errors.Is(err, kernel.ErrProcessExited)
	}
	if len(at.Jobs) == 0 || at.Jobs[len(at.Jobs)-1] != j.id {
		return true
	}
	outside, err := e.inherited(j.group.Place(), false)
	if err == nil {
		err = e.readyAt(outside)
	}
	if err != nil {
		return false
	}
	unrelease := e.news.release(pid, at, outside)
	if e.groups.Move(target, outside) != nil {
		unrelease() // the next sample tries again
		return false
	}
	return true
}
