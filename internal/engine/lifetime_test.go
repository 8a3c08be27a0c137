package engine_test

import (
	"testing"

	"jobobject/internal/kernel"
)

func TestCRE12_members_of_a_closed_job_go_on_under_its_limits(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(breakawayOK)
		p := w.member(job)
		groups := w.machine.Groups()
		w.close(job)
		w.alive(p)
		w.same(groups, w.machine.Groups())

		// LIF-03: it still decides where its members can be.
		other := w.job()
		w.member(other)
		w.mustNot(kernel.ErrAccessDenied, func() error { return other.Assign(p.Pid()) })
	})
}

func TestLIF01_a_job_exists_as_long_as_it_has_a_handle_a_member_or_a_child(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(), w.job()
		p := w.member(parent, child)
		w.close(parent)
		p.Exit(0)
		w.same(2, len(w.machine.Groups())) // the handle of the child keeps both
		q := w.member(child)
		w.close(child)
		w.same(2, len(w.machine.Groups())) // the member does
		q.Exit(0)
		w.closeAnother()
		w.nothing()
	})
}

func TestLIF02_the_last_close_ends_the_members_with_code_0(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		p := w.start(job)
		q := w.member(job)
		w.close(job)
		w.dead(p.body, q)
		w.ended(p, 0)
		w.nothing()
	})
}

func TestLIF03_a_closed_job_keeps_its_child_jobs_where_they_are(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(), w.job()
		w.member(parent, child)
		w.close(parent)
		groups := w.machine.Groups()
		p := w.member(child)
		w.same(groups, w.machine.Groups())
		place, err := w.machine.PlaceOf(p.Pid())
		w.must(err)
		w.same(2, len(place.Jobs))
	})
}

func TestLIF05_a_job_goes_when_its_last_handle_is_closed_and_its_members_are_dead(t *testing.T) {
	t.Run("dead before the close", func(t *testing.T) {
		given(t, func(w *world) {
			job := w.job()
			w.member(job).Exit(0)
			w.close(job)
			w.nothing()
		})
	})
	t.Run("dead after the close", func(t *testing.T) {
		given(t, func(w *world) {
			job := w.job()
			p := w.member(job)
			w.close(job)
			p.Exit(0)
			w.closeAnother()
			w.nothing()
		})
	})
	t.Run("closed while it is terminated", func(t *testing.T) {
		given(t, func(w *world) {
			job := w.job()
			p := w.member(job)
			p.Resist()
			terminated := inBackground(func() error { return job.Terminate(1) })
			w.pending(terminated)
			w.close(job)
			p.Yield()
			w.must(<-terminated)
			w.nothing()
		})
	})
	t.Run("closed while a start that fails is on its way", func(t *testing.T) {
		given(t, func(w *world) {
			job := w.job()
			w.member(job).Exit(0)
			release := w.machine.HoldStarts()
			start := inBackground(func() error {
				_, err := job.Start(missing(), kernel.StartOptions{})
				return err
			})
			w.pending(start)
			w.close(job)
			release()
			if <-start == nil {
				w.Fatal("a start of nothing succeeded")
			}
			w.nothing()
		})
	})
}

func TestLIF05_a_job_that_was_never_used_leaves_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		w.must(job.SetLimits(killOnClose))
		w.close(job)
		w.nothing()
		w.same([]string(nil), w.machine.Journal())
	})
}

func TestLIM62_kill_on_close_lets_a_start_in_and_ends_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		release := w.machine.HoldStarts()
		var p kernel.Process
		start := inBackground(func() (err error) {
			p, err = job.Start(program(), kernel.StartOptions{})
			return err
		})
		w.pending(start)
		closed := inBackground(job.Close)
		w.pending(closed)
		release()
		w.must(<-start)
		w.must(<-closed)
		w.ended(p, 0)
		w.nothing()
	})
}

func TestNST17_a_parent_lives_as_long_as_its_child_jobs(t *testing.T) {
	given(t, func(w *world) {
		chain := []kernel.Job{w.job(), w.job(), w.job()}
		p := w.member(chain...)
		w.close(chain[0])
		w.close(chain[1])
		p.Exit(0)
		w.closeAnother()
		w.same(3, len(w.machine.Groups()))
		w.close(chain[2])
		w.nothing()
	})
}

func TestNST45_kill_on_close_of_a_child_job_spares_its_parent(t *testing.T) {
	given(t, func(w *world) {
		parent, child, grandchild := w.job(), w.job(killOnClose), w.job()
		above, in, below := w.member(parent), w.member(parent, child), w.member(parent, child, grandchild)
		w.close(child)
		w.dead(in, below)
		w.has(parent, above)
		w.has(grandchild)
	})
}

func TestNST46_kill_on_close_of_a_parent_takes_child_jobs_that_have_handles(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(killOnClose), w.job()
		p, q := w.member(parent), w.member(parent, child)
		w.close(parent)
		w.dead(p, q)
		w.has(child)
		r := w.member(child) // and it can be used again
		w.has(child, r)
		w.close(child)
		r.Exit(0)
		w.closeAnother()
		w.nothing()
	})
}

func TestNST47_a_closed_child_job_stays_in_the_chain_with_its_limits(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(), w.job(breakawayOK)
		w.must(parent.Assign(0))
		w.must(child.Assign(0))
		w.close(child)
		p := w.startOutside(breakaway)
		w.in(parent, p.body, true) // the child let it go, the parent did not
		place, err := w.machine.PlaceOf(p.Pid())
		w.must(err)
		w.same(1, len(place.Jobs))
	})
}

func TestLIM63_survivors_of_the_last_close_are_told_and_go_with_the_job_later(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		p := w.member(job)
		p.Resist()
		w.survives(job.Close(), p)
		w.same(1, len(w.machine.Groups()))
		w.same(1, len(w.guard.Watched())) // who is still there dies with the owner
		p.Yield()
		w.closeAnother()
		w.nothing()
	})
}
