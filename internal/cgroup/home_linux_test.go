package cgroup

import (
	"os"
	"path/filepath"
	"testing"

	"jobobject/internal/group"
	"jobobject/internal/testkit"
)

// A cgroup of version 2 with processes cannot hand controllers down. This process
// makes way where that is its own cgroup and nobody else's.
func TestThisProcessMakesWayForControllersInACgroupOfItsOwn(t *testing.T) {
	testkit.NoLeaks(t)
	limits := group.Limits{Memory: 64 << 20}
	groups := newGroups(t)
	if isRoot(groups.ground()) || groups.CanHold(limits) != nil {
		t.Skip("it is not in a cgroup of its own that has controllers")
	}
	if v1, _ := groups.hands(controls()[0]); v1 != nil {
		t.Skip("the controllers are in v1 hierarchies")
	}
	child := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, child, nil)

	g := held(t, limits)
	for _, pid := range []int{os.Getpid(), child.Process.Pid} {
		if at, err := pathOf(pid); err != nil || filepath.Base(at) != hostLeaf {
			t.Errorf("process %d is in %s (%v)", pid, at, err)
		}
	}
	joined(t, g, "sleep")
	if _, known := readFigure(g.dir + "/memory.current").Get(); !known {
		t.Error("the group is not under the memory controller")
	}
	if room := newGroup(t, group.State{}); filepath.Dir(room.dir) != filepath.Dir(g.dir) {
		t.Errorf("the next group is %s, not beside %s", room.dir, g.dir)
	}
}

func TestAStrangerInTheCgroupIsNotMoved(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	if !alone(dir) {
		t.Error("an empty cgroup has somebody else in it")
	}
	if alone("/sys/fs/cgroup") && exists("/sys/fs/cgroup/cgroup.procs") {
		t.Error("all processes of the machine are this one's")
	}
	child := testkit.FixtureCommand(t, "sleep")
	testkit.InGroup(t, child, dir)
	testkit.StartReady(t, child, nil)
	if !alone(dir) {
		t.Error("a child is somebody else")
	}
	orphans := testkit.FixtureCommand(t, "daemonize")
	testkit.Nonce(t, orphans)
	testkit.InGroup(t, orphans, dir)
	testkit.StartReady(t, orphans, nil)
	testkit.Within(t, soon, "the daemon is nobody's child here", func() bool { return !alone(dir) })
	if err := makeWay(dir); err == nil {
		t.Error("it was moved")
	}
}
