package kernel

import "time"

// Limits are what a job's members are held to. The zero value limits nothing.
// Package jobobject documents them for users.
type Limits struct {
	KillOnClose       bool
	BreakawayOK       bool
	SilentBreakawayOK bool

	ActiveProcesses uint32
	ProcessMemory   uint64
	JobMemory       uint64
	JobUserTime     time.Duration
	PreserveJobTime bool
	EndOfJobTime    EndOfJobAction
	ProcessUserTime time.Duration
	Affinity        uint64
	CPURate         uint32
	CPUWeight       uint32

	PriorityClass           PriorityClass
	SchedulingClass         SchedulingClass
	MinWorkingSet           uint64
	MaxWorkingSet           uint64
	SubsetAffinity          bool
	DieOnUnhandledException bool

	JobMemoryKillsAll bool
	CPUMinRate        uint32
	IORate            IORate
}

// PriorityClass is how urgent members are, with Windows' values (LIM-39); 0 is no
// limit.
type PriorityClass uint32

// The priority classes, from the least urgent (LIM-39). Their values are not in this order.
const (
	IdlePriority        PriorityClass = 0x40
	BelowNormalPriority PriorityClass = 0x4000
	NormalPriority      PriorityClass = 0x20
	AboveNormalPriority PriorityClass = 0x8000
	HighPriority        PriorityClass = 0x80
	RealtimePriority    PriorityClass = 0x100
)

// SchedulingClass is a class from 0 to 9 or none, which is the zero value.
type SchedulingClass uint8

// SchedulingClassOf is that class. What is too high stays so, and never becomes none.
func SchedulingClassOf(class uint8) SchedulingClass { return SchedulingClass(min(class, 254) + 1) }

// Get is the class, and whether there is one.
func (c SchedulingClass) Get() (class uint8, set bool) { return uint8(c) - 1, c != 0 }

// IORate bounds what members read and write in a second; 0 is no bound.
type IORate struct {
	Device                          string
	ReadBytes, WriteBytes           uint64
	ReadOperations, WriteOperations uint64
}

// EndOfJobAction is what happens when JobUserTime is used up, with Windows' values.
type EndOfJobAction uint32

// The actions (EOJ-01, EOJ-03).
const (
	TerminateAtEndOfJob EndOfJobAction = 0
	PostAtEndOfJob      EndOfJobAction = 1
)

// FullCPURate is the CPURate that limits nothing: all processors (CPU-01).
const FullCPURate = 10000

// LimitName names a limit for people and reports.
type LimitName string

// The limits that can strike.
const (
	JobMemoryStrike       LimitName = "memory"
	ActiveProcessesStrike LimitName = "processes"
	JobUserTimeStrike     LimitName = "job-time"
	ProcessUserTimeStrike LimitName = "process-time"
)

// Strike tells that a limit has struck.
type Strike struct {
	Limit LimitName
	// Terminated is how many processes it has ended, as far as is known.
	Terminated uint64
	// Refused is how many processes it has kept from becoming members.
	Refused uint64
}

// ExitQuota is the exit code of what a limit ends: Windows' ERROR_NOT_ENOUGH_QUOTA
// (EOJ-01, LIM-10).
const ExitQuota = 1816
