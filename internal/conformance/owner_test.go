//go:build linux

package conformance

import (
	"io"
	"math/rand/v2"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// owner is a program that owns a job.
type owner struct {
	cmd   *exec.Cmd
	stdin io.Writer
	pids  []int // of its members
}

func (p *place) owner(t testing.TB, role string, args ...string) *owner {
	t.Helper()
	o := &owner{cmd: roleCommand(t, role, args...)}
	var err error
	o.stdin, err = o.cmd.StdinPipe()
	requireNoError(t, err)
	o.pids = p.start(t, o.cmd).AwaitReady(t)
	return o
}

func (o *owner) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	requireNoError(t, o.cmd.Process.Signal(sig))
}

func (o *owner) kill(t testing.TB) {
	t.Helper()
	end(t, o.cmd)
}

// tell makes it die as it was told, or of the end of its input.
func (o *owner) tell(t testing.TB, word string) {
	t.Helper()
	_, err := io.WriteString(o.stdin, word+"\n")
	requireNoError(t, err)
	_ = o.cmd.Wait() // it may say that it failed
}

func TestC07_the_tree_dies_with_its_owner(t *testing.T) {
	for how, die := range map[string]func(*testing.T, *owner){
		"killed":             func(t *testing.T, o *owner) { o.kill(t) },
		"terminated":         func(t *testing.T, o *owner) { o.signal(t, syscall.SIGTERM); _ = o.cmd.Wait() },
		"aborted":            func(t *testing.T, o *owner) { o.signal(t, syscall.SIGABRT); _ = o.cmd.Wait() },
		"in a panic":         func(t *testing.T, o *owner) { o.tell(t, "panic") },
		"by os.Exit":         func(t *testing.T, o *owner) { o.tell(t, "exit") },
		"at the end of main": func(t *testing.T, o *owner) { o.tell(t, "return") },
		"killed while it was stopped": func(t *testing.T, o *owner) {
			o.signal(t, syscall.SIGSTOP)
			o.kill(t)
		},
	} {
		t.Run(how, func(t *testing.T) {
			testkit.NoLeaks(t)
			place := newPlace(t)
			o := place.owner(t, "own")
			requireAlive(t, o.pids[0])
			die(t, o)
			place.requireClean(t)
		})
	}
}

// killWindow is longer than a role needs to start and to work through all that
// it does, several times.
const killWindow = 150 * time.Millisecond

func TestC07_the_owner_is_killed_at_any_instant(t *testing.T) {
	testkit.NoLeaks(t)
	place := newPlace(t)
	t.Run("of its life", func(t *testing.T) {
		for range rounds(t, 40) {
			cmd := roleCommand(t, "churn")
			place.start(t, cmd)
			after(rand.N(killWindow))
			end(t, cmd)
			place.requireClean(t)
		}
	})
	t.Run("of its work", func(t *testing.T) {
		for range rounds(t, 40) {
			cmd := roleCommand(t, "churn")
			place.start(t, cmd).AwaitReady(t)
			after(rand.N(killWindow / 2))
			end(t, cmd)
			place.requireClean(t)
		}
	})
}

func TestC07_a_job_dies_with_its_owner_while_another_owner_lives(t *testing.T) {
	testkit.NoLeaks(t)
	place := newPlace(t)
	first, second := place.owner(t, "own"), place.owner(t, "own")
	first.kill(t)
	testkit.Within(t, soon, "death of the first owner's members", func() bool { return !slices.ContainsFunc(first.pids, testkit.Alive) })
	requireAlive(t, second.pids[0])
	second.kill(t)
	place.requireClean(t)
}
