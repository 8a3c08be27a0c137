package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/member"
)

// Group is a directory with a leaf for its members.
type Group struct {
	tree
	groups *Groups
	place  group.Place
	lock   *os.File // the directory, locked as long as this process has the group
	leaf   *os.File

	held    group.Limits
	shading sync.Mutex         // of shadows
	shadows map[string]*shadow // by v1 controller
}

var _ group.Group = (*Group)(nil)

// Name is the directory.
func (g *Group) Name() string { return g.dir }

// Place is the leaf.
func (g *Group) Place() group.Place { return g.place }

func (g *Group) leafDir() string { return g.dir + "/" + leafName }

// SetState replaces what the group carries with it.
func (g *Group) SetState(state group.State) error { return writeState(g.dir, state) }

// Start starts a process in the leaf. Limits that were set while it was on its way
// hold it, and what it has forked since, as they hold members that were there.
func (g *Group) Start(cmd *exec.Cmd, suspended bool) (group.Child, error) {
	casts := g.groups.casts.Load()
	c, err := g.groups.start(cmd, int(g.leaf.Fd()), g.place.Jobs, suspended)
	if err != nil {
		if _, statErr := os.Stat(g.leafDir()); gone(statErr) {
			err = fmt.Errorf("%w (somebody has removed the group %s)", err, g.dir)
		}
		return nil, err
	}
	if g.groups.casts.Load() == casts {
		return c, nil
	}
	if err := g.settleAll(); err != nil {
		_ = c.Signal(os.Kill)
		_, _ = c.Wait()
		return nil, err
	}
	return c, nil
}

// Attach moves a process to the leaf, and makes sure afterwards that it was the
// one that target holds: the kernel takes numbers only.
func (g *Group) Attach(target group.Target) error {
	pid := target.Pid()
	if pid == 1 {
		return fmt.Errorf("pid 1: %w: init belongs to the system", kernel.ErrAccessDenied)
	}
	from, err := pathOf(pid)
	if err != nil {
		return err
	}
	takeBack, err := g.groups.settle(pid, g.place.Jobs)
	if err == nil {
		err = writeFile(g.leafDir()+"/cgroup.procs", strconv.Itoa(pid))
	}
	if err != nil {
		takeBack()
	}
	switch {
	case errors.Is(err, kernel.ErrProcessExited):
		return err
	case errors.Is(err, unix.ESRCH):
		return fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	case errors.Is(err, unix.EINVAL): // how the kernel says that about its own threads
		return fmt.Errorf("pid %d: %w: kernel threads cannot be moved", pid, kernel.ErrAccessDenied)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("move pid %d from cgroup %s: %w (%w)", pid, from, kernel.ErrAccessDenied, err)
	case err != nil:
		return fmt.Errorf("move pid %d from cgroup %s: %w", pid, from, err)
	}
	if !target.Exited() {
		return nil
	}
	// It has died meanwhile; if a stranger has its number, that one was moved.
	if now, err := pathOf(pid); err == nil && g.holds(now) {
		if other, err := member.OpenLive(pid); err == nil {
			other.Close()
			_ = writeFile(leafOf(filepath.Dir(g.dir))+"/cgroup.procs", strconv.Itoa(pid))
			takeBack()
		}
	}
	return fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
}

// Members are the live processes, oldest first.
func (g *Group) Members() ([]int, error) {
	if events, err := openEvents(g.dir); err == nil {
		now, err := events.now()
		events.close()
		if err == nil && !now.populated {
			return nil, nil // without a look at every directory
		}
	}
	pids, err := g.members()
	member.ByAge(pids)
	return pids, err
}

// Count reads no more than it must.
func (g *Group) Count() (int, error) {
	pids, err := g.glance()
	return len(pids), err
}

// Signal reaches every member once, also those that are born while it is under
// way: it goes on until a look finds nobody new.
func (g *Group) Signal(sig os.Signal) error {
	number, ok := sig.(syscall.Signal)
	if !ok {
		return fmt.Errorf("signal %v: %w", sig, errors.ErrUnsupported)
	}
	reached := map[int]bool{}
	var errs []error
	for {
		pids, err := g.members()
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		var fresh []int
		for _, pid := range pids {
			if !reached[pid] {
				reached[pid] = true
				fresh = append(fresh, pid)
			}
		}
		if len(fresh) == 0 {
			return errors.Join(errs...)
		}
		if err := g.signal(fresh, number); err != nil {
			errs = append(errs, err)
		}
	}
}

// End kills all members.
func (g *Group) End(patience time.Duration, starting func() bool) error {
	return g.end(patience, starting)
}

// WaitEmpty waits for the last member to go.
func (g *Group) WaitEmpty(ctx context.Context) error {
	events, err := openEvents(g.dir)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer events.close()
	return events.await(ctx, func(c condition) bool { return !c.populated })
}

// Freeze stops all members and those of the groups below.
func (g *Group) Freeze(patience time.Duration) error {
	if err := writeFile(g.dir+"/cgroup.freeze", "1"); err != nil {
		return err
	}
	events, err := openEvents(g.dir)
	if err != nil {
		return err
	}
	defer events.close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := events.await(ctx, func(c condition) bool { return c.frozen || !c.populated }); err != nil {
		return fmt.Errorf("not all members have stopped within %v: %w", patience, err)
	}
	return nil
}

// Thaw lets them go on, as far as no group above is frozen.
func (g *Group) Thaw() error { return writeFile(g.dir+"/cgroup.freeze", "0") }

// Usage reads what the kernel has counted.
func (g *Group) Usage() (group.Usage, error) {
	usage := g.usage()
	if s := g.shadow("memory"); s != nil {
		s.addTo(&usage)
	}
	return usage, nil
}

// Remove takes the directories away and lets go of them. Mostly there is nothing
// in them, and then there is no need to look.
func (g *Group) Remove() error {
	if len(g.shadowDirs()) > 0 || !g.hasOnlyItsLeaf() || rmdir(g.leafDir()) != nil || rmdir(g.dir) != nil {
		if err := g.remove(); err != nil {
			return err
		}
	}
	g.Release()
	return nil
}

// hasOnlyItsLeaf is how a group looks that nothing nests in. A directory has one
// link more than the two of its own for each one in it.
func (g *Group) hasOnlyItsLeaf() bool {
	return links(g.dir) == 3
}

// links is 0 where there is no such directory.
func links(dir string) uint64 {
	var stat unix.Stat_t
	if unix.Stat(dir, &stat) != nil {
		return 0
	}
	return uint64(stat.Nlink)
}

// Release closes what holds the group.
func (g *Group) Release() {
	if g.leaf != nil {
		g.leaf.Close()
	}
	if g.lock != nil {
		g.lock.Close()
	}
	g.leaf, g.lock = nil, nil
}
