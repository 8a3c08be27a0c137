//go:build linux

package conformance

import (
	"errors"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC29_terminate_in_a_chain_takes_what_is_below_and_spares_what_is_above(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, own := chainOf(t, 5)

	timed(t, "terminate of level 3", soon, func() error { return jobs[2].Terminate(3) })
	for level, m := range own {
		if level < 2 {
			requireAlive(t, m.Pid())
			continue
		}
		m.requireGone(t, atOnce)
		requireEmpty(t, jobs[level])
		requireExitCode(t, m.Process, 3)
	}
	requireProcesses(t, jobs[0], pidsOf(own[:2]...)...)

	timed(t, "terminate of level 1", soon, func() error { return jobs[0].Terminate(1) })
	for level, m := range own[:2] {
		m.requireGone(t, atOnce)
		requireEmpty(t, jobs[level])
		requireExitCode(t, m.Process, 1)
	}
	requireExitCode(t, own[4].Process, 3) // the first code stays
}

func TestTRM02_terminate_of_the_root_takes_all_of_a_deep_chain(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, own := chainOf(t, 5)
	requireNoError(t, jobs[0].Terminate(7))
	for level, m := range own {
		m.requireGone(t, atOnce)
		requireEmpty(t, jobs[level])
		requireExitCode(t, m.Process, 7)
	}
}

func TestTRM10_a_chain_that_was_terminated_can_be_used_again_at_every_level(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, _ := chainOf(t, 3)
	for range 3 {
		for _, terminated := range jobs {
			requireNoError(t, terminated.Terminate(1))
			for _, job := range jobs {
				m := given(t, job, "tree", "2", "2")
				requireContains(t, jobs[0], m.pids[2], true)
			}
		}
	}
}

func TestTRM12_a_child_job_admits_nobody_while_its_parent_is_being_terminated(t *testing.T) {
	testkit.NoLeaks(t)
	for range rounds(t, 20) {
		jobs, _ := chainOf(t, 2)
		cmd, newcomer := command(t, "fork-exit")
		atTheSameTime(t,
			func() error { return jobs[0].Terminate(1) },
			func() error {
				process, err := jobs[1].Start(cmd)
				if errors.Is(err, jobobject.ErrAccessDenied) {
					return nil // UNC-04
				}
				if err == nil {
					_, err = process.Wait()
				}
				return err
			},
		)
		requireNoError(t, jobs[0].Terminate(2)) // if it came after
		newcomer.requireGone(t, atOnce)
		requireEmpty(t, jobs[1])
	}
}

func TestNST40_figures_of_a_job_cover_those_of_its_child_jobs(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t)
	inner, _ := nested(t, outer)
	requireExitCode(t, start(t, inner, nil, "spin", "200ms").Process, 0)

	// The kernel's division into user and system time is an estimate, the sum is not.
	own, known := processorTime(accounting(t, inner))
	all, allKnown := processorTime(accounting(t, outer))
	if !known || !allKnown {
		t.Skip("this kernel cannot tell processor time")
	}
	if own <= 0 || all < own {
		t.Fatalf("the child job has used %v, and the whole %v", own, all)
	}
}

func processorTime(figures jobobject.Accounting) (sum time.Duration, known bool) {
	user, userKnown := figures.UserTime.LowerBound()
	kernel, kernelKnown := figures.KernelTime.LowerBound()
	return user + kernel, userKnown && kernelKnown
}

func TestNST42_counts_rise_in_the_jobs_that_are_newly_joined(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t)
	m := given(t, outer, "sleep")
	requireCounts(t, outer, 1, 1, 0)
	inner := nest(t, m.Pid())
	requireCounts(t, outer, 1, 1, 0)
	requireCounts(t, inner, 1, 1, 0)
	given(t, inner, "sleep")
	requireCounts(t, outer, 2, 2, 0)
	requireCounts(t, inner, 2, 2, 0)
}

func TestNST44_siblings_are_untouched_by_terminate(t *testing.T) {
	testkit.NoLeaks(t)
	root := newJob(t)
	left, p := nested(t, root)
	right, q := nested(t, root)
	requireNoError(t, left.Terminate(1))
	p.requireGone(t, atOnce)
	requireProcesses(t, right, q.Pid())
	requireProcesses(t, root, q.Pid())
	requireCounts(t, root, 2, 1, 0)
}

func TestNST45_kill_on_close_of_a_child_job_spares_its_parent(t *testing.T) {
	testkit.NoLeaks(t)
	root := newJob(t)
	above := given(t, root, "sleep")
	child, p := nested(t, root, killOnClose)
	grandchild, _ := nested(t, child)
	below := given(t, grandchild, "sleep")

	requireNoError(t, child.Close())

	p.requireGone(t, atOnce)
	below.requireGone(t, atOnce)
	requireEmpty(t, grandchild)
	requireProcesses(t, root, above.Pid())
}

func TestNST46_kill_on_close_of_the_parent_takes_child_jobs_that_are_open(t *testing.T) {
	testkit.NoLeaks(t)
	root := newJob(t, killOnClose)
	child, p := nested(t, root)

	requireNoError(t, root.Close())

	p.requireGone(t, atOnce)
	requireExitCode(t, p.Process, 0) // LIM-63
	requireEmpty(t, child)
	requireNoError(t, child.Close())
}

func TestNST47_a_child_job_that_is_closed_stays_in_the_chain(t *testing.T) {
	testkit.NoLeaks(t)
	tidy(t)
	root := newJob(t)
	child, p := nested(t, root)
	other := newJob(t)
	if !byCgroups(t) { // a start nests what has a handle
		p = givenBoth(t, child, other, "sleep")
	}
	requireNoError(t, child.Close())
	requireContains(t, root, p.Pid(), true)
	if byCgroups(t) {
		requireProcesses(t, root, p.Pid())
		requireNoError(t, other.Assign(p.Pid())) // below the closed one
	}

	requireProcesses(t, other, p.Pid())
	late := given(t, other, "sleep")
	requireContains(t, root, late.Pid(), true)
	requireNoError(t, root.Terminate(1))
	p.requireGone(t, atOnce)
	late.requireGone(t, atOnce)
	requireEmpty(t, other)
}

func TestNST34_kill_on_close_belongs_to_the_job_that_has_it(t *testing.T) {
	testkit.NoLeaks(t)
	tidy(t)
	root := newJob(t, killOnClose)
	child, p := nested(t, root)
	limits, err := child.Limits()
	requireNoError(t, err)
	if limits != (jobobject.Limits{}) {
		t.Fatalf("the child job has %+v", limits)
	}
	requireNoError(t, child.Close())
	p.requireStays(t)
}
