package engine_test

import (
	"testing"
	"time"

	"jobobject/internal/engine"
	"jobobject/internal/fakegroup"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

func class(c kernel.PriorityClass) kernel.Limits { return kernel.Limits{PriorityClass: c} }

// prioritized shows the effective class of processes.
func (w *world) prioritized(want kernel.PriorityClass, processes ...*fakegroup.Process) {
	w.Helper()
	for _, p := range processes {
		w.same(want, p.Attributes().Priority)
	}
}

// hurries has a process take a higher class, as one with the right to can.
func (w *world) hurries(p *fakegroup.Process) {
	w.Helper()
	a := p.Attributes()
	a.Priority = kernel.RealtimePriority
	p.SetAttributes(a)
}

func TestLIM38_a_member_has_the_class_before_it_runs_and_its_children_inherit_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(class(kernel.IdlePriority))
		p := w.start(job)
		w.before("start", "impose", "resume")
		outsider := w.outsider()
		w.must(job.Assign(outsider.Pid()))
		w.prioritized(kernel.IdlePriority, p.body, p.body.Fork(), outsider)
	})
}

// C58
func TestSET08_a_change_of_the_class_reaches_present_members_and_no_other_limit_of_theirs(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(data(64))
		p := w.member(job)
		p.SetAttributes(group.Attributes{Data: 1}) // which it may: that is tighter
		w.must(job.UpdateLimits(func(l *kernel.Limits) { l.PriorityClass = kernel.BelowNormalPriority }))
		w.same(group.Attributes{Data: 1, Priority: kernel.BelowNormalPriority}, p.Attributes())
	})
}

func TestUNC14_members_keep_the_class_that_is_cleared_and_newcomers_have_none(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(class(kernel.IdlePriority))
		p := w.member(job)
		w.must(job.SetLimits(kernel.Limits{}))
		w.prioritized(kernel.IdlePriority, p)
		w.prioritized(0, w.start(job).body)
	})
}

// C31. Numeric order is not the order (LIM-39).
func TestLIM42_the_lowest_class_of_the_chain_holds_and_each_job_reports_its_own(t *testing.T) {
	order := []kernel.PriorityClass{0x40, 0x4000, 0x20, 0x8000, 0x80, 0x100}
	for i, low := range order {
		for _, high := range append(order[i:], 0) {
			for _, pair := range [][2]kernel.PriorityClass{{low, high}, {high, low}} {
				given(t, func(w *world) {
					outer, inner := w.job(class(pair[0])), w.job(class(pair[1]))
					w.prioritized(low, w.member(outer, inner), w.start(inner).body)
					w.limited(outer, class(pair[0]))
					w.limited(inner, class(pair[1])) // NST-32
				})
			}
		}
	}
}

func TestNST33_a_change_of_the_class_around_reaches_the_members_of_child_jobs(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(class(kernel.HighPriority))
		p := w.member(outer, inner)
		w.must(outer.SetLimits(class(kernel.BelowNormalPriority)))
		w.prioritized(kernel.BelowNormalPriority, p)
		w.must(outer.SetLimits(class(kernel.RealtimePriority)))
		w.prioritized(kernel.HighPriority, p)
	})
}

func TestSET06_where_one_member_cannot_have_the_class_the_others_keep_theirs(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p, q := w.start(job), w.start(job)
		w.machine.FailLater("impose", 1)
		w.mustBe(job.SetLimits(class(kernel.IdlePriority)), fakegroup.ErrFault)
		w.prioritized(0, p.body, q.body)
		w.limited(job, kernel.Limits{})
	})
}

func TestUNC24_a_class_that_this_process_may_not_give_is_refused_when_it_is_set(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		for range 2 {
			w.machine.FailWith("can impose", &kernel.NotSupportedError{Feature: "PriorityClass"})
		}
		w.mustNot(kernel.ErrNotSupported, func() error { return job.SetLimits(class(kernel.HighPriority)) })
		w.mustNot(kernel.ErrNotSupported, func() error {
			_, _, err := w.engine.CreateJob("", kernel.CreateOptions{Limits: class(kernel.HighPriority)})
			return err
		})
		w.prioritized(0, p)
		w.limited(job, kernel.Limits{})
	})
}

func TestLIM04_a_member_that_takes_a_higher_class_is_put_back_and_so_are_its_children(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(class(kernel.BelowNormalPriority))
		p, q := w.start(job), w.start(job)
		w.pass(10 * time.Second)
		w.hurries(p.body)
		child := p.body.Fork()
		w.prioritized(kernel.RealtimePriority, p.body, child)
		w.pass(1100 * time.Millisecond)
		w.prioritized(kernel.BelowNormalPriority, p.body, child, q.body)

		w.must(job.SetLimits(kernel.Limits{}))
		w.hurries(p.body)
		w.pass(time.Minute)
		w.prioritized(kernel.RealtimePriority, p.body) // it is its own business now
	})
}

func TestLIM04_a_job_without_members_is_not_looked_at_until_there_is_one(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(class(kernel.IdlePriority))
		w.member(job).Exit(0)
		w.pass(2 * time.Second)
		w.machine.Journal()
		w.pass(time.Hour)
		if journal := w.machine.Journal(); len(journal) > 0 {
			t.Errorf("nobody is there, and it did %q", journal)
		}
		p := w.start(job)
		w.hurries(p.body)
		w.pass(2100 * time.Millisecond)
		w.prioritized(kernel.IdlePriority, p.body)
	})
}

// The outer job is of another process: all that is known of it is what it left with
// its group.
func TestLIM42_a_job_of_another_process_counts_too(t *testing.T) {
	given(t, func(w *world) {
		outer := w.job(class(kernel.IdlePriority))
		w.must(outer.Assign(0))
		other := engine.New(w.machine, w.guard, nil)
		job, _, err := other.CreateJob("", kernel.CreateOptions{Limits: class(kernel.HighPriority)})
		w.must(err)
		defer func() { w.must(job.SetLimits(kernel.Limits{})) }()
		p := w.start(job)
		w.prioritized(kernel.IdlePriority, p.body)
		w.limited(job, class(kernel.HighPriority))
		w.hurries(p.body)
		w.pass(1100 * time.Millisecond)
		w.prioritized(kernel.IdlePriority, p.body)
	})
}

// Against who is in another group the weight of the group counts, not a nice value.
func TestLIM42_the_system_is_told_what_the_class_is_beyond_that_around(t *testing.T) {
	const idle, below, high = kernel.IdlePriority, kernel.BelowNormalPriority, kernel.HighPriority
	for name, c := range map[string]struct {
		outer, inner kernel.PriorityClass
		want         group.Limits
	}{
		"lower":    {below, idle, group.Limits{Priority: idle, PriorityAround: below}},
		"the same": {below, below, group.Limits{}},
		"higher":   {below, high, group.Limits{}},
		"alone":    {0, high, group.Limits{Priority: high}},
		"none":     {below, 0, group.Limits{}},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				outer, inner := w.job(class(c.outer)), w.job(class(c.inner))
				w.member(outer, inner)
				w.heldTo(0, group.Limits{Priority: c.outer})
				w.heldTo(1, c.want)
			})
		})
	}
}

func TestLIM46_a_scheduling_class_is_a_share_relative_to_the_usual_one_or_that_around(t *testing.T) {
	scheduled := func(c uint8) kernel.Limits {
		return kernel.Limits{SchedulingClass: kernel.SchedulingClassOf(c)}
	}
	for name, c := range map[string]struct {
		outer, inner           kernel.Limits
		outerShare, innerShare float64
	}{
		"the usual one":             {scheduled(5), kernel.Limits{}, 0, 0},
		"the least":                 {scheduled(0), kernel.Limits{}, 1. / 6, 0},
		"the most":                  {scheduled(9), kernel.Limits{}, 10. / 6, 0},
		"LIM-47, the outer is less": {scheduled(2), scheduled(8), .5, 0},
		"LIM-47, the inner is less": {scheduled(8), scheduled(2), 1.5, 3. / 9},
		"the inner one alone":       {kernel.Limits{}, scheduled(2), 0, .5},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				outer, inner := w.job(c.outer), w.job(c.inner)
				w.member(outer, inner)
				w.heldTo(0, group.Limits{CPUShare: c.outerShare})
				w.heldTo(1, group.Limits{CPUShare: c.innerShare})
				w.limited(inner, c.inner) // NST-32
				w.must(outer.SetLimits(kernel.Limits{}))
				w.must(outer.SetLimits(c.outer)) // NST-33
				w.heldTo(1, group.Limits{CPUShare: c.innerShare})
			})
		})
	}
}

func TestLIM58_members_end_at_once_when_they_crash_and_keep_that_when_it_is_cleared(t *testing.T) {
	given(t, func(w *world) {
		quiet := kernel.Limits{DieOnUnhandledException: true}
		outer, inner := w.job(), w.job(quiet)
		p := w.member(outer, inner)
		w.same(group.Attributes{NoCrashDump: true}, p.Attributes())
		w.must(inner.SetLimits(kernel.Limits{}))
		w.same(group.Attributes{NoCrashDump: true}, p.Attributes())
		w.same(group.Attributes{}, w.start(inner).body.Attributes())
		w.must(outer.SetLimits(quiet)) // NST-34
		w.same(group.Attributes{NoCrashDump: true}, w.start(inner).body.Attributes())
	})
}
