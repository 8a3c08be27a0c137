package proctree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/member"
	"jobobject/internal/proctable"
)

// Members are the live processes, the oldest first.
func (g *Group) Members() ([]int, error) {
	return pidsOf(g.lookAtMembers())
}

// glance is Members for those who look again and again.
func (g *Group) glance() ([]int, error) { return pidsOf(g.glanceAtMembers()) }

func pidsOf(members []proctable.Process, err error) (pids []int, _ error) {
	for _, p := range members {
		pids = append(pids, p.Pid)
	}
	return pids, err
}

// Count counts them.
func (g *Group) Count() (int, error) {
	members, err := g.lookAtMembers()
	return len(members), err
}

// Populated tells whether there are any.
func (g *Group) Populated() (bool, error) {
	n, err := g.Count()
	return n > 0, err
}

// Signal reaches every member once, also those that are born while it is under way:
// it goes on until a look finds nobody new.
func (g *Group) Signal(sig os.Signal) error {
	number, ok := sig.(syscall.Signal)
	if !ok {
		return fmt.Errorf("signal %v: %w", sig, errors.ErrUnsupported)
	}
	reached := map[proctable.Identity]bool{}
	var errs []error
	for again := true; again; {
		again = false
		members, err := g.lookAtMembers()
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, p := range members {
			if reached[p.Identity] {
				continue
			}
			reached[p.Identity], again = true, true
			if err := ignoreExited(signalOne(p.Identity, number)); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// UserTimes are those of the members.
func (g *Group) UserTimes() (map[int]time.Duration, error) {
	members, err := g.glanceAtMembers()
	if err != nil {
		return nil, err
	}
	times := make(map[int]time.Duration, len(members))
	for _, p := range members {
		times[p.Pid] = p.User
	}
	return times, nil
}

// Memories reads what is anonymous, shared or swapped out.
func (g *Group) Memories() (map[int]uint64, error) { return meter(g, member.Memory) }

// Transfers reads what each process has read and written; that of other users'
// processes only root may.
func (g *Group) Transfers() (map[int]group.Transfer, error) { return meter(g, member.Transfers) }

// meter reads something of each member. Who has ended meanwhile is left out.
func meter[T any](g *Group, read func(pid int) (T, bool)) (map[int]T, error) {
	members, err := g.glanceAtMembers()
	if err != nil {
		return nil, err
	}
	values := make(map[int]T, len(members))
	for _, p := range members {
		if value, found := read(p.Pid); found {
			values[p.Pid] = value
		}
	}
	return values, nil
}

// Throttling is never told: no rate can be held.
func (g *Group) Throttling() (group.Throttling, error) {
	return group.Throttling{}, fmt.Errorf("read how often members of %s are stopped: %w", g.Name(), cannotHold("CPURate"))
}

// Sample looks at the members when one has been born, and waits while there are none.
func (g *Group) Sample(seen func(pids []int) (settled bool)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	go g.sample(ctx, seen)
	return cancel
}

func (g *Group) sample(ctx context.Context, seen func(pids []int) bool) {
	for g.awaitTrees(ctx) && g.groups.lookout.SampleUntilEmpty(ctx, g.id, g.glance, seen) {
		// The supervisor of the last member has to go now, or somebody comes, or the
		// look has missed one.
		short, cancel := context.WithTimeout(ctx, pace)
		g.groups.mu.Lock()
		if g.hasTrees() {
			g.groups.await(short)
		}
		g.groups.mu.Unlock()
		cancel()
	}
}

// awaitTrees waits until something has been started in the group.
func (g *Group) awaitTrees(ctx context.Context) bool {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	for !g.hasTrees() {
		if !g.groups.await(ctx) {
			return false
		}
	}
	return true
}

// hasTrees is called with the lock held.
func (g *Group) hasTrees() bool {
	for t := range g.groups.trees {
		if t.isIn(g.id) {
			return true
		}
	}
	return false
}
