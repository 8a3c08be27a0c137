//go:build linux

package conformance

import (
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// nest makes a new job a child of the one that the process is in.
func nest(t testing.TB, pid int, options ...jobobject.Option) *jobobject.Job {
	t.Helper()
	job := newJob(t, options...)
	requireNoError(t, job.Assign(pid))
	requireContains(t, job, pid, true)
	return job
}

// givenBoth starts a verb of the fixture in a job and takes it into another one as well,
// which becomes a child of the first if it was never used. Where nobody can be taken into
// a job the start does both (ATT-06).
func givenBoth(t testing.TB, outer, inner *jobobject.Job, verb ...string) *member {
	t.Helper()
	if !byCgroups(t) {
		return givenWith(t, outer, alsoIn(inner), verb...)
	}
	m := given(t, outer, verb...)
	requireNoError(t, inner.Assign(m.Pid()))
	return m
}

// nested makes a new job a child of another one, and gives the member that it gets it by.
func nested(t testing.TB, outer *jobobject.Job, options ...jobobject.Option) (*jobobject.Job, *member) {
	t.Helper()
	inner := newJob(t, options...)
	m := givenBoth(t, outer, inner, "sleep")
	requireContains(t, inner, m.Pid(), true)
	return inner, m
}

// chainOf are jobs that nest, outermost first, with one member that all have and
// one more in each.
func chainOf(t testing.TB, depth int, options ...jobobject.Option) (jobs []*jobobject.Job, own []*member) {
	t.Helper()
	jobs = []*jobobject.Job{newJob(t, options...)}
	own = []*member{given(t, jobs[0], "sleep")}
	for level := range depth - 1 {
		inner, m := nested(t, jobs[level], options...)
		jobs, own = append(jobs, inner), append(own, m)
	}
	return jobs, own
}

func pidsOf(members ...*member) (pids []int) {
	for _, m := range members {
		pids = append(pids, m.pids...)
	}
	return pids
}

func TestNST05_a_job_that_was_never_used_nests_where_its_first_member_is(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t)
	second := given(t, outer, "sleep")
	inner := newJob(t)
	requireProcesses(t, inner)

	first := givenBoth(t, outer, inner, "sleep")

	requireProcesses(t, inner, first.Pid())
	requireProcesses(t, outer, first.Pid(), second.Pid())
	requireContains(t, inner, second.Pid(), false)
}

func TestNST05_children_are_born_into_the_whole_chain(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t)
	inner, _ := nested(t, outer)
	m := given(t, inner, "tree", "2", "3")
	for _, pid := range m.pids {
		requireContains(t, inner, pid, true)
		requireContains(t, outer, pid, true)
	}
	requireActive(t, inner, 1+4)
	requireActive(t, outer, 1+4)
}

func TestNST02_a_job_keeps_its_parent_for_good(t *testing.T) {
	testkit.NoLeaks(t)
	first, second := newJob(t), newJob(t)
	inSecond := given(t, second, "sleep")
	child, inFirst := nested(t, first)

	requireErrorIs(t, child.Assign(inSecond.Pid()), jobobject.ErrAccessDenied)
	requireNoError(t, inFirst.Kill())
	requireReturns(t, child.WaitEmpty)
	requireErrorIs(t, child.Assign(inSecond.Pid()), jobobject.ErrAccessDenied)

	requireProcesses(t, second, inSecond.Pid())
	givenBoth(t, first, child, "sleep")
	requireActive(t, child, 1)
}

func TestNST03_creating_a_job_does_not_nest_it(t *testing.T) {
	alone(t, func(t *testing.T) {
		outer := joined(t, jobobject.Limits{})
		made := newJob(t)
		_, pids := outsider(t, "sleep") // a child, so it is in outer
		requireContains(t, outer, pids[0], true)
		requireContains(t, made, 0, false)
		requireProcesses(t, made)

		requireNoError(t, made.Assign(pids[0])) // and now it nests
		requireContains(t, outer, pids[0], true)
		requireProcesses(t, made, pids[0])
	})
}

func TestNST04_assigning_to_the_immediate_job_changes_nothing(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, own := chainOf(t, 3)
	for level, job := range jobs {
		requireNoError(t, job.Assign(own[level].Pid()))
	}
	requireCounts(t, jobs[0], 3, 3, 0)
	requireCounts(t, jobs[1], 2, 2, 0)
	requireCounts(t, jobs[2], 1, 1, 0)
}

func TestNST06_a_used_job_cannot_become_a_child(t *testing.T) {
	testkit.NoLeaks(t)
	first, second := newJob(t), newJob(t)
	p, q := given(t, first, "sleep"), given(t, second, "sleep")

	requireErrorIs(t, second.Assign(p.Pid()), jobobject.ErrAccessDenied)
	requireErrorIs(t, first.Assign(q.Pid()), jobobject.ErrAccessDenied)
	requireProcesses(t, first, p.Pid())
	requireProcesses(t, second, q.Pid())

	requireNoError(t, q.Kill())
	_, err := q.Wait()
	requireNoError(t, err)
	requireReturns(t, second.WaitEmpty)
	requireErrorIs(t, second.Assign(p.Pid()), jobobject.ErrAccessDenied) // used is not empty
	requireProcesses(t, first, p.Pid())
	requireCounts(t, second, 1, 0, 0)
}

func TestNST07_a_process_joins_every_job_on_its_way_down(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, own := chainOf(t, 4)
	newcomer := givenBoth(t, jobs[0], jobs[3], "sleep")

	requireProcesses(t, jobs[3], own[3].Pid(), newcomer.Pid())
	requireProcesses(t, jobs[2], own[2].Pid(), own[3].Pid(), newcomer.Pid())
	requireProcesses(t, jobs[1], append(pidsOf(own[1:]...), newcomer.Pid())...)
	requireCounts(t, jobs[0], 5, 5, 0)
	requireCounts(t, jobs[1], 4, 4, 0)
}

func TestNST08_a_job_of_a_sibling_branch_or_of_another_tree_refuses(t *testing.T) {
	testkit.NoLeaks(t)
	root, other := newJob(t), newJob(t)
	left, p := nested(t, root)
	right, q := nested(t, root)
	deep, r := nested(t, other)

	for _, refused := range []struct {
		job *jobobject.Job
		pid int
	}{{left, q.Pid()}, {right, p.Pid()}, {deep, p.Pid()}, {left, r.Pid()}, {other, q.Pid()}} {
		requireErrorIs(t, refused.job.Assign(refused.pid), jobobject.ErrAccessDenied)
	}

	requireProcesses(t, root, p.Pid(), q.Pid())
	requireProcesses(t, left, p.Pid())
	requireProcesses(t, right, q.Pid())
	requireProcesses(t, other, r.Pid())
	requireCounts(t, left, 1, 1, 0)
}

// UNC-08 settles what Windows' documentation leaves open.
func TestNST09_assigning_to_an_ancestor_changes_nothing(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, own := chainOf(t, 3)
	for _, ancestor := range jobs[:2] {
		requireNoError(t, ancestor.Assign(own[2].Pid()))
	}
	requireContains(t, jobs[2], own[2].Pid(), true)
	requireCounts(t, jobs[0], 3, 3, 0)
	requireCounts(t, jobs[1], 2, 2, 0)
}

func TestNST11_a_process_in_no_job_joins_a_child_job_and_all_its_ancestors(t *testing.T) {
	testkit.NoLeaks(t)
	jobs, own := chainOf(t, 3)
	joined := assigned(t, jobs[2])
	started := given(t, jobs[2], "sleep")

	requireProcesses(t, jobs[2], own[2].Pid(), joined.pid, started.Pid())
	for level, job := range jobs {
		requireContains(t, job, joined.pid, true)
		requireContains(t, job, started.Pid(), true)
		count := uint64(len(jobs) - level + 2)
		requireCounts(t, job, count, count, 0)
	}
}
