package engine_test

import (
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

const mebibyte = 1 << 20

func data(n uint64) kernel.Limits { return kernel.Limits{ProcessMemory: n * mebibyte} }

// mayHave shows the effective limits of members, in MiB.
func (w *world) mayHave(n uint64, processes ...*fakegroup.Process) {
	w.Helper()
	for _, p := range processes {
		w.same(group.Attributes{Data: n * mebibyte}, p.Attributes())
	}
}

func TestLIM48_a_member_has_its_limit_before_it_runs_and_its_children_inherit_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(data(64))
		p := w.start(job)
		w.before("start", "impose", "resume")
		w.mayHave(64, p.body, p.body.Fork())
		if !p.body.Ran() {
			t.Error("it was not let go")
		}

		q := w.start(job, suspended)
		w.mayHave(64, q.body)
		if q.body.Ran() {
			t.Error("one that is to be suspended was let go")
		}
		outsider := w.outsider()
		w.must(job.Assign(outsider.Pid()))
		w.mayHave(64, outsider)
	})
}

func TestLIM48_a_process_that_cannot_be_limited_is_not_started(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(data(64))
		w.machine.Fail("impose")
		w.mustNot(fakegroup.ErrFault, func() error {
			_, err := job.Start(program(), kernel.StartOptions{})
			return err
		})
		outsider := w.outsider()
		w.machine.Fail("impose")
		w.mustNot(fakegroup.ErrFault, func() error { return job.Assign(outsider.Pid()) })
		w.alive(outsider)
	})
}

func TestLIM48_a_frozen_job_limits_what_is_started_in_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(data(64))
		w.must(job.Freeze())
		p := w.start(job)
		w.mayHave(64, p.body)
	})
}

// C31
func TestLIM54_the_most_restrictive_limit_of_the_chain_holds(t *testing.T) {
	for name, limits := range map[string][2]uint64{"outer": {10, 100}, "inner": {100, 10}, "none outside": {0, 10}} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				outer, inner := w.job(data(limits[0])), w.job(data(limits[1]))
				w.mayHave(10, w.member(outer, inner), w.start(inner).body)
				w.limited(inner, data(limits[1])) // QRY-08
			})
		})
	}
}

// C58
func TestNST33_a_change_reaches_present_members_those_of_child_jobs_too(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(data(50))
		p := w.member(outer, inner)
		child := p.Fork()
		q := w.start(outer)
		w.must(outer.SetLimits(data(20)))
		w.mayHave(20, p, child, q.body)
		w.must(outer.SetLimits(data(80)))
		w.mayHave(50, p, child)
		w.mayHave(80, q.body)
		w.must(outer.SetLimits(kernel.Limits{}))
		w.mayHave(50, p, child)
		w.mayHave(0, q.body)
	})
}

func TestSET06_where_one_member_cannot_be_limited_the_others_are_not(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(data(50))
		p, q := w.start(job), w.start(job)
		w.machine.FailLater("impose", 1)
		w.mustBe(job.SetLimits(data(20)), fakegroup.ErrFault)
		w.mayHave(50, p.body, q.body)
		w.limited(job, data(50))
	})
}

func TestSET08_a_limit_that_is_set_during_a_start_holds_what_is_started(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(data(50))
		release := w.machine.HoldStarts()
		returned := inBackground(func() error {
			_, err := job.Start(program(), kernel.StartOptions{})
			return err
		})
		w.pending(returned)
		w.must(job.SetLimits(data(20)))
		release()
		w.must(<-returned)
		pids, err := job.Processes()
		w.must(err)
		w.mayHave(20, w.numbered(pids[0]))
	})
}
