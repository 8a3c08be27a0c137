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
	// (CPU-04). A job has a rate or a weight (CPU-13). SchedulingClass multiplies it.
	CPUWeight uint32

	// PriorityClass is how urgent all members are, with all their threads (LIM-38);
	// 0 is no limit. Of a chain of jobs the lowest one is effective, those of other
	// processes included (LIM-42).
	//
	// On Linux it is a nice value: 19, 5, 0, -5, -10 or -20. IdlePriority is the
	// policy SCHED_IDLE as well. RealtimePriority is no policy of real time, which
	// could stop the machine; members may not have such a policy. A nice value counts
	// among processes that share a cgroup of the cpu controller, or a session where
	// the kernel groups by these (sched_autogroup_enabled).
	//
	// A class above what a process has takes CAP_SYS_NICE or a limit on its nice
	// value that allows it, and is ErrNotSupported without. So it is for members that
	// run already, after a lower class, even with NormalPriority; and for those with
	// another user's rights. Members without privilege cannot raise their priority. One
	// that has the right to is put back within about a second, by the process that
	// holds the job (LIM-04). When it is cleared, members keep what they have (UNC-14).
	PriorityClass PriorityClass

	// SchedulingClass is the share of the members when others want the processors too
	// (LIM-44), as 6 times (class+1) units to the 36 of the usual class, 5 (LIM-46). The
	// zero value is no limit; SchedulingClassOf makes one. It is a weight of the whole
	// job relative to jobs beside it, so that on Linux it counts among those of any
	// priority, and CPUWeight multiplies it. The lowest one of a chain is effective, as
	// far as its jobs are of this process (LIM-47). Unlike on Windows one above 5 takes
	// no privilege (LIM-45), as it takes nothing from outside the cgroup that the
	// caller may divide.
	SchedulingClass SchedulingClass

	// MinWorkingSet and MaxWorkingSet are bytes of memory that each member has resident
	// (LIM-01), in pages of 4096. Both or none are 0, or it is ErrInvalidLimit
	// (LIM-02). Of a chain of jobs the smallest ones are effective, as far as its
	// jobs are of this process (LIM-05).
	//
	// What a member has beyond the maximum is paged out within a second or two, by
	// the process that holds the job, and comes back when it is touched: nobody is
	// ended, and no allocation fails. What others map too stays. The minimum is what
	// is left to a member by that; unlike on Windows nothing keeps it from what the
	// system pages out by itself. It takes CAP_SYS_NICE (LIM-06), Linux 5.10 and swap,
	// and is ErrNotSupported without. JobMemory leaves members no swap, so it is
	// ErrNotSupported beside that, and of little use where a job around has it.
	MinWorkingSet, MaxWorkingSet uint64

	// SubsetAffinity lets members choose among the processors of Affinity; it is
	// ErrInvalidLimit without that (LIM-33). On Linux they may do so anyway.
	SubsetAffinity bool

	// DieOnUnhandledException ends a member that crashes at once: the kernel makes no
	// core file, and calls no program that takes one (LIM-58). A debugger that is
	// attached gets its chance. Members inherit it and keep it when it is cleared, and
	// only CAP_SYS_RESOURCE raises it again. On Linux it is RLIMIT_CORE with the value
	// 1; a member that sets 0 itself lets a program be called. The jobs below one that
	// has it are held to it too (NST-34).
	DieOnUnhandledException bool

	// JobMemoryKillsAll ends all members, those of child jobs too, when the kernel ends
	// one of them for want of memory, within JobMemory or a limit around that. It needs
	// JobMemory, and is none of Windows' limits. Members that have exempted
	// themselves from that (oom_score_adj -1000, which takes privilege) live on.
	//
	// The kernel does it, with SIGKILL. It takes cgroup v2 and Linux 4.19; on a
	// hybrid host, whose memory controller is in a v1 hierarchy, it is ErrNotSupported.
	JobMemoryKillsAll bool

	// CPUMinRate is the share of the processors that members get when they want it, in
	// hundredths of a percent as CPURate, which is the most they get then and no less
	// (CPU-07); with 0 in CPURate there is no most. It excludes CPUWeight (CPU-13).
	//
	// Linux reserves nothing. It is held by a weight among what is in the same cgroup
	// as the job: jobs and other groups, and processes where that has some. It is a share
	// of what all these have together, which in a nested job is what the job around
	// it has (CPU-10), and in another one what the cgroup of this process gets, so all
	// processors only where that has no rivals. Members get it as long as the
	// rates of all that are there come to no more than 100 %, counting one percent for
	// each that has none and a usual weight, and for a rate below that; beyond that
	// all get less in proportion, as on Windows nothing is promised then either. They
	// may get more, up to CPURate, also while others want it.
	CPUMinRate uint32

	// IORate bounds what all members together read from and write to disks in a
	// second. One job in a hierarchy can have it (IOR-06, NST-35): it is
	// ErrInvalidLimit to set it where a job of this process around or below has one, and
	// so is a start or an assignment that would nest such a job in another.
	//
	// The kernel holds it, in the io controller of cgroup v2 or blkio of v1, where reads
	// and writes come to a disk: what the cache answers does not count. What is
	// written to the cache first, as most is, counts when it is written out; then v2
	// with the memory controller knows whose it is, on file systems that can tell
	// (ext4, btrfs, xfs and others), and v1 does not, so there it is not bounded. A
	// process that waits for its turn cannot be interrupted; what ends the job does
	// not wait for that, unless the rate is that of a job around it.
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

// IORate bounds what members read from and write to disks in a second: bytes and
// operations in each direction by themselves. 0 is no bound, and of two the first that
// is reached is enforced (IOR-02). The kernel deals in tenths of a second, so that less
// than some ten operations a second may come out as still less. Bytes are less than 2^63, operations less than
// 2^32 - 1, or it is ErrInvalidLimit.
//
// Device is a block device, as /dev/sda, a partition, or a directory. It stands for the
// whole disk, which is all that the kernel can bound; a device made of others, as one
// of LVM, is one too. What is none of these, or a directory on a file system that
// does not tell its disk, as of btrfs or overlay, is ErrInvalidLimit. With "" each disk
// has these bounds by itself (IOR-04): all that there are with a medium in them when
// the limit is set, or when the job gets its first member after that, but those in
// memory (ram, zram). One that comes later is not bounded until the limit is set again.
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
