package engine

import (
	"cmp"
	"slices"
	"time"
)

// timekeeper watches the user time of all jobs that limit it and share a meter:
// something that runs at least as fast as their members use processors. As long as
// the meter has not run for what is left to a job, no limit of that can have been
// reached, so one look at the meter does for all jobs. It sleeps until the earliest
// instant at which the meter can have come to that: what is left, shared by all
// processors.
type timekeeper struct {
	engine *Engine
	meter  string
	wake   chan struct{}

	clocks map[*clock]struct{} // guarded by the engine's lock; without any it ends
}

const (
	// closest bounds how often it looks. What a limit is exceeded by is at most that
	// on each processor.
	closest = 4 * time.Millisecond
	// seldom is how long a job is left alone whose meter does not run: the last member
	// may have gone, or one have come by means that are not the engine's.
	seldom = 30 * time.Second

	forEver = time.Duration(1<<63 - 1)
)

// watchTimes has the job looked at. The engine's lock is held.
func (j *job) watchTimes() {
	if !j.limitsTime() {
		return
	}
	e := j.engine
	if j.clock == nil {
		meter := j.group.Meter()
		k := e.keepers[meter]
		if k == nil {
			k = &timekeeper{engine: e, meter: meter, wake: make(chan struct{}, 1), clocks: map[*clock]struct{}{}}
			e.keepers[meter] = k
			go k.work()
		}
		j.clock = &clock{job: j, keeper: k}
		k.clocks[j.clock] = struct{}{}
	}
	j.wakeClock()
}

func (j *job) unwatchTimes() {
	k := j.clock.keeper
	delete(k.clocks, j.clock)
	j.clock = nil
	if len(k.clocks) == 0 {
		delete(j.engine.keepers, k.meter)
		k.rouse()
	}
}

// wakeClock has the job looked at, as a member has come or a limit has changed.
func (j *job) wakeClock() {
	if j.clock != nil {
		j.clock.unseen = true
		j.clock.keeper.rouse()
	}
}

// wakeClockOfIdle does so if nobody was there to use time.
func (j *job) wakeClockOfIdle() {
	if c := j.clock; c != nil {
		c.joined = true
		if c.idle {
			j.wakeClock()
		}
	}
}

func (k *timekeeper) rouse() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *timekeeper) work() {
	timer := time.NewTimer(forEver)
	defer timer.Stop()
	for {
		pause, over := k.round()
		if over {
			return
		}
		timer.Reset(pause)
		select {
		case <-k.wake:
		case <-timer.C:
		}
	}
}

// round looks at those jobs that may have come to a limit, and says when there can
// be the next one.
func (k *timekeeper) round() (pause time.Duration, over bool) {
	e := k.engine
	e.mu.Lock()
	over = len(k.clocks) == 0
	atRest := !over && k.atRest()
	e.mu.Unlock()
	if over || atRest {
		return forEver, over
	}
	// The meter first: what jobs use until they are looked at is not forgotten.
	reading, err := e.groups.ReadMeter(k.meter)
	now := moment{time.Now(), reading, err == nil}
	e.mu.Lock()
	due := k.due(now)
	e.mu.Unlock()
	for _, c := range due {
		c.look(now)
		if time.Since(now.at) > closest {
			break // the rest is due again, after those that have become urgent
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return k.pause(now), len(k.clocks) == 0
}

// atRest tells that nobody could use any time.
func (k *timekeeper) atRest() bool {
	for c := range k.clocks {
		if c.unseen || !c.idle && !c.ending {
			return false
		}
	}
	return true
}

// due are the jobs to be looked at, the most urgent ones first.
func (k *timekeeper) due(now moment) (due []*clock) {
	for c := range k.clocks {
		if c.due(now) {
			due = append(due, c)
		}
	}
	slices.SortFunc(due, func(a, b *clock) int { return cmp.Compare(a.remains(now), b.remains(now)) })
	return due
}

func (k *timekeeper) pause(now moment) time.Duration {
	pause := forEver
	for c := range k.clocks {
		if !c.ending && (c.unseen || !c.idle) {
			pause = min(pause, c.pause(now))
		}
	}
	return max(pause-time.Since(now.at), closest)
}
