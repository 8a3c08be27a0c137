package cgroup

import (
	"context"
	"os"
	"slices"
	"time"
)

// A populated group is looked at by Sample more often when its members change, and
// more rarely when they do not.
const (
	sampleInterval     = 2 * time.Millisecond
	idleSampleInterval = 16 * time.Millisecond
)

// Sample looks at the members as long as there are some, and sleeps in the kernel
// while there are none.
func (g *Group) Sample(seen func(pids []int)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	go g.sample(ctx, seen)
	return cancel
}

func (g *Group) sample(ctx context.Context, seen func(pids []int)) {
	events, err := openEvents(g.dir)
	if err != nil {
		return // it has been removed
	}
	defer events.close()
	pause := sampleInterval
	tick := time.NewTimer(pause)
	defer tick.Stop()
	for last := []int(nil); ; {
		if err := events.await(ctx, func(c condition) bool { return c.populated }); err != nil {
			return
		}
		pids, err := g.glance()
		if err != nil {
			return
		}
		seen(pids)
		if pause = min(2*pause, idleSampleInterval); !slices.Equal(pids, last) {
			pause = sampleInterval
		}
		last = pids
		tick.Reset(pause)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// glance lists the members in a tenth of the time where all are in the leaf, as
// they mostly are.
func (g *Group) glance() ([]int, error) {
	if g.hasOnlyItsLeaf() && links(g.leafDir()) == 2 {
		if content, err := os.ReadFile(g.leafDir() + "/cgroup.procs"); err == nil {
			return appendPids(nil, content), nil
		}
	}
	return g.members()
}
