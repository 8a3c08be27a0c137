package child

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }

const soon = 10 * time.Second

// in starts cmd in a cgroup of the test.
func in(t *testing.T, dir string, cmd *exec.Cmd, suspended bool) *Child {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := Start(cmd, int(f.Fd()), suspended)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Signal(os.Kill)
		_, _ = c.Wait()
	})
	return c
}

func TestASuspendedChildHasExecutedNothing(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	trace := filepath.Join(t.TempDir(), "trace")
	c := in(t, dir, exec.Command("sh", "-c", "echo ran > "+trace), true)

	stat, err := testkit.ReadStat(c.Pid())
	if err != nil || stat.State != 't' {
		t.Errorf("it is %v (%v), not in a tracing stop", stat, err)
	}
	if exe, err := os.Readlink("/proc/self/exe"); err == nil {
		if its, _ := os.Readlink("/proc/" + strconv.Itoa(c.Pid()) + "/exe"); its == exe {
			t.Error("it has not come to its exec")
		}
	}
	if _, err := os.Stat(trace); err == nil {
		t.Error("it ran before it was resumed")
	}
	for range 2 { // a second time does nothing
		if err := c.Resume(); err != nil && !errors.Is(err, kernel.ErrProcessExited) {
			t.Fatal(err)
		}
	}
	if status, err := c.Wait(); err != nil || status.ExitCode() != 0 {
		t.Errorf("%v, %v", status, err)
	}
	if _, err := os.Stat(trace); err != nil {
		t.Errorf("it did not run after it was resumed: %v", err)
	}
	if err := c.Resume(); !errors.Is(err, kernel.ErrProcessExited) {
		t.Errorf("resume of the dead: %v", err)
	}
}

func TestASuspendedChildCanBeKilled(t *testing.T) {
	testkit.NoLeaks(t)
	c := in(t, testkit.TempGroup(t), exec.Command("sleep", "60"), true)
	if err := c.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	status, err := c.Wait()
	if signal, killed := status.Signal(); err != nil || !killed || signal != syscall.SIGKILL {
		t.Errorf("%v, %v", status, err)
	}
}

// The test starts itself again: the child of a dead process is nobody's to look
// after.
func TestASuspendedChildDiesWithItsCreator(t *testing.T) {
	const verb = "CHILD_TEST_SUSPEND_IN"
	if dir := os.Getenv(verb); dir != "" {
		c := in(t, dir, exec.Command("sleep", "60"), true)
		os.Stdout.WriteString("pid " + strconv.Itoa(c.Pid()) + "\nready\n")
		select {}
	}
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), verb+"="+dir)
	pids := testkit.StartReady(t, cmd, nil)
	if len(pids) != 1 || !testkit.Alive(pids[0]) {
		t.Fatalf("suspended children: %v", pids)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	testkit.Within(t, soon, "death of the suspended child", func() bool { return !testkit.Alive(pids[0]) })
}

func TestWaitGivesTheSameToEverybody(t *testing.T) { // C14
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	for _, tt := range []struct {
		script string
		code   int
		signal syscall.Signal
	}{
		{"exit 0", 0, 0},
		{"exit 255", 255, 0},
		{"kill -TERM $$", 143, syscall.SIGTERM},
		{"kill -KILL $$", 137, syscall.SIGKILL},
	} {
		c := in(t, dir, exec.Command("sh", "-c", tt.script), false)
		results := make(chan kernel.ExitStatus)
		for range 3 {
			go func() {
				status, err := c.Wait()
				if err != nil {
					t.Errorf("%s: %v", tt.script, err)
				}
				results <- status
			}()
		}
		for range 3 {
			status := <-results
			signal, signaled := status.Signal()
			if status.ExitCode() != tt.code || signaled != (tt.signal != 0) || signaled && signal != tt.signal {
				t.Errorf("%s: %v", tt.script, status)
			}
		}
		if err := c.Signal(syscall.SIGTERM); !errors.Is(err, kernel.ErrProcessExited) {
			t.Errorf("%s: signal to the dead: %v", tt.script, err)
		}
	}
}

func TestWaitAfterTheCallersOwnTellsTheStatus(t *testing.T) {
	testkit.NoLeaks(t)
	cmd := exec.Command("sh", "-c", "exit 3")
	c := in(t, testkit.TempGroup(t), cmd, false)
	_ = cmd.Wait()
	if status, err := c.Wait(); err != nil || status.ExitCode() != 3 {
		t.Errorf("%v, %v", status, err)
	}
}

func TestAnOrphanThatHoldsTheOutputDoesNotHoldWait(t *testing.T) { // C13
	testkit.NoLeaks(t)
	cmd := testkit.FixtureCommand(t, "hold-stdout", "60", "3")
	testkit.Nonce(t, cmd)
	var out bytes.Buffer
	cmd.Stdout = &out
	c := in(t, testkit.TempGroup(t), cmd, false)
	began := time.Now()
	status, err := c.Wait()
	if err != nil || status.ExitCode() != 3 || !strings.Contains(out.String(), "hello") {
		t.Errorf("%v, %v, %q", status, err, out.String())
	}
	if took := time.Since(began); took > soon {
		t.Errorf("it took %v", took)
	}
}

func TestTheCommandIsGivenBackAsItWas(t *testing.T) {
	testkit.NoLeaks(t)
	attr := &syscall.SysProcAttr{Setpgid: true}
	cmd := exec.Command("true")
	cmd.SysProcAttr = attr
	in(t, testkit.TempGroup(t), cmd, false)
	if cmd.SysProcAttr != attr || attr.UseCgroupFD {
		t.Errorf("SysProcAttr is %+v", cmd.SysProcAttr)
	}
	cmd = exec.Command("true")
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true}
	if _, err := Start(cmd, 0, false); err == nil {
		t.Error("a cgroup of the caller's own was overridden without a word")
	}
}
