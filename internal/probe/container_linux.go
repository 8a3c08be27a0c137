package probe

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// The inode numbers of the host's own namespaces are fixed by the kernel
// (PROC_IPC_INIT_INO and its neighbours). That of the mount namespace is not.
var initialNamespaces = map[string]uint64{
	"ipc":    0xEFFFFFFF,
	"uts":    0xEFFFFFFE,
	"user":   0xEFFFFFFD,
	"pid":    0xEFFFFFFC,
	"cgroup": 0xEFFFFFFB,
}

// ownNamespace tells which one the caller is in. A kernel without that kind of
// namespace has only the initial one.
func ownNamespace(kind string) Namespace {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/"+kind, &st); err != nil {
		return Namespace{Initial: errors.Is(err, unix.ENOENT)}
	}
	return Namespace{ID: st.Ino, Initial: st.Ino == initialNamespaces[kind]}
}

// containerKind returns what kind of container this is, or "". There is no
// rule for telling, only the marks that the common ones leave; and as an
// image's file system may well run as a machine of its own, marks count only
// where some namespace is not the host's.
func containerKind() string {
	if inHostNamespaces() {
		return ""
	}
	if name := os.Getenv("container"); name != "" { // podman, systemd-nspawn, lxc
		return name
	}
	if name, err := os.ReadFile("/run/systemd/container"); err == nil && len(name) > 0 {
		return strings.TrimSpace(string(name))
	}
	switch {
	case exists("/run/.containerenv"):
		return "podman"
	case exists("/.dockerenv"):
		return "docker"
	case os.Getenv("KUBERNETES_SERVICE_HOST") != "":
		return "kubernetes"
	case !ownNamespace("pid").Initial:
		return "pid namespace of unknown make"
	}
	return ""
}

func inHostNamespaces() bool {
	for kind := range initialNamespaces {
		if !ownNamespace(kind).Initial {
			return false
		}
	}
	return true
}
