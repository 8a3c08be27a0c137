package conformance

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

// nobody is the user of testkit.AsNobody.
const nobody = 65534

// TestAsNobody runs every test of the suite once more, as an unprivileged user
// in a cgroup that root has delegated to it, with fewer rounds where a race is
// looked for.
func TestAsNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this is not root, so every test runs without privilege already")
	}
	if testing.Short() {
		t.Skip("runs every test once more")
	}
	testkit.NoLeaks(t)
	home := openDirectory(t)
	binary := filepath.Join(home, "conformance.test")
	copyBinary(t, binary)
	for _, name := range testsOf(t, binary) {
		t.Run(name, func(t *testing.T) { runAsNobody(t, home, binary, name) })
	}
}

func runAsNobody(t *testing.T, home, binary, name string) {
	testkit.NoLeaks(t)
	group := testkit.TempGroup(t)
	delegate(t, group)
	cmd := exec.Command(binary, "-test.run=^"+name+"$", "-test.short", "-test.v", "-test.timeout=5m")
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home, "JOBOBJECT_FIXTURE="+testkit.Fixture(t), leaveAtOnce)
	testkit.AsNobody(t, cmd)
	testkit.InGroup(t, cmd, group)
	nonce := testkit.Nonce(t, cmd)
	cmd.WaitDelay = soon // for what would hold the output

	output, err := cmd.CombinedOutput()

	if err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	testkit.RequireNone(t, nonce, soon)
	left := &place{dir: group}
	if leftovers := left.leftovers(); len(leftovers) > 0 {
		t.Errorf("left behind: %q", leftovers)
	}
	if reason := skipReason(output); reason != "" {
		t.Skip(reason)
	}
}

// delegate gives the cgroup to nobody, as the documentation of cgroups says.
func delegate(t testing.TB, group string) {
	t.Helper()
	for _, file := range []string{"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"} {
		requireNoError(t, os.Chown(filepath.Join(group, file), nobody, nobody))
	}
}

// openDirectory is one that nobody owns. t.TempDir is closed to others.
func openDirectory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "conformance-")
	requireNoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	requireNoError(t, errors.Join(os.Chmod(dir, 0o755), os.Chown(dir, nobody, nobody)))
	return dir
}

// copyBinary is there because the directory that go test builds in is closed to
// others too.
func copyBinary(t testing.TB, path string) {
	t.Helper()
	self, err := os.Executable()
	requireNoError(t, err)
	content, err := os.ReadFile(self)
	requireNoError(t, err)
	// A child that is forked meanwhile would keep the file busy for a moment.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	requireNoError(t, os.WriteFile(path, content, 0o755))
}

func testsOf(t testing.TB, binary string) []string {
	t.Helper()
	cmd := exec.Command(binary, "-test.list=.")
	output, err := cmd.Output()
	requireNoError(t, err)
	var names []string
	for name := range strings.FieldsSeq(string(output)) {
		if name != "TestAsNobody" && strings.HasPrefix(name, "Test") {
			names = append(names, name)
		}
	}
	return names
}
