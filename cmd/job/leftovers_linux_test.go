package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/testkit"
)

func itoa(n int) string { return strconv.Itoa(n) }

// C02
func TestADaemonIsNamedAndEnded(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, nil, "daemonize")

	r.end().requireStatus(t, 0)

	story := r.readReport()
	story.require(t, "exited", 0, "")
	if story.Leftover.Count != 1 || len(story.Leftover.Processes) != 1 {
		t.Fatalf("left: %+v, want the daemon", story.Leftover)
	}
	left := story.Leftover.Processes[0]
	if want := testkit.Fixture(t) + " daemonize"; left.PID != r.pids[0] || left.Command != want {
		t.Errorf("left: %+v, want %d %q", left, r.pids[0], want)
	}
}

// C02, C24
func TestADaemonIsWaitedForWhereAllAre(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--wait", "all"}, "daemonize")
	testkit.Within(t, patience, "end of all but job and the daemon", func() bool { return len(testkit.WithNonce(r.nonce)) == 2 })

	r.requireRunning(200 * time.Millisecond)

	if err := syscall.Kill(r.pids[0], syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.end().requireStatus(t, 0)
	if story := r.readReport(); story.Leftover.Count != 0 {
		t.Errorf("left: %+v, though all were waited for", story.Leftover)
	}
}

// C13
func TestStandardOutputHeldOpenByAnOrphanDoesNotHang(t *testing.T) {
	testkit.NoLeaks(t)
	got := runToEnd(t, "run", testkit.Fixture(t), "hold-stdout", "600", "3")

	got.requireStatus(t, 3)
	if got.stdout != "hello\n" {
		t.Errorf("output %q", got.stdout)
	}
}

func TestLeftoversAreNamedAsTheyWereCalled(t *testing.T) {
	testkit.NoLeaks(t)
	// The last one is in a state in which /proc shows no arguments (C04).
	story := leftBy(t, `
		sleep 601 &
		until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
		sh -c 'sleep 602 & until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done; echo up > up; wait' "two words" &
		until [ -s up ]; do :; done
		"$0" dead-leader > out &
		until grep -q ready out; do :; done`)

	want := []string{"[fixture", "sh -c sleep 602 & until [ \"$(cat /proc/$!/comm)\" = sleep ]; do :; done; echo up > up; wait two words", "sleep 601", "sleep 602"}
	var got []string
	for _, p := range story.Leftover.Processes {
		command := p.Command
		if strings.HasPrefix(command, "[") { // the name of the program may have a hash in it
			command, _, _ = strings.Cut(strings.TrimSuffix(command, "]"), "-")
		}
		got = append(got, command)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("left: %q, want %q", got, want)
	}
	if story.Leftover.Count != len(want) {
		t.Errorf("count is %d, want %d", story.Leftover.Count, len(want))
	}
}

// leftBy is the report on a shell script that succeeds, with the fixture as $0.
func leftBy(t *testing.T, script string) story {
	t.Helper()
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	cmd, nonce := jobCommand(t, "run", "--report-file", report, "--", "sh", "-c", script, testkit.Fixture(t))
	cmd.Dir = dir
	runCommand(t, cmd).requireStatus(t, 0)
	testkit.RequireNone(t, nonce, patience)
	return readStory(t, report)
}

func TestLeftoversGoOnWhereTheyAreKept(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--keep"}, "daemonize")

	if status := exitStatus(t, r.cmd.Wait()); status != 0 {
		t.Fatalf("status %d: %s", status, r.said())
	}

	if !testkit.Alive(r.pids[0]) {
		t.Error("the daemon has ended")
	}
	if story := r.readReport(); story.Leftover.Count != 1 {
		t.Errorf("left: %+v", story.Leftover)
	}
	// When it has ended as well, the next job removes what it was in.
	if err := syscall.Kill(r.pids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	testkit.RequireNone(t, r.nonce, patience)
	runToEnd(t, "run", "true").requireStatus(t, 0)
}

func TestWhatIsKeptIsNotKeptFromARequestToEnd(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--keep", "--grace", "100ms"}, "ignore-all")

	r.signal(syscall.SIGTERM)

	r.end().requireStatus(t, 137)
}

// C09
func TestNoStartIsTooFast(t *testing.T) {
	testkit.NoLeaks(t)
	const starts = 50
	for range starts {
		got := runToEnd(t, "run", testkit.Fixture(t), "fork-exit")
		got.requireStatus(t, 0)
		first, _, _ := strings.Cut(got.stdout, "\n")
		if !strings.Contains(first, "/jobobject-") {
			t.Fatalf("the first act was done outside of the job, in %q", first)
		}
	}
}

func TestOrphansAreReapedWhileTheCommandRuns(t *testing.T) {
	testkit.NoLeaks(t)
	// Each of the inner shells ends before what it has started, and sh itself
	// never waits for a stranger's child.
	r := startJob(t, nil, "sh", "-c",
		`for i in 1 2 3 4 5 6 7 8; do sh -c 'sleep 0.1 & :'; done; echo ready; exec sleep 600`)

	testkit.Within(t, patience, "end of the orphans", func() bool {
		return !slices.ContainsFunc(testkit.WithNonce(r.nonce), func(pid int) bool {
			stat, err := testkit.ReadStat(pid)
			return err == nil && stat.Comm == "sleep" && pid != r.main()
		})
	})
	testkit.Within(t, patience, "reaping of the orphans", func() bool { return len(zombiesOf(r.cmd.Process.Pid)) == 0 })

	r.signal(syscall.SIGTERM)
	r.end().requireStatus(t, 143)
}

func zombiesOf(parent int) (zombies []int) {
	for pid, stat := range children(parent) {
		if stat.State == 'Z' {
			zombies = append(zombies, pid)
		}
	}
	return zombies
}

func children(parent int) map[int]testkit.Stat {
	found := map[int]testkit.Stat{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		if stat, err := testkit.ReadStat(pid); err == nil && stat.PPID == parent {
			found[pid] = stat
		}
	}
	return found
}

// A test process that is the nearest subreaper inherits what job leaves for init,
// which may be one that does not reap.
func TestNothingIsLeftForInitToReap(t *testing.T) {
	testkit.NoLeaks(t)
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	for name, args := range map[string][]string{
		"a command that leaves nothing":     {"true"},
		"a command that leaves a process":   {testkit.Fixture(t), "fork-exit"},
		"a command that leaves a daemon":    {testkit.Fixture(t), "daemonize"},
		"a command that cannot be executed": {"/dev/null"},
		"a program that the kernel refuses": {noProgram(t)},
		"a tree that is killed":             {"--timeout", "300ms", "--grace", "50ms", testkit.Fixture(t), "ignore-all"},
	} {
		cmd, _ := jobCommand(t, append([]string{"run"}, args...)...)
		runCommand(t, cmd)
		if left := children(os.Getpid()); len(left) > 0 {
			t.Errorf("%s: left for init: %v", name, left)
		}
		reapAll()
	}
}

func noProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte("text"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func reapAll() {
	for {
		if pid, err := unix.Wait4(-1, nil, 0, nil); pid <= 0 && err != unix.EINTR {
			return
		}
	}
}
