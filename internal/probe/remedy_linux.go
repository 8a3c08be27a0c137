package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Remedies depend on who asks and where. A remedy that is not known to work is
// left out: none is better than one that sends a person the wrong way.

// remedyMissingFile is for a control file: it is missing where the kernel is
// too old for it.
func remedyMissingFile(err error, since string) string {
	if errors.Is(err, fs.ErrNotExist) {
		return since
	}
	return ""
}

// remedyForCall is for a system call that a kernel may lack and a container's
// filter may refuse.
func (b *bench) remedyForCall(err error, since string) string {
	const unfiltered = "in a container, one whose system call filter allows it (docker run --security-opt seccomp=unconfined)"
	inContainer := b.host.Container != ""
	switch {
	case isAny(err, unix.ENOSYS, unix.EINVAL, unix.E2BIG, unix.ENOTTY):
		if inContainer {
			return since + "; " + unfiltered
		}
		return since
	case errors.Is(err, unix.EACCES) && b.group != nil:
		// To move anything between groups takes write access to the nearest
		// group that holds both, which is the own one.
		own := b.host.Cgroups.OwnDirectory
		return fmt.Sprintf("as root: chown %d %s/cgroup.procs %[2]s/cgroup.subtree_control", b.host.User.EffectiveUID, own)
	case errors.Is(err, unix.EOPNOTSUPP) && b.group != nil:
		return "start from another group: " + b.host.Cgroups.OwnDirectory + " is threaded (cgroup.type), which cannot be undone"
	case isAny(err, unix.EPERM, unix.EACCES) && inContainer:
		return unfiltered
	}
	return ""
}

func (b *bench) remedyForTrace(err error) string {
	if !isAny(err, unix.EPERM, unix.EACCES) {
		return ""
	}
	if scope, readErr := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope"); readErr == nil && strings.TrimSpace(string(scope)) == "3" {
		return "boot without kernel.yama.ptrace_scope=3 in /etc/sysctl.d: it cannot be lowered while the system runs"
	}
	return b.remedyForCall(err, "")
}

func (b *bench) remedyForBPF(err error, since string) string {
	if isAny(err, unix.EPERM, unix.EACCES) {
		return b.remedyForRefusedBPF()
	}
	if isAny(err, unix.ENOSYS, unix.EINVAL, unix.E2BIG) || errors.Is(err, fs.ErrNotExist) {
		return since
	}
	return ""
}

func (b *bench) remedyForRefusedBPF() string {
	held := b.host.Privileges
	mayLoad := held.holds("CAP_SYS_ADMIN") || held.holds("CAP_BPF") && held.holds("CAP_PERFMON")
	switch {
	case !b.host.UserNamespace.Initial:
		return "run as root outside of the user namespace"
	case !mayLoad && b.host.Container != "":
		return "start the container as root with these capabilities: docker run --cap-add BPF --cap-add PERFMON"
	case !mayLoad:
		return "run as root, or as root: setcap cap_bpf,cap_perfmon+ep " + ownExecutable()
	}
	// Refused although privileged. No error says by what; a kernel that is
	// locked down is the cause met most, and it cannot be told to be otherwise
	// while it runs.
	mode, err := os.ReadFile("/sys/kernel/security/lockdown")
	switch {
	case err != nil:
		return "boot a kernel that is not locked down, if this one is (dmesg | grep -i 'locked down')"
	case !strings.Contains(string(mode), "[none]"):
		return "boot a kernel that is not locked down: without lockdown= on its command line, without Secure Boot, or built without LOCK_DOWN_KERNEL_FORCE_*"
	}
	return ""
}

func (b *bench) remedyForProcConnector(err error) string {
	const initial = "run in the host's own namespaces (docker run --network host --pid host --cap-add NET_ADMIN)"
	switch {
	case errors.Is(err, errNoConnectorAnswer), errors.Is(err, unix.ECONNREFUSED):
		return initial
	case isAny(err, unix.EPERM, unix.EACCES) && !b.host.UserNamespace.Initial:
		return "run as root outside of the user namespace"
	case isAny(err, unix.EPERM, unix.EACCES) && b.host.Container != "":
		return initial
	case isAny(err, unix.EPERM, unix.EACCES):
		return "run as root, or as root: setcap cap_net_admin+ep " + ownExecutable()
	case errors.Is(err, unix.EPROTONOSUPPORT):
		return "a kernel built with CONFIG_CONNECTOR=y and CONFIG_PROC_EVENTS=y"
	}
	return ""
}

func ownExecutable() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return "FILE"
}

func isAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
