package cgroup

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
)

// removalPatience bounds the wait for the kernel to let go of a directory whose
// last member has just been seen dead.
const removalPatience = 2 * time.Second

// remove takes the directories away, bottom-up. It is group.ErrPopulated where
// there are live members, or a group in use below.
func (t tree) remove() error {
	below, err := subdirs(t.dir)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	inOrderOfRemoval(below)
	for _, dir := range below {
		if err := (tree{dir}).removeUnlessOwned(); err != nil {
			return err
		}
	}
	if isGroup(t.dir) {
		if err := removeShadows(t.dir); err != nil {
			return err
		}
	}
	return removeDir(t.dir)
}

// inOrderOfRemoval puts those first that may have to stay: a group that stays must
// be whole, with the leaf that members come to.
func inOrderOfRemoval(dirs []string) {
	rank := func(dir string) int {
		switch {
		case isGroup(dir):
			return 0
		case filepath.Base(dir) == leafName:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
}

// removeUnlessOwned leaves groups in use to their owners.
func (t tree) removeUnlessOwned() error {
	if !isGroup(t.dir) {
		return t.remove()
	}
	unlock, free := claim(t.dir)
	if !free && exists(t.dir) {
		return fmt.Errorf("%s: %w: it belongs to a job that is open", t.dir, group.ErrPopulated)
	}
	if !free {
		return nil // removed meanwhile
	}
	defer unlock()
	return t.remove()
}

func removeDir(dir string) error {
	deadline := time.Now().Add(removalPatience)
	for {
		err := rmdir(dir)
		if err == nil || gone(err) {
			return nil
		}
		if !errors.Is(err, unix.EBUSY) {
			return &os.PathError{Op: "rmdir", Path: dir, Err: err}
		}
		if busy, why := occupied(dir); busy || time.Now().After(deadline) {
			return fmt.Errorf("remove %s: %w: %s", dir, group.ErrPopulated, why)
		}
		// Whoever was last is dead and not quite gone: the kernel says when.
		if events, err := openEvents(dir); err == nil {
			_, _ = events.emptyWithin(pace)
			events.close()
		}
	}
}

func rmdir(dir string) error {
	for {
		err := syscall.Rmdir(dir)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// occupied tells whether a directory is busy for a reason that does not pass.
func occupied(dir string) (bool, string) {
	if below, err := subdirs(dir); err == nil && len(below) > 0 {
		return true, "it has " + below[0] + " in it"
	}
	members, err := tree{dir}.members()
	if err == nil && len(members) > 0 {
		return true, fmt.Sprintf("pid %d is in it", members[0])
	}
	return false, "it stays busy although it has no members"
}
