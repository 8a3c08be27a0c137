package engine_test

import (
	"context"
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestC24_a_job_that_was_never_used_is_not_done(t *testing.T) {
	given(t, func(w *world) {
		w.isEmpty(w.job(), false)
	})
}

func TestC24_a_job_is_empty_when_the_last_member_has_ended(t *testing.T) {
	given(t, func(w *world) {
		job, child := w.job(), w.job()
		p, q, r := w.member(job), w.member(job, child), w.start(job)
		waited := inBackground(func() error { return job.WaitEmpty(w.Context()) })
		for _, each := range []*fakegroup.Process{p, q, r.body} {
			w.pending(waited)
			each.Exit(0)
		}
		w.must(<-waited)
		w.isEmpty(job, true)
		again := w.member(job) // C65
		w.isEmpty(job, false)
		again.Exit(0)
		w.isEmpty(job, true)
	})
}

func TestC24_a_wait_begins_before_the_first_member_and_ends_after_the_last(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		waited := inBackground(func() error { return job.WaitEmpty(w.Context()) })
		w.pending(waited)
		p := w.start(job)
		w.pending(waited)
		p.body.Exit(0)
		w.must(<-waited)
	})
}

func TestC24_a_start_that_fails_ends_no_wait(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		waited := inBackground(func() error { return job.WaitEmpty(w.Context()) })
		_, err := job.Start(missing(), kernel.StartOptions{})
		w.mustBe(err, missing().Err)
		w.pending(waited)
		w.member(job).Exit(0)
		w.must(<-waited)
	})
}

// waits are both ways to wait for a job.
var waits = map[string]func(kernel.Job, context.Context) error{
	"empty":    kernel.Job.WaitEmpty,
	"signaled": kernel.Job.WaitSignaled,
}

func TestC24_many_waiters_all_wake(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job := w.job()
				w.member(job)
				var waiting []chan error
				for range 50 {
					handle, err := job.Duplicate()
					w.must(err)
					waiting = append(waiting, inBackground(func() error { return wait(handle, w.Context()) }))
				}
				w.pending(waiting[0])
				w.must(job.Terminate(1))
				for _, waited := range waiting {
					w.must(<-waited)
				}
			})
		})
	}
}

func TestC24_a_wait_that_is_given_up_changes_nothing(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				unused, used := w.job(), w.job()
				p := w.member(used)
				for _, job := range []kernel.Job{unused, used} {
					w.mustNot(context.Canceled, func() error {
						ctx, cancel := context.WithCancel(w.Context())
						waited := inBackground(func() error { return wait(job, ctx) })
						w.pending(waited)
						cancel()
						return <-waited
					})
					w.mustNot(context.DeadlineExceeded, func() error {
						ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
						defer cancel()
						return wait(job, ctx)
					})
				}
				w.has(used, p)
				w.must(used.Terminate(1))
				w.must(wait(used, w.Context()))
			})
		})
	}
}

func TestC24_one_waiter_that_gives_up_does_not_wake_others(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job := w.job()
				w.member(job)
				ctx, cancel := context.WithCancel(w.Context())
				first := inBackground(func() error { return wait(job, ctx) })
				second := inBackground(func() error { return wait(job, w.Context()) })
				w.pending(first)
				cancel()
				w.mustBe(<-first, context.Canceled)
				w.pending(second)
				w.must(job.Terminate(1))
				w.must(<-second)
			})
		})
	}
}

func TestC60_a_wait_ends_when_its_own_handle_closes_and_no_other(t *testing.T) {
	for name, wait := range waits {
		for _, use := range []string{"unused", "used"} {
			t.Run(name+", "+use, func(t *testing.T) {
				given(t, func(w *world) {
					job := w.job()
					if use == "used" {
						w.member(job)
					}
					other, err := job.Duplicate()
					w.must(err)
					first := inBackground(func() error { return wait(job, w.Context()) })
					second := inBackground(func() error { return wait(other, w.Context()) })
					w.pending(first)
					w.close(job)
					w.mustBe(<-first, kernel.ErrClosed)
					w.pending(second)
					w.close(other)
					w.mustBe(<-second, kernel.ErrClosed)
				})
			})
		}
	}
}

func TestC24_a_wait_tells_of_a_system_that_cannot_say(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job)
		w.machine.Fail("wait empty")
		w.mustNot(fakegroup.ErrFault, func() error { return job.WaitEmpty(w.Context()) })
	})
}

func TestD9_a_job_is_not_empty_because_its_members_have_left(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job)
		waited := inBackground(func() error { return job.WaitEmpty(w.Context()) })
		w.pending(waited)
		p.body.Leave("/system.slice/some.service")
		w.pending(waited)
		escapes, err := job.Escapes()
		w.must(err)
		w.same([]kernel.Escape{{Pid: p.Pid(), To: "/system.slice/some.service", Managed: true, Returned: true}}, escapes)
		p.body.Exit(0)
		w.must(<-waited)
	})
}
