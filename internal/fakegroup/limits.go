package fakegroup

import (
	"fmt"
	"syscall"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Processors is how many the machine has, for processes that spin.
const Processors = 2

// Processors is that number.
func (m *Machine) Processors() int { return Processors }

// HoldNothing makes the machine one that cannot hold a limit.
func (m *Machine) HoldNothing() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cannot = &kernel.NotSupportedError{Feature: "limits"}
}

// MoveNothing makes the machine one on which processes stay where they were born.
func (m *Machine) MoveNothing() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fixed = &kernel.NotSupportedError{Feature: "moving", Remedy: "start it there"}
}

// CanMove tells whether it is such a machine.
func (m *Machine) CanMove() error {
	if err := m.call("can move", ""); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fixed
}

// CanHold tells whether it is such a machine.
func (m *Machine) CanHold(limits group.Limits) error {
	if err := m.call("can hold", fmt.Sprintf("%+v", limits)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cannot
}

// Hold notes the limits.
func (g *fake) Hold(limits group.Limits) error {
	if err := g.enterExisting("hold"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	if g.machine.cannot != nil && limits != (group.Limits{}) {
		return g.machine.cannot
	}
	g.dir.held = limits
	return nil
}

// Held are the limits of the group with that id.
func (m *Machine) Held(id string) group.Limits {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.root.all() {
		if d.id == id {
			return d.held
		}
	}
	return group.Limits{}
}

// limits are for a snapshot.
func (d *dir) limits() string {
	if d.held == (group.Limits{}) {
		return ""
	}
	return fmt.Sprintf(" held to %+v", d.held)
}

// KeepBlows is what the limits of all groups have done, as the system finds out later.
func (m *Machine) KeepBlows(blows group.Blows) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blows = blows
}

// SetBlows is that, and whoever waits for it is told.
func (m *Machine) SetBlows(blows group.Blows) {
	m.KeepBlows(blows)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, changed := range m.blown {
		go changed()
	}
}

// WatchBlows waits for SetBlows.
func (g *fake) WatchBlows(changed func()) (stop func(), err error) {
	if err := g.enter("watch blows"); err != nil {
		return nil, err
	}
	m := g.machine
	defer m.mu.Unlock()
	if m.blown == nil {
		m.blown = map[*fakeBlows]func(){}
	}
	key := &fakeBlows{}
	m.blown[key] = changed
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.blown, key)
	}, nil
}

type fakeBlows struct{ _ int } // not empty, so that each has an address of its own

// BlowsWatched is how many groups have somebody who waits for that.
func (m *Machine) BlowsWatched() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.blown)
}

// Blows are what the test says.
func (g *fake) Blows() (group.Blows, error) {
	if err := g.enter("blows"); err != nil {
		return group.Blows{}, err
	}
	defer g.machine.mu.Unlock()
	return g.machine.blows, nil
}

// ProcessorTime is what was ever spun in the group, where SetUsage lets that be told.
func (g *fake) ProcessorTime() (group.ProcessorTime, error) {
	usage, err := g.Usage()
	if err != nil {
		return group.ProcessorTime{}, err
	}
	used, known := usage.UserTime.Get()
	if !known {
		return group.ProcessorTime{}, fmt.Errorf("processor time of %s: not told here", g.dir.path)
	}
	return group.ProcessorTime{User: used, All: used}, nil
}

// Meter is what runs with all that is in the place around the outermost group.
func (g *fake) Meter() string { return g.dir.groups()[0].parent.path }

// ReadMeter reads it.
func (m *Machine) ReadMeter(name string) (time.Duration, error) {
	if err := m.call("read meter", name); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.root.find(name)
	return d.userTime(m.live(d)), nil
}

// spin is the use of processors by a process, in virtual time.
type spin struct {
	on    int // so many processors
	since time.Time
	used  time.Duration
}

// Spin makes it use so many processors from now on; 0 is none.
func (p *Process) Spin(processors int) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.stopSpinning()
	p.on, p.since = processors, time.Now()
}

// Spent is what it has used.
func (p *Process) Spent() time.Duration {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	return p.spent()
}

func (p *Process) spent() time.Duration {
	if p.on == 0 || p.exited() {
		return p.used
	}
	return p.used + time.Duration(p.on)*time.Since(p.since)
}

func (p *Process) stopSpinning() {
	if p.on > 0 {
		p.used, p.on = p.spent(), 0
	}
}

// userTime is what was ever used in a place or below.
func (d *dir) userTime(live []*Process) time.Duration {
	var sum time.Duration
	for _, below := range d.all() {
		sum += below.spent
	}
	for _, p := range live {
		sum += p.spent()
	}
	return sum
}

// Kill ends a target.
func (p *Process) Kill() error {
	if err := p.machine.call("kill", fmt.Sprint(p.pid)); err != nil {
		return err
	}
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	if p.exited() {
		return fmt.Errorf("pid %d: %w", p.pid, kernel.ErrProcessExited)
	}
	p.take(syscall.SIGKILL)
	return nil
}

// Impose gives a process attributes.
func (m *Machine) Impose(pid int, a group.Attributes) (undo func() error, err error) {
	if err := m.call("impose", fmt.Sprint(pid)); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.numbered(pid)
	if p == nil || p.exited() {
		return nil, fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	before := p.attributes
	switch a.Data {
	case 0:
	case group.AnyData:
		p.attributes.Data = 0
	default:
		p.attributes.Data = a.Data
	}
	if a.Priority != 0 {
		p.attributes.Priority = a.Priority
	}
	p.attributes.NoCrashDump = p.attributes.NoCrashDump || a.NoCrashDump
	return func() error {
		p.SetAttributes(before)
		return nil
	}, nil
}

// CanImpose tells whether it is a machine that can hold limits.
func (m *Machine) CanImpose(a group.Attributes) error {
	if err := m.call("can impose", fmt.Sprintf("%+v", a)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cannot
}

// Trim takes from what a process has resident.
func (m *Machine) Trim(pid int, least, most uint64) error {
	if err := m.call("trim", fmt.Sprint(pid)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.numbered(pid)
	if p == nil || p.exited() {
		return fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	p.resident = min(p.resident, max(least, most))
	return nil
}

// CanTrim tells whether it is a machine that can hold limits.
func (m *Machine) CanTrim() error {
	if err := m.call("can trim", ""); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cannot
}

// Resident is what it has in memory.
func (p *Process) Resident() uint64 {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	return p.resident
}

// Touch makes it have so much in memory.
func (p *Process) Touch(bytes uint64) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.resident = bytes
}

// SetAttributes is what a process with the right to do so can do to itself.
func (p *Process) SetAttributes(a group.Attributes) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.attributes = a
}

// Attributes are those that it was given, or has inherited.
func (p *Process) Attributes() group.Attributes {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	return p.attributes
}
