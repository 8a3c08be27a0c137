package engine_test

import (
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

func (w *world) heldTo(job kernel.Job, want group.Limits) {
	w.Helper()
	ids := w.machine.Groups()
	for _, chain := range ids {
		if got := w.machine.Held(chain[len(chain)-1]); got == want {
			return
		}
	}
	w.Fatalf("no group is held to %+v", want)
}

func TestSET08_the_system_is_told_before_there_is_a_member(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobMemory: 1 << 20, CPUWeight: 9})
		w.start(job)
		w.before("make", "hold", "start")
		w.heldTo(job, group.Limits{Memory: 1 << 20, CPUWeight: 9})
	})
}

func TestSET08_a_limit_is_changed_while_members_run_and_dropped(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		w.must(job.SetLimits(kernel.Limits{JobMemory: 1 << 20}))
		w.heldTo(job, group.Limits{Memory: 1 << 20})
		w.must(job.UpdateLimits(func(l *kernel.Limits) { l.JobMemory = 1 << 30 }))
		w.heldTo(job, group.Limits{Memory: 1 << 30})
		w.must(job.SetLimits(breakawayOK)) // SET-03
		w.heldTo(job, group.Limits{})
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
		w.heldTo(parent, group.Limits{Memory: 1 << 20})
		w.heldTo(child, group.Limits{Memory: 1 << 30})
		w.limited(child, kernel.Limits{JobMemory: 1 << 30})
	})
}

func TestCPU10_a_rate_is_a_share_of_that_of_the_nearest_job_around_it(t *testing.T) {
	given(t, func(w *world) {
		parent, between, child := w.job(kernel.Limits{CPURate: 5000}), w.job(), w.job(kernel.Limits{CPURate: 2500})
		w.member(parent, between, child)
		w.heldTo(parent, group.Limits{CPURate: 0.5})
		w.heldTo(child, group.Limits{CPURate: 0.125})
	})
}

func TestNST33_a_change_of_the_parents_rate_changes_that_of_the_child(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(kernel.Limits{CPURate: 5000}), w.job(kernel.Limits{CPURate: 5000})
		w.member(parent, child)
		w.machine.Journal()

		w.must(parent.SetLimits(kernel.Limits{CPURate: 1000}))
		w.heldTo(child, group.Limits{CPURate: 0.05})
		w.innerFirst(true)
		w.must(parent.SetLimits(kernel.Limits{CPURate: 8000}))
		w.heldTo(child, group.Limits{CPURate: 0.4})
		w.innerFirst(false)
		w.must(parent.SetLimits(kernel.Limits{}))
		w.heldTo(child, group.Limits{CPURate: 0.5})
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
