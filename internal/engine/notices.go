package engine

import (
	"context"
	"sync"
	"time"

	"jobobject/internal/kernel"
)

// notices are the notification limits of a job and what is known of them. Each set
// makes new ones, so that what is found late about others concerns nobody. They are
// independent of the limits that are enforced (NLM-08).
//
// What is exceeded is noted; the first note after a query is told to the ports, and
// nothing more until the next query (NLM-05). The goroutine that looks is there
// while there may be members.
type notices struct {
	limits kernel.NotificationLimits
	from   time.Duration // the user time before they were set (NLM-07)

	wake chan struct{} // has something in it after a query

	// The engine's lock guards these.
	stop  context.CancelFunc // nil while nobody looks
	joins uint64             // how often somebody has come

	// looking is held by who looks: one look comes after the other. It is taken before
	// the engine's lock, and guards the rest.
	looking sync.Mutex
	noted   []kernel.Notice             // since the last query, in order
	seen    map[kernel.LimitName]uint64 // what the last query found, of that which is exceeded still
	who     map[kernel.LimitName]int    // who has the largest part in what is newly exceeded
	wasHigh bool                        // the memory has been at JobLowMemory, or above
	window  window                      // of the rate
	last    reading
	calm    time.Duration // how long to wait where nothing moves
}

// SetNotificationLimits replaces them (SET-03), all or none.
func (h *handle) SetNotificationLimits(limits kernel.NotificationLimits) error {
	j := h.job
	j.noticing.Lock()
	defer j.noticing.Unlock()
	if err := h.mayNotice(limits); err != nil {
		return err
	}
	high, err := h.hasMemory(limits)
	if err != nil {
		return err
	}
	if countsBytes(limits) {
		if err := h.countBytes(); err != nil {
			return err
		}
	}
	before, err := h.replaceNotices(limits, high)
	before.await()
	if !j.notifiesOfBytes() {
		j.stopCounting(false)
	}
	return err
}

func (j *job) notifiesOfBytes() bool {
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	return countsBytes(j.notices.all())
}

// mayNotice looks before anything is done.
func (h *handle) mayNotice(limits kernel.NotificationLimits) error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	defer j.engine.mu.Unlock()
	_, err = checkedNotices(limits, j.limits)
	return err
}

// replaceNotices gives the former ones. Where it fails they stay.
func (h *handle) replaceNotices(limits kernel.NotificationLimits, high bool) (before *notices, err error) {
	j, err := h.lock()
	if err != nil {
		return nil, err
	}
	defer j.engine.mu.Unlock()
	before = j.notices
	limits, err = checkedNotices(limits, j.limits) // again: the rate may be gone
	if err != nil {
		return before, err
	}
	n := &notices{limits: limits, wasHigh: high, wake: make(chan struct{}, 1), seen: map[kernel.LimitName]uint64{}, calm: livelyLook}
	if limits.JobUserTime > 0 && j.group != nil {
		if n.from, err = userTimeOf(j.group); err != nil {
			return before, err
		}
	}
	j.stopNotices()
	j.notices = nil
	if limits != (kernel.NotificationLimits{}) {
		j.notices = n
		j.watchNotices()
	}
	return before, nil
}

// hasMemory tells whether there is as much now as JobLowMemory, which can fall below
// that then. It may take a while, so the engine's lock is not held.
func (h *handle) hasMemory(limits kernel.NotificationLimits) (high bool, err error) {
	members, err := h.members()
	if err != nil || members == nil || !readsMemory(limits) {
		return false, err
	}
	memories, err := members.Memories()
	return sum(memories) >= limits.JobLowMemory, err
}

// all are the limits; none where there are no notices.
func (n *notices) all() kernel.NotificationLimits {
	if n == nil {
		return kernel.NotificationLimits{}
	}
	return n.limits
}

// await returns when nobody looks any more.
func (n *notices) await() {
	if n != nil {
		n.looking.Lock()
		defer n.looking.Unlock()
	}
}

// NotificationLimits are those in effect.
func (h *handle) NotificationLimits() (kernel.NotificationLimits, error) {
	j, err := h.lock()
	if err != nil {
		return kernel.NotificationLimits{}, err
	}
	defer j.engine.mu.Unlock()
	return j.notices.all(), nil
}

// Violations looks itself, tells what nobody has seen yet, and rearms (NLM-05,
// NLM-11).
func (h *handle) Violations() (kernel.Violations, error) {
	for {
		j, err := h.lock()
		if err != nil {
			return kernel.Violations{}, err
		}
		n := j.notices
		j.engine.mu.Unlock()
		if n == nil {
			return kernel.Violations{}, nil
		}
		found, current, err := n.query(j)
		if current || err != nil {
			return found, err
		}
	}
}

// query is not current where the limits have been replaced meanwhile.
func (n *notices) query(j *job) (found kernel.Violations, current bool, err error) {
	n.looking.Lock()
	defer n.looking.Unlock()
	r, err := n.read(j)
	if err != nil {
		return found, false, err
	}
	j.engine.mu.Lock()
	defer j.engine.mu.Unlock()
	if j.notices != n {
		return found, false, nil
	}
	n.learn(j, r)
	found = n.violations(r)
	n.rearm(r)
	j.wakeNotices()
	return found, true, nil
}

// violations are the limits that were noted, with the values of then, and those that
// are exceeded now (VIO-03, VIO-04).
func (n *notices) violations(r reading) kernel.Violations {
	found := kernel.Violations{Limits: n.limits}
	for _, l := range n.levels(r) {
		if l.exceeded {
			setViolation(&found, l.name, l.value)
		}
	}
	for _, notice := range n.noted {
		setViolation(&found, notice.Limit, notice.Value)
	}
	return found
}

func setViolation(v *kernel.Violations, name kernel.LimitName, value uint64) {
	switch name {
	case kernel.JobUserTimeNotice:
		v.JobUserTime = kernel.Exactly(time.Duration(value))
	case kernel.JobMemoryNotice:
		v.JobMemory = kernel.Exactly(value)
	case kernel.JobLowMemoryNotice:
		v.JobLowMemory = kernel.Exactly(value)
	case kernel.ReadBytesNotice:
		v.ReadBytes = kernel.Exactly(value)
	case kernel.WriteBytesNotice:
		v.WriteBytes = kernel.Exactly(value)
	case kernel.CPURateNotice:
		v.CPURateTolerance = kernel.Exactly(kernel.ToleranceOf(value))
	}
}

// rearm lets what happens from now on be told. What is exceeded already is told
// again when it is exceeded further, and low memory when it has been high again.
func (n *notices) rearm(r reading) {
	n.noted = nil
	for _, l := range n.levels(r) {
		switch {
		case !l.exceeded || l.name == kernel.CPURateNotice: // of which each interval stands for itself
		case l.name == kernel.JobLowMemoryNotice:
			n.wasHigh = false
		default:
			n.seen[l.name] = l.value
		}
	}
	if r.memory >= n.limits.JobLowMemory {
		n.wasHigh = true
	}
}
