package trace

import (
	"context"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"jobobject/internal/trace/procevents"
)

// followed is a live member of a group that the connector's source watches.
type followed struct {
	process Process
	place   place
	parent  int
	command string
	missing int // in how many rechecks in a row
}

func (s *connectorSource) watch(w *Watch) error {
	var failure error
	err := s.do(context.Background(), func() {
		for other := range s.watches {
			if other.group.id == w.group.id {
				failure = ErrWatched
				return
			}
		}
		// What has been lost until now is no loss to who begins only now.
		if failure = s.drain(); failure != nil {
			return
		}
		if s.listener.Lost() != s.lost {
			s.recheck()
		}
		s.watches[w] = struct{}{}
		if failure = s.look(w, false); failure != nil {
			delete(s.watches, w)
			return
		}
		w.begun()
	})
	if err != nil {
		return err
	}
	return failure
}

func (s *connectorSource) unwatch(w *Watch) (Totals, error) {
	err := s.do(context.Background(), func() {
		delete(s.watches, w)
		maps.DeleteFunc(s.members, func(_ int, m *followed) bool { return !s.isWatched(m.place) })
	})
	return w.counted(), err
}

func (s *connectorSource) totals(w *Watch) (Totals, error) { return w.counted(), nil }

func (s *connectorSource) used(w *Watch) (Used, error) { return Used{Totals: w.counted()}, nil }

func (s *connectorSource) isWatched(p place) bool { return len(innerFirst(s.watches, p)) > 0 }

// holding are the watches of that place. It writes into the event which one is
// the nearest.
func (s *connectorSource) holding(p place, e *Event) []*Watch {
	list := innerFirst(s.watches, p)
	if len(list) > 0 {
		e.Nearest = list[0].group.id
	}
	return list
}

// hear is about any process of the machine.
func (s *connectorSource) hear(m *procevents.Message) {
	if len(s.watches) == 0 {
		return
	}
	s.settle(m.PID)
	s.settle(m.Parent)
	switch {
	case m.StartsProcess():
		s.heardFork(m)
	case m.Kind == procevents.Exec && s.members[m.PID] != nil:
		s.heardExec(m)
	case m.Kind == procevents.Exit && s.members[m.PID] != nil:
		s.heardExit(m)
	}
}

// settling is what a new process needs at most to get to where it belongs.
const settling = 20 * time.Millisecond

// heardFork finds out where the new process is. Its birth is announced a little
// before it is put into its group; until then it seems to be in the root.
func (s *connectorSource) heardFork(m *procevents.Message) {
	if p, known := s.places.of(m.PID); known && p.root {
		s.young[m.PID] = *m
		return
	}
	s.place(m)
}

// settle is for a process that does something and therefore is in its group.
func (s *connectorSource) settle(pid int) {
	if m, young := s.young[pid]; young {
		delete(s.young, pid)
		s.place(&m)
	}
}

func (s *connectorSource) settleYoung() {
	for pid, m := range s.young {
		if now()-s.offset-m.Time > settling {
			s.settle(pid)
		}
	}
}

// place begins to follow a new process if it is in a watched group. If it is
// gone already it was where its parent is, most likely.
func (s *connectorSource) place(m *procevents.Message) {
	p, known := s.places.of(m.PID)
	if parent := s.members[m.Parent]; !known && parent != nil {
		p, known = parent.place, true
	}
	if !known || !s.isWatched(p) {
		return
	}
	f := &followed{process: Process{PID: m.PID, Start: m.Time + s.offset}, place: p, parent: m.Parent}
	if parent := s.members[m.Parent]; parent != nil {
		f.command = parent.command
	}
	if stat, err := readStat(m.PID); err == nil {
		f.process.Start, f.command = stat.start, stat.command
	}
	if old := s.members[m.PID]; old != nil {
		if old.process.sameAs(f.process) {
			return // found by a recheck
		}
		s.tellExit(old, now(), &Ending{}) // its end was among the lost
	}
	s.members[m.PID] = f
	e := f.event(m.Time + s.offset)
	for _, w := range s.holding(p, &e) {
		w.born(e)
	}
}

func (s *connectorSource) heardExec(m *procevents.Message) {
	f := s.members[m.PID]
	e := f.event(m.Time + s.offset)
	e.Exec = &Program{}
	dir := "/proc/" + strconv.Itoa(m.PID)
	if stat, err := readStat(m.PID); err == nil {
		f.command = stat.command
		e.Command = stat.command
	}
	if path, err := os.Readlink(dir + "/exe"); err == nil {
		e.Exec.Path = path
	}
	if args, err := os.ReadFile(dir + "/cmdline"); err == nil && len(args) > 0 {
		e.Exec.Args = strings.Split(strings.TrimSuffix(string(args), "\x00"), "\x00")
	}
	for _, w := range s.holding(f.place, &e) {
		w.executed(e, true)
	}
}

// heardExit is about one thread. Whether others live on, /proc says.
func (s *connectorSource) heardExit(m *procevents.Message) {
	f := s.members[m.PID]
	if stat, err := readStat(m.PID); err == nil && !stat.over() && stat.sameBirth(f.process.Start) {
		return
	}
	s.tellExit(f, m.Time+s.offset, &Ending{Status: Status(m.Status), StatusKnown: true})
}

func (s *connectorSource) tellExit(f *followed, at time.Duration, how *Ending) {
	delete(s.members, f.process.PID)
	e := f.event(at)
	e.Exit = how
	for _, w := range s.holding(f.place, &e) {
		w.exited(e)
	}
}

func (f *followed) event(at time.Duration) Event {
	return Event{
		Time: at, Process: f.process, Parent: f.parent, Command: f.command,
		Group: f.place.id,
	}
}

// sameAs forgives that one birth was read from a message, which on a busy machine
// is sent a good while after it, and one from /proc. In that time no number is used
// again.
func (p Process) sameAs(q Process) bool {
	return p.PID == q.PID && (p.Start-q.Start).Abs() < time.Second/2
}
