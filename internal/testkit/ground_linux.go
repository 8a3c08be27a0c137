package testkit

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Ground makes a cgroup2 directory beside the test's own, with that controller, and
// removes it with all that is in it when the test ends. A command that starts there
// alone can give groups of its own the controller; where the test is others are, so
// that it cannot. It is empty where there is nothing to be had so: in a v1 hierarchy
// that needs none.
func Ground(t testing.TB, controller string) (dir string) {
	t.Helper()
	parent := filepath.Dir(OwnGroup(t))
	has := func(file string) bool {
		content, err := os.ReadFile(filepath.Join(parent, file))
		return err == nil && slices.Contains(strings.Fields(string(content)), controller)
	}
	const control = "cgroup.subtree_control"
	switch {
	case !has("cgroup.controllers"):
		return ""
	case !has(control) && writeFile(filepath.Join(parent, control), "+"+controller) != nil:
		return ""
	}
	dir = filepath.Join(parent, groupPrefix+strings.ToLower(rand.Text()[:10]))
	if os.Mkdir(dir, 0o755) != nil {
		return ""
	}
	t.Cleanup(func() {
		if err := emptyAndRemove(dir, 5*time.Second); err != nil {
			t.Errorf("remove the test's cgroup: %v", err)
		}
	})
	return dir
}
