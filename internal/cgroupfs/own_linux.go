package cgroupfs

import (
	"errors"
	"fmt"
	"os"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// ReadOwn looks for the hierarchies as this process sees them.
func ReadOwn() (Hierarchies, error) { return readOwn("cgroup", "cgroup2") }

// ReadOwnV2 is ReadOwn for those who do not ask about v1, of which there may be a
// dozen.
func ReadOwnV2() (Hierarchy, error) {
	found, err := readOwn("cgroup2")
	return found.V2, err
}

func readOwn(fsTypes ...string) (Hierarchies, error) {
	selfCgroup, err := os.Open("/proc/self/cgroup")
	if errors.Is(err, os.ErrNotExist) && pathExists("/proc/self/status") {
		return Hierarchies{}, nil // a kernel without cgroups
	}
	if err != nil {
		return Hierarchies{}, fmt.Errorf("find own cgroup: %w", err)
	}
	defer selfCgroup.Close()
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return Hierarchies{}, fmt.Errorf("find cgroup mounts: %w", err)
	}
	defer mounts.Close()
	return readHierarchies(selfCgroup, mounts, notCovered, fsTypes...)
}

// notCovered asks the mount point itself what is mounted there.
func notCovered(m *mountinfo.Info) bool {
	var fs unix.Statfs_t
	if err := unix.Statfs(m.Mountpoint, &fs); err != nil {
		return false
	}
	want := int64(unix.CGROUP_SUPER_MAGIC)
	if m.FSType == "cgroup2" {
		want = unix.CGROUP2_SUPER_MAGIC
	}
	return int64(fs.Type) == want
}

func pathExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
