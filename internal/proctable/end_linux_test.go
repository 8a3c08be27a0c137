package proctable

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/testkit"
)

// Verbs of the test binary.
const (
	rootVerb      = "be-root"    // a process that all below it fall to
	endVerb       = "end"        // end what is below that number
	endParentVerb = "end-parent" // start a program, and end what is below the parent, itself included
)

func play(verb, arg string) {
	pid := os.Getppid()
	if verb == endParentVerb {
		if err := exec.Command(arg, "sleep").Start(); err != nil {
			println(err.Error())
		}
		os.Stdout.WriteString("ready\n")
	} else {
		pid, _ = strconv.Atoi(arg)
	}
	root, _ := Look(pid)
	if err := End(time.Second, root.Identity); err != nil {
		println(err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

func beRoot(args []string) {
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout = os.Stdout
	if err := cmd.Start(); err != nil {
		println(err.Error())
		os.Exit(1)
	}
	for {
		_, err := unix.Wait4(-1, nil, 0, nil)
		if errors.Is(err, unix.ECHILD) {
			time.Sleep(time.Minute) // until it is killed
		}
	}
}

// underRoot starts a verb of the fixture below a root and returns that one.
func underRoot(t *testing.T, verb ...string) (root Identity, out *testkit.Output, nonce string) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", append([]string{rootVerb, testkit.Fixture(t)}, verb...)...)
	nonce = testkit.Nonce(t, cmd)
	out = testkit.Start(t, cmd, nil)
	p, found := Look(cmd.Process.Pid)
	if !found {
		t.Fatal("the root is gone")
	}
	return p.Identity, out, nonce
}

// takeThreads has the runtime make the threads that it may need, as long as there is room
// for them in the fence, which the bomb fills.
func takeThreads() {
	const enough = 12
	all, done := make(chan bool), make(chan bool)
	for range enough {
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			all <- true
			done <- true
		}()
	}
	for range enough {
		<-all
	}
	for range enough {
		<-done
	}
}

// requireOnly fails the test unless nobody with that mark lives but the root.
func requireOnly(t *testing.T, root Identity, nonce string) {
	t.Helper()
	for range 2 {
		for _, pid := range testkit.WithNonce(nonce) {
			if pid != root.Pid {
				t.Errorf("%d is still alive", pid)
			}
		}
	}
	if !testkit.Alive(root.Pid) {
		t.Error("the root has been ended too")
	}
}

func TestEndEndsAllThatIsBelowTheRootAndNothingElse(t *testing.T) { // C01, C02, C03, C04, C05
	testkit.NoLeaks(t)
	for _, verb := range []string{"tree 3 3", "daemonize", "ignore-all", "dead-leader", "stop", "vfork-hang", "ptrace-child", "subreaper", "zombies 5"} {
		root, out, nonce := underRoot(t, strings.Fields(verb)...)
		out.AwaitReady(t)
		other := testkit.FixtureCommand(t, "sleep")
		testkit.StartReady(t, other, nil)
		if err := End(time.Second, root); err != nil {
			t.Errorf("%s: %v", verb, err)
		}
		requireOnly(t, root, nonce)
		if !testkit.Alive(other.Process.Pid) {
			t.Errorf("%s: a stranger has been ended", verb)
		}
	}
}

func TestEndConvergesAgainstAForkBomb(t *testing.T) { // C12
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	takeThreads()
	testkit.Watchdog(t, time.Minute)
	for range 3 {
		root, out, nonce := underRoot(t, "bomb")
		out.AwaitReady(t)
		testkit.Within(t, soon, "the bomb has grown", func() bool {
			table, err := Read()
			return err == nil && len(table.Below(root.Pid)) > 200
		})
		began := time.Now()
		if err := End(time.Second, root); err != nil {
			t.Error(err)
		}
		t.Logf("ended in %v", time.Since(began))
		requireOnly(t, root, nonce)
	}
}

func TestStoppingConvergesAgainstAForkBombToo(t *testing.T) { // C12
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	takeThreads()
	testkit.Watchdog(t, time.Minute)
	root, out, _ := underRoot(t, "bomb")
	out.AwaitReady(t)
	e := ending{roots: []Identity{root}, self: os.Getpid(), stopped: map[Identity]bool{}}
	defer func() { e.letGo() }()
	testkit.Within(t, soon, "nobody new", func() bool {
		news, err := e.signalAll(e.stopped, func() syscall.Signal { return unix.SIGSTOP })
		return err == nil && news == 0
	})
	seen := len(e.stopped)
	if seen < 2 {
		t.Fatalf("only %d processes have been seen", seen)
	}
	testkit.Within(t, soon, "all are stopped", func() bool {
		table, err := Read()
		for _, p := range table.Below(root.Pid) {
			if !p.Dead() && p.State != 'T' {
				return false
			}
		}
		return err == nil
	})
	if err := End(time.Second, root); err != nil {
		t.Error(err)
	}
}

func TestEndSparesWhoHasTheNumberOfAnotherOne(t *testing.T) { // C20
	testkit.NoLeaks(t)
	root, out, nonce := underRoot(t, "tree", "2", "2")
	out.AwaitReady(t)
	// The number of the root has passed on: what is below it now is a stranger's.
	if err := End(time.Second, Identity{root.Pid, root.Start - 1}); err != nil {
		t.Error(err)
	}
	if alive := len(testkit.WithNonce(nonce)); alive != 1+testkit.TreeSize(2, 2) {
		t.Errorf("%d are alive", alive)
	}
	victim := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, victim, nil)
	p, _ := Look(victim.Process.Pid)
	if _, err := hold(Identity{p.Pid, p.Start - 1}); !errors.Is(err, unix.ESRCH) {
		t.Errorf("a process that is not meant can be held: %v", err)
	}
	p.Start--
	if err := signalByNumber(p, unix.SIGKILL); !errors.Is(err, unix.ESRCH) || !testkit.Alive(p.Pid) {
		t.Errorf("a process that is not meant has been signalled: %v", err)
	}
}

func TestEndNamesWhoCannotBeEnded(t *testing.T) {
	testkit.NoLeaks(t)
	program := testkit.SetuidFixture(t)
	// Somebody without privilege is to end what has become root's entirely.
	cmd := exec.Command("/proc/self/exe", rootVerb, program, "setuid-root")
	nonce := testkit.Nonce(t, cmd)
	testkit.AsNobody(t, cmd)
	exe, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.TrimSuffix(program, "fixture") + "test"
	if err := os.WriteFile(own, exe, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd.Path = own
	testkit.StartReady(t, cmd, nil)
	root, _ := Look(cmd.Process.Pid)

	ender := exec.Command(own, endVerb, strconv.Itoa(root.Pid))
	testkit.AsNobody(t, ender)
	output, err := ender.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "another user") || !strings.Contains(string(output), "setuid-root") {
		t.Errorf("%v: %s", err, output)
	}
	if alive := len(testkit.WithNonce(nonce)); alive != 2 {
		t.Errorf("%d are alive", alive)
	}
}

func TestWhoIsBelowTheRootItselfGoesLast(t *testing.T) {
	testkit.NoLeaks(t)
	// The member makes a tree of its own, and ends all below the root.
	cmd := exec.Command("/proc/self/exe", rootVerb, "/proc/self/exe", endParentVerb, testkit.Fixture(t))
	nonce := testkit.Nonce(t, cmd)
	out := testkit.Start(t, cmd, nil)
	out.AwaitReady(t)
	root, _ := Look(cmd.Process.Pid)
	testkit.Within(t, soon, "death of all but the root", func() bool { return len(testkit.WithNonce(nonce)) == 1 })
	requireOnly(t, root.Identity, nonce)
}

func TestEndOfNothingIsNoError(t *testing.T) {
	if err := End(time.Second); err != nil {
		t.Error(err)
	}
	if err := End(time.Second, Identity{Pid: 1 << 30}); err != nil {
		t.Error(err)
	}
}

// BenchmarkRead is one look at a machine with this many processes.
func BenchmarkRead(b *testing.B) {
	testkit.RequireFence(b)
	const sleepers = 1800
	cmd := testkit.FixtureCommand(b, "tree", "2", strconv.Itoa(sleepers))
	testkit.StartReady(b, cmd, nil)
	var table Table
	for b.Loop() {
		var err error
		if table, err = Read(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(table)), "ns/process")
	b.ReportMetric(float64(len(table)), "processes")
}
