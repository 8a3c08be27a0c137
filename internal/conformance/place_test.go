//go:build linux

package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// place is where programs that own jobs are started. All they leave behind, be
// it a process, a guard or a directory, is left behind in it.
type place struct {
	dir   string // a cgroup of the test's own; "" where none can be made
	nonce string // of all that are started here, which is all there is without a cgroup
	env   string
}

func newPlace(t testing.TB) *place {
	t.Helper()
	requireHeld(t)
	p := &place{}
	var err error
	if p.dir, err = testkit.TryTempGroup(t); err != nil && byCgroups(t) {
		t.Skipf("no cgroup for what a program leaves behind: %v", err)
	}
	p.nonce, p.env = testkit.NewNonce(t)
	return p
}

// hold makes a command start in the place.
func (p *place) hold(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	cmd.Env = append(cmd.Environ(), p.env)
	if p.dir != "" {
		testkit.InGroup(t, cmd, p.dir)
	}
}

// start starts a role in the place; what is left of it ends with the test.
func (p *place) start(t testing.TB, cmd *exec.Cmd) *testkit.Output {
	t.Helper()
	p.hold(t, cmd)
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
	if p.dir == "" {
		for _, pid := range testkit.WithNonce(p.nonce) {
			left = append(left, withCommand(pid))
		}
		return left
	}
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
			for field := range strings.FieldsSeq(string(content)) {
				pid, _ := strconv.Atoi(field) // 0 is somebody out of sight
				left = append(left, withCommand(pid))
			}
		}
		return nil
	})
	return left
}

func withCommand(pid int) string {
	command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // it may have ended
	return fmt.Sprintf("%d %s", pid, strings.ReplaceAll(string(command), "\x00", " "))
}
