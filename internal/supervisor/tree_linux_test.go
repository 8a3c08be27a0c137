package supervisor

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/proctable"
	"jobobject/internal/testkit"
)

func TestATreeIsDoneWhenTheLastOfItIsGone(t *testing.T) { // C02, C13
	testkit.NoLeaks(t)
	cmd := testkit.FixtureCommand(t, "hold-stdout", "60", "3")
	nonce := testkit.Nonce(t, cmd)
	var out bytes.Buffer
	cmd.Stdout = &out
	c := below(t, cmd, Spec{Jobs: []string{"outer", "inner"}})
	if status, err := c.Wait(); err != nil || status.ExitCode() != 3 || out.String() != "hello\n" {
		t.Errorf("%v, %v, %q", status, err, out.String())
	}
	left := testkit.WithNonce(nonce)
	if len(left) != 1 {
		t.Fatalf("alive are %v", left)
	}
	table, err := proctable.Read()
	if err != nil {
		t.Fatal(err)
	}
	if daemon := table[left[0]]; daemon.Parent != c.Tree().Root() {
		t.Errorf("the daemon is below %d, not the supervisor %d", daemon.Parent, c.Tree().Root())
	}
	if root := table[c.Tree().Root()]; root.Comm != SuperName || root.Identity != c.Tree().Identity() {
		t.Errorf("the supervisor is %+v", root)
	}
	line, _ := os.ReadFile("/proc/" + strconv.Itoa(c.Tree().Root()) + "/cmdline")
	if want := SuperName + "\x00in\x00outer/inner\x00of\x00" + strconv.Itoa(os.Getpid()) + "\x00"; string(line) != want {
		t.Errorf("its arguments are %q, want %q", line, want)
	}
	select {
	case <-c.Tree().Done():
		t.Error("the tree is done, and the daemon lives")
	default:
	}
	if err := unix.Kill(left[0], unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	requireDone(t, c.Tree(), soon)
}

func TestZombiesOfOrphansAreReapedAndCounted(t *testing.T) { // C17
	testkit.NoLeaks(t)
	cmd := exec.Command("sh", "-c", `for i in 1 2 3 4 5; do (sh -c 'exit 1' & exit 0); done; sleep 0.1; echo ready; exec sleep 60`)
	var c *Child
	testkit.StartReady(t, cmd, func() (err error) { c, err = Start(cmd, Spec{}); return err })
	testkit.Within(t, soon, "all orphans have been reaped", func() bool { return c.Tree().Used().Reaped == 5 })
	table, err := proctable.Read()
	if below := table.Below(c.Tree().Root()); err != nil || len(below) != 1 {
		t.Errorf("%+v, %v", below, err)
	}
	_ = c.Signal(syscall.SIGKILL)
	_, _ = c.Wait()
	requireDone(t, c.Tree(), soon)
	if used := c.Tree().Used(); used.Reaped != 6 || used.PeakMemory < 100<<10 || used.MinorFaults == 0 {
		t.Errorf("%+v", used)
	}
}

func TestTheLedgerCountsOrphansThatNobodyElseWaitsFor(t *testing.T) { // ACC-02
	testkit.NoLeaks(t)
	cmd := testkit.FixtureCommand(t, "spin-tally", "4", "100ms")
	var c *Child
	out := testkit.Start(t, cmd, func() (err error) { c, err = Start(cmd, Spec{}); return err })
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var used time.Duration
	for _, line := range out.Await(t, 30*time.Second, "ready") {
		if text, found := strings.CutPrefix(line, "used "); found {
			nanoseconds, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			used = time.Duration(nanoseconds)
		}
	}
	testkit.Within(t, soon, "all orphans have been reaped", func() bool { return c.Tree().Used().Reaped >= 4 })
	if got := c.Tree().Used(); used < 400*time.Millisecond || got.User+got.Kernel < used*9/10 {
		t.Errorf("%+v, and they say %v", got, used)
	}
	_ = c.Signal(syscall.SIGKILL)
	requireDone(t, c.Tree(), soon)
}

func TestTheLedgerIsKeptWhenTheSupervisorIsKilled(t *testing.T) {
	testkit.NoLeaks(t)
	cmd := testkit.FixtureCommand(t, "spin")
	var c *Child
	testkit.StartReady(t, cmd, func() (err error) { c, err = Start(cmd, Spec{}); return err })
	const enough = 200 * time.Millisecond
	testkit.Within(t, soon, "some use of the processor", func() bool {
		p, _ := proctable.Look(c.Pid())
		return p.User > enough
	})
	signalPid(t, c.Tree().Root(), unix.SIGKILL)
	requireDone(t, c.Tree(), soon)
	_, _ = c.Wait()
	if used := c.Tree().Used(); used.User+used.Kernel < enough {
		t.Errorf("%+v", used)
	}
}

func TestKillOnCloseCanBeSetLater(t *testing.T) {
	testkit.NoLeaks(t)
	cmd := testkit.FixtureCommand(t, "sleep")
	c := below(t, cmd, Spec{})
	for _, die := range []bool{true, false, true} {
		if err := c.Tree().SetKillOnClose(die); err != nil {
			t.Error(err)
		}
	}
	_ = c.Signal(syscall.SIGKILL)
	_, _ = c.Wait()
	requireDone(t, c.Tree(), soon)
	if err := c.Tree().SetKillOnClose(true); err != nil {
		t.Errorf("of a tree that is done: %v", err)
	}
}

// Some programs wait for whatever child there is.
func TestACallerThatWaitsForAllItsChildrenDoesNotHoldTheTreeUp(t *testing.T) {
	testkit.NoLeaks(t)
	stop, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			select {
			case <-stop:
				return
			default:
				if pid, _ := unix.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 {
					_, _ = unix.Poll(nil, 1)
				}
			}
		}
	}()
	defer func() { close(stop); <-gone }()
	for range 20 {
		cmd := exec.Command("true")
		c, err := Start(cmd, Spec{})
		if err != nil {
			t.Fatal(err)
		}
		requireDone(t, c.Tree(), soon)
		_ = cmd.Wait()
	}
}

func TestSeveralTreesAtOnce(t *testing.T) {
	testkit.NoLeaks(t)
	results := make(chan error)
	const trees = 16
	for i := range trees {
		go func() {
			cmd := exec.Command("sh", "-c", "exit "+strconv.Itoa(i))
			c, err := Start(cmd, Spec{KillOnClose: i%2 == 0})
			if err == nil {
				status, waitErr := c.Wait()
				if err = waitErr; err == nil && status.ExitCode() != i {
					err = errors.New(status.String())
				}
				<-c.Tree().Done()
				err = errors.Join(err, c.Tree().Broken())
			}
			results <- err
		}()
	}
	for range trees {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestSupervisorsNest(t *testing.T) {
	testkit.NoLeaks(t)
	// A caller below a supervisor, which is killed: all of the inner tree goes as well.
	cmd := exec.Command("/proc/self/exe", callerVerb, "{}", testkit.Fixture(t), "daemonize")
	nonce := testkit.Nonce(t, cmd)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	var c *Child
	testkit.StartReady(t, cmd, func() (err error) { c, err = Start(cmd, Spec{}); return err })
	table, err := proctable.Read()
	if err != nil {
		t.Fatal(err)
	}
	inner := 0
	for _, p := range table.Below(c.Tree().Root()) {
		if strings.HasPrefix(p.Comm, SuperName) {
			inner++
		}
	}
	if inner != 1 {
		t.Errorf("%d supervisors below the outer one", inner)
	}
	if err := proctable.End(5*time.Second, c.Tree().Identity()); err != nil {
		t.Error(err)
	}
	testkit.RequireNone(t, nonce, soon)
	requireDone(t, c.Tree(), soon)
	_, _ = c.Wait()
}

func TestTheHelpersHoldNothingOfTheCaller(t *testing.T) {
	testkit.NoLeaks(t)
	inherited, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("sh", "-c", "exec sleep 60 >/dev/null 2>&1 <&1 3>&-")
	cmd.Stdout, cmd.ExtraFiles = w, []*os.File{w}
	c := below(t, cmd, Spec{})
	w.Close()
	// The command has closed its ends, and nobody else may have one.
	if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, pid := range []int{cmd.Process.Pid, c.Tree().ward.Pid(), c.Tree().Root()} {
		if cwd, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd"); err != nil || cwd != "/" {
			t.Errorf("its directory is %s (%v)", cwd, err)
		}
		entries, _ := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
		for _, entry := range entries {
			target, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/fd/" + entry.Name())
			if strings.HasPrefix(target, "pipe:") || strings.HasPrefix(target, "/tmp") {
				t.Errorf("%d holds %s", pid, target)
			}
		}
	}
}
