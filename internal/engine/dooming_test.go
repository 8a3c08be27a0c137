package engine_test

import (
	"syscall"
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestC23_termination_is_told_as_one_zero_that_is_there_when_it_returns(t *testing.T) {
	given(t, func(w *world) { // D1, MSG-24
		job := w.job()
		port := w.listen(job)
		var want []string
		for range 5 {
			want = append(want, said("NEW", w.start(job).body))
		}
		release := w.machine.Tracer().Delay()
		w.must(job.Terminate(7))
		n := len(want) + 1
		for i := range n { // without waiting for anybody
			over, cancel := w.over()
			m, err := port.Get(over)
			cancel()
			if err != nil {
				w.Fatalf("message %d of %d: %v", i, n, err)
			}
			want = append(want, line(m))
		}
		w.same(want[:5], want[5:10])
		w.same(zero, want[10])
		release()
		port.gets()
	})
}

func TestC23_kill_on_close_is_told_the_same_way(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		port := w.listen(job)
		p, q := w.start(job).body, w.member(job)
		w.close(job)
		port.gets(said("NEW", p), said("NEW", q), zero)
	})
}

func TestC23_who_ended_before_the_termination_or_by_itself_has_an_exit(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		killed, ending, last := w.member(job), w.member(job), w.member(job)
		port.unread()
		release := w.machine.Tracer().Delay() // it is told late, and still in order
		killed.Die(syscall.SIGKILL)
		last.Resist()
		terminated := inBackground(func() error { return job.Terminate(1) })
		w.pending(terminated)
		release()
		w.dead(killed, ending)
		last.Exit(3) // while it is killed
		w.must(<-terminated)
		port.gets(said("EXIT", killed), said("EXIT", last), zero)
	})
}

func TestC23_child_jobs_are_silent_too_and_outer_jobs_are_not(t *testing.T) {
	given(t, func(w *world) {
		port := w.mailbox()
		outer, job, inner := w.job(), w.job(), w.job()
		for key, j := range map[string]kernel.Job{"outer": outer, "job": job, "inner": inner} {
			w.must(j.Associate(port, key))
		}
		above, p, q := w.member(outer), w.member(outer, job), w.member(outer, job, inner)
		port.unread()
		w.must(job.Terminate(1))
		port.gets(saidBy("outer", "EXIT", p), saidBy("outer", "EXIT", q), "inner ZERO", "job ZERO")
		above.Exit(0)
		port.gets(saidBy("outer", "EXIT", above), "outer ZERO")
	})
}

func TestC23_after_a_termination_exits_are_told_again(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		w.member(job)
		w.must(job.Terminate(1))
		port.unread()
		p := w.member(job)
		p.Die(syscall.SIGKILL)
		port.gets(said("NEW", p), said("EXIT", p), zero)
		w.must(job.Terminate(1)) // of nobody
		port.gets()
	})
}

func TestC23_survivors_that_go_at_last_have_no_exit_and_then_it_is_empty(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p, q := w.member(job), w.member(job)
		p.Resist()
		w.survives(job.Terminate(1), p)
		port.gets(said("NEW", p), said("NEW", q))
		p.Yield()
		port.gets(zero)
	})
}

func TestC23_a_termination_that_could_kill_nobody_condemns_nobody(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		w.machine.Fail("end")
		w.mustBe(job.Terminate(1), fakegroup.ErrFault)
		p.Die(syscall.SIGKILL)
		port.gets(said("NEW", p), said("EXIT", p), zero)
	})
}

func TestTRM12_one_that_was_on_its_way_in_comes_and_is_gone(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		release := w.machine.HoldStarts()
		start := inBackground(func() error { _, err := job.Start(program(), kernel.StartOptions{}); return err })
		w.pending(start)
		terminated := inBackground(func() error { return job.Terminate(1) })
		w.pending(terminated)
		port.gets(said("NEW", p), zero)
		release()
		w.must(<-start)
		w.must(<-terminated)
		q := w.machine.Processes()
		port.gets(said("NEW", q[len(q)-1]), zero)
	})
}

func TestD1_a_port_that_is_set_during_a_termination_is_silent_too(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		p.Resist()
		terminated := inBackground(func() error { return job.Terminate(1) })
		w.pending(terminated)
		port := w.listen(job)
		p.Yield()
		w.must(<-terminated)
		port.gets(said("NEW", p), zero)
	})
}

func TestD1_an_exit_whose_status_is_lost_during_a_termination_is_that_of_the_termination(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		p.Resist()
		terminated := inBackground(func() error { return job.Terminate(1) })
		w.pending(terminated)
		restore := w.machine.Tracer().Blind()
		p.Yield()
		restore()
		w.must(<-terminated)
		port.gets(said("NEW", p), "job LOST 1", zero)
	})
}

func TestD9_a_member_that_leaves_during_a_termination_is_killed_and_not_told_of(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.start(job)
		q := w.member(job)
		q.Resist()
		terminated := inBackground(func() error { return job.Terminate(1) })
		w.pending(terminated)
		q.Yield()
		w.must(<-terminated)
		w.dead(p.body, q)
		port.gets(said("NEW", p.body), said("NEW", q), zero)

		r := w.start(job)
		r.body.Leave("/outside")
		w.must(job.Terminate(2))
		w.ended(r, 2)
		port.gets(said("NEW", r.body), zero)
	})
}

func TestC23_a_tracer_that_hangs_holds_a_termination_up_for_no_longer_than_its_patience(t *testing.T) {
	given(t, func(w *world) {
		slow := slow(w)
		close(slow.begin)
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		port.gets(said("NEW", p))
		slow.hang = true
		begin := time.Now()
		w.must(job.Terminate(1))
		w.dead(p)
		if took := time.Since(begin); took > 5*time.Second {
			w.Errorf("it took %v", took)
		}
		port.gets(zero)
	})
}

func TestC23_who_was_killed_has_no_exit_however_late_the_tracer_is(t *testing.T) {
	given(t, func(w *world) {
		slow := slow(w)
		close(slow.begin)
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		port.gets(said("NEW", p))
		slow.hang = true
		release := w.machine.Tracer().Delay()
		w.must(job.Terminate(1))
		port.gets()
		release()
		time.Sleep(time.Minute) // of the bubble: what waits for the tracer gives up
		port.gets(zero)
	})
}
