//go:build linux

package conformance

import (
	"fmt"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func requireLimits(t testing.TB, job *jobobject.Job, want jobobject.Limits) {
	t.Helper()
	got, err := job.Limits()
	requireNoError(t, err)
	if got != want {
		t.Fatalf("limits are %+v, want %+v", got, want)
	}
}

// harmless is a limit that no member of these tests notices: that children may leave, or
// where nobody can let them, how many there may be.
func harmless(t testing.TB) jobobject.Limits {
	t.Helper()
	if byCgroups(t) {
		return onDemand
	}
	return jobobject.Limits{ActiveProcesses: 1000}
}

// takeHarmless sets that one, or clears it, and no other.
func takeHarmless(l *jobobject.Limits, from jobobject.Limits) {
	l.BreakawayOK, l.ActiveProcesses = from.BreakawayOK, from.ActiveProcesses
}

// withKillOnClose adds that.
func withKillOnClose(limits jobobject.Limits) jobobject.Limits {
	limits.KillOnClose = true
	return limits
}

func TestC57_limits_read_back_as_they_were_set(t *testing.T) {
	testkit.NoLeaks(t)
	for bits := range 8 {
		want := jobobject.Limits{KillOnClose: bits&1 != 0, BreakawayOK: bits&2 != 0, SilentBreakawayOK: bits&4 != 0}
		if bits > 1 && !byCgroups(t) {
			break // those are refused (C68)
		}
		job := newJob(t)
		requireNoError(t, job.SetLimits(want))
		requireNoError(t, job.SetLimits(want))
		requireLimits(t, job, want)
		requireLimits(t, newJob(t, jobobject.WithLimits(want)), want)
		if !want.SilentBreakawayOK {
			given(t, job, "sleep")
			requireLimits(t, job, want)
		}
		requireNoError(t, job.SetLimits(jobobject.Limits{}))
		requireLimits(t, job, jobobject.Limits{})
	}
}

func TestSET03_setting_limits_drops_those_that_are_not_given(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, jobobject.WithLimits(withKillOnClose(harmless(t))))
	other := silently
	if !byCgroups(t) {
		other = jobobject.Limits{DieOnUnhandledException: true}
	}
	requireNoError(t, job.SetLimits(other))
	requireLimits(t, job, other)
}

func TestC58_a_change_of_one_limit_keeps_the_others(t *testing.T) {
	testkit.NoLeaks(t)
	job, further := newJob(t, killOnClose), harmless(t)
	given(t, job, "sleep")
	requireNoError(t, job.UpdateLimits(func(l *jobobject.Limits) { takeHarmless(l, further) }))
	requireLimits(t, job, withKillOnClose(further))

	requireNoError(t, job.Freeze())
	requireNoError(t, job.UpdateLimits(func(l *jobobject.Limits) { takeHarmless(l, nothing) }))
	requireLimits(t, job, jobobject.Limits{KillOnClose: true})
	m := start(t, job, nil, "ticker")
	requireSilent(t, m) // a change of limits does not thaw
}

func TestC58_changes_at_the_same_time_lose_nothing(t *testing.T) {
	testkit.NoLeaks(t)
	job, further := newJob(t), harmless(t)
	given(t, job, "sleep")
	for range rounds(t, 20) {
		requireNoError(t, job.SetLimits(jobobject.Limits{}))
		atTheSameTime(t,
			func() error { return job.UpdateLimits(func(l *jobobject.Limits) { l.KillOnClose = true }) },
			func() error { return job.UpdateLimits(func(l *jobobject.Limits) { takeHarmless(l, further) }) },
			func() error { _, err := job.Limits(); return err },
		)
		requireLimits(t, job, withKillOnClose(further))
	}
}

func TestC44_a_signal_reaches_all_members_or_the_one(t *testing.T) {
	t.Run("all", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		var members []*member
		for i := range 5 {
			members = append(members, given(t, job, "handler", "TERM", fmt.Sprint(10+i)))
		}
		requireNoError(t, job.Signal(syscall.SIGTERM))
		for i, m := range members {
			requireExitCode(t, m.Process, 10+i)
		}
		requireReturns(t, job.WaitEmpty)
	})
	t.Run("those of child jobs too", func(t *testing.T) {
		testkit.NoLeaks(t)
		outer := newJob(t)
		inner, _ := nested(t, outer)
		m := given(t, inner, "handler", "TERM", "11")
		requireNoError(t, outer.Signal(syscall.SIGTERM))
		requireExitCode(t, m.Process, 11)
		requireReturns(t, outer.WaitEmpty)
	})
	t.Run("one", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		first, second := given(t, job, "handler", "TERM", "3"), given(t, job, "handler", "TERM", "4")
		requireNoError(t, first.Signal(syscall.SIGTERM))
		requireExitCode(t, first.Process, 3)
		requireProcesses(t, job, second.Pid())
	})
	t.Run("none", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		requireNoError(t, job.Signal(syscall.SIGTERM)) // never used
		requireExitCode(t, start(t, job, nil, "exit", "0").Process, 0)
		requireNoError(t, job.Signal(syscall.SIGTERM)) // finished
	})
}

func TestC44_a_signal_finds_those_that_are_born_meanwhile(t *testing.T) {
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	await := reaping(t)
	job := newJob(t)
	for range rounds(t, 5) {
		await()
		m := start(t, job, nil, "bomb", "150")
		testkit.Within(t, soon, "growth of the bomb", func() bool { return len(processes(t, job)) >= 10 })
		requireNoError(t, job.Signal(syscall.SIGTERM))
		m.requireGone(t, soon)
		requireReturns(t, job.WaitEmpty) // who has closed its files is a member for a moment still
		requireEmpty(t, job)
	}
}

func TestQRY08_limits_of_a_child_job_are_its_own(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t, jobobject.WithLimits(harmless(t)))
	inner, _ := nested(t, outer)
	requireLimits(t, inner, jobobject.Limits{})
	requireLimits(t, outer, harmless(t))
}
