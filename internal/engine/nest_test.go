package engine_test

import (
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

// nested shows that the chain of a process's jobs has that length.
func (w *world) nested(p *fakegroup.Process, depth int) {
	w.Helper()
	place, err := w.machine.PlaceOf(p.Pid())
	w.must(err)
	if len(place.Jobs) != depth {
		w.Fatalf("process %d is in the jobs %v, want %d of them", p.Pid(), place.Jobs, depth)
	}
}

func TestNST01_jobs_nest(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		p := w.member(outer, inner)
		w.nested(p, 2)
	})
}

func TestNST02_a_job_has_one_parent_for_life(t *testing.T) {
	given(t, func(w *world) {
		parent, child, other := w.job(), w.job(), w.job()
		p := w.member(parent, child)
		p.Exit(0)
		q := w.member(other)
		w.mustNot(kernel.ErrAccessDenied, func() error { return child.Assign(q.Pid()) })
		r := w.member(child)
		w.in(parent, r, true)
		w.nested(r, 2)
	})
}

func TestNST05_a_job_that_was_never_used_becomes_a_child_of_the_processs_job(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(), w.job()
		p := w.member(parent)
		w.must(child.Assign(p.Pid()))
		w.has(parent, p)
		w.has(child, p)
		w.nested(p, 2)
	})
}

func TestNST06_a_job_that_was_used_cannot_become_a_child(t *testing.T) {
	for name, use := range map[string]func(*world, kernel.Job){
		"its member lives": func(w *world, j kernel.Job) { w.member(j) },
		"its member has ended": func(w *world, j kernel.Job) {
			p := w.member(j)
			p.Exit(0)
			p.Reap()
		},
		"it was terminated": func(w *world, j kernel.Job) {
			w.member(j)
			w.must(j.Terminate(1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job, used := w.job(), w.job()
				use(w, used)
				p := w.member(job)
				w.mustNot(kernel.ErrAccessDenied, func() error { return used.Assign(p.Pid()) })
				w.nested(p, 1)
			})
		})
	}
}

func TestNST06_what_came_to_nothing_does_not_use_a_job(t *testing.T) {
	for name, attempt := range map[string]func(*world, kernel.Job) error{
		"a program that is missing": func(_ *world, j kernel.Job) error {
			_, err := j.Start(missing(), kernel.StartOptions{})
			return err
		},
		"a process that has ended": func(w *world, j kernel.Job) error {
			p := w.outsider()
			p.Exit(0)
			return j.Assign(p.Pid())
		},
		"a process that cannot be moved": func(w *world, j kernel.Job) error {
			w.machine.Fail("attach")
			return j.Assign(w.outsider().Pid())
		},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job, parent := w.job(killOnClose), w.job()
				if attempt(w, job) == nil {
					w.Fatal("the attempt succeeded")
				}
				w.nothing()
				w.counts(job, 0, 0)
				w.nested(w.member(parent, job), 2)
			})
		})
	}
}

func TestNST07_a_process_joins_all_jobs_between_its_own_and_the_assigned_one(t *testing.T) {
	given(t, func(w *world) {
		a, b, c := w.job(), w.job(), w.job()
		w.member(a, b, c)
		p := w.member(a)
		w.must(c.Assign(p.Pid()))
		w.in(b, p, true)
		w.in(c, p, true)
		w.counts(a, 2, 2)
		w.counts(b, 2, 2)
		w.counts(c, 2, 2)
	})
}

func TestNST08_a_job_of_another_tree_or_branch_is_refused(t *testing.T) {
	given(t, func(w *world) {
		a, b, c, other := w.job(), w.job(), w.job(), w.job()
		w.member(a, b)
		w.member(other)
		p := w.member(a, c)
		for name, job := range map[string]kernel.Job{"sibling branch": b, "another tree": other} {
			w.Log(name)
			w.mustNot(kernel.ErrAccessDenied, func() error { return job.Assign(p.Pid()) })
		}
	})
}

func TestNST09_an_ancestor_of_the_immediate_job_is_accepted_without_change(t *testing.T) {
	given(t, func(w *world) {
		a, b := w.job(), w.job()
		p := w.member(a, b)
		w.mustNot(nil, func() error { return a.Assign(p.Pid()) })
		w.nested(p, 2)
	})
}

func TestNST11_a_process_of_no_job_joins_the_job_and_all_its_ancestors(t *testing.T) {
	given(t, func(w *world) {
		a, b, c := w.job(), w.job(), w.job()
		w.member(a, b, c)
		p := w.machine.OutsiderAt("/somewhere/else")
		w.must(c.Assign(p.Pid()))
		w.nested(p, 3)
		for _, job := range []kernel.Job{a, b, c} {
			w.in(job, p, true)
			w.counts(job, 2, 2)
		}
	})
}

func TestNST12_a_chain_is_built_from_the_root_down(t *testing.T) {
	given(t, func(w *world) {
		root, leaf := w.job(), w.job()
		p := w.member(leaf)
		w.member(root)
		w.mustNot(kernel.ErrAccessDenied, func() error { return root.Assign(p.Pid()) })
		q := w.member(root)
		w.mustNot(kernel.ErrAccessDenied, func() error { return leaf.Assign(q.Pid()) })
	})
	given(t, func(w *world) {
		root, leaf := w.job(), w.job()
		p := w.member(leaf, root) // in the wrong order they nest the other way round
		w.in(leaf, p, true)
		w.in(root, w.member(leaf), false)
	})
}

func TestNST13_two_processes_of_a_job_in_two_fresh_jobs_make_siblings(t *testing.T) {
	given(t, func(w *world) {
		parent, first, second := w.job(), w.job(), w.job()
		p, q := w.member(parent), w.member(parent)
		w.must(first.Assign(p.Pid()))
		w.must(second.Assign(q.Pid()))
		w.has(parent, p, q)
		w.has(first, p)
		w.has(second, q)
		w.mustNot(kernel.ErrAccessDenied, func() error { return second.Assign(p.Pid()) })
	})
}

func TestNST14_deep_chains_work(t *testing.T) {
	given(t, func(w *world) {
		const depth = 64
		var chain []kernel.Job
		for range depth {
			chain = append(chain, w.job())
		}
		p := w.member(chain...)
		w.nested(p, depth)
		for _, job := range chain {
			w.has(job, p)
		}
		w.must(chain[0].Terminate(1))
		for i := range chain {
			w.close(chain[depth-1-i])
		}
		w.nothing()
	})
}

func TestNST14_what_the_system_cannot_nest_is_told_before_anything_happens(t *testing.T) {
	given(t, func(w *world) {
		job, deeper := w.job(), w.job(killOnClose)
		p := w.member(job)
		w.machine.Fail("make")
		w.mustNot(fakegroup.ErrFault, func() error { return deeper.Assign(p.Pid()) })
		w.must(deeper.Assign(p.Pid()))
	})
}

func TestNST15_of_two_jobs_that_a_process_is_assigned_to_at_once_one_wins(t *testing.T) {
	for range 1000 {
		given(t, func(w *world) {
			jobs := []kernel.Job{w.job(), w.job()}
			for _, job := range jobs {
				w.member(job)
			}
			p := w.outsider()
			var results []chan error
			for _, job := range jobs {
				results = append(results, inBackground(func() error { return job.Assign(p.Pid()) }))
			}
			winners := 0
			for i, result := range results {
				err := <-result
				if err == nil {
					winners++
				} else {
					w.mustBe(err, kernel.ErrAccessDenied)
				}
				w.in(jobs[i], p, err == nil)
				w.counts(jobs[i], 1+w.one(err == nil), 1+w.one(err == nil))
			}
			if winners != 1 {
				w.Fatalf("%d assignments succeeded", winners)
			}
		})
	}
}

func (w *world) one(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}

func TestNST15_of_two_fresh_jobs_the_later_one_nests_in_the_earlier_one(t *testing.T) {
	for range 100 {
		given(t, func(w *world) {
			jobs := []kernel.Job{w.job(), w.job()}
			p := w.outsider()
			first := inBackground(func() error { return jobs[0].Assign(p.Pid()) })
			second := inBackground(func() error { return jobs[1].Assign(p.Pid()) })
			w.must(<-first)
			w.must(<-second)
			w.nested(p, 2)
			w.has(jobs[0], p)
			w.has(jobs[1], p)
		})
	}
}

func TestNST15_one_fresh_job_for_processes_of_two_jobs_nests_in_one_of_them(t *testing.T) {
	for range 100 {
		given(t, func(w *world) {
			a, b, fresh := w.job(), w.job(), w.job()
			p, q := w.member(a), w.member(b)
			first := inBackground(func() error { return fresh.Assign(p.Pid()) })
			second := inBackground(func() error { return fresh.Assign(q.Pid()) })
			errs := []error{<-first, <-second}
			if (errs[0] == nil) == (errs[1] == nil) {
				w.Fatalf("one of them should have won: %v", errs)
			}
			w.in(fresh, p, errs[0] == nil)
			w.in(fresh, q, errs[1] == nil)
		})
	}
}
