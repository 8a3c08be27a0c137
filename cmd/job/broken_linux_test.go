package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

// Nobody but job is left above the tree then.
func TestATreeThatLosesBothItsSupervisorsIsEndedAllTheSame(t *testing.T) {
	testkit.NoLeaks(t)
	t.Setenv("JOBOBJECT_MECHANISM", "proctree")
	r := startFixture(t, nil, "tree", "3", "2")
	staff := supervisorsOf(t, r.cmd.Process.Pid)
	if len(staff) != 2 {
		t.Fatalf("found %d processes above the command, want ward and supervisor", len(staff))
	}
	for _, pid := range staff { // stopped first, so that neither sees the end of the other
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	for _, pid := range staff {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	r.end().requireStatus(t, 137)
	story := r.readReport()
	story.require(t, "signaled", 137, "SIGKILL")
	if want := testkit.TreeSize(3, 2) - 1; story.Leftover.Count != want {
		t.Errorf("left: %+v, want the %d processes below the command", story.Leftover, want)
	}
}

// supervisorsOf finds ward and supervisor by what they are called with.
func supervisorsOf(t testing.TB, owner int) (pids []int) {
	t.Helper()
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, line := range lines {
		content, _ := os.ReadFile(line) // gone: nobody's
		isOne := bytes.HasPrefix(content, []byte("jobobject-ward\x00")) || bytes.HasPrefix(content, []byte("jobobject-super\x00"))
		if isOne && bytes.HasSuffix(content, fmt.Appendf(nil, "\x00of\x00%d\x00", owner)) {
			var pid int
			if _, err := fmt.Sscanf(line, "/proc/%d/cmdline", &pid); err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}
