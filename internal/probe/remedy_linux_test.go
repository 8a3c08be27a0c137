package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"jobobject/internal/cgroupfs"

	"golang.org/x/sys/unix"
)

// user is somebody without privilege on a plain v2 host.
func user(change func(*Host)) *bench {
	h := Host{
		User:          User{UID: 1000, EffectiveUID: 1000},
		Cgroups:       Cgroups{Layout: cgroupfs.LayoutUnified, MountPoint: "/sys/fs/cgroup", OwnDirectory: "/sys/fs/cgroup/own"},
		PIDNamespace:  Namespace{Initial: true},
		UserNamespace: Namespace{Initial: true},
	}
	if change != nil {
		change(&h)
	}
	return &bench{host: h}
}

func asRootUser(h *Host) {
	h.User = User{Root: true}
	h.Privileges.Held = []string{"CAP_SYS_ADMIN"}
}

func TestRemedyForGroupFitsWhoAsksAndWhere(t *testing.T) {
	denied := &os.PathError{Op: "mkdir", Path: "/sys/fs/cgroup/own/x", Err: unix.EACCES}
	readOnly := &os.PathError{Op: "mkdir", Path: "/sys/fs/cgroup/x", Err: unix.EROFS}
	tests := []struct {
		name string
		host func(*Host)
		err  error
		want string
	}{
		{"a user with a user manager", func(h *Host) { h.Delegation = Delegation{Systemd: true, UserManager: "/run/user/1000/bus"} },
			denied, "systemd-run --user --scope -p Delegate=yes"},
		{"a user without one", func(h *Host) { h.Delegation.Systemd = true }, denied, "loginctl enable-linger 1000"},
		{"one whom systemd has refused a place", nil, notDelegated{denied, "ask kindly"}, "ask kindly"},
		{"a user where there is no systemd", nil, denied, "chown 1000 . cgroup.procs"},
		{"a user in a container", func(h *Host) { h.Container = "docker" }, denied, "--user 0"},
		{"root below systemd", func(h *Host) { asRootUser(h); h.Delegation.Systemd = true }, denied, "systemd-run --scope -p Delegate=yes"},
		{"a container with a read-only mount", func(h *Host) { h.Container = "docker" }, readOnly, "writable-cgroups=true"},
		{"a privileged container with one", func(h *Host) { h.Container = "docker"; asRootUser(h) }, readOnly, "mount -o remount,rw,bind /sys/fs/cgroup"},
		{"nothing mounted, root", func(h *Host) { h.Cgroups.Layout = cgroupfs.LayoutNone; asRootUser(h) }, errNoCgroup2, "mount -t cgroup2 none /sys/fs/cgroup"},
		{"nothing mounted, user", func(h *Host) { h.Cgroups.Layout = cgroupfs.LayoutNone }, errNoCgroup2, "as root: mount -t cgroup2"},
		{"only v1 mounted", func(h *Host) { h.Cgroups.Layout = cgroupfs.LayoutLegacy; asRootUser(h) }, errNoCgroup2, "/run/cgroup2"},
		{"own group not shown", asRootUser, fmt.Errorf("%w: x", errOwnNotShown), "/run/cgroup2"},
		{"too many groups", nil, unix.EAGAIN, "cgroup.max.descendants"},
		{"own group removed", nil, fs.ErrNotExist, "has been removed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := user(tt.host).remedyForGroup(tt.err); !strings.Contains(got, tt.want) {
				t.Errorf("remedy is %q, want it to tell %q", got, tt.want)
			}
		})
	}
}

func TestRemedyForBPFNamesWhatIsMissing(t *testing.T) {
	refused := fmt.Errorf("load: %w", os.NewSyscallError("bpf", unix.EPERM))
	tests := []struct {
		name string
		host func(*Host)
		err  error
		want string
	}{
		{"a user", nil, refused, "setcap cap_bpf,cap_perfmon+ep"},
		{"a container without the privileges", func(h *Host) { h.Container = "podman" }, refused, "--cap-add BPF --cap-add PERFMON"},
		{"root of a user namespace", func(h *Host) { asRootUser(h); h.UserNamespace.Initial = false }, refused, "outside of the user namespace"},
		{"an old kernel", asRootUser, unix.EINVAL, "since"},
		{"no BTF", asRootUser, &os.PathError{Op: "open", Path: kernelBTF, Err: unix.ENOENT}, "since"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := user(tt.host).remedyForBPF(tt.err, "since"); !strings.Contains(got, tt.want) {
				t.Errorf("remedy is %q, want it to tell %q", got, tt.want)
			}
		})
	}
}

func TestUnknownErrorsGetNoRemedy(t *testing.T) {
	odd := errors.New("odd")
	b := user(nil)
	for name, remedy := range map[string]string{
		"group": b.remedyForGroup(odd), "call": b.remedyForCall(odd, "x"), "bpf": b.remedyForBPF(odd, "x"),
		"trace": b.remedyForTrace(odd), "proc connector": b.remedyForProcConnector(odd), "v1": b.remedyForV1(odd, cgroupfs.Hierarchy{}),
	} {
		if remedy != "" {
			t.Errorf("%s: made up %q", name, remedy)
		}
	}
}
