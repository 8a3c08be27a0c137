package fakegroup

import (
	"context"
	"fmt"
	"os/exec"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Find holds on to a live process.
func (m *Machine) Find(pid int) (group.Target, error) {
	if err := m.call("find", fmt.Sprint(pid)); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.numbered(pid)
	if p == nil || p.exited() {
		return nil, fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	return target{p}, nil
}

// target is a process that is held on to.
type target struct{ *Process }

var _ group.Target = target{}

// Wait waits until it is gone.
func (t target) Wait(ctx context.Context) error {
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Machine) numbered(pid int) *Process {
	if pid == 0 {
		return m.self
	}
	return m.procs[pid]
}

// PlaceOf tells where a process is, a zombie too.
func (m *Machine) PlaceOf(pid int) (group.Place, error) {
	if err := m.call("place", fmt.Sprint(pid)); err != nil {
		return group.Place{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.numbered(pid)
	if p == nil {
		return group.Place{}, fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	return p.at.place(), nil
}

// Top is outside of all groups that the caller is in.
func (m *Machine) Top() (group.Place, error) {
	if err := m.call("top", ""); err != nil {
		return group.Place{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	groups := m.self.at.groups()
	if len(groups) == 0 {
		return m.self.at.place(), nil
	}
	return groups[0].parent.place(), nil
}

// Outside leaves the innermost groups of a place.
func (m *Machine) Outside(place group.Place, leave int) (group.Place, error) {
	if err := m.call("outside", place.Ref); err != nil {
		return group.Place{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	groups := m.root.find(place.Ref).groups()
	if leave <= 0 {
		return place, nil
	}
	return groups[len(groups)-leave].parent.place(), nil
}

// States reads what the groups of a place carry with them.
func (m *Machine) States(place group.Place) ([]group.State, error) {
	if err := m.call("states", place.Ref); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var states []group.State
	for _, around := range m.root.find(place.Ref).groups() {
		states = append(states, around.state)
	}
	return states, nil
}

// StartAt starts a process at a place.
func (m *Machine) StartAt(place group.Place, cmd *exec.Cmd, suspended bool) (group.Child, error) {
	if err := m.call("start at", place.Ref); err != nil {
		return nil, err
	}
	m.mu.Lock()
	at := m.root.find(place.Ref)
	m.mu.Unlock()
	return m.start(at, cmd, suspended)
}

// Move takes a process to a place.
func (m *Machine) Move(target group.Target, place group.Place) error {
	if err := m.call("move", fmt.Sprint(target.Pid(), " to ", place.Ref)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.move(target, m.root.find(place.Ref))
}

// move is called with the lock held.
func (m *Machine) move(held group.Target, to *dir) error {
	p, ok := held.(target)
	if !ok || p.exited() {
		return fmt.Errorf("pid %d: %w", held.Pid(), kernel.ErrProcessExited)
	}
	if m.fixed != nil {
		return m.fixed
	}
	p.settle()
	p.relocate(to)
	p.settle()
	m.change()
	return nil
}

// Plan chooses where a group goes.
func (m *Machine) Plan(id string, at group.Place) (group.Group, error) {
	if err := m.call("plan", id); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	parent := m.root.find(at.Ref)
	if parent == nil {
		return nil, fmt.Errorf("plan group at %s: no such place", at.Ref)
	}
	return &fake{m, parent.below("job-"+id, id)}, nil
}

// start takes as long as the test wants, and as a frozen group does.
func (m *Machine) start(at *dir, cmd *exec.Cmd, suspended bool) (group.Child, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if door := m.door; door != nil {
		m.mu.Unlock()
		<-door
		m.mu.Lock()
	}
	if cmd.Err != nil {
		return nil, cmd.Err
	}
	if at == nil || at.removed() {
		return nil, fmt.Errorf("start: the place has been removed")
	}
	p := m.born(at, m.self)
	p.suspended, p.embryo = suspended, true
	if at.killed {
		p.end(sigkill)
	}
	m.change()
	for p.at.stopped() && !p.exited() && m.fixed == nil {
		m.await(nil)
	}
	p.embryo = false
	p.settle()
	if held := m.held; held != nil {
		m.mu.Unlock()
		<-held
		m.mu.Lock()
	}
	return p, nil
}
