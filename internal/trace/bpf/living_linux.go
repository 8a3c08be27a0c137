package bpf

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

// Used is what the members of a watched group have used, each of them once.
type Used struct {
	Totals // those of the same moment

	// All has the sums of dead and living members, and the highest of their
	// peaks. Where Sure is not set it has only the dead.
	All  Amounts
	Sure bool
	// PeakMemoryAtMost and Partial are those of the totals, of the living too.
	PeakMemoryAtMost, Partial uint64
}

// mostPasses is how often the living are gone through when something is moved at
// the same time, which may make the pass count a process twice.
const mostPasses = 3

// Used goes through all processes of the machine, some 100 ns for each.
func (p *Programs) Used(group uint64) (Used, error) {
	p.passing.Lock()
	defer p.passing.Unlock()
	var used Used
	for range mostPasses {
		var err error
		if used, err = p.passOver(group); err != nil || used.Sure {
			return used, err
		}
	}
	return used, nil
}

func (p *Programs) passOver(group uint64) (Used, error) {
	c := p.control
	clear(c.living)
	clear(c.doubled)
	*c.livingPeakAtMost, *c.livingPartial = 0, 0
	*c.passInside, *c.passOutside = 0, 0
	moves := atomic.LoadUint64(c.moves)
	atomic.AddUint64(c.passNumber, 1)
	atomic.StoreUint64(c.passGroup, group)
	defer func() {
		atomic.StoreUint64(c.passGroup, 0)
		p.outlast() // the next pass begins with nothing
	}()
	if err := p.pass.goThrough(); err != nil {
		return Used{}, fmt.Errorf("look what the members of group %d use: %w", group, err)
	}
	totals, doubled, settled, err := p.settled(group)
	if err != nil {
		return Used{}, err
	}
	used := Used{Totals: totals, All: totals.Dead, PeakMemoryAtMost: totals.PeakMemoryAtMost, Partial: totals.Partial}
	if settled && moves%2 == 0 && atomic.LoadUint64(c.moves) == moves {
		used.Sure = true
		used.addLiving(c, &doubled)
	}
	return used, nil
}

// settled reads the totals, and which part of them the pass has counted among the
// living, at a moment when no process is in the middle of becoming one of the
// dead.
func (p *Programs) settled(group uint64) (totals Totals, doubled Amounts, settled bool, err error) {
	const attempts = 1000
	c := p.control
	for range attempts {
		done := atomic.LoadUint64(c.exitsDone)
		if atomic.LoadUint64(c.exitsBegun) != done {
			runtime.Gosched()
			continue
		}
		if totals, err = p.Totals(group); err != nil {
			return totals, doubled, false, err
		}
		decodeAmounts(c.doubled, &doubled)
		if atomic.LoadUint64(c.exitsBegun) == done {
			return totals, doubled, true, nil
		}
	}
	totals, err = p.Totals(group)
	return totals, doubled, false, err
}

func (u *Used) addLiving(c *control, doubled *Amounts) {
	var living Amounts
	decodeAmounts(c.living, &living)
	u.All.add(&living)
	u.All.subtract(doubled)
	u.All.PeakMemory = max(u.All.PeakMemory, living.PeakMemory)
	u.All.PeakSpace = max(u.All.PeakSpace, living.PeakSpace)
	u.PeakMemoryAtMost = max(u.PeakMemoryAtMost, *c.livingPeakAtMost)
	u.Partial += *c.livingPartial
}

// sums are the amounts that add up; peaks do not.
func (a *Amounts) sums() [10]*uint64 {
	return [10]*uint64{
		&a.User, &a.System, &a.MinorFaults, &a.MajorFaults, &a.ReadChars, &a.WriteChars,
		&a.ReadCalls, &a.WriteCalls, &a.ReadBytes, &a.WriteBytes,
	}
}

func (a *Amounts) add(b *Amounts) {
	for i, theirs := range b.sums() {
		*a.sums()[i] += *theirs
	}
}

func (a *Amounts) subtract(b *Amounts) {
	for i, theirs := range b.sums() {
		*a.sums()[i] -= *theirs
	}
}
