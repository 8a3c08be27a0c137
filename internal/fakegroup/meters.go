package fakegroup

import (
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// metered is what a process uses besides time.
type metered struct {
	memory   uint64
	transfer group.Transfer
}

// Allocate makes it have so many bytes from now on.
func (p *Process) Allocate(bytes uint64) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.memory = bytes
}

// Transfer makes it read and write so many bytes more. Only a tracer that counts
// bytes knows of that.
func (p *Process) Transfer(read, written uint64) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.transfer.Read += read
	p.transfer.Written += written
}

// CountBytes makes the tracer one that counts them, from now on.
func (t *Tracer) CountBytes() {
	t.machine.mu.Lock()
	defer t.machine.mu.Unlock()
	t.machine.traced.ReadBytes, t.machine.traced.WriteBytes = kernel.Exactly[uint64](0), kernel.Exactly[uint64](0)
}

// CountsBytes tells whether it does.
func (m means) CountsBytes() bool {
	m.machine.mu.Lock()
	defer m.machine.mu.Unlock()
	_, known := m.machine.traced.ReadBytes.LowerBound()
	return known
}

// addTransfers adds what was read and written by those that a watch has seen, where
// bytes are counted. The lock is held.
func (w *watch) addTransfers(usage *group.Usage) {
	read, known := usage.ReadBytes.Get()
	written, alsoKnown := usage.WriteBytes.Get()
	if !known || !alsoKnown {
		return
	}
	for p := range w.seen {
		read += p.transfer.Read
		written += p.transfer.Written
	}
	usage.ReadBytes, usage.WriteBytes = kernel.Exactly(read), kernel.Exactly(written)
}

// Populated tells whether anybody lives in it.
func (g *fake) Populated() (bool, error) {
	if err := g.enter("populated"); err != nil {
		return false, err
	}
	defer g.machine.mu.Unlock()
	return len(g.machine.live(g.dir)) > 0, nil
}

// Throttle counts so many periods in which the rate of every group has stopped
// members.
func (m *Machine) Throttle(periods uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.throttled += periods
}

// ThrottlePeriod is how long each of these is.
const ThrottlePeriod = 100 * time.Millisecond

// Throttling is what the test says.
func (g *fake) Throttling() (group.Throttling, error) {
	if err := g.enter("throttling"); err != nil {
		return group.Throttling{}, err
	}
	defer g.machine.mu.Unlock()
	return group.Throttling{Periods: g.machine.throttled, Period: ThrottlePeriod}, nil
}

// Memories are what members have allocated.
func (g *fake) Memories() (map[int]uint64, error) {
	return meter(g, "memories", func(p *Process) uint64 { return p.memory })
}

// Transfers are what members have read and written.
func (g *fake) Transfers() (map[int]group.Transfer, error) {
	return meter(g, "transfers", func(p *Process) group.Transfer { return p.transfer })
}

// UserTimes are what the members have spun.
func (g *fake) UserTimes() (map[int]time.Duration, error) {
	return meter(g, "user times", (*Process).spent)
}

func meter[T any](g *fake, op string, read func(*Process) T) (map[int]T, error) {
	if err := g.enter(op); err != nil {
		return nil, err
	}
	defer g.machine.mu.Unlock()
	values := map[int]T{}
	for _, p := range g.machine.live(g.dir) {
		values[p.pid] = read(p)
	}
	return values, nil
}
