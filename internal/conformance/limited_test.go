//go:build linux

package conformance

import (
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

// limited makes a job, and skips the test where this host cannot hold the limits.
func limited(t testing.TB, limits jobobject.Limits, controllers ...string) *jobobject.Job {
	t.Helper()
	for _, controller := range controllers {
		testkit.RequireGround(t, controller)
	}
	job := newJob(t)
	if err := job.SetLimits(limits); err != nil && len(controllers) > 0 {
		t.Skip(err)
	} else {
		requireNoError(t, err)
	}
	return job
}

func requireStrikes(t testing.TB, job *jobobject.Job, want ...jobobject.Strike) {
	t.Helper()
	got, err := job.Strikes()
	requireNoError(t, err)
	if len(got) != len(want) {
		t.Fatalf("limits that have struck: %+v, want %+v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("limits that have struck: %+v, want %+v", got, want)
		}
	}
}

// D3, C35
func TestASG13_a_process_too_many_is_not_started_and_ended_when_it_is_assigned(t *testing.T) {
	testkit.NoLeaks(t)
	job := limited(t, jobobject.Limits{ActiveProcesses: 1})
	m := given(t, job, "sleep")
	_, err := job.Start(testkit.FixtureCommand(t, "sleep"))
	requireErrorIs(t, err, jobobject.ErrQuotaExceeded)
	want := jobobject.Strike{Limit: jobobject.ActiveProcessesStrike, Refused: 1}
	if byCgroups(t) {
		cmd, _ := outsider(t, "sleep")
		requireErrorIs(t, job.Assign(cmd.Process.Pid), jobobject.ErrQuotaExceeded)
		awaitDeath(t, cmd.Process.Pid)
		want.Terminated = 1
	}
	requireProcesses(t, job, m.Process.Pid())
	requireCounts(t, job, 1+want.Terminated, 1, want.Terminated)
	requireStrikes(t, job, want)

	requireNoError(t, job.UpdateLimits(func(l *jobobject.Limits) { l.ActiveProcesses = 2 }))
	given(t, job, "sleep")
}

// LIM-28, C35
func TestLIM28_lowering_the_limit_ends_nobody(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "tree", "2", "3")
	requireNoError(t, job.SetLimits(jobobject.Limits{ActiveProcesses: 2}))
	_, err := job.Start(testkit.FixtureCommand(t, "sleep"))
	requireErrorIs(t, err, jobobject.ErrQuotaExceeded)
	requireAlive(t, m.pids...)
}

// C38
func TestLIM13_members_are_ended_and_the_job_is_signaled_when_its_user_time_is_used_up(t *testing.T) {
	testkit.NoLeaks(t)
	const limit = 300 * time.Millisecond
	job := limited(t, jobobject.Limits{JobUserTime: limit})
	first, second := given(t, job, "spin"), given(t, job, "spin")
	requireReturns(t, job.WaitSignaled) // SIG-02
	requireExitCode(t, first.Process, jobobject.ExitQuota)
	requireExitCode(t, second.Process, jobobject.ExitQuota)
	requireTerminateCode(t, job, jobobject.ExitQuota) // EOJ-01
	if used, known := accounting(t, job).UserTime.LowerBound(); !known || used < limit {
		t.Errorf("used %v, known %v", used, known)
	}
	requireStrikes(t, job, jobobject.Strike{Limit: jobobject.JobUserTimeStrike, Terminated: 2})

	_, err := job.Start(testkit.FixtureCommand(t, "sleep")) // EOJ-02
	requireErrorIs(t, err, jobobject.ErrQuotaExceeded)
	requireNoError(t, job.SetLimits(jobobject.Limits{JobUserTime: time.Minute}))
	requireTimesOut(t, job.WaitSignaled) // SIG-06
	given(t, job, "sleep")
}

func TestLIM14_a_limit_on_user_time_counts_from_when_it_is_set(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "spin")
	testkit.Within(t, time.Minute, "the member has used 300 ms", func() bool {
		used, _ := accounting(t, job).UserTime.LowerBound()
		return used > 300*time.Millisecond
	})
	before, _ := accounting(t, job).UserTime.LowerBound()
	requireNoError(t, job.SetLimits(jobobject.Limits{JobUserTime: 200 * time.Millisecond}))
	requireExitCode(t, m.Process, jobobject.ExitQuota)
	if used, _ := accounting(t, job).UserTime.LowerBound(); used < before+200*time.Millisecond {
		t.Errorf("ended after %v, of which %v were before the limit", used, before)
	}
}

func TestLIM09_a_member_is_ended_when_its_user_time_is_used_up(t *testing.T) {
	testkit.NoLeaks(t)
	job := limited(t, jobobject.Limits{ProcessUserTime: 200 * time.Millisecond})
	idle, spinner := given(t, job, "sleep"), given(t, job, "spin")
	requireExitCode(t, spinner.Process, jobobject.ExitQuota)
	requireAlive(t, idle.Process.Pid())
	requireTimesOut(t, job.WaitSignaled) // SIG-10
	requireStrikes(t, job, jobobject.Strike{Limit: jobobject.ProcessUserTimeStrike, Terminated: 1})
}

// LIM-22: who sleeps uses nothing.
func TestLIM22_wall_time_does_not_count(t *testing.T) {
	testkit.NoLeaks(t)
	job := limited(t, jobobject.Limits{JobUserTime: 100 * time.Millisecond, ProcessUserTime: 100 * time.Millisecond})
	m := given(t, job, "sleep")
	after(500 * time.Millisecond)
	requireAlive(t, m.Process.Pid())
}

// C62: applies to those who run already, and goes away again.
func TestCPU05_a_cap_holds_for_present_members_until_it_is_dropped(t *testing.T) {
	testkit.NoLeaks(t)
	limited(t, jobobject.Limits{CPURate: 1000}, "cpu")
	job := newJob(t)
	given(t, job, "spin")
	requireNoError(t, job.SetLimits(jobobject.Limits{CPURate: 500}))
	before, _ := accounting(t, job).UserTime.LowerBound()
	begun := time.Now()
	after(time.Second)
	used, _ := accounting(t, job).UserTime.LowerBound()
	rate, err := jobobject.CPURateOf(1)
	requireNoError(t, err)
	all := float64(jobobject.FullCPURate) / float64(rate) // processors
	if most := time.Duration(float64(time.Since(begun)) * 0.05 * all * 1.3); used-before > most {
		t.Errorf("used %v, want no more than %v", used-before, most)
	}
	requireNoError(t, job.SetLimits(jobobject.Limits{}))
}

// CPU-01, CPU-12: a quarter of two processors is half of the one that they may use.
func TestCPU12_a_rate_is_of_all_processors_also_where_members_may_use_one(t *testing.T) {
	testkit.NoLeaks(t)
	one, err := jobobject.CPURateOf(1)
	requireNoError(t, err)
	job := limited(t, jobobject.Limits{CPURate: one / 2, Affinity: 1}, "cpu", "cpuset")
	given(t, job, "spin")
	given(t, job, "spin")
	before, _ := accounting(t, job).UserTime.LowerBound()
	begun := time.Now()
	after(2 * time.Second)
	used, _ := accounting(t, job).UserTime.LowerBound()
	if most := time.Since(begun) * 6 / 10; used-before > most {
		t.Errorf("used %v, want no more than %v", used-before, most)
	}
}

// LIM-55, SET-09
func TestLIM55_less_memory_than_members_have_ends_nobody(t *testing.T) {
	testkit.NoLeaks(t)
	limited(t, jobobject.Limits{JobMemory: 64 << 20}, "memory")
	job := newJob(t)
	requireNoError(t, job.SetLimits(jobobject.Limits{JobMemory: 128 << 20}))
	m := given(t, job, "alloc", "64", "hold")
	err := job.SetLimits(jobobject.Limits{JobMemory: 16 << 20})
	requireErrorIs(t, err, jobobject.ErrQuotaExceeded)
	requireAlive(t, m.Process.Pid())
	requireLimits(t, job, jobobject.Limits{JobMemory: 128 << 20})
}
