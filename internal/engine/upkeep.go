package engine

import (
	"context"
	"time"

	"jobobject/internal/group"
)

// upkeep looks after what members could change by themselves, those that have the
// right to raise their priority, and after what the kernel does not hold: their
// working sets. It does so slowly, and not at all while the job has no members.
type upkeep struct {
	stop context.CancelFunc
	wake chan struct{} // has something in it when a member has come
}

// upkeepPause is how long a member can have what it has taken.
const upkeepPause = time.Second

func (j *job) wantsUpkeep() bool {
	return (j.limits.PriorityClass != 0 || j.limits.MaxWorkingSet != 0) && j.group != nil
}

func (j *job) beginUpkeep() {
	if !j.wantsUpkeep() || j.upkeep != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	j.upkeep = &upkeep{stop: cancel, wake: make(chan struct{}, 1)}
	go j.keepUp(ctx, j.upkeep)
}

func (j *job) wakeUpkeep() {
	if j.upkeep == nil {
		return
	}
	select {
	case j.upkeep.wake <- struct{}{}:
	default:
	}
}

// keepUp looks, and sleeps; where there is nobody until somebody joins.
func (j *job) keepUp(ctx context.Context, u *upkeep) {
	for {
		if !j.lookAfter(u) {
			select {
			case <-ctx.Done():
			case <-u.wake:
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(upkeepPause):
		}
	}
}

// lookAfter tells whether there were members.
func (j *job) lookAfter(u *upkeep) bool {
	e := j.engine
	e.mu.Lock()
	members, current := j.group, j.upkeep == u && j.wantsUpkeep()
	e.mu.Unlock()
	if !current {
		return false
	}
	present, err := members.Members()
	if err != nil {
		return true // the next look may be luckier
	}
	for _, pid := range present {
		j.lookAfterMember(pid)
	}
	if len(present) == 0 {
		j.leaveIfUnneeded()
	}
	return len(present) > 0
}

// lookAfterMember puts back what a member has changed. Where that cannot be done now,
// it may be at the next look.
func (j *job) lookAfterMember(pid int) {
	e := j.engine
	target, err := e.groups.Find(pid)
	if err != nil {
		return
	}
	defer target.Close()
	e.mu.Lock()
	place, err := e.groups.PlaceOf(pid)
	if err != nil || !place.In(j.id) || target.Exited() {
		e.mu.Unlock()
		return
	}
	if a, err := e.attributes(place); err == nil && a.Priority != 0 {
		_, _ = e.groups.Impose(pid, group.Attributes{Priority: a.Priority})
	}
	least, most := e.workingSet(place)
	e.mu.Unlock() // as that may take a while
	if most != 0 {
		_ = e.groups.Trim(pid, least, most)
	}
}
