package engine_test

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestEvents_a_stream_begins_with_its_means_and_the_members(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p, q := w.member(job), w.member(job)
		first := w.watch(job)
		r := p.Fork()
		second := w.watch(job)
		q.Exit(0)
		first.gets("begin", event(kernel.EventPresent, p), event(kernel.EventPresent, q), event(kernel.EventBirth, r), event(kernel.EventExit, q))
		second.gets("begin", event(kernel.EventPresent, p), event(kernel.EventPresent, q), event(kernel.EventPresent, r), event(kernel.EventExit, q))
	})
}

func TestEvents_the_first_one_says_by_what_means(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		early := w.watch(job)
		w.member(job)
		late := w.watch(job)
		for _, s := range []*watcher{early, late} {
			if e := s.next()[0]; e.Kind != kernel.EventBegin || e.Means != "a fake" {
				w.Errorf("a stream begins with %+v", e)
			}
		}
	})
}

func TestEvents_an_exit_has_its_status_and_every_one_is_told(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		events := w.watch(job)
		port := w.listen(job)
		p, q := w.member(job), w.member(job)
		q.Exec("/bin/true")
		p.Exit(3)
		w.must(job.Terminate(7))
		var statuses []string
		for _, e := range events.next() {
			if e.Kind == kernel.EventExit {
				status, _ := e.Ending.Status.Get()
				statuses = append(statuses, status.String())
			}
			if e.Kind == kernel.EventTerminate {
				w.same(uint32(7), e.Code)
			}
		}
		w.same([]string{"exit code 3", "exit code 137 (killed)"}, statuses) // D1
		port.gets(said("NEW", p), said("NEW", q), said("EXIT", p), zero)
	})
}

func TestEvents_what_is_done_to_a_job_stands_among_what_happens_in_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		events := w.watch(job)
		p := w.member(job)
		w.must(job.Freeze())
		w.must(job.Freeze()) // again is no news
		w.must(job.Thaw())
		w.must(job.Thaw())
		w.must(job.Terminate(1))
		q := w.member(job)
		q.Exit(0)
		events.gets("begin", event(kernel.EventJoin, p), "freeze", "thaw", "terminate", event(kernel.EventExit, p), "empty",
			event(kernel.EventJoin, q), event(kernel.EventExit, q), "empty")
	})
}

func TestEvents_an_exit_before_a_termination_is_told_before_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		events := w.watch(job)
		p, q := w.member(job), w.member(job)
		events.next()
		release := w.machine.Tracer().Delay()
		p.Exit(0)
		w.must(job.Terminate(1))
		release()
		events.gets(event(kernel.EventExit, p), "terminate", event(kernel.EventExit, q), "empty")
	})
}

func TestEvents_what_is_done_to_a_job_before_its_first_member_is_told(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		events := w.watch(job)
		w.must(job.Freeze())
		w.must(job.Terminate(1))
		w.must(job.Thaw())
		events.gets("begin", "freeze", "terminate", "thaw")
		p := w.member(job)
		events.gets(event(kernel.EventJoin, p))
	})
}

func TestFRZ06_a_freeze_is_news_where_it_makes_a_difference(t *testing.T) {
	given(t, func(w *world) {
		outer, middle, inner := w.job(), w.job(), w.job()
		w.member(outer, middle, inner)
		var streams []*watcher
		for _, job := range []kernel.Job{outer, middle, inner} {
			s := w.watch(job)
			s.next()
			streams = append(streams, s)
		}
		all := func(wants ...[]string) {
			w.Helper()
			for i, want := range wants {
				streams[i].gets(want...)
			}
		}
		w.must(middle.Freeze())
		all(nil, []string{"freeze"}, []string{"freeze"})
		w.must(outer.Freeze())
		all([]string{"freeze"}, nil, nil)
		w.must(middle.Thaw())
		all(nil, nil, nil) // FRZ-06
		w.must(outer.Thaw())
		all([]string{"thaw"}, []string{"thaw"}, []string{"thaw"})
	})
}

func TestEvents_a_freeze_is_told_when_all_have_stopped(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		events := w.watch(job)
		events.next()
		p.Resist()
		frozen := inBackground(job.Freeze)
		w.pending(frozen)
		events.gets()
		p.Yield()
		w.must(<-frozen)
		events.gets("freeze")
	})
}

func TestEvents_moves_between_child_jobs_are_told_and_no_messages(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		events := w.watch(outer)
		p := w.member(outer)
		w.must(inner.Assign(p.Pid()))
		events.gets("begin", event(kernel.EventJoin, p), event(kernel.EventMoved, p))
	})
}

func TestEvents_a_stream_ends_with_the_last_handle_when_all_is_told(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		events := w.watch(job)
		p := w.member(job)
		second, err := job.Duplicate()
		w.must(err)
		w.close(job)
		events.gets("begin", event(kernel.EventJoin, p))
		waiting := inBackground(func() error {
			for {
				if _, err := events.Next(w.Context()); err != nil {
					return err
				}
				events.seq++
			}
		})
		w.pending(waiting)
		w.close(second)
		if err := <-waiting; err.Error() != "EOF" {
			w.Fatal(err)
		}
		w.same(uint64(5), events.seq) // begin, join, terminate, exit, empty
		events.ends()
		w.must(events.Close())
	})
}

func TestEvents_a_stream_that_nobody_has_read_is_read_after_the_end(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		events := w.watch(job)
		p := w.member(job)
		w.close(job) // without kill on close
		p.Exit(0)
		events.gets("begin", event(kernel.EventJoin, p))
		events.ends()
	})
}

func TestEvents_a_job_that_never_had_a_member_ends_its_streams(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		events := w.watch(job)
		w.close(job)
		events.gets("begin")
		events.ends()
		w.same(0, w.machine.Tracer().Opened())
	})
}

func TestEvents_closing_a_stream_wakes_its_reader_and_ends_the_watch(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job)
		first, second := w.watch(job), w.watch(job)
		first.next()
		waiting := inBackground(func() error { _, err := first.Next(w.Context()); return err })
		w.pending(waiting)
		w.must(first.Close())
		w.mustBe(<-waiting, kernel.ErrClosed)
		w.traced(1)
		w.must(second.Close())
		w.traced(0)
		w.must(second.Close()) // again is fine
		third := w.watch(job)
		w.same(kernel.EventBegin, third.next()[0].Kind)
	})
}

func TestEvents_a_reader_that_is_too_slow_loses_the_oldest_and_is_told(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		events := w.watch(job)
		p := w.member(job)
		const execs = 40_000
		for range execs {
			p.Exec("/bin/true")
		}
		p.Exit(0)
		got := events.next()
		if got[0].Kind != kernel.EventBegin || got[1].Kind != kernel.EventLost {
			w.Fatalf("the stream begins with %v, %v", got[0].Kind, got[1].Kind)
		}
		w.same(uint64(execs+4), uint64(len(got))-1+got[1].Lost)
		w.same([]kernel.EventKind{kernel.EventExit, kernel.EventEmpty}, []kernel.EventKind{got[len(got)-2].Kind, got[len(got)-1].Kind})
	})
}

func TestEvents_a_reader_gives_up_when_its_context_ends(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		events := w.watch(job)
		events.gets("begin")
		ctx, cancel := context.WithCancel(w.Context())
		waiting := inBackground(func() error { _, err := events.Next(ctx); return err })
		w.pending(waiting)
		cancel()
		w.mustBe(<-waiting, context.Canceled)
		p := w.member(job)
		events.gets(event(kernel.EventJoin, p))
	})
}

func TestD7_a_stream_tells_of_a_loss_and_of_who_went_and_came(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		events := w.watch(job)
		events.next()
		restore := w.machine.Tracer().Blind()
		p.Die(syscall.SIGSEGV)
		q := w.member(job)
		restore()
		// Whether it was empty in between nobody knows.
		events.gets("lost", event(kernel.EventGone, p), event(kernel.EventPresent, q))
	})
}

func TestC56_events_of_a_job_that_cannot_be_watched_fail(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job)
		w.machine.Fail("trace")
		_, err := job.Events()
		w.mustBe(err, fakegroup.ErrFault)
		if errors.Is(err, kernel.ErrClosed) {
			w.Error("and not because of a handle")
		}
		w.traced(0)
	})
}

func TestC21_so_much_happens_while_the_last_cannot_end_that_empty_is_lost(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		port := w.listen(job)
		events := w.watch(job)
		p := w.member(job)
		p.BeginExit(0)
		port.unread()
		events.next()
		q := w.member(job)
		for range 10_000 {
			q.Exec("/bin/true")
		}
		port.gets("job LOST 1", said("NEW", q))
		got := events.next()
		w.same([]any{kernel.EventLost, uint64(1)}, []any{got[0].Kind, got[0].Lost})
		p.Exit(0)
		q.Exit(0)
		port.gets(said("EXIT", q), zero)
	})
}
