package engine_test

import (
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestSET03_a_limit_set_replaces_all(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{KillOnClose: true, BreakawayOK: true})
		w.must(job.SetLimits(silentBreakaway))
		limits, err := job.Limits()
		w.must(err)
		w.same(silentBreakaway, limits)
	})
}

func TestC58_an_update_changes_what_it_changes(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		w.member(job)
		w.must(job.UpdateLimits(func(l *kernel.Limits) { l.BreakawayOK = true }))
		limits, err := job.Limits()
		w.must(err)
		w.same(kernel.Limits{KillOnClose: true, BreakawayOK: true}, limits)
	})
}

func TestQRY08_limits_are_the_jobs_own_and_not_those_of_its_chain(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(breakawayOK), w.job(killOnClose)
		w.member(parent, child)
		limits, err := child.Limits()
		w.must(err)
		w.same(killOnClose, limits)
	})
}

func TestLIM62_the_guard_hears_of_a_group_before_it_is_made_and_forgets_it_when_it_is_gone(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		p := w.member(job)
		w.before("watch", "make", "attach")
		w.same(1, len(w.guard.Watched()))
		w.close(job)
		w.dead(p)
		w.before("end", "remove", "forget")
		w.nothing()
	})
}

func TestLIM62_the_guard_hears_of_a_started_process_before_it_is_born(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		w.start(job)
		w.before("watch", "make", "start")
	})
}

func TestLIM62_the_guard_is_left_alone_by_jobs_that_do_not_kill_on_close(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(breakawayOK)
		w.member(job)
		w.must(job.SetLimits(silentBreakaway))
		w.same(0, len(w.guard.Watched()))
		w.must(job.Terminate(1))
		w.close(job)
	})
}

func TestLIM64_the_flag_can_be_set_and_cleared_at_any_time(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.must(job.SetLimits(killOnClose)) // before there is a group
		w.must(job.SetLimits(kernel.Limits{}))
		p := w.member(job)
		w.same(0, len(w.guard.Watched()))

		w.machine.Journal()
		w.must(job.SetLimits(killOnClose))
		w.before("watch", "set state")
		w.same(1, len(w.guard.Watched()))

		w.must(job.SetLimits(kernel.Limits{}))
		w.before("set state", "forget")
		w.same(0, len(w.guard.Watched()))
		w.close(job)
		w.alive(p)
	})
}

func TestLIM64_the_flag_at_the_last_close_counts(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		second, err := job.Duplicate()
		w.must(err)
		p := w.member(job)
		w.must(job.SetLimits(killOnClose))
		w.close(job)
		w.alive(p)
		w.close(second)
		w.dead(p)
		w.nothing()
	})
}

func TestLIM64_a_change_that_fails_leaves_the_flag_the_group_and_the_guard_as_they_were(t *testing.T) {
	for name, change := range map[string]struct{ from, to kernel.Limits }{
		"set":                        {kernel.Limits{}, killOnClose},
		"clear":                      {killOnClose, kernel.Limits{}},
		"keep":                       {killOnClose, kernel.Limits{KillOnClose: true, BreakawayOK: true}},
		"never had":                  {breakawayOK, kernel.Limits{}},
		"silence begins":             {killOnClose, silentBreakaway},
		"silence ends":               {silentBreakaway, killOnClose},
		"silence and kill on close":  {kernel.Limits{}, kernel.Limits{KillOnClose: true, SilentBreakawayOK: true}},
		"neither silence nor killed": {kernel.Limits{KillOnClose: true, SilentBreakawayOK: true}, kernel.Limits{}},
	} {
		for _, call := range []string{"watch", "set state", "members"} {
			t.Run(name+", "+call+" fails", func(t *testing.T) {
				given(t, func(w *world) {
					job := w.job(change.from)
					p := w.member(job)
					before := w.machine.Snapshot()
					fault := w.machine.Fail(call)
					err := job.SetLimits(change.to)
					want := change.to
					if fault.Happened() != "" {
						w.mustBe(err, fakegroup.ErrFault)
						w.same(before, w.machine.Snapshot())
						want = change.from
					}
					w.machine.Mend()
					limits, limitsErr := job.Limits()
					w.must(limitsErr)
					w.same(want, limits)
					w.guarded(limits.KillOnClose)

					child := p.Fork()
					w.machine.LookAround()()
					w.in(job, child, !limits.SilentBreakawayOK)
				})
			})
		}
	}
}

func (w *world) guarded(want bool) {
	w.Helper()
	if got := len(w.guard.Watched()) == 1; got != want {
		w.Fatalf("the guard watches: %v, want %v", got, want)
	}
}
