package model

// sigkill is the exit code of a process that a kill ended which came from nobody.
const sigkill = 128 + 9

// Do does a step, which must be allowed, and says how it ends. For Wait that is
// with the exit code.
func (w *World) Do(s Step) (outcome Outcome, code int) {
	switch s.Op {
	case Create:
		w.jobs = append(w.jobs, &job{handles: []bool{true}, limits: s.Limits})
	case StartOutside:
		return w.startOutside(s), 0
	case Current:
		return w.current(), 0
	case Fork, Exit, Kill, Wait, Resume:
		return w.doProcess(s)
	default:
		return w.doJob(s), 0
	}
	return OK, 0
}

func (w *World) current() Outcome {
	switch j := w.self().job; {
	case j == nil:
		return NotInJob
	case !j.open():
		return NotSupported // nobody here has a handle to give another of (LIF-04)
	}
	return OK
}

func (w *World) doProcess(s Step) (Outcome, int) {
	p := w.processes[s.Process]
	if p.dead && (s.Op == Kill || s.Op == Resume) {
		return Exited, 0
	}
	switch s.Op {
	case Fork:
		w.fork(p)
	case Exit:
		w.end(p, s.Code)
	case Kill:
		w.end(p, sigkill)
	case Resume:
		p.suspended = false
	case Wait:
		p.reaped = true
		return OK, p.code
	}
	return OK, 0
}

func (w *World) doJob(s Step) Outcome {
	j := w.jobs[s.Job]
	if !j.handles[s.Handle] {
		return Closed
	}
	switch s.Op {
	case Duplicate:
		j.handles = append(j.handles, true)
	case Close:
		w.close(j, s.Handle)
	case Start:
		list := []*job{j}
		for _, also := range s.Also {
			if !w.jobs[also].handles[0] {
				return Closed // ATT-03: before anything is done
			}
			list = append(list, w.jobs[also])
		}
		return w.start(list, s)
	case Assign:
		return w.assign(w.processes[s.Process], j)
	case Terminate:
		w.terminate(j, s.Code)
	case SetLimits:
		j.limits = s.Limits
	case Freeze:
		j.frozen = true
	case Thaw:
		j.frozen = false
	}
	return OK
}

// Allowed tells whether a step can be done at all: that what it speaks of is
// there, and that nobody waits for ever.
func (w *World) Allowed(s Step) bool {
	if s.Op == Create || s.Op == Current || s.Op == StartOutside {
		return true
	}
	switch s.Op {
	case Fork, Exit, Kill, Wait, Resume:
		return s.Process < len(w.processes) && w.allowedProcess(s)
	}
	if s.Job >= len(w.jobs) || s.Handle >= len(w.jobs[s.Job].handles) {
		return false
	}
	for _, also := range s.Also {
		if also >= len(w.jobs) {
			return false
		}
	}
	j := w.jobs[s.Job]
	switch s.Op {
	case Assign: // a caller that freezes does nothing any more
		return s.Process < len(w.processes) && (s.Process > 0 || !j.stopped())
	case Freeze:
		return !w.self().job.in(j)
	}
	return true
}

func (w *World) allowedProcess(s Step) bool {
	p := w.processes[s.Process]
	switch s.Op {
	case Fork:
		// That a silent job has let a child go is seen through its handle.
		silent := p.job != nil && p.job.limits.SilentBreakawayOK
		return p.runs() && (!silent || p.job.open())
	case Exit:
		return s.Process > 0 && p.runs()
	case Kill:
		return s.Process > 0 && (p.started || !p.dead)
	case Wait: // for others than its own children nobody can
		return s.Process > 0 && p.grown && p.dead && (p.started || !p.reaped)
	case Resume:
		return p.started
	}
	return false
}
