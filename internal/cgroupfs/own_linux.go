package cgroupfs

import (
	"errors"
	"fmt"
	"os"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// ReadOwn looks for the hierarchies as this process sees them.
func ReadOwn() (Hierarchies, error) {
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
	return readHierarchies(selfCgroup, mounts, notCovered)
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
