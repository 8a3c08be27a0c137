package conformance

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestNST14_a_level_that_the_kernel_refuses_is_an_error_and_changes_nothing(t *testing.T) {
	alone(t, func(t *testing.T) {
		for levels := range 6 { // one job may need more than one of the kernel's
			t.Run(strconv.Itoa(levels), func(t *testing.T) {
				allowLevels(t, levels)
				root := newJob(t)
				cmd, tree := command(t, "sleep")
				process, err := root.Start(cmd)
				if err != nil {
					requireRefusal(t, err)
					tree.requireGone(t, atOnce)
					requireCounts(t, root, 0, 0, 0)
					return
				}
				reapWithTest(t, process)
				innermost := root
				for range levels {
					fresh := newJob(t)
					if err := fresh.Assign(process.Pid()); err != nil {
						requireRefusal(t, err)
						requireCounts(t, fresh, 0, 0, 0)
						requireContains(t, fresh, process.Pid(), false)
						requireProcesses(t, innermost, process.Pid())
						return
					}
					innermost = fresh
				}
				t.Fatalf("%d jobs fit into %d levels", levels+1, levels)
			})
		}
	})
}

// requireRefusal is about an error that is not to be taken for one of the rules.
func requireRefusal(t testing.TB, err error) {
	t.Helper()
	t.Logf("refused: %v", err)
	for _, rule := range []error{jobobject.ErrAccessDenied, jobobject.ErrProcessExited, jobobject.ErrClosed} {
		if errors.Is(err, rule) {
			t.Errorf("the error says %v", rule)
		}
	}
}

// allowLevels bounds the levels of cgroups below the one of this test.
func allowLevels(t testing.TB, levels int) {
	t.Helper()
	path := filepath.Join(testkit.OwnGroup(t), "cgroup.max.depth")
	requireNoError(t, os.WriteFile(path, []byte(strconv.Itoa(levels)), 0))
	t.Cleanup(func() { requireNoError(t, os.WriteFile(path, []byte("max"), 0)) })
}
