package engine_test

import (
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// heldTo shows what the system holds a job to, the outermost one with depth 0. There
// is one on each level.
func (w *world) heldTo(depth int, want group.Limits) {
	w.Helper()
	for _, chain := range w.machine.Groups() {
		if len(chain) == depth+1 {
			w.same(want, w.machine.Held(chain[depth]))
			return
		}
	}
	w.Fatalf("no group is %d deep", depth)
}

func TestSET08_the_system_is_told_before_there_is_a_member(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobMemory: 1 << 20, CPUWeight: 9})
		w.start(job)
		w.before("make", "hold", "start")
		w.heldTo(0, group.Limits{Memory: 1 << 20, CPUWeight: 9})
	})
}

func TestSET08_a_limit_is_changed_while_members_run_and_dropped(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		w.must(job.SetLimits(kernel.Limits{JobMemory: 1 << 20}))
		w.heldTo(0, group.Limits{Memory: 1 << 20})
		w.must(job.UpdateLimits(func(l *kernel.Limits) { l.JobMemory = 1 << 30 }))
		w.heldTo(0, group.Limits{Memory: 1 << 30})
		w.must(job.SetLimits(breakawayOK)) // SET-03
		w.heldTo(0, group.Limits{})
		w.alive(p)
	})
}

func TestSET06_what_this_host_cannot_hold_is_refused_when_it_is_set(t *testing.T) {
	given(t, func(w *world) {
		w.machine.HoldNothing()
		unused, used := w.job(), w.job(breakawayOK)
		w.member(used)
		memory := kernel.Limits{JobMemory: 1 << 20, KillOnClose: true}
		w.mustNot(kernel.ErrNotSupported, func() error { return unused.SetLimits(memory) })
		w.mustNot(kernel.ErrNotSupported, func() error { return used.SetLimits(memory) })
		w.mustNot(kernel.ErrNotSupported, func() error {
			_, _, err := w.engine.CreateJob("", kernel.CreateOptions{Limits: memory})
			return err
		})
		w.limited(unused, kernel.Limits{})
		w.limited(used, breakawayOK)
	})
}

func TestSET06_a_job_whose_limits_fail_when_it_gets_its_place_gets_none_and_starts_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobMemory: 1 << 20, KillOnClose: true})
		w.machine.Fail("hold")
		w.mustNot(fakegroup.ErrFault, func() error {
			_, err := job.Start(program(), kernel.StartOptions{})
			return err
		})
		w.nothing()
		w.start(job)
	})
}

func TestSET06_a_change_that_fails_later_leaves_what_was_held(t *testing.T) {
	for _, call := range []string{"hold", "set state", "members", "usage"} {
		t.Run(call, func(t *testing.T) {
			given(t, func(w *world) {
				before := kernel.Limits{JobMemory: 1 << 20, CPURate: 5000}
				job := w.job(before)
				w.member(job)
				snapshot := w.machine.Snapshot()
				fault := w.machine.Fail(call)
				err := job.SetLimits(kernel.Limits{JobMemory: 1 << 30, CPUWeight: 2, ActiveProcesses: 3, JobUserTime: 1e9, KillOnClose: true})
				if fault.Happened() == "" {
					t.Fatalf("%s was never called", call)
				}
				w.mustBe(err, fakegroup.ErrFault)
				w.same(snapshot, w.machine.Snapshot())
				w.limited(job, before)
			})
		})
	}
}

// C31
func TestNST32_a_looser_limit_of_a_child_is_kept_and_the_system_holds_both(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(kernel.Limits{JobMemory: 1 << 20}), w.job(kernel.Limits{JobMemory: 1 << 30})
		w.member(parent, child)
		w.heldTo(0, group.Limits{Memory: 1 << 20})
		w.heldTo(1, group.Limits{Memory: 1 << 30})
		w.limited(child, kernel.Limits{JobMemory: 1 << 30})
	})
}

func TestCPU10_a_rate_is_a_share_of_that_of_the_nearest_job_around_it(t *testing.T) {
	given(t, func(w *world) {
		parent, between, child := w.job(kernel.Limits{CPURate: 5000}), w.job(), w.job(kernel.Limits{CPURate: 2500})
		w.member(parent, between, child)
		w.heldTo(0, group.Limits{CPURate: 0.5})
		w.heldTo(2, group.Limits{CPURate: 0.125})
	})
}

func TestNST33_a_change_of_the_parents_rate_changes_that_of_the_child(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(kernel.Limits{CPURate: 5000}), w.job(kernel.Limits{CPURate: 5000})
		w.member(parent, child)
		w.machine.Journal()

		w.must(parent.SetLimits(kernel.Limits{CPURate: 1000}))
		w.heldTo(1, group.Limits{CPURate: 0.05})
		w.innerFirst(true)
		w.must(parent.SetLimits(kernel.Limits{CPURate: 8000}))
		w.heldTo(1, group.Limits{CPURate: 0.4})
		w.innerFirst(false)
		w.must(parent.SetLimits(kernel.Limits{}))
		w.heldTo(1, group.Limits{CPURate: 0.5})
	})
}

// innerFirst shows in which order the system was told: at no time has a job a
// higher rate than the one around it.
func (w *world) innerFirst(want bool) {
	w.Helper()
	var lengths []int
	for _, line := range w.machine.Journal() {
		if len(line) > 5 && line[:5] == "hold " {
			lengths = append(lengths, len(line))
		}
	}
	if len(lengths) != 2 || (lengths[0] > lengths[1]) != want {
		w.Fatalf("the groups were told in the wrong order, or not both: %v", lengths)
	}
}

// C31
func TestLIM34_an_affinity_is_cut_to_that_of_the_jobs_around(t *testing.T) {
	for name, c := range map[string]struct{ outer, inner, effective uint64 }{
		"a superset": {1, 3, 1},
		"a subset":   {3, 2, 2},
		"none in it": {1, 2, 1},
		"none":       {1, 0, 0}, // the system holds the outer one
		"alone":      {0, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				outer, inner := w.job(kernel.Limits{Affinity: c.outer}), w.job(kernel.Limits{Affinity: c.inner})
				w.member(outer, inner)
				w.heldTo(1, group.Limits{Processors: c.effective})
				w.limited(inner, kernel.Limits{Affinity: c.inner}) // QRY-08
			})
		})
	}
}

func TestNST33_the_affinity_of_a_child_follows_that_of_its_parent(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(kernel.Limits{Affinity: 3})
		w.member(outer, inner)
		w.machine.Journal()
		w.must(outer.SetLimits(kernel.Limits{Affinity: 2}))
		w.innerFirst(true)
		w.heldTo(1, group.Limits{Processors: 2})
		w.must(outer.SetLimits(kernel.Limits{}))
		w.innerFirst(false)
		w.heldTo(1, group.Limits{Processors: 3})
	})
}
