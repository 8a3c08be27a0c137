package engine_test

import (
	"context"
	"testing"
	"time"

	"jobobject/internal/kernel"
)

func TestOBJ02_a_new_job_has_nothing_and_counts_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.has(job)
		limits, err := job.Limits()
		w.must(err)
		w.same(kernel.Limits{}, limits)
		figures := w.accounting(job)
		for name, figure := range map[string]kernel.Figure[uint64]{
			"total":      figures.TotalProcesses,
			"active":     figures.ActiveProcesses,
			"terminated": figures.TerminatedProcesses,
		} {
			if got, exact := figure.Get(); got != 0 || !exact {
				w.Errorf("%s processes: %v, want exactly 0", name, figure)
			}
		}
		for name, figure := range map[string]kernel.Figure[time.Duration]{
			"user": figures.UserTime, "kernel": figures.KernelTime,
		} {
			if got, exact := figure.Get(); got != 0 || !exact {
				w.Errorf("%s time: %v, want exactly 0", name, figure)
			}
		}
		_, terminated, err := job.TerminateCode()
		w.must(err)
		if terminated {
			w.Error("a new job says that it was terminated")
		}
	})
}

func TestNST03_creating_a_job_makes_no_group_even_inside_of_another(t *testing.T) {
	given(t, func(w *world) {
		around := w.job()
		w.must(around.Assign(0))
		groups := w.machine.Groups()
		job := w.job(killOnClose)
		w.same(groups, w.machine.Groups())
		w.same([]string{}, append([]string{}, w.guard.Watched()...))

		p := w.member(job)
		w.in(around, p, false)
	})
}

func TestCRE04_an_unnamed_job_is_shared_by_its_handles_alone(t *testing.T) {
	given(t, func(w *world) {
		job, other := w.job(), w.job()
		second, err := job.Duplicate()
		w.must(err)
		p := w.member(second)
		w.has(job, p)
		w.has(other)
	})
}

func TestCRE04_names_are_for_a_daemon_and_not_to_be_had_here(t *testing.T) {
	given(t, func(w *world) {
		_, _, err := w.engine.CreateJob(`Local\x`, kernel.CreateOptions{})
		w.mustBe(err, kernel.ErrNotSupported)
		_, err = w.engine.OpenJob(`Local\x`, kernel.AllAccess)
		w.mustBe(err, kernel.ErrNotSupported)
	})
}

func TestOPN01_a_job_without_a_name_cannot_be_opened(t *testing.T) {
	given(t, func(w *world) {
		w.job()
		_, err := w.engine.OpenJob("", kernel.AllAccess)
		w.mustBe(err, kernel.ErrInvalidName)
	})
}

func TestCreate_a_negative_patience_is_refused(t *testing.T) {
	given(t, func(w *world) {
		_, _, err := w.engine.CreateJob("", kernel.CreateOptions{Patience: -1})
		w.mustBe(err, kernel.ErrInvalidLimit)
	})
}

func TestCreate_limits_are_there_from_the_start(t *testing.T) {
	given(t, func(w *world) {
		want := kernel.Limits{KillOnClose: true, BreakawayOK: true}
		limits, err := w.job(want).Limits()
		w.must(err)
		w.same(want, limits)
	})
}

func TestSIG01_a_new_job_is_not_signaled(t *testing.T) {
	given(t, func(w *world) {
		ctx, cancel := context.WithTimeout(w.Context(), time.Hour)
		defer cancel()
		w.mustBe(w.job().WaitSignaled(ctx), context.DeadlineExceeded)
	})
}

func TestQRY02_the_current_job_is_the_callers_immediate_one(t *testing.T) {
	given(t, func(w *world) {
		_, err := w.engine.CurrentJob()
		w.mustBe(err, kernel.ErrNotInJob)

		outer, inner := w.job(), w.job()
		w.must(outer.Assign(0))
		w.must(inner.Assign(0))
		current, err := w.engine.CurrentJob()
		w.must(err)
		w.close(inner)
		w.has(current, w.machine.Self())
		w.must(current.SetLimits(breakawayOK))
		limits, err := outer.Limits()
		w.must(err)
		w.same(kernel.Limits{}, limits)
	})
}

func TestLIF04_a_job_without_handles_cannot_be_reached_by_its_members_here(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.must(job.Assign(0))
		w.close(job)
		_, err := w.engine.CurrentJob()
		w.mustBe(err, kernel.ErrNotSupported)
	})
}
