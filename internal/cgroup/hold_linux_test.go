package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/member"
	"jobobject/internal/testkit"
)

// held makes a group with limits, and skips the test where this host cannot hold
// them.
func held(t *testing.T, limits group.Limits) *Group {
	t.Helper()
	requireHands(t, limits)
	g := newGroup(t, group.State{KillOnClose: true})
	if err := g.Hold(limits); err != nil {
		t.Fatalf("hold what can be held: %v", err)
	}
	return g
}

func requireHands(t *testing.T, limits group.Limits) {
	t.Helper()
	groups := newGroups(t)
	for _, c := range controls() {
		if !c.wanted(limits) {
			continue
		}
		testkit.RequireGround(t, c.v1)
		v1, err := groups.hands(c)
		if err == nil && v1 == nil { // also of what Hold would do without
			err = c.canHandDown(groups.ground())
		}
		if err != nil {
			t.Skip(err)
		}
	}
	if err := groups.CanHold(limits); err != nil {
		t.Skip(err)
	}
}

var everything = map[string]group.Limits{
	"memory":     {Memory: 64 << 20},
	"processors": {CPURate: 0.5},
	"weight":     {CPUWeight: 9},
	"share":      {CPUShare: 0.5},
	"priority":   {Priority: kernel.BelowNormalPriority},
	"affinity":   {Processors: 1},
	"tasks":      {Tasks: 100},
	"least":      {CPUMinRate: 0.5},
}

func TestAMemberOfAHeldGroupIsThereFromItsFirstInstructionAndSoAreItsChildren(t *testing.T) {
	for name, limits := range everything {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			g := held(t, limits)
			cmd := testkit.FixtureCommand(t, "fork-exit")
			testkit.Nonce(t, cmd)
			output := testkit.Start(t, cmd, func() error { return startIn(t, g, cmd) })
			output.AwaitReady(t)
			members, err := g.Members()
			if err != nil || len(members) == 0 {
				t.Fatalf("members %v, %v", members, err)
			}
			for _, pid := range members {
				if pid != cmd.Process.Pid { // which has exited, or is about to
					requireInShadows(t, g, pid)
				}
			}
		})
	}
}

// requireInShadows shows that a process is in every v1 group that the group has.
func requireInShadows(t *testing.T, g *Group, pid int) {
	t.Helper()
	for controller := range g.shadows {
		at := testkit.ShadowOf(t, pid, controller)
		if !testkit.Alive(pid) {
			return // the dead are in the root of a v1 hierarchy
		}
		if !strings.HasSuffix(at, "/"+filepath.Base(g.dir)) {
			t.Errorf("process %d is in the %s group %s, not in that of %s", pid, controller, at, g.dir)
		}
	}
}

func TestPresentMembersComeUnderALimitThatIsSetLater(t *testing.T) {
	for name, limits := range everything {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			requireHands(t, limits)
			g := newGroup(t, group.State{KillOnClose: true})
			main, others := joined(t, g, "tree", "2", "3")
			if err := g.Hold(limits); err != nil {
				t.Fatal(err)
			}
			for _, pid := range append(others, main) {
				requireInShadows(t, g, pid)
			}
		})
	}
}

func TestAnAttachedProcessComesUnderTheLimitsAndLeavesThemWithTheGroup(t *testing.T) {
	testkit.NoLeaks(t)
	g := held(t, group.Limits{CPUWeight: 1})
	stranger := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, stranger, nil)
	pid := stranger.Process.Pid
	before := testkit.ShadowOf(t, pid, "cpu")
	target, err := g.groups.Find(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	if err := g.Attach(target); err != nil {
		t.Fatal(err)
	}
	requireInShadows(t, g, pid)

	top, err := g.groups.Top()
	if err != nil {
		t.Fatal(err)
	}
	if err := g.groups.Move(target, top); err != nil {
		t.Fatal(err)
	}
	if after := testkit.ShadowOf(t, pid, "cpu"); after != before {
		t.Errorf("outside again it is in the cpu group %s, was in %s", after, before)
	}
}

func TestAProcessThatCannotBeAttachedStaysWhereItWas(t *testing.T) {
	testkit.NoLeaks(t)
	g := held(t, group.Limits{CPUWeight: 1})
	stranger := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, stranger, nil)
	pid := stranger.Process.Pid
	before := testkit.ShadowOf(t, pid, "cpu")
	target, err := g.groups.Find(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	if err := (tree{g.leafDir()}).remove(); err != nil { // so that the kernel has no place for it
		t.Fatal(err)
	}
	if err := g.Attach(target); err == nil {
		t.Fatal("it was attached to a group without a leaf")
	}
	if after := testkit.ShadowOf(t, pid, "cpu"); after != before {
		t.Errorf("it is in the cpu group %s, was in %s", after, before)
	}
}

func TestMembersOfAGroupBelowAreUnderTheLimitsAround(t *testing.T) {
	for name, limits := range everything {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			outer := held(t, limits)
			inner := madeGroup(t, planned(t, outer.groups, outer.Place()), group.State{})
			main, _ := joined(t, inner, "sleep")
			requireInShadows(t, outer, main)
			if err := inner.Hold(limits); err != nil {
				t.Fatal(err)
			}
			requireInShadows(t, inner, main)
			another, _ := joined(t, inner, "sleep")
			requireInShadows(t, inner, another)
		})
	}
}

// The other way round it would have to be moved, which a v1 hierarchy cannot.
func TestAnOuterGroupIsHeldFirst(t *testing.T) {
	testkit.NoLeaks(t)
	limits := group.Limits{CPUWeight: 1}
	requireHands(t, limits)
	outer := newGroup(t, group.State{})
	inner := madeGroup(t, planned(t, outer.groups, outer.Place()), group.State{})
	if err := inner.Hold(limits); err != nil {
		t.Fatal(err)
	}
	if len(inner.shadows) == 0 {
		t.Skip("cgroup v2 has the controller")
	}
	if err := outer.Hold(limits); !errors.Is(err, kernel.ErrNotSupported) {
		t.Errorf("hold: %v", err)
	}
}

func TestAGroupWithoutLimitsHasNoShadows(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	main, _ := joined(t, g, "sleep")
	for _, controller := range []string{"memory", "cpu", "pids"} {
		if at := testkit.ShadowOf(t, main, controller); len(groupsOn(at)) > 0 {
			t.Errorf("its member is in the %s group %s", controller, at)
		}
	}
}

// C62. How much less than its cap a group gets depends on who else is there.
func TestACapOnProcessorsHolds(t *testing.T) {
	testkit.NoLeaks(t)
	g := held(t, group.Limits{CPURate: 0.25})
	for range 2 * member.Processors() {
		joined(t, g, "spin")
	}
	before, begun := processorTime(g), time.Now()
	<-time.After(2 * time.Second)
	used, wall := processorTime(g)-before, time.Since(begun)
	want := time.Duration(float64(wall) * 0.25 * float64(member.Processors()))
	if used < want/4 || used > want*115/100 {
		t.Errorf("used %v in %v, want %v", used, wall, want)
	}
}

func processorTime(g *Group) time.Duration {
	used, _ := g.ProcessorTime() // where it cannot be read nothing was used
	return used.All
}

func TestLimitsAreReplacedAndDropped(t *testing.T) {
	testkit.NoLeaks(t)
	g := held(t, group.Limits{CPURate: 0.5, Tasks: 77})
	dirOf := func(controller string) string {
		if s := g.shadows[controller]; s != nil {
			return s.dir
		}
		return g.dir
	}
	read := func(dir, name string) string {
		content, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(content))
	}
	if got := read(dirOf("pids"), "pids.max"); got != "77" {
		t.Errorf("pids.max is %s", got)
	}
	if err := g.Hold(group.Limits{CPURate: 0.001}); err != nil {
		t.Fatal(err)
	}
	if got := read(dirOf("pids"), "pids.max"); got != "max" {
		t.Errorf("pids.max is %s", got)
	}
	quota, period := quotaOf(0.001)
	if g.shadows["cpu"] != nil {
		if got := read(dirOf("cpu"), "cpu.cfs_quota_us") + " " + read(dirOf("cpu"), "cpu.cfs_period_us"); got != strconv.Itoa(quota)+" "+strconv.Itoa(period) {
			t.Errorf("quota and period are %s", got)
		}
	} else if got := read(g.dir, "cpu.max"); got != strconv.Itoa(quota)+" "+strconv.Itoa(period) {
		t.Errorf("cpu.max is %s", got)
	}
	if err := g.Hold(group.Limits{}); err != nil {
		t.Fatal(err)
	}
	if s := g.shadows["cpu"]; s != nil && read(s.dir, "cpu.cfs_quota_us") != "-1" {
		t.Error("the cap was not dropped")
	}
}

func TestAQuotaIsNeverLessThanTheKernelDealsOut(t *testing.T) {
	n := float64(member.Processors())
	for rate, want := range map[float64][2]int{
		1:             {int(n * cpuPeriod), cpuPeriod},
		0.5 / n:       {50_000, cpuPeriod},
		0.01 / n:      {1_000, cpuPeriod},
		0.005 / n:     {5_000, longCPUPeriod},
		0.0000001 / n: {1_000, longCPUPeriod},
	} {
		if quota, period := quotaOf(rate); quota != want[0] || period != want[1] {
			t.Errorf("of %v of all processors: %d in %d, want %v", rate, quota, period, want)
		}
	}
}

func TestUserTimesAreThoseOfEachMember(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{KillOnClose: true})
	spinner, _ := joined(t, g, "spin")
	sleeper, _ := joined(t, g, "sleep")
	testkit.Within(t, soon, "the spinner spins and the sleeper sleeps", func() bool {
		times, err := g.UserTimes()
		if err != nil {
			t.Fatal(err)
		}
		return times[spinner] >= 100*time.Millisecond && times[sleeper] < 50*time.Millisecond && len(times) == 2
	})
}

func TestAListOfProcessorsIsWritten(t *testing.T) {
	for mask, want := range map[uint64]string{0: "", 1: "0", 0b1101: "0,2,3", 1 << 63: "63"} {
		if got := listOf(mask); got != want {
			t.Errorf("%b is %q, want %q", mask, got, want)
		}
	}
}

// LIM-34: more than the directory around it has is what that has.
func TestAProcessorThatTheGroupAroundDoesNotHaveIsLeftOut(t *testing.T) {
	testkit.NoLeaks(t)
	if member.Processors() < 2 {
		t.Skip("there is one processor for everybody")
	}
	outer := held(t, group.Limits{Processors: 1})
	inner := madeGroup(t, planned(t, outer.groups, outer.Place()), group.State{})
	if err := inner.Hold(group.Limits{Processors: 3}); err != nil {
		t.Fatal(err)
	}
	main, _ := joined(t, inner, "sleep")
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(main, &set); err != nil {
		t.Fatal(err)
	}
	if set.Count() != 1 || !set.IsSet(0) {
		t.Errorf("a member may run on %d processors", set.Count())
	}
}

// CPU-07: of two processors half a one is a quarter. Ten groups that want them all
// leave an eleventh much less without it.
func TestCPU07_a_group_has_its_least_rate_when_others_want_the_processors(t *testing.T) {
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	const others = 10
	least := 0.5 / float64(member.Processors())
	g := held(t, group.Limits{CPUMinRate: least})
	for range others {
		other := held(t, group.Limits{CPUWeight: 5})
		for range member.Processors() {
			joined(t, other, "spin")
		}
	}
	joined(t, g, "spin")
	used := func() float64 {
		before, begun := processorTime(g), time.Now()
		<-time.After(2 * time.Second)
		return float64(processorTime(g)-before) / float64(time.Since(begun))
	}
	if got := used(); got < 0.5*0.9 {
		t.Errorf("it had %.2f processors, want 0.5", got)
	} else {
		t.Logf("it had %.2f processors", got)
	}
	if err := g.Hold(group.Limits{CPUWeight: 5}); err != nil {
		t.Fatal(err)
	}
	if got := used(); got > 0.45 {
		t.Errorf("it had %.2f processors without a least rate, so the test shows nothing", got)
	}
}

func TestALeastRateWeighsAsManyUsualGroupsAsItHasPercent(t *testing.T) {
	for _, c := range []struct {
		limits group.Limits
		want   string
	}{
		{group.Limits{}, "100"},
		{group.Limits{CPUWeight: 9}, "180"},
		{group.Limits{CPUMinRate: 0.25}, "2500"},
		{group.Limits{CPUMinRate: 0.25, CPUShare: 0.5}, "1250"},
		{group.Limits{CPUMinRate: 1}, "10000"}, // the highest that there is
		{group.Limits{CPUMinRate: 0.0001}, "100"},
	} {
		if got := (weights{100, 1, 10_000}).weighed(c.limits); got != c.want {
			t.Errorf("%+v weighs %s, want %s", c.limits, got, c.want)
		}
	}
}
