package trace

import (
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// sample is what the sampler knows of one group. Its methods run in the
// sampler's goroutine.
type sample struct {
	source  *samplerSource
	watch   *Watch
	members map[int]*sampled
	last    time.Duration // when it was taken
}

type sampled struct {
	process Process
	place   place
	parent  int
	command string
	pidfd   int // -1 where there was none to be had
}

func (s *samplerSource) watch(w *Watch) error {
	var failure error
	err := s.do(context.Background(), func() {
		if failure = s.mayWatch(w); failure != nil {
			return
		}
		if s.list, failure = s.ground.look(); failure != nil {
			return
		}
		first := &sample{source: s, watch: w, members: map[int]*sampled{}}
		s.watches[w] = first
		first.take()
		w.begun()
	})
	if err != nil {
		return err
	}
	return failure
}

func (s *samplerSource) mayWatch(w *Watch) error {
	for other := range s.watches {
		if other.group.id == w.group.id {
			return ErrWatched
		}
	}
	list, err := s.ground.look()
	if err == nil {
		_, err = list(w.group.dir)
	}
	return err
}

func (s *samplerSource) unwatch(w *Watch) (Totals, error) {
	err := s.do(context.Background(), func() {
		for _, m := range s.watches[w].members {
			s.letGo(m)
		}
		delete(s.watches, w)
	})
	return w.counted(), err
}

func (s *samplerSource) totals(w *Watch) (Totals, error) { return w.counted(), nil }

func (s *samplerSource) used(w *Watch) (Used, error) { return Used{Totals: w.counted()}, nil }

// take compares who is there with who was. A group that cannot be read any more
// is gone, and so are its members; their descriptors tell.
func (s *sample) take() {
	began := now()
	found, err := s.source.list(s.watch.group.dir)
	if err != nil {
		return
	}
	for _, pid := range slices.Sorted(maps.Keys(s.members)) {
		m := s.members[pid]
		switch p, here := found[pid]; {
		case (!here || m.pidfd < 0) && s.isOver(m):
			s.ended(pid)
		case !here:
			s.missed(m)
		case p != m.place:
			from := m.place.id
			m.place = p
			e := s.event(m, now())
			e.From = from
			s.watch.moved(e, true, true, true)
		}
	}
	var fresh []*sampled
	for pid, p := range found {
		if s.members[pid] == nil {
			if m := s.meet(pid, p); m != nil {
				fresh = append(fresh, m)
			}
		}
	}
	// Parents before their children.
	slices.SortFunc(fresh, func(a, b *sampled) int { return a.process.compare(b.process) })
	for _, m := range fresh {
		s.welcome(m)
	}
	s.last = began
}

// meet gets hold of a process that is new here; nil if it has gone again.
func (s *sample) meet(pid int, p place) *sampled {
	fd := -1
	if len(s.source.ends) < s.source.most {
		var err error
		if fd, err = unix.PidfdOpen(pid, 0); err != nil {
			fd = -1 // gone, or too many are held
		}
	}
	stat, err := readStat(pid)
	if err != nil || stat.over() {
		if fd >= 0 {
			unix.Close(fd)
		}
		return nil
	}
	return &sampled{
		process: Process{PID: pid, Start: stat.start}, place: p,
		parent: stat.parent, command: stat.command, pidfd: fd,
	}
}

func (s *sample) welcome(m *sampled) {
	s.members[m.process.PID] = m
	if m.pidfd >= 0 && s.source.await(m.pidfd) != nil {
		unix.Close(m.pidfd)
		m.pidfd = -1
	}
	if m.pidfd >= 0 {
		s.source.ends[int32(m.pidfd)] = heldMember{s.watch, m.process.PID}
	} else {
		s.source.unheld++
	}
	// It has its time of birth before it is listed, on a busy machine a good while.
	lastLook := s.last - samplePeriod
	if s.source.ground.everybodyIsBorn() {
		lastLook = 0
	}
	s.watch.seen(s.event(m, now()), lastLook)
}

func (s *sample) event(m *sampled, at time.Duration) Event {
	e := Event{
		Time: at, Process: m.process, Parent: m.parent, Command: m.command,
		Group: m.place.id,
	}
	if list := innerFirst(s.source.watches, m.place); len(list) > 0 {
		e.Nearest = list[0].group.id
	}
	return e
}

func (s *sample) isOver(m *sampled) bool {
	if m.pidfd >= 0 {
		return readable(m.pidfd)
	}
	stat, err := readStat(m.process.PID)
	return err != nil || stat.over() || !stat.sameBirth(m.process.Start)
}

// missed is about a member that is not listed any more and has not ended: it has
// been moved, or it is about to end.
func (s *sample) missed(m *sampled) {
	p, there := s.source.ground.of(m.process.PID)
	if !there || p.in(s.watch) {
		return
	}
	e := s.event(m, now())
	e.From, e.Group, e.Nearest = m.place.id, p.id, 0
	s.watch.moved(e, true, false, true)
	s.forget(m)
}

// ended tells of the end of a member. A zombie shows how it ended and what it
// has used; of one that was waited for newer kernels still say the former.
func (s *sample) ended(pid int) {
	m := s.members[pid]
	e := s.event(m, now())
	e.Exit = &Ending{}
	if stat, err := readStat(pid); err == nil && stat.over() && stat.sameBirth(m.process.Start) {
		e.Command = stat.command
		e.Exit.Status, e.Exit.StatusKnown = stat.status, mayReadStatus(pid)
		e.Exit.Usage = Usage{User: stat.user, System: stat.system, MinorFaults: stat.minor, MajorFaults: stat.major}
		e.Exit.UsageKnown = true
	} else if m.pidfd >= 0 {
		e.Exit.Status, e.Exit.StatusKnown = exitStatusOf(m.pidfd)
	}
	if !e.Exit.StatusKnown {
		e.Exit.Status, e.Exit.StatusKnown = s.source.ground.howEnded(pid)
	}
	s.watch.exited(e)
	s.forget(m)
	s.source.ground.over(pid)
}

func (s *sample) forget(m *sampled) {
	delete(s.members, m.process.PID)
	s.source.letGo(m)
}

func (s *samplerSource) letGo(m *sampled) {
	if m.pidfd < 0 {
		s.unheld--
		return
	}
	delete(s.ends, int32(m.pidfd))
	unix.Close(m.pidfd) // which also takes it out of the epoll
	m.pidfd = -1
}

// lookAtUnheld looks at those whose end no descriptor tells of.
func (s *samplerSource) lookAtUnheld() {
	if s.unheld == 0 {
		return
	}
	for _, sample := range s.innerFirst() {
		for _, pid := range slices.Sorted(maps.Keys(sample.members)) {
			if m := sample.members[pid]; m.pidfd < 0 && sample.isOver(m) {
				sample.ended(pid)
			}
		}
	}
}

func readable(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}
