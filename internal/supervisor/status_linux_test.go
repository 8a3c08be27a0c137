package supervisor

import (
	"bytes"
	"errors"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

const soon = 10 * time.Second

// below starts cmd below a supervisor, and ends the tree when the test is over.
func below(t testing.TB, cmd *exec.Cmd, spec Spec) *Child {
	t.Helper()
	c, err := Start(cmd, spec)
	if err != nil {
		t.Fatalf("start %q: %v", cmd.Args, err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(c.Tree().Root(), syscall.SIGKILL) // the ward ends the rest
		<-c.Tree().Done()
		_, _ = c.Wait()
	})
	return c
}

func requireDone(t testing.TB, tree *Tree, within time.Duration) {
	t.Helper()
	select {
	case <-tree.Done():
		if err := tree.Broken(); err != nil {
			t.Error(err)
		}
	case <-time.After(within):
		t.Fatalf("not within %v: the tree of %d is done", within, tree.Root())
	}
}

func TestExitStatusesArePassedThrough(t *testing.T) { // C14
	testkit.NoLeaks(t)
	for _, code := range []int{0, 1, 2, 7, 63, 64, 99, 126, 127, 128, 129, 137, 143, 200, 254, 255} {
		cmd := testkit.FixtureCommand(t, "exit", strconv.Itoa(code))
		c := below(t, cmd, Spec{})
		err := cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != code || (err == nil) != (code == 0) {
			t.Errorf("exit %d: %d, %v", code, got, err)
		}
		if status, err := c.Wait(); err != nil || status.ExitCode() != code {
			t.Errorf("exit %d: %v, %v", code, status, err)
		}
		requireDone(t, c.Tree(), soon)
		if !c.Exited() {
			t.Error("it has not exited")
		}
		if err := c.Signal(syscall.SIGTERM); !errors.Is(err, kernel.ErrProcessExited) {
			t.Errorf("signal to the dead: %v", err)
		}
	}
}

func TestTheSignalThatEndsTheCommandIsPassedThrough(t *testing.T) { // C14
	testkit.NoLeaks(t)
	for _, sig := range []syscall.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS,
		syscall.SIGFPE, syscall.SIGKILL, syscall.SIGUSR1, syscall.SIGSEGV, syscall.SIGPIPE, syscall.SIGTERM, syscall.SIGXCPU,
		syscall.SIGSYS, 40, 64,
	} {
		if signal.Ignored(sig) {
			continue // from whoever has started the test: the command would not die of it
		}
		cmd := exec.Command("sh", "-c", "ulimit -c 0; kill -"+strconv.Itoa(int(sig))+" $$; exec sleep 60")
		below(t, cmd, Spec{})
		_ = cmd.Wait()
		ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !ws.Signaled() || ws.Signal() != sig || ws.CoreDump() {
			t.Errorf("%v: %v", sig, cmd.ProcessState)
		}
	}
}

func TestOutputAndInputAreCopied(t *testing.T) {
	testkit.NoLeaks(t)
	var out bytes.Buffer
	cmd := exec.Command("sh", "-c", "cat; echo err >&2; exit 4")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewBufferString("in\n"), &out, &out
	c := below(t, cmd, Spec{})
	if status, err := c.Wait(); err != nil || status.ExitCode() != 4 || out.String() != "in\nerr\n" {
		t.Errorf("%v, %v, %q", status, err, out.String())
	}
}
