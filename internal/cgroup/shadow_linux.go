package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/kernel"
)

// On a hybrid host the controllers are in v1 hierarchies. There a group with
// limits has a shadow: a directory of the same name, below that of the nearest
// group around it that has one, or below the cgroup that this process has there.
// It is made with the first limit. Members are born in it, as children are where
// their parents are; who comes from elsewhere is moved before it runs.
//
// The group carries the list of its shadows with it, so that whoever removes it,
// the guard and the sweep too, removes them first.
const shadowsAttribute = "user.jobobject.shadows"

// shadow is the directory of a group in one v1 hierarchy.
type shadow struct {
	dir  string
	late bool // members were there before it, so that it has not counted all
}

// shadowIn gives the shadow in a hierarchy, made if need be, with all members in it.
func (g *Group) shadowIn(h cgroupfs.Hierarchy, c control) (*shadow, error) {
	if s := g.shadow(c.v1); s != nil {
		return s, nil
	}
	if below := g.shadowBelow(h); below != "" {
		return nil, c.unsupported(fmt.Errorf("a job nested in this one is held already, in %s, and a v1 group cannot be moved", below),
			"set limits of outer jobs first")
	}
	s := &shadow{dir: g.groups.shadowAt(h, g.place.Jobs) + "/" + filepath.Base(g.dir)}
	if err := writeShadows(g.dir, append(g.shadowDirs(), s.dir)); err != nil {
		return nil, err
	}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		return nil, errors.Join(err, writeShadows(g.dir, g.shadowDirs()))
	}
	g.groups.shadowed.Store(true)
	var err error
	if c.prepare != nil {
		err = c.prepare(s.dir)
	}
	if err == nil {
		s.late, err = g.gather(h, s.dir)
	}
	if err != nil {
		err = errors.Join(err, removeShadow(s.dir), writeShadows(g.dir, g.shadowDirs()))
		return nil, fmt.Errorf("move the members to %s: %w", s.dir, err)
	}
	g.cast(c.v1, s)
	return s, nil
}

// gather moves all members, until a look finds none elsewhere: meanwhile they may
// fork.
func (g *Group) gather(h cgroupfs.Hierarchy, dir string) (moved bool, err error) {
	for {
		pids, err := g.members()
		if err != nil {
			return moved, err
		}
		again := false
		for _, pid := range pids {
			if at, err := pathIn(h, pid); err != nil || g.holds(at) {
				continue
			}
			switch err := enterShadow(dir, pid); {
			case errors.Is(err, kernel.ErrProcessExited):
			case err != nil:
				return moved, err
			default:
				moved, again = true, true
			}
		}
		if !again {
			return moved, nil
		}
	}
}

// shadowBelow is a shadow that a group below this one has in the hierarchy.
func (g *Group) shadowBelow(h cgroupfs.Hierarchy) (found string) {
	_ = g.walk(func(dir string) error {
		for _, s := range readShadows(dir) {
			if dir != g.dir && strings.HasPrefix(s, h.MountPoint+"/") {
				found = s
			}
		}
		return nil
	})
	return found
}

// shadow is nil where there is none in the hierarchy of that controller.
func (g *Group) shadow(controller string) *shadow {
	g.shading.Lock()
	defer g.shading.Unlock()
	return g.shadows[controller]
}

func (g *Group) cast(controller string, s *shadow) {
	g.shading.Lock()
	defer g.shading.Unlock()
	if g.shadows == nil {
		g.shadows = map[string]*shadow{}
	}
	g.shadows[controller] = s
	g.groups.casts.Add(1)
}

func (g *Group) shadowDirs() (dirs []string) {
	g.shading.Lock()
	defer g.shading.Unlock()
	for _, s := range g.shadows {
		dirs = append(dirs, s.dir)
	}
	return dirs
}

// shadowAt is where processes of the innermost of these jobs belong in a hierarchy:
// the shadow of that or of the nearest one around it that has one.
func (g *Groups) shadowAt(h cgroupfs.Hierarchy, jobs []string) string {
	dir := upTo(h.OwnDir, 0)
	for _, id := range jobs {
		if inside := filepath.Join(dir, groupPrefix+id); exists(inside) {
			dir = inside
		}
	}
	return dir
}

// settleAll does that for all members of a group, until a look finds none elsewhere.
func (g *Group) settleAll() error {
	for again := true; again; {
		again = false
		pids, err := g.members()
		if err != nil {
			return err
		}
		for _, pid := range pids {
			place, err := g.groups.PlaceOf(pid)
			if err != nil || !g.holds(place.Ref) {
				continue
			}
			moves, err := g.groups.unsettled(pid, place.Jobs)
			if err == nil && len(moves) > 0 {
				_, err = g.groups.settle(pid, place.Jobs)
				again = true
			}
			if err != nil && !errors.Is(err, kernel.ErrProcessExited) {
				return err
			}
		}
	}
	return nil
}

// settle puts a process where it belongs in all v1 hierarchies: in the shadows of
// its jobs, and out of those of others. A process that is in no shadow and belongs
// to none stays where it is. undo takes it back.
func (g *Groups) settle(pid int, jobs []string) (undo func(), err error) {
	var from []string
	undo = func() {
		for _, dir := range slices.Backward(from) {
			_ = enterShadow(dir, pid)
		}
	}
	moves, err := g.unsettled(pid, jobs)
	for _, m := range moves {
		if err = enterShadow(m.to, pid); err != nil {
			undo()
			return func() {}, err
		}
		from = append(from, m.from)
	}
	return undo, err
}

type move struct{ from, to string }

// unsettled are the moves that a process needs; none where nobody has shadows.
func (g *Groups) unsettled(pid int, jobs []string) (moves []move, err error) {
	if !g.shadowed.Load() {
		return nil, nil
	}
	hierarchies, err := g.v1()
	if err != nil {
		return nil, err
	}
	for _, h := range hierarchies {
		path, err := pathIn(h, pid)
		if err != nil {
			return nil, err
		}
		from, shown := h.DirOf(path)
		to := g.shadowAt(h, jobs)
		if from != to && shown && (len(groupsOn(from)) > 0 || len(groupsOn(to)) > 0) {
			moves = append(moves, move{from, to})
		}
	}
	return moves, nil
}

// pathIn is the path of a process in a v1 hierarchy; 0 is the caller.
func pathIn(h cgroupfs.Hierarchy, pid int) (string, error) {
	name := "self"
	if pid != 0 {
		name = strconv.Itoa(pid)
	}
	content, err := os.ReadFile("/proc/" + name + "/cgroup")
	if err != nil {
		return "", fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) == 3 && fields[1] == strings.Join(h.Controllers, ",") {
			return strings.TrimSuffix(fields[2], " (deleted)"), nil
		}
	}
	return "", fmt.Errorf("pid %d is in no cgroup of %s", pid, h.Controllers)
}

func enterShadow(dir string, pid int) error {
	err := writeFile(dir+"/cgroup.procs", strconv.Itoa(pid))
	if errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	return err
}

func readShadows(dir string) []string {
	list := make([]byte, 64<<10)
	n, err := unix.Getxattr(dir, shadowsAttribute, list)
	if err != nil || n == 0 {
		return nil
	}
	return strings.Split(string(list[:n]), "\n")
}

func writeShadows(dir string, shadows []string) error {
	if err := unix.Setxattr(dir, shadowsAttribute, []byte(strings.Join(shadows, "\n")), 0); err != nil {
		return &os.PathError{Op: "setxattr " + shadowsAttribute, Path: dir, Err: err}
	}
	return nil
}

// removeShadows takes those of a group away that has no members.
func removeShadows(dir string) error {
	var errs []error
	for _, s := range readShadows(dir) {
		if filepath.Base(s) == filepath.Base(dir) { // nothing else was ever written there
			errs = append(errs, removeShadow(s))
		}
	}
	return errors.Join(errs...)
}

// removeShadow puts those out who have left the job and not the shadow, as a
// privileged process can. What privileged members have made in it goes too.
func removeShadow(dir string) error {
	const rounds = 10
	below, err := subdirs(dir)
	if err != nil {
		return ignoreMissing(err)
	}
	for _, sub := range below {
		if err := removeShadow(sub); err != nil {
			return err
		}
	}
	for range rounds {
		err = rmdir(dir)
		if err == nil || gone(err) {
			return nil
		}
		for _, pid := range words(dir, "cgroup.procs") {
			_ = writeFile(filepath.Dir(dir)+"/cgroup.procs", pid)
		}
	}
	return &os.PathError{Op: "rmdir", Path: dir, Err: err}
}
