package probe

import (
	"errors"
	"fmt"
	"io/fs"

	"jobobject/internal/cgroupfs"

	"golang.org/x/sys/unix"
)

const (
	// What a container needs to have its own cgroups to write to; there is no
	// way to get them from inside.
	remedyContainer = "start the container with its own writable cgroups: docker run --cgroupns=private --security-opt writable-cgroups=true (Docker 28 or later), " +
		"podman run --cgroupns=private --security-opt unmask=/sys/fs/cgroup, or either with --privileged"

	remedyUserScope = "systemd-run --user --scope -p Delegate=yes job run …"
	remedyRootScope = "systemd-run --scope -p Delegate=yes job run …"

	// A fresh mount shows the caller's cgroup namespace from its root on.
	remedyMountBeside = "mkdir -p /run/cgroup2 && mount -t cgroup2 none /run/cgroup2"
)

// remedyForGroup says how the caller gets a place where it may make groups.
func (b *bench) remedyForGroup(err error) string {
	inContainer := b.host.Container != ""
	mayMount := b.host.Privileges.holds("CAP_SYS_ADMIN")
	var refusal notDelegated
	switch {
	case errors.As(err, &refusal):
		return refusal.remedy
	case isAny(err, errNoCgroup2, errOwnNotShown) && inContainer && !mayMount:
		return remedyContainer
	case errors.Is(err, errNoCgroup2) && b.host.Cgroups.Layout == cgroupfs.LayoutNone:
		return asRoot(mayMount, "mount -t cgroup2 none /sys/fs/cgroup")
	case isAny(err, errNoCgroup2, errOwnNotShown):
		return asRoot(mayMount, remedyMountBeside)
	case errors.Is(err, unix.EROFS) && inContainer && !mayMount:
		return remedyContainer
	case errors.Is(err, unix.EROFS):
		return asRoot(mayMount, "mount -o remount,rw,bind "+b.host.Cgroups.MountPoint)
	case errors.Is(err, unix.EAGAIN):
		return "raise cgroup.max.descendants and cgroup.max.depth in " + b.host.Cgroups.OwnDirectory + " or in a group above it"
	case errors.Is(err, fs.ErrNotExist):
		return "start again from a group that still exists: " + b.host.Cgroups.OwnDirectory + " has been removed"
	case isAny(err, unix.EACCES, unix.EPERM):
		return b.remedyForDelegation()
	}
	return ""
}

// remedyForDelegation is for a caller whose group belongs to someone else.
func (b *bench) remedyForDelegation() string {
	uid := b.host.User.EffectiveUID
	switch {
	case b.host.User.Root && b.host.Delegation.Systemd:
		return remedyRootScope
	case b.host.User.Root:
		return ""
	case b.host.Delegation.UserManager != "":
		return remedyUserScope
	case b.host.Delegation.Systemd:
		return fmt.Sprintf("log in as a user of its own session, or as root: loginctl enable-linger %d; then XDG_RUNTIME_DIR=/run/user/%[1]d %s", uid, remedyUserScope)
	case b.host.Container != "":
		return "run as the container's root (docker run --user 0)"
	}
	// The files to hand over are the ones the kernel's documentation names, so
	// that the user cannot raise limits set on its group. $$ stands outside
	// the quotes: it has to be the person's own shell.
	return fmt.Sprintf("run as root, or move this shell to a group of its own: sudo sh -c 'cd %s && mkdir -p user-%d && cd user-%[2]d && "+
		"chown %[2]d . cgroup.procs cgroup.threads cgroup.subtree_control && echo '$$' > cgroup.procs'", b.host.Cgroups.MountPoint, uid)
}

// remedyForLostController is for one that a group above has and keeps.
func (b *bench) remedyForLostController(name, above string) string {
	switch {
	case b.host.Delegation.Systemd && b.host.User.Root:
		return remedyRootScope
	case b.host.Delegation.Systemd:
		return fmt.Sprintf("as root: mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' > "+
			"/etc/systemd/system/user@.service.d/delegate.conf && systemctl daemon-reload; then log in anew and %s", remedyUserScope)
	}
	return fmt.Sprintf("as root: echo +%s > %s/cgroup.subtree_control, and the same in each group between it and the own one", name, above)
}

// remedyForV1 is for a v1 hierarchy that may not be written. They cannot be
// delegated to a user as v2 can.
func (b *bench) remedyForV1(err error, h cgroupfs.Hierarchy) string {
	switch {
	case errors.Is(err, unix.EROFS) && b.host.Container != "":
		return "docker run --privileged"
	case errors.Is(err, unix.EROFS):
		return asRoot(b.host.Privileges.holds("CAP_SYS_ADMIN"), "mount -o remount,rw,bind "+h.MountPoint)
	case isAny(err, unix.EACCES, unix.EPERM) && !b.host.User.Root && b.host.Delegation.Systemd:
		return "run as root, or boot with systemd.unified_cgroup_hierarchy=1: a user may be given cgroup v2 only"
	case isAny(err, unix.EACCES, unix.EPERM) && !b.host.User.Root:
		return "run as root"
	}
	return ""
}

// remedyForUnseenController is for one the kernel has and no mount offers.
func (b *bench) remedyForUnseenController(c controller, kernel kernelController) string {
	if b.host.Container != "" {
		return "have the host hand the " + c.name + " controller down to the container's group (cgroup.subtree_control of the groups above it)"
	}
	if kernel.onV1 {
		return fmt.Sprintf("as root: mkdir -p /run/cgroup1-%s && mount -t cgroup -o %[1]s none /run/cgroup1-%[1]s", c.v1Name)
	}
	return ""
}

func asRoot(already bool, command string) string {
	if already {
		return command
	}
	return "as root: " + command
}
