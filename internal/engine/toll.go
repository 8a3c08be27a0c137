package engine

import (
	"cmp"
	"maps"
	"slices"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// toll is what the limits of a job have done.
type toll struct {
	strikes    map[kernel.LimitName]kernel.Strike
	terminated uint64 // members ended by limits of this job and of those around it, memory apart
	killed     uint64 // members killed for want of memory; it never falls
}

// strike notes that a limit of this job has struck, and tells it.
func (j *job) strike(limit kernel.LimitName, terminated, refused uint64) {
	if j.toll.strikes == nil {
		j.toll.strikes = map[kernel.LimitName]kernel.Strike{}
	}
	s := j.toll.strikes[limit]
	s.Limit = limit
	s.Terminated += terminated
	s.Refused += refused
	j.toll.strikes[limit] = s
	j.tellStrike(kernel.Strike{Limit: limit, Terminated: terminated, Refused: refused})
}

// tellStrike tells the event streams of the job and of those around it.
func (j *job) tellStrike(s kernel.Strike) {
	if j.group == nil {
		return
	}
	e := now(kernel.EventLimit)
	e.Strike = &s
	n := j.engine.news
	n.announce(e, func() []*teller { return n.around(j.group.Place()) })
}

// countTerminated notes on all levels of a place that limits have ended members
// there (ACC-08, NST-40).
func (e *Engine) countTerminated(place group.Place, n uint64) {
	for _, j := range e.ancestors(place) {
		j.toll.terminated += n
	}
}

// Strikes are the limits of this job that have struck.
func (h *handle) Strikes() ([]kernel.Strike, error) {
	j, err := h.lock()
	if err != nil {
		return nil, err
	}
	defer j.engine.mu.Unlock()
	if err := j.countKilled(); err != nil {
		return nil, err
	}
	strikes := slices.Collect(maps.Values(j.toll.strikes))
	if j.toll.killed > 0 {
		strikes = append(strikes, kernel.Strike{Limit: kernel.JobMemoryStrike, Terminated: j.toll.killed})
	}
	slices.SortFunc(strikes, func(a, b kernel.Strike) int { return cmp.Compare(a.Limit, b.Limit) })
	return strikes, nil
}

// countKilled asks the system, where it was asked to hold a limit that kills.
func (j *job) countKilled() error {
	if j.group == nil || j.limits.JobMemory == 0 {
		return nil
	}
	blows, err := j.group.Blows()
	j.toll.killed = max(j.toll.killed, blows.MemoryKills)
	return err
}

// terminatedByLimits is how many members were ended by limits, of this job, of
// those around it and of those below (ACC-08).
func (j *job) terminatedByLimits() uint64 {
	e := j.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	n := j.toll.terminated
	if j.group == nil {
		return n
	}
	for _, below := range e.within(j.id) {
		_ = below.countKilled() // what was known before stays
		n += below.toll.killed
	}
	return n
}

// post tells the ports of the job and of those around it, innermost first (MSG-14,
// MSG-16), and whether the job's own has one.
func (j *job) post(m kernel.Message) (posted bool) {
	n := j.engine.news
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.around(j.group.Place()) {
		t.happen(occurrence{message: &m})
	}
	return j.teller.port != nil
}

// exceed ends a process for a limit of this job: it dies with the code for that,
// as far as somebody waits for it through this engine (LIM-10, ASG-13).
func (j *job) exceed(target group.Target) error {
	p := j.engine.tracked(target.Pid())
	if p != nil && p.code == nil && !p.child.Exited() {
		code := uint32(kernel.ExitQuota)
		p.code = &code
	}
	return target.Kill()
}
