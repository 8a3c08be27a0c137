package jobobject

import (
	"sync"

	"jobobject/internal/cgroup"
	"jobobject/internal/engine"
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
		return engine.New(groups, guard.Own, tracing.New())
	}
	return engine.New(chosen.Groups, bySupervisors{}, nil)
})

// bySupervisors is the guard of trees: their supervisors are told themselves what is
// to die with this process.
type bySupervisors struct{}

func (bySupervisors) Prepare()           {}
func (bySupervisors) Watch(string) error { return nil }
func (bySupervisors) Forget(string)      {}
