package lineage

import (
	"os"
	"time"

	"jobobject"
)

// Story is what has been told of a job so far. Its zero value is ready. It is for
// one goroutine at a time.
type Story struct {
	means, misses string
	begun, last   time.Time
	lost          uint64

	processes []*process // in the order in which they came; parents before children
	marks     []mark

	live    map[jobobject.ProcessID]*process
	numbers map[int]*process // who has that number now
	away    map[jobobject.ProcessID]*process

	askedBy    os.Signal // what all were sent, once they were
	terminated bool      // and nobody is left since then
}

// mark is something that happened to the job as a whole.
type mark struct {
	at   time.Time
	kind jobobject.EventKind
	lost uint64
}

// Asked notes that all members are being told to end, by that signal.
func (s *Story) Asked(sig os.Signal) { s.askedBy = sig }

// Add takes the next event.
func (s *Story) Add(e jobobject.Event) {
	if s.begun.IsZero() {
		s.begun = e.Time
	}
	if e.Time.After(s.last) {
		s.last = e.Time
	}
	switch {
	case e.Kind.Comes():
		s.comes(e)
	case e.Kind.Goes():
		s.goes(e)
	default:
		s.happens(e)
	}
}

func (s *Story) happens(e jobobject.Event) {
	switch e.Kind {
	case jobobject.EventBegin:
		s.means, s.misses = e.Means, e.Misses
	case jobobject.EventExec:
		p := s.find(e)
		p.command = e.Command
		if e.Program != nil {
			p.program = e.Program
		}
	case jobobject.EventFreeze, jobobject.EventThaw:
		s.mark(e)
	case jobobject.EventTerminate:
		s.mark(e)
		s.terminated = true
	case jobobject.EventEmpty:
		s.terminated = false // who comes now was not meant
	case jobobject.EventLost:
		s.mark(e)
		s.lost += e.Lost
	}
}

func (s *Story) mark(e jobobject.Event) {
	s.marks = append(s.marks, mark{e.Time, e.Kind, e.Lost})
}

func (s *Story) comes(e jobobject.Event) {
	if p, back := s.away[e.Process]; back {
		delete(s.away, e.Process)
		p.how, p.to = 0, ""
		s.hold(p)
		return
	}
	p := &process{
		id: e.Process, number: len(s.processes), command: e.Command,
		came: e.Time, young: e.Kind == jobobject.EventBirth, parent: s.parentOf(e),
	}
	if p.parent != nil {
		p.parent.children = append(p.parent.children, p)
	}
	s.processes = append(s.processes, p)
	s.hold(p)
}

// hold makes it the one that has its number. The end of one that had it before was
// not told, and went unseen.
func (s *Story) hold(p *process) {
	if s.live == nil {
		s.live, s.numbers = map[jobobject.ProcessID]*process{}, map[int]*process{}
	}
	s.live[p.id] = p
	if p.id.Pid == 0 {
		return // of another pid namespace: many have that number
	}
	if before := s.numbers[p.id.Pid]; before != nil && before != p {
		before.how, before.went = jobobject.EventGone, p.came
		delete(s.live, before.id)
	}
	s.numbers[p.id.Pid] = p
}

// parentOf is the member that has the number of its parent at that moment.
func (s *Story) parentOf(e jobobject.Event) *process {
	if e.Parent == e.Process.Pid {
		return nil
	}
	return s.numbers[e.Parent]
}

func (s *Story) goes(e jobobject.Event) {
	p := s.find(e)
	delete(s.live, p.id)
	if s.numbers[p.id.Pid] == p {
		delete(s.numbers, p.id.Pid)
	}
	p.how, p.went, p.ending, p.to = e.Kind, e.Time, e.Ending, e.To
	if e.Command != "" {
		p.command = e.Command
	}
	switch e.Kind {
	case jobobject.EventExit:
		p.fate = s.fateOf(e.Ending)
	case jobobject.EventLeave:
		if s.away == nil {
			s.away = map[jobobject.ProcessID]*process{}
		}
		s.away[p.id] = p
	}
}

// fateOf says what the job had to do with an end that comes now. One whose status
// is not known was killed, if that was being done to all.
func (s *Story) fateOf(ending *jobobject.Ending) fate {
	var sig os.Signal
	unknown := true
	if ending != nil {
		status, known := ending.Status.Get()
		unknown = !known
		if known {
			sig, _ = status.Signal()
		}
	}
	switch {
	case s.terminated && (unknown || sig == os.Kill):
		return killed
	case s.askedBy != nil && sig == s.askedBy:
		return asked
	}
	return own
}

// find is the process that an event is about. One that was never told of has been
// there since a time that is not known.
func (s *Story) find(e jobobject.Event) *process {
	if p := s.live[e.Process]; p != nil {
		return p
	}
	s.comes(jobobject.Event{
		Kind: jobobject.EventPresent, Time: e.Time, Process: e.Process, Parent: e.Parent, Command: e.Command,
	})
	return s.processes[len(s.processes)-1]
}
