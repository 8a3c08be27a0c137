package model

import "slices"

// World is the reference: all jobs and processes that there ever were.
type World struct {
	jobs      []*job
	processes []*process // the first one is the caller
}

// job is the object of section 1.
type job struct {
	parent   *job
	used     bool   // has had a member, or one that came to nothing (NST-06, ATT-10)
	handles  []bool // open or not
	limits   Limits
	frozen   bool
	signaled bool
	code     *int   // of the last Terminate (D4)
	known    uint64 // processes that certainly became members
	most     uint64 // that were seen active at one time: a total never falls
	total    uint64 // with those that were only born there
	news     []News // that nobody has asked for yet
}

type process struct {
	job       *job // the immediate one (OBJ-07); nil for none
	started   bool // through the library: somebody holds it
	grown     bool // it can do more than be killed: it is no child of another one
	suspended bool
	dead      bool
	reaped    bool
	code      int // once it is dead
}

// NewWorld has the caller and nothing else.
func NewWorld() *World {
	return &World{processes: []*process{{grown: true}}}
}

// chain are a job and its ancestors, innermost first. There are none of nil.
func (j *job) chain() []*job {
	var chain []*job
	for ; j != nil; j = j.parent {
		chain = append(chain, j)
	}
	return chain
}

// in tells whether it is that job or nested in it.
func (j *job) in(outer *job) bool { return slices.Contains(j.chain(), outer) }

func (j *job) open() bool { return slices.Contains(j.handles, true) }

// stopped is effectively frozen (FRZ-06).
func (j *job) stopped() bool {
	return slices.ContainsFunc(j.chain(), func(each *job) bool { return each.frozen })
}

func (w *World) self() *process { return w.processes[0] }

// members are the living ones of a job and of those in it (OBJ-08).
func (w *World) members(j *job) []int {
	var members []int
	for i, p := range w.processes {
		if !p.dead && p.job.in(j) {
			members = append(members, i)
		}
	}
	return members
}

// runs tells whether a process can do something by itself.
func (p *process) runs() bool { return p.grown && !p.dead && !p.suspended && !p.job.stopped() }

// SelfDied tells that a step has ended the caller.
func (w *World) SelfDied() bool { return w.self().dead }
