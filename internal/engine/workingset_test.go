package engine_test

import (
	"testing"
	"time"

	"jobobject/internal/kernel"
)

// working is a working set in MiB.
func working(least, most uint64) kernel.Limits {
	return kernel.Limits{MinWorkingSet: least * mebibyte, MaxWorkingSet: most * mebibyte}
}

func TestLIM01_each_member_is_trimmed_to_the_maximum_and_what_is_less_is_left(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(working(1, 64))
		p, q := w.start(job).body, w.start(job).body
		for range 2 { // LIM-04: more does not stay
			p.Touch(100 * mebibyte)
			q.Touch(3 * mebibyte)
			w.pass(1100 * time.Millisecond)
			w.same([]uint64{64 * mebibyte, 3 * mebibyte}, []uint64{p.Resident(), q.Resident()})
		}
		w.must(job.SetLimits(kernel.Limits{}))
		p.Touch(100 * mebibyte)
		w.pass(time.Minute)
		w.same(uint64(100*mebibyte), p.Resident())
	})
}

// C31
func TestLIM05_the_smallest_working_set_of_the_chain_holds(t *testing.T) {
	for name, pair := range map[string][2]kernel.Limits{"outer": {working(1, 8), working(2, 16)}, "inner": {working(2, 16), working(1, 8)}} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				outer, inner := w.job(pair[0]), w.job(pair[1])
				p := w.member(outer, inner)
				p.Touch(100 * mebibyte)
				w.pass(1100 * time.Millisecond)
				w.same(uint64(8*mebibyte), p.Resident())
				w.limited(inner, pair[1]) // NST-32
			})
		})
	}
}

func TestLIM06_a_working_set_that_this_process_cannot_hold_is_refused(t *testing.T) {
	given(t, func(w *world) {
		w.machine.HoldNothing()
		used := w.job()
		w.member(used)
		for _, job := range []kernel.Job{used, w.job()} {
			w.mustNot(kernel.ErrNotSupported, func() error { return job.SetLimits(working(1, 2)) })
			w.limited(job, kernel.Limits{})
		}
	})
}

func TestLIM01_a_working_set_goes_with_no_memory_of_the_job(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		both := working(1, 2)
		both.JobMemory = mebibyte
		w.mustNot(kernel.ErrNotSupported, func() error { return job.SetLimits(both) })
		w.limited(job, kernel.Limits{})
	})
}
