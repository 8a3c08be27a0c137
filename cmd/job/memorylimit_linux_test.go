package main

import (
	"os"
	"strings"
	"testing"

	"jobobject/internal/testkit"
)

// requireMemory skips a test where no limit on memory can be held.
func requireMemory(t *testing.T) {
	t.Helper()
	testkit.RequireGround(t, "memory")
	grounded = "memory"
	t.Cleanup(func() { grounded = "" })
	if got := runToEnd(t, "run", "--memory", "64M", "true"); got.status == exitTrouble {
		t.Skip(got.stderr)
	}
}

// C37
func TestTheMemoryOfTheCommandIsUp(t *testing.T) {
	testkit.NoLeaks(t)
	requireMemory(t)
	got, report := runLimited(t, []string{"--memory", "64M"}, testkit.Fixture(t), "alloc", "256")

	got.requireStatus(t, 124)
	report.requireLimit(t, "memory")
	report.requirePeak(t, 64<<20*95/100, 64<<20*105/100)
	b := report.requireBound(t, "memory")
	if b.Limit != float64(64<<20) || b.Used == nil || *b.Used != float64(*report.Memory.Peak) || b.Struck == nil || !b.Ended {
		t.Errorf("the report says %+v", b)
	}
	if !strings.Contains(got.stderr, "job: run: the job was ended by its limit --memory 64MiB (6") {
		t.Errorf("it says %q", got.stderr)
	}
	if report.Processes.Terminated != 1 {
		t.Errorf("limits have ended %d", report.Processes.Terminated)
	}
}

// C37: a bystander in the job lives on, and the status is that of the command.
func TestTheMemoryOfAGrandchildIsUp(t *testing.T) {
	testkit.NoLeaks(t)
	requireMemory(t)
	got, report := runLimited(t, []string{"--memory", "64M"},
		"sh", "-c", `sh -c '$0 alloc 256; exit 5' $0; echo $?; exit 7`, testkit.Fixture(t))

	got.requireStatus(t, 7)
	report.require(t, "exited", 7, "")
	if !strings.Contains(got.stdout, "5") || report.Processes.Terminated != 1 {
		t.Errorf("it ended with %q, and limits have ended %d", got.stdout, report.Processes.Terminated)
	}
}

// C31: the tighter one of the chain, and it is the inner job that says so or the
// outer one.
func TestTheMemoryOfANestedJobIsUp(t *testing.T) {
	testkit.NoLeaks(t)
	requireMemory(t)
	for name, sizes := range map[string][2]string{"inner": {"256M", "64M"}, "outer": {"64M", "256M"}} {
		t.Run(name, func(t *testing.T) {
			got, _ := runLimited(t, []string{"--memory", sizes[0]},
				jobProgram(t), "run", "--memory", sizes[1], "--", testkit.Fixture(t), "alloc", "160")
			want := 124
			if name == "outer" {
				want = 137 // the inner job's own limit did not strike
			}
			got.requireStatus(t, want)
		})
	}
}

// C37: the bystander does not live on.
func TestAllAreEndedWhenTheMemoryIsUp(t *testing.T) {
	testkit.NoLeaks(t)
	requireMemory(t)
	if testkit.ShadowOf(t, os.Getpid(), "memory") != "" { // only there may it be refused
		got := runToEnd(t, "run", "--memory", "64M", "--memory-kills-all", "true")
		got.requireStatus(t, exitTrouble)
		t.Skip(got.stderr)
	}
	got, report := runLimited(t, []string{"--memory", "64M", "--memory-kills-all"},
		"sh", "-c", `$0 alloc 256; echo still there`, testkit.Fixture(t))
	got.requireStatus(t, 124)
	report.requireLimit(t, "memory")
	if got.stdout != "" || report.Processes.Terminated != 2 {
		t.Errorf("it printed %q, and limits have ended %d", got.stdout, report.Processes.Terminated)
	}
}
