package probe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"jobobject/internal/cgroupfs"

	"golang.org/x/sys/unix"
)

// controller is a resource controller, and one file of it in each version that
// every group below the root has. The value is written where a group of our
// own can take it; files that need a device number in it are only opened.
type controller struct {
	name, v1Name    string
	v2File, v2Value string
	v1File, v1Value string
}

func (b *bench) memoryController() finding {
	return b.tryController(controller{
		name: "memory", v2File: "memory.max", v2Value: "67108864",
		v1Name: "memory", v1File: "memory.limit_in_bytes", v1Value: "67108864",
	})
}

// memoryGroupKill ends a whole group when one of it has to end. No v1 group does.
func (b *bench) memoryGroupKill() finding {
	if !slices.Contains(b.host.Cgroups.Controllers, "memory") {
		return no(errors.New("cgroup v2 does not have the memory controller here, and a v1 group ends one process at a time"),
			"boot with cgroup v2 alone (systemd.unified_cgroup_hierarchy=1)")
	}
	return b.tryV2(controller{name: "memory", v2File: "memory.oom.group", v2Value: "1"})
}

func (b *bench) pidsController() finding {
	return b.tryController(controller{
		name: "pids", v2File: "pids.max", v2Value: "1024",
		v1Name: "pids", v1File: "pids.max", v1Value: "1024",
	})
}

func (b *bench) cpuController() finding {
	return b.tryController(controller{
		name: "cpu", v2File: "cpu.max", v2Value: "100000 100000",
		v1Name: "cpu", v1File: "cpu.cfs_quota_us", v1Value: "100000",
	})
}

func (b *bench) cpusetController() finding {
	return b.tryController(controller{
		name: "cpuset", v2File: "cpuset.cpus", v1Name: "cpuset", v1File: "cpuset.cpus",
	})
}

func (b *bench) ioController() finding {
	return b.tryController(controller{
		name: "io", v2File: "io.max", v1Name: "blkio", v1File: "blkio.throttle.read_bps_device",
	})
}

// tryController looks to v2 first: a controller is in one hierarchy only, and
// where it is in a v1 one, v2 does not offer it.
func (b *bench) tryController(c controller) finding {
	if slices.Contains(b.host.Cgroups.Controllers, c.name) {
		return b.tryV2(c)
	}
	for _, h := range b.groups.V1 {
		if slices.Contains(h.Controllers, c.v1Name) {
			return b.tryV1(c, h)
		}
	}
	return b.offeredNowhere(c)
}

func (b *bench) tryV2(c controller) finding {
	return b.inGroup(func(g *trialGroup) finding {
		if !g.has(c.v2File) {
			return b.notHandedDown(c)
		}
		if err := tryFile(g, c.v2File, c.v2Value); err != nil {
			return no(err, "")
		}
		return yes("v2, %s", c.v2File)
	})
}

// notHandedDown is about a controller that the own group has and its child
// groups do not. Whether it can be handed down is only looked at: doing it
// would change a group that is not ours.
func (b *bench) notHandedDown(c controller) finding {
	if slices.Contains(b.host.Cgroups.EnabledControllers, c.name) {
		return no(fmt.Errorf("%s is enabled for child groups, but they have no %s", c.name, c.v2File),
			"a kernel built with support for "+c.v2File)
	}
	own := b.host.Cgroups.OwnDirectory
	control := filepath.Join(own, "cgroup.subtree_control")
	enable := fmt.Sprintf("echo +%s > %s", c.name, control)
	why := fmt.Errorf("%s does not have %s", control, c.name)

	if err := unix.Faccessat(unix.AT_FDCWD, control, unix.W_OK, unix.AT_EACCESS); err != nil {
		return no(fmt.Errorf("%w, and it cannot be written: %w", why, err), "as root: "+enable)
	}
	// Only the root of the whole tree, which has no type, may hold processes
	// and hand controllers down as well.
	if exists(filepath.Join(own, "cgroup.type")) {
		return partial("v2, once the processes in the own group have moved to a child group and it is handed down", why,
			fmt.Sprintf("move every process in %s/cgroup.procs to a child group, then %s", own, enable))
	}
	return partial("v2, once it is handed down to child groups", why, enable)
}

// tryV1 tries a v1 hierarchy in a group of our own below its top. An own group
// further down was made by whoever supervises this process and has the files
// its child groups would have: there it is enough to look, and How says so.
func (b *bench) tryV1(c controller, h cgroupfs.Hierarchy) finding {
	if h.OwnDir == "" {
		return no(fmt.Errorf("v1 hierarchy at %s does not show the group of this process, %s", h.MountPoint, h.OwnPath), "")
	}
	if h.OwnDir != h.MountPoint {
		if !exists(filepath.Join(h.OwnDir, c.v1File)) {
			return no(fmt.Errorf("%s has no %s", h.OwnDir, c.v1File), "a kernel built with support for "+c.v1File)
		}
		if err := unix.Faccessat(unix.AT_FDCWD, h.OwnDir, unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
			return no(&os.PathError{Op: "write to", Path: h.OwnDir, Err: err}, b.remedyForV1(err, h))
		}
		return yes("v1, %s at %s (there and open to us; no group was made)", c.v1File, h.MountPoint)
	}

	g, err := makeGroupBelow(h.OwnDir)
	if err != nil {
		return no(err, b.remedyForV1(err, h))
	}
	err = tryFile(g, c.v1File, c.v1Value)
	if removeErr := g.remove(b.ctx); err != nil || removeErr != nil {
		return no(errors.Join(err, removeErr), remedyMissingFile(err, "a kernel built with support for "+c.v1File))
	}
	return yes("v1, %s at %s", c.v1File, h.MountPoint)
}

func tryFile(g *trialGroup, file, value string) error {
	if value != "" {
		return g.write(file, value)
	}
	f, err := os.OpenFile(filepath.Join(g.path, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// offeredNowhere finds out at which point a controller got lost on its way
// from the kernel to the own group.
func (b *bench) offeredNowhere(c controller) finding {
	if above := b.nearestAncestorWith(c.name); above != "" {
		return no(fmt.Errorf("%s has %s and does not hand it down to the own group", above, c.name),
			b.remedyForLostController(c.name, above))
	}
	kernel := ownKernelController(c.name, c.v1Name)
	switch {
	case !kernel.builtIn:
		return no(fmt.Errorf("the kernel has no %s controller", c.name), "a kernel built with the "+c.name+" controller")
	case !kernel.enabled:
		return no(fmt.Errorf("the %s controller is switched off in the kernel", c.name),
			fmt.Sprintf("boot without cgroup_disable=%s (on a Raspberry Pi, with cgroup_enable=%[1]s in cmdline.txt)", c.name))
	case b.group == nil && !kernel.onV1:
		return b.inGroup(nil) // v2 has it, and there is no place in v2 for us
	}
	return no(fmt.Errorf("no hierarchy that this process can see offers %s", c.name), b.remedyForUnseenController(c, kernel))
}

// nearestAncestorWith walks up from the own group, as far as the mount shows.
func (b *bench) nearestAncestorWith(controller string) string {
	own, top := b.host.Cgroups.OwnDirectory, b.host.Cgroups.MountPoint
	if own == "" {
		return ""
	}
	for dir := own; dir != top && dir != "/"; {
		dir = filepath.Dir(dir)
		if slices.Contains(words(dir, "cgroup.controllers"), controller) {
			return dir
		}
	}
	return ""
}
