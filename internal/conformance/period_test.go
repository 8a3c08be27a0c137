//go:build linux

package conformance

import (
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

// usedBy waits until the period of the job has used that much user time.
func usedBy(t testing.TB, job *jobobject.Job, least time.Duration) {
	t.Helper()
	testkit.Within(t, time.Minute, "the period has used "+least.String(), func() bool {
		used, _ := told(t, accounting(t, job).PeriodUserTime)
		return used >= least
	})
}

// ACC-01, ACC-03, ACC-05, LIM-15: what the kernel counts, and what it cannot know of
// periods.
func TestACC04_a_period_begins_when_the_user_time_is_limited_and_never_falls(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	first := accounting(t, job)
	if user, known := told(t, first.PeriodUserTime); user != 0 || !known {
		t.Errorf("a job that was never used has a period of %v", first.PeriodUserTime)
	}
	given(t, job, "spin")
	usedBy(t, job, 200*time.Millisecond)
	before := accounting(t, job)
	if before.PeriodUserTime != before.UserTime || before.PeriodKernelTime != before.KernelTime {
		t.Errorf("no limit was ever set, and the period is %v and %v of %v and %v",
			before.PeriodUserTime, before.PeriodKernelTime, before.UserTime, before.KernelTime)
	}

	requireNoError(t, job.SetLimits(jobobject.Limits{JobUserTime: time.Hour}))
	usedBy(t, job, 50*time.Millisecond)
	further := harmless(t)
	requireNoError(t, job.UpdateLimits(func(l *jobobject.Limits) { takeHarmless(l, further) }))
	requireNoError(t, job.SetLimits(jobobject.Limits{PreserveJobTime: true}))
	var last jobobject.Accounting
	for range 200 {
		now := accounting(t, job)
		for name, pair := range map[string][2]jobobject.Figure[time.Duration]{
			"user": {last.PeriodUserTime, now.PeriodUserTime}, "kernel": {last.PeriodKernelTime, now.PeriodKernelTime},
		} {
			was, _ := told(t, pair[0])
			if is, known := told(t, pair[1]); !known || is < was {
				t.Fatalf("the %s time of the period was %v and is %v", name, pair[0], pair[1])
			}
		}
		last = now
	}
	inPeriod, _ := told(t, last.PeriodUserTime)
	all, _ := told(t, last.UserTime)
	then, _ := told(t, before.UserTime)
	if inPeriod < 50*time.Millisecond || all-inPeriod < then {
		t.Errorf("%v of %v are of the period, which began after %v", inPeriod, all, then)
	}

	requireNoError(t, job.Terminate(1)) // C41, ACC-02
	ended := accounting(t, job)
	if again := accounting(t, job); again.PeriodUserTime != ended.PeriodUserTime || again.UserTime != ended.UserTime {
		t.Errorf("nobody is there, and the times are %v and %v, then %v and %v",
			ended.PeriodUserTime, ended.UserTime, again.PeriodUserTime, again.UserTime)
	}
	if user, _ := told(t, ended.PeriodUserTime); user < inPeriod {
		t.Errorf("the period has lost time: %v, was %v", user, inPeriod)
	}
}

// ACC-13, ACC-15, MEM-01, C42
func TestACC15_the_memory_of_now_falls_and_its_peak_does_not(t *testing.T) {
	testkit.NoLeaks(t)
	job := limited(t, jobobject.Limits{JobMemory: 256 << 20}, "memory")
	m := given(t, job, "alloc", "50", "hold")
	requireMemory := func(when string, figure jobobject.Figure[uint64], least, most uint64) {
		t.Helper()
		if bytes, known := figure.LowerBound(); !known || bytes < least || bytes > most {
			t.Errorf("%s: %v bytes, want %d to %d", when, figure, least, most)
		}
	}
	held := accounting(t, job)
	requireMemory("held, now", held.JobMemory, 50<<20, 64<<20)
	requireMemory("held, peak", held.PeakJobMemory, 50<<20, 64<<20)

	requireNoError(t, m.Process.Kill())
	requireNoError(t, job.WaitEmpty(t.Context()))
	gone := accounting(t, job)
	requireMemory("gone, now", gone.JobMemory, 0, 20<<20)
	requireMemory("gone, peak", gone.PeakJobMemory, 50<<20, 64<<20)
}

func TestACC15_memory_that_nobody_counts_is_unknown_and_not_0(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "sleep")
	now := accounting(t, job).JobMemory
	if bytes, known := now.LowerBound(); known && bytes == 0 {
		t.Errorf("pid %d lives, and the job has %v bytes", m.Process.Pid(), now)
	}
}
