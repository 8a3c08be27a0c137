package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

// To begin a stream takes longer than all the rest of a start.
func TestNoStreamIsBegunThatNobodyHasAskedFor(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--report"}, "sleep")
	if open := bpfDescriptor(t, r.cmd.Process.Pid); open != "" {
		t.Errorf("job has open: %s", open)
	}
	r.signal(syscall.SIGTERM)
	r.end().requireStatus(t, 143)
}

// bpfDescriptor is a descriptor of that process that only a tracer has; "" if it has none.
func bpfDescriptor(t *testing.T, pid int) string {
	t.Helper()
	links, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
	if err != nil || len(links) == 0 {
		t.Fatalf("descriptors of %d: %q, %v", pid, links, err)
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.Contains(target, "bpf") {
			return target
		}
	}
	return ""
}
