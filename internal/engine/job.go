package engine

import (
	"errors"
	"slices"
	"sync"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// job is the object. Its fields are guarded by the engine's lock.
type job struct {
	engine   *Engine
	id       string
	patience time.Duration

	handles int
	limits  kernel.Limits
	frozen  bool       // its own freeze; that of its ancestors is the system's to add
	freezer sync.Mutex // of Freeze and Thaw one comes after the other, and counts

	// group is nil until the first member joins, and again when nothing came of
	// that. A job with a group has its place in the hierarchy for good (NST-02).
	group group.Group
	used  chan struct{} // closed with the first member (NST-06)
	ended bool          // the group must be renewed before it gets another member

	escapes []kernel.Escape
	silence *silence // nil unless children are to be kept out

	census     *census       // nil unless the number of members is limited
	clock      *clock        // nil unless user time is limited
	upkeep     *upkeep       // nil unless members could change what they are held to
	notices    *notices      // nil unless there are notification limits
	toll       toll          // what the limits have done
	blows      *blows        // nil unless somebody listens to what the memory limit does
	periodFrom time.Duration // the user time at which the period of JobUserTime began
	counted    bool          // what its end has done is in the toll
	expired    bool          // that time is over, and nobody may join (EOJ-02)

	periodKernelFrom kernel.Figure[time.Duration] // as periodFrom, the time in the kernel then

	joined   uint64      // processes known to have become members (ACC-06)
	halfMade uint64      // of those, the ones that came to nothing (ATT-10)
	most     uint64      // that were seen active at one time
	known    group.Usage // the highest figures so far

	teller       *teller
	traced       bool        // watched although nobody may listen
	counting     bool        // for a notification of what is read or written
	means        group.Means // kept ready for the watch; nil while there is no reason for one
	watch        group.Watch // nil while it is not watched
	watchedFirst bool        // since before its first member
	attention    sync.Mutex  // of those who begin or end the watch one comes after the other
	noticing     sync.Mutex  // and of those who set notification limits

	termination *termination // under way
	code        *uint32      // of the last one (D4)
	signaled    chan struct{}
}

// termination is a Terminate that has not returned yet.
type termination struct {
	done chan struct{}
	err  error
}

// open makes a handle. The engine's lock is held, or nobody else has the job.
func (j *job) open() *handle {
	j.handles++
	return &handle{job: j, closed: make(chan struct{})}
}

func (j *job) wasUsed() bool { return isClosed(j.used) }

// use notes that the job has had a member.
func (j *job) use() {
	if !j.wasUsed() {
		close(j.used)
	}
}

// signal is what ends waits on the job (section 9 of the rules). It stays, also
// when new members join (SIG-05).
func (j *job) signal() {
	if !isClosed(j.signaled) {
		close(j.signaled)
	}
}

func (j *job) state() group.State {
	return group.State{
		KillOnClose:       j.limits.KillOnClose,
		BreakawayOK:       j.limits.BreakawayOK,
		SilentBreakawayOK: j.limits.SilentBreakawayOK,
		Priority:          j.limits.PriorityClass,
	}
}

// form gives the job its place, below the jobs of at, where its first member is
// (NST-05). The guard hears of it first: a process that dies here leaves nothing.
func (j *job) form(at group.Place) error {
	if err := j.refuseSecondIORate(j.limits, at); err != nil {
		return err
	}
	planned, err := j.engine.groups.Plan(j.id, at)
	if err != nil {
		return err
	}
	if j.limits.KillOnClose {
		if err := j.engine.guard.Watch(planned.Name()); err != nil {
			return err
		}
	}
	if err := planned.Make(j.state(), j.frozen); err != nil {
		j.engine.guard.Forget(planned.Name())
		return err
	}
	j.group, j.ended = planned, false
	j.engine.jobs[j.id] = j
	err = j.holdNew()
	if err == nil {
		err = j.watchFirst()
	}
	if err == nil {
		err = j.watchChildren()
	}
	if err == nil {
		err = j.watchLimits()
	}
	if err != nil {
		return errors.Join(err, j.unform())
	}
	return nil
}

// ready prepares the job for a member.
func (j *job) ready() error {
	if !j.ended {
		return nil
	}
	if err := j.group.Renew(); err != nil {
		return err
	}
	j.ended = false
	return nil
}

// readyAt prepares the job that a place is the inside of, if that is one of this
// engine's.
func (e *Engine) readyAt(place group.Place) error {
	for _, j := range e.ancestors(place) {
		if j.group.Place().Same(place) {
			return j.ready()
		}
	}
	return nil
}

// effectivelyFrozen tells whether members of a group are stopped: by its own job
// or one around it (FRZ-06).
func (e *Engine) effectivelyFrozen(place group.Place) bool {
	return slices.ContainsFunc(e.ancestors(place), func(j *job) bool { return j.frozen })
}

// unform takes the place of a job away that nobody joined in the end, or whose
// last handle has closed. It tells whether the system let it go.
func (j *job) unform() error {
	if err := j.group.Remove(); err != nil {
		return err
	}
	j.engine.guard.Forget(j.group.Name())
	delete(j.engine.jobs, j.id)
	j.group = nil
	j.unwatch()
	j.unwatchChildren()
	j.unwatchLimits()
	j.stopNotices()
	return nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
