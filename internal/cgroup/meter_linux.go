package cgroup

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/group"
	"jobobject/internal/member"
)

const (
	cpuStat      = "cpu.stat"
	cpuacctUsage = "cpuacct.usage"
)

// ProcessorTime reads what the kernel counts for the directory and all that was ever
// below it. It needs no controller.
func (g *Group) ProcessorTime() (group.ProcessorTime, error) {
	text, err := member.ReadMadeUp(g.dir + "/" + cpuStat)
	if err != nil {
		return group.ProcessorTime{}, err
	}
	all, err := microsecondsOf(text, "usage_usec")
	if err != nil {
		return group.ProcessorTime{}, fmt.Errorf("%s: %w", g.dir, err)
	}
	user, err := microsecondsOf(text, "user_usec")
	if err != nil {
		return group.ProcessorTime{}, fmt.Errorf("%s: %w", g.dir, err)
	}
	return group.ProcessorTime{User: user, All: all}, nil
}

// Meter is a file that counts the use of processors by all groups of this process at
// once: that of the cgroup where they are. The root of the whole tree is none, as its
// figures are those of the clock ticks, between which members can hide; where the
// host has the accounting of v1 the root of that does. Else it is the group's own.
func (g *Group) Meter() string {
	if around := filepath.Dir(upTo(g.dir, 1)); !isRoot(around) {
		return around + "/" + cpuStat
	}
	if root := g.groups.accounting(); root != "" {
		return root + "/" + cpuacctUsage
	}
	return g.dir + "/" + cpuStat
}

// accountingRoot is the root of the v1 hierarchy that counts the use of processors; ""
// where none is shown whole.
func accountingRoot() string {
	const controller = "cpuacct"
	all, err := cgroupfs.ReadOwn()
	if err != nil {
		return ""
	}
	i := slices.IndexFunc(all.V1, func(h cgroupfs.Hierarchy) bool { return slices.Contains(h.Controllers, controller) })
	if i < 0 {
		return ""
	}
	// Only the root of a hierarchy has a release agent.
	if root := all.V1[i].MountPoint; exists(root+"/release_agent") && exists(root+"/"+cpuacctUsage) {
		return root
	}
	return ""
}

// ReadMeter reads such a file.
func (g *Groups) ReadMeter(name string) (time.Duration, error) {
	content, err := member.ReadMadeUp(name)
	if err != nil {
		return 0, err
	}
	if filepath.Base(name) == cpuStat {
		return microsecondsOf(content, "usage_usec")
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	return time.Duration(n), err
}

// microsecondsOf finds a line of a name and a number.
func microsecondsOf(text []byte, name string) (time.Duration, error) {
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return time.Duration(n) * time.Microsecond, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", cpuStat, name)
}
