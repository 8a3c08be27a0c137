package reaper

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/testkit"
)

const patience = 20 * time.Second

// jobGroup is a cgroup that looks like a job's, and is locked as one, so that no
// sweep takes it for an orphan.
func jobGroup(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(testkit.TempGroup(t), "jobobject-reaper")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// start starts a shell script and returns when it has ended, as a zombie.
func start(t *testing.T, group, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	if group != "" {
		testkit.InGroup(t, cmd, group)
	}
	testkit.Nonce(t, cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	awaitZombie(t, cmd.Process.Pid)
	return cmd
}

func awaitZombie(t *testing.T, pid int) {
	t.Helper()
	testkit.Within(t, patience, "end of a process", func() bool { return !testkit.Alive(pid) })
}

// orphans are children of this process that it did not start.
func orphans(t *testing.T, known ...*exec.Cmd) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
next:
	for _, path := range stats {
		var pid int
		if _, err := fmt.Sscan(filepath.Base(filepath.Dir(path)), &pid); err != nil {
			continue
		}
		stat, err := testkit.ReadStat(pid)
		if err != nil || stat.PPID != os.Getpid() {
			continue
		}
		for _, cmd := range known {
			if cmd.Process.Pid == pid {
				continue next
			}
		}
		pids = append(pids, pid)
	}
	return pids
}

func becomeReaper(t *testing.T) {
	t.Helper()
	if err := Become(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) })
}

func TestOrphansAreReapedAndNobodyElse(t *testing.T) {
	for name, order := range map[string][]string{
		"orphans first":                        {"orphans", "main", "stranger"},
		"behind a main process that has ended": {"main", "orphans", "stranger"},
		"behind a stranger that has ended":     {"stranger", "orphans", "main"},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			becomeReaper(t)
			group := jobGroup(t)
			cmds := map[string]*exec.Cmd{}
			for _, what := range order {
				switch what {
				case "main":
					cmds[what] = start(t, group, "exit 3")
				case "stranger":
					cmds[what] = start(t, "", "exit 4")
				case "orphans":
					cmds[what] = start(t, group, "sleep 0.01 & sleep 0.02 & sleep 0.03 & exit 5")
				}
			}
			// The one that made orphans is none: it is somebody's child. Here it is
			// taken out of the way.
			if err := cmds["orphans"].Wait(); err == nil {
				t.Fatal("status 0")
			}
			main, stranger := cmds["main"], cmds["stranger"]
			left := orphans(t, main, stranger)
			if len(left) != 3 {
				t.Fatalf("there are %d orphans, want 3", len(left))
			}
			for _, pid := range left {
				awaitZombie(t, pid)
			}

			New(main.Process.Pid).Reap()

			if left := orphans(t, main, stranger); len(left) != 0 {
				t.Errorf("not reaped: %v", left)
			}
			requireExit(t, main, 3)
			requireExit(t, stranger, 4)
		})
	}
}

func TestDrainWaitsForOrphansThatAreDying(t *testing.T) {
	testkit.NoLeaks(t)
	becomeReaper(t)
	group := jobGroup(t)
	main := start(t, group, "sleep 0.2 & sleep 0.1 & exit 3")

	New(main.Process.Pid).Drain()

	if left := orphans(t, main); len(left) != 0 {
		t.Errorf("not reaped: %v", left)
	}
	requireExit(t, main, 3)
}

func TestLiveOrphansAreLeftAlone(t *testing.T) {
	testkit.NoLeaks(t)
	becomeReaper(t)
	group := jobGroup(t)
	main := start(t, group, "sleep 600 & exit 3")
	r := New(main.Process.Pid)

	r.Reap()
	r.Drain()

	left := orphans(t, main)
	if len(left) != 1 || !testkit.Alive(left[0]) {
		t.Fatalf("orphans: %v, want one that is alive", left)
	}
	if err := unix.Kill(left[0], unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.Drain()
	if left := orphans(t, main); len(left) != 0 {
		t.Errorf("not reaped: %v", left)
	}
}

func requireExit(t *testing.T, cmd *exec.Cmd, status int) {
	t.Helper()
	_ = cmd.Wait()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != status {
		t.Errorf("somebody has taken the status %d away: %v", status, cmd.ProcessState)
	}
}
