package proctree

import (
	"errors"
	"fmt"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/proctable"
	"jobobject/internal/supervisor"
)

// Group is the trees that were started in it, and in the groups below.
type Group struct {
	groups *Groups
	id     string
	place  group.Place

	// The lock of the groups guards the rest.
	made   bool
	state  group.State
	frozen bool
	past   supervisor.Ledger // of the trees that are over
	broken []error           // what is known of those that somebody may have got out of
	most   group.ProcessorTime
	peak   uint64 // of its memory, as far as that was looked at

	held     group.Limits
	keeper   *keeper
	blows    group.Blows
	watchers map[*watcher]bool
}

var _ group.Group = (*Group)(nil)

// Name has the ids of all groups around, so that it tells who is in whom.
func (g *Group) Name() string { return g.place.Ref }

// Place is the inside.
func (g *Group) Place() group.Place { return g.place }

func isFrozen(g *Group) bool { return g.frozen }

// Make begins to know the group.
func (g *Group) Make(state group.State, frozen bool) error {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	if g.groups.made[g.id] != nil {
		return fmt.Errorf("make group %s: it is there", g.Name())
	}
	g.made, g.state, g.frozen = true, state, frozen
	g.groups.made[g.id] = g
	return nil
}

// SetState tells all supervisors in the group. After an error it is what it was.
func (g *Group) SetState(state group.State) error {
	g.groups.mu.Lock()
	if !g.made {
		g.groups.mu.Unlock()
		return errNotMade
	}
	before := g.state
	g.state = state
	g.groups.mu.Unlock()
	err := g.agree()
	if err != nil {
		g.groups.mu.Lock()
		g.state = before
		g.groups.mu.Unlock()
		err = errors.Join(err, g.agree())
	}
	return err
}

func (g *Group) agree() error {
	for _, t := range g.trees() {
		if err := t.agree(); err != nil {
			return fmt.Errorf("tell the supervisor %d: %w", t.Root(), err)
		}
	}
	return nil
}

// Attach takes nobody in.
func (g *Group) Attach(target group.Target) error { return g.groups.Move(target, g.place) }

// Renew has nothing to do: what was ended is no obstacle.
func (g *Group) Renew() error { return nil }

// lastMoments is what the supervisor of a tree has to be gone when its last member
// is. Mostly it takes a millisecond.
const lastMoments = time.Second

// Remove forgets the group. The supervisors of members that have just ended may be
// about to go.
func (g *Group) Remove() error {
	patience := time.NewTimer(lastMoments)
	defer patience.Stop()
	for {
		g.groups.mu.Lock()
		if !g.made {
			g.groups.mu.Unlock()
			return nil
		}
		t, err := g.inUse()
		if t == nil && err == nil {
			defer g.groups.mu.Unlock()
			g.letGo()
			return nil
		}
		g.groups.mu.Unlock()
		if err != nil {
			return err
		}
		populated, err := g.Populated()
		if err != nil {
			return err
		}
		if populated {
			return g.populated(t)
		}
		select {
		case <-t.over:
		case <-patience.C:
			return g.populated(t)
		}
	}
}

func (g *Group) populated(t *tree) error {
	return fmt.Errorf("remove group %s: supervisor %d: %w", g.Name(), t.Root(), group.ErrPopulated)
}

// inUse is a tree in the group, or the error that there is a group below it. The lock
// is held.
func (g *Group) inUse() (*tree, error) {
	for _, other := range g.groups.made {
		if other != g && other.place.In(g.id) {
			return nil, fmt.Errorf("remove group %s: %s: %w", g.Name(), other.Name(), group.ErrPopulated)
		}
	}
	for s := range g.groups.starting {
		if s.isIn(g.id) {
			return nil, fmt.Errorf("remove group %s: somebody is being started: %w", g.Name(), group.ErrPopulated)
		}
	}
	for t := range g.groups.trees {
		if t.isIn(g.id) {
			return t, nil
		}
	}
	return nil, nil
}

// Release stops what this process does for a group that stays.
func (g *Group) Release() {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	g.letGo()
}

func (g *Group) letGo() {
	g.made = false
	delete(g.groups.made, g.id)
	g.dropKeeper()
}

func exited(id proctable.Identity) error {
	return fmt.Errorf("pid %d: %w", id.Pid, kernel.ErrProcessExited)
}

func ignoreExited(err error) error {
	if errors.Is(err, kernel.ErrProcessExited) {
		return nil
	}
	return err
}
