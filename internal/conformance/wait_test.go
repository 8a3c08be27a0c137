//go:build linux

package conformance

import (
	"context"
	"testing"

	"jobobject/internal/testkit"
)

func TestC24_waiting_until_a_job_is_empty(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireTimesOut(t, job.WaitEmpty) // unused is not empty
	main := given(t, job, "daemonize")
	requireExitCode(t, main.Process, 0)
	requireTimesOut(t, job.WaitEmpty) // main's exit is not enough
	last := given(t, job, "sleep")
	requireTimesOut(t, job.WaitEmpty) // and a wait that timed out has changed nothing
	requireProcesses(t, job, main.pids[1], last.Pid())

	requireNoError(t, last.Kill())
	requireTimesOut(t, job.WaitEmpty)
	requireNoError(t, job.Terminate(1))
	requireReturns(t, job.WaitEmpty)
	requireReturns(t, job.WaitEmpty)
}

func TestC24_the_end_of_the_last_member_ends_the_wait(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	for range 3 {
		m := given(t, job, "tree", "2", "3")
		waited := make(chan error, 1)
		go func() { waited <- job.WaitEmpty(t.Context()) }()
		for _, pid := range m.pids[1:] {
			requireNoError(t, killByNumber(pid))
		}
		select {
		case err := <-waited:
			t.Fatalf("the wait ended (%v) before the last member", err)
		default:
		}
		timed(t, "wait", soon, func() error {
			if err := m.Kill(); err != nil {
				return err
			}
			return <-waited
		})
		m.requireGone(t, atOnce)
		requireEmpty(t, job)
	}
}

func TestC24_a_cancelled_wait_ends_with_the_cause_and_can_be_repeated(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	given(t, job, "sleep")
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		waited := make(chan error, 1)
		go func() { waited <- job.WaitEmpty(ctx) }()
		cancel()
		requireErrorIs(t, <-waited, context.Canceled)
	}
	requireNoError(t, job.Terminate(1))
	requireReturns(t, job.WaitEmpty)
}

func TestC24_all_who_wait_wake(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "sleep")
	var waits []func() error
	for range 20 {
		waits = append(waits, func() error { return job.WaitEmpty(t.Context()) })
	}
	for range 5 {
		other := duplicate(t, job)
		waits = append(waits, func() error { return other.WaitEmpty(t.Context()) })
	}
	atTheSameTime(t, append(waits, m.Kill)...)
}

func TestC24_a_job_is_no_longer_empty_when_a_member_joins(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireExitCode(t, start(t, job, nil, "exit", "0").Process, 0)
	requireReturns(t, job.WaitEmpty)
	given(t, job, "sleep")
	requireTimesOut(t, job.WaitEmpty)
}

func TestC24_short_lived_members_never_leave_a_wait_hanging(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	for range rounds(t, 100) {
		m := start(t, job, nil, "exit", "0")
		requireReturns(t, job.WaitEmpty)
		requireExitCode(t, m.Process, 0)
	}
}
