package engine_test

import (
	"context"
	"testing"
	"time"

	"jobobject/internal/kernel"
)

// isSignaled asks a wait that must not take any time.
func (w *world) isSignaled(job kernel.Job, want bool) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), 100*time.Millisecond)
	defer cancel()
	err := job.WaitSignaled(ctx)
	switch {
	case want:
		w.must(err)
	case err == nil:
		w.Fatal("the job is signaled")
	default:
		w.mustBe(err, context.DeadlineExceeded)
	}
}

func TestW12_a_wait_on_a_job_times_out_as_long_as_nobody_terminates_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.isSignaled(job, false)
		w.member(job)
		w.isSignaled(job, false)
	})
}

func TestW13_SIG03_SIG05_TRM09_a_terminated_job_stays_signaled_also_with_new_members(t *testing.T) {
	given(t, func(w *world) { // TST-01
		job := w.job()
		w.start(job)
		w.must(job.Terminate(123))
		w.isSignaled(job, true) // SIG-03
		w.isSignaled(job, true) // SIG-05: a wait does not reset it
		w.member(job)
		w.start(job)
		w.isSignaled(job, true)
		w.must(job.Terminate(1))
		w.isSignaled(job, true)
	})
}

func TestSIG04_members_that_end_by_themselves_do_not_signal(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job).Exit(0)
		w.must(w.start(job).Kill())
		w.has(job)
		w.isSignaled(job, false)
	})
}

func TestSIG08_the_job_is_signaled_when_the_last_member_is_gone(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		p.Resist()
		waited := inBackground(func() error { return job.WaitSignaled(w.Context()) })
		terminated := inBackground(func() error { return job.Terminate(1) })
		w.pending(terminated)
		w.pending(waited)
		p.Yield()
		w.must(<-terminated)
		w.must(<-waited)
	})
}

func TestSIG08_a_termination_with_survivors_does_not_signal(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		p.Resist()
		w.survives(job.Terminate(1), p)
		w.isSignaled(job, false)
		p.Yield()
		w.must(job.Terminate(1))
		w.isSignaled(job, true)
	})
}

func TestUNC10_SIG03_terminating_an_empty_job_signals_it(t *testing.T) {
	given(t, func(w *world) {
		unused, finished := w.job(), w.job()
		w.member(finished).Exit(0)
		for _, job := range []kernel.Job{unused, finished} {
			w.must(job.Terminate(1))
			w.isSignaled(job, true)
		}
	})
}

func TestNST48_the_termination_of_a_parent_signals_its_child_jobs(t *testing.T) {
	given(t, func(w *world) {
		root, parent, child, grandchild, sibling := w.job(), w.job(), w.job(), w.job(), w.job()
		w.member(root, parent, child, grandchild)
		w.member(root, sibling)
		w.must(parent.Terminate(1))
		w.isSignaled(parent, true)
		w.isSignaled(child, true)
		w.isSignaled(grandchild, true)
		w.isSignaled(root, false)
		w.isSignaled(sibling, false)
	})
}

func TestNST48_so_does_kill_on_close(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(killOnClose), w.job()
		w.member(parent, child)
		w.close(parent)
		w.isSignaled(child, true)
	})
}

func TestD2_signaled_is_not_empty(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.must(job.Terminate(1))
		p := w.member(job)
		w.isSignaled(job, true)
		w.isEmpty(job, false)
		p.Exit(0)
		w.isEmpty(job, true)
	})
}

// isEmpty asks the other wait.
func (w *world) isEmpty(job kernel.Job, want bool) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), 100*time.Millisecond)
	defer cancel()
	err := job.WaitEmpty(ctx)
	switch {
	case want:
		w.must(err)
	case err == nil:
		w.Fatal("the job is empty")
	default:
		w.mustBe(err, context.DeadlineExceeded)
	}
}
