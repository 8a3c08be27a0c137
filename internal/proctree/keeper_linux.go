package proctree

import (
	"context"
	"time"
)

// keeper looks after what nothing but looking holds: the memory of all members, and
// the processors that they have, which each of them may choose anew.
type keeper struct {
	stop context.CancelFunc
	wake chan struct{} // has something in it when the limits are others
}

// The keeper does not look more often than it can in a quarter of the time, however
// many processes there are.
const (
	// confinedPause is how long a member can have the processors that it has taken.
	confinedPause = 100 * time.Millisecond
	leastPause    = time.Millisecond
	mostShare     = 4
)

// wakeKeeper begins the keeper, or has it see other limits. The lock is held.
func (g *Group) wakeKeeper() {
	switch wanted := g.held.Memory != 0 || g.held.Processors != 0; {
	case !wanted:
		g.dropKeeper()
	case g.keeper == nil:
		ctx, cancel := context.WithCancel(context.Background())
		g.keeper = &keeper{stop: cancel, wake: make(chan struct{}, 1)}
		go g.keep(ctx, g.keeper)
	default:
		select {
		case g.keeper.wake <- struct{}{}:
		default:
		}
	}
}

func (g *Group) dropKeeper() {
	if g.keeper != nil {
		g.keeper.stop()
		g.keeper = nil
	}
}

// keep looks while there are trees in the group.
func (g *Group) keep(ctx context.Context, k *keeper) {
	m := &memoryKeeper{group: g}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for g.awaitTrees(ctx) {
		began := time.Now()
		pause := g.keepOnce(m)
		timer.Reset(max(pause, mostShare*time.Since(began), leastPause))
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-timer.C:
		}
	}
}

// keepOnce says when to look again.
func (g *Group) keepOnce(m *memoryKeeper) (pause time.Duration) {
	g.groups.mu.Lock()
	held := g.held
	g.groups.mu.Unlock()
	pause = confinedPause
	if held.Memory != 0 {
		pause = m.look(held)
	}
	if held.Processors != 0 && time.Since(m.confined) >= confinedPause {
		_ = g.confineAll(g.groups.glance) // whoever is left out is tried again
		m.confined = time.Now()
	}
	return min(pause, confinedPause)
}
