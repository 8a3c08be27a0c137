//go:build linux

package conformance

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// C68: a process that cannot be taken into a job is no member, is ended for no limit,
// and goes on as it was; the job counts nobody, and is as unused as before.
func TestC68_an_assignment_that_nothing_can_do_is_an_error_and_changes_nothing(t *testing.T) {
	testkit.NoLeaks(t)
	if byCgroups(t) {
		t.Skip("processes can be taken into jobs here")
	}
	cmd := testkit.FixtureCommand(t, "ticker")
	out := testkit.Start(t, cmd, nil)
	out.AwaitReady(t)
	outside := &member{out: out}
	unused, killing := newJob(t), newJob(t, killOnClose)
	limited := newJob(t, jobobject.WithLimits(jobobject.Limits{ActiveProcesses: 1, PriorityClass: jobobject.IdlePriority}))
	m := given(t, limited, "sleep")
	inside := given(t, newJob(t), "ticker") // of another job, below which the new one would be
	for range 2 {
		for _, job := range []*jobobject.Job{unused, killing, limited} {
			for _, pid := range []int{cmd.Process.Pid, 0} {
				err := job.Assign(pid)
				requireErrorIs(t, err, jobobject.ErrNotSupported)
				requireRefused(t, err)
				requireContains(t, job, pid, false)
			}
		}
		requireRefused(t, unused.Assign(inside.Pid()))
	}

	for _, job := range []*jobobject.Job{unused, killing} {
		requireProcesses(t, job)
		requireCounts(t, job, 0, 0, 0)
		requireTimesOut(t, job.WaitEmpty) // never used
	}
	requireProcesses(t, limited, m.Pid())
	requireCounts(t, limited, 1, 1, 0)
	requireStrikes(t, limited)
	requireNoError(t, killing.Close())
	requireNoError(t, limited.Terminate(1))
	requireTicks(t, outside, inside)
	requirePriority(t, jobobject.NormalPriority, cmd.Process.Pid)
	requireProcesses(t, unused, given(t, unused, "sleep").Pid())
}

// ATT-07, C29: what a program starts in jobs of its own is in those as well that it was
// started in itself, and ends with each.
func TestATT07_jobs_of_a_member_are_within_the_jobs_that_it_is_in(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t)
	bystander := given(t, outer, "sleep")
	nonce, variable := testkit.NewNonce(t)
	begin := func() (owner *jobobject.Process, pids []int) {
		cmd := roleCommand(t, "own")
		stdin, err := cmd.StdinPipe() // it dies of its end
		requireNoError(t, err)
		t.Cleanup(func() { stdin.Close() })
		cmd.Env = append(cmd.Environ(), variable)
		pids = testkit.StartReady(t, cmd, func() (err error) {
			owner, err = outer.Start(cmd)
			return err
		})
		reapWithTest(t, owner)
		return owner, pids
	}

	owner, pids := begin()
	for _, pid := range append(pids[2:], owner.Pid(), pids[0]) { // 1 is the daemon's parent
		requireContains(t, outer, pid, true)
	}
	requireNoError(t, owner.Kill()) // kills on close
	testkit.RequireNone(t, nonce, soon)
	testkit.Within(t, soon, "the last of them is no member", func() bool { // who is dying has lost its name already
		return len(processes(t, outer)) == 1
	})
	requireProcesses(t, outer, bystander.Pid())

	begin()
	requireNoError(t, outer.Terminate(1))
	testkit.RequireNone(t, nonce, soon)
	requireEmpty(t, outer)
}

// CPR-07: the flag is refused to a member whose job does not allow it, whoever owns that.
func TestCPR07_a_member_of_anothers_job_cannot_break_away(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	cmd := roleCommand(t, "break-away")
	var process *jobobject.Process
	testkit.StartReady(t, cmd, func() (err error) {
		process, err = job.Start(cmd)
		return err
	})
	reapWithTest(t, process)
	requireExitCode(t, process, 0)
	requireReturns(t, job.WaitEmpty)
}

func breakAwayRole([]string) error {
	_, err := jobobject.StartBreakaway(exec.Command(os.Getenv("JOBOBJECT_FIXTURE"), "sleep"))
	if !errors.Is(err, jobobject.ErrAccessDenied) {
		return fmt.Errorf("breaking away: %w, want that it is denied", err)
	}
	fmt.Println("ready")
	return nil
}
