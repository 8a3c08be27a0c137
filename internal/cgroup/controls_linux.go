package cgroup

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/member"
)

// control is what one resource controller holds a group to.
type control struct {
	limit    string // for people
	v2, v1   string // the controller's name
	optional bool   // the limit holds without it, less well
	wanted   func(group.Limits) bool
	write    func(dir string, l group.Limits) error
	writeV1  func(dir string, l group.Limits) error
	prepare  func(dir string) error // makes a new v1 directory fit for processes; nil where it is
	// check looks whether limits that are wanted could be held, v1 telling by whom; nil
	// where the controller is enough.
	check func(l group.Limits, v1 bool) error
	flat  bool // a v1 group does not hold those below it
}

// controls is a function, as a table would be built by every program.
func controls() []control {
	return []control{
		{
			limit: "JobMemory", v2: "memory", v1: "memory",
			wanted: func(l group.Limits) bool { return l.Memory > 0 },
			write:  writeMemory, writeV1: writeMemoryV1, check: checkMemoryKillsAll,
		},
		{
			limit: "Affinity", v2: "cpuset", v1: "cpuset",
			wanted: func(l group.Limits) bool { return l.Processors > 0 },
			write:  writeProcessors, writeV1: writeProcessorsV1, prepare: prepareCpuset,
		},
		{
			limit: "CPURate, CPUMinRate, CPUWeight or SchedulingClass", v2: "cpu", v1: "cpu",
			wanted: func(l group.Limits) bool {
				return l.CPURate > 0 || l.CPUMinRate > 0 || l.CPUWeight > 0 || l.CPUShare > 0
			},
			write: writeCPU, writeV1: writeCPUV1,
		},
		{
			// Members have nice values in any case.
			limit: "a weight for PriorityClass", v2: "cpu", v1: "cpu", optional: true,
			wanted: func(l group.Limits) bool { return l.Priority != 0 },
			write:  writeCPU, writeV1: writeCPUV1,
		},
		{
			limit: "IORate", v2: "io", v1: "blkio",
			wanted: func(l group.Limits) bool { return l.IO != (kernel.IORate{}) },
			write:  writeIO, writeV1: writeIOV1, check: checkIO, flat: true,
		},
		{
			limit: "a fence for ActiveProcesses", v2: "pids", v1: "pids", optional: true,
			wanted: func(l group.Limits) bool { return l.Tasks > 0 },
			write:  writeTasks, writeV1: writeTasks,
		},
	}
}

// orMax is how a controller is told a number; 0 is no limit.
func orMax(n uint64, max string) string {
	if n == 0 {
		return max
	}
	return strconv.FormatUint(n, 10)
}

func writeTasks(dir string, l group.Limits) error {
	return writeFile(dir+"/pids.max", orMax(l.Tasks, "max"))
}

// writeMemory lets nothing be swapped out, so that the limit is one on both. The
// kernel would kill members until the rest fits, and setting a limit kills nobody
// (LIM-55).
func writeMemory(dir string, l group.Limits) error {
	if err := checkRoom(dir, l.Memory); err != nil {
		return err
	}
	if err := writeKillsAll(dir, l.MemoryKillsAll); err != nil {
		return err
	}
	if err := writeFile(dir+"/memory.max", orMax(l.Memory, "max")); err != nil {
		return err
	}
	swap := "max"
	if l.Memory > 0 {
		swap = "0"
	}
	return ignoreMissing(writeFile(dir+"/memory.swap.max", swap))
}

// checkRoom counts what the kernel can free by itself. To have it try, through
// memory.reclaim, can take minutes where there is little.
func checkRoom(dir string, limit uint64) error {
	current, known := readFigure(dir + "/memory.current").Get()
	if limit == 0 || !known || current <= limit {
		return nil
	}
	stat := readPairs(dir + "/memory.stat")
	free := stat["active_file"] + stat["inactive_file"] + stat["slab_reclaimable"]
	if current > limit+free {
		return tooMuchInUse(current, limit)
	}
	return nil
}

func tooMuchInUse(current, limit uint64) error {
	return fmt.Errorf("memory limit of %d bytes: %w: members have %d bytes, and not enough of that can be freed; set a higher one or end some of them",
		limit, kernel.ErrQuotaExceeded, current)
}

// noMemoryLimit is what v1 takes for none.
const noMemoryLimit = "-1"

// writeMemoryV1 writes two limits, one with what is swapped out and one without.
// The first may at no time be lower than the second.
func writeMemoryV1(dir string, l group.Limits) error {
	files := []string{dir + "/memory.limit_in_bytes", dir + "/memory.memsw.limit_in_bytes"}
	if !exists(files[1]) {
		files = files[:1] // a kernel that does not account what is swapped out
	} else if with, known := readFigure(files[1]).Get(); known && (l.Memory == 0 || l.Memory > with) {
		files[0], files[1] = files[1], files[0]
	}
	for _, file := range files {
		err := writeFile(file, orMax(l.Memory, noMemoryLimit))
		if errors.Is(err, unix.EBUSY) {
			current, _ := readFigure(dir + "/memory.usage_in_bytes").Get()
			return tooMuchInUse(current, l.Memory)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func ignoreMissing(err error) error {
	if gone(err) {
		return nil
	}
	return err
}

// cpuPeriod is how often what a group may use of the processors is dealt out, in
// microseconds. The kernel deals out 1 ms at least, so a low rate needs a longer one.
const (
	cpuPeriod     = 100_000
	longCPUPeriod = 1_000_000
	leastQuota    = 1_000
)

func quotaOf(rate float64) (quota, period int) {
	all := rate * float64(member.Processors())
	if quota := int(all*cpuPeriod + 0.5); quota >= leastQuota {
		return quota, cpuPeriod
	}
	return max(int(all*longCPUPeriod+0.5), leastQuota), longCPUPeriod
}

func writeCPU(dir string, l group.Limits) error {
	value := "max"
	if l.CPURate > 0 {
		quota, period := quotaOf(l.CPURate)
		value = fmt.Sprintf("%d %d", quota, period)
	}
	if err := writeFile(dir+"/cpu.max", value); err != nil {
		return err
	}
	return writeFile(dir+"/cpu.weight", weights{100, 1, 10_000}.weighed(l))
}

// weights are those of a hierarchy: of 5 on Windows' scale, and its bounds.
type weights struct{ usual, least, most float64 }

// weighed turns a least rate or a weight from 1 to 9, a share and a priority class
// into the kernel's weight. A step of a nice value is a quarter more or less.
//
// The kernel keeps no rate for anybody: it divides the processors by the weights of
// those who want them. A group that weighs as many usual ones as its rate has percent
// gets that rate as long as the rates of all beside it come to no more than all, with
// one percent for each that has none.
func (w weights) weighed(l group.Limits) string {
	weight := w.usual
	switch {
	case l.CPUMinRate > 0:
		weight *= max(l.CPUMinRate*100, 1)
	case l.CPUWeight > 0:
		weight *= float64(l.CPUWeight) / 5
	}
	if l.CPUShare != 0 {
		weight *= l.CPUShare
	}
	if l.Priority != 0 {
		weight *= math.Pow(1.25, float64(member.Nice(l.PriorityAround)-member.Nice(l.Priority)))
	}
	return strconv.Itoa(int(min(max(weight, w.least), w.most) + 0.5))
}

func writeCPUV1(dir string, l group.Limits) error {
	if err := writeFile(dir+"/cpu.shares", weights{1024, 2, 1 << 18}.weighed(l)); err != nil {
		return err
	}
	quotaFile, periodFile := dir+"/cpu.cfs_quota_us", dir+"/cpu.cfs_period_us"
	if l.CPURate == 0 {
		return writeFile(quotaFile, "-1")
	}
	quota, period := quotaOf(l.CPURate)
	if now, _ := readFigure(periodFile).Get(); now != uint64(period) {
		if err := errors.Join(writeFile(quotaFile, "-1"), writeFile(periodFile, strconv.Itoa(period))); err != nil {
			return err
		}
	}
	err := writeFile(quotaFile, strconv.Itoa(quota))
	if errors.Is(err, unix.EINVAL) {
		// A v1 group may not have more than one around it. That one's cap is the
		// tighter one then, and holds by itself.
		return writeFile(quotaFile, "-1")
	}
	return err
}

// words are those of a file of the kernel; none where it cannot be read.
func words(dir, name string) []string {
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil
	}
	return strings.Fields(string(content))
}
