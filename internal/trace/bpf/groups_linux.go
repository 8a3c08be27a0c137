package bpf

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/cilium/ebpf"
)

// Watch makes the programs tell what happens in the group and below it. It may
// not be watched already.
func (p *Programs) Watch(group uint64) error {
	err := p.watched.Update(group, make([]byte, totalsBytes), ebpf.UpdateNoExist)
	if err != nil {
		return fmt.Errorf("watch group %d: %w", group, err)
	}
	return nil
}

// Totals are what has been counted in the group.
func (p *Programs) Totals(group uint64) (Totals, error) {
	var totals Totals
	if err := p.watched.Lookup(group, &totals); err != nil {
		return Totals{}, fmt.Errorf("read totals of group %d: %w", group, err)
	}
	return totals, nil
}

// Unwatch ends that and returns the last totals. Only one may go on at a time.
func (p *Programs) Unwatch(group uint64) (Totals, error) {
	c := p.control
	atomic.StoreUint64(c.ending, group)
	defer atomic.StoreUint64(c.ending, 0)
	p.outlast() // who may have seen the group as a watched one counts in it
	totals, err := p.Totals(group)
	if err != nil {
		return Totals{}, err
	}
	if err := p.watched.Delete(group); err != nil {
		return Totals{}, fmt.Errorf("end watch of group %d: %w", group, err)
	}
	return totals, nil
}

// outlast waits for the end of programs that are running, which takes them some
// microseconds.
func (p *Programs) outlast() {
	p.eras.Lock()
	defer p.eras.Unlock()
	c := p.control
	old := (atomic.AddUint32(c.era, 1) - 1) & 1
	for atomic.LoadUint32(&c.running[old]) > 0 {
		runtime.Gosched()
	}
}

// Census puts a record into the ring for every process that is in the group or
// below it, with the number of the census in it. It tells whether there was
// room for all. Only one census may go on at a time.
func (p *Programs) Census(group uint64, number uint32) (complete bool, err error) {
	c := p.control
	atomic.StoreUint64(c.censusTarget, group)
	atomic.StoreUint32(c.censusNumber, number)
	lost := atomic.LoadUint64(c.censusLost)
	if err := p.census.goThrough(); err != nil {
		return false, fmt.Errorf("take a census of group %d: %w", group, err)
	}
	return atomic.LoadUint64(c.censusLost) == lost, nil
}
