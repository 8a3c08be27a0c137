package delegation

import (
	"errors"
	"fmt"
	"os"
	"path"
	"sync"
	"sync/atomic"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/kernel"
)

// Obtain has this process be where it may make cgroups, as far as systemd has a say
// in it, and tells in words how; where systemd has none, there are no words. The first
// call decides for all. A kernel.NotSupportedError says that this process may not make
// any; another error, that it is asked for nonsense. Whether the kernel lets it make
// cgroups is not looked at.
func Obtain() (how string, err error) { return obtained() }

// Refusal is the error of Obtain, and nil where nobody has called it.
func Refusal() error {
	if err := refusal.Load(); err != nil {
		return *err
	}
	return nil
}

var (
	refusal  atomic.Pointer[error]
	obtained = sync.OnceValues(func() (string, error) {
		how, err := thisHost().obtain()
		if err != nil {
			refusal.Store(&err)
		}
		return how, err
	})
)

// host is what there is to ask and to look at.
type host struct {
	run         string // the directory for what runs
	uid         int    // the effective one
	getenv      func(string) string
	own         func() (cgroupfs.Hierarchy, error)
	cgroupOf    func(pid int) (string, error)
	delegated   func(dir string) bool
	writable    func(dir string) bool
	inNamespace func() bool // of cgroups, and not the host's
	patience    patience
}

func thisHost() *host {
	return &host{
		run: "/run", uid: os.Geteuid(), getenv: os.Getenv,
		own: ownV2, cgroupOf: cgroupOf, delegated: delegated, writable: writable,
		inNamespace: inNamespace, patience: usual,
	}
}

func ownV2() (cgroupfs.Hierarchy, error) {
	v2, _, err := cgroupfs.ReadOwnV2()
	return v2, err
}

func (h *host) obtain() (string, error) {
	value := h.getenv(Variable)
	if err := check(value); err != nil {
		return "", err
	}
	if !exists(h.run + "/systemd/system") { // the test that sd_booted(3) makes
		return "", nil
	}
	if value == No {
		return "systemd is not asked: " + Variable + "=" + No, nil
	}
	own, err := h.own()
	if err != nil {
		return "", refused(err, "")
	}
	if own.OwnDir == "" {
		return "no cgroup2 to be delegated", nil
	}
	at := placeOf(own.OwnPath)
	switch {
	case at.unit == "" && (at.below != "/" || h.inNamespace()):
		return "in a cgroup that is no unit of systemd", nil
	case at.unit != "" && at.below != "":
		return fmt.Sprintf("in a cgroup that somebody made below %s", path.Base(at.unit)), nil
	case at.unit != "" && h.delegated(own.OwnDir) && h.writable(own.OwnDir):
		return fmt.Sprintf("delegated by systemd (%s)", path.Base(at.unit)), nil
	}
	return h.ask(own, at)
}

// ask gets a scope from the first manager that answers, and looks whether this
// process is there. A manager may also know that the unit is delegated, without a mark.
func (h *host) ask(own cgroupfs.Hierarchy, at place) (string, error) {
	unit := "no unit of systemd"
	if at.unit != "" {
		unit = path.Base(at.unit) + ", which systemd has not delegated to this user"
	}
	m, err := h.connect()
	if err != nil {
		return "", refused(fmt.Errorf("this process is in %s, and %w", unit, err), h.remedy(err))
	}
	defer m.close()
	if h.writable(own.OwnDir) && m.delegates(own.OwnPath) {
		return fmt.Sprintf("delegated by systemd (%s)", path.Base(at.unit)), nil
	}
	scope, err := m.startScope(own.OwnPath)
	if err != nil {
		return "", refused(fmt.Errorf("this process is in %s, and %w", unit, err), h.remedy(err))
	}
	now, err := h.own()
	if err == nil && path.Base(placeOf(now.OwnPath).unit) != scope {
		err = fmt.Errorf("this process is in %s although systemd says that it has moved it to %s", now.OwnPath, scope)
	}
	if err != nil {
		return "", refused(err, h.remedy(err))
	}
	return fmt.Sprintf("delegated by systemd (%s, asked for)", scope), nil
}

func refused(cause error, remedy string) error {
	return &kernel.NotSupportedError{Feature: "a cgroup that systemd delegates", Cause: cause, Remedy: remedy}
}

// remedy is what helps those who get no scope.
func (h *host) remedy(err error) string {
	status, journal := "systemctl status", "journalctl"
	unit := "systemd-run -p Delegate=yes"
	if h.uid != 0 {
		status, journal = "systemctl --user status", "journalctl --user"
		unit = fmt.Sprintf("systemd-run --uid=%d -p Delegate=yes", h.uid)
	}
	without := Variable + "=" + No + " makes groups where this process is, if the kernel allows it"
	switch {
	case errors.Is(err, errNoManager) && h.uid != 0:
		return fmt.Sprintf("log in as a user of its own session, or as root: loginctl enable-linger %d, or %s job run …", h.uid, unit)
	case errors.Is(err, errNoManager):
		return without
	case errors.Is(err, errOutside):
		return "start the container with cgroups of its own, and without /run/systemd of the host"
	case errors.Is(err, errNoAnswer):
		return fmt.Sprintf("look whether it is well (%s), or have this program be started in a unit that has Delegate=yes (%s …); %s", status, unit, without)
	}
	return fmt.Sprintf("%s -e tells more; a unit that has Delegate=yes needs no scope (%s …); %s", journal, unit, without)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
