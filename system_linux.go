package jobobject

import (
	"os/exec"
	"sync"

	"jobobject/internal/cgroup"
	"jobobject/internal/engine"
	"jobobject/internal/group"
	"jobobject/internal/guard"
	"jobobject/internal/kernel"
	"jobobject/internal/mechanism"
	"jobobject/internal/tracing"
)

// system is the kernel of this process: an engine on what keeps its jobs together.
// All share it, and nothing is done before the first one.
var system = sync.OnceValue(func() kernel.Kernel {
	chosen, err := mechanism.Own()
	if err != nil {
		return unsupported{err}
	}
	if groups, ok := chosen.Groups.(*cgroup.Groups); ok {
		guard.Own.LiveIn(groups.Home())
		return both{engine.New(groups, guard.Own, tracing.New()), chosen}
	}
	var tracer group.Tracer
	if listing, tells := chosen.Groups.(tracing.Listing); tells {
		tracer = tracing.NewSampling(listing)
	}
	return both{engine.New(chosen.Groups, bySupervisors{}, tracer), chosen}
})

// bySupervisors is the guard of trees: their supervisors are told themselves what is
// to die with this process.
type bySupervisors struct{}

func (bySupervisors) Prepare()           {}
func (bySupervisors) Watch(string) error { return nil }
func (bySupervisors) Forget(string)      {}

// both is for a process that may be in a job which another one keeps together by the
// mechanism that this one did not choose.
type both struct {
	kernel.Kernel
	chosen mechanism.Chosen
}

func (b both) CurrentJob() (kernel.Job, error) { return b.around().CurrentJob() }

func (b both) StartOutside(cmd *exec.Cmd, options kernel.StartOptions) (kernel.Process, error) {
	return b.around().StartOutside(cmd, options)
}

// around is the kernel whose job this process is in. Where it is in jobs of both, it
// is the one that was chosen, as an inner job mostly is.
func (b both) around() kernel.Kernel {
	if place, err := b.chosen.Groups.PlaceOf(0); err != nil || len(place.Jobs) > 0 {
		return b.Kernel
	}
	other, err := mechanism.Other(b.chosen.Name)
	if err != nil {
		return b.Kernel
	}
	if place, err := other.PlaceOf(0); err != nil || len(place.Jobs) == 0 {
		return b.Kernel
	}
	return engine.New(other, bySupervisors{}, nil) // which makes no group
}
