package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// errSwept says that a sweep has taken the directory before it was locked.
var errSwept = errors.New("directory was taken for one that nobody owns")

// Make makes the directories. On an error nothing of them is left.
func (g *Group) Make(state group.State, frozen bool) error {
	const tries = 16
	var err error
	for range tries {
		if err = g.tryMake(state, frozen); !errors.Is(err, errSwept) {
			break
		}
	}
	if err != nil {
		return explainMake(err)
	}
	return nil
}

func (g *Group) tryMake(state group.State, frozen bool) (err error) {
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return err
	}
	if g.lock, err = own(g.dir); err != nil {
		if !errors.Is(err, errSwept) {
			_ = rmdir(g.dir)
		}
		return err
	}
	defer func() {
		if err != nil { // while the lock is held: what comes after it may be another's
			err = errors.Join(err, g.remove())
			g.Release()
		}
	}()
	if err := writeState(g.dir, state); err != nil {
		return err
	}
	if frozen {
		if err := writeFile(g.dir+"/cgroup.freeze", "1"); err != nil {
			return err
		}
	}
	return g.makeLeaf()
}

func (g *Group) makeLeaf() (err error) {
	if err := os.Mkdir(g.leafDir(), 0o755); err != nil {
		return err
	}
	g.leaf, err = os.Open(g.leafDir())
	return err
}

// Renew gives the group a new leaf. The kernel counts the kills of a cgroup, to
// have them reach processes that are being forked; for one that is born into
// another cgroup than its parent's, Linux 6.14 and later compare the count of the
// parent's cgroup with that of its own. Where these differ, it is killed at its
// birth: everything that is started in a cgroup that was killed once. A new
// directory has a new count.
func (g *Group) Renew() error {
	if err := g.holdIOAgain(); err != nil {
		return err
	}
	if err := (tree{g.leafDir()}).remove(); err != nil {
		return fmt.Errorf("renew group after its end: %w", err)
	}
	if g.leaf != nil {
		g.leaf.Close()
		g.leaf = nil
	}
	return g.makeLeaf()
}

func sweptIfGone(err error) error {
	if gone(err) {
		return errSwept
	}
	return err
}

// explainMake adds what a person can do about it.
func explainMake(err error) error {
	unsupported := &kernel.NotSupportedError{Feature: "jobs", Cause: err}
	switch {
	case errors.Is(err, unix.EROFS):
		unsupported.Remedy = "the cgroup file system is mounted read-only here: remount it writable, or run outside of this container"
	case errors.Is(err, fs.ErrPermission):
		unsupported.Remedy = "run as root, or in a cgroup that is delegated to you (systemd-run --user --scope -p Delegate=yes); `job doctor` tells more"
	case errors.Is(err, errThreaded):
		unsupported.Remedy = "start from another cgroup: that cannot be undone"
	case errors.Is(err, unix.ENOSYS):
		unsupported.Remedy = "Linux 5.7 or later; in a container, one whose system call filter allows clone3 (docker run --security-opt seccomp=unconfined)"
	case errors.Is(err, unix.ENOTSUP):
		unsupported.Remedy = "user attributes on cgroups need Linux 5.7 or later"
	case errors.Is(err, unix.EAGAIN):
		return fmt.Errorf("the kernel allows no further cgroup here (cgroup.max.depth or cgroup.max.descendants above it): %w", err)
	case errors.Is(err, unix.ENAMETOOLONG):
		return fmt.Errorf("jobs are nested too deep: %w", err)
	default:
		return err
	}
	return unsupported
}
