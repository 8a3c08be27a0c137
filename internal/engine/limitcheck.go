package engine

import (
	"fmt"
	"math"
	"time"

	"jobobject/internal/kernel"
)

// pageSize is the unit that memory limits are kept in (LIM-53), here as on
// Windows.
const pageSize = 4096

// mostWeight is the highest CPUWeight (CPU-04).
const mostWeight = 9

// checked gives the limits as they are stored, or says which of them makes no
// sense (SET-06). before are those that they replace.
func checked(l, before kernel.Limits) (kernel.Limits, error) {
	for _, check := range []func(kernel.Limits) error{checkMemory, checkTimes, checkCPU, checkRates, checkKillsAll, checkPriority, checkWorkingSet} {
		if err := check(l); err != nil {
			return before, err
		}
	}
	l.JobMemory -= l.JobMemory % pageSize
	l.ProcessMemory -= l.ProcessMemory % pageSize
	l.MinWorkingSet -= l.MinWorkingSet % pageSize
	l.MaxWorkingSet -= l.MaxWorkingSet % pageSize
	if l.PreserveJobTime {
		l.JobUserTime = before.JobUserTime // LIM-16; of none, none (LIM-21)
	}
	l.PreserveJobTime = false
	return l, nil
}

func invalid(field string, value any, want string) error {
	return fmt.Errorf("%s %v: %w: %s", field, value, kernel.ErrInvalidLimit, want)
}

func checkMemory(l kernel.Limits) error {
	for field, bytes := range map[string]uint64{"JobMemory": l.JobMemory, "ProcessMemory": l.ProcessMemory} {
		switch {
		case bytes == 0:
		case bytes < pageSize:
			return invalid(field, bytes, "want at least one page, 4096 bytes, or 0 for no limit")
		case bytes > math.MaxInt64:
			return invalid(field, bytes, "want less than 2^63 bytes")
		}
	}
	return nil
}

func checkTimes(l kernel.Limits) error {
	for field, d := range map[string]time.Duration{"JobUserTime": l.JobUserTime, "ProcessUserTime": l.ProcessUserTime} {
		if d < 0 {
			return invalid(field, d, "want more than 0, or 0 for no limit")
		}
	}
	switch {
	case l.PreserveJobTime && l.JobUserTime != 0:
		return invalid("JobUserTime", l.JobUserTime, "with PreserveJobTime the former one stays, so it has to be 0 (LIM-17)")
	case l.EndOfJobTime > kernel.PostAtEndOfJob:
		return invalid("EndOfJobTime", l.EndOfJobTime, "want TerminateAtEndOfJob or PostAtEndOfJob (EOJ-06)")
	}
	return nil
}

func checkCPU(l kernel.Limits) error {
	switch {
	case l.CPURate > kernel.FullCPURate:
		return invalid("CPURate", l.CPURate, "want 1 to 10000, in hundredths of a percent, or 0 for no limit (CPU-02)")
	case l.CPUWeight > mostWeight:
		return invalid("CPUWeight", l.CPUWeight, "want 1 to 9, or 0 for the usual weight (CPU-04)")
	case l.CPURate != 0 && l.CPUWeight != 0:
		return invalid("CPUWeight", l.CPUWeight, "it excludes CPURate; a job has one of them (CPU-13)")
	}
	return nil
}
