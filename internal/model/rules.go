package model

import "slices"

// Outcome is how a call ended, as far as the rules say.
type Outcome string

// The outcomes.
const (
	OK           Outcome = "nil"
	AccessDenied Outcome = "ErrAccessDenied"
	Closed       Outcome = "ErrClosed"
	Exited       Outcome = "ErrProcessExited"
	NotInJob     Outcome = "ErrNotInJob"
	NotSupported Outcome = "ErrNotSupported"
	NotFound     Outcome = "fs.ErrNotExist"
)

// joinable says whether a process in job c may become a member of j, and whether
// that moves it (NST-04 to NST-11, ASG-09, UNC-08).
func joinable(c, j *job) (moves bool, outcome Outcome) {
	switch {
	case c.in(j): // its own job or one around it
		return false, OK
	case !j.used: // it becomes a child of c (NST-05)
		return true, OK
	case c == nil || j.in(c): // NST-07, NST-11
		return true, OK
	}
	return false, AccessDenied // NST-06, NST-08
}

// link makes the parent link of a job that is joined for the first time.
func link(c, j *job) {
	if !j.used {
		j.parent, j.used = c, true
	}
}

// count counts a process in the jobs that it joins on its way from c to j
// (NST-42).
func count(c, j *job, known bool) {
	for _, each := range j.chain() {
		if c.in(each) {
			return
		}
		each.total++
		if known {
			each.known++
		}
	}
}

func (w *World) assign(p *process, j *job) Outcome {
	if p.dead {
		return Exited // ASG-04
	}
	moves, outcome := joinable(p.job, j)
	if moves {
		link(p.job, j)
		count(p.job, j, true)
		came(p.job, j, slices.Index(w.processes, p))
		p.job = j
	}
	return outcome
}

// leave is where a child is born whose creator is in c (NST-20 to NST-24).
func leave(c *job, asked bool) (at *job, outcome Outcome) {
	at = c
	for at != nil && (at.limits.SilentBreakawayOK || at.limits.BreakawayOK && asked) {
		at = at.parent
	}
	if asked && c != nil && at == c {
		return nil, AccessDenied // CPR-07
	}
	return at, OK
}

// start is section 3.13: the inherited jobs first, then the list, in order.
func (w *World) start(list []*job, s Step) Outcome {
	inherited, outcome := leave(w.self().job, s.Breakaway)
	if outcome != OK {
		return outcome
	}
	at := inherited
	var linked []*job
	for i, j := range list {
		moves, outcome := joinable(at, j)
		if outcome != OK {
			if i > 0 {
				count(inherited, at, true) // ATT-10
				w.halfMade(inherited, at)
			}
			return outcome
		}
		if moves {
			if !j.used {
				linked = append(linked, j)
			}
			link(at, j)
			at = j
		}
	}
	if s.Missing {
		for _, j := range linked { // C56: no half-assigned job
			j.parent, j.used = nil, false
		}
		return NotFound
	}
	count(nil, at, true)
	came(nil, at, len(w.processes))
	w.processes = append(w.processes, &process{job: at, started: true, grown: true, suspended: s.Suspended})
	return OK
}

func (w *World) startOutside(s Step) Outcome {
	at, outcome := leave(w.self().job, true)
	if outcome == OK {
		count(nil, at, true)
		came(nil, at, len(w.processes))
		w.processes = append(w.processes, &process{job: at, started: true, grown: true, suspended: s.Suspended})
	}
	return outcome
}

// fork is a birth that nobody asked the library for (CPR-01, CPR-09). The jobs
// that a child leaves silently may have counted it before they saw it.
func (w *World) fork(parent *process) {
	at, _ := leave(parent.job, false)
	count(nil, parent.job, false)
	came(nil, parent.job, len(w.processes))
	went(parent.job, at, len(w.processes)) // as soon as they see it
	w.processes = append(w.processes, &process{job: at, grown: parent == w.self()})
}

// terminate ends the members of a job and of those in it (TRM-02), and signals
// them all (SIG-03, NST-48).
func (w *World) terminate(j *job, code int) {
	members := w.members(j)
	for _, i := range members {
		w.processes[i].die(code)
	}
	w.killed(j, members)
	for _, each := range w.jobs {
		if each.in(j) {
			each.signaled = true
		}
	}
	j.signaled = true
	j.code = &code
}

func (p *process) die(code int) {
	p.dead, p.suspended, p.code = true, false, code
}

// end is that of one process alone.
func (w *World) end(p *process, code int) {
	p.die(code)
	went(p.job, nil, slices.Index(w.processes, p))
	w.emptied(p.job.chain())
}

func (w *World) close(j *job, handle int) {
	j.handles[handle] = false
	if !j.open() && j.limits.KillOnClose {
		j.handles[handle] = true // the port hears of it (ACP-11)
		w.terminate(j, 0)        // LIM-62, LIM-63
		j.handles[handle] = false
	}
}
