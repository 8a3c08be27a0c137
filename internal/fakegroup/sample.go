package fakegroup

// sample is a group that somebody wants to see the members of.
type sample struct {
	group *fake
	seen  func(pids []int) (settled bool)
}

// Sample has the members seen whenever the test says so.
func (g *fake) Sample(seen func(pids []int) (settled bool)) (stop func()) {
	m := g.machine
	s := &sample{g, seen}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.samples[s] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.samples, s)
	}
}

// LookAround takes the samples that are due and gives the means to hand them in:
// what happens before that is not in them.
func (m *Machine) LookAround() (handIn func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	due := map[*sample][]int{}
	for s := range m.samples {
		due[s] = s.group.members()
	}
	return func() {
		for s, pids := range due {
			_ = s.seen(pids) // the test says when they are looked at again
		}
	}
}
