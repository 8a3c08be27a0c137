package main

import (
	"errors"
	"flag"
	"strconv"
	"strings"
	"time"

	"jobobject"
)

// limitFlags puts what holds the members into limits.
func limitFlags(flags *flag.FlagSet, limits *jobobject.Limits) {
	flags.Func("memory", "", sizeInto(&limits.JobMemory))
	flags.Func("process-memory", "", sizeInto(&limits.ProcessMemory))
	flags.Func("working-set", "", func(text string) error {
		least, most, both := strings.Cut(text, ",")
		if !both {
			return errors.New("it is a minimum and a maximum, as 1M,64M")
		}
		err := sizeInto(&limits.MinWorkingSet)(least)
		if err == nil {
			err = sizeInto(&limits.MaxWorkingSet)(most)
		}
		if err == nil && limits.MinWorkingSet > limits.MaxWorkingSet {
			err = errors.New("the minimum is more than the maximum")
		}
		return err
	})
	flags.Func("processes", "", func(text string) error {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil || n == 0 {
			return errors.New("it is a number of processes, at least 1")
		}
		limits.ActiveProcesses = uint32(n)
		return nil
	})
	flags.Func("affinity", "", func(text string) (err error) {
		limits.Affinity, err = parseProcessors(text)
		return err
	})
	flags.Func("cpus", "", func(text string) error {
		cpus, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return errors.New("it is a number of processors, as 2 or 0.5")
		}
		limits.CPURate, err = jobobject.CPURateOf(cpus)
		return err
	})
	flags.Func("cpu-weight", "", func(text string) error {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil || n < 1 || n > 9 {
			return errors.New("it is a number from 1 to 9")
		}
		limits.CPUWeight = uint32(n)
		return nil
	})
	flags.Func("priority", "", priorityInto(&limits.PriorityClass))
	flags.Func("scheduling-class", "", func(text string) error {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil || n > 9 {
			return errors.New("it is a number from 0 to 9")
		}
		limits.SchedulingClass = jobobject.SchedulingClassOf(uint8(n))
		return nil
	})
	flags.BoolVar(&limits.DieOnUnhandledException, "die-on-crash", false, "")
	flags.Func("cpu-min", "", func(text string) error {
		cpus, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return errors.New("it is a number of processors, as 1 or 0.5")
		}
		limits.CPUMinRate, err = jobobject.CPURateOf(cpus)
		return err
	})
	flags.BoolVar(&limits.JobMemoryKillsAll, "memory-kills-all", false, "")
	flags.Func("io", "", ioRateInto(&limits.IORate))
	flags.Func("job-time", "", timeInto(&limits.JobUserTime))
	flags.Func("process-time", "", timeInto(&limits.ProcessUserTime))
}

func priorityInto(target *jobobject.PriorityClass) func(string) error {
	return func(text string) error {
		switch text {
		case "idle":
			*target = jobobject.IdlePriority
		case "below-normal":
			*target = jobobject.BelowNormalPriority
		case "normal":
			*target = jobobject.NormalPriority
		case "above-normal":
			*target = jobobject.AboveNormalPriority
		case "high":
			*target = jobobject.HighPriority
		case "realtime":
			*target = jobobject.RealtimePriority
		default:
			return errors.New("it is idle, below-normal, normal, above-normal, high or realtime")
		}
		return nil
	}
}

func sizeInto(target *uint64) func(string) error {
	return func(text string) error {
		size, err := parseSize(text)
		if err == nil && size < 4096 {
			err = errors.New("it is at least 4096 bytes")
		}
		*target = size
		return err
	}
}

func timeInto(target *time.Duration) func(string) error {
	return func(text string) error {
		err := durationInto(target)(text)
		if err == nil && *target == 0 {
			err = errors.New("it is more than 0")
		}
		return err
	}
}

var errProcessors = errors.New("it is a list of processors from 0 to 63, as 0,2-3")

// parseProcessors reads a list into a mask.
func parseProcessors(text string) (mask uint64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 8)
		to, err2 := strconv.ParseUint(last, 10, 8)
		if err1 != nil || err2 != nil || to < from || to > 63 {
			return 0, errProcessors
		}
		for n := from; n <= to; n++ {
			mask |= 1 << n
		}
	}
	return mask, nil
}
