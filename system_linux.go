package jobobject

import (
	"sync"

	"jobobject/internal/cgroup"
	"jobobject/internal/delegation"
	"jobobject/internal/engine"
	"jobobject/internal/guard"
	"jobobject/internal/kernel"
	"jobobject/internal/tracing"
)

// system is the kernel of this process: an engine on cgroups. Jobs of one process
// share it, and nothing is done before the first one.
var system = sync.OnceValue(func() kernel.Kernel {
	if _, err := delegation.Obtain(); err != nil {
		return unsupported{err}
	}
	groups, err := cgroup.New()
	if err != nil {
		return unsupported{err}
	}
	guard.Own.LiveIn(groups.Home())
	return engine.New(groups, guard.Own, tracing.New())
})
