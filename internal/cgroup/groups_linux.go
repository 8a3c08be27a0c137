package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/lookout"
	"jobobject/internal/member"
)

// Groups makes groups below the cgroup of this process.
type Groups struct {
	member.Host
	v2    cgroupfs.Hierarchy
	sweep sync.Once

	v1 func() ([]cgroupfs.Hierarchy, error) // of the controllers that limits need
	// shadowed tells that a process which this one starts or moves may have to be
	// put somewhere else in a v1 hierarchy. Elsewhere nothing is done about them.
	shadowed atomic.Bool
	casts    atomic.Uint64 // how many shadows this process has made

	accounting func() string   // the root of the v1 hierarchy for that, if any
	lookout    lookout.Lookout // for those who sample
}

var errNoMount = errors.New("no cgroup2 mount shows the cgroup of this process")

// New finds the place of this process. It fails with kernel.ErrNotSupported where
// there is no cgroup v2.
func New() (*Groups, error) {
	v2, v1Paths, err := cgroupfs.ReadOwnV2()
	if err == nil && v2.OwnDir == "" {
		err = errNoMount
	}
	if err != nil {
		return nil, &kernel.NotSupportedError{
			Feature: "jobs", Cause: err,
			Remedy: "mount a cgroup2 file system that shows this process (mount -t cgroup2 none /sys/fs/cgroup)",
		}
	}
	g := &Groups{v2: v2, v1: sync.OnceValues(v1Hierarchies), accounting: sync.OnceValue(accountingRoot)}
	g.lookout.Where = where
	// In the v1 directory of a group: what this process starts outside of that group
	// would be there too.
	inShadow := func(path string) bool { return strings.Contains(path, "/"+groupPrefix) }
	g.shadowed.Store(slices.ContainsFunc(v1Paths, inShadow))
	return g, nil
}

// v1Hierarchies are those with the controllers that limits need, where they are v1.
func v1Hierarchies() ([]cgroupfs.Hierarchy, error) {
	all, err := cgroupfs.ReadOwn()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all.V1, func(h cgroupfs.Hierarchy) bool {
		return !slices.ContainsFunc(controls(), func(c control) bool { return slices.Contains(h.Controllers, c.v1) })
	}), nil
}

// Home is the directory of the cgroup that this process was in when g was made.
func (g *Groups) Home() string { return g.v2.OwnDir }

// CanMove is nil: the kernel moves them.
func (g *Groups) CanMove() error { return nil }

// PlaceOf tells where a process is, a zombie too.
func (g *Groups) PlaceOf(pid int) (group.Place, error) {
	path, err := pathOf(pid)
	if err != nil {
		return group.Place{}, err
	}
	return placeAt(path), nil
}

func placeAt(path string) group.Place { return group.Place{Jobs: groupsOn(path), Ref: path} }

// pathOf reads the cgroup2 path of a process; 0 is the caller.
func pathOf(pid int) (string, error) {
	name := "self"
	if pid != 0 {
		name = strconv.Itoa(pid)
	}
	content, err := member.ReadMadeUp("/proc/" + name + "/cgroup")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return "", fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
	}
	if err != nil {
		return "", fmt.Errorf("find cgroup of pid %d: %w", pid, err)
	}
	for line := range strings.Lines(string(content)) {
		if path, found := strings.CutPrefix(line, "0::"); found {
			// A zombie keeps the path of a directory that has been removed.
			return strings.TrimSuffix(strings.TrimSuffix(path, "\n"), " (deleted)"), nil
		}
	}
	return "", fmt.Errorf("find cgroup of pid %d: %w", pid, errNoMount)
}

// Top is outside of all groups that this process is in.
func (g *Groups) Top() (group.Place, error) {
	own, err := g.PlaceOf(0)
	if err != nil {
		return group.Place{}, err
	}
	return g.Outside(own, len(own.Jobs))
}

// Outside leaves the innermost groups of a place.
func (g *Groups) Outside(place group.Place, leave int) (group.Place, error) {
	if leave <= 0 {
		return place, nil
	}
	return placeAt(upTo(place.Ref, len(place.Jobs)-leave)), nil
}

// States reads what the groups around a place carry with them.
func (g *Groups) States(place group.Place) ([]group.State, error) {
	states := make([]group.State, 0, len(place.Jobs))
	for n := range place.Jobs {
		dir, err := g.dirOf(upTo(place.Ref, n+1))
		if err != nil {
			return nil, err
		}
		state, err := readState(dir)
		if err != nil {
			return nil, err
		}
		states = append(states, state)
	}
	return states, nil
}

// Plan chooses the directory of a group. The first plan of a process sweeps up
// what dead owners have left there.
func (g *Groups) Plan(id string, at group.Place) (group.Group, error) {
	dir, err := g.dirOf(at.Ref)
	if err != nil {
		return nil, err
	}
	room := roomIn(dir)
	g.sweep.Do(func() { sweep(room) })
	inside := placeAt(strings.TrimSuffix(roomIn(at.Ref), "/") + "/" + groupPrefix + id + "/" + leafName)
	return &Group{
		groups: g,
		tree:   tree{room + "/" + groupPrefix + id},
		place:  inside,
	}, nil
}

// dirOf is the directory of a cgroup path, as this process sees it.
func (g *Groups) dirOf(path string) (string, error) {
	dir, shown := g.v2.DirOf(path)
	if !shown {
		return "", fmt.Errorf("cgroup %s: %w", path, errNoMount)
	}
	return dir, nil
}

// CanTrim looks at the groups around as well: they may keep their members from being
// swapped out.
func (g *Groups) CanTrim() error {
	if err := g.Host.CanTrim(); err != nil {
		return err
	}
	for dir := g.ground(); exists(dir + "/cgroup.procs"); dir = filepath.Dir(dir) {
		if most := words(dir, "memory.swap.max"); len(most) == 1 && most[0] == "0" {
			return &kernel.NotSupportedError{
				Feature: "MaxWorkingSet",
				Cause:   fmt.Errorf("%s/memory.swap.max is 0, so that memory without a file cannot be paged out", dir),
				Remedy:  "raise it",
			}
		}
	}
	return nil
}
