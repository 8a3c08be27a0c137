package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// dumps tells how the kernel's crash dumps can be seen here: as files in the
// directory of a process, or, in the machine that scripts/test-vm boots, taken by a
// program that writes to a file.
func dumps(t testing.TB) (in func(dir string) []string) {
	t.Helper()
	content, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	requireNoError(t, err)
	pattern := strings.TrimSpace(string(content))
	if taken, piped := strings.CutPrefix(pattern, "|/usr/bin/tee "); piped {
		_ = os.Remove(taken)
		return func(string) []string {
			names, _ := filepath.Glob(taken)
			return names
		}
	}
	if pattern == "" || strings.ContainsAny(pattern, "|@/") {
		t.Skipf("core_pattern is %q: where dumps go cannot be seen from here", pattern)
	}
	return func(dir string) []string {
		names, _ := filepath.Glob(dir + "/*")
		return names
	}
}

func crash(t testing.TB, job *jobobject.Job, shell ...string) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "crash-")
	requireNoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	cmd := testkit.FixtureCommand(t, "crash")
	if len(shell) > 0 {
		cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c"}, append(shell, cmd.Path)...)
	}
	cmd.Dir = dir
	process, err := job.Start(cmd)
	requireNoError(t, err)
	reapWithTest(t, process)
	_, err = process.Wait()
	requireNoError(t, err)
	return dir
}

func TestLIM58_a_member_that_crashes_leaves_no_dump_and_nobody_is_called(t *testing.T) {
	testkit.NoLeaks(t)
	in := dumps(t)
	if dir := crash(t, newJob(t)); len(in(dir)) == 0 {
		t.Skip("nothing is dumped here without the limit either")
	}
	in = dumps(t)
	job := newJob(t, jobobject.WithLimits(jobobject.Limits{DieOnUnhandledException: true}))
	for _, shell := range [][]string{nil, {"$0 crash & wait"}, {"ulimit -c unlimited 2>/dev/null; $0 crash"}} {
		if os.Geteuid() == 0 && len(shell) > 0 && strings.HasPrefix(shell[0], "ulimit") {
			continue // which may have the right to
		}
		if found := in(crash(t, job, shell...)); len(found) > 0 {
			t.Errorf("with %q there is %q", shell, found)
		}
	}
	requireLimits(t, job, jobobject.Limits{DieOnUnhandledException: true})
}

// C58
func TestLIM58_present_members_leave_no_dump_either(t *testing.T) {
	testkit.NoLeaks(t)
	in := dumps(t)
	if dir := crash(t, newJob(t)); len(in(dir)) == 0 {
		t.Skip("nothing is dumped here without the limit either")
	}
	in = dumps(t)
	job := newJob(t)
	dir, err := os.MkdirTemp("", "crash-")
	requireNoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	cmd := testkit.FixtureCommand(t)
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", "echo ready; read line; $0 crash", cmd.Path}
	cmd.Dir = dir
	input, err := cmd.StdinPipe()
	requireNoError(t, err)
	var process *jobobject.Process
	testkit.StartReady(t, cmd, func() (err error) {
		process, err = job.Start(cmd)
		return err
	})
	reapWithTest(t, process)
	requireNoError(t, job.SetLimits(jobobject.Limits{DieOnUnhandledException: true}))
	_, err = input.Write([]byte("\n"))
	requireNoError(t, err)
	_, err = process.Wait()
	requireNoError(t, err)
	if found := in(dir); len(found) > 0 {
		t.Errorf("there is %q", found)
	}
}
