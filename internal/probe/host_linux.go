package probe

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"jobobject/internal/cgroupfs"

	"golang.org/x/sys/unix"
)

// lookAtHost fills in everything that can be read without trying anything.
func lookAtHost() (Host, cgroupfs.Hierarchies, error) {
	groups, err := cgroupfs.ReadOwn()
	if err != nil {
		return Host{}, cgroupfs.Hierarchies{}, err
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return Host{}, cgroupfs.Hierarchies{}, fmt.Errorf("uname: %w", err)
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
			Owned:       ownedBySelf(groups.V2.OwnDir),
			Systemd:     exists("/run/systemd/system"), // the test sd_booted(3) makes
			UserManager: userManager(),
		},
	}
	return host, groups, nil
}

func describe(groups cgroupfs.Hierarchies) Cgroups {
	c := Cgroups{
		Layout:             groups.Layout(),
		MountPoint:         groups.V2.MountPoint,
		ReadOnly:           groups.V2.ReadOnly,
		OwnPath:            groups.V2.OwnPath,
		OwnDirectory:       groups.V2.OwnDir,
		Controllers:        words(groups.V2.OwnDir, "cgroup.controllers"),
		EnabledControllers: words(groups.V2.OwnDir, "cgroup.subtree_control"),
		V1:                 []V1Hierarchy{},
	}
	for _, h := range groups.V1 {
		c.V1 = append(c.V1, V1Hierarchy{
			Controllers: h.Controllers, MountPoint: h.MountPoint, ReadOnly: h.ReadOnly,
			OwnPath: h.OwnPath, OwnDirectory: h.OwnDir,
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
