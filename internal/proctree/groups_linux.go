package proctree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"jobobject/internal/child"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/lookout"
	"jobobject/internal/member"
	"jobobject/internal/proctable"
)

// Groups makes groups of trees that this process starts.
type Groups struct {
	member.Host
	lookout lookout.Lookout // for those who sample

	mu       sync.Mutex
	made     map[string]*Group // by id, those that are there
	trees    map[*tree]bool    // in which somebody lives, or did a moment ago
	recent   []*tree           // those that are over, the latest at the end
	starting map[*start]bool
	changed  chan struct{} // closed and replaced when a tree comes or goes
	// stopped are the processes that were stopped as a group was frozen; false is one
	// that somebody else had stopped before.
	stopped map[proctable.Identity]bool

	register register // has a lock of its own, which is taken first
}

var _ group.Groups = (*Groups)(nil)

const feature = "jobs without cgroups"

// New finds out whether processes can be kept together without cgroups. It fails with
// kernel.ErrNotSupported where this process cannot see who is below it.
func New() (*Groups, error) {
	if err := seesItself(); err != nil {
		return nil, &kernel.NotSupportedError{
			Feature: feature, Cause: err,
			Remedy: "mount a proc file system of this process's own pid namespace (mount -t proc proc /proc)",
		}
	}
	gs := &Groups{
		made: map[string]*Group{}, trees: map[*tree]bool{}, starting: map[*start]bool{},
		changed: make(chan struct{}), stopped: map[proctable.Identity]bool{},
	}
	gs.lookout.Where = gs.where
	return gs, nil
}

// seesItself makes sure that /proc is there, and that of this pid namespace.
func seesItself() error {
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return err
	}
	if self != strconv.Itoa(os.Getpid()) {
		return fmt.Errorf("/proc is of another pid namespace: this process is %d, and %s there", os.Getpid(), self)
	}
	if own, found := proctable.Look(os.Getpid()); !found || own.Parent != os.Getppid() {
		return fmt.Errorf("/proc/%s/stat does not tell the parent", self)
	}
	return nil
}

// cannotMove is what cannot be had without cgroups at all.
func cannotMove() error {
	return &kernel.NotSupportedError{
		Feature: "taking a process into a job, or out of one",
		Cause:   errors.New("there are no cgroups here, and a process stays below those that it was born below"),
		Remedy:  "start it in its job; or " + makeCgroups,
	}
}

const makeCgroups = "have jobs made in cgroups: run as root, or in a cgroup that is delegated to you (systemd-run --user --scope -p Delegate=yes)"

// CanMove says why not.
func (gs *Groups) CanMove() error { return cannotMove() }

// Move takes nobody anywhere.
func (gs *Groups) Move(target group.Target, _ group.Place) error {
	return fmt.Errorf("move pid %d: %w", target.Pid(), cannotMove())
}

// StartAt starts a process where this one is.
func (gs *Groups) StartAt(place group.Place, cmd *exec.Cmd, suspended bool) (group.Child, error) {
	own, err := gs.PlaceOf(0)
	if err != nil {
		return nil, err
	}
	if !place.Same(own) {
		return nil, fmt.Errorf("start %s outside: %w", cmd.Path, cannotMove())
	}
	c, err := child.Start(cmd, child.Here, suspended)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Plan names a group. Nothing is made of it in the system.
func (gs *Groups) Plan(id string, at group.Place) (group.Group, error) {
	own, err := gs.PlaceOf(0)
	if err != nil {
		return nil, err
	}
	if !at.Within(own) {
		return nil, fmt.Errorf("plan a group at %s: %w", at.Ref, cannotMove())
	}
	return &Group{groups: gs, id: id, place: below(at, id)}, nil
}

// ReadMeter reads what Meter names.
func (gs *Groups) ReadMeter(name string) (time.Duration, error) {
	gs.mu.Lock()
	g := gs.named(name)
	gs.mu.Unlock()
	if g == nil {
		return 0, fmt.Errorf("read the processor time of %s: there is no such group", name)
	}
	used, err := g.ProcessorTime()
	return used.All, err
}

// What follows is called with the lock held.

// named is the group that has been made with that name, if any.
func (gs *Groups) named(name string) *Group {
	for _, g := range gs.made {
		if g.Name() == name {
			return g
		}
	}
	return nil
}

// around are the groups of this process among those ids, the innermost first.
func (gs *Groups) around(jobs []string) (groups []*Group) {
	for i := len(jobs) - 1; i >= 0; i-- {
		if g := gs.made[jobs[i]]; g != nil {
			groups = append(groups, g)
		}
	}
	return groups
}

// any tells whether one of them is so.
func (gs *Groups) any(jobs []string, so func(*Group) bool) bool {
	for _, g := range gs.around(jobs) {
		if so(g) {
			return true
		}
	}
	return false
}

func (gs *Groups) change() {
	close(gs.changed)
	gs.changed = make(chan struct{})
}

// await waits for a tree to come or to go, once the lock is given back; it is held
// again afterwards. It is false when the context ends.
func (gs *Groups) await(ctx context.Context) bool {
	changed := gs.changed
	gs.mu.Unlock()
	defer gs.mu.Lock()
	select {
	case <-changed:
		return true
	case <-ctx.Done():
		return false
	}
}
