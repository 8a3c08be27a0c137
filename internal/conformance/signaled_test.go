//go:build linux

package conformance

import (
	"context"
	"fmt"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestSIG01_a_new_job_is_not_signaled(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireTimesOut(t, job.WaitSignaled)
	given(t, job, "sleep")
	requireTimesOut(t, job.WaitSignaled)
}

func TestSIG03_terminate_signals_the_job(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	given(t, job, "sleep")
	waited := make(chan error, 1)
	go func() { waited <- job.WaitSignaled(t.Context()) }()
	requireNoError(t, job.Terminate(1))
	requireNoError(t, <-waited)
	requireReturns(t, job.WaitSignaled)
}

func TestSIG03_terminate_signals_a_job_without_members(t *testing.T) { // UNC-10
	testkit.NoLeaks(t)
	unused, finished := newJob(t), newJob(t)
	requireExitCode(t, start(t, finished, nil, "exit", "0").Process, 0)
	for _, job := range []*jobobject.Job{unused, finished} {
		requireTimesOut(t, job.WaitSignaled)
		requireNoError(t, job.Terminate(1))
		requireReturns(t, job.WaitSignaled)
	}
	requireTimesOut(t, unused.WaitEmpty) // signaled, and still never used
}

// D2, TST-02: signaled is not empty.
func TestSIG04_members_that_end_by_themselves_do_not_signal(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireExitCode(t, start(t, job, nil, "exit", "0").Process, 0)
	killed := given(t, job, "sleep")
	requireNoError(t, killed.Kill())
	requireReturns(t, job.WaitEmpty)
	requireTimesOut(t, job.WaitSignaled)
}

func TestSIG05_a_job_stays_signaled(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	given(t, job, "sleep")
	requireNoError(t, job.Terminate(1))
	requireReturns(t, job.WaitSignaled)
	requireReturns(t, job.WaitSignaled) // no wait resets it

	assigned(t, job)
	given(t, job, "sleep")
	requireReturns(t, job.WaitSignaled) // nor does a new member
	requireTimesOut(t, job.WaitEmpty)
	requireNoError(t, job.SetLimits(jobobject.Limits{KillOnClose: true}))
	requireReturns(t, job.WaitSignaled) // nor a limit that is not about time
	requireNoError(t, job.Terminate(2))
	requireReturns(t, job.WaitSignaled)
	requireReturns(t, job.WaitEmpty)
}

func TestSIG08_when_a_wait_ends_the_members_are_gone(t *testing.T) {
	testkit.NoLeaks(t)
	for range rounds(t, 20) {
		job := newJob(t)
		m := given(t, job, "children", "20")
		atTheSameTime(t,
			func() error { return thenGone(job.WaitSignaled(t.Context()), m) },
			func() error { return thenGone(job.WaitEmpty(t.Context()), m) },
			func() error { return job.Terminate(1) },
		)
	}
}

func TestSIG10_the_kill_of_one_member_does_not_signal(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	given(t, job, "sleep")
	requireNoError(t, given(t, job, "sleep").Kill())
	requireTimesOut(t, job.WaitSignaled)
}

func TestNST48_terminate_signals_child_jobs_and_no_ancestor(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, _ := chainOf(t, 3)
	requireNoError(t, jobs[1].Terminate(1))
	requireReturns(t, jobs[1].WaitSignaled)
	requireReturns(t, jobs[2].WaitSignaled)
	requireTimesOut(t, jobs[0].WaitSignaled)
}

func TestWAI01_many_waiters_and_cancelled_ones(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	given(t, job, "sleep")
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := make(chan error, 5)
	for range cap(cancelled) {
		go func() { cancelled <- job.WaitSignaled(ctx) }()
	}
	var waits []func() error
	for range 20 {
		waits = append(waits, func() error { return job.WaitSignaled(t.Context()) })
	}
	cancel()
	for range cap(cancelled) {
		requireErrorIs(t, <-cancelled, context.Canceled)
	}
	atTheSameTime(t, append(waits, func() error { return job.Terminate(1) })...)
}

func TestC65_a_job_is_empty_and_used_again_any_number_of_times(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	for i := range 5 {
		m := given(t, job, "sleep")
		requireTimesOut(t, job.WaitEmpty)
		if i%2 == 0 {
			requireNoError(t, m.Kill())
		} else {
			requireNoError(t, job.Terminate(1))
		}
		requireReturns(t, job.WaitEmpty)
		requireCounts(t, job, uint64(i+1), 0, 0)
	}
	if _, err := job.Limits(); err != nil {
		t.Fatal(fmt.Errorf("the job was closed by itself: %w", err))
	}
}
