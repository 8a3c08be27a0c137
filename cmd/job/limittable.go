package main

import (
	"fmt"
	"strings"
	"time"

	"jobobject"
	"jobobject/internal/probe"
	"jobobject/internal/report"
)

// limit is one that job run can set. What is said of limits, in reports and by job
// limits, is said from the table of these; flags are read in limitflags.go.
type limit struct {
	flag  string // without dashes; the name of its jobobject.Strike too
	field string // of jobobject.Limits
	unit  string // of what is limited, "" for what has none
	// value is what it is set to, "" as a text where it is not.
	value func(jobobject.Limits) report.Amount
	// used is what was used of it; nil where nothing is used up, or nobody counts it.
	used func(spent) report.Amount
	// example is a value to try whether this host holds it.
	example jobobject.Limits
	// by says what holds it, as text or by the name of what was probed. tree says it
	// where that is not so for a process tree without cgroups.
	by, capability, tree string
}

// spent is what a job has used, and how long it took.
type spent struct {
	jobobject.Accounting
	wall time.Duration
}

// limits is a function, as a table would be built at every start.
func limits() []limit {
	return []limit{
		{
			flag: "memory", field: "JobMemory", unit: "bytes",
			value:   func(l jobobject.Limits) report.Amount { return unless0(l.JobMemory, report.Bytes) },
			used:    func(s spent) report.Amount { return report.Of(s.PeakJobMemory, report.Bytes) },
			example: jobobject.Limits{JobMemory: 64 << 20}, by: "the kernel", capability: probe.MemoryController,
			tree: "job, which looks what the members have and ends the largest one",
		},
		{
			flag: "memory-kills-all", field: "JobMemoryKillsAll",
			value:   func(l jobobject.Limits) report.Amount { return onIf(l.JobMemoryKillsAll) },
			example: jobobject.Limits{JobMemory: 64 << 20, JobMemoryKillsAll: true}, by: "the kernel", capability: probe.MemoryGroupKill,
			tree: "job, which ends all members when they have too much",
		},
		{
			// Nobody counts the data of processes: their peak of memory is what was
			// resident, of whatever kind.
			flag: "process-memory", field: "ProcessMemory", unit: "bytes",
			value:   func(l jobobject.Limits) report.Amount { return unless0(l.ProcessMemory, report.Bytes) },
			example: jobobject.Limits{ProcessMemory: 64 << 20}, by: "the kernel, RLIMIT_DATA", capability: probe.ChildRlimits,
		},
		{
			flag: "working-set", field: "MaxWorkingSet",
			value:   workingSet,
			example: jobobject.Limits{MinWorkingSet: 1 << 20, MaxWorkingSet: 64 << 20}, by: "job, which pages out what is beyond it", capability: probe.PageOut,
		},
		{
			flag: "processes", field: "ActiveProcesses", unit: "processes",
			value:   func(l jobobject.Limits) report.Amount { return unless0(uint64(l.ActiveProcesses), report.Count) },
			used:    func(s spent) report.Amount { return report.Of(s.PeakProcesses, report.Count) },
			example: jobobject.Limits{ActiveProcesses: 1}, by: "job, which counts; what members fork beyond it lives for some milliseconds",
		},
		{
			flag: "affinity", field: "Affinity",
			value:   func(l jobobject.Limits) report.Amount { return report.Word(processorList(l.Affinity)) },
			example: jobobject.Limits{Affinity: 1}, by: "the kernel", capability: probe.CPUSetController,
			tree: "the kernel, sched_setaffinity of each thread, which job sets again where a member has changed it",
		},
		{
			flag: "cpus", field: "CPURate", unit: "processors",
			value:   processorsOf,
			used:    func(s spent) report.Amount { return s.processors() },
			example: jobobject.Limits{CPURate: jobobject.FullCPURate / 2}, by: "the kernel", capability: probe.CPUController,
		},
		{
			flag: "cpu-weight", field: "CPUWeight",
			value:   func(l jobobject.Limits) report.Amount { return unless0(uint64(l.CPUWeight), report.Count) },
			example: jobobject.Limits{CPUWeight: 1}, by: "the kernel", capability: probe.CPUController,
		},
		{
			flag: "cpu-min", field: "CPUMinRate", unit: "processors",
			value:   func(l jobobject.Limits) report.Amount { return processorsOf(jobobject.Limits{CPURate: l.CPUMinRate}) },
			example: jobobject.Limits{CPUMinRate: jobobject.FullCPURate / 4, CPURate: jobobject.FullCPURate / 2}, by: "the kernel", capability: probe.CPUController,
		},
		{
			flag: "io", field: "IORate",
			value:   func(l jobobject.Limits) report.Amount { return report.Word(ioList(l.IORate)) },
			example: jobobject.Limits{IORate: jobobject.IORate{ReadBytes: 1 << 20}}, by: "the kernel", capability: probe.IOController,
		},
		{
			flag: "priority", field: "PriorityClass",
			value:   func(l jobobject.Limits) report.Amount { return report.Word(priorityName(l.PriorityClass)) },
			example: jobobject.Limits{PriorityClass: jobobject.IdlePriority}, by: "the kernel, nice values", capability: probe.Priorities,
		},
		{
			flag: "scheduling-class", field: "SchedulingClass",
			value:   schedulingClass,
			example: jobobject.Limits{SchedulingClass: jobobject.SchedulingClassOf(3)}, by: "the kernel", capability: probe.CPUController,
		},
		{
			flag: "die-on-crash", field: "DieOnUnhandledException",
			value:   func(l jobobject.Limits) report.Amount { return onIf(l.DieOnUnhandledException) },
			example: jobobject.Limits{DieOnUnhandledException: true}, by: "the kernel, RLIMIT_CORE", capability: probe.CrashDumps,
		},
		{
			flag: "job-time", field: "JobUserTime", unit: "seconds",
			value:   func(l jobobject.Limits) report.Amount { return unless0(l.JobUserTime, report.Time) },
			used:    func(s spent) report.Amount { return report.Of(s.PeriodUserTime, report.Time) },
			example: jobobject.Limits{JobUserTime: time.Hour}, by: "job, which looks when it can be used up, at cpu.stat", capability: probe.CPUAccounting,
			tree: "job, which looks when it can be used up, at the members and at what the dead have used",
		},
		{
			// What each has used is known of the living only, while they live.
			flag: "process-time", field: "ProcessUserTime", unit: "seconds",
			value:   func(l jobobject.Limits) report.Amount { return unless0(l.ProcessUserTime, report.Time) },
			example: jobobject.Limits{ProcessUserTime: time.Hour}, by: "job, which looks when it can be used up, at the members",
		},
	}
}

// bounds are the limits that were set, what was used of them and what they did.
func bounds(l jobobject.Limits, used spent, strikes []jobobject.Strike, ended *string) (set []report.Bound) {
	for _, row := range limits() {
		value := row.value(l)
		if value.Text == "" {
			continue
		}
		b := report.Bound{Name: row.flag, Limit: value, Unit: row.unit, EndedTheJob: ended != nil && *ended == row.flag}
		if row.used != nil {
			b.Used = row.used(used)
		}
		for _, strike := range strikes {
			if string(strike.Limit) == row.flag {
				b.Struck = &report.Struck{Terminated: strike.Terminated, Refused: strike.Refused}
			}
		}
		set = append(set, b)
	}
	return set
}

// processors is how many were used on average.
func (s spent) processors() report.Amount {
	user, userKnown := s.UserTime.Get()
	system, systemKnown := s.KernelTime.Get()
	if !userKnown || !systemKnown || s.wall <= 0 {
		return report.Amount{}
	}
	return report.Number((user + system).Seconds() / s.wall.Seconds())
}

// processorsOf is how many the rate is.
func processorsOf(l jobobject.Limits) report.Amount {
	if l.CPURate == 0 {
		return report.Amount{}
	}
	return report.Number(float64(machineProcessors()) * float64(l.CPURate) / jobobject.FullCPURate)
}

// processorList is a mask as parseProcessors reads it.
func processorList(mask uint64) string {
	var parts []string
	for n := 0; n < 64; n++ {
		first := n
		for n < 64 && mask&(1<<n) != 0 {
			n++
		}
		switch {
		case n == first+1:
			parts = append(parts, fmt.Sprint(first))
		case n > first:
			parts = append(parts, fmt.Sprintf("%d-%d", first, n-1))
		}
	}
	return strings.Join(parts, ",")
}

// unless0 is what was set; 0 is no limit.
func unless0[T uint64 | time.Duration](n T, amount func(T) report.Amount) report.Amount {
	if n == 0 {
		return report.Amount{}
	}
	return amount(n)
}
