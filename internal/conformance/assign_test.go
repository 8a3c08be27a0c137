//go:build linux

package conformance

import (
	"errors"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"jobobject"
	"jobobject/internal/testkit"
)

// beyondAllPids is more than any system gives out.
const beyondAllPids = 1<<31 - 1

func TestC18_a_dead_process_cannot_be_assigned(t *testing.T) {
	for name, pidOf := range map[string]func(*testing.T, *jobobject.Job) int{
		"exited and not waited for": func(t *testing.T, _ *jobobject.Job) int { return zombie(t) },
		"exited and waited for": func(t *testing.T, _ *jobobject.Job) int {
			cmd := testkit.FixtureCommand(t, "exit", "0")
			requireNoError(t, cmd.Run())
			return cmd.Process.Pid
		},
		"negative number":      func(*testing.T, *jobobject.Job) int { return -1 },
		"number beyond all":    func(*testing.T, *jobobject.Job) int { return beyondAllPids },
		"exited member of it":  exitedMember,
		"waited-for member":    waitedForMember,
		"exited, of another's": func(t *testing.T, _ *jobobject.Job) int { return exitedMember(t, newJob(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t)
			pid := pidOf(t, job)
			total, _ := accounting(t, job).TotalProcesses.LowerBound()

			requireErrorIs(t, job.Assign(pid), jobobject.ErrProcessExited)

			requireCounts(t, job, total, 0, 0)
			requireProcesses(t, job)
		})
	}
}

func exitedMember(t *testing.T, job *jobobject.Job) int {
	m := start(t, job, nil, "exit", "0")
	awaitDeath(t, m.Pid())
	requireReturns(t, job.WaitEmpty)
	return m.Pid()
}

func waitedForMember(t *testing.T, job *jobobject.Job) int {
	m := start(t, job, nil, "exit", "0")
	requireExitCode(t, m.Process, 0)
	return m.Pid()
}

// zombie is a process that has exited and that nobody has waited for.
func zombie(t *testing.T) int {
	t.Helper()
	cmd := testkit.FixtureCommand(t, "exit", "0")
	requireNoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Wait() }) // it exits with 0 in any case
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			requireNoError(t, err)
			return cmd.Process.Pid
		}
	}
}

func TestC19_assigning_a_member_again_changes_nothing(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	outside := assigned(t, job).pid
	inside := given(t, job, "sleep").Pid()
	for range 3 {
		requireNoError(t, job.Assign(outside))
		requireNoError(t, job.Assign(inside))
	}
	requireProcesses(t, job, outside, inside)
	requireCounts(t, job, 2, 2, 0)
}

func TestASG02_children_that_are_there_stay_outside_and_later_ones_come_in(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	cmd := exec.Command("sh", "-c", "sleep 99 & echo ready; read line; sleep 99 & wait")
	w := watch(t, cmd)
	stdin, err := cmd.StdinPipe()
	requireNoError(t, err)
	out := testkit.Start(t, cmd, nil)
	out.Await(t, soon, "ready")
	testkit.Within(t, soon, "the first child's program", func() bool { return len(w.live()) == 2 })
	old := w.live()

	requireNoError(t, job.Assign(cmd.Process.Pid))
	requireProcesses(t, job, cmd.Process.Pid)

	_, err = stdin.Write([]byte("\n"))
	requireNoError(t, err)
	testkit.Within(t, soon, "the second child's program", func() bool { return len(w.live()) == 3 })
	if pids := processes(t, job); len(pids) != 2 {
		t.Fatalf("the job has %v, of %v", pids, w.live())
	}

	requireNoError(t, job.Terminate(1))
	if left := w.live(); len(left) != 1 || left[0] == cmd.Process.Pid {
		t.Fatalf("alive are %v; before the assignment there were %v", left, old)
	}
}

func TestASG09_assigning_a_whole_tree_one_by_one(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	_, pids := outsider(t, "tree", "3", "2")
	for _, pid := range pids {
		requireNoError(t, job.Assign(pid))
	}
	requireProcesses(t, job, pids...)
	requireCounts(t, job, uint64(len(pids)), uint64(len(pids)), 0)
	requireNoError(t, job.Terminate(1))
	requireEmpty(t, job)
}

func TestASG04_assigning_a_process_while_it_ends_succeeds_or_tells(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	for range rounds(t, 100) {
		cmd := testkit.FixtureCommand(t, "exit", "0")
		requireNoError(t, cmd.Start())
		err := job.Assign(cmd.Process.Pid)
		if err != nil && !errors.Is(err, jobobject.ErrProcessExited) {
			t.Errorf("assign: %v", err)
		}
		requireNoError(t, cmd.Wait())
		requireProcesses(t, job)
	}
}

func TestOBJ09_a_process_that_ended_is_in_its_job_as_long_as_it_is_held(t *testing.T) {
	testkit.NoLeaks(t)
	job, other := newJob(t), newJob(t)
	m := given(t, job, "sleep")
	requireContains(t, job, m.Pid(), true)
	requireContains(t, other, m.Pid(), false)

	requireNoError(t, m.Kill())
	awaitDeath(t, m.Pid())
	requireContains(t, job, m.Pid(), true)
	requireContains(t, other, m.Pid(), false)

	_, err := m.Wait()
	requireNoError(t, err)
	requireContains(t, job, m.Pid(), true)
	requireProcesses(t, job)
}

func TestOBJ09_contains_tells_of_numbers_that_are_nobodys(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	for _, pid := range []int{-1, beyondAllPids} {
		_, err := job.Contains(pid)
		requireErrorIs(t, err, jobobject.ErrProcessExited)
	}
	requireContains(t, job, 0, false)
	requireContains(t, job, 1, false)
}

func TestTRM10_a_terminated_job_can_be_used_again(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, killOnClose)
	for code := range uint32(5) {
		m := given(t, job, "tree", "2", "2")
		requireProcesses(t, job, m.pids...)
		requireNoError(t, job.Terminate(code))
		m.requireGone(t, atOnce)
		requireExitCode(t, m.Process, int(code))
		requireEmpty(t, job)
	}
	assigned(t, job)
	limits, err := job.Limits()
	requireNoError(t, err)
	if !limits.KillOnClose {
		t.Fatal("the limits are gone")
	}
	requireNoError(t, job.Close())
}
