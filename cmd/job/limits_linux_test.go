package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

// limited is what a report tells of a run with limits.
type limited struct {
	story
	CPU struct {
		User float64 `json:"user_seconds"`
	}
	Memory struct {
		Peak *uint64 `json:"peak_job_bytes"`
	}
	Processes struct {
		Terminated uint64
	}
	Limits []bound
}

// bound is what it tells of a limit.
type bound struct {
	Name   string
	Limit  any // a float64 or a string
	Used   *float64
	Unit   string
	Struck *struct{ Terminated, Refused uint64 }
	Ended  bool `json:"ended_the_job"`
}

// runLimited runs a command with these flags to its end.
func runLimited(t *testing.T, flags []string, command ...string) (ended, limited) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.json")
	args := append(append([]string{"run", "--report-file", path}, flags...), "--")
	got := runToEnd(t, append(args, command...)...)
	for _, controller := range []string{"memory", "cpu", "pids", "cpuset"} {
		testkit.RequireNoShadows(t, controller, patience)
	}
	content, err := os.ReadFile(path)
	var report limited
	if err == nil {
		err = json.Unmarshal(content, &report)
	}
	if err != nil {
		t.Fatalf("read report: %v; standard error: %s", err, got.stderr)
	}
	return got, report
}

func (l limited) requireLimit(t *testing.T, name string) {
	t.Helper()
	if l.Outcome.Limit == nil || *l.Outcome.Limit != name || l.Outcome.Reason != "limit" {
		t.Errorf("the report says %s, limit %v; want %s", l.Outcome.Reason, l.Outcome.Limit, name)
	}
}

func (l limited) requirePeak(t *testing.T, least, most uint64) {
	t.Helper()
	switch peak := l.Memory.Peak; {
	case peak == nil:
		t.Error("the peak of memory is unknown")
	case *peak < least || *peak > most:
		t.Errorf("the peak of memory is %d, want %d to %d", *peak, least, most)
	}
}

// C38, LIM-13, EOJ-01: one, two and more than there are processors for.
func TestTheUserTimeOfTheJobIsUp(t *testing.T) {
	fixture := testkit.Fixture(t)
	for name, script := range map[string]string{
		"one process":     `exec $0 spin`,
		"two":             `$0 spin & $0 spin & wait`,
		"eight":           `for i in 1 2 3 4 5 6 7 8; do $0 spin & done; wait`,
		"some have ended": `$0 spin 300ms; $0 spin 300ms & $0 spin`,
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			got, report := runLimited(t, []string{"--job-time", "1s"}, "sh", "-c", script, fixture)

			got.requireStatus(t, 124)
			report.requireLimit(t, "job-time")
			most := 1 + 0.05*float64(runtime.NumCPU())
			if raceEnabled {
				most += 0.1
			}
			if testing.Short() {
				most += 10 // in a machine without a clock to go by
			}
			if report.CPU.User < 1 || report.CPU.User > most {
				t.Errorf("used %.3f s, want 1 s to %.2f s", report.CPU.User, most)
			}
			if report.Processes.Terminated == 0 {
				t.Error("no process was ended by a limit (EOJ-07)")
			}
			if !strings.Contains(got.stderr, "--job-time") {
				t.Errorf("job does not say which limit it was: %s", got.stderr)
			}
		})
	}
}

// LIM-07, LIM-09
func TestTheUserTimeOfTheCommandIsUp(t *testing.T) {
	testkit.NoLeaks(t)
	got, report := runLimited(t, []string{"--process-time", "200ms"}, testkit.Fixture(t), "spin")

	got.requireStatus(t, 124)
	report.requireLimit(t, "process-time")
}

// LIM-07: who did not use it up goes on, and D10: the status is that of the command.
func TestTheUserTimeOfAChildIsUp(t *testing.T) {
	testkit.NoLeaks(t)
	got, report := runLimited(t, []string{"--process-time", "200ms"},
		"sh", "-c", `$0 spin; echo $?; exit 7`, testkit.Fixture(t))

	got.requireStatus(t, 7)
	report.require(t, "exited", 7, "")
	if !strings.Contains(got.stdout, "137") || report.Processes.Terminated != 1 {
		t.Errorf("the child ended with %q, and limits have ended %d", got.stdout, report.Processes.Terminated)
	}
}

// C35, D3
func TestProcessesBeyondTheLimitAreEnded(t *testing.T) {
	testkit.NoLeaks(t)
	const script = `for i in 1 2 3 4 5 6 7 8; do $0 sleep & echo pid $!; done >&3; echo ready >&3; wait`
	r := startJob(t, []string{"--processes", "4"}, "sh", "-c", "exec 3>&1 >/dev/null; "+script, testkit.Fixture(t))
	// Beside the shell itself three of its children live on.
	testkit.Within(t, patience, "no more than 4 members live", func() bool {
		alive := 0
		for _, pid := range r.pids {
			if testkit.Alive(pid) {
				alive++
			}
		}
		return alive == 3
	})
	r.requireRunning(patience / 100)
	r.signal(syscall.SIGTERM)
	if got := r.end(); !strings.Contains(got.stderr, "job: run: 5 processes were ended by the limit --processes 4\n") {
		t.Errorf("it says %q", got.stderr)
	}
	content, err := os.ReadFile(r.report)
	if err != nil {
		t.Fatal(err)
	}
	var report limited
	if err := json.Unmarshal(content, &report); err != nil {
		t.Fatal(err)
	}
	if report.Processes.Terminated != 5 {
		t.Errorf("limits have ended %d, want 5", report.Processes.Terminated)
	}
}

// LIM-23: threads are no processes.
func TestThreadsDoNotCountAsProcesses(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--processes", "1"}, "threads", "50")
	r.signal(syscall.SIGTERM)
	r.end()
	if report := r.readReport(); report.Outcome.Reason != "interrupted" {
		t.Errorf("the report says %s", report.Outcome.Reason)
	}
}

// LIM-48: what would be too much fails, and nobody is ended.
func TestAnAllocationBeyondTheMemoryOfAProcessFails(t *testing.T) {
	testkit.NoLeaks(t)
	const script = "head -c %s /dev/zero | tail >/dev/null; echo $?" // tail keeps what has no end of line
	for size, want := range map[string]string{"8M": "0\n", "100M": "1\n"} {
		got, report := runLimited(t, []string{"--process-memory", "64M"}, "sh", "-c", fmt.Sprintf(script, size))
		got.requireStatus(t, 0)
		if got.stdout != want || report.Processes.Terminated != 0 {
			t.Errorf("with %s it ended with %q, and limits have ended %d", size, got.stdout, report.Processes.Terminated)
		}
	}
	if raceEnabled {
		return // job itself would not fit then
	}
	// C31: a nested job cannot have more. It has to have room itself: the runtime of
	// Go maps a lot.
	got, _ := runLimited(t, []string{"--process-memory", "256M"},
		jobProgram(t), "run", "--process-memory", "1G", "--", "sh", "-c", fmt.Sprintf(script, "300M"))
	got.requireStatus(t, 0)
	if got.stdout != "1\n" {
		t.Errorf("in a nested job it ended with %q", got.stdout)
	}
}

// C62, LIM-31, LIM-33: a member may narrow it and not widen it.
func TestMembersRunOnTheProcessorsTheyMay(t *testing.T) {
	testkit.NoLeaks(t)
	testkit.RequireGround(t, "cpuset")
	if runtime.NumCPU() < 2 {
		t.Skip("there is one processor for everybody")
	}
	const script = "nproc; taskset -c 1 nproc 2>/dev/null || taskset -c 0-1 nproc"
	got, report := runLimited(t, []string{"--affinity", "0"}, "sh", "-c", script)
	if got.status == exitTrouble {
		t.Skip(got.stderr)
	}
	got.requireStatus(t, 0)
	if b := report.requireBound(t, "affinity"); b.Limit != "0" || b.Used != nil {
		t.Errorf("the report says %+v", b)
	}
	if got.stdout != "1\n1\n" {
		t.Errorf("members may use so many processors, and so many when they ask for more: %q", got.stdout)
	}
}

// LIM-38, LIM-42: the inner job, which is of another process, has the lower class.
func TestTheMembersHaveTheirPriority(t *testing.T) {
	testkit.NoLeaks(t)
	// Of all fields of stat after the name the 17th is the nice value, the 39th the policy.
	const nice = "sed 's/.*) //' /proc/self/stat | cut -d ' ' -f 17,39"
	for name, c := range map[string]struct {
		flags []string
		want  string
	}{
		"below-normal": {[]string{"--priority", "below-normal", "sh", "-c"}, "5 0\n"},
		"idle":         {[]string{"--priority", "idle", "sh", "-c"}, "19 5\n"},
		"an inner job": {[]string{"--priority", "below-normal", jobProgram(t), "run", "--priority", "normal", "sh", "-c"}, "5 0\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := runToEnd(t, append(append([]string{"run"}, c.flags...), nice)...)
			got.requireStatus(t, 0)
			if got.stdout != c.want {
				t.Errorf("nice value and policy are %q, want %q; %s", got.stdout, c.want, got.stderr)
			}
		})
	}
}

// LIM-01: held, or refused before anything is started.
func TestAWorkingSetIsHeldOrRefused(t *testing.T) {
	testkit.NoLeaks(t)
	got := runToEnd(t, "run", "--working-set", "1M,16M", testkit.Fixture(t), "alloc", "64")
	if got.status != exitTrouble {
		got.requireStatus(t, 0)
		return
	}
	if got.stdout != "" || !strings.Contains(got.stderr, "MaxWorkingSet: not supported here: ") {
		t.Errorf("printed %q and said %q", got.stdout, got.stderr)
	}
}

// LIM-58
func TestACrashLeavesNoCoreFile(t *testing.T) {
	testkit.NoLeaks(t)
	dir := t.TempDir()
	got := runToEnd(t, "run", "--die-on-crash", "sh", "-c", "cd $1; ulimit -c; $0 crash; echo $?", testkit.Fixture(t), dir)
	got.requireStatus(t, 0)
	// In units of 512 or 1024 bytes one byte is none.
	if !strings.HasPrefix(got.stdout, "0\n") || !strings.HasSuffix(got.stdout, "139\n") {
		t.Errorf("it printed %q", got.stdout)
	}
	if files, _ := filepath.Glob(dir + "/*"); len(files) > 0 {
		t.Errorf("there is %q", files)
	}
}

// LIM-44: beside a cap, unlike a weight.
func TestASchedulingClassGoesWithACapOnTheProcessors(t *testing.T) {
	testkit.NoLeaks(t)
	testkit.RequireGround(t, "cpu")
	got, _ := runLimited(t, []string{"--scheduling-class", "9", "--cpus", "1"}, "true")
	if got.status == exitTrouble {
		t.Skip(got.stderr)
	}
	got.requireStatus(t, 0)
}

func TestWhatFitsIntoItsLimitsIsNotTouched(t *testing.T) {
	testkit.NoLeaks(t)
	requireMemory(t)
	got, report := runLimited(t, []string{"--memory", "256M", "--processes", "100", "--cpus", "1", "--job-time", "1m", "--process-time", "1m"},
		testkit.Fixture(t), "alloc", "50")
	got.requireStatus(t, 0)
	report.require(t, "exited", 0, "")
	report.requirePeak(t, 50<<20, 256<<20) // C42
}

// C36, C57
func TestALimitThatMakesNoSenseIsRefusedAndNothingIsStarted(t *testing.T) {
	for flag, values := range map[string][]string{
		"--working-set":      {"", "64M", "1M,", ",64M", "64M,1M", "1,64M", "1M,64M,1G", "some,more"},
		"--priority":         {"", "0", "Idle", "below_normal", "urgent", "5"},
		"--scheduling-class": {"", "-1", "10", "five"},
		"--memory":           {"", "0", "-1", "12", "1KB", "lots", "99999999999T"},
		"--process-memory":   {"", "0", "4095"},
		"--processes":        {"", "0", "-1", "1.5", "4294967296"},
		"--cpus":             {"", "0", "-1", "NaN", "1e9", "all", "0.0000001"},
		"--cpu-weight":       {"", "0", "10", "-5", "5.5"},
		"--cpu-min":          {"", "0", "-1", "NaN", "1e9", "all"},
		"--io": {
			"", "10M", "read", "read=", "read=0", "read=10KB", "read=1M,read=2M", "read=1M,", "reads=5", "device=/dev/sda",
			"read=1M,device=", "read-ops=1M", "write-ops=-1", "read-ops=4294967295", "write=16E", "read=1M,device=/dev/null",
		},
		"--job-time":     {"", "0", "-1s", "1"},
		"--process-time": {"", "0", "-1s", "1"},
	} {
		for _, value := range values {
			t.Run(flag+"="+value, func(t *testing.T) {
				got := runToEnd(t, "run", flag+"="+value, "echo", "started")
				got.requireStatus(t, exitTrouble)
				if got.stdout != "" || !strings.Contains(got.stderr, flag) && !strings.Contains(got.stderr, "IORate") {
					t.Errorf("printed %q and said %q", got.stdout, got.stderr)
				}
			})
		}
	}
	for named, flags := range map[string][]string{
		"CPUWeight":         {"--cpus", "1", "--cpu-weight", "3"}, // CPU-13
		"CPUMinRate":        {"--cpu-min", "0.5", "--cpus", "0.1"},
		"JobMemoryKillsAll": {"--memory-kills-all"},
	} {
		got := runToEnd(t, append(append([]string{"run"}, flags...), "echo", "started")...)
		got.requireStatus(t, exitTrouble)
		if got.stdout != "" || !strings.Contains(got.stderr, named) {
			t.Errorf("%v printed %q and said %q", flags, got.stdout, got.stderr)
		}
	}
}
