package trace

import (
	"maps"
	"slices"
)

// recheck compares the groups with what messages have told, after a loss and
// from time to time.
func (s *connectorSource) recheck() {
	lost := s.listener.Lost() - s.lost
	s.lost += lost
	for w := range s.watches {
		if lost > 0 {
			w.lose(lost)
		}
	}
	for _, pid := range slices.Sorted(maps.Keys(s.members)) {
		s.recheckMember(s.members[pid])
	}
	for w := range s.watches {
		_ = s.look(w, lost > 0) // a group that was removed has no members
	}
	s.checked = now()
}

// recheckMember looks where a member is now. Of one that has ended there will be
// a message, unless it was lost; that has had a whole period to come.
func (s *connectorSource) recheckMember(f *followed) {
	stat, err := readStat(f.process.PID)
	if err != nil || stat.over() || !stat.sameBirth(f.process.Start) {
		if f.missing++; f.missing > 1 {
			s.tellExit(f, now(), &Ending{})
		}
		return
	}
	if p, known := s.places.of(f.process.PID); known && p != f.place {
		s.tellMove(f, p)
	}
}

func (s *connectorSource) tellMove(f *followed, to place) {
	from := f.place
	f.place = to
	e := f.event(now())
	e.From = from.id
	entered := s.holding(to, &e)
	for _, w := range innerFirst(s.watches, from) {
		w.moved(e, true, to.in(w), true)
	}
	for _, w := range entered {
		if !from.in(w) {
			w.moved(e, false, true, true)
		}
	}
	if len(entered) == 0 {
		delete(s.members, f.process.PID)
	}
}

// look takes note of all members of the group. Of those that nobody knows the
// birth was not heard of, if something was lost; the others have been moved in.
// One that was born since the last look may be announced at any moment, as that
// comes after it is listed: who does not belong here stays for the next look.
func (s *connectorSource) look(w *Watch, lost bool) error {
	found, err := listMembers(w.group.dir)
	if err == nil {
		err = s.drain() // now the births of all that were found have been heard of
	}
	if err != nil {
		return err
	}
	for _, pid := range slices.Sorted(maps.Keys(found)) {
		f := s.members[pid]
		if f == nil {
			if f = s.follow(pid); f == nil {
				continue
			}
			if !lost && !w.isBeginning() && f.process.Start >= s.checked.Truncate(clockTick) {
				delete(s.members, pid)
				continue
			}
		}
		e := f.event(now())
		s.holding(f.place, &e)
		w.seen(e, s.checked)
	}
	return nil
}

// follow begins to follow a process; nil if it has ended.
func (s *connectorSource) follow(pid int) *followed {
	stat, err := readStat(pid)
	p, known := s.places.of(pid)
	if err != nil || stat.over() || !known || !s.isWatched(p) {
		return nil
	}
	f := &followed{
		process: Process{PID: pid, Start: stat.start}, place: p,
		parent: stat.parent, command: stat.command,
	}
	s.members[pid] = f
	return f
}
