package proctree

import (
	"errors"
	"fmt"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/member"
	"jobobject/internal/supervisor"
)

// cannotHold is for limits that take a controller.
func cannotHold(field string) error {
	return &kernel.NotSupportedError{
		Feature: field,
		Cause:   errors.New("it takes a controller of cgroups, and there are no cgroups here"),
		Remedy:  makeCgroups,
	}
}

// CanHold tells what can be held by looking at members again and again: their memory,
// and which processors they have. The fence around their number is none that they run
// into, for that counts them (LIM-23); it is left out.
func (gs *Groups) CanHold(l group.Limits) error {
	switch {
	case l.CPURate != 0:
		return cannotHold("CPURate")
	case l.CPUMinRate != 0:
		return cannotHold("CPUMinRate")
	case l.CPUWeight != 0:
		return cannotHold("CPUWeight")
	case l.CPUShare != 0 && l.CPUShare != 1:
		return cannotHold("SchedulingClass")
	case l.IO != kernel.IORate{}:
		return cannotHold("IORate")
	}
	return nil
}

// Hold begins to look after what is to be held. After an error the limits are those
// from before.
func (g *Group) Hold(l group.Limits) error {
	if err := g.groups.CanHold(l); err != nil {
		return err
	}
	before, err := g.replaceLimits(l)
	if err != nil {
		return err
	}
	if before.Processors == l.Processors {
		return nil
	}
	if err := g.confineAll(g.groups.look); err != nil {
		_, backErr := g.replaceLimits(before)
		return errors.Join(fmt.Errorf("hold members of %s to processors %#x: %w", g.Name(), l.Processors, err), backErr, g.confineAll(g.groups.look))
	}
	return nil
}

func (g *Group) replaceLimits(l group.Limits) (before group.Limits, err error) {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	if !g.made {
		return before, errNotMade
	}
	before, g.held = g.held, l
	g.wakeKeeper()
	return before, nil
}

// processors are those that members of all these groups have; 0 is all. What a group is
// held to is within what those around it are. The lock is held.
func (gs *Groups) processors(jobs []string) uint64 {
	for _, g := range gs.around(jobs) {
		if g.held.Processors != 0 {
			return g.held.Processors
		}
	}
	return 0
}

// confineAll goes on until a look finds nobody new: whoever was forked by one that
// had not been reached yet.
func (g *Group) confineAll(look func() (*sight, error)) error {
	done := map[int]bool{}
	for again := true; again; {
		again = false
		s, err := look()
		if err != nil {
			return err
		}
		for _, p := range s.members(g) {
			if done[p.Pid] {
				continue
			}
			done[p.Pid], again = true, true
			t := s.treeOf(p.Pid)
			g.groups.mu.Lock()
			processors := g.groups.processors(t.jobs)
			g.groups.mu.Unlock()
			if err := ignoreExited(member.Confine(p.Pid, processors)); err != nil {
				return err
			}
		}
	}
	return nil
}

// confineNew is for a command that has not run yet.
func (g *Group) confineNew(c *supervisor.Child, suspended bool) error {
	g.groups.mu.Lock()
	processors := g.groups.processors(g.place.Jobs)
	g.groups.mu.Unlock()
	err := ignoreExited(member.Confine(c.Pid(), processors))
	if err == nil && !suspended {
		err = ignoreExited(c.Resume())
	}
	return err
}

// Blows are those of the keeper.
func (g *Group) Blows() (group.Blows, error) {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	return g.blows, nil
}

// watcher is somebody who wants to know when they change.
type watcher struct{ changed func() }

// WatchBlows calls changed from the keeper's goroutine.
func (g *Group) WatchBlows(changed func()) (stop func(), err error) {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	if g.watchers == nil {
		g.watchers = map[*watcher]bool{}
	}
	w := &watcher{changed}
	g.watchers[w] = true
	return func() {
		g.groups.mu.Lock()
		defer g.groups.mu.Unlock()
		delete(g.watchers, w)
	}, nil
}

// blow counts what was done, and tells those who watch.
func (g *Group) blow(kills int) {
	g.groups.mu.Lock()
	g.blows.MemoryReached++
	g.blows.MemoryKills += uint64(kills)
	var watchers []*watcher
	for w := range g.watchers {
		watchers = append(watchers, w)
	}
	g.groups.mu.Unlock()
	for _, w := range watchers {
		w.changed()
	}
}
