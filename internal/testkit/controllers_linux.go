package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// RequireGround skips a test that would make groups with that controller where
// this process is in a v1 group that is neither the top of its hierarchy nor a
// fence: whoever supervises this process has made it, and tests leave it alone.
func RequireGround(t testing.TB, controller string) {
	t.Helper()
	h, err := findHierarchy(controller)
	if err != nil {
		return // not v1, or out of sight
	}
	own := h.own
	if strings.HasPrefix(filepath.Base(own), fencePrefix) {
		own = filepath.Dir(own)
	}
	if own != h.mount {
		t.Skipf("the %s group of this process, %s, is not for tests to make groups in", controller, own)
	}
}

// ShadowOf is the v1 group of a process in the hierarchy of that controller, as a
// path in that; "" where the controller is not in a v1 hierarchy.
func ShadowOf(t testing.TB, pid int, controller string) string {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		t.Fatalf("find the groups of process %d: %v", pid, err)
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) == 3 && listed(fields[1], controller) {
			return fields[2]
		}
	}
	return ""
}

// RequireNoShadows waits until no job has a group in the v1 hierarchy of that
// controller, below the group of this process. There is nothing to wait for where
// the controller is not in a v1 hierarchy.
func RequireNoShadows(t testing.TB, controller string, patience time.Duration) {
	t.Helper()
	h, err := findHierarchy(controller)
	if err != nil {
		return
	}
	var left []string
	if !poll(patience, func() bool {
		left, _ = filepath.Glob(filepath.Join(h.own, "jobobject-*"))
		return len(left) == 0
	}) {
		t.Errorf("v1 groups are left: %v", left)
	}
}
