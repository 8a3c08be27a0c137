//go:build linux

package conformance

import (
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC16_counters_follow_processes_that_are_assigned(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireCounts(t, job, 0, 0, 0)
	first := assigned(t, job)
	requireCounts(t, job, 1, 1, 0)
	first.end(t)
	requireCounts(t, job, 1, 0, 0)
	assigned(t, job)
	requireCounts(t, job, 2, 1, 0)
	assigned(t, job)
	requireCounts(t, job, 3, 2, 0)
}

func TestC16_counters_follow_processes_that_are_started(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	first := given(t, job, "sleep")
	requireCounts(t, job, 1, 1, 0)
	requireNoError(t, first.Kill())
	awaitDeath(t, first.Pid()) // not waited for: it counts no more all the same
	requireReturns(t, job.WaitEmpty)
	requireCounts(t, job, 1, 0, 0)
	given(t, job, "sleep")
	requireCounts(t, job, 2, 1, 0)
	requireExitCode(t, start(t, job, nil, "exit", "0").Process, 0)
	requireCounts(t, job, 3, 1, 0)
}

func TestC16_the_total_never_falls_and_never_tells_more_than_there_were(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	var before, most uint64
	for range 5 {
		m := given(t, job, "children", "4")
		most += 5
		now, known := accounting(t, job).TotalProcesses.LowerBound()
		if !known || now < before || now > most {
			t.Fatalf("the total is %d (known: %v) after %d, there were %d", now, known, before, most)
		}
		before = now
		requireActive(t, job, 5)
		requireNoError(t, job.Terminate(1))
		m.requireGone(t, atOnce)
	}
	if after, _ := accounting(t, job).TotalProcesses.LowerBound(); after < before {
		t.Fatalf("the total fell from %d to %d", before, after)
	}
}

// TRM-13, D5: only what a limit ended is counted as terminated.
func TestTRM13_terminate_does_not_count_as_terminated_by_a_limit(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	given(t, job, "sleep")
	given(t, job, "sleep")
	requireNoError(t, job.Terminate(9))
	requireCounts(t, job, 2, 0, 0)
}

func TestTRM14_accounting_is_kept_after_the_members_are_gone(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	requireExitCode(t, start(t, job, nil, "spin", "200ms").Process, 0)
	before, known := processorTime(accounting(t, job))
	if !known {
		t.Skip("this kernel cannot tell processor time")
	}
	if before < 20*time.Millisecond {
		t.Fatalf("200 ms of burning cost %v", before)
	}
	given(t, job, "sleep")
	requireNoError(t, job.Terminate(1))
	if now, _ := processorTime(accounting(t, job)); now < before {
		t.Fatalf("processor time fell from %v to %v", before, now)
	}
}

func TestACC06_the_total_counts_all_that_were_ever_associated(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	assigned(t, job).end(t)
	requireExitCode(t, start(t, job, nil, "exit", "0").Process, 0)
	given(t, job, "sleep")
	requireNoError(t, job.Terminate(1))
	requireCounts(t, job, 3, 0, 0)

	used := newJob(t)
	given(t, used, "sleep")
	cmd, _ := command(t, "sleep")
	_, err := job.Start(cmd, jobobject.AlsoIn(used)) // half of the list (ATT-10)
	requireErrorIs(t, err, jobobject.ErrAccessDenied)
	requireCounts(t, job, 4, 0, 0)
	requireCounts(t, used, 1, 1, 0)
}

func TestACC07_a_process_is_active_until_it_ends_however_long_it_is_held(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "sleep")
	requireActive(t, job, 1)
	requireNoError(t, m.Kill())
	requireReturns(t, job.WaitEmpty)
	requireActive(t, job, 0) // although nobody has waited for it
	requireContains(t, job, m.Pid(), true)
}

func TestACC08_nothing_but_a_limit_makes_a_process_count_as_terminated(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t)
	given(t, outer, "sleep")
	inner, _ := nested(t, outer, killOnClose)
	requireExitCode(t, start(t, inner, nil, "exit", "9").Process, 9)
	requireNoError(t, given(t, inner, "sleep").Kill())
	requireNoError(t, inner.Terminate(1))
	given(t, inner, "sleep")
	requireNoError(t, inner.Close())
	requireCounts(t, outer, 5, 1, 0)
}
