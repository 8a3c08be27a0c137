package engine

import (
	"time"

	"jobobject/internal/group"
)

// moment is an instant, and what the meter showed then.
type moment struct {
	at    time.Time
	meter time.Duration
	known bool // the meter could be read
}

// clock is what the timekeeper knows of one job.
type clock struct {
	job    *job
	keeper *timekeeper

	// Guarded by the engine's lock.
	unseen bool // a member has come, or a limit has changed
	joined bool // somebody has been born, since the last look
	ending bool // the job's time is over, and somebody sees to that
	idle   bool // there was nobody to use time

	// Of the last look; they belong to the goroutine of the timekeeper.
	looked moment
	left   time.Duration // that the job could use before it came to a limit
	again  time.Time     // when it is looked at whatever the meter says
	used   time.Duration // of processors, by all members

	// Of the last look at each member.
	usedThen time.Duration // by all
	leftThen time.Duration // to the one that had least
}

// remains is how far the meter can run before the job has come to a limit.
func (c *clock) remains(now moment) time.Duration {
	switch {
	case c.unseen:
		return 0
	case now.known && c.looked.known && now.meter >= c.looked.meter:
		return c.left - (now.meter - c.looked.meter)
	}
	return c.left - now.at.Sub(c.looked.at)*time.Duration(c.job.engine.groups.Processors())
}

// due tells whether to look. Where somebody else has made the meter run, a look
// when half of it has gone by saves many that are close to the end.
func (c *clock) due(now moment) bool {
	switch {
	case c.ending:
		return false
	case c.unseen:
		return true
	}
	return !c.idle && (!now.at.Before(c.again) || c.remains(now) <= c.left/2)
}

// pause is for how long that cannot be.
func (c *clock) pause(now moment) time.Duration {
	return min(c.remains(now)/time.Duration(c.job.engine.groups.Processors()), c.again.Sub(now.at))
}

// look enforces the limits of the job.
func (c *clock) look(now moment) {
	j, e := c.job, c.job.engine
	e.mu.Lock()
	unseen := c.unseen
	c.unseen, c.joined, c.idle = false, false, false
	if j.clock != c || j.group == nil || !j.limitsTime() {
		c.idle = true
		e.mu.Unlock()
		return
	}
	members, limits, from, expired := j.group, j.limits, j.periodFrom, j.expired
	e.mu.Unlock()

	c.looked, c.left, c.again = now, forEver, now.at.Add(seldom)
	used, err := members.ProcessorTime()
	if err != nil {
		c.retry(members)
		return
	}
	if limits.JobUserTime > 0 && !expired {
		if c.left = from + limits.JobUserTime - used.User; c.left <= 0 {
			c.end()
			return
		}
	}
	still := used.All == c.used && !unseen
	c.used = used.All
	if (still || unseen) && c.leave(members) {
		return
	}
	if limits.ProcessUserTime > 0 && !c.lookAtMembers(members, limits.ProcessUserTime, unseen) {
		c.retry(members)
	}
}

// lookAtMembers looks at each of them, if one of them can have used what was left
// to it: no member uses more than all.
func (c *clock) lookAtMembers(members group.Group, limit time.Duration, unseen bool) bool {
	if left := c.leftThen - (c.used - c.usedThen); unseen || left <= c.leftThen/2 {
		times, err := members.UserTimes()
		if err != nil {
			return false
		}
		c.usedThen, c.leftThen = c.used, c.job.checkProcesses(c, times, limit)
	}
	c.left = min(c.left, c.leftThen-(c.used-c.usedThen))
	return true
}

// leave tells whether the job is empty: it is left alone until somebody joins.
func (c *clock) leave(members group.Group) bool {
	if n, err := members.Count(); err != nil || n > 0 {
		return false
	}
	e := c.job.engine
	e.mu.Lock()
	c.idle = !c.unseen && !c.joined
	e.mu.Unlock()
	c.job.leaveIfUnneeded()
	return true
}

// retry is for a job that cannot be looked at. The next look may be luckier.
func (c *clock) retry(members group.Group) {
	if !c.leave(members) {
		c.again = c.looked.at.Add(closest)
	}
}

// end has the limit strike, which may take its time, while others are looked at.
func (c *clock) end() {
	e := c.job.engine
	e.mu.Lock()
	c.ending = true
	e.mu.Unlock()
	go func() {
		c.job.endOfJobTime(c)
		e.mu.Lock()
		defer e.mu.Unlock()
		c.left, c.again = forEver, time.Now().Add(c.job.patience) // where somebody has survived
		c.ending = false
		c.keeper.rouse()
	}()
}
