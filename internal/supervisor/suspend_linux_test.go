package supervisor

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/proctable"
	"jobobject/internal/testkit"
)

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestASuspendedCommandHasExecutedNothing(t *testing.T) {
	testkit.NoLeaks(t)
	trace := filepath.Join(t.TempDir(), "trace")
	c := below(t, exec.Command("sh", "-c", "echo ran > "+trace), Spec{Suspended: true})
	p, found := proctable.Look(c.Pid())
	if !found || p.State != 't' {
		t.Errorf("it is %+v, not in a tracing stop", p)
	}
	own, err := os.Readlink("/proc/self/exe")
	if its, _ := os.Readlink("/proc/" + strconv.Itoa(c.Pid()) + "/exe"); err != nil || its == own {
		t.Error("it has not come to its exec")
	}
	if exists(trace) {
		t.Error("it ran before it was resumed")
	}
	for range 2 { // a second time does nothing
		if err := c.Resume(); err != nil && !errors.Is(err, kernel.ErrProcessExited) {
			t.Fatal(err)
		}
	}
	if status, err := c.Wait(); err != nil || status.ExitCode() != 0 || !exists(trace) {
		t.Errorf("%v, %v; it ran: %v", status, err, exists(trace))
	}
	requireDone(t, c.Tree(), soon)
	if err := c.Resume(); !errors.Is(err, kernel.ErrProcessExited) {
		t.Errorf("resume of the dead: %v", err)
	}
}

func TestASuspendedCommandCanBeKilled(t *testing.T) {
	testkit.NoLeaks(t)
	c := below(t, exec.Command("sleep", "60"), Spec{Suspended: true})
	if err := c.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	status, err := c.Wait()
	if signal, killed := status.Signal(); err != nil || !killed || signal != syscall.SIGKILL {
		t.Errorf("%v, %v", status, err)
	}
}

func TestASuspendedCommandDiesWithItsCallerAndWithWhoWatchesOverIt(t *testing.T) {
	testkit.NoLeaks(t)
	for _, victim := range []string{"caller", WardName, SuperName} {
		c := startCaller(t, Spec{Suspended: true}, "sleep")
		switch victim {
		case "caller":
			signalPid(t, c.pid, unix.SIGKILL)
		case WardName:
			signalPid(t, c.ward, unix.SIGKILL)
		default:
			signalPid(t, c.super, unix.SIGKILL)
		}
		testkit.Within(t, soon, "death of the suspended command", func() bool { return !testkit.Alive(c.command) })
		c.helpersGone(t)
		_ = c.input.Close()
	}
}

func TestAStoppedCommandStopsBeforeItsFirstInstruction(t *testing.T) {
	testkit.NoLeaks(t)
	for _, suspended := range []bool{false, true} {
		trace := filepath.Join(t.TempDir(), "trace")
		cmd := exec.Command("sh", "-c", "echo ran > "+trace)
		c := below(t, cmd, Spec{Stopped: true, Suspended: suspended})
		if suspended {
			if p, _ := proctable.Look(c.Pid()); p.State != 't' {
				t.Errorf("it is %+v, not in a tracing stop", p)
			}
			if err := c.Resume(); err != nil {
				t.Fatal(err)
			}
		}
		testkit.Within(t, soon, "command and proxy are stopped", func() bool {
			p, _ := proctable.Look(c.Pid())
			stand, _ := proctable.Look(cmd.Process.Pid)
			return p.State == 'T' && stand.State == 'T'
		})
		if exists(trace) {
			t.Error("it ran before it was continued")
		}
		if err := c.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if status, err := c.Wait(); err != nil || status.ExitCode() != 0 || !exists(trace) {
			t.Errorf("%v, %v; it ran: %v", status, err, exists(trace))
		}
	}
}

func TestTheProxyStopsAndGoesOnWithTheCommand(t *testing.T) {
	testkit.NoLeaks(t)
	cmd := exec.Command("sh", "-c", `trap 'exit 5' TERM; trap 'echo again' CONT; echo ready; while :; do sleep 0.1; done`)
	var c *Child
	out := testkit.Start(t, cmd, func() (err error) { c, err = Start(cmd, Spec{}); return err })
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	out.AwaitReady(t)
	timesAgain := func() (times int) {
		for _, line := range out.Lines() {
			if line == "again" {
				times++
			}
		}
		return times
	}
	for round, send := range []struct{ stop, cont func(os.Signal) error }{
		{c.Signal, c.Signal}, {c.Signal, cmd.Process.Signal},
	} {
		stop := syscall.SIGSTOP
		if err := send.stop(stop); err != nil {
			t.Fatal(err)
		}
		// As the parent sees it.
		var ws syscall.WaitStatus
		if pid, err := syscall.Wait4(cmd.Process.Pid, &ws, syscall.WUNTRACED, nil); err != nil || pid != cmd.Process.Pid || !ws.Stopped() {
			t.Fatalf("round %d: %v, %x", round, err, ws)
		}
		if err := send.cont(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		testkit.Within(t, soon, "both go on", func() bool {
			stand, _ := proctable.Look(cmd.Process.Pid)
			return stand.State != 'T' && timesAgain() == round+1
		})
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 5 {
		t.Error(cmd.ProcessState)
	}
	<-out.Done()
	if times := timesAgain(); times != 2 {
		t.Errorf("it has been continued %d times, not twice", times)
	}
	requireDone(t, c.Tree(), soon)
}

func TestSignalsToTheProxyComeToTheCommand(t *testing.T) {
	testkit.NoLeaks(t)
	for _, sig := range []syscall.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGTERM,
		syscall.SIGURG, syscall.SIGWINCH, syscall.SIGPIPE,
	} {
		cmd := testkit.FixtureCommand(t, "handler", strconv.Itoa(int(sig)), "9")
		var c *Child
		testkit.StartReady(t, cmd, func() (err error) { c, err = Start(cmd, Spec{}); return err })
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 9 {
			t.Errorf("%v: %v", sig, cmd.ProcessState)
		}
		requireDone(t, c.Tree(), soon)
	}
}
