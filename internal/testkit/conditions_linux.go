package testkit

import (
	"encoding/json"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/fixture/inherited"
)

// Busy keeps n processes burning CPU until the test ends: what passes only on
// an idle machine is not right yet.
func Busy(t testing.TB, n int) {
	t.Helper()
	// They end by themselves should this process be killed.
	bound := 10 * time.Minute
	if limited, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if deadline, set := limited.Deadline(); set {
			bound = min(bound, time.Until(deadline))
		}
	}
	for range n {
		StartReady(t, FixtureCommand(t, "spin", bound.String()), nil)
	}
}

// nobody is the user that owns nothing.
const nobody = 65534

// AsNobody makes cmd run as an unprivileged user. Where the test is one itself
// there is nothing to change.
func AsNobody(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
}

// ParseInherited reads what the fixture's inherit verb printed.
func ParseInherited(t testing.TB, output []byte) inherited.Report {
	t.Helper()
	var report inherited.Report
	if err := json.Unmarshal(output, &report); err != nil {
		t.Fatalf("parse what the fixture inherited: %v in %q", err, output)
	}
	return report
}

// TreeSize is the number of processes of the fixture's tree, its root included.
func TreeSize(depth, width int) int {
	size := 0
	for level, count := 0, 1; level < depth; level, count = level+1, count*width {
		size += count
	}
	return size
}
