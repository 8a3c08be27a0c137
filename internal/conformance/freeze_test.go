//go:build linux

package conformance

import (
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// requireSilent shows that a ticker does not tick. It would four times.
func requireSilent(t testing.TB, tickers ...*member) {
	t.Helper()
	var before []int
	for _, m := range tickers {
		before = append(before, len(m.out.Lines()))
	}
	after(aWhile)
	for i, m := range tickers {
		if now := len(m.out.Lines()); now != before[i] {
			t.Fatalf("ticker %d printed %d lines while it was to be frozen", i, now-before[i])
		}
	}
}

func requireTicks(t testing.TB, tickers ...*member) {
	t.Helper()
	for _, m := range tickers {
		before := len(m.out.Lines())
		testkit.Within(t, soon, "more ticks", func() bool { return len(m.out.Lines()) >= before+2 })
	}
}

// settle lets a line that was written before the freeze come through the pipe.
func settle() { after(aWhile / 4) }

func freeze(t testing.TB, job *jobobject.Job) {
	t.Helper()
	requireNoError(t, job.Freeze())
	settle()
}

func TestC45_frozen_members_do_nothing_until_the_thaw(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	tickers := []*member{given(t, job, "ticker"), given(t, job, "ticker"), given(t, job, "ticker")}
	for range 2 {
		freeze(t, job)
		requireSilent(t, tickers...)
		requireProcesses(t, job, pidsOf(tickers...)...) // FRZ-03: active
		requireTimesOut(t, job.WaitEmpty)
		requireNoError(t, job.Thaw())
		requireTicks(t, tickers...)
	}
}

func TestFRZ02_a_process_that_is_started_in_a_frozen_job_is_frozen(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireNoError(t, job.Freeze()) // before it has a place, too
	first := start(t, job, nil, "ticker")
	second := start(t, job, nil, "ticker")
	requireSilent(t, first, second)
	requireProcesses(t, job, first.Pid(), second.Pid())

	requireNoError(t, job.Thaw())
	requireTicks(t, first, second)
	freeze(t, job)
	third := start(t, job, nil, "ticker")
	requireSilent(t, first, second, third)
	requireNoError(t, job.Terminate(2))
	requireExitCode(t, third.Process, 2)
}

func TestFRZ02_a_process_that_is_assigned_to_a_frozen_job_is_frozen(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireNoError(t, job.Freeze())
	cmd := testkit.FixtureCommand(t, "ticker")
	out := testkit.Start(t, cmd, nil)
	out.AwaitReady(t)
	requireNoError(t, job.Assign(cmd.Process.Pid))
	settle()
	ticker := &member{out: out}
	requireSilent(t, ticker)
	requireNoError(t, job.Thaw())
	requireTicks(t, ticker)
}

func TestFRZ03_a_thawed_member_runs_to_its_end(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireNoError(t, job.Freeze())
	m := start(t, job, nil, "exit", "5")
	requireTimesOut(t, job.WaitEmpty)
	requireNoError(t, job.Thaw())
	requireExitCode(t, m.Process, 5)
	requireReturns(t, job.WaitEmpty)
}

func TestFRZ04_resume_does_not_undo_a_freeze_nor_a_thaw_a_suspension(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireNoError(t, job.Freeze())
	resumed, sleeping := start(t, job, suspended, "ticker"), start(t, job, suspended, "ticker")
	requireNoError(t, resumed.Resume())
	requireSilent(t, resumed, sleeping)
	requireNoError(t, job.Thaw())
	requireTicks(t, resumed)
	requireSilent(t, sleeping)
	requireNoError(t, sleeping.Resume())
	requireTicks(t, sleeping)
}

func TestFRZ06_freezing_and_thawing_twice_is_fine(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireNoError(t, job.Thaw())
	m := given(t, job, "ticker")
	requireNoError(t, job.Thaw())
	requireTicks(t, m)
	requireNoError(t, job.Freeze())
	freeze(t, job)
	requireSilent(t, m)
	requireNoError(t, job.Thaw())
	requireTicks(t, m)
	requireNoError(t, job.Thaw())
	requireTicks(t, m)
}

func TestFRZ06_a_member_is_frozen_as_long_as_one_of_its_jobs_is(t *testing.T) {
	testkit.NoLeaks(t)
	root := newJob(t)
	above := given(t, root, "ticker")
	child := newJob(t)
	inside := givenBoth(t, root, child, "ticker")

	freeze(t, child)
	requireSilent(t, inside)
	requireTicks(t, above)
	freeze(t, root)
	requireSilent(t, above, inside)
	requireNoError(t, root.Thaw())
	requireTicks(t, above)
	requireSilent(t, inside) // the child job's own freeze stays
	freeze(t, root)
	requireNoError(t, child.Thaw())
	requireSilent(t, above, inside) // FRZ-06: the ancestor's counts
	requireNoError(t, root.Thaw())
	requireTicks(t, above, inside)
}

func TestFRZ06_a_job_that_is_terminated_while_frozen_is_still_frozen(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	given(t, job, "sleep")
	requireNoError(t, job.Freeze())
	requireNoError(t, job.Terminate(1))
	requireEmpty(t, job)
	m := start(t, job, nil, "ticker")
	requireSilent(t, m)
	requireNoError(t, job.Thaw())
	requireTicks(t, m)
}

func TestC45_a_stopped_member_is_still_stopped_after_the_thaw(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "ticker")
	requireNoError(t, m.Signal(syscall.SIGSTOP))
	settle()
	freeze(t, job)
	requireNoError(t, job.Thaw())
	requireSilent(t, m)
	requireNoError(t, m.Signal(syscall.SIGCONT))
	requireTicks(t, m)
}

func TestC45_a_signal_with_a_handler_waits_until_the_thaw(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "handler", "TERM", "17")
	requireNoError(t, job.Freeze())
	requireNoError(t, m.Signal(syscall.SIGTERM))
	requireTimesOut(t, job.WaitEmpty)
	requireNoError(t, job.Thaw())
	requireExitCode(t, m.Process, 17)
}

func TestC45_freeze_reaches_members_that_are_being_born(t *testing.T) {
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	job := newJob(t)
	start(t, job, nil, "bomb", "300")
	for range rounds(t, 10) {
		requireNoError(t, job.Freeze())
		before := len(processes(t, job))
		after(aWhile / 4)
		if now := len(processes(t, job)); now != before {
			t.Fatalf("a frozen job grew from %d to %d", before, now)
		}
		requireNoError(t, job.Thaw())
	}
}
