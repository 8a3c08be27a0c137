package proctree

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/proctable"
	"jobobject/internal/testkit"
)

func TestMembersAreAllThatAreBelowAndNoSupervisors(t *testing.T) { // QRY-12
	testkit.NoLeaks(t)
	g := newGroup(t)
	pids := joined(t, g, "tree", "3", "2")
	got := members(t, g)
	if got[0] != pids[0] {
		t.Errorf("the oldest is %d, want %d", got[0], pids[0])
	}
	slices.Sort(pids)
	slices.Sort(got)
	if !slices.Equal(slices.Compact(pids), got) {
		t.Errorf("members are %v, want %v", got, pids)
	}
	for _, pid := range got {
		place, err := g.groups.PlaceOf(pid)
		if err != nil || !place.Same(g.Place()) {
			t.Errorf("%d is at %v (%v)", pid, place, err)
		}
	}
	if n, err := g.Count(); err != nil || n != len(got) {
		t.Errorf("%d are counted (%v)", n, err)
	}
	if own, err := g.groups.PlaceOf(0); err != nil || own.In(g.id) {
		t.Errorf("this process is at %v (%v)", own, err)
	}
}

// C02, C03, C04, C05, C17: whatever they do to get away.
func TestEndEndsWhateverTheyDo(t *testing.T) {
	testkit.NoLeaks(t)
	for _, verb := range []string{
		"tree 3 3", "daemonize", "ignore-all", "dead-leader", "stop", "vfork-hang", "ptrace-child", "subreaper", "zombies 5", "thread-exec",
	} {
		g := newGroup(t)
		cmd := testkit.FixtureCommand(t, strings.Fields(verb)...)
		nonce := testkit.Nonce(t, cmd)
		joinedAs(t, g, cmd)
		if n, err := g.Count(); err != nil || n == 0 {
			t.Errorf("%s: %d members (%v)", verb, n, err)
		}
		if err := g.End(soon, notStarting); err != nil {
			t.Errorf("%s: %v", verb, err)
		}
		if left := testkit.WithNonce(nonce); len(left) > 0 {
			t.Errorf("%s: %v are left", verb, left)
		}
		if populated, err := g.Populated(); err != nil || populated {
			t.Errorf("%s: populated %v (%v)", verb, populated, err)
		}
		must(t, g.WaitEmpty(t.Context()))
		must(t, g.Remove())
	}
}

func TestDaemonsThatHaveForkedTwiceAreMembers(t *testing.T) { // C02
	testkit.NoLeaks(t)
	g := newGroup(t)
	cmd := testkit.FixtureCommand(t, "daemonize")
	nonce := testkit.Nonce(t, cmd)
	c, err := startIn(t, g, cmd)
	must(t, err)
	if _, err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	daemons := testkit.WithNonce(nonce)
	if got := members(t, g); !slices.Equal(got, daemons) || len(got) != 1 {
		t.Errorf("members are %v, want %v", got, daemons)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := g.WaitEmpty(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it is empty: %v", err)
	}
}

func TestZombiesAreNoMembersAndDeadLeadersAre(t *testing.T) { // C04, C17
	testkit.NoLeaks(t)
	g := newGroup(t)
	zombies := joined(t, g, "zombies", "3")
	leader := joined(t, g, "dead-leader")
	if got, want := members(t, g), []int{zombies[0], leader[0]}; !slices.Equal(got, want) {
		t.Errorf("members are %v, want %v", got, want)
	}
	for _, zombie := range zombies[1:] {
		if place, err := g.groups.PlaceOf(zombie); err != nil || !place.In(g.id) {
			t.Errorf("the zombie %d is at %v (%v)", zombie, place, err)
		}
	}
}

func TestEndConvergesAgainstAForkBombWithoutALimit(t *testing.T) { // C12
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	testkit.Watchdog(t, 2*time.Minute)
	for range 3 {
		g := newGroup(t)
		cmd := testkit.FixtureCommand(t, "bomb")
		nonce := testkit.Nonce(t, cmd)
		_, err := startIn(t, g, cmd)
		must(t, err)
		testkit.Within(t, soon, "the bomb has grown", func() bool { return len(members(t, g)) > 200 })
		began := time.Now()
		must(t, g.End(soon, notStarting))
		t.Logf("ended in %v", time.Since(began))
		if left := testkit.WithNonce(nonce); len(left) > 0 {
			t.Errorf("%d are left", len(left))
		}
	}
}

func TestGroupsNest(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newGroup(t)
	inner := nested(t, outer)
	if inner.Name() != outer.Name()+"/"+inner.id || !inner.Place().Within(outer.Place()) {
		t.Errorf("%s is not named as in %s", inner.Name(), outer.Name())
	}
	a, b := joined(t, outer, "sleep")[0], joined(t, inner, "sleep")[0]
	if got := members(t, outer); !slices.Equal(got, []int{a, b}) {
		t.Errorf("members of the outer one are %v, want %d and %d", got, a, b)
	}
	if got := members(t, inner); !slices.Equal(got, []int{b}) {
		t.Errorf("members of the inner one are %v, want %d", got, b)
	}
	if place, err := outer.groups.PlaceOf(b); err != nil || !place.Same(inner.Place()) {
		t.Errorf("%d is at %v (%v)", b, place, err)
	}
	if err := outer.Remove(); !errors.Is(err, group.ErrPopulated) {
		t.Errorf("the outer one was removed: %v", err)
	}
	must(t, inner.End(soon, notStarting))
	if got := members(t, outer); !slices.Equal(got, []int{a}) {
		t.Errorf("members that are left: %v, want %d", got, a)
	}
	b = joined(t, inner, "tree", "2", "2")[0]
	must(t, outer.End(soon, notStarting))
	if testkit.Alive(a) || testkit.Alive(b) {
		t.Error("somebody lives")
	}
	must(t, inner.Remove())
	must(t, outer.Remove())
}

// A member that makes a group has its supervisors below those of the group around it.
func TestWhatIsInAGroupOfAMemberIsInTheOneAround(t *testing.T) { // C14
	testkit.NoLeaks(t)
	g := newGroup(t)
	cmd := exec.Command("/proc/self/exe", ownVerb, "true", testkit.Fixture(t), "tree", "2", "2")
	nonce := testkit.Nonce(t, cmd)
	pids := joinedAs(t, g, cmd)
	tree := testkit.TreeSize(2, 2)
	got := members(t, g)
	if len(got) != 1+tree || got[0] != pids[0] {
		t.Errorf("members are %v, want %d and a tree of %d", got, pids[0], tree)
	}
	for _, pid := range got[1:] {
		place, err := g.groups.PlaceOf(pid)
		if err != nil || !slices.Equal(place.Jobs, []string{g.id, "inner"}) {
			t.Errorf("%d is at %v (%v)", pid, place, err)
		}
	}
	states, err := g.groups.States(placeIn([]string{g.id, "inner"}))
	if err != nil || len(states) != 2 || states[0] != killOnClose {
		t.Errorf("states are %+v (%v)", states, err)
	}
	must(t, g.End(soon, notStarting))
	if left := testkit.WithNonce(nonce); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// LIM-62, LIM-64
func TestATreeDiesWithItsOwnerWhereItsGroupSaysSo(t *testing.T) {
	testkit.NoLeaks(t)
	for _, kill := range []bool{true, false} {
		cmd := exec.Command("/proc/self/exe", ownVerb, strconv.FormatBool(kill), testkit.Fixture(t), "tree", "2", "2")
		nonce := testkit.Nonce(t, cmd)
		testkit.StartReady(t, cmd, nil)
		tree := testkit.TreeSize(2, 2)
		must(t, cmd.Process.Kill())
		_ = cmd.Wait()
		if kill {
			testkit.RequireNone(t, nonce, soon)
			continue
		}
		alive := func() (n int) {
			for _, pid := range testkit.WithNonce(nonce) {
				if p, found := proctable.Look(pid); found && !isStaff(p) {
					n++
				}
			}
			return n
		}
		time.Sleep(200 * time.Millisecond)
		if n := alive(); n != tree {
			t.Errorf("%d of %d live", n, tree)
		}
		for _, pid := range testkit.WithNonce(nonce) {
			if p, found := proctable.Look(pid); found && !isStaff(p) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		testkit.RequireNone(t, nonce, soon) // the supervisors go by themselves
	}
}

func TestAChangedStateIsTold(t *testing.T) { // LIM-64
	testkit.NoLeaks(t)
	outer := newGroup(t)
	inner := nested(t, outer)
	joined(t, inner, "sleep")
	only := inner.trees()[0]
	for _, s := range []struct{ outer, inner, dies bool }{{true, false, true}, {false, false, false}, {false, true, true}, {true, true, true}} {
		must(t, outer.SetState(group.State{KillOnClose: s.outer}))
		must(t, inner.SetState(group.State{KillOnClose: s.inner}))
		if only.dies != s.dies {
			t.Errorf("with %+v it dies: %v", s, only.dies)
		}
	}
}

func TestASignalReachesAllMembers(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t)
	c, err := startIn(t, g, exec.Command("/bin/sh", "-c", "sleep 600 & setsid sleep 600 & sleep 600"))
	must(t, err)
	testkit.Within(t, soon, "all are there", func() bool { return len(members(t, g)) == 4 })
	must(t, g.Signal(syscall.SIGTERM))
	testkit.Within(t, soon, "all have died of it", func() bool { return len(members(t, g)) == 0 })
	if status, err := c.Wait(); err != nil || status != kernel.Killed(syscall.SIGTERM, 128+15) {
		t.Errorf("it ended with %v (%v)", status, err)
	}
	if err := g.Signal(os.Signal(badSignal{})); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a signal that is none: %v", err)
	}
}

type badSignal struct{}

func (badSignal) String() string { return "bad" }
func (badSignal) Signal()        {}

func TestWhatTakesMovingAProcessIsRefused(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t)
	outsider := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, outsider, nil)
	target, err := g.groups.Find(outsider.Process.Pid)
	must(t, err)
	defer target.Close()
	_, startErr := g.groups.StartAt(g.Place(), exec.Command("true"), false)
	for what, err := range map[string]error{
		"can move": g.groups.CanMove(), "move": g.groups.Move(target, g.Place()), "attach": g.Attach(target), "start elsewhere": startErr,
	} {
		var unsupported *kernel.NotSupportedError
		if !errors.As(err, &unsupported) || unsupported.Remedy == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	own, err := g.groups.PlaceOf(0)
	must(t, err)
	c, err := g.groups.StartAt(own, exec.Command("true"), false)
	must(t, err)
	if status, err := c.Wait(); err != nil || status != kernel.Exited(0) {
		t.Errorf("where this process is: %v (%v)", status, err)
	}
}

func TestAStartThatFailsLeavesNothing(t *testing.T) { // C56
	testkit.NoLeaks(t)
	g := newGroup(t)
	_, err := g.Start(exec.Command(filepath.Join(t.TempDir(), "missing")), false)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that there is not: %v", err)
	}
	must(t, g.WaitEmpty(t.Context()))
	must(t, g.Remove())
	if _, err := g.Start(exec.Command("true"), false); !errors.Is(err, errNotMade) {
		t.Errorf("a group that there is not: %v", err)
	}
}

func TestADeadProcessHasNoPlace(t *testing.T) {
	groups := newGroups(t)
	for _, pid := range []int{-1, 1 << 30} {
		if _, err := groups.PlaceOf(pid); !errors.Is(err, kernel.ErrProcessExited) {
			t.Errorf("%d: %v", pid, err)
		}
	}
}
