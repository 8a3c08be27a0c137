package engine_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

// frozen shows which of these a freezer keeps from running.
func (w *world) frozen(want bool, processes ...*fakegroup.Process) {
	w.Helper()
	for _, p := range processes {
		if p.Frozen() != want {
			w.Fatalf("process %d is frozen: %v, want %v", p.Pid(), p.Frozen(), want)
		}
	}
}

func TestFRZ01_freeze_stops_all_members_and_thaw_lets_them_go_on(t *testing.T) {
	given(t, func(w *world) {
		job, child := w.job(), w.job()
		p, q := w.member(job), w.member(job, child)
		outsider := w.outsider()
		for range 2 {
			w.must(job.Freeze())
			w.frozen(true, p, q)
			w.frozen(false, outsider)
			w.must(job.Thaw())
			w.frozen(false, p, q)
		}
	})
}

func TestFRZ02_a_process_that_is_assigned_to_a_frozen_job_is_frozen(t *testing.T) {
	given(t, func(w *world) {
		used, fresh := w.job(), w.job()
		w.member(used)
		for _, job := range []kernel.Job{used, fresh} {
			w.must(job.Freeze())
			p := w.member(job)
			w.frozen(true, p)
			w.must(job.Thaw())
			w.frozen(false, p)
		}
	})
}

func TestFRZ02_a_process_that_is_started_in_a_frozen_job_has_not_run(t *testing.T) {
	for name, prepare := range map[string]func(*world, kernel.Job){
		"used":  func(w *world, j kernel.Job) { w.member(j) },
		"fresh": func(*world, kernel.Job) {},
		"used, and terminated meanwhile": func(w *world, j kernel.Job) {
			w.member(j)
			w.must(j.Terminate(1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job := w.job(killOnClose)
				prepare(w, job)
				w.must(job.Freeze())
				p := w.start(job)
				q := w.start(job, suspended)
				w.frozen(true, p.body, q.body)
				if p.body.Ran() || q.body.Ran() {
					w.Fatal("it has run")
				}
				w.same(1, len(w.machine.Groups())) // the antechamber is gone
				w.same(1, len(w.guard.Watched()))
				w.must(job.Thaw())
				if !p.body.Ran() || q.body.Ran() {
					w.Fatalf("after the thaw: started has run %v, suspended has run %v", p.body.Ran(), q.body.Ran())
				}
				w.must(q.Resume())
				if !q.body.Ran() {
					w.Fatal("a resumed process does not run")
				}
			})
		})
	}
}

func TestFRZ02_the_antechamber_dies_with_the_owner_at_any_time(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job)
		w.must(job.Freeze())
		w.machine.Journal()
		w.start(job)
		w.before("watch", "make", "start", "attach", "resume", "remove", "forget")
	})
}

// before shows that the first of each of these calls comes in this order.
func (w *world) before(calls ...string) {
	w.Helper()
	journal := w.machine.Journal()
	last := -1
	for _, call := range calls {
		at := slices.IndexFunc(journal, func(line string) bool {
			return line == call || strings.HasPrefix(line, call+" ")
		})
		if at <= last {
			w.Fatalf("%q is not where it belongs in\n%s", call, strings.Join(journal, "\n"))
		}
		last = at
	}
}

func TestFRZ02_a_start_in_a_frozen_job_that_fails_leaves_nothing(t *testing.T) {
	for _, call := range []string{"top", "plan", "watch", "make", "start", "find", "attach", "resume"} {
		for name, options := range map[string]kernel.StartOptions{"": {}, ", suspended": suspended} {
			if call == "resume" && options.Suspended {
				continue
			}
			t.Run(call+name, func(t *testing.T) {
				given(t, func(w *world) {
					job := w.job()
					p := w.member(job)
					w.must(job.Freeze())
					w.machine.Fail(call)
					w.mustNot(fakegroup.ErrFault, func() error {
						_, err := job.Start(program(), options)
						return err
					})
					w.has(job, p)
					w.start(job)
					w.counts(job, 2, 2)
				})
			})
		}
	}
}

func TestFRZ02_an_antechamber_that_cannot_be_removed_is_the_guards_and_no_failure(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job)
		w.must(job.Freeze())
		w.machine.Fail("remove")
		p := w.start(job)
		w.in(job, p.body, true)
		w.same(2, len(w.machine.Groups()))
		w.same(1, len(w.guard.Watched()))
	})
}

func TestFRZ02_a_start_below_a_frozen_job_is_a_start_in_one(t *testing.T) {
	given(t, func(w *world) {
		parent, child, fresh := w.job(), w.job(), w.job()
		w.member(parent, child)
		w.must(parent.Freeze())
		p := w.start(child)
		q := w.start(child, alsoIn(fresh))
		w.frozen(true, p.body, q.body)
		w.must(parent.Thaw())
		w.frozen(false, p.body, q.body)
	})
}

func TestFRZ02_freeze_waits_for_a_start_that_is_on_its_way(t *testing.T) {
	given(t, func(w *world) {
		parent, job := w.job(), w.job()
		w.member(parent, job)
		release := w.machine.HoldStarts()
		var p kernel.Process
		start := inBackground(func() (err error) {
			p, err = job.Start(program(), kernel.StartOptions{})
			return err
		})
		w.pending(start)
		frozen := inBackground(parent.Freeze)
		w.pending(frozen)
		release()
		w.must(<-start)
		w.must(<-frozen)
		w.frozen(true, w.numbered(p.Pid()))
		// Not stopped between its birth and its program, where it would have held
		// up whoever started it.
		w.must(parent.Thaw())
	})
}

func TestFRZ02_freeze_waits_neither_for_starts_elsewhere_nor_for_ever(t *testing.T) {
	given(t, func(w *world) {
		job, other := w.job(), w.job()
		w.member(job)
		w.member(other)
		release := w.machine.HoldStarts()
		start := inBackground(func() error { _, err := other.Start(program(), kernel.StartOptions{}); return err })
		w.pending(start)
		w.must(job.Freeze())
		here := inBackground(func() error { _, err := job.Start(program(), kernel.StartOptions{}); return err })
		w.pending(here) // at the door of the antechamber
		w.must(job.Thaw())
		release()
		w.must(<-start)
		w.must(<-here)
	})
}

func TestFRZ02_a_freeze_during_a_first_start_that_fails_is_for_the_first_member(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		release := w.machine.HoldStarts()
		start := inBackground(func() error { _, err := job.Start(missing(), kernel.StartOptions{}); return err })
		w.pending(start)
		frozen := inBackground(job.Freeze)
		w.pending(frozen)
		release()
		w.mustBe(<-start, missing().Err)
		w.must(<-frozen)
		w.frozen(true, w.member(job))
	})
}

func TestFRZ03_frozen_members_are_active(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		w.must(job.Freeze())
		w.has(job, p)
		w.isEmpty(job, false)
	})
}

func TestFRZ04_resume_does_not_undo_a_freeze(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job, suspended)
		w.must(job.Freeze())
		w.must(p.Resume())
		w.frozen(true, p.body)
		if p.body.Ran() {
			w.Fatal("it has run")
		}
		w.must(job.Thaw())
		if !p.body.Ran() {
			w.Fatal("it does not run")
		}
	})
}

func TestFRZ06_freezing_twice_and_thawing_twice_are_fine(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		w.must(job.Thaw())
		w.must(job.Freeze())
		w.must(job.Freeze())
		w.must(job.Thaw()) // it is a state and no count
		w.frozen(false, p)
		w.must(job.Thaw())
	})
}

func TestFRZ06_effectively_frozen_is_by_its_own_job_or_any_around_it(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(), w.job()
		above, p := w.member(parent), w.member(parent, child)
		w.must(parent.Freeze())
		w.must(child.Thaw()) // no help
		w.frozen(true, above, p)
		w.must(child.Freeze())
		w.must(parent.Thaw())
		w.frozen(false, above)
		w.frozen(true, p)
		w.must(child.Thaw())
		w.frozen(false, p)
	})
}

func TestFRZ06_frozen_members_can_be_terminated(t *testing.T) {
	given(t, func(w *world) { // C25
		job := w.job()
		p := w.start(job)
		w.must(job.Freeze())
		w.must(job.Terminate(3))
		w.ended(p, 3)
		q := w.member(job) // it is still frozen
		w.frozen(true, q)
	})
}

func TestFRZ06_a_start_in_a_frozen_job_is_killed_by_a_termination(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job)
		w.must(job.Freeze())
		release := w.machine.HoldStarts()
		var p kernel.Process
		start := inBackground(func() (err error) {
			p, err = job.Start(program(), kernel.StartOptions{})
			return err
		})
		w.pending(start)
		terminated := inBackground(func() error { return job.Terminate(3) })
		w.pending(terminated)
		release()
		w.must(<-terminated)
		w.must(<-start)
		w.ended(p, 3)
		w.has(job)
		w.same(1, len(w.machine.Groups()))
	})
}

func TestFRZ01_a_freeze_that_fails_leaves_the_job_as_it_was(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		w.machine.Fail("freeze")
		w.mustNot(fakegroup.ErrFault, job.Freeze)
		w.start(job) // directly: the antechamber is for frozen jobs
		w.must(job.Freeze())
		w.machine.Fail("freeze")
		w.mustNot(fakegroup.ErrFault, job.Freeze)
		w.frozen(true, p)
		w.start(job)
		w.machine.Fail("thaw")
		w.mustNot(fakegroup.ErrFault, job.Thaw)
		w.frozen(true, p)
		w.start(job)
	})
}

func TestFRZ01_members_that_do_not_stop_make_freeze_fail_in_time(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p, q := w.member(job), w.member(job)
		p.Resist()
		begin := time.Now()
		if job.Freeze() == nil {
			w.Fatal("freeze succeeded with a member that goes on")
		}
		w.same(time.Second, time.Since(begin))
		w.frozen(false, p, q)
	})
}

func TestFRZ01_of_a_freeze_and_a_thaw_at_once_the_later_one_counts(t *testing.T) {
	for range 100 {
		given(t, func(w *world) {
			job := w.job()
			p := w.member(job)
			first, second := inBackground(job.Freeze), inBackground(job.Thaw)
			w.must(<-first)
			w.must(<-second)
			start := inBackground(func() error { _, err := job.Start(program(), kernel.StartOptions{}); return err })
			w.settled()
			select {
			case err := <-start: // whatever it is, the engine knows which
				w.must(err)
			default:
				w.Fatalf("a start hangs; the member is frozen: %v", p.Frozen())
			}
		})
	}
}

func TestSignal_reaches_members_and_those_of_child_jobs(t *testing.T) {
	given(t, func(w *world) {
		job, child, unused := w.job(), w.job(), w.job()
		p, q, outsider := w.member(job), w.member(job, child), w.outsider()
		w.must(job.Signal(syscall.SIGTERM))
		w.must(unused.Signal(syscall.SIGTERM))
		w.same(1, len(p.Signals()))
		w.same(1, len(q.Signals()))
		w.same(0, len(outsider.Signals()))
	})
}
