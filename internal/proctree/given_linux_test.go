package proctree

import (
	"crypto/rand"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/supervisor"
	"jobobject/internal/testkit"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		play(os.Args[1], os.Args[2:])
	}
	os.Exit(testkit.Main(m))
}

// soon bounds what takes milliseconds on an idle machine.
const soon = 20 * time.Second

func notStarting() bool { return false }

var killOnClose = group.State{KillOnClose: true}

func newGroups(t *testing.T) *Groups {
	t.Helper()
	groups, err := New()
	if err != nil {
		t.Skip(err)
	}
	return groups
}

// newGroup makes a group where this process is, and ends and removes it with the test.
func newGroup(t *testing.T) *Group {
	t.Helper()
	groups := newGroups(t)
	own, err := groups.PlaceOf(0)
	if err != nil {
		t.Fatal(err)
	}
	return groupAt(t, groups, own)
}

func groupAt(t *testing.T, groups *Groups, at group.Place) *Group {
	t.Helper()
	planned, err := groups.Plan(strings.ToLower(rand.Text()[:10]), at)
	if err != nil {
		t.Fatal(err)
	}
	g := planned.(*Group)
	if err := g.Make(killOnClose, false); err != nil {
		t.Fatal(err)
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

func nested(t *testing.T, in *Group) *Group { return groupAt(t, in.groups, in.Place()) }

// joined starts a verb of the fixture in the group and waits until it is ready. Its
// number comes first.
func joined(t *testing.T, g *Group, verb ...string) (pids []int) {
	t.Helper()
	cmd := testkit.FixtureCommand(t, verb...)
	testkit.Nonce(t, cmd)
	return joinedAs(t, g, cmd)
}

func joinedAs(t *testing.T, g *Group, cmd *exec.Cmd) (pids []int) {
	t.Helper()
	var main int
	others := testkit.StartReady(t, cmd, func() (err error) {
		c, err := startIn(t, g, cmd)
		if err == nil {
			main = c.Pid()
		}
		return err
	})
	return append([]int{main}, others...)
}

// startIn starts it, and waits for it when the test ends.
func startIn(t *testing.T, g *Group, cmd *exec.Cmd) (*supervisor.Child, error) {
	c, err := g.Start(cmd, false)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		_ = c.Signal(os.Kill)
		_, _ = c.Wait()
	})
	return c.(*supervisor.Child), nil
}

func members(t *testing.T, g *Group) []int {
	t.Helper()
	pids, err := g.Members()
	if err != nil {
		t.Fatal(err)
	}
	return pids
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
