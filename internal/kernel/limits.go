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
