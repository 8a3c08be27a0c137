package main

import (
	"jobobject/internal/cgroup"
	"jobobject/internal/onlooker"
	"jobobject/internal/probe"
	"jobobject/internal/tracing"
)

// eventsHere tells by what means the events of jobs are told on this host, and what
// those miss.
func eventsHere(found probe.Report) probe.Capability {
	c := probe.Capability{Name: "events of jobs", Group: probe.Events}
	means, err := tracing.New().Open()
	if err != nil {
		c.State, c.Why = probe.No, err.Error()
		return c
	}
	defer means.Close()
	c.State, c.How = probe.Yes, "told by "+means.Name()+", exactly"
	if misses := means.Misses(); misses != "" {
		c.State, c.How, c.Why = probe.Partial, "told by "+means.Name(), misses
		if best, _ := found.Find(probe.EBPFTracing); best.State != probe.Yes {
			c.Remedy = best.Remedy
		}
	}
	return c
}

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
