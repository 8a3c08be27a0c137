package engine_test

import (
	"testing"
	"time"

	"jobobject/internal/engine"
	"jobobject/internal/fakegroup"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// tracedJob is watched although nobody listens.
func (w *world) tracedJob() kernel.Job {
	w.Helper()
	job, _, err := w.engine.CreateJob("", kernel.CreateOptions{Traced: true})
	w.must(err)
	return job
}

func (w *world) totalIs(job kernel.Job, want string) {
	w.Helper()
	w.same(want, w.accounting(job).TotalProcesses.String())
}

func TestACC06_the_total_is_exact_where_births_are_seen(t *testing.T) {
	given(t, func(w *world) {
		job := w.tracedJob()
		w.traced(0)
		p := w.start(job).body
		w.traced(1)
		w.totalIs(job, "1")
		p.Fork().Exit(0)
		p.Fork().Fork().Exit(0)
		w.totalIs(job, "4")
		w.same("3", w.accounting(job).PeakProcesses.String())
		p.Exit(0)
		w.totalIs(job, "4")
	})
}

func TestACC06_a_half_made_process_counts_although_nobody_saw_it(t *testing.T) {
	given(t, func(w *world) {
		job, other := w.tracedJob(), w.job()
		w.member(other)
		_, err := job.Start(program(), alsoIn(other))
		w.mustBe(err, kernel.ErrAccessDenied)
		w.totalIs(job, "1")
		w.start(job).body.Fork()
		w.totalIs(job, "3")
	})
}

func TestC41_a_watch_that_did_not_see_the_first_member_gives_lower_bounds(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		p.Fork().Exit(0)
		w.totalIs(job, "at least 1")
		w.listen(job)
		p.Fork()
		w.totalIs(job, "at least 2")
	})
}

func TestC41_figures_stay_when_the_watch_ends_and_never_fall(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.listen(job)
		w.machine.SetTraced(group.Usage{PageFaults: kernel.Exactly[uint64](10), PeakProcessMemory: kernel.Exactly[uint64](4096)})
		p := w.member(job)
		p.Fork().Exit(0)
		w.totalIs(job, "2")
		w.same("10", w.accounting(job).PageFaults.String())
		p.Fork().Exit(0)
		w.must(job.Dissociate())
		w.traced(0)
		w.totalIs(job, "at least 3") // it was looked at when the watch ended
		w.same("at least 10", w.accounting(job).PageFaults.String())

		w.machine.SetTraced(group.Usage{PageFaults: kernel.Exactly[uint64](2)}) // another watch, from nothing
		w.listen(job)
		w.totalIs(job, "at least 3")
		w.same("at least 10", w.accounting(job).PageFaults.String())
		w.same("at least 4096", w.accounting(job).PeakProcessMemory.String())
	})
}

func TestC41_figures_stay_after_everybody_has_gone(t *testing.T) {
	given(t, func(w *world) {
		job := w.tracedJob()
		w.machine.SetUsage(group.Usage{})
		w.machine.SetTraced(group.Usage{UserTime: kernel.Exactly(time.Second), WriteBytes: kernel.Exactly[uint64](9)})
		w.member(job)
		w.member(job)
		w.must(job.Terminate(1))
		for range 3 {
			got := w.accounting(job)
			w.same([]string{"2", "0", "1s", "9"}, []string{
				got.TotalProcesses.String(), got.ActiveProcesses.String(), got.UserTime.String(), got.WriteBytes.String(),
			})
		}
	})
}

func TestC41_what_a_group_cannot_tell_any_more_is_at_least_what_it_was(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job)
		w.machine.SetUsage(group.Usage{UserTime: kernel.Exactly(3 * time.Second), PeakMemory: kernel.Exactly[uint64](5)})
		w.same("3s", w.accounting(job).UserTime.String())
		w.machine.SetUsage(group.Usage{PeakMemory: kernel.Exactly[uint64](4)})
		got := w.accounting(job)
		w.same([]string{"at least 3s", "5"}, []string{got.UserTime.String(), got.PeakJobMemory.String()})
	})
}

func TestNST40_what_the_group_counts_goes_before_what_the_tracer_does(t *testing.T) {
	given(t, func(w *world) {
		w.machine.SetUsage(group.Usage{UserTime: kernel.Exactly(2 * time.Second), ReadBytes: kernel.AtLeast[uint64](1)})
		w.machine.SetTraced(group.Usage{
			UserTime: kernel.Exactly(time.Second), ReadBytes: kernel.Exactly[uint64](7), PeakProcessMemory: kernel.AtLeast[uint64](8),
		})
		job := w.tracedJob()
		w.member(job)
		got := w.accounting(job)
		w.same([]string{"2s", "7", "at least 8", "unknown"}, []string{
			got.UserTime.String(), got.ReadBytes.String(), got.PeakProcessMemory.String(), got.WriteBytes.String(),
		})
	})
}

func TestC41_each_level_of_a_chain_counts_a_process_once(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.tracedJob(), w.tracedJob()
		p := w.member(outer, inner)
		p.Fork().Exit(0)
		w.start(inner).body.Exit(0)
		w.member(outer)
		w.totalIs(inner, "3")
		w.totalIs(outer, "4")
	})
}

func TestTraced_a_tracer_that_fails_fails_the_first_start_and_none_fails_create(t *testing.T) {
	given(t, func(w *world) {
		job := w.tracedJob()
		w.machine.Fail("trace")
		w.mustNot(fakegroup.ErrFault, func() error { return job.Assign(w.machine.Self().Pid()) })
		w.start(job)

		w.machine.Fail("traced usage")
		_, err := job.Accounting()
		w.mustBe(err, fakegroup.ErrFault)
		w.totalIs(job, "1")

		_, _, err = engine.New(w.machine, w.guard, nil).CreateJob("", kernel.CreateOptions{Traced: true})
		w.mustBe(err, kernel.ErrNotSupported)
	})
}

func TestTraced_the_watch_goes_with_the_job(t *testing.T) {
	given(t, func(w *world) {
		job := w.tracedJob()
		_, err := job.Start(missing(), kernel.StartOptions{})
		w.mustBe(err, missing().Err)
		w.traced(0)
		w.member(job)
		w.listen(job)
		w.must(job.Dissociate())
		w.traced(1) // still wanted
		w.close(job)
		w.traced(0)
	})
}
