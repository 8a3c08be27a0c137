package engine_test

import (
	"testing"
	"time"

	"jobobject/internal/kernel"
)

// EOJ-03
func TestEOJ03_posting_at_the_end_of_the_job_time_ends_nobody(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobUserTime: time.Second, EndOfJobTime: kernel.PostAtEndOfJob})
		port := w.listen(job)
		p := w.start(job)
		p.body.Spin(1)
		w.pass(3 * time.Second)
		w.alive(p.body)
		port.gets(said("NEW", p.body), "job END_OF_JOB_TIME")
		w.signaled(job, false)
	})
}

// UNC-06
func TestEOJ05_terminating_at_the_end_of_the_job_time_posts_nothing_about_the_limit(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobUserTime: time.Second})
		port := w.listen(job)
		p := w.start(job)
		p.body.Spin(1)
		w.pass(3 * time.Second)
		w.dead(p.body)
		port.gets(said("NEW", p.body), zero)
	})
}

// UNC-20
func TestLIM20_the_limit_reads_back_as_it_was_set_until_it_was_posted(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobUserTime: time.Second, EndOfJobTime: kernel.PostAtEndOfJob})
		w.listen(job)
		p := w.start(job)
		p.body.Spin(1)
		w.pass(500 * time.Millisecond)
		for i, want := range []time.Duration{time.Second, 0} {
			w.pass(time.Duration(i) * time.Second)
			limits, err := job.Limits()
			w.must(err)
			w.same(limits.JobUserTime, want)
		}
	})
}

func TestEvents_a_limit_that_strikes_is_told_to_the_jobs_around_it_too(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(atMost(1))
		p := w.member(outer, inner)
		events := w.watch(outer)
		w.mustNot(kernel.ErrQuotaExceeded, func() error {
			_, err := inner.Start(program(), kernel.StartOptions{})
			return err
		})
		events.gets("begin", event(kernel.EventPresent, p), "limit")
	})
}

// MSG-22
func TestMSG22_the_end_of_a_process_time_comes_before_the_exit(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(processTime(time.Second))
		port := w.listen(job)
		p := w.start(job)
		p.body.Spin(1)
		w.pass(2 * time.Second)
		w.dead(p.body)
		port.gets(said("NEW", p.body), said("END_OF_TIME", p.body), said("EXIT", p.body), zero)
	})
}

// LIM-25, MSG-14, MSG-16
func TestLIM25_a_start_beyond_the_limit_is_told_to_the_ports_of_the_chain(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(atMost(1))
		p := w.member(outer, inner)
		port := w.mailbox()
		w.must(outer.Associate(port, "outer"))
		w.must(inner.Associate(port, "inner"))
		w.mustNot(kernel.ErrQuotaExceeded, func() error {
			_, err := inner.Start(program(), kernel.StartOptions{})
			return err
		})
		over := p.Fork()
		w.machine.LookAround()()
		w.dead(over)
		port.gets(saidBy("outer", "NEW", p), saidBy("inner", "NEW", p), "inner LIMIT", "outer LIMIT",
			saidBy("inner", "NEW", over), saidBy("outer", "NEW", over), "inner LIMIT", "outer LIMIT",
			saidBy("inner", "EXIT", over), saidBy("outer", "EXIT", over))
	})
}
