package engine_test

import (
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestC21_messages_of_two_members_come_in_order_and_nothing_else(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		a, b := w.start(job), w.start(job)
		port.gets(said("NEW", a.body), said("NEW", b.body))
		a.body.Exit(0)
		port.gets(said("EXIT", a.body)) // W10, MSG-08
		b.body.Exit(0)
		port.gets(said("EXIT", b.body), zero)
		w.has(job)
	})
}

func TestC21_zero_is_not_told_before_the_last_is_really_gone(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		p.BeginExit(0)
		port.gets(said("NEW", p), said("EXIT", p))
		w.has(job, p) // it is on its way out
		p.Exit(0)
		port.gets(zero) // MSG-09
		w.has(job)
	})
}

func TestC21_one_that_is_in_no_list_any_more_is_not_gone_before_its_files_are_closed(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p, q := w.member(job), w.member(job)
		p.Unlist()
		p.BeginExit(0)
		q.Exit(0)
		port.gets(said("NEW", p), said("NEW", q), said("EXIT", p), said("EXIT", q))
		p.Exit(0)
		port.gets(zero)
	})
}

func TestMSG12_a_stranger_that_has_the_number_of_the_last_one_is_not_waited_for(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		release := w.machine.Tracer().Delay()
		p.Exit(0)
		p.Reap()
		w.machine.NumberNext(p.Pid())
		stranger := w.outsider()
		release()
		port.gets(said("NEW", p), said("EXIT", p), zero)
		w.alive(stranger)
	})
}

func TestMSG10_who_comes_before_the_last_is_gone_is_told_after_zero(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		p.BeginExit(0)
		q := w.start(job).body
		port.gets(said("NEW", p), said("EXIT", p))
		p.Exit(0)
		port.gets(zero, said("NEW", q))
		q.Exit(0)
		port.gets(said("EXIT", q), zero)
	})
}

func TestMSG10_one_that_comes_with_the_number_of_the_dead_is_not_waited_for(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		release := w.machine.Tracer().Delay()
		p.Exit(0)
		p.Reap()
		w.machine.NumberNext(p.Pid())
		q := w.start(job).body
		release()
		port.gets(said("NEW", p), said("EXIT", p), zero, said("NEW", q))
		w.same(p.Pid(), q.Pid())
	})
}

func TestMSG10_one_that_is_listed_but_not_told_yet_is_not_waited_for(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		port.gets(said("NEW", p))
		restore := w.machine.Tracer().Blind()
		q := w.start(job).body
		w.machine.Tracer().See()
		p.Exit(0) // and q is still there
		port.gets(said("EXIT", p))
		restore()
		port.gets(zero, "job LOST 1", said("NEW", q))
	})
}

func TestMSG10_zero_is_told_once_for_each_time_that_the_job_gets_empty(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		for range 3 {
			p := w.member(job)
			p.Exit(0)
			port.gets(said("NEW", p), said("EXIT", p), zero)
		}
	})
}

func TestMSG11_a_job_that_never_had_a_process_tells_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		port := w.listen(job)
		_, err := job.Start(missing(), kernel.StartOptions{})
		w.mustBe(err, missing().Err)
		w.must(job.Terminate(1))
		w.close(job)
		port.gets()
		w.traced(0)
	})
}

func TestMSG17_only_the_jobs_that_a_process_newly_joins_tell_of_it(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		port := w.mailbox()
		w.must(outer.Associate(port, "outer"))
		w.must(inner.Associate(port, "inner"))
		p := w.member(outer)
		port.gets(saidBy("outer", "NEW", p))
		w.must(inner.Assign(p.Pid()))
		port.gets(saidBy("inner", "NEW", p))
	})
}

func TestC32_messages_go_to_every_job_of_the_chain_inner_first(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		port := w.mailbox()
		w.must(inner.Associate(port, "inner"))
		w.must(outer.Associate(port, "outer"))
		w.member(outer, inner).Exit(0)
		port.unread()

		p := w.start(inner).body
		port.gets(saidBy("inner", "NEW", p), saidBy("outer", "NEW", p)) // MSG-15, MSG-16
		p.Exit(0)
		port.gets(saidBy("inner", "EXIT", p), saidBy("outer", "EXIT", p), "inner ZERO", "outer ZERO")
	})
}

func TestC32_zero_of_the_outer_job_waits_for_that_of_the_inner_one(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		port := w.mailbox()
		w.must(outer.Associate(port, "outer"))
		w.must(inner.Associate(port, "inner"))
		p, q := w.member(outer, inner), w.member(outer)
		port.unread()
		p.BeginExit(0)
		q.Exit(0)
		port.gets(saidBy("inner", "EXIT", p), saidBy("outer", "EXIT", p), saidBy("outer", "EXIT", q))
		p.Exit(0)
		port.gets("inner ZERO", "outer ZERO")
	})
}

func TestMSG14_a_child_job_without_a_port_does_not_stop_messages(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		w.member(outer, inner)
		port := w.listen(outer)
		port.unread()
		p := w.start(inner).body
		p.Exit(0)
		port.gets(said("NEW", p), said("EXIT", p))
	})
}

func TestMSG18_a_child_that_gets_empty_is_no_news_of_its_parent(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		p, q := w.member(outer), w.member(outer, inner)
		port := w.listen(outer)
		port.gets(said("NEW", p), said("NEW", q))
		q.Exit(0)
		port.gets(said("EXIT", q))
	})
}

func TestC21_a_member_that_cannot_end_holds_up_no_other_job(t *testing.T) {
	given(t, func(w *world) {
		stuck, job := w.job(), w.job()
		port := w.mailbox()
		w.must(stuck.Associate(port, "stuck"))
		w.must(job.Associate(port, "job"))
		p := w.member(stuck)
		p.BeginExit(0)
		port.unread()
		q := w.member(job)
		q.Exit(0)
		port.gets(said("NEW", q), said("EXIT", q), zero)
		p.Exit(0)
		port.gets("stuck ZERO")
	})
}

func TestMSG04_only_the_exit_code_decides(t *testing.T) {
	for code, want := range map[uint32]string{
		0: "EXIT", 1: "EXIT", 255: "EXIT", 128 + 11: "EXIT",
		0xC0000005: "ABNORMAL_EXIT", 0x80000003: "ABNORMAL_EXIT",
		0xC0000409: "EXIT", // MSG-05
	} {
		given(t, func(w *world) {
			job := w.job()
			port := w.listen(job)
			p := w.member(job)
			p.Exit(int(code))
			port.gets(said("NEW", p), said(want, p), zero)
		})
	}
}

func TestMSG21_a_process_without_a_number_counts_and_is_not_told_of(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		hidden, p := w.outsider(), w.outsider()
		hidden.Hide()
		w.must(job.Assign(hidden.Pid()))
		w.must(job.Assign(p.Pid()))
		p.Exit(0)
		port.gets(said("NEW", p), said("EXIT", p))
		hidden.Exit(0)
		port.gets(zero)
	})
}

func TestD7_what_is_lost_is_told_and_made_good(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p, q := w.member(job), w.member(job)
		port.unread()
		restore := w.machine.Tracer().Blind()
		p.Exit(0)
		r := q.Fork()
		w.start(job).body.Exit(0)
		port.gets()
		restore()
		port.gets("job LOST 4", said("EXIT", p), said("NEW", r))
		q.Exit(0)
		r.Exit(0)
		port.gets(said("EXIT", q), said("EXIT", r), zero)
	})
}

func TestMSG20_a_half_made_process_comes_and_goes_in_the_jobs_that_it_has_joined(t *testing.T) {
	given(t, func(w *world) { // W27
		inherited, first, second, other := w.job(), w.job(), w.job(), w.job()
		port := w.mailbox()
		w.must(inherited.Assign(0))
		w.must(inherited.Associate(port, "inherited"))
		port.unread()
		for key, job := range map[string]kernel.Job{"first": first, "second": second, "other": other} {
			w.must(job.Associate(port, key))
		}
		p := w.member(other)
		port.gets(saidBy("other", "NEW", p))
		_, err := first.Start(program(), alsoIn(second, other))
		w.mustBe(err, kernel.ErrAccessDenied)
		port.gets("second NEW", "first NEW", "second EXIT", "first EXIT", "second ZERO", "first ZERO")

		q := w.start(first).body
		_, err = first.Start(program(), alsoIn(other))
		w.mustBe(err, kernel.ErrAccessDenied)
		port.gets(saidBy("first", "NEW", q), saidBy("inherited", "NEW", q), "first NEW", "first EXIT")
	})
}

func TestNST21_a_child_that_is_let_go_silently_has_an_exit(t *testing.T) {
	given(t, func(w *world) {
		outer, job := w.job(), w.job(silentBreakaway)
		p := w.member(outer, job)
		port := w.mailbox()
		w.must(outer.Associate(port, "outer"))
		w.must(job.Associate(port, "job"))
		events := w.watch(job)
		port.unread()
		events.next()
		child := p.Fork()
		w.machine.LookAround()()
		port.gets(said("NEW", child), saidBy("outer", "NEW", child), said("EXIT", child))
		got := events.next()
		w.same(kernel.EventLeave, got[1].Kind)
		w.same(false, got[1].Returned)
		escapes, err := job.Escapes()
		w.must(err)
		w.same([]kernel.Escape{}, escapes) // a rule let it go
	})
}

func TestD9_a_member_that_is_put_back_has_never_been_away_for_the_port(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		port := w.mailbox()
		w.must(outer.Associate(port, "outer"))
		w.must(inner.Associate(port, "inner"))
		p := w.start(outer, alsoIn(inner))
		events := w.watch(inner)
		port.unread()
		events.next()
		p.body.Leave("/elsewhere.scope")
		port.gets()
		w.has(inner, p.body)
		got := events.next()
		w.same(2, len(got))
		w.same([]any{kernel.EventLeave, true, "/elsewhere.scope", kernel.EventJoin},
			[]any{got[0].Kind, got[0].Returned, got[0].To, got[1].Kind})
		p.body.Exit(0)
		port.gets(saidBy("inner", "EXIT", p.body), saidBy("outer", "EXIT", p.body), "inner ZERO", "outer ZERO")
	})
}

func TestD9_a_member_that_cannot_be_put_back_has_an_exit_and_is_an_escape(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		events := w.watch(job)
		p := w.member(job) // nobody holds it
		port.gets(said("NEW", p))
		events.next()
		p.Leave("/elsewhere.scope")
		port.gets(said("EXIT", p), zero)
		got := events.next()
		w.same(2, len(got))
		w.same([]any{kernel.EventLeave, false, "/elsewhere.scope", kernel.EventEmpty},
			[]any{got[0].Kind, got[0].Returned, got[0].To, got[1].Kind})
		escapes, err := job.Escapes()
		w.must(err)
		w.same([]kernel.Escape{{Pid: p.Pid(), To: "/elsewhere.scope", Managed: true}}, escapes)
	})
}

func TestMSG16_a_deep_chain_tells_from_the_inside(t *testing.T) {
	given(t, func(w *world) {
		port := w.mailbox()
		var jobs []kernel.Job
		for _, key := range []string{"a", "b", "c"} {
			job := w.job()
			w.must(job.Associate(port, key))
			jobs = append(jobs, job)
		}
		var p *fakegroup.Process = w.member(jobs...)
		port.gets(saidBy("a", "NEW", p), saidBy("b", "NEW", p), saidBy("c", "NEW", p)) // one after the other
		p.Exit(1)
		port.gets(saidBy("c", "EXIT", p), saidBy("b", "EXIT", p), saidBy("a", "EXIT", p), "c ZERO", "b ZERO", "a ZERO")
	})
}
