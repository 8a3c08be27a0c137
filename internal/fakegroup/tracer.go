package fakegroup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Tracer is the machine's tracer. It tells of a thing as soon as it happens, while
// the machine stands still, so that whoever is told cannot use the machine.
type Tracer struct{ machine *Machine }

var _ group.Tracer = (*Tracer)(nil)

// Tracer sees everything, unless it is blinded.
func (m *Machine) Tracer() *Tracer { return &Tracer{m} }

// means counts as opened until it is closed.
type means struct{ machine *Machine }

// Open says that it sees everything.
func (t *Tracer) Open() (group.Means, error) {
	if err := t.machine.call("open tracer", ""); err != nil {
		return nil, err
	}
	t.machine.mu.Lock()
	defer t.machine.mu.Unlock()
	t.machine.opened++
	return means{t.machine}, nil
}

// Opened is how often it is open.
func (t *Tracer) Opened() int {
	t.machine.mu.Lock()
	defer t.machine.mu.Unlock()
	return t.machine.opened
}

func (means) Name() string   { return "a fake" }
func (means) Misses() string { return "" }

func (m means) Close() {
	m.machine.mu.Lock()
	defer m.machine.mu.Unlock()
	m.machine.opened--
}

// watch is a directory that is watched. The machine's lock guards it.
type watch struct {
	machine *Machine
	dir     *dir
	hear    func(kernel.Event)
	members map[*Process]bool // as far as it was told
	seen    map[*Process]bool // that were members at any time
	peak    int
	missed  uint64 // while it was blind
}

// Watch tells of a group from now on.
func (t *Tracer) Watch(name string, tell func(kernel.Event)) (group.Watch, error) {
	m := t.machine
	if err := m.call("trace", name); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.root.find(name)
	if d == nil || m.watches[d] != nil {
		return nil, fmt.Errorf("trace group %s: it is not there, or watched already", name)
	}
	m.catchUp()
	w := &watch{machine: m, dir: d, hear: tell, members: map[*Process]bool{}, seen: map[*Process]bool{}}
	m.watches[d] = w
	for _, p := range m.live(d) {
		w.tell(p, kernel.Event{Kind: kernel.EventPresent})
	}
	return w, nil
}

// Watched lists what the tracer watches.
func (t *Tracer) Watched() []string {
	t.machine.mu.Lock()
	defer t.machine.mu.Unlock()
	names := []string{}
	for d := range t.machine.watches {
		names = append(names, d.path)
	}
	slices.Sort(names)
	return names
}

// Delay makes the tracer late: it tells of nothing before it is asked to, until
// release is called.
func (t *Tracer) Delay() (release func()) {
	m := t.machine
	m.mu.Lock()
	defer m.mu.Unlock()
	m.quiet = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.quiet = false
		m.catchUp()
	}
}

// Blind makes the tracer lose everything until restore is called, which tells how
// much that was and makes good for the comings and goings.
func (t *Tracer) Blind() (restore func()) {
	t.setBlind(true)
	return func() {
		t.See()
		m := t.machine
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, w := range m.innerFirst(m.root.all()) {
			w.makeGood()
		}
	}
}

// See ends the blindness. What it has missed it does not know yet.
func (t *Tracer) See() { t.setBlind(false) }

func (t *Tracer) setBlind(blind bool) {
	t.machine.mu.Lock()
	defer t.machine.mu.Unlock()
	t.machine.blind = blind
}

func (w *watch) makeGood() {
	if w.missed == 0 {
		return
	}
	w.pass(kernel.Event{Kind: kernel.EventLost, Lost: w.missed})
	w.missed = 0
	live := w.machine.live(w.dir)
	for _, p := range byAge(slices.Collect(maps.Keys(w.members))) {
		if !slices.Contains(live, p) {
			w.tell(p, kernel.Event{Kind: kernel.EventGone})
		}
	}
	for _, p := range live {
		if !w.members[p] {
			w.tell(p, kernel.Event{Kind: kernel.EventPresent})
		}
	}
}

// Flush has everything told that has happened.
func (w *watch) Flush(context.Context) error {
	if err := w.machine.call("flush", w.dir.path); err != nil {
		return err
	}
	w.machine.mu.Lock()
	defer w.machine.mu.Unlock()
	w.machine.catchUp()
	return nil
}

// Usage is what the machine was told that it is, but for the counts.
func (w *watch) Usage() (group.Usage, error) {
	if err := w.machine.call("traced usage", w.dir.path); err != nil {
		return group.Usage{}, err
	}
	w.machine.mu.Lock()
	defer w.machine.mu.Unlock()
	usage := w.machine.traced
	w.addTransfers(&usage)
	usage.TotalProcesses = kernel.Exactly(uint64(len(w.seen)))
	usage.PeakProcesses = kernel.Exactly(uint64(w.peak))
	usage.ActiveProcesses = kernel.Exactly(uint64(len(w.machine.live(w.dir))))
	return usage, nil
}

// Close ends the watch when all has been told.
func (w *watch) Close() error {
	err := w.machine.call("untrace", w.dir.path)
	w.machine.mu.Lock()
	defer w.machine.mu.Unlock()
	w.machine.catchUp()
	delete(w.machine.watches, w.dir)
	return err
}

// What follows is called with the machine's lock held.

func (m *Machine) catchUp() {
	untold := m.untold
	m.untold = nil
	for _, tell := range untold {
		tell()
	}
}

// innerFirst are the watches of directories, the deepest first.
func (m *Machine) innerFirst(dirs []*dir) []*watch {
	var found []*watch
	for _, d := range dirs {
		if w := m.watches[d]; w != nil && !slices.Contains(found, w) {
			found = append(found, w)
		}
	}
	slices.SortStableFunc(found, func(a, b *watch) int { return cmp.Compare(len(b.dir.up()), len(a.dir.up())) })
	return found
}

// tell is about a process that stays where it is.
func (p *Process) tell(e kernel.Event) {
	for _, w := range p.machine.innerFirst(p.at.up()) {
		w.tell(p, e)
	}
}

func (p *Process) tellEnd(status kernel.ExitStatus) {
	if !p.told {
		p.told = true
		p.tell(kernel.Event{Kind: kernel.EventExit, Ending: &kernel.Ending{Status: kernel.Exactly(status)}})
	}
}

// relocate moves it, and tells those that it leaves and comes to.
func (p *Process) relocate(to *dir) {
	from := p.at
	p.at = to
	if from == to || p.told {
		return
	}
	for _, w := range p.machine.innerFirst(append(from.up(), to.up()...)) {
		e := kernel.Event{Kind: kernel.EventMoved}
		switch was, is := from.within(w.dir), to.within(w.dir); {
		case was && !is:
			e.Kind, e.To = kernel.EventLeave, to.path
		case is && !was:
			e.Kind = kernel.EventJoin
		}
		w.tell(p, e)
	}
}

func (p *Process) identity() kernel.ProcessID {
	id := kernel.ProcessID{Pid: p.pid, Start: time.Duration(p.age)}
	if p.invisible {
		id.Pid = 0
	}
	return id
}

func (w *watch) tell(p *Process, e kernel.Event) {
	e.Process, e.Command = p.identity(), "program"
	if p.parent != nil {
		e.Parent = p.parent.pid
	}
	w.seen[p] = true
	if w.machine.blind {
		w.missed++
	} else {
		switch {
		case e.Kind.Comes():
			w.members[p] = true
		case e.Kind.Goes():
			delete(w.members, p)
		}
		w.pass(e)
	}
	w.peak = max(w.peak, len(w.machine.live(w.dir)))
}

func (w *watch) pass(e kernel.Event) {
	e.Time = time.Now()
	if w.machine.quiet {
		w.machine.untold = append(w.machine.untold, func() { w.hear(e) })
		return
	}
	w.hear(e)
}
