package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

// In a pid namespace whose first process has made no session, as unshare(1) starts
// one, the own process group has the number 0: that of no terminal must be another.
func TestAnInterruptInAPidNamespaceWithoutATerminalIsPassedOn(t *testing.T) {
	testkit.NoLeaks(t)
	if os.Geteuid() != 0 {
		t.Skip("an unprivileged user cannot make a pid namespace")
	}
	if tty, err := os.Open("/dev/tty"); err == nil {
		tty.Close()
		t.Skip("this process has a terminal")
	}
	if _, err := exec.LookPath("unshare"); err != nil {
		t.Skip(err)
	}
	inside, nonce := jobCommand(t, "run", "--grace", "10m", testkit.Fixture(t), "handler", "INT", "42")
	cmd := exec.Command("unshare", append([]string{"--pid", "--fork", "--mount-proc", "--kill-child"}, inside.Args...)...)
	cmd.Env, cmd.WaitDelay = inside.Env, patience
	output := testkit.Start(t, cmd, nil)
	output.Await(t, patience, "ready")

	if err := syscall.Kill(onlyChild(t, cmd.Process.Pid), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}

	if status := exitStatus(t, cmd.Wait()); status != 42 {
		t.Errorf("status %d, want that of the handler", status)
	}
	testkit.RequireNone(t, nonce, patience)
}

func onlyChild(t testing.TB, pid int) int {
	t.Helper()
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	if err != nil {
		t.Skip(err) // a kernel without CONFIG_PROC_CHILDREN
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(list)))
	if err != nil {
		t.Fatalf("children of %d: %q", pid, list)
	}
	return child
}
