package cgroup

import (
	"os"
	"strconv"
	"strings"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// usage reads what the kernel counts for a directory and all that was ever below
// it, the dead included. What the host's controllers do not count is unknown. So is
// the peak of processes: pids.peak counts threads.
func (t tree) usage() group.Usage {
	cpu := readPairs(t.dir + "/cpu.stat")
	memory := readPairs(t.dir + "/memory.stat")
	usage := group.Usage{
		UserTime:   microseconds(cpu, "user_usec"),
		KernelTime: microseconds(cpu, "system_usec"),
		PageFaults: figure(memory, "pgfault"),
		Memory:     readFigure(t.dir + "/memory.current"),
		PeakMemory: readFigure(t.dir + "/memory.peak"),
	}
	if io, err := os.ReadFile(t.dir + "/io.stat"); err == nil {
		sums := sumDevices(string(io))
		usage.ReadOperations = kernel.Exactly(sums["rios"])
		usage.WriteOperations = kernel.Exactly(sums["wios"])
		usage.ReadBytes = kernel.Exactly(sums["rbytes"])
		usage.WriteBytes = kernel.Exactly(sums["wbytes"])
	}
	return usage
}

// addTo adds what a v1 memory controller counts. It was not told of what members had
// before they came to it.
func (s *shadow) addTo(usage *group.Usage) {
	usage.Memory = readFigure(s.dir + "/memory.usage_in_bytes")
	usage.PeakMemory = readFigure(s.dir + "/memory.max_usage_in_bytes")
	usage.PageFaults = figure(readPairs(s.dir+"/memory.stat"), "total_pgfault")
	if s.late {
		usage.Memory, usage.PeakMemory, usage.PageFaults = asLeast(usage.Memory), asLeast(usage.PeakMemory), asLeast(usage.PageFaults)
	}
}

func asLeast(f kernel.Figure[uint64]) kernel.Figure[uint64] {
	if value, known := f.Get(); known {
		return kernel.AtLeast(value)
	}
	return f
}

// readPairs reads lines of a name and a number; nil where there is no such file.
func readPairs(path string) map[string]uint64 {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return pairsOf(string(content))
}

func pairsOf(text string) map[string]uint64 {
	pairs := map[string]uint64{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseUint(value, 10, 64); err == nil {
			pairs[name] = n
		}
	}
	return pairs
}

func figure(pairs map[string]uint64, name string) kernel.Figure[uint64] {
	value, found := pairs[name]
	if !found {
		return kernel.Figure[uint64]{}
	}
	return kernel.Exactly(value)
}

func microseconds(pairs map[string]uint64, name string) kernel.Figure[time.Duration] {
	value, found := pairs[name]
	if !found {
		return kernel.Figure[time.Duration]{}
	}
	return kernel.Exactly(time.Duration(value) * time.Microsecond)
}

func readFigure(path string) kernel.Figure[uint64] {
	content, err := os.ReadFile(path)
	if err != nil {
		return kernel.Figure[uint64]{}
	}
	value, err := strconv.ParseUint(strings.TrimSpace(string(content)), 10, 64)
	if err != nil {
		return kernel.Figure[uint64]{}
	}
	return kernel.Exactly(value)
}

// sumDevices adds up io.stat, which has a line of name=number for each device.
func sumDevices(text string) map[string]uint64 {
	sums := map[string]uint64{}
	for field := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(field, "=")
		if n, err := strconv.ParseUint(value, 10, 64); err == nil {
			sums[name] += n
		}
	}
	return sums
}
