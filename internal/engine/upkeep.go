package engine

import (
	"context"
	"time"
)

// upkeep looks after what members could change by themselves: those that have the
// right to raise their priority. It does so slowly, and not at all while the job
// has no members.
type upkeep struct {
	stop context.CancelFunc
	wake chan struct{} // has something in it when a member has come
}

// upkeepPause is how long a member can have what it has taken.
const upkeepPause = time.Second

func (j *job) wantsUpkeep() bool { return j.limits.PriorityClass != 0 && j.group != nil }

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
		j.imposeAgain(pid)
	}
	if len(present) == 0 {
		j.leaveIfUnneeded()
	}
	return len(present) > 0
}
