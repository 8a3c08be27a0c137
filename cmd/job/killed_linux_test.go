package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// C07, C25
func TestTheTreeDiesWithJob(t *testing.T) {
	for name, verb := range map[string][]string{
		"a tree":                        {"tree", "3", "3"},
		"a process that ignores all":    {"ignore-all"},
		"stopped processes":             {"stop"},
		"a process that froze itself":   {"freeze-self"},
		"cgroups of the tree's making":  {"subcgroup"},
		"a process with a dead leader":  {"dead-leader"},
		"a command that hangs in vfork": {"vfork-hang"},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			r := startFixture(t, nil, verb...)
			r.killJob(t)
		})
	}
}

// C07
func TestADaemonDiesWithJob(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--wait", "all"}, "daemonize")
	r.killJob(t)
}

// killJob kills job as nobody can prevent, and proves that this ends all the
// others: the members bear the nonce, and the directory is looked for by NoLeaks.
func (r *running) killJob(t testing.TB) {
	t.Helper()
	if len(guardsOf(r.cmd.Process.Pid)) == 0 {
		t.Error("job runs without a guard")
	}
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = r.cmd.Wait()
	testkit.RequireNone(t, r.nonce, patience)
	requireNoGuard(t, r.cmd.Process.Pid)
}

// guardsOf finds guards by what they are called with: they have no environment to
// be marked by.
func guardsOf(owner int) (guards []string) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, line := range lines {
		content, _ := os.ReadFile(line) // gone: nobody's guard
		if string(content) == fmt.Sprintf("jobobject-guard\x00of\x00%d\x00", owner) {
			guards = append(guards, line)
		}
	}
	return guards
}

func requireNoGuard(t testing.TB, owner int) {
	t.Helper()
	testkit.Within(t, patience, "end of the guard", func() bool { return len(guardsOf(owner)) == 0 })
}

// The instant is drawn evenly from the life of a job, the start of its program
// and the end of its guard included.
func TestKilledAtAnyInstantJobLeavesNothing(t *testing.T) {
	testkit.NoLeaks(t)
	killAtAnyInstant(t, 40, "run", testkit.Fixture(t), "fork-exit")
}

// With limits it has more to leave, on a hybrid host.
func TestKilledAtAnyInstantALimitedJobLeavesNothing(t *testing.T) {
	testkit.NoLeaks(t)
	testkit.RequireGround(t, "cpu")
	killAtAnyInstant(t, 20, "run", "--processes", "10", "--job-time", "1m", "--cpu-weight", "9", testkit.Fixture(t), "fork-exit")
	testkit.RequireNoShadows(t, "cpu", patience)
	testkit.RequireNoShadows(t, "pids", patience)
}

func killAtAnyInstant(t *testing.T, rounds int, args ...string) {
	t.Helper()
	whole := runToEnd(t, args...).took
	for i := range rounds {
		cmd, nonce := jobCommand(t, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(whole*time.Duration(i)/time.Duration(rounds), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		testkit.RequireNone(t, nonce, patience)
		requireNoGuard(t, cmd.Process.Pid)
	}
}
