package fakegroup

import (
	"maps"
	"slices"
)

// Guard is the machine's guard, in the owner's eyes.
type Guard struct{ machine *Machine }

// Guard keeps the list of what it was asked to watch.
func (m *Machine) Guard() *Guard { return &Guard{m} }

// Watch puts a name on the list.
func (g *Guard) Watch(name string) error {
	if err := g.machine.call("watch", name); err != nil {
		return err
	}
	g.machine.mu.Lock()
	defer g.machine.mu.Unlock()
	g.machine.watched[name] = true
	return nil
}

// Forget takes it off. A name that is not there is no mistake, nor worth a line
// in the journal.
func (g *Guard) Forget(name string) {
	g.machine.mu.Lock()
	defer g.machine.mu.Unlock()
	if g.machine.watched[name] {
		delete(g.machine.watched, name)
		g.machine.journal = append(g.machine.journal, "forget "+name)
	}
}

// Watched lists the names.
func (g *Guard) Watched() []string {
	g.machine.mu.Lock()
	defer g.machine.mu.Unlock()
	return slices.Sorted(maps.Keys(g.machine.watched))
}

// Prepare does nothing: the fake is there.
func (g *Guard) Prepare() {}
