package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "job-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs = dir
	// A job that races ends at once, whatever its status, and one that does not has
	// nothing to wait for.
	os.Setenv("GORACE", "halt_on_error=1 atexit_sleep_ms=0")
	status := testkit.Main(m)
	os.RemoveAll(dir)
	os.Exit(status)
}

// programs is where the command is, under the name job.
var programs string

// buildJob builds the command once, with the race detector if the tests have it.
// JOBOBJECT_JOB names one that was built elsewhere.
var buildJob = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("JOBOBJECT_JOB"); path != "" {
		return filepath.Abs(path)
	}
	path := filepath.Join(programs, "job")
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race")
	}
	if output, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build job: %w\n%s", err, output)
	}
	return path, os.Chmod(programs, 0o755) // the unprivileged run it too
})

func jobProgram(t testing.TB) string {
	t.Helper()
	path, err := buildJob()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// patience is for what happens at once, on a machine that is busy with other
// things.
const patience = 20 * time.Second

// grounded is the controller for which job is started in a cgroup of its own, if it is.
var grounded string

// jobCommand is a command that runs job, marked so that what it leaves behind is
// found. It is killed should it hang.
func jobCommand(t testing.TB, args ...string) (cmd *exec.Cmd, nonce string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, jobProgram(t), args...)
	cmd.WaitDelay = patience // for a pipe that is held open, which is a failure
	if grounded != "" {
		// One that job has been in hands controllers down, and takes nobody any more.
		if dir := testkit.Ground(t, grounded); dir != "" {
			testkit.InGroup(t, cmd, dir)
		}
	}
	return cmd, testkit.Nonce(t, cmd)
}

// ended is what a run came to.
type ended struct {
	status         int
	stdout, stderr string
	took           time.Duration
}

// runToEnd runs job and proves that nothing is left.
func runToEnd(t testing.TB, args ...string) ended {
	t.Helper()
	cmd, nonce := jobCommand(t, args...)
	got := runCommand(t, cmd)
	testkit.RequireNone(t, nonce, patience)
	return got
}

func runCommand(t testing.TB, cmd *exec.Cmd) ended {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begun := time.Now()
	status := exitStatus(t, cmd.Run())
	return ended{status, stdout.String(), stderr.String(), time.Since(begun)}
}

// exitStatus is that of a program that exited. Job never dies of a signal in these
// tests but of KILL.
func exitStatus(t testing.TB, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.Exited():
		return exit.ExitCode()
	}
	t.Fatalf("run job: %v", err)
	return -1
}

// requireStatus fails the test with what job said.
func (e ended) requireStatus(t testing.TB, want int) {
	t.Helper()
	if e.status != want {
		t.Fatalf("status %d, want %d; standard error: %s", e.status, want, e.stderr)
	}
}
