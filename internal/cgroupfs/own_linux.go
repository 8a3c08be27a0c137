package cgroupfs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// ReadOwn looks for the hierarchies as this process sees them.
func ReadOwn() (Hierarchies, error) {
	selfCgroup, err := readSelfCgroup()
	if err != nil {
		return Hierarchies{}, err
	}
	return readOwn(selfCgroup, "cgroup", "cgroup2")
}

// ReadOwnV2 is ReadOwn for those who do not ask where v1 is mounted, of which there
// may be a dozen. Of v1 it tells the paths of the caller's groups alone.
func ReadOwnV2() (v2 Hierarchy, v1Paths []string, err error) {
	selfCgroup, err := readSelfCgroup()
	if err != nil {
		return Hierarchy{}, nil, err
	}
	for line := range strings.Lines(string(selfCgroup)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) == 3 && fields[1] != "" {
			v1Paths = append(v1Paths, fields[2])
		}
	}
	found, err := readOwn(selfCgroup, "cgroup2")
	return found.V2, v1Paths, err
}

// readSelfCgroup gives nothing on a kernel without cgroups.
func readSelfCgroup() ([]byte, error) {
	content, err := os.ReadFile("/proc/self/cgroup")
	if errors.Is(err, os.ErrNotExist) && pathExists("/proc/self/status") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find own cgroup: %w", err)
	}
	return content, nil
}

func readOwn(selfCgroup []byte, fsTypes ...string) (Hierarchies, error) {
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return Hierarchies{}, fmt.Errorf("find cgroup mounts: %w", err)
	}
	defer mounts.Close()
	return readHierarchies(bytes.NewReader(selfCgroup), mounts, notCovered, fsTypes...)
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
