package delegation

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Systemd marks the directory of a unit that it has given away: with an attribute
// that only privileged processes can read, and with one for all. The manager of a user
// sets none in some versions, 252 among them.
const (
	trustedMark = "trusted.delegate"
	userMark    = "user.delegate"
)

// delegated tells whether the directory of a unit is marked. A mark that cannot be read
// counts as not there.
func delegated(dir string) bool {
	for _, mark := range []string{trustedMark, userMark} {
		value := make([]byte, 8)
		n, err := unix.Getxattr(dir, mark, value)
		if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EPERM) {
			continue
		}
		return err == nil && isTrue(string(value[:n]))
	}
	return false
}

// isTrue reads what systemd writes as one.
func isTrue(value string) bool { return value == "1" || value == "yes" || value == "true" }

// writable tells whether cgroups can be made in a directory, and processes put into
// them from there.
func writable(dir string) bool {
	for _, path := range []string{dir, dir + "/cgroup.procs"} {
		if unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS) != nil {
			return false
		}
	}
	return true
}

// inNamespace tells whether the paths of cgroups are others than the host sees. The
// kernel has a fixed number for the namespace of the host.
func inNamespace() bool {
	const initial = 0xEFFFFFFB
	var st unix.Stat_t
	return unix.Stat("/proc/self/ns/cgroup", &st) == nil && st.Ino != initial
}
