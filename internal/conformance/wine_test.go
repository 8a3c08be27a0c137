//go:build linux

package conformance

import (
	"os"
	"slices"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// The facts W1 to W20 that Wine's tests assert on real Windows, where they need
// no completion port, in their order and with their numbers.

func TestW01_to_W03_is_a_process_in_a_job(t *testing.T) {
	testkit.NoLeaks(t)
	first, second := newJob(t), newJob(t)
	cmd, pids := outsider(t, "sleep")
	pid := pids[0]
	for _, job := range []*jobobject.Job{first, second} { // W1
		requireContains(t, job, pid, false)
		requireProcesses(t, job)
		requireCounts(t, job, 0, 0, 0)
	}

	member := enrolled(t, first, cmd) // W2
	pid = member.pid
	requireContains(t, first, pid, true)
	requireProcesses(t, first, pid)
	requireCounts(t, first, 1, 1, 0)
	requireContains(t, second, pid, false)
	requireCounts(t, second, 0, 0, 0)

	requireNoError(t, member.kill()) // W3, while its number is still its own
	awaitDeath(t, pid)
	requireContains(t, first, pid, true)
	requireProcesses(t, first)
	requireCounts(t, first, 1, 0, 0)
}

func TestW04_W05_terminate_job_object(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "sleep")
	requireNoError(t, job.Terminate(123)) // W4
	m.requireGone(t, atOnce)
	requireProcesses(t, job)
	requireCounts(t, job, 1, 0, 0)
	requireStatus(t, m.Process, 123, syscall.SIGKILL)

	requireErrorIs(t, job.Assign(m.Pid()), jobobject.ErrProcessExited) // W5
	requireProcesses(t, job)
	requireCounts(t, job, 1, 0, 0)
}

func TestW11_kill_on_job_close(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, killOnClose)
	requireProcesses(t, job)
	requireCounts(t, job, 0, 0, 0)
	member := assigned(t, job)
	requireCounts(t, job, 1, 1, 0)
	requireNoError(t, job.Close())
	awaitDeath(t, member.pid)
}

func TestW12_to_W14_wait_for_job_object(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireTimesOut(t, job.WaitSignaled) // W12
	assigned(t, job)
	requireTimesOut(t, job.WaitSignaled)

	requireNoError(t, job.Terminate(123)) // W13
	requireReturns(t, job.WaitSignaled)
	requireReturns(t, job.WaitSignaled)
	member := assigned(t, job)
	requireReturns(t, job.WaitSignaled)
	requireNoError(t, job.Terminate(123))
	awaitDeath(t, member.pid)

	fresh := newJob(t) // W14
	assigned(t, fresh).end(t)
	requireTimesOut(t, fresh.WaitSignaled)
}

func TestW15_W16_add_self_to_job_and_inheritance(t *testing.T) {
	alone(t, func(t *testing.T) {
		job := joined(t, jobobject.Limits{})
		self := os.Getpid()
		requireProcesses(t, job, self) // W15
		requireCounts(t, job, 1, 1, 0)

		_, pids := outsider(t, "sleep") // W16
		requireContains(t, job, pids[0], true)
		requireProcesses(t, job, self, pids[0])
		requireOrder(t, job, self, pids[0])
	})
}

func TestW17_to_W19_breakaway_ok(t *testing.T) {
	alone(t, func(t *testing.T) {
		outer := joined(t, nothing)
		inner := joined(t, nothing) // W17
		requireContains(t, inner, 0, true)

		cmd, tree := command(t, "sleep") // W18
		_, err := jobobject.StartBreakaway(cmd)
		requireErrorIs(t, err, jobobject.ErrAccessDenied)
		tree.requireGone(t, atOnce)
		requireProcesses(t, inner, os.Getpid())

		requireNoError(t, inner.SetLimits(onDemand)) // W19
		first := startAway(t)
		requireContains(t, inner, first, false)
		requireContains(t, outer, first, true)

		requireNoError(t, outer.SetLimits(onDemand))
		second := startAway(t)
		requireContains(t, inner, second, false)
		requireContains(t, outer, second, false)
		requireProcesses(t, inner, os.Getpid())

		requireNoError(t, inner.SetLimits(silently))
		_, pids := outsider(t, "sleep")
		testkit.Within(t, soon, "leaving of a plain child", func() bool {
			return !slices.Contains(processes(t, inner), pids[0])
		})
		requireNoError(t, inner.SetLimits(nothing))
		requireLimits(t, inner, nothing)
	})
}

func startAway(t testing.TB) (pid int) {
	t.Helper()
	process, err := jobobject.StartBreakaway(testkit.FixtureCommand(t, "sleep"))
	requireNoError(t, err)
	reapWithTest(t, process)
	return process.Pid()
}

func TestW20_nested_jobs_of_a_process_and_its_child(t *testing.T) {
	alone(t, func(t *testing.T) {
		_, pids := outsider(t, "sleep")
		child := pids[0]
		parent := joined(t, nothing)
		requireNoError(t, parent.Assign(child))
		job, err := jobobject.Create("")
		requireNoError(t, err)

		requireNoError(t, job.Assign(child))
		requireContains(t, job, child, true)
		requireContains(t, parent, child, true)
		requireContains(t, job, 0, false)

		requireNoError(t, job.Assign(0))
		requireProcesses(t, job, os.Getpid(), child)
		requireProcesses(t, parent, os.Getpid(), child)
		requireCounts(t, parent, 2, 2, 0)
	})
}

// W22: being nested is for the life of the job, also when its parent is dead.
func TestW22_a_job_that_was_nested_below_a_dead_parent_refuses_others(t *testing.T) {
	testkit.NoLeaks(t)
	tidy(t)
	earlier, later := newJob(t), newJob(t)
	job, p := nested(t, earlier)
	requireNoError(t, p.Kill())
	requireReturns(t, earlier.WaitEmpty)
	requireNoError(t, earlier.Close())

	q := given(t, later, "sleep")
	requireErrorIs(t, job.Assign(q.Pid()), jobobject.ErrAccessDenied)
	requireProcesses(t, later, q.Pid())
}
