package cgroup

import (
	"context"
	"strings"

	"jobobject/internal/member"
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
		if !g.groups.lookout.SampleUntilEmpty(ctx, g.id(), g.glance, seen) {
			return
		}
	}
}

// where tells which groups a process is in. Whoever is being born is in the root until
// it is where it belongs.
func where(pid int) (groups []string, settled bool, err error) {
	path, err := pathOf(pid)
	return groupsOn(path), path != "/" && !strings.HasPrefix(path, "/.."), err
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
