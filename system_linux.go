package jobobject

import (
	"sync"

	"jobobject/internal/cgroup"
	"jobobject/internal/engine"
	"jobobject/internal/group"
	"jobobject/internal/guard"
	"jobobject/internal/kernel"
)

// system is the kernel of this process: an engine on cgroups. Jobs of one process
// share it, and nothing is done before the first one.
var system = sync.OnceValue(func() kernel.Kernel {
	groups, err := cgroup.New()
	if err != nil {
		return unsupported{err}
	}
	guard.Own.LiveIn(groups.Home())
	// The adapter that makes a group.Tracer of internal/trace goes here. Without one
	// ports, events and traced jobs are kernel.ErrNotSupported.
	var tracer group.Tracer
	return engine.New(groups, guard.Own, tracer)
})
