package main

import (
	"errors"

	"jobobject/internal/cgroup"
	"jobobject/internal/kernel"
	"jobobject/internal/mechanism"
	"jobobject/internal/onlooker"
	"jobobject/internal/probe"
	"jobobject/internal/tracing"
)

// eventsHere tells by what means the events of jobs are told on this host, and what
// those miss.
func eventsHere(found probe.Report) probe.Capability {
	c := probe.Capability{Name: "events of jobs", Group: probe.Events}
	tracer := tracing.New()
	if found.Mechanism.Name == mechanism.Proctree {
		listing, tells := treesHere()
		if !tells {
			c.State, c.Why, c.Remedy = probe.No, "nothing tells what happens in a process tree", found.Mechanism.Remedy
			return c
		}
		tracer = tracing.NewSampling(listing)
	}
	means, err := tracer.Open()
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

func treesHere() (listing tracing.Listing, tells bool) {
	chosen, err := mechanism.Look()
	if err == nil {
		listing, tells = chosen.Groups.(tracing.Listing)
	}
	return listing, tells
}

// lookAt begins to tell of the immediate job of a process, whoever has made it, by
// whichever mechanism.
func lookAt(pid int) (eventStream, error) {
	groups, err := cgroup.New()
	if err == nil {
		// Who it is about comes first: a tracer takes a while to begin.
		_, err = groups.GroupOf(pid)
	}
	if errors.Is(err, kernel.ErrNotInJob) || errors.Is(err, kernel.ErrNotSupported) {
		if treeErr := inTree(pid); treeErr != nil {
			return nil, treeErr
		}
	}
	if err != nil {
		return nil, err
	}
	return onlooker.Look(groups, tracing.New(), pid)
}

// inTree says of a process in the job of a tree why it cannot be watched.
func inTree(pid int) error {
	trees, err := mechanism.Other(mechanism.Cgroup)
	if err != nil {
		return nil // nor can others have made one
	}
	place, err := trees.PlaceOf(pid)
	if err != nil || len(place.Jobs) == 0 {
		return err
	}
	return &kernel.NotSupportedError{
		Feature: "events of job " + place.Jobs[len(place.Jobs)-1],
		Cause:   errors.New("it is kept together by a supervisor (mechanism proctree), which is not watched from outside"),
		Remedy:  "start it where cgroups can be made; `job doctor` tells how",
	}
}
