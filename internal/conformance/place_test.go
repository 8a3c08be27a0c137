//go:build linux

package conformance

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// place is where programs that own jobs are started. All they leave behind, be
// it a process, a guard or a directory, is left behind in it.
type place struct {
	dir   string // a cgroup of the test's own
	nonce string
	env   string
}

func newPlace(t testing.TB) *place {
	t.Helper()
	p := &place{dir: testkit.TempGroup(t)}
	p.nonce, p.env = testkit.NewNonce(t)
	return p
}

// start starts a role in the place; what is left of it ends with the test.
func (p *place) start(t testing.TB, cmd *exec.Cmd) *testkit.Output {
	t.Helper()
	cmd.Env = append(cmd.Environ(), p.env)
	testkit.InGroup(t, cmd, p.dir)
	return testkit.Start(t, cmd, nil)
}

// run plays a role to its end.
func (p *place) run(t testing.TB, role string, args ...string) (pids []int) {
	t.Helper()
	cmd := roleCommand(t, role, args...)
	pids = p.start(t, cmd).AwaitReady(t)
	requireNoError(t, cmd.Wait())
	return pids
}

// requireClean shows that nothing is left, and logs how long that took.
func (p *place) requireClean(t testing.TB) {
	t.Helper()
	begin := time.Now()
	defer func() {
		if took := time.Since(begin); took > 2*time.Second {
			t.Logf("after %v there is left: %q", took, p.leftovers())
		}
	}()
	testkit.Within(t, soon, "removal of all that the program left", func() bool { return len(p.leftovers()) == 0 })
	testkit.RequireNone(t, p.nonce, soon)
}

// leftovers are the processes and directories in the place.
func (p *place) leftovers() (left []string) {
	_ = filepath.WalkDir(p.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // just removed
		case err != nil:
			left = append(left, err.Error())
		case entry.IsDir() && path != p.dir:
			left = append(left, path)
		case entry.Name() == "cgroup.procs":
			content, _ := os.ReadFile(path)
			for pid := range strings.FieldsSeq(string(content)) {
				command, _ := os.ReadFile("/proc/" + pid + "/cmdline")
				left = append(left, pid+" "+strings.ReplaceAll(string(command), "\x00", " "))
			}
		}
		return nil
	})
	return left
}
