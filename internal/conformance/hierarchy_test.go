//go:build linux

package conformance

import (
	"errors"
	"sync/atomic"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC30_refused_assignments_change_nothing_and_stay_refused(t *testing.T) {
	testkit.NoLeaks(t)
	a, b := newJob(t), newJob(t)
	p, q := given(t, a, "sleep"), given(t, b, "sleep")
	for range 2 {
		requireErrorIs(t, b.Assign(p.Pid()), jobobject.ErrAccessDenied)
		requireProcesses(t, a, p.Pid())
		requireProcesses(t, b, q.Pid())
	}
	requireNoError(t, q.Kill())
	requireReturns(t, b.WaitEmpty)
	requireErrorIs(t, b.Assign(p.Pid()), jobobject.ErrAccessDenied)
	requireCounts(t, a, 1, 1, 0)
	requireCounts(t, b, 1, 0, 0)
}

func TestC30_list_counts_and_contains_are_recursive(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, own := chainOf(t, 5)
	for level, job := range jobs {
		requireProcesses(t, job, pidsOf(own[level:]...)...)
		for above := range level {
			requireContains(t, job, own[above].Pid(), false)
		}
	}
}

// The order in which they get a member decides, not that in which one thinks of them.
func TestNST12_a_chain_is_built_from_the_root(t *testing.T) {
	testkit.NoLeaks(t)
	leaf, root := newJob(t), newJob(t)
	m := givenBoth(t, leaf, root, "sleep") // so "root" is the child

	other := given(t, leaf, "sleep")
	requireProcesses(t, leaf, m.Pid(), other.Pid())
	requireProcesses(t, root, m.Pid())

	top, bottom := newJob(t), newJob(t)
	p, q := given(t, top, "sleep"), given(t, bottom, "sleep")
	requireErrorIs(t, bottom.Assign(p.Pid()), jobobject.ErrAccessDenied) // too late for that one
	requireProcesses(t, bottom, q.Pid())
}

func TestNST13_two_members_of_a_job_make_two_fresh_jobs_siblings(t *testing.T) {
	testkit.NoLeaks(t)
	root := newJob(t)
	left, p := nested(t, root)
	right, q := nested(t, root)
	requireProcesses(t, left, p.Pid())
	requireProcesses(t, right, q.Pid())
	requireProcesses(t, root, p.Pid(), q.Pid())

	requireNoError(t, left.Terminate(1))
	p.requireGone(t, atOnce)
	requireProcesses(t, right, q.Pid())
}

func TestNST14_thirty_two_levels(t *testing.T) {
	testkit.NoLeaks(t)
	const depth = 32
	root := newJob(t)
	jobs := []*jobobject.Job{root}
	for range depth - 1 {
		jobs = append(jobs, newJob(t))
	}
	var m *member
	if byCgroups(t) {
		m = given(t, root, "sleep")
		for _, job := range jobs[1:] {
			requireNoError(t, job.Assign(m.Pid()))
			requireContains(t, job, m.Pid(), true)
		}
	} else {
		m = givenWith(t, root, alsoIn(jobs[1:]...), "sleep")
	}
	for _, job := range jobs {
		requireProcesses(t, job, m.Pid())
		requireCounts(t, job, 1, 1, 0)
	}
	newcomer := given(t, jobs[depth-1], "sleep")
	requireProcesses(t, root, m.Pid(), newcomer.Pid())

	timed(t, "terminate", soon, func() error { return root.Terminate(32) })
	m.requireGone(t, atOnce)
	requireEmpty(t, jobs[depth-1])
	requireExitCode(t, newcomer.Process, 32)
	for _, job := range jobs { // root first, although the others are in it
		requireNoError(t, job.Close())
	}
}

func TestNST15_of_two_assignments_at_the_same_time_exactly_one_wins(t *testing.T) {
	testkit.NoLeaks(t)
	a, b := newJob(t), newJob(t)
	given(t, a, "sleep")
	given(t, b, "sleep")
	var won [2]atomic.Int64
	for range rounds(t, 1000) {
		cmd := testkit.FixtureCommand(t, "sleep", "1m")
		requireNoError(t, cmd.Start())
		pid := cmd.Process.Pid
		try := func(i int, job *jobobject.Job) func() error {
			return func() error {
				err := job.Assign(pid)
				if err == nil {
					won[i].Add(1)
				} else if errors.Is(err, jobobject.ErrAccessDenied) {
					err = nil
				}
				return err
			}
		}
		before := won[0].Load() + won[1].Load()
		atTheSameTime(t, try(0, a), try(1, b))
		if now := won[0].Load() + won[1].Load(); now != before+1 {
			t.Fatalf("%d assignments won", now-before)
		}
		inA, err := a.Contains(pid)
		requireNoError(t, err)
		requireContains(t, b, pid, !inA)
		end(t, cmd)
	}
	t.Logf("the first job won %d times, the second %d times", won[0].Load(), won[1].Load())
	requireCounts(t, a, uint64(1+won[0].Load()), 1, 0)
	requireCounts(t, b, uint64(1+won[1].Load()), 1, 0)
}

func TestNST15_fresh_jobs_that_get_a_process_at_the_same_time_form_a_chain(t *testing.T) {
	testkit.NoLeaks(t)
	for range rounds(t, 20) {
		a, b := newJob(t), newJob(t)
		_, pids := outsider(t, "sleep")
		assign := func(job *jobobject.Job) func() error { return func() error { return job.Assign(pids[0]) } }
		atTheSameTime(t, assign(a), assign(b))
		requireProcesses(t, a, pids[0])
		requireProcesses(t, b, pids[0])
		requireCounts(t, a, 1, 1, 0)
		requireCounts(t, b, 1, 1, 0)
	}
}

func TestNST17_a_parent_lives_as_long_as_its_children(t *testing.T) {
	testkit.NoLeaks(t)
	tidy(t)
	root := newJob(t)
	child, first := nested(t, root)
	requireNoError(t, first.Kill())
	requireReturns(t, child.WaitEmpty)
	requireNoError(t, root.Close()) // no member, no handle, but a child

	m := given(t, child, "tree", "2", "2")
	requireProcesses(t, child, m.pids...)
	requireNoError(t, child.Terminate(1))
	m.requireGone(t, atOnce)
	requireNoError(t, child.Close())
}
