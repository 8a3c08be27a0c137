//go:build linux

package conformance

import (
	"fmt"
	"os/exec"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

var (
	nothing  = jobobject.Limits{}
	onDemand = jobobject.Limits{BreakawayOK: true}
	silently = jobobject.Limits{SilentBreakawayOK: true}
)

func TestCPR06_breakaway_from_no_job_has_no_effect(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := givenWith(t, job, []jobobject.StartOption{jobobject.Breakaway()}, "sleep")
	requireProcesses(t, job, m.Pid())

	cmd, tree := command(t, "exit", "6")
	process, err := jobobject.StartBreakaway(cmd)
	requireNoError(t, err)
	requireExitCode(t, process, 6)
	tree.requireGone(t, atOnce)
}

// The process of the test is in inner, which is in outer. NST-21 to NST-24, and
// CPR-07 to CPR-09.
func TestC33_what_breakaway_leaves(t *testing.T) {
	for _, given := range []struct {
		inner, outer jobobject.Limits
		asked        bool // by the flag
		rule         string

		refused        bool
		inInner, inOut bool
	}{
		{nothing, nothing, false, "NST-20", false, true, true},
		{nothing, onDemand, false, "NST-22", false, true, true},
		{nothing, silently, false, "NST-22", false, true, true},
		{onDemand, onDemand, false, "CPR-08", false, true, true},
		{onDemand, silently, false, "NST-23", false, true, true},
		{silently, nothing, false, "CPR-09", false, false, true},
		{silently, onDemand, false, "NST-23", false, false, true},
		{silently, silently, false, "CPR-09", false, false, false},

		{nothing, nothing, true, "CPR-07", true, false, false},
		{nothing, onDemand, true, "NST-22", true, false, false},
		{nothing, silently, true, "NST-22", true, false, false},
		{onDemand, nothing, true, "NST-24", false, false, true},
		{onDemand, onDemand, true, "NST-21", false, false, false},
		{onDemand, silently, true, "NST-21", false, false, false},
		{silently, nothing, true, "UNC-25", false, false, true},
		{silently, onDemand, true, "NST-21", false, false, false},
	} {
		name := fmt.Sprintf("%s inner %s outer %s asked %v", given.rule, allows(given.inner), allows(given.outer), given.asked)
		t.Run(name, func(t *testing.T) {
			alone(t, func(t *testing.T) {
				outer, inner := joined(t, given.outer), joined(t, given.inner)
				requireContains(t, outer, 0, true)
				job := newJob(t)
				cmd, tree := command(t, "sleep")
				var options []jobobject.StartOption
				if given.asked {
					options = append(options, jobobject.Breakaway())
				}

				process, err := job.Start(cmd, options...)

				if given.refused {
					requireErrorIs(t, err, jobobject.ErrAccessDenied)
					tree.requireGone(t, atOnce)
					requireActive(t, inner, 1)
					requireActive(t, outer, 1)
					requireCounts(t, job, 0, 0, 0)
					return
				}
				requireNoError(t, err)
				reapWithTest(t, process)
				requireContains(t, inner, process.Pid(), given.inInner)
				requireContains(t, outer, process.Pid(), given.inOut)
				requireProcesses(t, job, process.Pid()) // jobs of the list are not broken out of
			})
		})
	}
}

func allows(limits jobobject.Limits) string {
	switch limits {
	case onDemand:
		return "on demand"
	case silently:
		return "silently"
	}
	return "no"
}

func TestC33_a_process_can_be_started_in_no_job_at_all(t *testing.T) {
	alone(t, func(t *testing.T) {
		outer, inner := joined(t, onDemand), joined(t, onDemand)
		cmd, tree := command(t, "tree", "2", "2")
		var process *jobobject.Process
		out := testkit.Start(t, cmd, func() (err error) {
			process, err = jobobject.StartBreakaway(cmd)
			return err
		})
		reapWithTest(t, process)
		for _, pid := range append(out.AwaitReady(t), process.Pid()) {
			requireContains(t, inner, pid, false)
			requireContains(t, outer, pid, false)
		}
		for _, pid := range tree.live()[1:] {
			requireNoError(t, killByNumber(pid))
		}
	})
}

func TestCPR07_breakaway_that_is_not_allowed_starts_nothing(t *testing.T) {
	alone(t, func(t *testing.T) {
		outer := joined(t, nothing)
		cmd, tree := command(t, "sleep")
		_, err := jobobject.StartBreakaway(cmd)
		requireErrorIs(t, err, jobobject.ErrAccessDenied)
		tree.requireGone(t, atOnce)
		requireActive(t, outer, 1)
	})
}

// A program that knows nothing of jobs forks inside, as the kernel will have it,
// and its children are taken out when they are seen.
func TestLIM60_children_of_members_leave_a_silent_job_by_themselves(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, jobobject.WithLimits(silently))
	m := given(t, job, "children", "3")
	timed(t, "leaving of the children", soon, func() error {
		testkit.Within(t, soon, "leaving of the children", func() bool { return len(processes(t, job)) == 1 })
		return nil
	})
	requireProcesses(t, job, m.Pid())
	for _, child := range m.pids[1:] {
		requireContains(t, job, child, false)
	}

	requireNoError(t, job.Terminate(1))
	requireExitCode(t, m.Process, 1)
	requireAlive(t, m.pids[1:]...)
}

// In cgroup v2 the caller makes way for a limit, and outside is where it has gone.
func TestLIM60_children_leave_for_where_the_caller_is_when_it_has_made_way(t *testing.T) {
	testkit.NoLeaks(t)
	given(t, limited(t, jobobject.Limits{CPUWeight: 5}, "cpu"), "sleep")
	job := newJob(t, jobobject.WithLimits(silently))
	m := given(t, job, "children", "3")
	testkit.Within(t, soon, "leaving of the children", func() bool { return len(processes(t, job)) == 1 })
	requireProcesses(t, job, m.Pid())
	requireAlive(t, m.pids[1:]...)
}

func TestLIM60_explicit_assignment_to_a_silent_job_still_works(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, jobobject.WithLimits(silently))
	started := given(t, job, "sleep")
	assigned := assigned(t, job)
	after(aWhile) // for whoever would take them out
	requireProcesses(t, job, started.Pid(), assigned.pid)
}

func TestLIM61_breakaway_limits_concern_later_starts_only(t *testing.T) {
	alone(t, func(t *testing.T) {
		outer := joined(t, nothing)
		_, early := outsider(t, "sleep")
		requireNoError(t, outer.SetLimits(onDemand))
		requireContains(t, outer, early[0], true)
		late, err := jobobject.StartBreakaway(exec.Command(testkit.Fixture(t), "sleep"))
		requireNoError(t, err)
		reapWithTest(t, late)
		requireContains(t, outer, late.Pid(), false)

		requireNoError(t, outer.SetLimits(nothing)) // W19: flags can be cleared
		_, err = jobobject.StartBreakaway(exec.Command(testkit.Fixture(t), "sleep"))
		requireErrorIs(t, err, jobobject.ErrAccessDenied)
		requireContains(t, outer, late.Pid(), false)
	})
}
