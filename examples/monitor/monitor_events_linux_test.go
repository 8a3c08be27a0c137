package main

import (
	"os/exec"
	"regexp"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// patience is for what happens at once.
const patience = 20 * time.Second

func TestAMonitorPrintsWhatHappens(t *testing.T) {
	testkit.NoLeaks(t)
	monitor := testkit.Build(t, ".")
	cmd := exec.Command(monitor, "sh", "-c", "true & wait; exit 3")
	nonce := testkit.Nonce(t, cmd)
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	testkit.RequireNone(t, nonce, patience)
	want := regexp.MustCompile(`^JOB_OBJECT_MSG_NEW_PROCESS +(\d+)
JOB_OBJECT_MSG_NEW_PROCESS +(\d+)
JOB_OBJECT_MSG_EXIT_PROCESS +(\d+)
JOB_OBJECT_MSG_EXIT_PROCESS +(\d+)
JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO
$`)
	pids := want.FindSubmatch(output)
	if pids == nil {
		t.Fatalf("it prints\n%s", output)
	}
	shell, child := string(pids[1]), string(pids[2])
	if shell == child || string(pids[3]) != child || string(pids[4]) != shell {
		t.Errorf("the shell is %s, its child %s, and it prints\n%s", shell, child, output)
	}
}
