package probe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// lookAtHost fills in everything that can be read without trying anything.
func lookAtHost() (Host, hierarchies, error) {
	groups, err := ownHierarchies()
	if err != nil {
		return Host{}, hierarchies{}, err
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return Host{}, hierarchies{}, fmt.Errorf("uname: %w", err)
	}
	host := Host{
		System:        runtime.GOOS,
		Architecture:  runtime.GOARCH,
		Kernel:        unix.ByteSliceToString(uts.Release[:]),
		User:          User{UID: os.Getuid(), EffectiveUID: os.Geteuid(), Root: os.Geteuid() == 0},
		Privileges:    ownPrivileges(),
		Cgroups:       describe(groups),
		PIDNamespace:  ownNamespace("pid"),
		UserNamespace: ownNamespace("user"),
		Container:     containerKind(),
		Delegation: Delegation{
			Owned:       ownedBySelf(groups.v2.ownDir),
			Systemd:     exists("/run/systemd/system"), // the test sd_booted(3) makes
			UserManager: userManager(),
		},
	}
	return host, groups, nil
}

func ownHierarchies() (hierarchies, error) {
	selfCgroup, err := os.Open("/proc/self/cgroup")
	if errors.Is(err, os.ErrNotExist) && exists("/proc/self/status") {
		return hierarchies{}, nil // a kernel without cgroups
	}
	if err != nil {
		return hierarchies{}, fmt.Errorf("find own cgroup: %w", err)
	}
	defer selfCgroup.Close()
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return hierarchies{}, fmt.Errorf("find cgroup mounts: %w", err)
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

func describe(groups hierarchies) Cgroups {
	c := Cgroups{
		Layout:             groups.layout(),
		MountPoint:         groups.v2.mountPoint,
		ReadOnly:           groups.v2.readOnly,
		OwnPath:            groups.v2.ownPath,
		OwnDirectory:       groups.v2.ownDir,
		Controllers:        words(groups.v2.ownDir, "cgroup.controllers"),
		EnabledControllers: words(groups.v2.ownDir, "cgroup.subtree_control"),
		V1:                 []V1Hierarchy{},
	}
	for _, h := range groups.v1 {
		c.V1 = append(c.V1, V1Hierarchy{
			Controllers: h.controllers, MountPoint: h.mountPoint, ReadOnly: h.readOnly,
			OwnPath: h.ownPath, OwnDirectory: h.ownDir,
		})
	}
	return c
}

// words reads a file that is one line of words. What cannot be read offers
// nothing, which is all that is asked of it here.
func words(dir, file string) []string {
	if dir == "" {
		return []string{}
	}
	content, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return []string{}
	}
	return strings.Fields(string(content))
}

func ownedBySelf(dir string) bool {
	var st unix.Stat_t
	return dir != "" && unix.Stat(dir, &st) == nil && int(st.Uid) == os.Geteuid()
}

// userManager returns the socket of the caller's own systemd, by which scopes
// can be asked for without privilege. A session bus alone may have no systemd
// behind it, the private socket always has.
func userManager() string {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return ""
	}
	for _, socket := range []string{"systemd/private", "bus"} {
		if path := filepath.Join(dir, socket); exists(path) {
			return path
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
