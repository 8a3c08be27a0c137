package engine_test

import (
	"testing"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// period is what the job has used since the limit on its user time was set.
func (w *world) period(job kernel.Job, user, inKernel string) {
	w.Helper()
	got := w.accounting(job)
	w.same([]string{user, inKernel}, []string{got.PeriodUserTime.String(), got.PeriodKernelTime.String()})
}

// inKernel is that time of all members that have ever been.
func (w *world) inKernel(d time.Duration) {
	w.machine.SetUsage(group.Usage{UserTime: kernel.Exactly[time.Duration](0), KernelTime: kernel.Exactly(d)})
}

func TestACC03_the_period_is_all_the_life_of_a_job_whose_time_was_never_limited(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.period(job, "0s", "0s")
		p := w.start(job)
		p.body.Spin(1)
		w.inKernel(2 * time.Second)
		w.pass(3 * time.Second)
		w.period(job, "3s", "2s")
		got := w.accounting(job)
		w.same([]string{"3s", "2s"}, []string{got.UserTime.String(), got.KernelTime.String()}) // ACC-01
	})
}

// ACC-05: there is no limit on time in the kernel, and its period is that of the other.
func TestACC04_a_limit_on_the_user_time_begins_a_period_each_time_it_is_set(t *testing.T) {
	given(t, func(w *world) { // LIM-15
		job := w.job(jobTime(time.Hour))
		p := w.start(job)
		p.body.Spin(1)
		w.inKernel(time.Second)
		w.pass(4 * time.Second)
		w.period(job, "4s", "1s")
		for range 2 {
			w.must(job.SetLimits(jobTime(time.Hour))) // the same again
			w.period(job, "0s", "0s")
			w.pass(2 * time.Second)
			w.period(job, "2s", "0s")
		}
		w.inKernel(5 * time.Second)
		w.must(job.UpdateLimits(func(l *kernel.Limits) { l.JobUserTime = time.Minute }))
		w.inKernel(6 * time.Second)
		w.period(job, "0s", "1s")
		w.same("8s", w.accounting(job).UserTime.String()) // ACC-01
	})
}

func TestACC04_nothing_else_begins_a_period(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job)
		p.body.Spin(1)
		w.pass(time.Second)
		w.inKernel(time.Second)
		w.must(job.SetLimits(jobTime(time.Hour)))
		w.inKernel(3 * time.Second)
		w.pass(2 * time.Second)
		for name, change := range map[string]func() error{
			"preserved": func() error { return job.SetLimits(kernel.Limits{PreserveJobTime: true, BreakawayOK: true}) },
			"updated":   func() error { return job.UpdateLimits(func(l *kernel.Limits) { l.ActiveProcesses = 9 }) },
			"refused":   func() error { _ = job.SetLimits(kernel.Limits{JobUserTime: -1}); return nil },
			"dropped":   func() error { return job.SetLimits(kernel.Limits{}) },
			"ended":     func() error { return job.Terminate(1) },
		} {
			w.must(change())
			got := w.accounting(job)
			w.same(name+" 2s 2s", name+" "+got.PeriodUserTime.String()+" "+got.PeriodKernelTime.String())
		}
	})
}

// EOJ-03: the limit is gone when it has been told, and the period goes on.
func TestACC04_the_end_of_the_job_time_does_not_begin_a_period(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobUserTime: time.Second, EndOfJobTime: kernel.PostAtEndOfJob})
		w.listen(job)
		p := w.start(job)
		p.body.Spin(1)
		w.pass(3 * time.Second)
		w.limited(job, kernel.Limits{EndOfJobTime: kernel.PostAtEndOfJob})
		w.period(job, "3s", "unknown")
	})
}

// A set that fails leaves the period as it was (SET-06).
func TestACC04_a_period_that_cannot_begin_leaves_the_one_before(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(jobTime(time.Hour))
		p := w.start(job)
		p.body.Spin(1)
		w.pass(2 * time.Second)
		w.period(job, "2s", "unknown")
		w.machine.Fail("usage")
		if err := job.SetLimits(jobTime(time.Minute)); err == nil {
			w.Fatal("the limit was set although nobody could tell what had been used")
		}
		w.limited(job, jobTime(time.Hour))
		w.period(job, "2s", "unknown")
	})
}

// C41: what the system tells may fall, as when it corrects an estimate.
func TestACC03_what_was_used_in_a_period_never_falls_in_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.start(job)
		w.inKernel(5 * time.Second)
		w.accounting(job)
		w.inKernel(4 * time.Second) // and so it may when the period begins
		w.must(job.SetLimits(jobTime(time.Hour)))
		for _, step := range []struct {
			told time.Duration
			want string
		}{{4 * time.Second, "0s"}, {7 * time.Second, "2s"}, {6 * time.Second, "2s"}, {8 * time.Second, "3s"}} {
			w.inKernel(step.told)
			w.period(job, "0s", step.want)
		}
		w.machine.SetUsage(group.Usage{})
		w.period(job, "at least 0s", "at least 3s")
	})
}

func TestACC03_a_period_that_began_who_knows_where_is_unknown_and_not_all(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.start(job)
		w.machine.SetUsage(group.Usage{UserTime: kernel.Exactly[time.Duration](0)})
		w.must(job.SetLimits(jobTime(time.Hour)))
		w.inKernel(7 * time.Second)
		w.period(job, "0s", "unknown")
		w.must(job.SetLimits(jobTime(time.Hour)))
		w.inKernel(8 * time.Second)
		w.period(job, "0s", "1s")
	})
}

// ACC-17, NST-40: each level has a period of its own, with what was used in the jobs below.
func TestACC17_each_level_folds_a_dead_member_once_and_has_its_own_period(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(jobTime(time.Hour)), w.job(jobTime(time.Hour))
		p := w.member(outer, inner)
		child := p.Fork()
		child.Spin(1)
		w.pass(2 * time.Second)
		w.must(inner.SetLimits(jobTime(time.Hour)))
		w.pass(time.Second)
		child.Exit(0) // ACC-02
		w.pass(time.Second)
		for range 2 {
			w.same("3s", w.accounting(outer).UserTime.String())
			w.same("3s", w.accounting(inner).UserTime.String())
			w.period(outer, "3s", "unknown")
			w.period(inner, "1s", "unknown")
		}
	})
}

// ACC-18, LIM-14
func TestACC18_the_members_are_ended_when_the_period_has_used_the_limit(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job)
		p.body.Spin(1)
		w.pass(5 * time.Second)
		w.must(job.SetLimits(jobTime(time.Second)))
		w.pass(time.Second + overshoot)
		w.dead(p.body)
		used, _ := w.accounting(job).PeriodUserTime.Get()
		if used < time.Second || used > time.Second+overshoot {
			w.Errorf("used %v in the period", used)
		}
	})
}

// C42, MEM-01
func TestACC15_the_memory_of_now_falls_and_its_peak_does_not(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		memory := func(now, peak string) {
			w.Helper()
			got := w.accounting(job)
			w.same([]string{now, peak}, []string{got.JobMemory.String(), got.PeakJobMemory.String()})
		}
		memory("0", "unknown")
		w.start(job)
		memory("unknown", "unknown") // and not 0
		for now, want := range []string{"0", "1"} {
			w.machine.SetUsage(group.Usage{Memory: kernel.Exactly(uint64(now)), PeakMemory: kernel.Exactly[uint64](9)})
			memory(want, "9")
		}
		w.machine.SetUsage(group.Usage{Memory: kernel.Exactly[uint64](0), PeakMemory: kernel.Exactly[uint64](4)})
		memory("0", "9")
		w.machine.SetUsage(group.Usage{})
		memory("unknown", "at least 9")
	})
}

// ACC-13, ACC-14: the same without a limit.
func TestACC14_peaks_and_page_faults_never_fall_limits_or_not(t *testing.T) {
	for name, limits := range map[string][]kernel.Limits{"none": nil, "some": {{JobMemory: 1 << 20}}} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job := w.job(limits...)
				w.start(job)
				for _, told := range []uint64{7, 3, 8} {
					w.machine.SetUsage(group.Usage{PeakMemory: kernel.Exactly(told), PageFaults: kernel.Exactly(told), PeakProcessMemory: kernel.Exactly(told)})
					got := w.accounting(job)
					want := max(told, 7)
					for what, figure := range map[string]kernel.Figure[uint64]{
						"job memory": got.PeakJobMemory, "process memory": got.PeakProcessMemory, "page faults": got.PageFaults, // ACC-12, ACC-09
					} {
						if n, exact := figure.Get(); !exact || n != want {
							w.Errorf("%s: %v, want %d", what, figure, want)
						}
					}
				}
			})
		})
	}
}

// ACC-07: where nobody sees births, a peak is what was seen.
func TestACC07_the_most_that_were_seen_at_a_time_is_a_lower_bound(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(atMost(3))
		p := w.start(job)
		children := []interface{ Exit(int) }{p.body.Fork(), p.body.Fork()}
		over := p.body.Fork()
		w.machine.LookAround()()
		w.dead(over)
		for _, child := range children {
			child.Exit(0)
		}
		w.same("at least 3", w.accounting(job).PeakProcesses.String()) // whoever is turned away was no member for long
	})
}
