package proctree

import (
	"jobobject/internal/member"
)

// What follows is what package trace asks of groups that are no cgroups.

// Look lists the members of all groups.
func (gs *Groups) Look() (members func(name string) (list map[int]string, there bool), err error) {
	gs.listing.Lock()
	if gs.births == nil {
		gs.births = member.OpenNumbering()
	}
	gs.births.Given() // those from now on
	gs.listing.Unlock()
	s, err := gs.look()
	if err != nil {
		return nil, err
	}
	return func(name string) (map[int]string, bool) {
		gs.mu.Lock()
		g := gs.named(name)
		gs.mu.Unlock()
		if g == nil {
			return nil, false
		}
		list := map[int]string{}
		for _, p := range s.members(g) {
			list[p.Pid] = placeIn(s.treeOf(p.Pid).jobs).Ref
		}
		return list, true
	}, nil
}

// InnermostOf is the name of the group that a process is in.
func (gs *Groups) InnermostOf(pid int) (name string, there bool) {
	place, err := gs.PlaceOf(pid)
	if len(place.Jobs) == 0 {
		return "", err == nil
	}
	return place.Ref, err == nil
}

// Stirred asks whether numbers have been given to processes or threads.
func (gs *Groups) Stirred() bool {
	gs.listing.Lock()
	defer gs.listing.Unlock()
	if gs.births == nil {
		return true
	}
	fresh, known := gs.births.Given()
	return len(fresh) > 0 || !known && gs.births.Tells()
}

// Rest gives up what tells of births.
func (gs *Groups) Rest() {
	gs.listing.Lock()
	defer gs.listing.Unlock()
	if gs.births != nil {
		gs.births.Close()
		gs.births = nil
	}
}

// Misses says what is particular about trees.
func (gs *Groups) Misses() string {
	return "it misses processes that live shorter, and all execs"
}
