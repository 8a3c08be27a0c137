//go:build linux

package conformance

import (
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func alsoIn(jobs ...*jobobject.Job) []jobobject.StartOption {
	return []jobobject.StartOption{jobobject.AlsoIn(jobs...)}
}

func TestATT06_jobs_of_the_list_are_joined_in_order_before_the_first_instruction(t *testing.T) {
	testkit.NoLeaks(t)
	root, middle, leaf := newJob(t), newJob(t), newJob(t)
	m := givenWith(t, root, alsoIn(middle, leaf), "fork-exit")
	requireExitCode(t, m.Process, 0)
	orphan := m.pids[1]
	for _, job := range []*jobobject.Job{root, middle, leaf} {
		requireProcesses(t, job, orphan)
	}
	if first, settled := m.out.Lines()[0], placeOf(t, orphan); first != settled {
		t.Fatalf("it began in %q, and is in %q", first, settled)
	}
}

func TestATT07_the_list_is_in_addition_to_what_is_inherited(t *testing.T) {
	alone(t, func(t *testing.T) {
		outer := joined(t, jobobject.Limits{})
		job, further := newJob(t), newJob(t)
		m := givenWith(t, job, alsoIn(further), "sleep")
		for _, job := range []*jobobject.Job{outer, job, further} {
			requireContains(t, job, m.Pid(), true)
		}
		requireContains(t, job, 0, false)
		requireProcesses(t, job, m.Pid())
	})
}

func TestATT08_breakaway_concerns_the_inherited_jobs_alone(t *testing.T) {
	alone(t, func(t *testing.T) {
		outer := joined(t, jobobject.Limits{BreakawayOK: true})
		listed, further := newJob(t), newJob(t) // that allow nothing
		options := append(alsoIn(further), jobobject.Breakaway())
		m := givenWith(t, listed, options, "sleep")
		requireContains(t, outer, m.Pid(), false)
		requireProcesses(t, listed, m.Pid())
		requireProcesses(t, further, m.Pid())

		silent := newJob(t, jobobject.WithLimits(jobobject.Limits{SilentBreakawayOK: true}))
		n := given(t, silent, "sleep") // nor does what the listed job allows matter
		requireContains(t, silent, n.Pid(), true)
		requireContains(t, outer, n.Pid(), true)
	})
}

func TestATT09_the_job_that_is_inherited_anyway_may_be_listed(t *testing.T) {
	alone(t, func(t *testing.T) {
		outer := joined(t, jobobject.Limits{})
		m := given(t, outer, "sleep")
		requireContains(t, outer, m.Pid(), true)
		further := newJob(t)
		n := givenWith(t, outer, alsoIn(further), "sleep")
		requireProcesses(t, further, n.Pid())
		requireContains(t, outer, n.Pid(), true)
		p := givenWith(t, further, alsoIn(further), "sleep") // twice is once
		requireProcesses(t, further, n.Pid(), p.Pid())
		requireCounts(t, further, 2, 2, 0)
	})
}

func TestATT10_a_list_that_cannot_be_nested_fails_and_binds_the_jobs_before(t *testing.T) {
	testkit.NoLeaks(t)
	first, elsewhere := newJob(t), newJob(t)
	q := given(t, elsewhere, "sleep")
	cmd, tree := command(t, "sleep")

	_, err := first.Start(cmd, jobobject.AlsoIn(elsewhere))

	requireErrorIs(t, err, jobobject.ErrAccessDenied)
	tree.requireGone(t, atOnce)
	requireCounts(t, first, 1, 0, 0) // the half-made process was a member
	requireCounts(t, elsewhere, 1, 1, 0)
	requireProcesses(t, elsewhere, q.Pid())
	requireEmpty(t, first)
	requireErrorIs(t, first.Assign(q.Pid()), jobobject.ErrAccessDenied) // it counts as used
	requireProcesses(t, first, given(t, first, "sleep").Pid())
}

func TestATT10_the_reversed_order_of_a_chain_is_refused(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, own := chainOf(t, 2)
	cmd, tree := command(t, "sleep")
	// The place of the first is below the second: being in it is being in both.
	process, err := jobs[1].Start(cmd, jobobject.AlsoIn(jobs[0]))
	if err == nil {
		reapWithTest(t, process)
		requireProcesses(t, jobs[1], own[1].Pid(), process.Pid())
		return // UNC-08: an ancestor is joined already
	}
	requireErrorIs(t, err, jobobject.ErrAccessDenied)
	tree.requireGone(t, atOnce)
	requireProcesses(t, jobs[0], pidsOf(own...)...)
}

func TestATT11_two_fresh_jobs_become_parent_and_child(t *testing.T) {
	testkit.NoLeaks(t)
	parent, child := newJob(t), newJob(t)
	m := givenWith(t, parent, alsoIn(child), "sleep")
	above := given(t, parent, "sleep")
	requireProcesses(t, child, m.Pid())
	requireProcesses(t, parent, m.Pid(), above.Pid())
	requireNoError(t, child.Terminate(1))
	requireProcesses(t, parent, above.Pid())
}

func TestATT12_the_link_to_the_parent_is_permanent(t *testing.T) {
	t.Run("in a list of two", func(t *testing.T) {
		testkit.NoLeaks(t)
		parent, child := newJob(t), newJob(t)
		m := givenWith(t, parent, alsoIn(child), "sleep")
		requireNoError(t, m.Kill())
		requireReturns(t, parent.WaitEmpty)
		later := given(t, child, "sleep") // lists the child alone
		requireProcesses(t, parent, later.Pid())
		requireProcesses(t, child, later.Pid())
	})
	t.Run("below an inherited job, despite breakaway", func(t *testing.T) {
		alone(t, func(t *testing.T) {
			outer := joined(t, jobobject.Limits{BreakawayOK: true})
			parent, child := newJob(t), newJob(t)
			givenWith(t, parent, alsoIn(child), "sleep")
			later := givenWith(t, child, []jobobject.StartOption{jobobject.Breakaway()}, "sleep")
			for _, job := range []*jobobject.Job{outer, parent, child} {
				requireContains(t, job, later.Pid(), true)
			}
		})
	})
}
