package main

import (
	"jobobject"
	"jobobject/internal/cgroup"
	"jobobject/internal/group"
	"jobobject/internal/onlooker"
)

// lookAt begins to tell of the immediate job of a process, whoever has made it.
func lookAt(pid int) (eventStream, error) {
	groups, err := cgroup.New()
	if err != nil {
		return nil, err
	}
	// Who it is about comes first: a tracer takes a while to begin.
	if _, err := groups.GroupOf(pid); err != nil {
		return nil, err
	}
	tracer, err := newTracer()
	if err != nil {
		return nil, err
	}
	return onlooker.Look(groups, tracer, pid)
}

// newTracer is the best one that this host allows.
func newTracer() (group.Tracer, error) { return nil, jobobject.ErrNotSupported }
