package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// hands finds what holds a limit: the cgroup2 hierarchy, or a v1 one beside it.
// A controller is in one of them only.
func (g *Groups) hands(c control) (v1 *cgroupfs.Hierarchy, err error) {
	if slices.Contains(words(g.ground(), "cgroup.controllers"), c.v2) {
		return nil, nil
	}
	hierarchies, err := g.v1()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(hierarchies, func(h cgroupfs.Hierarchy) bool { return slices.Contains(h.Controllers, c.v1) })
	switch {
	case i < 0:
		return nil, c.unsupported(fmt.Errorf("the cgroup of this process has no %s controller", c.v2), "`job doctor` tells what helps")
	case hierarchies[i].OwnDir == "":
		return nil, c.unsupported(fmt.Errorf("the v1 hierarchy of %s does not show the cgroup of this process", c.v1), "")
	}
	return &hierarchies[i], nil
}

func (c control) unsupported(cause error, remedy string) error {
	return &kernel.NotSupportedError{Feature: c.limit, Cause: cause, Remedy: remedy}
}

// ground is where groups are that are nested in no other.
func (g *Groups) ground() string { return roomIn(upTo(g.v2.OwnDir, 0)) }

// CanHold looks whether limits could be held, and makes nothing.
func (g *Groups) CanHold(limits group.Limits) error {
	for _, c := range controls() {
		if !c.wanted(limits) || c.optional {
			continue
		}
		v1, err := g.hands(c)
		if err != nil {
			return err
		}
		if c.check != nil {
			if err := c.check(limits, v1 != nil); err != nil {
				return err
			}
		}
		if v1 == nil {
			err = c.canHandDown(g.ground())
		} else if dir := upTo(v1.OwnDir, 0); unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS) != nil {
			err = c.unsupported(fmt.Errorf("%s cannot be written to", dir), "run as root, or have that directory delegated to you")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const subtreeControl = "cgroup.subtree_control"

// canHandDown tells whether the groups right below a directory have the controller,
// or could be given it.
func (c control) canHandDown(dir string) error {
	if slices.Contains(words(dir, subtreeControl), c.v2) {
		return nil
	}
	if unix.Faccessat(unix.AT_FDCWD, dir+"/"+subtreeControl, unix.W_OK, unix.AT_EACCESS) != nil {
		return c.cannotHandDown(dir, fs.ErrPermission)
	}
	// Only the root of the whole tree, which has no type, may hold processes and
	// hand controllers down as well. For some controllers the kernel would let
	// others do it too, and then nobody can be born in their child groups.
	if !isRoot(dir) && !alone(dir) {
		return c.cannotHandDown(dir, unix.EBUSY)
	}
	return nil
}

// handDown gives the controller to the groups right below a directory.
func (c control) handDown(dir string) error {
	if slices.Contains(words(dir, subtreeControl), c.v2) {
		return nil
	}
	if err := c.canHandDown(dir); err != nil {
		return err
	}
	var err error
	if !isRoot(dir) {
		err = makeWay(dir)
	}
	if err == nil {
		err = writeFile(dir+"/"+subtreeControl, "+"+c.v2)
	}
	if err != nil {
		return c.cannotHandDown(dir, err)
	}
	return nil
}

func isRoot(dir string) bool { return !exists(dir + "/cgroup.type") }

func (c control) cannotHandDown(dir string, err error) error {
	cause := fmt.Errorf("%s does not hand the %s controller down to child groups: %w", dir, c.v2, err)
	if errors.Is(err, unix.EBUSY) {
		return c.unsupported(cause, fmt.Sprintf("others have processes in it: run in a cgroup of its own (systemd-run --scope -p Delegate=yes), or move them to a child group and echo +%s > %s/%s",
			c.v2, dir, subtreeControl))
	}
	return c.unsupported(cause, fmt.Sprintf("as root: echo +%s > %s/%s; or run in a cgroup that is delegated to you (systemd-run --user --scope -p Delegate=yes)",
		c.v2, dir, subtreeControl))
}

// Hold replaces the limits, all or nothing.
func (g *Group) Hold(limits group.Limits) error {
	var done []control
	for _, c := range controls() {
		if !c.wanted(limits) && !c.wanted(g.held) {
			continue
		}
		err := g.apply(c, limits)
		if err != nil && c.optional {
			continue
		}
		if err != nil {
			for _, c := range slices.Backward(done) {
				err = errors.Join(err, g.apply(c, g.held))
			}
			return err
		}
		done = append(done, c)
	}
	g.held = limits
	return nil
}

// apply has one controller hold the limits.
func (g *Group) apply(c control, limits group.Limits) error {
	v1, err := g.groups.hands(c)
	if err != nil {
		return err
	}
	if c.check != nil && c.wanted(limits) {
		if err := c.check(limits, v1 != nil); err != nil {
			return err
		}
	}
	if v1 != nil {
		if below := g.shadowBelow(*v1); c.flat && c.wanted(limits) && below != "" {
			return g.errFlat(c, below)
		}
		s, err := g.shadowIn(*v1, c)
		if err == nil {
			err = c.writeV1(s.dir, limits)
		}
		return c.explain(err)
	}
	top := upTo(g.dir, 0)
	var above []string
	for dir := filepath.Dir(g.dir); ; dir = filepath.Dir(dir) {
		above = append(above, dir)
		if dir == top || dir == "/" {
			break
		}
	}
	for _, dir := range slices.Backward(above) {
		if err := c.handDown(dir); err != nil {
			return err
		}
	}
	return c.explain(c.write(g.dir, limits))
}

func (c control) explain(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) || errors.Is(err, fs.ErrNotExist) {
		return c.unsupported(err, "`job doctor` tells what helps")
	}
	return err
}
