package engine_test

import (
	"testing"

	"jobobject/internal/kernel"
)

// Breakaway is about the jobs that the caller is in. The job that a process is
// started in is never broken out of (ATT-08), so most tests have a fresh one.

func TestCPR06_breakaway_of_a_caller_in_no_job_does_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job, breakaway)
		w.has(job, p.body)
		w.nested(p.body, 1)
		w.nested(w.startOutside(kernel.StartOptions{}).body, 0)
	})
}

func TestCPR07_breakaway_that_the_callers_job_does_not_allow_is_refused(t *testing.T) {
	given(t, func(w *world) {
		around, fresh := w.job(), w.job(killOnClose)
		w.must(around.Assign(0))
		w.mustNot(kernel.ErrAccessDenied, func() error {
			_, err := fresh.Start(program(), breakaway)
			return err
		})
		w.mustNot(kernel.ErrAccessDenied, func() error {
			_, err := w.engine.StartOutside(program(), kernel.StartOptions{})
			return err
		})
		w.counts(fresh, 0, 0)
		w.has(around, w.machine.Self())
	})
}

func TestCPR08_breakaway_that_the_callers_job_allows_leaves_it(t *testing.T) {
	given(t, func(w *world) {
		around, fresh := w.job(breakawayOK), w.job()
		w.must(around.Assign(0))
		p := w.start(fresh, breakaway)
		w.in(around, p.body, false)
		w.has(fresh, p.body)
		w.nested(p.body, 1)
		w.nested(w.startOutside(kernel.StartOptions{}).body, 0)
	})
}

func TestCPR08_without_the_flag_nobody_leaves(t *testing.T) {
	given(t, func(w *world) {
		around, fresh := w.job(breakawayOK), w.job()
		w.must(around.Assign(0))
		p := w.start(fresh)
		w.has(around, w.machine.Self(), p.body)
		w.nested(p.body, 2)
	})
}

func TestCPR09_silent_breakaway_needs_no_flag(t *testing.T) {
	given(t, func(w *world) {
		around, fresh := w.job(silentBreakaway), w.job()
		w.must(around.Assign(0))
		p := w.start(fresh)
		w.has(around, w.machine.Self())
		w.nested(p.body, 1)
	})
}

func TestUNC25_CPR10_breakaway_where_only_the_silent_kind_is_allowed_is_accepted(t *testing.T) {
	given(t, func(w *world) {
		around, fresh := w.job(silentBreakaway), w.job()
		w.must(around.Assign(0))
		p := w.start(fresh, breakaway) // CPR-10
		w.in(around, p.body, false)
	})
}

// TestNST20_to_NST24 has a caller in the innermost of some jobs, outermost first,
// and tells in how many of them a child is.
func TestNST20_to_NST24_a_child_leaves_jobs_upwards_as_far_as_they_allow_it(t *testing.T) {
	none, ok, silent := kernel.Limits{}, breakawayOK, silentBreakaway
	for name, test := range map[string]struct {
		chain   []kernel.Limits
		flag    bool
		stays   int
		refused bool
	}{
		"NST-20 no job allows it and nobody asks":              {[]kernel.Limits{none, none}, false, 2, false},
		"NST-20 all allow it and nobody asks":                  {[]kernel.Limits{ok, ok}, false, 2, false},
		"NST-21 the inner one allows it":                       {[]kernel.Limits{none, ok}, true, 1, false},
		"NST-21 both allow it":                                 {[]kernel.Limits{ok, ok}, true, 0, false},
		"NST-21 all of four but the outermost allow it":        {[]kernel.Limits{none, ok, ok, ok}, true, 1, false},
		"NST-21 it ends at the first that does not":            {[]kernel.Limits{ok, none, ok, ok}, true, 2, false},
		"NST-22 the inner one refuses whatever the others say": {[]kernel.Limits{ok, ok, none}, true, 3, true},
		"NST-22 without the flag it joins normally":            {[]kernel.Limits{silent, silent, none}, false, 3, false},
		"NST-23 silence below does not lift a parent's OK":     {[]kernel.Limits{ok, silent}, false, 1, false},
		"NST-23 with the flag it does":                         {[]kernel.Limits{ok, silent}, true, 0, false},
		"NST-23 silence all the way":                           {[]kernel.Limits{silent, silent}, false, 0, false},
		"NST-23 OK below does not open silence above by itself": {
			[]kernel.Limits{silent, ok}, false, 2, false},
		"NST-23 and does with the flag":            {[]kernel.Limits{silent, ok}, true, 0, false},
		"NST-24 an ancestor that refuses keeps it": {[]kernel.Limits{none, silent}, true, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				var chain []kernel.Job
				for _, limits := range test.chain {
					job := w.job(limits)
					w.must(job.Assign(0))
					chain = append(chain, job)
				}
				fresh := w.job()
				process, err := fresh.Start(program(), kernel.StartOptions{Breakaway: test.flag})
				if test.refused {
					w.mustBe(err, kernel.ErrAccessDenied)
					return
				}
				w.must(err)
				p := w.numbered(process.Pid())
				for i, job := range chain {
					w.in(job, p, i < test.stays)
				}
				w.nested(p, test.stays+1)
			})
		})
	}
}

func TestLIM61_breakaway_limits_are_for_later_creations(t *testing.T) {
	given(t, func(w *world) {
		around := w.job()
		w.must(around.Assign(0))
		p := w.start(w.job())
		w.must(around.SetLimits(silentBreakaway))
		q := w.start(w.job())
		w.must(around.SetLimits(kernel.Limits{}))
		r := w.start(w.job())
		w.has(around, w.machine.Self(), p.body, r.body)
		w.in(around, q.body, false)
	})
}

func TestLIM59_breakaway_concerns_children_of_the_caller_only(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(breakawayOK)
		p := w.member(job)
		w.has(job, p, p.Fork())
	})
}

func TestLIM60_children_that_members_make_are_taken_out_as_soon_as_they_are_seen(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(silentBreakaway)
		p := w.member(job)
		q := w.start(job)
		child, grandchild := p.Fork(), q.body.Fork()
		w.machine.LookAround()()
		w.has(job, p, q.body)
		w.nested(child, 0)
		w.nested(grandchild, 0)

		w.must(job.Assign(child.Pid())) // explicit assignment still works
		w.machine.LookAround()()
		w.has(job, p, q.body, child)
	})
}

func TestLIM60_a_child_leaves_as_far_up_as_it_would_have_been_born(t *testing.T) {
	given(t, func(w *world) {
		root, middle, inner := w.job(), w.job(silentBreakaway), w.job(silentBreakaway)
		p := w.member(root, middle, inner)
		child := p.Fork()
		w.machine.LookAround()()
		w.nested(child, 1)
		w.has(root, p, child)
		w.has(middle, p)
		w.has(inner, p)
	})
}

func TestLIM60_children_in_a_child_job_are_that_jobs_business(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(silentBreakaway), w.job()
		p := w.member(outer, inner)
		child := p.Fork()
		w.machine.LookAround()()
		w.has(inner, p, child)
		w.has(outer, p, child)
	})
}

func TestLIM61_silence_leaves_those_alone_who_were_there_before(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		early := p.Fork()
		w.must(job.SetLimits(silentBreakaway))
		late := p.Fork()
		w.machine.LookAround()()
		w.has(job, p, early)
		w.must(job.SetLimits(kernel.Limits{}))
		later := p.Fork()
		w.machine.LookAround()()
		w.has(job, p, early, later)
		w.nested(late, 0)
	})
}

func TestLIM61_silence_is_refused_where_those_who_are_there_cannot_be_told(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		w.machine.Fail("members")
		if job.SetLimits(silentBreakaway) == nil {
			w.Fatal("silence was accepted without a look at the members")
		}
		limits, err := job.Limits()
		w.must(err)
		w.same(kernel.Limits{}, limits)
		w.machine.LookAround()()
		w.has(job, p)
	})
}

func TestLIM60_a_look_that_was_taken_before_somebody_came_expels_nobody(t *testing.T) {
	for name, join := range map[string]func(*world, kernel.Job){
		"started":  func(w *world, j kernel.Job) { w.start(j) },
		"assigned": func(w *world, j kernel.Job) { w.member(j) },
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job := w.job(silentBreakaway)
				w.member(job)
				handIn := w.machine.LookAround()
				join(w, job)
				handIn()
				w.machine.LookAround()()
				w.counts(job, 2, 2)
			})
		})
	}
}

func TestTRM10_a_child_is_let_go_into_a_job_that_was_terminated_before(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(silentBreakaway)
		w.member(outer, inner)
		w.must(outer.Terminate(1))
		p := w.member(inner)
		child := p.Fork()
		w.machine.LookAround()()
		w.has(inner, p)
		w.has(outer, p, child)
		q := w.start(outer)
		w.alive(q.body)
	})
}

func TestTRM10_a_process_is_started_outside_in_a_job_that_was_terminated_before(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(breakawayOK)
		w.member(outer, inner)
		w.must(outer.Terminate(1))
		w.must(inner.Assign(0))
		p := w.startOutside(kernel.StartOptions{})
		w.alive(p.body)
		w.has(outer, w.machine.Self(), p.body)
		w.has(inner, w.machine.Self())
	})
}

func TestUNC04_nobody_is_started_outside_in_a_job_that_is_being_terminated(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(breakawayOK)
		w.must(outer.Assign(0))
		w.must(inner.Assign(0))
		w.machine.Self().Resist()
		terminated := inBackground(func() error { return outer.Terminate(1) })
		w.pending(terminated)
		_, err := w.engine.StartOutside(program(), kernel.StartOptions{})
		w.mustBe(err, kernel.ErrAccessDenied)
		w.machine.Self().Yield()
		w.must(<-terminated)
	})
}

func TestLIM60_a_look_while_a_start_is_on_its_way_expels_nobody(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(silentBreakaway)
		w.member(job)
		release := w.machine.HoldBorn()
		started := inBackground(func() error { _, err := job.Start(program(), kernel.StartOptions{}); return err })
		w.pending(started)
		w.machine.LookAround()()
		release()
		w.must(<-started)
		w.machine.LookAround()()
		w.counts(job, 2, 2)
	})
}
