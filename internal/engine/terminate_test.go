package engine_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestTRM02_NST44_terminate_ends_the_job_and_its_child_jobs_and_nobody_else(t *testing.T) {
	given(t, func(w *world) {
		root, job, below, sibling := w.job(), w.job(), w.job(), w.job()
		above, in, under := w.member(root), w.member(root, job), w.member(root, job, below)
		beside, outside := w.member(root, sibling), w.outsider()
		w.must(job.Terminate(1))
		w.dead(in, under)
		w.alive(above, beside, outside)
		w.has(root, above, beside)
		w.has(sibling, beside)
	})
}

func TestTRM03_processes_that_were_started_report_the_code(t *testing.T) {
	given(t, func(w *world) {
		job, below := w.job(), w.job()
		p, q := w.start(job), w.start(job, alsoIn(below))
		w.must(job.Terminate(123))
		for _, each := range []*started{p, q} {
			w.ended(each, 123)
			w.ended(each, 123)
			status, err := each.Wait()
			w.must(err)
			if signal, killed := status.Signal(); !killed || signal != syscall.SIGKILL { // D4
				w.Errorf("the system's own status is %v (%v), want SIGKILL", signal, killed)
			}
		}
	})
}

func TestTRM03_a_process_that_ended_by_itself_or_another_signal_keeps_its_status(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p, q, r := w.start(job), w.start(job), w.start(job)
		p.body.Exit(5)
		q.body.Die(syscall.SIGSEGV)
		w.must(r.Kill())
		w.must(job.Terminate(123))
		w.ended(p, 5)
		w.ended(q, 128+int(syscall.SIGSEGV))
		w.ended(r, 128+int(syscall.SIGKILL))
	})
}

func TestTRM03_of_two_terminations_the_one_that_ended_a_process_gives_its_code(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		p := w.start(outer)
		q := w.start(outer, alsoIn(inner))
		w.must(inner.Terminate(1))
		w.must(outer.Terminate(2))
		w.ended(p, 2)
		w.ended(q, 1)
	})
}

func TestD4_the_job_keeps_the_code_as_its_own(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		w.member(outer, inner)
		for _, code := range []uint32{7, 0, 1 << 31} {
			w.must(outer.Terminate(code))
			got, terminated, err := outer.TerminateCode()
			w.must(err)
			w.same(code, got)
			if !terminated {
				w.Error("the job says that it was not terminated")
			}
		}
		_, terminated, err := inner.TerminateCode()
		w.must(err)
		if terminated {
			w.Error("a child job has a code that it was not given")
		}
	})
}

func TestTRM05_TRM06_terminate_returns_when_all_are_gone(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		p.Resist()
		begin := time.Now()
		terminated := inBackground(func() error { return job.Terminate(1) })
		time.Sleep(500 * time.Millisecond)
		w.pending(terminated)
		p.Yield()
		w.must(<-terminated)
		w.dead(p)
		w.same(500*time.Millisecond, time.Since(begin))
	})
}

func TestTRM07_a_second_caller_waits_for_the_first_and_its_code_counts(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job)
		p.body.Resist()
		first := inBackground(func() error { return job.Terminate(1) })
		w.pending(first)
		second := inBackground(func() error { return job.Terminate(2) })
		w.pending(second)
		p.body.Yield()
		w.must(<-first)
		w.must(<-second)
		w.ended(p, 1)
		code, _, err := job.TerminateCode()
		w.must(err)
		w.same(uint32(1), code)
	})
}

func TestTRM07_a_second_caller_is_told_of_survivors_too(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		p.Resist()
		first := inBackground(func() error { return job.Terminate(1) })
		w.pending(first)
		second := inBackground(func() error { return job.Terminate(2) })
		w.survives(<-first, p)
		w.survives(<-second, p)
	})
}

func TestTRM08_UNC10_an_empty_job_can_be_terminated(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.must(job.Terminate(1)) // never used
		w.nested(w.member(w.job(), job), 2)
		w.must(job.Terminate(2))
		w.must(job.Terminate(3)) // terminated already
	})
}

func TestTRM10_a_terminated_job_keeps_what_it_has_and_can_be_used_again(t *testing.T) {
	given(t, func(w *world) {
		parent, job := w.job(), w.job(killOnClose)
		w.member(parent, job)
		w.must(job.Terminate(1))
		limits, err := job.Limits()
		w.must(err)
		w.same(killOnClose, limits)
		p := w.start(job)
		q := w.member(job)
		w.alive(p.body, q)
		w.in(parent, p.body, true)
		w.must(job.Terminate(2))
		w.ended(p, 2)
	})
}

func TestTRM10_jobs_below_a_terminated_one_can_be_used_again(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		w.member(outer, inner)
		w.must(outer.Terminate(1))
		p, q := w.start(inner), w.start(outer)
		w.alive(p.body, q.body)
	})
}

func TestTRM11_the_caller_is_killed_with_its_job(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.must(job.Assign(0))
		w.must(job.Terminate(1))
		w.dead(w.machine.Self())
	})
}

func TestTRM12_a_start_that_is_on_its_way_is_let_in_and_killed(t *testing.T) {
	for name, terminate := range map[string]func(outer, job kernel.Job) kernel.Job{
		"the job itself": func(_, job kernel.Job) kernel.Job { return job },
		"one around it":  func(outer, _ kernel.Job) kernel.Job { return outer },
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				outer, job := w.job(), w.job()
				w.member(outer, job).Exit(0)
				release := w.machine.HoldStarts()
				var p kernel.Process
				start := inBackground(func() (err error) {
					p, err = job.Start(program(), kernel.StartOptions{})
					return err
				})
				w.pending(start)
				terminated := inBackground(func() error { return terminate(outer, job).Terminate(9) })
				w.pending(terminated) // it waits for who is at the door
				release()
				w.must(<-start)
				w.must(<-terminated)
				w.ended(p, 9)
				w.has(job)
			})
		})
	}
}

func TestTRM12_a_start_that_fails_on_its_way_does_not_hold_a_termination_up(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		release := w.machine.HoldStarts()
		start := inBackground(func() error { _, err := job.Start(missing(), kernel.StartOptions{}); return err })
		w.pending(start)
		terminated := inBackground(func() error { return job.Terminate(9) })
		w.pending(terminated)
		release()
		w.mustBe(<-start, missing().Err)
		w.must(<-terminated)
		w.nested(w.member(w.job(), job), 2) // it was never used
	})
}

func TestTRM12_a_start_elsewhere_does_not_hold_a_termination_up(t *testing.T) {
	given(t, func(w *world) {
		parent, job, sibling := w.job(), w.job(), w.job()
		w.member(parent, job)
		w.member(parent, sibling)
		release := w.machine.HoldStarts()
		start := inBackground(func() error { _, err := sibling.Start(program(), kernel.StartOptions{}); return err })
		w.pending(start)
		w.must(job.Terminate(1))
		release()
		w.must(<-start)
	})
}

func TestTRM13_TRM14_terminate_does_not_count_as_terminated_by_a_limit(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job)
		w.must(job.Terminate(1))
		got, exact := w.accounting(job).TerminatedProcesses.Get() // ACC-08, D5
		if got != 0 || !exact {
			w.Errorf("terminated processes: %v", w.accounting(job).TerminatedProcesses)
		}
		w.counts(job, 1, 0) // TRM-14
	})
}

func TestTerminate_that_kills_nobody_gives_nobody_its_code(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p, q := w.start(job), w.start(job)
		w.machine.Fail("end")
		if err := job.Terminate(7); !errors.Is(err, fakegroup.ErrFault) {
			w.Fatalf("terminate: %v", err)
		}
		w.alive(p.body, q.body)
		w.must(p.Kill())
		w.ended(p, 128+int(syscall.SIGKILL))
		w.must(job.Terminate(8))
		w.ended(q, 8)
	})
}

func TestTRM10_a_job_whose_first_start_failed_during_its_termination_can_be_used(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		release := w.machine.HoldStarts()
		failed := inBackground(func() error { _, err := job.Start(missing(), kernel.StartOptions{}); return err })
		w.pending(failed)
		terminated := inBackground(func() error { return job.Terminate(9) })
		w.pending(terminated)
		release()
		w.mustBe(<-failed, missing().Err)
		w.must(<-terminated)
		w.start(job)
		w.start(job)
		w.counts(job, 2, 2)
	})
}

func TestTRM12_silence_lets_nobody_slip_out_of_a_job_that_is_being_terminated(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(silentBreakaway), w.job(silentBreakaway)
		p := w.member(outer, inner)
		child := p.Fork()
		p.Resist()
		child.Resist()
		terminated := inBackground(func() error { return outer.Terminate(1) })
		w.pending(terminated)
		w.machine.LookAround()()
		w.in(inner, child, true)
		child.Yield()
		p.Yield()
		w.must(<-terminated)
		w.dead(p, child)
	})
}
