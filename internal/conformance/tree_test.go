//go:build linux

package conformance

import (
	"os/exec"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// tree is all that descends from one command, seen from outside of any job.
type tree struct {
	pipe  *testkit.DeathPipe
	nonce string // for what closes its descriptors, as daemons do
}

// command is a verb of the fixture whose descendants are watched.
func command(t testing.TB, verb ...string) (*exec.Cmd, tree) {
	t.Helper()
	cmd := testkit.FixtureCommand(t, verb...)
	return cmd, watch(t, cmd)
}

func watch(t testing.TB, cmd *exec.Cmd) tree {
	t.Helper()
	w := tree{pipe: testkit.NewDeathPipe(t), nonce: testkit.Nonce(t, cmd)}
	w.pipe.Attach(cmd)
	return w
}

// live are the processes of the tree.
func (w tree) live() []int { return testkit.WithNonce(w.nonce) }

func (w tree) requireGone(t testing.TB, within time.Duration) {
	t.Helper()
	w.pipe.RequireAllDead(t, within)
	testkit.RequireNone(t, w.nonce, within)
}

// requireStays watches for a while that the tree keeps all its processes.
func (w tree) requireStays(t testing.TB) {
	t.Helper()
	before := len(w.live())
	after(aWhile)
	if now := w.live(); before == 0 || len(now) != before {
		t.Fatalf("of %d processes only %v are alive", before, now)
	}
}
