package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

// patience is for what happens at once.
const patience = 20 * time.Second

func runRestricted(t *testing.T, args ...string) string {
	t.Helper()
	testkit.NoLeaks(t)
	cmd := exec.Command(testkit.Build(t, "."), args...)
	nonce := testkit.Nonce(t, cmd)
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	testkit.RequireNone(t, nonce, patience)
	return string(output)
}

func requireLine(t *testing.T, output string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile("(?m)^" + pattern + "$").MatchString(output) {
			t.Errorf("no line is %s in\n%s", pattern, output)
		}
	}
}

// Both are signaled then, and it is the job that is told of.
func TestTheTimeOfTheJobIsUsedUp(t *testing.T) {
	output := runRestricted(t, "-time", "200ms", testkit.Fixture(t), "spin")
	requireLine(t, output, `Restricted: \d+`, "The time of the job is used up",
		` +TotalUserTime +\d+\.?\d*m?s`, " +TotalTerminatedProcesses +1", " +ActiveProcesses +0", ` +TotalProcesses +at least 1`)
}

// With a child too, and although the process itself has used next to nothing.
func TestTheTimeIsThatOfAllProcesses(t *testing.T) {
	output := runRestricted(t, "-time", "200ms", "sh", "-c", "$0 spin & $0 spin & wait", testkit.Fixture(t))
	requireLine(t, output, "The time of the job is used up", " +TotalTerminatedProcesses +[23]")
}

func TestTheProcessEndsWithinItsTime(t *testing.T) {
	output := runRestricted(t, "-time", "1m", "sh", "-c", "sleep 1000 & exit 3")
	requireLine(t, output, "The process has ended with 3", " +ActiveProcesses +1", " +TotalTerminatedProcesses +0")
	requireLine(t, runRestricted(t, "sh", "-c", "kill -TERM $$"), "The process was ended by terminated")
}

func TestStatisticsAreForPeopleAndTheUnknownIsNot0(t *testing.T) {
	var out strings.Builder
	err := printStatistics(&out, jobobject.Accounting{
		UserTime: kernel.Exactly(time.Second), PeriodUserTime: kernel.Exactly(time.Millisecond),
		WriteBytes: kernel.AtLeast[uint64](7), PeakJobMemory: kernel.Exactly[uint64](4096),
	})
	if err != nil {
		t.Fatal(err)
	}
	requireLine(t, out.String(), `  TotalUserTime              1s`, `  ThisPeriodTotalUserTime    1ms`, `  TotalKernelTime            unknown`,
		`  WriteTransferCount         at least 7 bytes`, `  PeakJobMemoryUsed          4096 bytes`, `  ReadTransferCount          unknown`)
}
