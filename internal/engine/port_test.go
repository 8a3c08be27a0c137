package engine_test

import (
	"errors"
	"syscall"
	"testing"

	"jobobject/internal/engine"
	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestC22_members_that_are_present_are_told_of_first(t *testing.T) {
	given(t, func(w *world) { // W9
		job := w.job()
		second, dead := w.member(job), w.member(job)
		dead.Exit(0)
		port := w.listen(job)
		first := w.member(job)
		port.gets(said("NEW", second), said("NEW", first)) // ACP-06: none of the dead one
	})
}

func TestC22_the_port_of_a_job_that_is_watched_already_gets_the_members_too(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		a := w.member(job)
		w.watch(job)
		b, dead := w.member(job), w.member(job)
		dead.Exit(0)
		port := w.listen(job)
		port.gets(said("NEW", a), said("NEW", b))
	})
}

func TestC22_one_port_on_a_job_and_its_parent(t *testing.T) {
	given(t, func(w *world) { // W20, W21
		p, j := w.job(), w.job()
		child := w.outsider()
		w.must(p.Assign(0))
		w.must(p.Assign(child.Pid()))
		w.must(j.Assign(child.Pid()))
		w.must(j.Assign(0))
		child.Exit(0)
		self := w.machine.Self()

		port := w.mailbox()
		w.must(j.Associate(port, "J"))
		w.must(p.Associate(port, "P"))
		x := self.Fork()
		port.gets(saidBy("J", "NEW", self), saidBy("P", "NEW", self), saidBy("J", "NEW", x), saidBy("P", "NEW", x))
	})
}

func TestACP07_the_port_of_a_parent_concerns_no_child_job_and_vice_versa(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		p := w.member(outer, inner)
		innerPort, outerPort := w.mailbox(), w.mailbox()
		w.must(inner.Associate(innerPort, "inner"))
		innerPort.gets(saidBy("inner", "NEW", p))
		w.must(outer.Associate(outerPort, "outer"))
		outerPort.gets(saidBy("outer", "NEW", p))
		innerPort.gets()
	})
}

func TestACP02_one_port_serves_many_jobs_by_their_keys(t *testing.T) {
	given(t, func(w *world) {
		port := w.mailbox()
		a, b := w.job(), w.job()
		w.must(a.Associate(port, "a"))
		w.must(b.Associate(port, "b"))
		p, q := w.member(a), w.member(b)
		q.Exit(0)
		port.gets(saidBy("a", "NEW", p), saidBy("b", "NEW", q), saidBy("b", "EXIT", q), "b ZERO")
		p.Exit(0)
		port.gets(saidBy("a", "EXIT", p), "a ZERO")
	})
}

func TestACP03_a_second_port_is_refused_and_the_first_one_stays(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port, other := w.listen(job), w.mailbox()
		w.mustBe(job.Associate(other, "other"), kernel.ErrAlreadyAssociated)
		p := w.member(job)
		w.mustBe(job.Associate(port, "again"), kernel.ErrAlreadyAssociated)
		port.gets(said("NEW", p))
		other.gets()
	})
}

func TestACP04_a_port_can_be_taken_away_and_another_one_be_set(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		first := w.listen(job)
		p := w.member(job)
		w.traced(1)
		w.must(job.Dissociate())
		w.traced(0) // nobody listens
		q := w.member(job)
		second := w.listen(job)
		r := w.member(job)
		first.gets(said("NEW", p))
		second.gets(said("NEW", p), said("NEW", q), said("NEW", r))
		w.must(job.Dissociate())
		w.must(job.Dissociate()) // ACP-05
	})
}

func TestACP04_what_is_told_late_concerns_no_port_that_was_taken_away(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		release := w.machine.Tracer().Delay()
		p.Die(syscall.SIGKILL)
		w.must(job.Dissociate())
		release()
		port.gets(said("NEW", p))
	})
}

func TestACP04_who_was_not_there_when_the_last_one_went_is_not_told_that_it_is_empty(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.listen(job)
		w.watch(job) // so that the watch goes on
		p := w.member(job)
		p.BeginExit(0)
		w.settled()
		w.must(job.Dissociate())
		port := w.listen(job)
		p.Exit(0)
		port.gets()
	})
}

func TestACP09_a_port_that_is_set_before_the_first_process_misses_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		w.traced(0) // it has no place yet
		release := w.machine.HoldBorn()
		start := inBackground(func() error { _, err := job.Start(program(), kernel.StartOptions{}); return err })
		w.pending(start)
		p := w.machine.Processes()[1]
		p.Exit(0)
		release()
		w.must(<-start)
		port.gets(said("NEW", p), said("EXIT", p), zero)
	})
}

func TestACP10_a_closed_port_takes_nothing_and_hinders_nobody(t *testing.T) {
	given(t, func(w *world) { // MSG-07
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		w.must(port.Close())
		w.member(job).Exit(0)
		p.Exit(0)
		w.must(job.Terminate(1))
		w.mustBe(job.Associate(w.mailbox(), nil), kernel.ErrAlreadyAssociated)
		w.must(job.Dissociate())
		w.listen(job)
	})
}

func TestACP11_messages_that_nobody_has_read_outlive_the_job(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		port := w.listen(job)
		p, q := w.member(job), w.member(job)
		p.Exit(0)
		w.close(job)
		port.gets(said("NEW", p), said("NEW", q), said("EXIT", p), zero) // MSG-26
		w.traced(0)
		w.nothing()
	})
}

func TestACP11_without_kill_on_close_later_exits_are_not_told(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p, q := w.member(job), w.member(job)
		release := w.machine.Tracer().Delay()
		p.Exit(0)
		w.close(job) // but what has happened by then is
		release()
		q.Exit(0)
		port.gets(said("NEW", p), said("NEW", q), said("EXIT", p))
		w.traced(0)
	})
}

func TestACP11_a_job_that_is_closed_when_it_has_just_become_empty_says_so(t *testing.T) {
	for want, gone := range map[string]bool{zero: true, "": false} {
		given(t, func(w *world) {
			job := w.job()
			port := w.listen(job)
			p := w.member(job)
			release := w.machine.Tracer().Delay()
			p.BeginExit(0)
			if gone {
				p.Exit(0)
			}
			w.close(job) // it waits for nobody who cannot end
			release()
			lines := []string{said("NEW", p), said("EXIT", p)}
			if want != "" {
				lines = append(lines, want)
			}
			port.gets(lines...)
		})
	}
}

func TestACP11_closing_one_of_two_handles_ends_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		second, err := job.Duplicate()
		w.must(err)
		port := w.listen(job)
		w.close(job)
		p := w.member(second)
		port.gets(said("NEW", p))
	})
}

func TestC21_two_readers_one_of_which_is_slow(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		type got struct {
			reader string
			line   string
		}
		lines := make(chan got, 100)
		read := func(reader string, proceed chan struct{}) {
			for {
				<-proceed
				m, err := port.Get(w.Context())
				if err != nil {
					return
				}
				lines <- got{reader, line(m)}
			}
		}
		quick, slow := make(chan struct{}), make(chan struct{})
		close(quick)
		go read("quick", quick)
		go read("slow", slow)
		slow <- struct{}{}
		w.settled()
		var want []string
		for range 10 {
			p := w.member(job)
			p.Exit(0) // nobody waits for a reader
			want = append(want, said("NEW", p), said("EXIT", p), zero)
			w.settled()
		}
		w.must(port.Close())
		close(slow)
		w.settled()
		close(lines)
		var all []string
		readers := map[string]int{}
		for l := range lines {
			all = append(all, l.line)
			readers[l.reader]++
		}
		w.same(1, readers["slow"]) // each message goes to one of them
		w.same(len(want)-1, readers["quick"])
		seen := map[string]int{}
		for _, l := range all {
			seen[l]++
		}
		for _, l := range want {
			if seen[l]--; seen[l] < 0 {
				w.Fatalf("%q is missing in %q", l, all)
			}
		}
	})
}

func TestACP03_a_second_port_is_refused_while_the_first_one_waits(t *testing.T) {
	given(t, func(w *world) {
		slow := slow(w)
		job := w.job()
		p := w.member(job)
		port, other := w.mailbox(), w.mailbox()
		first := inBackground(func() error { return job.Associate(port, "job") })
		w.pending(first)
		w.mustBe(job.Associate(other, "other"), kernel.ErrAlreadyAssociated)
		w.has(job, p)
		p.Exit(0) // and nobody else is held up
		q := w.start(job).body
		close(slow.begin)
		w.must(<-first)
		port.gets(said("NEW", q))
	})
}

func TestACP12_a_job_that_is_closed_meanwhile_has_no_port(t *testing.T) {
	given(t, func(w *world) {
		slow := slow(w)
		job := w.job()
		w.member(job)
		associated := inBackground(func() error { return job.Associate(w.mailbox(), "job") })
		w.pending(associated)
		closed := inBackground(job.Close)
		close(slow.begin)
		err := <-associated
		if err != nil && !errors.Is(err, kernel.ErrClosed) {
			w.Fatal(err)
		}
		w.must(<-closed)
		w.traced(0)
	})
}

func TestACP06_a_job_that_cannot_be_watched_takes_no_port(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		port := w.mailbox()
		w.machine.Fail("trace")
		w.mustBe(job.Associate(port, "job"), fakegroup.ErrFault)
		_, err := job.Events()
		w.must(err)
		w.must(job.Associate(port, "job"))
		port.gets(said("NEW", p))
	})
}

func TestC56_a_first_start_whose_job_cannot_be_watched_fails_and_leaves_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		port := w.listen(job)
		w.machine.Fail("trace")
		w.mustNot(fakegroup.ErrFault, func() error {
			_, err := job.Start(program(), kernel.StartOptions{})
			return err
		})
		w.nothing()
		p := w.start(job).body
		port.gets(said("NEW", p))
	})
}

func TestC56_a_start_of_nothing_ends_the_watch_and_keeps_the_port(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		events := w.watch(job)
		_, err := job.Start(missing(), kernel.StartOptions{})
		w.mustBe(err, missing().Err)
		w.traced(0)
		p := w.start(job).body
		port.gets(said("NEW", p))
		events.gets("begin", event(kernel.EventBirth, p))
	})
}

func TestACP01_without_a_tracer_there_are_no_ports(t *testing.T) {
	given(t, func(w *world) {
		job, _, err := engine.New(w.machine, w.guard, nil).CreateJob("", kernel.CreateOptions{})
		w.must(err)
		w.mustBe(job.Associate(w.mailbox(), nil), kernel.ErrNotSupported)
		_, err = job.Events()
		w.mustBe(err, kernel.ErrNotSupported)
		w.must(job.Dissociate())
	})
}

func TestMSG07_a_tracer_that_cannot_flush_stops_no_termination(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		p := w.member(job)
		for range 3 {
			w.machine.Fail("flush")
		}
		w.must(job.Terminate(1))
		port.gets(said("NEW", p), zero)
	})
}
