package engine_test

import (
	"runtime"
	"syscall"
	"testing"

	"jobobject/internal/kernel"
)

func TestC20_who_gets_the_number_of_a_dead_member_is_left_alone(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job)
		p.body.Exit(3)
		w.ended(p, 3)
		w.in(job, p.body, true) // it is held

		w.machine.NumberNext(p.Pid())
		stranger := w.outsider()
		w.same(p.Pid(), stranger.Pid())
		w.in(job, stranger, false)
		w.mustBe(p.Signal(syscall.SIGTERM), kernel.ErrProcessExited)
		w.mustBe(p.Kill(), kernel.ErrProcessExited)
		w.mustBe(p.Resume(), kernel.ErrProcessExited)
		w.must(job.Signal(syscall.SIGTERM))
		w.must(job.Terminate(1))
		w.alive(stranger)
		w.same(0, len(stranger.Signals()))
		w.has(job)
		w.ended(p, 3)
	})
}

func TestC20_a_stranger_that_is_assigned_does_not_move_the_dead_one(t *testing.T) {
	given(t, func(w *world) {
		first, second := w.job(), w.job()
		p := w.start(first)
		p.body.Exit(3)
		w.ended(p, 3)
		w.machine.NumberNext(p.Pid())
		stranger := w.outsider()
		w.must(second.Assign(stranger.Pid()))
		w.has(second, stranger)
		w.must(second.Terminate(9))
		stranger.Reap()
		w.ended(p, 3)
		w.in(first, p.body, true)
		w.in(second, p.body, false)
	})
}

func TestC20_two_processes_that_had_one_number_after_the_other_are_told_apart(t *testing.T) {
	given(t, func(w *world) {
		first, second := w.job(), w.job()
		p := w.start(first)
		w.must(first.Terminate(1))
		w.ended(p, 1)
		w.machine.NumberNext(p.Pid())
		q := w.start(second)
		w.same(p.Pid(), q.Pid())
		w.in(first, q.body, false)
		w.in(second, q.body, true)
		w.must(first.Terminate(2))
		w.alive(q.body)
		w.must(second.Terminate(3))
		w.ended(p, 1)
		w.ended(q, 3)
	})
}

func TestOBJ09_a_process_that_nobody_holds_is_not_kept_in_mind(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		pid := w.endedProcess(job)
		w.forgotten(job, pid)
	})
}

func TestC20_forgetting_one_process_spares_another_with_its_number(t *testing.T) {
	given(t, func(w *world) {
		first, second := w.job(), w.job()
		pid := w.endedProcess(first)
		w.machine.NumberNext(pid)
		q := w.start(second)
		w.same(pid, q.Pid())
		for range 5 {
			runtime.GC() // clean-ups run some time after one of these
		}
		q.body.Exit(0)
		w.ended(q, 0)
		w.in(second, q.body, true)
		runtime.KeepAlive(q)
	})
}

// endedProcess is the number of a process that nobody has any more.
//
//go:noinline
func (w *world) endedProcess(job kernel.Job) int {
	p := w.start(job)
	p.body.Exit(0)
	w.ended(p, 0)
	w.in(job, p.body, true)
	return p.Pid()
}

func (w *world) forgotten(job kernel.Job, pid int) {
	w.Helper()
	var err error
	for range 100 {
		runtime.GC()
		if _, err = job.Contains(pid); err != nil {
			break
		}
	}
	w.mustBe(err, kernel.ErrProcessExited)
}

func TestOBJ09_terminating_forgets_who_is_not_held(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.start(job) // and let go at once
		for range 5 {
			runtime.GC()
		}
		w.must(job.Terminate(1))
		w.has(job)
	})
}
