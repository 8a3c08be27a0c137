package engine

import (
	"slices"

	"jobobject/internal/group"
)

// A job with SILENT_BREAKAWAY_OK does not get the children of its members
// (LIM-60). Those that are started through the engine are born outside. Those
// that members fork by themselves are born inside, as the kernel will have it,
// and are taken out as soon as they are seen: the group is sampled for that.
type silence struct {
	stop    func()
	members map[int]group.Target // who belongs there: was started or assigned
}

// silent begins or ends the watch as the job's limits say.
func (j *job) silent() {
	wanted := j.limits.SilentBreakawayOK && j.group != nil
	switch {
	case wanted && j.silence == nil:
		watch := &silence{members: map[int]group.Target{}}
		j.silence = watch
		j.adoptMembers() // the flag is for later children (LIM-61)
		watch.stop = j.group.Sample(func(pids []int) { j.expel(watch, pids) })
	case !wanted && j.silence != nil:
		j.silence.stop()
		for _, target := range j.silence.members {
			target.Close()
		}
		j.silence = nil
	}
}

// adoptMembers notes those that are members now.
func (j *job) adoptMembers() {
	pids, err := j.group.Members()
	if err != nil {
		return
	}
	for _, pid := range pids {
		j.belongs(pid)
	}
}

// belongs notes that a process was started or assigned.
func (j *job) belongs(pid int) {
	if j.silence == nil {
		return
	}
	if old, found := j.silence.members[pid]; found {
		old.Close()
		delete(j.silence.members, pid)
	}
	if target, err := j.engine.groups.Find(pid); err == nil {
		j.silence.members[pid] = target
	}
}

// expel takes those out that do not belong. While a start is on its way it cannot
// be told who does.
func (j *job) expel(watch *silence, pids []int) {
	e := j.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if j.silence != watch || j.group == nil || len(e.entering(j.id)) > 0 || j.termination != nil {
		return
	}
	for pid, target := range watch.members {
		if target.Exited() || !slices.Contains(pids, pid) {
			target.Close()
			delete(watch.members, pid)
		}
	}
	for _, pid := range pids {
		if _, belongs := watch.members[pid]; !belongs {
			j.expelOne(pid)
		}
	}
}

// expelOne lets a child go where it would have been born (NST-21). Members of
// child jobs are the business of those.
func (j *job) expelOne(pid int) {
	e := j.engine
	target, err := e.groups.Find(pid)
	if err != nil {
		return
	}
	defer target.Close()
	at, err := e.groups.PlaceOf(pid)
	if err != nil || len(at.Jobs) == 0 || at.Jobs[len(at.Jobs)-1] != j.id {
		return
	}
	outside, err := e.inherited(j.group.Place(), false)
	if err == nil {
		_ = e.groups.Move(target, outside) // the next sample tries again
	}
}
