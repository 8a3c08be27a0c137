package fakegroup

import (
	"fmt"
	"maps"
	"slices"
)

// Snapshot is what the machine looks like: a line for each group, process and
// name that is watched, for comparing.
func (m *Machine) Snapshot() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var lines []string
	for _, d := range m.root.all() {
		if d.id != "" {
			lines = append(lines, fmt.Sprintf("group %s %+v frozen=%v%s", d.path, d.state, d.frozen, d.limits()))
		}
	}
	for _, pid := range slices.Sorted(maps.Keys(m.procs)) {
		p := m.procs[pid]
		line := fmt.Sprintf("process %d at %s", pid, p.at.path)
		for what, is := range map[string]bool{"zombie": p.exited(), "suspended": !p.exited() && p.suspended} {
			if is {
				line += " " + what
			}
		}
		lines = append(lines, line)
	}
	for _, name := range slices.Sorted(maps.Keys(m.watched)) {
		lines = append(lines, "watched "+name)
	}
	return lines
}

// Groups lists the groups that there are, as the ids on the way to them.
func (m *Machine) Groups() [][]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found [][]string
	for _, d := range m.root.all() {
		if d.id != "" {
			found = append(found, d.place().Jobs)
		}
	}
	return found
}

// Processes are all that there are, the zombies and the caller too, oldest first.
func (m *Machine) Processes() []*Process {
	m.mu.Lock()
	defer m.mu.Unlock()
	return byAge(slices.Collect(maps.Values(m.procs)))
}
