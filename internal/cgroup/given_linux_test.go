package cgroup

import (
	"crypto/rand"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/testkit"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }

// soon bounds what takes milliseconds on an idle machine.
const soon = 10 * time.Second

func notStarting() bool { return false }

func stateOf3(kill, ok, silent bool) group.State {
	return group.State{KillOnClose: kill, BreakawayOK: ok, SilentBreakawayOK: silent}
}

func newGroups(t *testing.T) *Groups {
	t.Helper()
	groups, err := New()
	if err != nil {
		t.Skipf("no groups here: %v", err)
	}
	return groups
}

func planned(t *testing.T, groups *Groups, at group.Place) *Group {
	t.Helper()
	g, err := groups.Plan(strings.ToLower(rand.Text()[:10]), at)
	if err != nil {
		t.Fatalf("plan a group: %v", err)
	}
	return g.(*Group)
}

// newGroup makes a group below the test's own cgroup, and ends and removes it
// when the test ends.
func newGroup(t *testing.T, state group.State) *Group {
	t.Helper()
	groups := newGroups(t)
	top, err := groups.Top()
	if err != nil {
		t.Fatal(err)
	}
	return madeGroup(t, planned(t, groups, top), state)
}

func madeGroup(t *testing.T, g *Group, state group.State) *Group {
	t.Helper()
	if err := g.Make(state, false); err != nil {
		t.Skipf("no group here: %v", err)
	}
	t.Cleanup(func() {
		if err := g.End(soon, notStarting); err != nil {
			t.Errorf("end the group: %v", err)
		}
		if err := g.Remove(); err != nil {
			t.Errorf("remove the group: %v", err)
		}
	})
	return g
}

// joined starts a verb of the fixture in the group and waits until it is ready.
func joined(t *testing.T, g *Group, verb ...string) (main int, others []int) {
	t.Helper()
	cmd := testkit.FixtureCommand(t, verb...)
	testkit.Nonce(t, cmd)
	others = testkit.StartReady(t, cmd, func() error { return startIn(t, g, cmd) })
	return cmd.Process.Pid, others
}

func startIn(t *testing.T, g *Group, cmd *exec.Cmd) error {
	c, err := g.Start(cmd, false)
	if err == nil {
		t.Cleanup(func() {
			_ = c.Signal(os.Kill)
			_, _ = c.Wait()
		})
	}
	return err
}
