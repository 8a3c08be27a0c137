package jobobject

import (
	"fmt"
	"math"
	"time"

	"jobobject/internal/kernel"
)

// Limits are what the members of a job are held to. The zero value limits
// nothing, and is what a new job has (OBJ-02).
//
// A limit covers the members of child jobs as well, and applies to present and
// future members (SET-08). Of the limits of the jobs in a chain the tighter one
// is effective, while each job reports its own (NST-30, NST-32, QRY-08). A limit
// that this host cannot hold is ErrNotSupported when it is set, and a value that
// makes no sense ErrInvalidLimit.
type Limits struct {
	// KillOnClose ends all members, those of child jobs included, when the last
	// handle to the job closes (LIM-62). Members that end this way report exit
	// code 0 (LIM-63). The value at the last close counts (LIM-64).
	KillOnClose bool

	// BreakawayOK lets children be started outside of the job when their start
	// asks for it (LIM-59).
	BreakawayOK bool

	// SilentBreakawayOK puts every child of a member outside of the job; explicit
	// assignment still works (LIM-60).
	SilentBreakawayOK bool

	// ActiveProcesses is how many members there may be at a time (LIM-23); 0 is
	// any number. Processes count, never threads.
	//
	// A start that would exceed it fails with ErrQuotaExceeded; an assignment fails
	// too, and the process is ended with the code 1816 (LIM-24, ASG-13). What
	// members fork by themselves beyond it is ended as soon as it is seen, which
	// takes some milliseconds (D3). Lowering it ends nobody, and keeps newcomers
	// out until there is room (LIM-28).
	ActiveProcesses uint32

	// ProcessMemory is how many bytes each member may have for data: its heap and
	// what it maps for itself alone and may write to (LIM-48); 0 is any amount. It
	// counts what is promised, not what is resident (LIM-51), and an allocation
	// beyond it fails; nobody is ended. The kernel holds it, and members inherit it.
	// Raising it for members that run already takes CAP_SYS_RESOURCE on Linux.
	ProcessMemory uint64

	// JobMemory is how many bytes all members may have together, what is swapped
	// out included (LIM-49); 0 is any amount. Parts of a page of 4096 bytes are
	// dropped (LIM-53). The kernel holds it. Unlike on Windows it counts what is
	// resident, files in the cache included, and not what is committed, and where
	// nothing can be freed any more it ends a member with SIGKILL.
	//
	// Setting it below what the members have now ends nobody (LIM-55): it fails
	// with ErrQuotaExceeded where the kernel cannot free enough.
	JobMemory uint64

	// JobUserTime is how much time in user mode the members may use together from
	// now on (LIM-13, LIM-14); 0 is any. Each call that sets it begins a new period
	// (LIM-15) and makes the job not signaled (SIG-06), but UpdateLimits with a
	// function that leaves it alone. Accounting.PeriodUserTime is what counts, and
	// not time in the kernel (LIM-22). It is watched from the process that holds the
	// job, and exceeded by some milliseconds on each processor.
	JobUserTime time.Duration

	// PreserveJobTime keeps the JobUserTime that the job has, and its period
	// (LIM-16). JobUserTime must be 0 then (LIM-17). It is not stored.
	PreserveJobTime bool

	// EndOfJobTime is what happens when JobUserTime is used up.
	EndOfJobTime EndOfJobAction

	// ProcessUserTime is how much time in user mode each member may use in its
	// life (LIM-07); 0 is any. A member that has used more is ended (LIM-09), with
	// the code 1816 (LIM-10).
	ProcessUserTime time.Duration

	// Affinity has a bit for each processor that members may run on (LIM-31), the
	// lowest for processor 0; 0 is no limit. Threads may narrow their own further,
	// and unlike on Windows so may processes (LIM-33). In a nested job it is what is
	// also allowed by the jobs around it, or theirs where that is nothing (LIM-34).
	// The kernel holds it, so that nobody can widen it.
	Affinity uint64

	// CPURate caps the processors that the members may use together, in hundredths
	// of a percent of all of them (CPU-01, CPU-05): 5000 is one of two. 0 is no
	// cap, 10000 all. In a nested job it is a share of what the nearest job around
	// it with a rate has (CPU-10), as far as that is one of this process.
	CPURate uint32

	// CPUWeight is the share of the members when others want the processors too,
	// from 1 to 9, relative to jobs beside this one; 0 is the usual one, 5
	// (CPU-04). A job has a rate or a weight (CPU-13).
	CPUWeight uint32

	// PriorityClass is how urgent all members are (LIM-38); 0 is no limit.
	PriorityClass PriorityClass

	// SchedulingClass is the share of members among those of the same priority
	// (LIM-44). The zero value is no limit; SchedulingClassOf makes one.
	SchedulingClass SchedulingClass

	// MinWorkingSet and MaxWorkingSet are bytes of resident memory (LIM-01). Both or
	// none are 0 (LIM-02).
	MinWorkingSet, MaxWorkingSet uint64

	// SubsetAffinity lets members choose among the processors of Affinity, which it
	// needs (LIM-33).
	SubsetAffinity bool

	// DieOnUnhandledException ends a member that crashes at once (LIM-58).
	DieOnUnhandledException bool

	// JobMemoryKillsAll ends all members when the kernel ends one for want of
	// memory within JobMemory.
	JobMemoryKillsAll bool

	// CPUMinRate is the share of the processors that members have when they want it,
	// as CPURate, which is the most they have then (CPU-07).
	CPUMinRate uint32

	// IORate bounds what members read from and write to devices in a second.
	IORate IORate
}

// PriorityClass is how urgent members are.
type PriorityClass = kernel.PriorityClass

// The priority classes, from the least urgent, with Windows' values (LIM-39).
const (
	IdlePriority        = kernel.IdlePriority
	BelowNormalPriority = kernel.BelowNormalPriority
	NormalPriority      = kernel.NormalPriority
	AboveNormalPriority = kernel.AboveNormalPriority
	HighPriority        = kernel.HighPriority
	RealtimePriority    = kernel.RealtimePriority
)

// SchedulingClass is a class from 0 to 9 or none, which is the zero value.
type SchedulingClass = kernel.SchedulingClass

// SchedulingClassOf is a scheduling class, from 0, the least favourable, to 9; the
// usual one is 5 (LIM-44).
func SchedulingClassOf(class uint8) SchedulingClass { return kernel.SchedulingClassOf(class) }

// IORate bounds what members read from and write to devices in a second, each
// direction by itself; 0 is no bound.
type IORate = kernel.IORate

// FullCPURate is the CPURate of all processors (CPU-01).
const FullCPURate = kernel.FullCPURate

// EndOfJobAction is what happens when a JobUserTime is used up.
type EndOfJobAction = kernel.EndOfJobAction

const (
	// TerminateAtEndOfJob ends all members with the code 1816, and signals the job
	// (EOJ-01). Until JobUserTime is set again, or to 0, nobody can join (EOJ-02).
	TerminateAtEndOfJob = kernel.TerminateAtEndOfJob
	// PostAtEndOfJob tells the job's port and drops the limit (EOJ-03). Without a
	// port it is TerminateAtEndOfJob (EOJ-04).
	PostAtEndOfJob = kernel.PostAtEndOfJob
)

// ExitQuota is the exit code of what a limit has ended, as with Windows'
// ERROR_NOT_ENOUGH_QUOTA. What the kernel ends for want of memory has SIGKILL's.
const ExitQuota = kernel.ExitQuota

// Strike tells that a limit of a job has struck, and what it has done.
type Strike = kernel.Strike

// LimitName names a limit in a Strike.
type LimitName = kernel.LimitName

// The limits that can strike.
const (
	JobMemoryStrike       = kernel.JobMemoryStrike
	ActiveProcessesStrike = kernel.ActiveProcessesStrike
	JobUserTimeStrike     = kernel.JobUserTimeStrike
	ProcessUserTimeStrike = kernel.ProcessUserTimeStrike
)

// SetLimits replaces all limits of the job: what is not set in limits is
// dropped (SET-03). On an error none of them has changed (SET-06).
func (j *Job) SetLimits(limits Limits) error {
	return j.do("set limits of job", func(h kernel.Job) error {
		return h.SetLimits(kernel.Limits(limits))
	})
}

// UpdateLimits changes some limits and keeps the others. change is called once
// with the present limits and must not use the job; what it leaves is set. No
// other change comes between.
func (j *Job) UpdateLimits(change func(*Limits)) error {
	return j.do("update limits of job", func(h kernel.Job) error {
		return h.UpdateLimits(func(l *kernel.Limits) {
			limits := Limits(*l)
			change(&limits)
			*l = kernel.Limits(limits)
		})
	})
}

// Limits returns the job's own limits, which those of its ancestors may make
// tighter (QRY-08).
func (j *Job) Limits() (limits Limits, err error) {
	err = j.do("query limits of job", func(h kernel.Job) error {
		own, err := h.Limits()
		limits = Limits(own)
		return err
	})
	return limits, err
}

// Strikes are the limits of this job that have struck since it was made, in the
// order of their names. Those of jobs around it are told by these.
func (j *Job) Strikes() (strikes []Strike, err error) {
	err = j.do("query limits that have struck", func(h kernel.Job) error {
		strikes, err = h.Strikes()
		return err
	})
	return strikes, err
}

// CPURateOf is the CPURate that lets members use so many processors of this
// machine together, as 1.5. It is rounded to a hundredth of a percent of them all.
// It fails with ErrInvalidLimit where that is nothing, or more than there are.
func CPURateOf(cpus float64) (rate uint32, err error) {
	all := processors()
	share := math.Round(cpus / float64(all) * kernel.FullCPURate)
	if !(share >= 1 && share <= kernel.FullCPURate) { // neither does what is not a number
		return 0, fmt.Errorf("%v processors: %w: want more than 0, and no more than the %d that there are", cpus, ErrInvalidLimit, all)
	}
	return uint32(share), nil
}
