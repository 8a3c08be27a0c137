package cgroupfs

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/sys/mountinfo"
)

// Hierarchy is one cgroup hierarchy as the caller can reach it.
type Hierarchy struct {
	Controllers []string // v1 only; a named hierarchy has "name=…"
	MountPoint  string   // empty where it is not mounted
	ReadOnly    bool
	OwnPath     string // the caller's group as /proc/self/cgroup names it
	OwnDir      string // the same as a directory; empty where no mount shows it
}

// Hierarchies is everything /proc says about cgroups, in one place.
type Hierarchies struct {
	V2 Hierarchy
	V1 []Hierarchy // mounted ones only, in the order of /proc/self/cgroup
}

// Layout tells how the hierarchies are mounted.
func (h Hierarchies) Layout() Layout {
	switch v2, v1 := h.V2.MountPoint != "", len(h.V1) > 0; {
	case v2 && v1:
		return LayoutHybrid
	case v2:
		return LayoutUnified
	case v1:
		return LayoutLegacy
	default:
		return LayoutNone
	}
}

// readHierarchies joins /proc/self/cgroup (which groups the caller is in) with
// /proc/self/mountinfo (where they can be seen). reachable says whether a mount
// point still shows what mountinfo says: a later mount may cover it.
func readHierarchies(selfCgroup, selfMountinfo io.Reader, reachable func(m *mountinfo.Info) bool, fsTypes ...string) (Hierarchies, error) {
	mounts, err := mountinfo.GetMountsFromReader(selfMountinfo, mountinfo.FSTypeFilter(fsTypes...))
	if err != nil {
		return Hierarchies{}, fmt.Errorf("read mountinfo: %w", err)
	}
	mounts = slices.DeleteFunc(mounts, func(m *mountinfo.Info) bool { return !reachable(m) })

	var found Hierarchies
	lines := bufio.NewScanner(selfCgroup)
	for lines.Scan() {
		// hierarchy-ID:controller-list:path; a path may hold colons itself.
		fields := strings.SplitN(lines.Text(), ":", 3)
		if len(fields) != 3 {
			return Hierarchies{}, fmt.Errorf("read own cgroup: line %q has no three fields", lines.Text())
		}
		if fields[1] == "" {
			found.V2 = place(fields[2], mountsOf(mounts, "cgroup2", ""))
			continue
		}
		controllers := strings.Split(fields[1], ",")
		h := place(fields[2], mountsOf(mounts, "cgroup", controllers[0]))
		h.Controllers = controllers
		if h.MountPoint != "" {
			found.V1 = append(found.V1, h)
		}
	}
	if err := lines.Err(); err != nil {
		return Hierarchies{}, fmt.Errorf("read own cgroup: %w", err)
	}
	return found, nil
}

// mountsOf returns the mounts of one hierarchy. v1 mounts carry their
// controllers among the super block's options; one names them all.
func mountsOf(mounts []*mountinfo.Info, fsType, controller string) []*mountinfo.Info {
	var of []*mountinfo.Info
	for _, m := range mounts {
		if m.FSType == fsType && (controller == "" || hasOption(m.VFSOptions, controller)) {
			of = append(of, m)
		}
	}
	return of
}

// place finds the caller's group among the mounts of its hierarchy. A mount
// that shows the group beats one that does not, and a writable one beats a
// read-only one: containers have both.
func place(OwnPath string, mounts []*mountinfo.Info) Hierarchy {
	best, bestScore := Hierarchy{OwnPath: OwnPath}, -1
	for _, m := range mounts {
		h := Hierarchy{
			OwnPath:    OwnPath,
			MountPoint: m.Mountpoint,
			ReadOnly:   hasOption(m.Options, "ro") || hasOption(m.VFSOptions, "ro"),
		}
		score := 0
		if inside, ok := below(OwnPath, m.Root); ok {
			h.OwnDir = filepath.Join(m.Mountpoint, inside)
			score += 2
		}
		if !h.ReadOnly {
			score++
		}
		if score > bestScore {
			best, bestScore = h, score
		}
	}
	return best
}

// below returns where in a mount a group is, given the part of the hierarchy
// that the mount shows. Both are as seen from the caller's cgroup namespace: a
// path that leads out of it begins with /.. and cannot be walked down again,
// because the names on the way are not told.
func below(path, root string) (string, bool) {
	if path == root {
		return "/", true
	}
	inside, ok := strings.CutPrefix(path, strings.TrimSuffix(root, "/")+"/")
	if !ok || slices.Contains(strings.Split(inside, "/"), "..") {
		return "", false
	}
	return "/" + inside, true
}

func hasOption(options, name string) bool {
	return slices.Contains(strings.Split(options, ","), name)
}

// DirOf is the directory of a group, given its path as /proc/PID/cgroup names
// it; false where the mount does not show it.
func (h Hierarchy) DirOf(path string) (string, bool) {
	if h.OwnDir == "" {
		return "", false
	}
	// What the mount shows begins where the own path is longer than the own
	// directory.
	inside := strings.TrimPrefix(h.OwnDir, strings.TrimSuffix(h.MountPoint, "/"))
	root := strings.TrimSuffix(h.OwnPath, inside)
	if root == "" {
		root = "/"
	}
	rest, shown := below(path, root)
	if !shown {
		return "", false
	}
	return filepath.Join(h.MountPoint, rest), true
}
