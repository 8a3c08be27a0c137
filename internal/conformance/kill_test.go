//go:build linux

package conformance

import (
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

func TestC01_terminate_ends_a_whole_tree_and_nothing_else(t *testing.T) {
	testkit.NoLeaks(t)
	_, bystanders := outsider(t, "tree", "2", "2")
	neighbour := given(t, newJob(t), "tree", "2", "2")
	job := newJob(t)
	m := given(t, job, "tree", "3", "3")
	requireProcesses(t, job, m.pids...)

	timed(t, "terminate", soon, func() error { return job.Terminate(7) })

	m.requireGone(t, atOnce)
	requireEmpty(t, job)
	requireTerminateCode(t, job, 7)
	requireAlive(t, bystanders...)
	requireAlive(t, neighbour.pids...)
}

func TestC03_members_that_ignore_every_signal_end_by_terminate_alone(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "ignore-all")

	requireNoError(t, job.Signal(syscall.SIGTERM))
	requireTimesOut(t, job.WaitEmpty)
	requireProcesses(t, job, m.pids...)

	timed(t, "terminate", soon, func() error { return job.Terminate(1) })
	m.requireGone(t, atOnce)
}

func TestC04_a_process_whose_first_thread_is_gone_is_counted_and_killed(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "dead-leader")
	if stat, err := testkit.ReadStat(m.Pid()); err != nil || stat.State != 'Z' {
		t.Fatalf("the fixture is %v (%v), it should look like a zombie", stat, err)
	}

	requireProcesses(t, job, m.Pid())
	requireTimesOut(t, job.WaitEmpty)
	timed(t, "terminate", soon, func() error { return job.Terminate(4) })

	m.requireGone(t, atOnce)
	requireEmpty(t, job)
	requireExitCode(t, m.Process, 4)
}

func TestC04_process_kill_ends_a_process_whose_first_thread_is_gone(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "dead-leader")

	requireNoError(t, m.Kill())

	m.requireGone(t, soon)
	requireReturns(t, job.WaitEmpty)
}

func TestC05_stopped_members(t *testing.T) {
	t.Run("die of terminate without being continued", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		m := given(t, job, "stop")
		timed(t, "terminate", soon, func() error { return job.Terminate(1) })
		m.requireGone(t, atOnce)
	})
	t.Run("leave a termination signal pending and die of terminate", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		m := given(t, job, "stop")

		requireNoError(t, job.Signal(syscall.SIGTERM))
		requireExitCode(t, m.Process, 128+int(syscall.SIGTERM)) // main was not stopped
		requireTimesOut(t, job.WaitEmpty)
		requireProcesses(t, job, m.pids[1:]...)

		requireNoError(t, job.Terminate(1))
		m.requireGone(t, atOnce)
	})
	t.Run("are members that have not exited", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		m := given(t, job, "stop")
		requireTimesOut(t, job.WaitEmpty)
		requireProcesses(t, job, m.pids...)
	})
}

// Every verb that stays alive, so that one that is hard to end is not missed.
func TestC01_terminate_ends_whatever_a_member_does(t *testing.T) {
	for _, verb := range [][]string{
		{"sleep"}, {"spin"}, {"ticker"}, {"alloc", "8", "hold"}, {"children", "5"}, {"zombies", "3"},
		{"daemonize"}, {"spin-orphans", "2", "1m"}, {"subreaper"}, {"vfork-hang"}, {"ptrace-child"},
		{"threads", "20"}, {"thread-exec"}, {"exec-chain", "10"}, {"handler", "TERM", "3"},
	} {
		t.Run(verb[0], func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t)
			m := given(t, job, verb...)
			timed(t, "terminate", soon, func() error { return job.Terminate(1) })
			m.requireGone(t, atOnce)
			requireEmpty(t, job)
		})
	}
}
