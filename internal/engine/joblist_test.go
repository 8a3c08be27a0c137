package engine_test

import (
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestATT06_jobs_of_a_list_are_joined_in_order_before_the_process_runs(t *testing.T) {
	given(t, func(w *world) {
		a, b, c := w.job(), w.job(), w.job()
		p := w.start(a, alsoIn(b, c), suspended)
		if p.body.Ran() {
			w.Fatal("a suspended process has run")
		}
		for _, job := range []kernel.Job{a, b, c} {
			w.has(job, p.body)
			w.counts(job, 1, 1)
		}
		w.nested(p.body, 3)
		w.must(p.Resume())
		if !p.body.Ran() {
			w.Fatal("a resumed process does not run")
		}
	})
}

func TestATT07_the_list_adds_to_what_is_inherited(t *testing.T) {
	given(t, func(w *world) {
		around, job := w.job(), w.job()
		w.must(around.Assign(0))
		p := w.start(job)
		w.has(around, w.machine.Self(), p.body)
		w.has(job, p.body)
		w.counts(around, 2, 2) // W16: a child counts where it is born
		w.counts(job, 1, 1)
	})
}

func TestATT07_the_total_does_not_fall_when_the_child_ends(t *testing.T) {
	given(t, func(w *world) {
		around, job := w.job(), w.job()
		w.must(around.Assign(0))
		w.start(job).body.Exit(0)
		w.counts(around, 2, 1)
		w.start(around).body.Exit(0)
		w.counts(around, 3, 1)
	})
}

func TestATT08_what_listed_jobs_say_of_breakaway_does_not_matter(t *testing.T) {
	for name, limits := range map[string]kernel.Limits{
		"nothing": {}, "breakaway": breakawayOK, "silent": silentBreakaway,
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				around, listed, below := w.job(breakawayOK), w.job(limits), w.job(limits)
				w.must(around.Assign(0))
				p := w.start(listed, alsoIn(below), breakaway)
				w.machine.LookAround()()
				w.has(listed, p.body)
				w.has(below, p.body)
				w.in(around, p.body, false)
			})
		})
	}
}

func TestATT09_listing_the_job_that_is_inherited_anyway_is_fine(t *testing.T) {
	given(t, func(w *world) {
		outer, around := w.job(), w.job()
		w.must(outer.Assign(0))
		w.must(around.Assign(0))
		p := w.start(around) // W25
		w.has(around, w.machine.Self(), p.body)
		q := w.start(outer) // so is one around it (UNC-08)
		w.in(around, q.body, true)
		r := w.start(outer, alsoIn(around))
		w.in(around, r.body, true)
		s := w.start(around, alsoIn(outer, around))
		w.nested(s.body, 2)
		w.counts(outer, 5, 5)
		w.counts(around, 5, 5)
	})
}

func TestATT10_where_a_later_job_of_the_list_is_refused_effects_on_the_earlier_ones_stay(t *testing.T) {
	given(t, func(w *world) {
		inherited, first, second, other := w.job(breakawayOK), w.job(), w.job(), w.job()
		w.must(inherited.Assign(0))
		w.member(other)
		_, err := first.Start(program(), alsoIn(second, other))
		w.mustBe(err, kernel.ErrAccessDenied)

		w.counts(first, 1, 0) // W27
		w.counts(second, 1, 0)
		w.counts(other, 1, 1)
		w.has(inherited, w.machine.Self())

		// Both are bound below the inherited job now, and in this order.
		p := w.start(second, breakaway)
		w.has(first, p.body)
		w.has(second, p.body)
		w.in(inherited, p.body, true)
		w.mustBe(other.Assign(p.Pid()), kernel.ErrAccessDenied)
	})
}

func TestATT10_a_list_whose_first_job_is_refused_has_no_effect(t *testing.T) {
	given(t, func(w *world) {
		inherited, fresh, other := w.job(), w.job(), w.job()
		w.member(other)
		w.must(inherited.Assign(0))
		w.mustNot(kernel.ErrAccessDenied, func() error {
			_, err := other.Start(program(), alsoIn(fresh))
			return err
		})
		w.counts(fresh, 0, 0)
		w.counts(other, 1, 1)
		w.nested(w.member(fresh), 1) // it was not used
	})
}

func TestATT10_what_the_system_refuses_has_no_effect(t *testing.T) {
	for _, call := range []string{"plan", "watch", "make"} {
		t.Run(call, func(t *testing.T) {
			given(t, func(w *world) {
				first, second := w.job(killOnClose), w.job(killOnClose)
				third := w.job(killOnClose)
				w.machine.FailLater(call, 2)
				w.mustNot(fakegroup.ErrFault, func() error {
					_, err := first.Start(program(), alsoIn(second, third))
					return err
				})
				for _, job := range []kernel.Job{first, second, third} {
					w.counts(job, 0, 0)
				}
				w.nothing()
			})
		})
	}
}

func TestC56_a_program_that_cannot_be_started_binds_no_job_of_the_list(t *testing.T) {
	given(t, func(w *world) {
		used, first, second := w.job(), w.job(killOnClose), w.job(killOnClose)
		p := w.member(used)
		w.mustNot(missing().Err, func() error {
			_, err := used.Start(missing(), alsoIn(first, second))
			return err
		})
		w.has(used, p)
		w.counts(used, 1, 1)
		w.nested(w.member(second, first), 2) // in the order that they were not listed in
	})
}

func TestC56_a_failed_start_leaves_the_place_to_another_one_that_is_on_its_way(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		release := w.machine.HoldStarts()
		bad := inBackground(func() error { _, err := job.Start(missing(), kernel.StartOptions{}); return err })
		w.pending(bad)
		good := inBackground(func() error { _, err := job.Start(program(), kernel.StartOptions{}); return err })
		w.pending(good)
		release()
		w.mustBe(<-bad, missing().Err)
		w.must(<-good)
		w.counts(job, 1, 1)
	})
}

func TestATT11_two_fresh_jobs_of_a_list_nest_in_its_order_below_the_inherited_one(t *testing.T) {
	given(t, func(w *world) {
		around, first, second := w.job(), w.job(), w.job()
		w.must(around.Assign(0))
		p := w.start(first, alsoIn(second))
		w.nested(p.body, 3)
		q := w.member(first)
		w.in(second, q, false)
		w.in(around, q, true)
		r := w.member(second)
		w.in(first, r, true)
	})
}

func TestATT12_the_parent_link_of_a_list_is_permanent(t *testing.T) {
	given(t, func(w *world) {
		around, parent, child := w.job(breakawayOK), w.job(), w.job()
		w.must(around.Assign(0))
		w.start(parent, alsoIn(child))
		p := w.start(child, breakaway) // W28
		for _, job := range []kernel.Job{around, parent, child} {
			w.in(job, p.body, true)
			w.counts(job, w.total(job), uint64(2+w.one(job == around)))
		}
		w.same(uint64(2), w.total(child))
		w.same(uint64(2), w.total(parent))
	})
}

func TestNST08_a_list_that_leads_to_another_branch_is_refused(t *testing.T) {
	given(t, func(w *world) {
		a, b := w.job(), w.job()
		w.member(a, b)
		p := w.start(b, alsoIn(a)) // UNC-08: an ancestor below which it is already
		w.nested(p.body, 2)
		c, d := w.job(), w.job()
		w.member(c)
		w.member(d)
		_, err := c.Start(program(), alsoIn(d))
		w.mustBe(err, kernel.ErrAccessDenied)
		w.counts(c, 2, 1) // the half-made process
		w.counts(d, 1, 1)
	})
}
