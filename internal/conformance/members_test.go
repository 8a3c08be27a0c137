//go:build linux

package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"jobobject/internal/testkit"
)

func TestC02_a_daemon_that_forked_twice_stays_a_member(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "daemonize")
	requireExitCode(t, m.Process, 0)

	daemon := m.pids[1]
	requireProcesses(t, job, daemon)
	requireTimesOut(t, job.WaitEmpty)

	requireNoError(t, job.Terminate(1))
	m.requireGone(t, atOnce)
	requireEmpty(t, job)
}

// The programs are those that every system has; each makes one child.
func TestC10_descendants_are_members_without_doing_anything(t *testing.T) {
	fixture := testkit.Fixture(t)
	for _, given := range []struct {
		child   string
		program []string
	}{
		{"fork", []string{fixture, "children", "1"}},
		{"vfork", []string{fixture, "vfork-hang"}},
		{"fork of a tracer", []string{fixture, "ptrace-child"}},
		{"fork of perl", []string{"perl", "-e", "if (fork) { wait } else { sleep 99 }"}},
		{"system, posix_spawn", []string{"awk", `BEGIN { system("exec sleep 99") }`}},
		{"shell command", []string{"sh", "-c", "sleep 99; true"}},
		{"background command", []string{"sh", "-c", "sleep 99 & wait"}},
		{"command of bash", []string{"bash", "-c", "sleep 99; true"}},
	} {
		t.Run(given.child, func(t *testing.T) {
			testkit.NoLeaks(t)
			if _, err := exec.LookPath(given.program[0]); err != nil {
				t.Skipf("not installed: %v", err)
			}
			job := newJob(t)
			cmd := exec.Command(given.program[0], given.program[1:]...)
			w := watch(t, cmd)
			process, err := job.Start(cmd)
			requireNoError(t, err)
			reapWithTest(t, process)

			var live []int // as they are seen once: who executes another program bears no mark for a moment
			testkit.Within(t, soon, "start of the child", func() bool {
				live = w.live()
				return len(live) == 2
			})
			requireProcesses(t, job, live...)
			if listed := processes(t, job); listed[0] != process.Pid() {
				t.Fatalf("the parent %d is not listed before its child: %v", process.Pid(), listed)
			}

			requireNoError(t, job.Terminate(1))
			w.requireGone(t, atOnce)
		})
	}
}

func TestC17_the_list_has_the_living_only_oldest_first(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	if pids := processes(t, job); len(pids) != 0 {
		t.Fatalf("a new job lists %v", pids)
	}
	first, second, third := given(t, job, "sleep"), given(t, job, "sleep"), given(t, job, "sleep")
	requireOrder(t, job, first.Pid(), second.Pid(), third.Pid())

	requireNoError(t, second.Kill())
	awaitDeath(t, second.Pid()) // and nobody has waited for it: a zombie

	requireOrder(t, job, first.Pid(), third.Pid())
	requireActive(t, job, 2)
	requireNoError(t, job.Terminate(1))
	requireEmpty(t, job)
}

func TestC17_zombies_that_a_member_does_not_reap_are_not_listed(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "zombies", "5")
	requireProcesses(t, job, m.Pid())
}

func TestC50_threads_are_not_processes(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "threads", "20")
	if threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", m.Pid())); err != nil || len(threads) < 21 {
		t.Fatalf("the fixture has %d threads (%v)", len(threads), err)
	}

	requireProcesses(t, job, m.Pid())
	requireCounts(t, job, 1, 1, 0)
	requireNoError(t, job.Terminate(1))
	m.requireGone(t, atOnce)
	requireCounts(t, job, 1, 0, 0)
}

func TestC50_assigning_a_process_brings_all_its_threads(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	_, pids := outsider(t, "threads", "20")
	requireNoError(t, job.Assign(pids[0]))

	requireProcesses(t, job, pids...)
	requireNoError(t, job.Terminate(1))
	awaitDeath(t, pids[0])
	if slices.Contains(processes(t, job), pids[0]) {
		t.Fatal("a dead process is listed")
	}
}
