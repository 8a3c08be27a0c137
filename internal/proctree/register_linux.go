package proctree

import (
	"errors"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/member"
	"jobobject/internal/proctable"
)

// register is who is below the trees, as those have seen it who look again and again.
// It asks after the numbers that were given since the last time, so it costs what is
// born and who is known, and not how many processes the machine has. Where numbers do
// not tell, all processes are looked at.
type register struct {
	mu       sync.Mutex
	births   *member.Numbering // nil while nobody looks, or there is nobody to look for
	tells    bool
	blind    time.Time // until when all have to be looked at each time
	looked   time.Time // when all were looked at last
	took     time.Duration
	roots    map[proctable.Identity]*tree
	known    map[int]*entry
	suspects map[int]*suspect
	// strangers are below no tree. They stay so, as long as no tree comes.
	strangers map[proctable.Identity]bool
	fresh     bool // somebody has come since the last list
}

// entry is somebody known. A process leaves its tree only when it ends, or when the
// tree does.
type entry struct {
	proctable.Process
	tree  *tree
	found time.Time
}

const (
	// mostBirth is what passes at most, on a machine that is busy otherwise, from when a
	// number is given until its process can be found.
	mostBirth = time.Second
	// wholePeriod and wholeShare are how often all are looked at where numbers tell: for
	// those who came without (clone3 with set_tid), in no more than a 500th of the time.
	wholePeriod = 5 * time.Second
	wholeShare  = 500
	// blindPeriod is how often all are looked at for those who only ask whether they
	// should look, where numbers do not tell.
	blindPeriod = 20 * time.Millisecond
)

// open begins. A process that cannot see the first one does not see everybody: who is
// hidden from it may appear later without having been born then.
func (r *register) open() {
	r.births = member.OpenNumbering()
	_, seesFirst := proctable.Look(1)
	r.tells = r.births.Tells() && seesFirst
	r.roots, r.known, r.suspects, r.strangers = nil, map[int]*entry{}, map[int]*suspect{}, nil
	r.looked = time.Time{}
}

func (r *register) close() {
	if r.births != nil {
		r.births.Close()
		r.births, r.known, r.suspects, r.roots, r.strangers = nil, nil, nil, nil, nil
	}
}

// rest gives up what the register holds when there are no trees any more.
func (gs *Groups) rest() {
	gs.register.mu.Lock()
	defer gs.register.mu.Unlock()
	if len(gs.roots()) == 0 {
		gs.register.close()
	}
}

// renew takes in who has come. Thorough, it asks after everybody who could have become
// visible; else some are left for later, and all are not looked at so often.
func (r *register) renew(gs *Groups, thorough bool) error {
	now := time.Now()
	roots := gs.roots()
	if len(roots) == 0 {
		r.close()
		return nil
	}
	if r.births == nil {
		r.open()
	}
	given, told := r.births.Given()
	if !told || !r.tells || len(r.suspects)+len(given) > mostSuspects {
		// Among the numbers that are not told there may be some of processes that can be
		// found only a moment later.
		r.blind = now.Add(mostBirth)
		clear(r.suspects)
	}
	r.suspect(given, now)
	since := now.Sub(r.looked)
	switch {
	case r.changeRoots(roots), since > max(wholePeriod, wholeShare*r.took):
		return r.lookAtAll(gs)
	case now.Before(r.blind) && (thorough || since > max(blindPeriod, mostShare*r.took)):
		return r.lookAtAll(gs)
	}
	r.visit(now, thorough)
	return nil
}

// changeRoots tells whether there are new ones, and forgets who was below those that
// are gone.
func (r *register) changeRoots(roots map[proctable.Identity]*tree) (news bool) {
	alive := map[*tree]bool{}
	for root, t := range roots {
		alive[t] = true
		news = news || r.roots[root] != t
	}
	if len(roots) != len(r.roots) {
		for pid, e := range r.known {
			if !alive[e.tree] {
				delete(r.known, pid)
			}
		}
	}
	r.roots = roots
	return news
}

// lookAtAll is a look at all processes.
func (r *register) lookAtAll(gs *Groups) error {
	began := time.Now()
	s, err := gs.look()
	if err != nil {
		r.looked = time.Time{} // the next look may be luckier
		return err
	}
	before := r.known
	r.known, r.strangers = map[int]*entry{}, map[proctable.Identity]bool{}
	for pid, p := range s.table {
		t := s.treeOf(pid)
		if t == nil || t.isRoot(p.Identity) {
			continue
		}
		if e := before[pid]; e != nil && e.Identity == p.Identity {
			e.Process, e.tree = p, t
			r.known[pid] = e
			continue
		}
		r.enter(p, t, began)
	}
	r.looked, r.took = began, time.Since(began)
	return nil
}

func (r *register) enter(p proctable.Process, t *tree, now time.Time) {
	r.known[p.Pid] = &entry{Process: p, tree: t, found: now}
	r.fresh = true
}

// again looks again at one who is known.
func (r *register) again(e *entry) {
	now, found := proctable.Look(e.Pid)
	switch {
	case found && now.Identity == e.Identity:
		e.Process = now
	case r.known[e.Pid] == e:
		delete(r.known, e.Pid)
	}
}

// find asks for who has a number. It is settled when it has turned out to be a
// member, a stranger or a thread.
func (r *register) find(pid int, now time.Time) (settled bool) {
	// The cheapest question first: most are a thread's, or have ended already.
	if errors.Is(unix.Tgkill(pid, pid, 0), unix.ESRCH) {
		return !errors.Is(unix.Kill(pid, 0), unix.ESRCH)
	}
	p, found := proctable.Look(pid)
	if !found {
		return false
	}
	if e := r.known[pid]; e != nil {
		if e.Identity == p.Identity {
			e.Process = p
			return true
		}
		delete(r.known, pid)
	}
	t, settled := r.treeAbove(p)
	if t != nil {
		r.enter(p, t, now)
	}
	return settled
}

// treeAbove follows the parents to a root, or to somebody who is known. Its answer is
// not settled when somebody dies on the way.
func (r *register) treeAbove(p proctable.Process) (t *tree, settled bool) {
	if r.roots[p.Identity] != nil {
		return nil, true
	}
	way := []proctable.Identity{p.Identity}
	for p.Parent != 0 && !r.strangers[p.Identity] {
		up, found := proctable.Look(p.Parent)
		if !found || up.Start > p.Start {
			return nil, false
		}
		if t := r.roots[up.Identity]; t != nil {
			return t, true
		}
		if e := r.known[up.Pid]; e != nil && e.Identity == up.Identity {
			return e.tree, true
		}
		p = up
		way = append(way, p.Identity)
	}
	for _, stranger := range way {
		r.strangers[stranger] = true
	}
	return nil, true
}

// sight is what the register knows.
func (r *register) sight() *sight {
	s := &sight{table: make(proctable.Table, len(r.known)), trees: make(map[int]*tree, len(r.known))}
	for pid, e := range r.known {
		s.table[pid], s.trees[pid] = e.Process, e.tree
	}
	return s
}

// glance is look for those who look again and again: it reads the lines of those who
// are known, and of those who have come.
func (gs *Groups) glance() (*sight, error) {
	r := &gs.register
	r.mu.Lock()
	defer r.mu.Unlock()
	began := time.Now()
	if err := r.renew(gs, true); err != nil {
		return nil, err
	}
	if r.looked.Before(began) {
		for _, e := range r.known {
			if e.found.Before(began) {
				r.again(e)
			}
		}
	}
	return r.sight(), nil
}

func (g *Group) glanceAtMembers() ([]proctable.Process, error) {
	s, err := g.groups.glance()
	if err != nil {
		return nil, err
	}
	return s.members(g), nil
}
