package engine

import (
	"context"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Where figures change they are looked at every livelyLook, and where they do not,
// more and more rarely. A look that takes long makes room for dearLook times of
// that.
const (
	livelyLook = 25 * time.Millisecond
	calmLook   = 400 * time.Millisecond
	dearLook   = 20
)

// reading is what a look has found. Figures that no limit is about are 0.
type reading struct {
	userTime      time.Duration // since the limits were set
	memory        uint64
	read, written uint64
	rate          uint64 // percent of the interval that has just ended; 0 while it lasts
	busiest       int    // the process that used most of that
	empty         bool   // there were no members
}

// moved tells whether anything has changed.
func (r reading) moved(since reading) bool {
	r.rate, r.busiest, since.rate, since.busiest = 0, 0, 0, 0
	return r != since
}

// watchNotices begins to look where there may be members. The engine's lock is
// held, here and in the next two.
func (j *job) watchNotices() {
	n := j.notices
	if n == nil {
		return
	}
	n.joins++
	if n.stop != nil || j.group == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	n.stop = cancel
	go n.keepLooking(ctx, j)
}

// wakeNotices is for who may have changed what they wait for. The engine's lock is
// held.
func (j *job) wakeNotices() {
	if j.notices == nil {
		return
	}
	select {
	case j.notices.wake <- struct{}{}:
	default:
	}
}

func (j *job) stopNotices() {
	if n := j.notices; n != nil && n.stop != nil {
		n.stop()
		n.stop = nil
	}
}

// dropNotices is for a job that nobody can query any more. The lock is not held.
func (j *job) dropNotices() {
	j.engine.mu.Lock()
	n := j.notices
	j.stopNotices()
	j.notices, j.counting = nil, false
	j.engine.mu.Unlock()
	n.await()
}

// keepLooking looks, and sleeps, until there are no members or no limits.
func (n *notices) keepLooking(ctx context.Context, j *job) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		pause, over := n.look(ctx, j)
		if over {
			return
		}
		timer.Reset(pause)
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
		case <-timer.C:
		}
	}
}

// look notes what is exceeded, and says when to look again.
func (n *notices) look(ctx context.Context, j *job) (pause time.Duration, over bool) {
	n.looking.Lock()
	defer n.looking.Unlock()
	begun := time.Now()
	j.engine.mu.Lock()
	joins := n.joins
	j.engine.mu.Unlock()
	r, err := n.read(j)
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	switch {
	case ctx.Err() != nil || j.notices != n || j.group == nil:
		return 0, true
	case err != nil:
		return calmLook, false // the next look may be luckier
	}
	n.learn(j, r)
	if r.empty && n.joins == joins {
		n.stop()
		n.stop, n.window = nil, window{}
		return 0, true // until somebody joins
	}
	return max(n.pause(r, j.engine.groups.Processors()), dearLook*time.Since(begun)), false
}

// read looks at the job. Who calls it has looking, and not the engine's lock.
func (n *notices) read(j *job) (r reading, err error) {
	j.engine.mu.Lock()
	members, watch, rate, current := j.group, j.watch, j.limits.CPURate, j.notices == n
	j.engine.mu.Unlock()
	if members == nil || !current { // the watch may be over where it is not
		r.empty = true
		return r, nil
	}
	l := n.limits
	populated, err := members.Populated()
	if err != nil {
		return r, err
	}
	r.empty = !populated
	var memories map[int]uint64
	if readsMemory(l) {
		if memories, err = members.Memories(); err != nil {
			return r, err
		}
		r.memory = sum(memories)
	}
	if l.CPURateTolerance != 0 {
		r.rate, r.busiest = n.window.next(members, rate, l.CPURateInterval.Duration())
	}
	if l.JobUserTime > 0 || countsBytes(l) {
		err = n.readUsage(j, &r, members, watch)
	}
	if err == nil {
		n.nameAll(r, members, memories)
	}
	return r, err
}

func readsMemory(l kernel.NotificationLimits) bool { return l.JobMemory > 0 || l.JobLowMemory > 0 }

// readUsage reads the sums, over the dead too (NST-40).
func (n *notices) readUsage(j *job, r *reading, members group.Group, watch group.Watch) error {
	usage, err := members.Usage()
	if err != nil {
		return err
	}
	var seen group.Usage
	if watch != nil && countsBytes(n.limits) {
		if seen, err = watch.Usage(); err != nil {
			return err
		}
	}
	if n.limits.JobUserTime > 0 {
		used, known := usage.UserTime.LowerBound()
		if !known {
			return errNoUserTime
		}
		r.userTime = used - n.from
	}
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	j.learn(usage, seen)
	r.read, _ = j.known.ReadBytes.LowerBound()
	r.written, _ = j.known.WriteBytes.LowerBound()
	return nil
}

// level is one limit, and where the job stands.
type level struct {
	name         kernel.LimitName
	value, bound uint64
	exceeded     bool
}

// levels are those of the limits that are set.
func (n *notices) levels(r reading) (levels []level) {
	l := n.limits
	add := func(name kernel.LimitName, value, bound uint64, exceeded bool) {
		if bound > 0 {
			levels = append(levels, level{name, value, bound, exceeded})
		}
	}
	add(kernel.JobUserTimeNotice, uint64(max(r.userTime, 0)), uint64(l.JobUserTime), r.userTime >= l.JobUserTime)
	add(kernel.JobMemoryNotice, r.memory, l.JobMemory, r.memory > l.JobMemory)
	add(kernel.JobLowMemoryNotice, r.memory, l.JobLowMemory, n.wasHigh && r.memory < l.JobLowMemory)
	add(kernel.ReadBytesNotice, r.read, l.ReadBytes, r.read > l.ReadBytes)
	add(kernel.WriteBytesNotice, r.written, l.WriteBytes, r.written > l.WriteBytes)
	tolerated := l.CPURateTolerance.Percent()
	add(kernel.CPURateNotice, r.rate, tolerated, r.rate >= tolerated)
	return levels
}

// learn notes what is newly exceeded, and tells it: one message, and an event for
// each. The engine's lock is held.
func (n *notices) learn(j *job, r reading) {
	if n.calm = min(2*n.calm, calmLook); r.moved(n.last) {
		n.calm = livelyLook
	}
	n.last = r
	for _, l := range n.levels(r) {
		if !l.exceeded {
			delete(n.seen, l.name)
		} else if n.isNews(l) {
			n.note(j, kernel.Notice{Limit: l.name, Pid: n.who[l.name], Value: l.value, Bound: l.bound})
		}
	}
	if r.memory >= n.limits.JobLowMemory {
		n.wasHigh = true
	}
}

// isNews tells whether a limit is exceeded that has not been noted, or further than
// the last query has found.
func (n *notices) isNews(l level) bool {
	before, seen := n.seen[l.name]
	return l.exceeded && !n.isNoted(l.name) && !(seen && l.value <= before)
}

func (n *notices) isNoted(name kernel.LimitName) bool {
	for _, notice := range n.noted {
		if notice.Limit == name {
			return true
		}
	}
	return false
}

func (n *notices) note(j *job, notice kernel.Notice) {
	n.noted = append(n.noted, notice)
	if j.group == nil {
		return
	}
	if len(n.noted) == 1 {
		j.post(kernel.Message{ID: kernel.NotificationLimit, Pid: notice.Pid, Durable: true}) // NLM-04
	}
	e := now(kernel.EventNotification)
	e.Notice = &notice
	j.engine.news.announce(e, func() []*teller { return j.engine.news.around(j.group.Place()) })
}

// pause is how long nothing need be looked at.
func (n *notices) pause(r reading, processors int) time.Duration {
	pause := time.Duration(1<<63 - 1)
	for _, l := range n.levels(r) {
		switch {
		case n.isNoted(l.name): // which only a query makes worth another look
		case l.name == kernel.JobUserTimeNotice && !l.exceeded:
			left := max(time.Duration(l.bound-l.value)/time.Duration(processors), closest)
			if n.calm > livelyLook { // nobody spends any
				left = max(left, n.calm)
			}
			pause = min(pause, left)
		case l.name == kernel.CPURateNotice:
			pause = min(pause, n.window.left(n.limits.CPURateInterval.Duration()))
		default:
			pause = min(pause, n.calm)
		}
	}
	return pause
}
