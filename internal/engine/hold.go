package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// setLimits replaces the limits. After an error they are those from before, and
// so is what holds them (SET-06).
func (j *job) setLimits(limits kernel.Limits) error {
	before := j.limits
	_ = j.countKilled() // what was killed at the former limit, as far as that is told
	renewsTime := !limits.PreserveJobTime
	limits, err := checked(limits, before)
	if err != nil {
		return err
	}
	if err := j.engine.canLetGo(limits); err != nil {
		return err
	}
	holdAgain, err := j.holdInstead(limits)
	if err != nil {
		return err
	}
	if err := j.setFlags(limits); err != nil {
		return errors.Join(err, holdAgain())
	}
	err = j.imposeInstead(before)
	if err == nil {
		err = j.watchLimits()
	}
	if err == nil && renewsTime {
		err = j.renewJobTime()
	}
	if err != nil {
		err = errors.Join(err, j.setFlags(before), holdAgain())
	}
	j.unwatchLimits()
	j.wakeNotices() // of the rate that they have a tolerance for
	return err
}

// canHold tells whether limits could be held here, for a job without a place.
func (e *Engine) canHold(limits kernel.Limits) error {
	if err := e.checkAffinity(limits); err != nil {
		return err
	}
	held := heldOf(limits, 1, 0)
	held.CPUShare, held.Priority = shareOf(limits.SchedulingClass, 0), limits.PriorityClass
	if held != (group.Limits{}) {
		if err := e.groups.CanHold(held); err != nil {
			return err
		}
	}
	return e.canImpose(limits)
}

// checkAffinity refuses processors that there are not (LIM-31).
func (e *Engine) checkAffinity(l kernel.Limits) error {
	if l.Affinity == 0 { // the usual case, at every start of a program
		return nil
	}
	if n := e.groups.Processors(); n < 64 && l.Affinity>>n != 0 {
		return invalid("Affinity", fmt.Sprintf("%#x", l.Affinity), fmt.Sprintf("this machine has %d processors, so no bit above the lowest %[1]d", n))
	}
	return nil
}

// heldOf are the limits that the system is to hold, given the share of the
// processors that the jobs around leave, and which ones; 0 is all of these. Where the system is asked to hold the
// limits of a job and of one around it, the tighter ones are effective by
// themselves (NST-30).
func heldOf(l kernel.Limits, share float64, around uint64) group.Limits {
	held := group.Limits{
		Memory: l.JobMemory, MemoryKillsAll: l.JobMemoryKillsAll, CPUWeight: l.CPUWeight, Processors: l.Affinity,
		CPUMinRate: float64(l.CPUMinRate) / kernel.FullCPURate, IO: l.IORate,
	}
	if l.Affinity != 0 && around != 0 {
		if held.Processors = l.Affinity & around; held.Processors == 0 {
			held.Processors = around
		}
	}
	if l.CPURate != 0 {
		held.CPURate = share * float64(l.CPURate) / kernel.FullCPURate
	}
	if l.ActiveProcesses != 0 {
		held.Tasks = fence(l.ActiveProcesses)
	}
	return held
}

// fence bounds what can be born between two looks of the census. It counts
// threads, and a limit on processes must not keep anybody from having those
// (LIM-23), so it leaves room for many.
func fence(processes uint32) uint64 { return 512 + 32*uint64(processes) }

// held are the limits that the system holds the job to.
func (j *job) held() group.Limits {
	held := heldOf(j.limits, j.shareAround(), j.affinityAround())
	held.CPUShare = shareOf(j.limits.SchedulingClass, j.classAround())
	if own, around := j.limits.PriorityClass, j.priorityAround(); own != 0 && lower(own, around) != around {
		held.Priority, held.PriorityAround = own, around
	}
	return held
}

// shareAround is the share of the processors that the jobs around this one have:
// a rate is relative to that of the nearest ancestor that has one (CPU-10).
func (j *job) shareAround() float64 {
	share := 1.0
	if j.group == nil {
		return share
	}
	for _, around := range j.engine.ancestors(j.group.Place()) {
		if around != j && around.limits.CPURate != 0 {
			share *= float64(around.limits.CPURate) / kernel.FullCPURate
		}
	}
	return share
}

// affinityAround are the processors that the jobs around this one leave, each within
// what those around it do (LIM-34); 0 is all.
func (j *job) affinityAround() (around uint64) {
	if j.group == nil {
		return 0
	}
	for _, outer := range slices.Backward(j.engine.ancestors(j.group.Place())) {
		if outer == j {
			break
		}
		if held := heldOf(outer.limits, 1, around).Processors; held != 0 {
			around = held
		}
	}
	return around
}

// holdNew is for a job that has just got its place.
func (j *job) holdNew() error {
	if held := j.held(); held != (group.Limits{}) {
		return j.group.Hold(held)
	}
	return nil
}

// holdInstead has the system hold other limits: this job, and those below it whose
// rate is relative to its own (NST-33).
func (j *job) holdInstead(limits kernel.Limits) (undo func() error, err error) {
	if j.group == nil {
		return func() error { return nil }, j.engine.canHold(limits)
	}
	if err := j.engine.checkAffinity(limits); err != nil {
		return nil, err
	}
	if err := j.engine.canImpose(changedSince(j.limits, limits)); err != nil {
		return nil, err
	}
	if err := j.refuseSecondIORate(limits, j.group.Place()); err != nil {
		return nil, err
	}
	changes := j.changes(limits)
	for i, c := range changes {
		if err := c.job.group.Hold(c.to); err != nil {
			return nil, errors.Join(err, takeBack(changes[:i]))
		}
	}
	return func() error { return takeBack(changes) }, nil
}

func takeBack(changes []change) (err error) {
	for _, c := range slices.Backward(changes) {
		err = errors.Join(err, c.job.group.Hold(c.from))
	}
	return err
}

// change is what a new limit means for one job.
type change struct {
	job      *job
	from, to group.Limits
}

// changes are ordered so that at no time a job below has a higher rate, or more
// processors, than one around it, which v1 hierarchies refuse.
func (j *job) changes(limits kernel.Limits) []change {
	var changes []change
	for _, below := range j.engine.within(j.id) {
		changes = append(changes, change{job: below, from: below.held()})
	}
	before := j.limits
	j.limits = limits
	for i := range changes {
		changes[i].to = changes[i].job.held()
	}
	j.limits = before
	changes = slices.DeleteFunc(changes, func(c change) bool { return c.from == c.to })
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Compare(len(a.job.group.Place().Jobs), len(b.job.group.Place().Jobs))
	})
	if slices.ContainsFunc(changes, func(c change) bool { return c.tightens() }) {
		slices.Reverse(changes)
	}
	return changes
}

func (c change) tightens() bool {
	fewer := c.to.Processors != 0 && (c.from.Processors == 0 || c.from.Processors&^c.to.Processors != 0)
	return fewer || c.to.CPURate != 0 && (c.from.CPURate == 0 || c.to.CPURate < c.from.CPURate)
}
