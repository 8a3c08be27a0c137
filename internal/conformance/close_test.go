//go:build linux

package conformance

import (
	"fmt"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC06_kill_on_close_ends_the_tree_when_the_last_handle_closes(t *testing.T) {
	testkit.NoLeaks(t)
	first := newJob(t, killOnClose)
	second := duplicate(t, first)
	m := given(t, first, "tree", "2", "2")

	requireNoError(t, first.Close())
	m.requireStays(t)
	requireProcesses(t, second, m.pids...)

	timed(t, "last close", soon, second.Close)
	m.requireGone(t, atOnce)
}

func TestC06_closing_a_job_without_members_is_silent(t *testing.T) {
	t.Run("never used", func(t *testing.T) {
		testkit.NoLeaks(t)
		requireNoError(t, newJob(t, killOnClose).Close())
	})
	t.Run("finished", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t, killOnClose)
		requireExitCode(t, start(t, job, nil, "exit", "0").Process, 0)
		requireNoError(t, job.Close())
	})
}

func TestLIM62_kill_on_close_ends_what_resists(t *testing.T) {
	for _, verb := range []string{"ignore-all", "daemonize", "stop", "dead-leader", "vfork-hang", "subreaper"} {
		t.Run(verb, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t, killOnClose)
			m := given(t, job, verb)
			timed(t, "close", soon, job.Close)
			m.requireGone(t, atOnce)
		})
	}
}

func TestLIM63_members_that_die_of_the_close_report_exit_code_0(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, killOnClose)
	m := given(t, job, "sleep")
	requireNoError(t, job.Close())
	requireStatus(t, m.Process, 0, syscall.SIGKILL)
}

func TestLIM64_the_flag_at_the_last_close_counts(t *testing.T) {
	t.Run("set later", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		m := given(t, job, "sleep")
		requireNoError(t, job.SetLimits(jobobject.Limits{KillOnClose: true}))
		requireNoError(t, job.Close())
		m.requireGone(t, atOnce)
	})
	t.Run("cleared later", func(t *testing.T) {
		testkit.NoLeaks(t)
		tidy(t)
		job := newJob(t, killOnClose)
		m := given(t, job, "sleep")
		requireNoError(t, job.UpdateLimits(func(l *jobobject.Limits) { l.KillOnClose = false }))
		requireNoError(t, job.Close())
		m.requireStays(t)
	})
}

func TestC08_a_new_job_has_no_limits(t *testing.T) {
	testkit.NoLeaks(t)
	limits, err := newJob(t).Limits()
	requireNoError(t, err)
	if limits != (jobobject.Limits{}) {
		t.Fatalf("limits: %+v", limits)
	}
}

func TestC08_without_kill_on_close_a_close_ends_nobody(t *testing.T) {
	testkit.NoLeaks(t)
	tidy(t)
	job := newJob(t)
	m := given(t, job, "ticker")
	requireNoError(t, job.Close())

	m.out.Await(t, soon, fmt.Sprintf("tick %d", len(m.out.Lines())+10)) // half a second on
	m.requireStays(t)
}

func TestCRE12_members_of_a_closed_job_go_on_and_are_cleaned_up_after(t *testing.T) {
	testkit.NoLeaks(t)
	tidy(t)
	job := newJob(t)
	m := given(t, job, "daemonize")
	requireExitCode(t, m.Process, 0)
	requireNoError(t, job.Close())
	m.requireStays(t)

	requireNoError(t, syscall.Kill(m.pids[1], syscall.SIGKILL))
	m.requireGone(t, soon) // and NoLeaks shows that nothing of the job stays
}

func TestHDL03_a_duplicate_is_the_same_job(t *testing.T) {
	testkit.NoLeaks(t)
	first := newJob(t)
	second := duplicate(t, first)
	m := given(t, first, "sleep")
	requireProcesses(t, second, m.Pid())
	requireNoError(t, second.SetLimits(jobobject.Limits{KillOnClose: true}))
	limits, err := first.Limits()
	requireNoError(t, err)
	if !limits.KillOnClose {
		t.Fatal("a limit set through one handle does not show through the other")
	}
	requireNoError(t, second.Terminate(5))
	requireTerminateCode(t, first, 5)
	requireExitCode(t, m.Process, 5)
}

func TestHDL03_every_one_of_many_handles_keeps_the_job_open(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, killOnClose)
	m := given(t, job, "sleep")
	handles := []*jobobject.Job{job}
	for range 10 {
		handles = append(handles, duplicate(t, handles[len(handles)-1]))
	}
	last := len(handles) - 1
	for _, handle := range handles[:last] {
		requireNoError(t, handle.Close())
		requireErrorIs(t, handle.Close(), jobobject.ErrClosed)
	}
	m.requireStays(t)
	requireNoError(t, handles[last].Close())
	m.requireGone(t, atOnce)
}

func TestHDL03_two_handles_closed_at_the_same_time_close_the_job(t *testing.T) {
	testkit.NoLeaks(t)
	for range rounds(t, 20) {
		first := newJob(t, killOnClose)
		second := duplicate(t, first)
		m := given(t, first, "sleep")
		atTheSameTime(t, first.Close, second.Close)
		m.requireGone(t, atOnce)
	}
}
