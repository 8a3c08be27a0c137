package model

import "slices"

// Answer is what a job says of a process.
type Answer string

// The answers.
const (
	In      Answer = "in"
	Out     Answer = "out"
	Gone    Answer = "gone"    // nobody has that number
	Unknown Answer = "unknown" // is not to be compared
)

// View is all that can be seen of a job through a handle.
type View struct {
	Job      int
	Handle   int
	Members  []int
	Contains []Answer // of each process
	Active   uint64
	Limits   Limits
	Code     int // of the last Terminate, -1 for none
	Signaled bool
	Empty    bool // a wait for that would end
	Total    Total
}

// Total is how many members a job ever had: what it says, or what it may say.
type Total struct{ Least, Most uint64 }

// allows tells whether a job may say that it is at least, or exactly, so much.
func (t Total) allows(said uint64) bool { return said >= t.Least && said <= t.Most }

// Views are of the jobs with an open handle.
func (w *World) Views() []View {
	var views []View
	for i, j := range w.jobs {
		handle := slices.Index(j.handles, true)
		if handle < 0 {
			continue
		}
		view := View{Job: i, Handle: handle, Members: w.members(j), Limits: j.limits, Code: -1, Signaled: j.signaled}
		view.Active = uint64(len(view.Members))
		view.Empty = j.used && view.Active == 0
		j.most = max(j.most, view.Active)
		view.Total = Total{max(j.known, j.most), j.total}
		if j.code != nil {
			view.Code = *j.code
		}
		for _, p := range w.processes {
			view.Contains = append(view.Contains, p.answer(j))
		}
		views = append(views, view)
	}
	return views
}

// answer is what IsProcessInJob says (ISP-03, ISP-04, OBJ-09, D6).
func (p *process) answer(j *job) Answer {
	switch {
	case p.dead && !p.grown: // whoever made it, or nobody, has waited for it
		return Unknown
	case p.reaped && !p.started:
		return Gone
	case p.job.in(j):
		return In
	}
	return Out
}

// Frozen tells of each process whether a freezer keeps it from running.
func (w *World) Frozen() []bool {
	var frozen []bool
	for _, p := range w.processes {
		frozen = append(frozen, !p.dead && p.job.stopped())
	}
	return frozen
}
