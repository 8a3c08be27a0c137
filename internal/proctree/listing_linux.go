package proctree

import "time"

// What follows is what package trace asks of groups that are no cgroups.

// Look lists the members of all groups.
func (gs *Groups) Look() (members func(name string) (list map[int]string, there bool), err error) {
	s, err := gs.list()
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

// list does not look again at those who have been there for a while: of their end
// others tell, and who has been born as staff has its name by then.
func (gs *Groups) list() (*sight, error) {
	r := &gs.register
	r.mu.Lock()
	defer r.mu.Unlock()
	began := time.Now()
	if err := r.renew(gs, true); err != nil {
		return nil, err
	}
	for _, e := range r.known {
		if age := began.Sub(e.found); age > 0 && age < mostBirth {
			r.again(e)
		}
	}
	r.fresh = false
	return r.sight(), nil
}

// InnermostOf is the name of the group that a process is in.
func (gs *Groups) InnermostOf(pid int) (name string, there bool) {
	place, err := gs.PlaceOf(pid)
	if len(place.Jobs) == 0 {
		return "", err == nil
	}
	return place.Ref, err == nil
}

// Stirred takes in who has come. After an error it is for Look to say so.
func (gs *Groups) Stirred() bool {
	gs.register.mu.Lock()
	defer gs.register.mu.Unlock()
	return gs.register.renew(gs, false) != nil || gs.register.fresh
}

// Ended looks at one who is known.
func (gs *Groups) Ended(pid int) {
	gs.register.mu.Lock()
	defer gs.register.mu.Unlock()
	if e := gs.register.known[pid]; e != nil {
		gs.register.again(e)
	}
}

// Rest gives up what tells of births. Whoever looks again and again besides begins anew.
func (gs *Groups) Rest() {
	gs.register.mu.Lock()
	defer gs.register.mu.Unlock()
	gs.register.close()
}

// Misses says what is particular about trees.
func (gs *Groups) Misses() string {
	return "it misses processes that live shorter, and all execs"
}
