package proctree

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/member"
	"jobobject/internal/proctable"
	"jobobject/internal/testkit"
)

// requireStopped looks at all members, and whether they use processors.
func requireStopped(t *testing.T, g *Group, want bool) {
	t.Helper()
	found, err := g.lookAtMembers()
	must(t, err)
	if len(found) == 0 {
		t.Error("there are no members")
	}
	for _, p := range found {
		if isStopped(p) != want {
			t.Errorf("%d (%s, state %c) is stopped: %v, want %v", p.Pid, p.Comm, p.State, !want, want)
		}
	}
}

func TestFRZ01_a_frozen_group_runs_no_more_until_it_thaws(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t)
	spinner := joined(t, g, "spin")[0]
	joined(t, g, "tree", "3", "2")
	joined(t, g, "threads", "5")
	joined(t, g, "dead-leader")
	must(t, g.Freeze(soon))
	requireStopped(t, g, true)
	before, _ := member.UserTime(spinner)
	<-time.After(200 * time.Millisecond)
	if after, found := member.UserTime(spinner); !found || after != before {
		t.Errorf("it has used %v, and then %v (%v)", before, after, found)
	}
	must(t, g.Thaw())
	testkit.Within(t, soon, "the spinner spins", func() bool { now, _ := member.UserTime(spinner); return now > before })
	testkit.Within(t, soon, "nobody is stopped", func() bool {
		for _, p := range look(t, g) {
			if stands(p.State) {
				return false
			}
		}
		return true
	})
	if len(g.groups.stopped) != 0 {
		t.Errorf("it remembers %v", g.groups.stopped)
	}
}

func look(t *testing.T, g *Group) []proctable.Process {
	t.Helper()
	found, err := g.lookAtMembers()
	must(t, err)
	return found
}

func state(t *testing.T, pid int) byte {
	t.Helper()
	p, found := proctable.Look(pid)
	if !found {
		t.Fatalf("%d is gone", pid)
	}
	return p.State
}

// FRZ-06
func TestWhoWasStoppedBeforeStaysSo(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newGroup(t)
	inner := nested(t, outer)
	a, b, c := joined(t, outer, "sleep")[0], joined(t, inner, "sleep")[0], joined(t, outer, "sleep")[0]
	must(t, unix.Kill(c, unix.SIGSTOP))
	testkit.Within(t, soon, "it has stopped", func() bool { return state(t, c) == 'T' })
	must(t, inner.Freeze(soon))
	must(t, outer.Freeze(soon))
	requireStopped(t, outer, true)
	must(t, outer.Thaw())
	testkit.Within(t, soon, "the outer one goes on", func() bool { return state(t, a) == 'S' })
	if got := string([]byte{state(t, b), state(t, c)}); got != "TT" {
		t.Errorf("their states are %s", got)
	}
	must(t, outer.Freeze(soon))
	must(t, inner.Thaw())
	requireStopped(t, outer, true)
	must(t, outer.Thaw())
	testkit.Within(t, soon, "both go on", func() bool { return state(t, a) == 'S' && state(t, b) == 'S' })
	if got := state(t, c); got != 'T' {
		t.Errorf("who was stopped by somebody else is in state %c", got)
	}
}

func TestFRZ02_who_is_started_in_a_frozen_group_does_not_run(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newGroup(t)
	inner := nested(t, outer)
	must(t, outer.Freeze(soon))
	for _, suspended := range []bool{false, true} {
		cmd := testkit.FixtureCommand(t, "exit", "7")
		c, err := inner.Start(cmd, suspended)
		must(t, err)
		if suspended {
			must(t, c.Resume())
		}
		<-time.After(100 * time.Millisecond)
		if c.Exited() {
			t.Error("it has run")
		}
		must(t, outer.Thaw())
		if status, err := c.Wait(); err != nil || status != kernel.Exited(7) {
			t.Errorf("it ended with %v (%v)", status, err)
		}
		must(t, outer.Freeze(soon))
	}
}

func TestFRZ06_frozen_members_can_be_ended(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t)
	cmd := testkit.FixtureCommand(t, "sleep")
	c, err := startIn(t, g, cmd)
	must(t, err)
	joined(t, g, "tree", "2", "2")
	must(t, g.Freeze(soon))
	must(t, g.End(soon, notStarting))
	if status, err := c.Wait(); err != nil {
		t.Error(err)
	} else if signal, signaled := status.Signal(); !signaled || signal != unix.SIGKILL {
		t.Errorf("it ended with %v", status)
	}
}

func TestAFreezeStopsWhoForksAllTheTime(t *testing.T) {
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	testkit.Watchdog(t, 2*time.Minute)
	g := newGroup(t)
	_, err := startIn(t, g, testkit.FixtureCommand(t, "bomb", "300"))
	must(t, err)
	testkit.Within(t, soon, "the bomb has grown", func() bool { return len(members(t, g)) > 100 })
	must(t, g.Freeze(soon))
	requireStopped(t, g, true)
	before := len(members(t, g))
	<-time.After(100 * time.Millisecond)
	if after := len(members(t, g)); after != before {
		t.Errorf("there were %d members, and then %d", before, after)
	}
	must(t, g.Thaw())
}
