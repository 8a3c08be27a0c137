package proctree

import (
	"cmp"
	"slices"

	"jobobject/internal/proctable"
)

// sight is one look at all processes, and who is in which tree.
type sight struct {
	table proctable.Table
	trees map[int]*tree // by number: roots, and whoever has been followed to one; nil is in none
}

// look reads the table. Who comes or goes meanwhile may be in it or not.
func (gs *Groups) look() (*sight, error) {
	s := &sight{trees: map[int]*tree{}}
	roots := gs.roots()
	if len(roots) == 0 {
		return s, nil
	}
	var err error
	if s.table, err = proctable.Read(); err != nil {
		return nil, err
	}
	s.mend()
	s.trees[0] = nil
	for root, t := range roots {
		if s.table[root.Pid].Identity == root {
			s.trees[root.Pid] = t
		}
	}
	return s, nil
}

func (gs *Groups) roots() map[proctable.Identity]*tree {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	roots := map[proctable.Identity]*tree{}
	for t := range gs.trees {
		for _, root := range t.roots {
			roots[root] = t
		}
	}
	return roots
}

// mend looks again at those whose parents were read before they died, or were born
// behind the reader's back. The parents of some cannot be seen at all.
func (s *sight) mend() {
	const most = 5
	for range most {
		var torn []int
		for pid, p := range s.table {
			if _, found := s.table[p.Parent]; !found && p.Parent != 0 {
				torn = append(torn, pid)
			}
		}
		changed := false
		for _, pid := range torn {
			before := s.table[pid]
			now, found := proctable.Look(pid)
			if !found {
				delete(s.table, pid)
				changed = true
				continue
			}
			s.table[pid] = now
			if _, found := s.table[now.Parent]; !found {
				if parent, there := proctable.Look(now.Parent); there {
					s.table[parent.Pid] = parent
				}
			}
			changed = changed || now.Parent != before.Parent
		}
		if !changed {
			return
		}
	}
}

// treeOf follows the parents of a process to a root, and remembers the way.
func (s *sight) treeOf(pid int) *tree {
	var way []int
	t, known := s.trees[pid]
	for !known {
		p, found := s.table[pid]
		if !found || len(way) > len(s.table) {
			break
		}
		way = append(way, pid)
		pid = p.Parent
		t, known = s.trees[pid]
	}
	for _, pid := range way {
		s.trees[pid] = t
	}
	return t
}

// within are all below the supervisors of a group, the oldest first: the dead that
// nobody has waited for and the staff of groups that members have made too.
func (s *sight) within(g *Group) (found []proctable.Process) {
	for pid, p := range s.table {
		if t := s.treeOf(pid); t != nil && t.isIn(g.id) && !t.isRoot(p.Identity) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b proctable.Process) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Pid, b.Pid))
	})
	return found
}

// members are those of them that live and are no staff.
func (s *sight) members(g *Group) []proctable.Process {
	return slices.DeleteFunc(s.within(g), func(p proctable.Process) bool { return p.Dead() || isStaff(p) })
}

func (g *Group) lookAtMembers() ([]proctable.Process, error) {
	s, err := g.groups.look()
	if err != nil {
		return nil, err
	}
	return s.members(g), nil
}
