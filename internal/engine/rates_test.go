package engine_test

import (
	"testing"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

var slowly = kernel.IORate{ReadBytes: 1 << 20, WriteOperations: 100}

func TestCPU07_a_least_rate_is_the_systems_to_hold_beside_the_highest(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(kernel.Limits{CPURate: 5000}), w.job(kernel.Limits{CPUMinRate: 2500, CPURate: 5000})
		w.member(outer, inner)
		// The least one is a share of what the job around it has, wherever that is a
		// share of, so it needs no more words.
		w.heldTo(1, group.Limits{CPUMinRate: 0.25, CPURate: 0.25})
	})
}

func TestJobMemoryKillsAll_is_the_systems_to_hold(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobMemory: 1 << 20, JobMemoryKillsAll: true})
		w.member(job)
		w.heldTo(0, group.Limits{Memory: 1 << 20, MemoryKillsAll: true})
		w.must(job.UpdateLimits(func(l *kernel.Limits) { l.JobMemoryKillsAll = false }))
		w.heldTo(0, group.Limits{Memory: 1 << 20})
	})
}

// IOR-06
func TestNST35_there_is_one_rate_of_input_and_output_in_a_hierarchy(t *testing.T) {
	rate, other := kernel.Limits{IORate: slowly}, kernel.Limits{IORate: kernel.IORate{WriteBytes: 1}}
	given(t, func(w *world) {
		outer, between, inner, beside := w.job(), w.job(), w.job(), w.job()
		w.member(outer, between, inner)

		w.must(inner.SetLimits(rate))
		w.heldTo(2, group.Limits{IO: slowly})
		w.member(outer, between, beside)
		w.mustNot(kernel.ErrInvalidLimit, func() error { return outer.SetLimits(rate) })
		w.limited(outer, kernel.Limits{})
		w.must(beside.SetLimits(rate)) // is no job around or below
		w.must(inner.SetLimits(other)) // its own is no other
		w.must(inner.SetLimits(kernel.Limits{}))
		w.must(beside.SetLimits(kernel.Limits{}))

		w.must(outer.SetLimits(rate))
		w.mustNot(kernel.ErrInvalidLimit, func() error { return inner.SetLimits(rate) })
		w.heldTo(0, group.Limits{IO: slowly})
		w.heldTo(2, group.Limits{})
		w.limited(inner, kernel.Limits{})
	})
}

// Where two come together by nesting, nothing comes of it.
func TestNST35_a_job_with_a_rate_of_its_own_does_not_nest_in_one_with_a_rate(t *testing.T) {
	given(t, func(w *world) {
		rate := kernel.Limits{IORate: slowly}
		outer, inner := w.job(rate), w.job(rate)
		p := w.member(outer)
		w.mustNot(kernel.ErrInvalidLimit, func() error { return inner.Assign(p.Pid()) })
		w.mustNot(kernel.ErrInvalidLimit, func() error {
			_, err := outer.Start(program(), kernel.StartOptions{AlsoIn: []kernel.Job{inner}})
			return err
		})
		w.alive(p)
		w.same(1, len(w.machine.Groups()))

		w.must(inner.SetLimits(kernel.Limits{}))
		w.must(inner.Assign(p.Pid()))
	})
}
