package cgroup

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

func TestAMemberIsInTheLeafFromItsFirstInstruction(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	cmd := testkit.FixtureCommand(t, "fork-exit")
	testkit.Nonce(t, cmd)
	out := testkit.Start(t, cmd, func() error { return startIn(t, g, cmd) })
	testkit.Within(t, soon, "first line", func() bool { return len(out.Lines()) > 0 })
	if want := "0::" + g.Place().Ref; out.Lines()[0] != want {
		t.Errorf("the first thing the process saw was %q, want %q", out.Lines()[0], want)
	}
}

func TestMembersAreListedWithThoseInCgroupsOfTheirOwnMaking(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	main, others := joined(t, g, "subcgroup")
	got, err := g.Members()
	if err != nil {
		t.Fatal(err)
	}
	if want := append([]int{main}, others...); len(got) != len(want) || got[0] != main {
		t.Errorf("members are %v, want %v, the oldest first", got, want)
	}
	if err := g.End(soon, notStarting); err != nil {
		t.Errorf("end: %v", err)
	}
	if err := g.Remove(); err != nil {
		t.Errorf("remove with three levels of cgroups in it (C27): %v", err)
	}
	if exists(g.dir) {
		t.Errorf("%s is still there", g.dir)
	}
}

func TestAThreadedCgroupBelowIsInNobodysWay(t *testing.T) { // facts P11
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	main, _ := joined(t, g, "threads", "3")
	threaded := filepath.Join(g.leafDir(), "threaded")
	if err := os.Mkdir(threaded, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(threaded+"/cgroup.type", "threaded"); err != nil {
		t.Skipf("no threaded cgroup here: %v", err)
	}
	if err := writeFile(threaded+"/cgroup.threads", strconv.Itoa(main)); err != nil {
		t.Fatalf("move the main thread: %v", err)
	}
	if got, err := g.Members(); err != nil || !cmp.Equal(got, []int{main}) {
		t.Errorf("members are %v (%v), want %d", got, err, main)
	}
	if err := g.End(soon, notStarting); err != nil {
		t.Errorf("end: %v", err)
	}
}

func TestWaitEmptyEndsWithTheLastMember(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	cmd := exec.Command("cat")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := startIn(t, g, cmd); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := g.WaitEmpty(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a live member: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- g.WaitEmpty(cancelled) }()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	go func() { result <- g.WaitEmpty(t.Context()) }()
	input.Close()
	if err := <-result; err != nil {
		t.Errorf("after the last member: %v", err)
	}
}

func TestARemovedGroupIsEmpty(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	if err := g.Remove(); err != nil {
		t.Fatal(err)
	}
	members, err := g.Members()
	if err != nil || len(members) != 0 {
		t.Errorf("members of a removed group: %v, %v", members, err)
	}
	for name, call := range map[string]func() error{
		"WaitEmpty": func() error { return g.WaitEmpty(t.Context()) },
		"End":       func() error { return g.End(soon, notStarting) },
		"Remove":    g.Remove,
	} {
		if err := call(); err != nil {
			t.Errorf("%s of a removed group: %v", name, err)
		}
	}
}

func TestAGroupWithMembersIsNotRemoved(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	joined(t, g, "sleep")
	if err := g.Remove(); !errors.Is(err, group.ErrPopulated) {
		t.Errorf("remove with a member: %v", err)
	}
}

func TestAGroupThatHasToStayKeepsItsLeaf(t *testing.T) { // NST-17
	groups := newGroups(t)
	outer := newGroup(t, group.State{})
	inner := madeGroup(t, planned(t, groups, outer.Place()), group.State{})
	joined(t, inner, "sleep")
	for _, why := range []string{"a group in it has a member", "a group in it is open"} {
		if err := outer.Remove(); !errors.Is(err, group.ErrPopulated) {
			t.Fatalf("%s: removing the group around it gave %v", why, err)
		}
		joined(t, outer, "sleep")
		if err := outer.End(soon, notStarting); err != nil {
			t.Fatal(err)
		}
		if err := outer.Renew(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAGroupThatWasEndedTakesMembersAgain(t *testing.T) { // TRM-10
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	for range 3 {
		main, _ := joined(t, g, "sleep")
		if got, err := g.Members(); err != nil || !cmp.Equal(got, []int{main}) {
			t.Fatalf("members are %v (%v), want %d", got, err, main)
		}
		if err := g.End(soon, notStarting); err != nil {
			t.Fatal(err)
		}
		if err := g.Renew(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFrozenGroupIsEndedWithoutThawing(t *testing.T) { // C25
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	joined(t, g, "tree", "2", "2")
	if err := g.Freeze(soon); err != nil {
		t.Fatal(err)
	}
	if err := g.End(soon, notStarting); err != nil {
		t.Error(err)
	}
}

// reused is a target whose process has died and whose number has passed on.
type reused struct{ pid int }

func (r reused) Pid() int     { return r.pid }
func (r reused) Exited() bool { return true }
func (r reused) Kill() error  { return kernel.ErrProcessExited }
func (r reused) Close()       {}

func (r reused) Wait(context.Context) error { return nil }

func TestAStrangerWithTheNumberOfTheDeadIsPutBack(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	stranger := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, stranger, nil)
	before, err := pathOf(stranger.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Attach(reused{stranger.Process.Pid}); !errors.Is(err, kernel.ErrProcessExited) {
		t.Errorf("attach: %v", err)
	}
	if after, err := pathOf(stranger.Process.Pid); err != nil || after != before {
		t.Errorf("the stranger is in %s (%v), was in %s", after, err, before)
	}
}

func TestASignalReachesNobodyOutside(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{})
	stranger := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, stranger, nil)
	if err := g.signalOne(stranger.Process.Pid, 9); err != nil {
		t.Error(err)
	}
	if !testkit.Alive(stranger.Process.Pid) {
		t.Error("a process that is no member was killed")
	}
}
