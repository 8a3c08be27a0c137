package cgroup

import (
	"context"
	"time"
)

// sampleInterval is how often a populated group is looked at by Sample: reading a
// list of members takes some microseconds.
const sampleInterval = 2 * time.Millisecond

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
	tick := time.NewTicker(sampleInterval)
	defer tick.Stop()
	for {
		if err := events.await(ctx, func(c condition) bool { return c.populated }); err != nil {
			return
		}
		pids, err := g.members()
		if err != nil {
			return
		}
		seen(pids)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
