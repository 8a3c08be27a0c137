package cgroup

import (
	"context"
	"slices"
	"time"

	"jobobject/internal/member"
)

// A group is looked at by Sample more often when its members change or have not
// settled, and ever more rarely when they do not; in the end only when one is born.
const (
	sampleInterval     = 2 * time.Millisecond
	idleSampleInterval = 16 * time.Millisecond
	// mostBirth is what a birth may take, on a machine that is busy otherwise, from
	// when it shows in the number that was given last until it shows in the group.
	mostBirth = time.Second
)

// Sample looks at the members when one has been born, and sleeps in the kernel while
// there are none.
func (g *Group) Sample(seen func(pids []int) (settled bool)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	go g.sample(ctx, seen)
	return cancel
}

func (g *Group) sample(ctx context.Context, seen func(pids []int) bool) {
	events, err := openEvents(g.dir)
	if err != nil {
		return // it has been removed
	}
	defer events.close()
	for {
		if err := events.await(ctx, func(c condition) bool { return c.populated }); err != nil {
			return
		}
		if !g.sampleUntilEmpty(ctx, seen) {
			return
		}
	}
}

// sampleUntilEmpty tells whether the group is still there.
func (g *Group) sampleUntilEmpty(ctx context.Context, seen func(pids []int) bool) bool {
	births, leave := g.groups.lookout.join(g.id())
	defer leave()
	timer := time.NewTimer(0)
	defer timer.Stop()
	pause, born := sampleInterval, time.Now()
	for last := []int(nil); ; {
		pids, err := g.glance()
		if err != nil {
			return false
		}
		if len(pids) == 0 {
			return true
		}
		if pause *= 2; !slices.Equal(pids, last) {
			pause = sampleInterval
		}
		last = pids
		switch settled := seen(pids); {
		case !settled:
			pause = min(pause, idleSampleInterval)
			timer.Reset(pause)
		case time.Since(born) < mostBirth:
			timer.Reset(pause)
		default:
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			return false
		case why := <-births:
			if pause = sampleInterval; why == somebodyBorn {
				born = time.Now()
			}
		case <-timer.C:
		}
	}
}

// id is what the group is called on the paths of its members.
func (g *Group) id() string { return g.place.Jobs[len(g.place.Jobs)-1] }

// glance lists the members in a tenth of the time where all are in the leaf, as
// they mostly are. A privileged one may have moved to the directory around it.
func (g *Group) glance() ([]int, error) {
	if g.hasOnlyItsLeaf() && links(g.leafDir()) == 2 {
		content, err := member.ReadMadeUp(g.leafDir() + "/cgroup.procs")
		around, aroundErr := member.ReadMadeUp(g.dir + "/cgroup.procs")
		if err == nil && aroundErr == nil {
			return appendPids(appendPids(nil, content), around), nil
		}
	}
	return g.members()
}
