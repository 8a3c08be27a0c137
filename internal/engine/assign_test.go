package engine_test

import (
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestASG02_an_assigned_process_has_its_later_children_with_it_and_not_its_present_ones(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.outsider()
		present := p.Fork()
		w.must(job.Assign(p.Pid()))
		later := p.Fork()
		w.has(job, p, later)
		w.in(job, present, false)
	})
}

func TestASG04_a_process_that_has_ended_cannot_be_assigned(t *testing.T) {
	for name, end := range map[string]func(*fakegroup.Process){
		"a zombie":       func(p *fakegroup.Process) { p.Exit(3) },
		"one waited for": func(p *fakegroup.Process) { p.Exit(3); p.Reap() },
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				fresh, used := w.job(killOnClose), w.job()
				member := w.member(used)
				p := w.outsider()
				end(p)
				for _, job := range []kernel.Job{fresh, used} {
					w.mustNot(kernel.ErrProcessExited, func() error { return job.Assign(p.Pid()) })
				}
				w.counts(fresh, 0, 0)
				w.counts(used, 1, 1)
				w.has(used, member)
			})
		})
	}
}

func TestASG04_a_process_that_ends_on_its_way_leaves_no_place_behind(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		p := w.outsider()
		w.machine.FailWith("attach", kernel.ErrProcessExited)
		w.mustNot(kernel.ErrProcessExited, func() error { return job.Assign(p.Pid()) })

		// NST-06: it was not used by that and nests wherever the first one is.
		parent := w.job()
		q := w.member(parent, job)
		w.has(parent, q)
	})
}

func TestASG04_numbers_that_are_nobodys(t *testing.T) {
	given(t, func(w *world) {
		for _, pid := range []int{-1, 1 << 22} {
			job := w.job()
			w.mustNot(kernel.ErrProcessExited, func() error { return job.Assign(pid) })
		}
	})
}

func TestASG07_a_member_of_a_job_can_be_assigned_to_one_that_nests_in_it_and_no_other(t *testing.T) {
	given(t, func(w *world) {
		job, nested, unrelated := w.job(), w.job(), w.job()
		p := w.member(job)
		other := w.member(unrelated)
		w.mustNot(kernel.ErrAccessDenied, func() error { return unrelated.Assign(p.Pid()) })
		w.must(nested.Assign(p.Pid()))
		w.has(nested, p)
		w.has(job, p)
		w.has(unrelated, other)
	})
}

func TestASG09_NST04_assigning_a_member_to_its_immediate_job_again_changes_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		for range 3 {
			w.mustNot(nil, func() error { return job.Assign(p.Pid()) })
		}
		w.counts(job, 1, 1)
		child := p.Fork() // one that came by inheritance
		w.mustNot(nil, func() error { return job.Assign(child.Pid()) })
	})
}

func TestUNC08_assigning_a_member_to_an_ancestor_of_its_job_changes_nothing(t *testing.T) {
	given(t, func(w *world) {
		outer, middle, inner := w.job(), w.job(), w.job()
		p := w.member(outer, middle, inner)
		for _, job := range []kernel.Job{outer, middle, inner} {
			w.mustNot(nil, func() error { return job.Assign(p.Pid()) })
			w.counts(job, 1, 1)
		}
	})
}

func TestASG10_UNC04_no_process_joins_while_the_job_or_one_around_it_is_being_terminated(t *testing.T) {
	given(t, func(w *world) {
		outer, job, inner, fresh := w.job(), w.job(), w.job(), w.job()
		stubborn := w.member(outer, job)
		below := w.member(outer, job, inner)
		above := w.member(outer)
		stubborn.Resist()
		terminated := inBackground(func() error { return job.Terminate(1) })
		w.pending(terminated)
		w.dead(below)

		for name, refused := range map[string]func() error{
			"assign to it":            func() error { return job.Assign(above.Pid()) },
			"assign below it":         func() error { return inner.Assign(above.Pid()) },
			"assign a stranger to it": func() error { return job.Assign(w.outsider().Pid()) },
			"nest a job in it":        func() error { return fresh.Assign(stubborn.Pid()) },
			"start in it":             func() error { _, err := job.Start(program(), kernel.StartOptions{}); return err },
			"start below it":          func() error { _, err := inner.Start(program(), kernel.StartOptions{}); return err },
			"start in a list with it": func() error { _, err := job.Start(program(), alsoIn(inner)); return err },
		} {
			if err := refused(); err == nil { // UNC-04
				w.Errorf("%s succeeded while the job was being terminated", name)
			} else {
				w.mustBe(err, kernel.ErrAccessDenied)
			}
		}
		w.must(outer.Assign(w.outsider().Pid())) // it is not the job's business

		stubborn.Yield()
		w.must(<-terminated)
		p, q := w.member(job), w.member(inner) // ASG-11
		w.has(job, p, q)
	})
}

func TestASG11_a_terminated_job_takes_new_members(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		for range 3 {
			p := w.member(job)
			q := w.start(job)
			w.has(job, p, q.body)
			w.must(job.Terminate(1))
			w.dead(p, q.body)
		}
		w.counts(job, 6, 0)
	})
}

func TestASG21_the_caller_can_assign_itself(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.must(job.Assign(0))
		w.has(job, w.machine.Self())
		contains, err := job.Contains(0)
		w.must(err)
		if !contains {
			w.Error("a job does not contain 0, which is the caller")
		}
		w.counts(job, 1, 1)
		w.mustNot(nil, func() error { return job.Assign(w.machine.Self().Pid()) })
	})
}

func TestOBJ06_a_process_can_be_in_several_jobs_of_one_chain_only(t *testing.T) {
	given(t, func(w *world) {
		chain := []kernel.Job{w.job(), w.job(), w.job()}
		branch := w.job()
		p := w.member(chain...)
		w.member(chain[0], branch)
		for _, job := range chain {
			w.in(job, p, true)
		}
		w.mustNot(kernel.ErrAccessDenied, func() error { return branch.Assign(p.Pid()) })
	})
}

func TestOBJ07_the_immediate_job_is_the_deepest_of_the_chain(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		p := w.member(outer, inner)
		child := p.Fork()
		w.in(inner, child, true)
		w.mustNot(nil, func() error { return inner.Assign(child.Pid()) })
	})
}

func TestOBJ08_a_member_of_a_job_is_a_member_of_all_its_ancestors(t *testing.T) {
	given(t, func(w *world) {
		outer, middle, inner := w.job(), w.job(), w.job()
		p := w.member(outer, middle, inner)
		q := w.member(outer, middle)
		r := w.member(outer)
		w.has(inner, p)
		w.has(middle, p, q)
		w.has(outer, p, q, r)
	})
}

func TestOBJ09_D6_a_process_that_ended_is_in_its_jobs_as_long_as_it_is_held(t *testing.T) {
	given(t, func(w *world) {
		outer, inner, other := w.job(), w.job(), w.job()
		p := w.start(outer, alsoIn(inner))
		p.body.Exit(0)
		for _, waited := range []bool{false, true} {
			if waited {
				w.ended(p, 0)
			}
			w.in(outer, p.body, true) // D6
			w.in(inner, p.body, true)
			w.in(other, p.body, false)
			w.has(outer)
		}
	})
}

func TestOBJ09_a_process_that_was_assigned_further_ended_in_its_last_job(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		p := w.start(outer)
		w.must(inner.Assign(p.Pid()))
		p.body.Exit(0)
		w.ended(p, 0)
		w.in(inner, p.body, true)
	})
}

func TestOBJ09_nothing_is_known_of_numbers_that_are_nobodys(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		p.Exit(0)
		w.in(job, p, true) // a zombie
		p.Reap()
		_, err := job.Contains(p.Pid())
		w.mustBe(err, kernel.ErrProcessExited)
	})
}
