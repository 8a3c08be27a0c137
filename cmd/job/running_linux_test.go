package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// running is a job with a verb of the fixture in it.
type running struct {
	t      testing.TB
	cmd    *exec.Cmd
	nonce  string
	pids   []int // what the fixture has made
	output *testkit.Output
	stderr *os.File // a file, so that nobody who has it open is waited for
	report string
}

// startFixture runs the fixture as a job with these flags, writes a report and
// waits until the fixture is ready.
func startFixture(t testing.TB, flags []string, verb ...string) *running {
	t.Helper()
	return startJob(t, flags, append([]string{testkit.Fixture(t)}, verb...)...)
}

// startJob does that with a command that behaves like the fixture.
func startJob(t testing.TB, flags []string, command ...string) *running {
	t.Helper()
	dir := t.TempDir()
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stderr.Close() })
	r := &running{t: t, stderr: stderr, report: filepath.Join(dir, "report.json")}
	args := append([]string{"run", "--report-file", r.report}, flags...)
	r.cmd, r.nonce = jobCommand(t, append(append(args, "--"), command...)...)
	r.cmd.Stderr = r.stderr
	r.output = testkit.Start(t, r.cmd, nil)
	r.pids = r.output.AwaitReady(t)
	return r
}

// signal sends a signal to job alone.
func (r *running) signal(sig os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(sig); err != nil {
		r.t.Fatalf("signal job: %v", err)
	}
}

// end waits for job and proves that nothing is left.
func (r *running) end() ended {
	r.t.Helper()
	begun := time.Now()
	status := exitStatus(r.t, r.cmd.Wait())
	took := time.Since(begun)
	testkit.RequireNone(r.t, r.nonce, patience)
	return ended{status: status, stderr: r.said(), took: took}
}

// said is what came on standard error.
func (r *running) said() string {
	r.t.Helper()
	content, err := os.ReadFile(r.stderr.Name())
	if err != nil {
		r.t.Fatal(err)
	}
	return string(content)
}

// requireRunning fails the test if job ends within that time.
func (r *running) requireRunning(d time.Duration) {
	r.t.Helper()
	select {
	case <-r.output.Done():
		r.t.Fatalf("job ended within %v", d)
	case <-time.After(d):
	}
	if !testkit.Alive(r.cmd.Process.Pid) {
		r.t.Fatalf("job ended within %v", d)
	}
}

// main is the pid of the fixture itself.
func (r *running) main() int {
	r.t.Helper()
	for _, pid := range testkit.WithNonce(r.nonce) {
		if stat, err := testkit.ReadStat(pid); err == nil && stat.PPID == r.cmd.Process.Pid && stat.Comm != "jobobject-guard" {
			return pid
		}
	}
	r.t.Fatal("job has no child that is its command")
	return 0
}

// group is the directory of the job.
func (r *running) group() string {
	r.t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", r.main()))
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		path, found := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if at := strings.LastIndex(path, "/jobobject-"); found && at >= 0 {
			name, _, _ := strings.Cut(path[at+1:], "/")
			return filepath.Join(testkit.OwnGroup(r.t), name)
		}
	}
	r.t.Fatalf("the command is in no job: %s", content)
	return ""
}

// story is the part of a report that tests look at.
type story struct {
	Version   int
	Command   []string
	Mechanism *string
	Started   time.Time
	Wall      float64 `json:"wall_seconds"`
	Outcome   struct {
		Reason   string
		Limit    *string
		ExitCode int `json:"exit_code"`
		Signal   *string
	}
	Leftover struct {
		Count     int
		Processes []struct {
			PID     int
			Command string
		}
	}
}

func (r *running) readReport() story {
	r.t.Helper()
	return readStory(r.t, r.report)
}

func readStory(t testing.TB, path string) (s story) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, &s)
	}
	if err != nil {
		t.Fatalf("read report: %v in %q", err, content)
	}
	return s
}

// signalOf is the signal that ended the command, "" if none did.
func (s story) signalOf() string {
	if s.Outcome.Signal == nil {
		return ""
	}
	return *s.Outcome.Signal
}

func (s story) require(t testing.TB, reason string, status int, signal string) {
	t.Helper()
	if s.Outcome.Reason != reason || s.Outcome.ExitCode != status || s.signalOf() != signal {
		t.Errorf("the report says %s, %d, signal %q; want %s, %d, %q",
			s.Outcome.Reason, s.Outcome.ExitCode, s.signalOf(), reason, status, signal)
	}
}
