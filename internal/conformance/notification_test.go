//go:build linux

package conformance

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

// notified gives a job with notification limits, and its port.
func notified(t testing.TB, limits jobobject.NotificationLimits, options ...jobobject.Option) (*jobobject.Job, *reader) {
	t.Helper()
	job := newJob(t, options...)
	requireNoError(t, job.SetNotificationLimits(limits))
	return job, newPort(t, map[string]*jobobject.Job{"job": job})
}

// awaitNotice reads until that message, and says whom it is about.
func (r *reader) awaitNotice(patience time.Duration) (pid int, key any) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	for {
		m, err := r.Get(ctx)
		if err != nil {
			r.t.Fatalf("wait for a notification: %v", err)
		}
		if m.ID == jobobject.NotificationLimit {
			return m.Pid, m.Key
		}
	}
}

// noNotice shows that none comes in a while, whatever else does.
func (r *reader) noNotice() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), aWhile)
	defer cancel()
	for {
		m, err := r.Get(ctx)
		if err != nil {
			return
		}
		if m.ID == jobobject.NotificationLimit {
			r.t.Fatalf("a notification too many: %q", words(m))
		}
	}
}

func violations(t testing.TB, job *jobobject.Job) jobobject.Violations {
	t.Helper()
	found, err := job.Violations()
	requireNoError(t, err)
	return found
}

func requireViolated(t testing.TB, job *jobobject.Job, want ...jobobject.LimitName) jobobject.Violations {
	t.Helper()
	found := violations(t, job)
	got := found.Exceeded()
	if len(got) != len(want) {
		t.Fatalf("exceeded are %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("exceeded are %q, want %q", got, want)
		}
	}
	return found
}

func TestC57_notification_limits_read_back_and_nonsense_is_not_stored(t *testing.T) {
	testkit.NoLeaks(t)
	want := jobobject.NotificationLimits{JobUserTime: time.Hour, JobMemory: 1 << 40, JobLowMemory: 1}
	job := newJob(t)
	requireNoError(t, job.SetNotificationLimits(want))
	given(t, job, "sleep")
	for _, bad := range []jobobject.NotificationLimits{
		{JobUserTime: -1}, {CPURateTolerance: jobobject.LowTolerance}, {CPURateInterval: 7}, {JobMemory: 1 << 63},
	} {
		requireErrorIs(t, job.SetNotificationLimits(bad), jobobject.ErrInvalidLimit)
	}
	got, err := job.NotificationLimits()
	requireNoError(t, err)
	if got != want {
		t.Errorf("notification limits are %+v, want %+v", got, want)
	}
	if found := requireViolated(t, job); found.Limits != want {
		t.Errorf("limits in effect are %+v, want %+v", found.Limits, want)
	}
}

// NLM-05, NLM-07
func TestNLM03_user_time_is_told_once_and_the_member_goes_on(t *testing.T) {
	testkit.NoLeaks(t)
	const limit = 200 * time.Millisecond
	job, port := notified(t, jobobject.NotificationLimits{JobUserTime: limit})
	idle, spinner := given(t, job, "sleep"), given(t, job, "spin")
	if pid, _ := port.awaitNotice(time.Minute); pid != spinner.Pid() {
		t.Errorf("the message is about %d, want %d", pid, spinner.Pid())
	}
	port.noNotice()
	found := requireViolated(t, job, jobobject.JobUserTimeNotice)
	if used, known := found.JobUserTime.Get(); !known || used < limit {
		t.Errorf("used %v", found.JobUserTime)
	}
	requireAlive(t, idle.Pid(), spinner.Pid())
	port.awaitNotice(time.Minute) // it goes on, and so is told again
	requireStrikes(t, job)
}

// NLM-06
func TestNLM03_memory_is_told_when_there_is_much_of_it_and_when_there_is_little_again(t *testing.T) {
	testkit.NoLeaks(t)
	job, port := notified(t, jobobject.NotificationLimits{JobMemory: 48 << 20, JobLowMemory: 32 << 20})
	given(t, job, "sleep")
	port.noNotice()
	m := given(t, job, "alloc", "64", "hold")
	if pid, _ := port.awaitNotice(soon); pid != m.Pid() {
		t.Errorf("the message is about %d, want %d", pid, m.Pid())
	}
	found := requireViolated(t, job, jobobject.JobMemoryNotice)
	if memory, known := found.JobMemory.Get(); !known || memory < 48<<20 || memory > 256<<20 {
		t.Errorf("members have %v bytes", found.JobMemory)
	}
	requireNoError(t, job.SetNotificationLimits(jobobject.NotificationLimits{JobLowMemory: 32 << 20}))
	port.noNotice()
	kill(t, m)
	if pid, _ := port.awaitNotice(soon); pid != 0 {
		t.Errorf("the message is about %d, want nobody", pid)
	}
	found = requireViolated(t, job, jobobject.JobLowMemoryNotice)
	if memory, known := found.JobLowMemory.Get(); !known || memory >= 32<<20 {
		t.Errorf("members have %v bytes", found.JobLowMemory)
	}
}

func TestNLM11_memory_is_noted_without_a_port(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	given(t, job, "sleep")
	requireNoError(t, job.SetNotificationLimits(jobobject.NotificationLimits{JobMemory: 48 << 20}))
	requireViolated(t, job)
	given(t, job, "alloc", "64", "hold")
	requireViolated(t, job, jobobject.JobMemoryNotice)
}

// ACC-11: what the dead have written counts.
func TestNLM03_written_bytes_are_told_where_the_kernel_is_traced(t *testing.T) {
	testkit.NoLeaks(t)
	needsExactNews(t)
	job, port := notified(t, jobobject.NotificationLimits{WriteBytes: 1 << 20, ReadBytes: 1 << 40})
	write := func(bytes string) {
		t.Helper()
		process, err := job.Start(exec.Command("dd", "if=/dev/zero", "of=/dev/null", "bs="+bytes, "count=1", "status=none"))
		requireNoError(t, err)
		requireExitCode(t, process, 0)
	}
	given(t, job, "sleep")
	write("600K")
	port.noNotice()
	requireViolated(t, job)
	write("600K")
	port.awaitNotice(soon)
	found := requireViolated(t, job, jobobject.WriteBytesNotice)
	if written, known := found.WriteBytes.Get(); !known || written < 1200<<10 || written > 1300<<10 {
		t.Errorf("written are %v bytes", found.WriteBytes)
	}
}

func TestNLM03_bytes_that_nobody_counts_are_refused(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	err := job.SetNotificationLimits(jobobject.NotificationLimits{WriteBytes: 1})
	if err == nil {
		t.Skip("this host can count them")
	}
	requireErrorIs(t, err, jobobject.ErrNotSupported)
	got, err := job.NotificationLimits()
	requireNoError(t, err)
	if got != (jobobject.NotificationLimits{}) {
		t.Errorf("notification limits are %+v", got)
	}
}

// MSG-14, MSG-15, NST-40
func TestNST40_what_child_jobs_use_counts_and_is_told_upwards(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t)
	inner, _ := nested(t, outer)
	port := newPort(t, map[string]*jobobject.Job{"inner": inner, "outer": outer})
	limits := jobobject.NotificationLimits{JobMemory: 48 << 20}
	requireNoError(t, outer.SetNotificationLimits(limits))
	m := given(t, inner, "alloc", "64", "hold")
	if pid, key := port.awaitNotice(soon); pid != m.Pid() || key != "outer" {
		t.Errorf("the message is about %d for %q", pid, key)
	}
	requireNoError(t, inner.SetNotificationLimits(limits))
	for _, want := range []string{"inner", "outer"} {
		if pid, key := port.awaitNotice(soon); pid != m.Pid() || key != want {
			t.Errorf("the message is about %d for %q, want %q", pid, key, want)
		}
	}
}

func TestLIF02_a_job_that_is_closed_tells_nothing_more(t *testing.T) {
	testkit.NoLeaks(t)
	tidy(t)
	job, port := notified(t, jobobject.NotificationLimits{JobUserTime: time.Millisecond})
	m := given(t, job, "spin")
	port.awaitNotice(soon)
	second := duplicate(t, job)
	requireNoError(t, job.Close())
	requireViolated(t, second, jobobject.JobUserTimeNotice)
	port.awaitNotice(soon)
	requireNoError(t, second.Close())
	port.noNotice()
	requireAlive(t, m.Pid())
}

// CPU-08, NLM-09, VIO-05
func TestNLM01_a_member_that_wants_more_than_its_rate_is_told_after_an_interval(t *testing.T) {
	if testing.Short() {
		t.Skip("the shortest interval has 10 s")
	}
	testkit.NoLeaks(t)
	limits := jobobject.Limits{CPURate: 500}
	limited(t, limits, "cpu")
	job, port := notified(t, jobobject.NotificationLimits{}, jobobject.WithLimits(limits))
	requireNoError(t, job.SetNotificationLimits(jobobject.NotificationLimits{CPURateTolerance: jobobject.MediumTolerance}))
	given(t, job, "sleep")
	spinner := given(t, job, "spin")
	if pid, _ := port.awaitNotice(time.Minute); pid != spinner.Pid() {
		t.Errorf("the message is about %d, want %d", pid, spinner.Pid())
	}
	found := requireViolated(t, job, jobobject.CPURateNotice)
	if class, known := found.CPURateTolerance.Get(); !known || class < jobobject.MediumTolerance {
		t.Errorf("measured is %v", found.CPURateTolerance)
	}
	requireAlive(t, spinner.Pid())
}
