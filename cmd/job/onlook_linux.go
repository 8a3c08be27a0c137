package main

import (
	"jobobject/internal/cgroup"
	"jobobject/internal/onlooker"
	"jobobject/internal/tracing"
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
	return onlooker.Look(groups, tracing.New(), pid)
}
