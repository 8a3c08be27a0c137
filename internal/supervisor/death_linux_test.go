package supervisor

import (
	"context"
	"errors"
	"math/rand/v2"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/proctable"
	"jobobject/internal/testkit"
)

// bound is how long a death may take to be followed by the others. It is 2 s where the
// machine is not busy with other tests.
const bound = 10 * time.Second

// trees are what must not outlive those who watch over it.
var trees = []string{"tree 3 3", "daemonize", "ignore-all", "dead-leader", "stop", "subreaper"}

func TestTheTreeDiesWithWhoWatchesOverIt(t *testing.T) { // C02, C03, C04, C05, C07
	testkit.NoLeaks(t)
	type death struct {
		name        string
		killOnClose bool
		do          func(t *testing.T, c *caller)
	}
	kill := func(t *testing.T, pids ...int) {
		for _, pid := range pids {
			signalPid(t, pid, unix.SIGKILL)
		}
	}
	for _, d := range []death{
		{"caller", true, func(t *testing.T, c *caller) { kill(t, c.pid) }},
		{"caller exits", true, func(t *testing.T, c *caller) { c.input.Close() }},
		{"caller, ward and supervisor being stopped", true, func(t *testing.T, c *caller) {
			signalPid(t, c.ward, unix.SIGSTOP)
			signalPid(t, c.super, unix.SIGSTOP)
			kill(t, c.pid)
		}},
		{"ward", false, func(t *testing.T, c *caller) { kill(t, c.ward) }},
		{"supervisor", false, func(t *testing.T, c *caller) { kill(t, c.super) }},
		{"supervisor, the ward being stopped", false, func(t *testing.T, c *caller) {
			signalPid(t, c.ward, unix.SIGSTOP)
			kill(t, c.super)
		}},
		{"ward, the supervisor being stopped", false, func(t *testing.T, c *caller) {
			signalPid(t, c.super, unix.SIGSTOP)
			kill(t, c.ward)
		}},
		{"supervisor, the ward being stopped and the caller dead", false, func(t *testing.T, c *caller) {
			kill(t, c.pid)
			testkit.Within(t, soon, "death of the caller", func() bool { return !testkit.Alive(c.pid) })
			signalPid(t, c.ward, unix.SIGSTOP)
			kill(t, c.super)
		}},
		{"caller and supervisor", false, func(t *testing.T, c *caller) { kill(t, c.pid, c.super) }},
		{"caller and ward", false, func(t *testing.T, c *caller) { kill(t, c.ward, c.pid) }},
		{"caller and proxy", true, func(t *testing.T, c *caller) { kill(t, c.pid, c.proxy) }},
	} {
		for _, verb := range trees {
			if strings.Contains(d.name, "the caller dead") && verb == "daemonize" {
				continue // the proxy has left with the command: nobody is there to have the ward go on
			}
			t.Run(d.name+"/"+verb, func(t *testing.T) {
				c := startCaller(t, Spec{KillOnClose: d.killOnClose}, strings.Fields(verb)...)
				d.do(t, c)
				began := time.Now()
				testkit.Within(t, bound, "death of the tree", func() bool {
					for _, pid := range testkit.WithNonce(c.nonce) {
						if pid != c.pid {
							return false
						}
					}
					return true
				})
				if took := time.Since(began); took > time.Second {
					t.Logf("it took %v", took)
				}
				c.helpersGone(t)
			})
		}
	}
}

func TestTheTreeOutlivesItsCallerWithoutKillOnClose(t *testing.T) { // C08
	testkit.NoLeaks(t)
	c := startCaller(t, Spec{}, "tree", "2", "2")
	signalPid(t, c.pid, unix.SIGKILL)
	_ = c.cmd.Wait()
	if alive := testkit.WithNonce(c.nonce); len(alive) != testkit.TreeSize(2, 2) {
		t.Errorf("alive are %v", alive)
	}
	for _, pid := range append(c.reports, c.command) {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	c.helpersGone(t) // they leave when the tree has ended by itself
}

func TestTheProxyTakesTheCommandWithIt(t *testing.T) {
	testkit.NoLeaks(t)
	cmd := exec.Command("sleep", "60")
	c := below(t, cmd, Spec{})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	requireDone(t, c.Tree(), bound)
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Error(err)
	}
}

func TestSupervisionThatIsBrokenIsTold(t *testing.T) {
	testkit.NoLeaks(t)
	cmd := testkit.FixtureCommand(t, "tree", "2", "3")
	nonce := testkit.Nonce(t, cmd)
	var c *Child
	testkit.StartReady(t, cmd, func() (err error) { c, err = Start(cmd, Spec{}); return err })
	tree := c.Tree()
	// Whoever kills both at a stroke.
	signalPid(t, tree.ward.Pid(), unix.SIGSTOP)
	signalPid(t, tree.Root(), unix.SIGSTOP)
	signalPid(t, tree.ward.Pid(), unix.SIGKILL)
	signalPid(t, tree.Root(), unix.SIGKILL)
	select {
	case <-tree.Done():
	case <-time.After(bound):
		t.Fatal("the tree is not done")
	}
	if err := tree.Broken(); err != nil && !errors.Is(err, kernel.ErrBroken) {
		t.Error(err)
	} else if err == nil { // then the supervisor got on in between, and was in time
		testkit.RequireNone(t, nonce, time.Second)
	}
	if status, err := c.Wait(); err != nil || status.ExitCode() != 137 {
		t.Errorf("the command, which dies with its supervisor: %v, %v", status, err)
	}
}

// Whoever dies while the command is being started: nothing runs on.
func TestDeathsWhileACommandIsBeingStarted(t *testing.T) { // C07
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	testkit.Watchdog(t, 2*time.Minute)
	for round := range 60 {
		verb := []string{"daemonize", "fork-exit", "tree 3 2"}[round%3]
		text := `{"KillOnClose":true}`
		cmd := exec.Command("/proc/self/exe", append([]string{callerVerb, text, testkit.Fixture(t)}, strings.Fields(verb)...)...)
		nonce := testkit.Nonce(t, cmd)
		input, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(rand.N(40 * time.Millisecond)) // a moment somewhere in it
		table, err := proctable.Read()
		if err != nil {
			t.Fatal(err)
		}
		victims := []proctable.Process{table[cmd.Process.Pid]}
		if round%4 != 0 {
			for _, p := range table.Below(cmd.Process.Pid) {
				if strings.HasPrefix(p.Comm, "jobobject-") || p.Comm == "exe" {
					victims = append(victims, p)
				}
			}
		}
		_ = unix.Kill(victims[rand.N(len(victims))].Pid, unix.SIGKILL)
		input.Close() // so that the caller leaves in any case
		_ = cmd.Wait()
		testkit.RequireNone(t, nonce, bound)
	}
}

func TestNobodyEscapesAKillAtOnce(t *testing.T) { // C09
	testkit.NoLeaks(t)
	testkit.Watchdog(t, 4*time.Minute)
	rounds := 500
	if testing.Short() || raceDetector() {
		rounds = 60 // each of the three then takes its time to start
	}
	nonce, variable := testkit.NewNonce(t)
	for range rounds {
		cmd := testkit.FixtureCommand(t, "fork-exit")
		cmd.Env = append(cmd.Environ(), variable)
		c, err := Start(cmd, Spec{})
		if err != nil {
			t.Fatal(err)
		}
		if err := proctable.End(5*time.Second, c.Tree().Identity()); err != nil {
			t.Fatal(err)
		}
		requireDone(t, c.Tree(), bound)
		_ = cmd.Wait()
	}
	testkit.RequireNone(t, nonce, 0)
}

// raceDetector tells whether this program has been built with it.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestABombDiesWithItsCaller(t *testing.T) { // C12
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	testkit.Watchdog(t, time.Minute)
	c := startCaller(t, Spec{KillOnClose: true}, "bomb")
	signalPid(t, c.pid, unix.SIGKILL)
	began := time.Now()
	testkit.RequireNone(t, c.nonce, 30*time.Second)
	t.Logf("gone after %v", time.Since(began))
	c.helpersGone(t)
}

func TestCancellingTheContextEndsTheCommand(t *testing.T) {
	testkit.NoLeaks(t)
	for _, sig := range []syscall.Signal{0, syscall.SIGTERM} {
		ctx, cancel := context.WithCancel(t.Context())
		cmd := exec.CommandContext(ctx, "sleep", "60")
		if sig != 0 {
			cmd.Cancel = func() error { return cmd.Process.Signal(sig) }
		}
		c := below(t, cmd, Spec{})
		cancel()
		_ = cmd.Wait()
		want := sig
		if want == 0 {
			want = syscall.SIGKILL
		}
		if ws := cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signal() != want {
			t.Errorf("%v", cmd.ProcessState)
		}
		requireDone(t, c.Tree(), soon)
	}
}
