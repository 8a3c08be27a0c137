package fakegroup

import (
	"sync"
	"syscall"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// selfPid is the number of the process that the engine under test runs in.
const selfPid = 100

// Machine is the whole of it. It implements group.Groups; its guard is Guard.
type Machine struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever something changes
	root    *dir
	procs   map[int]*Process // with the zombies
	nextPid int
	self    *Process
	door    chan struct{} // what starts wait for; nil where they do not
	held    chan struct{} // and once the process is there
	usage   group.Usage
	traced  group.Usage
	cannot  error // what holds no limits here
	fixed   error // why processes stay where they were born
	blows   group.Blows
	blown   map[*fakeBlows]func() // who waits for others
	watched map[string]bool
	samples map[*sample]bool
	watches map[*dir]*watch
	quiet   bool     // what is to be told waits
	untold  []func() // and this is it
	blind   bool     // nothing is seen
	opened  int      // of the tracer
	journal []string
	faults  []*Fault

	throttled uint64 // periods
}

var _ group.Groups = (*Machine)(nil)

// New makes a machine on which nothing runs but the caller.
func New() *Machine {
	m := &Machine{
		changed: make(chan struct{}),
		root:    &dir{path: "/", children: map[string]*dir{}},
		procs:   map[int]*Process{},
		nextPid: selfPid,
		watched: map[string]bool{},
		samples: map[*sample]bool{},
		watches: map[*dir]*watch{},
		usage:   group.Usage{UserTime: kernel.Exactly[time.Duration](0)},
	}
	m.self = m.born(m.root, nil)
	m.self.settle()
	return m
}

// Self is the process that the engine under test runs in.
func (m *Machine) Self() *Process { return m.self }

// Outsider is a new process that has nothing to do with anybody here.
func (m *Machine) Outsider() *Process { return m.OutsiderAt("/") }

// OutsiderAt is a new process in a place that is no group.
func (m *Machine) OutsiderAt(path string) *Process {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.born(m.root.make(path), nil)
	p.settle()
	return p
}

// HoldStarts makes starts wait, before anything is born, until release is called.
func (m *Machine) HoldStarts() (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	door := make(chan struct{})
	m.door = door
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.door = nil
		close(door)
	}
}

// HoldBorn makes starts wait when the process is there, until release is called.
func (m *Machine) HoldBorn() (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := make(chan struct{})
	m.held = held
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.held = nil
		close(held)
	}
}

// NumberNext gives the next process this number, which must be free: somebody
// had it before.
func (m *Machine) NumberNext(pid int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.procs[pid] != nil {
		panic("fakegroup: the number is not free")
	}
	m.nextPid = pid
}

// SetUsage is what all groups report.
func (m *Machine) SetUsage(usage group.Usage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage = usage
}

// SetTraced is what the tracer says that members of each group have used.
func (m *Machine) SetTraced(usage group.Usage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.traced = usage
}

// change wakes those who wait for one. The lock is held.
func (m *Machine) change() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// born makes a process. The lock is held, or nobody has the machine yet.
func (m *Machine) born(at *dir, parent *Process) *Process {
	pid := m.nextPid
	for m.procs[m.nextPid] != nil || m.nextPid == pid {
		m.nextPid++
	}
	p := &Process{machine: m, pid: pid, at: at, parent: parent, age: m.births(), done: make(chan struct{})}
	m.procs[pid] = p
	p.tell(kernel.Event{Kind: kernel.EventBirth})
	return p
}

// births counts on, for the order of age: numbers come round.
func (m *Machine) births() int {
	m.root.births++
	return m.root.births
}

// live lists the processes at or below a directory that are not dead, oldest
// first. The lock is held.
func (m *Machine) live(below *dir) []*Process {
	var found []*Process
	for _, p := range m.procs {
		if !p.exited() && !p.unlisted && p.at.within(below) {
			found = append(found, p)
		}
	}
	return byAge(found)
}

// sigkill is what a kill ends a process with.
var sigkill = kernel.Killed(syscall.SIGKILL, 128+int(syscall.SIGKILL))
