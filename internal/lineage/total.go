package lineage

import "time"

// total is what a process and all below it come to.
type total struct {
	processes int
	cpu       amount[time.Duration]
	memory    amount[uint64] // of the largest one
	failed    int            // of their own accord
	asked     int
	killed    int
}

// totals are those of all processes, by their numbers. Children have higher
// numbers than their parents.
func (s *Story) totals() []total {
	all := make([]total, len(s.processes))
	for i := len(s.processes) - 1; i >= 0; i-- {
		p := s.processes[i]
		all[i] = all[i].with(totalOf(p))
		if p.parent != nil {
			all[p.parent.number] = all[p.parent.number].with(all[i])
		}
	}
	return all
}

func totalOf(p *process) total {
	t := total{processes: 1, cpu: p.cpu(), memory: p.memory()}
	switch {
	case p.fate == killed:
		t.killed = 1
	case p.fate == asked:
		t.asked = 1
	case p.failed():
		t.failed = 1
	}
	return t
}

func (t total) with(u total) total {
	if t.processes == 0 {
		return u
	}
	return total{
		processes: t.processes + u.processes,
		cpu:       sum(t.cpu, u.cpu),
		memory:    most(t.memory, u.memory),
		failed:    t.failed + u.failed,
		asked:     t.asked + u.asked,
		killed:    t.killed + u.killed,
	}
}
