package trace

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jobobject/internal/testkit"
)

// insidePIDNamespace tells the test below that it is the one that was started
// by itself, as the first process of a pid namespace.
const insidePIDNamespace = "TRACE_TEST_IN_PID_NAMESPACE"

func TestProcessesHaveTheNumbersOfTheReadersNamespace(t *testing.T) {
	if os.Getenv(insidePIDNamespace) != "" {
		testInPIDNamespace(t)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root makes a pid namespace that may trace")
	}
	tracerWith(t, EBPF)
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), insidePIDNamespace+"=1", "JOBOBJECT_FIXTURE="+testkit.Fixture(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("in a pid namespace: %v\n%s", err, out)
	}
}

func testInPIDNamespace(t *testing.T) {
	err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("proc", "/proc", "proc", 0, "")
	}
	if err != nil {
		t.Fatalf("mount /proc: %v", err)
	}
	dir := testkit.TempGroup(t)
	before := fixtureIn(t, dir, "sleep")
	testkit.StartReady(t, before, nil)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := shellIn(t, dir, "exit 4")
	_ = cmd.Run()
	events := w.end()
	if about(before.Process.Pid, events) != "present" || about(cmd.ProcessState.Pid(), events) != "birth exec exit" {
		t.Errorf("%d was there before, and %d has started, and told was\n%s", before.Process.Pid, cmd.ProcessState.Pid(), text(events))
	}
	if births := of(Birth, events); births[0].Parent != os.Getpid() {
		t.Errorf("born of %d, which is %d itself", births[0].Parent, os.Getpid())
	}
}
