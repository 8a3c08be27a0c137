package engine_test

import (
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

func TestC16_counts_follow_processes(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.counts(job, 0, 0)
		p := w.member(job)
		w.counts(job, 1, 1) // W2
		p.Exit(0)
		w.counts(job, 1, 0) // W3
		w.start(job)
		w.counts(job, 2, 1)
		w.member(job)
		w.counts(job, 3, 2) // W8, TST-04
	})
}

func TestACC06_the_total_is_a_lower_bound_where_nothing_sees_births(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		if _, exact := w.accounting(job).TotalProcesses.Get(); exact {
			w.Error("the total claims to be exact although nobody saw what the member forked")
		}
		children := []*fakegroup.Process{p.Fork(), p.Fork(), p.Fork()}
		w.counts(job, 4, 4)
		for _, child := range children {
			child.Exit(0)
		}
		w.counts(job, 4, 1) // it never falls
		w.member(job)
		w.counts(job, 4, 2)
	})
}

func TestACC06_the_total_of_a_job_that_was_never_used_is_exact(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		_, err := job.Start(missing(), kernel.StartOptions{})
		w.mustBe(err, missing().Err)
		if total, exact := w.accounting(job).TotalProcesses.Get(); total != 0 || !exact {
			w.Errorf("total: %v, want exactly 0", w.accounting(job).TotalProcesses)
		}
	})
}

func TestACC07_active_is_exact_and_counts_the_living(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		q := p.Fork()
		w.has(job, p, q)
		p.Exit(0) // a zombie
		w.has(job, q)
	})
}

func TestACC08_nobody_is_terminated_by_a_limit_where_there_is_none(t *testing.T) {
	given(t, func(w *world) { // W4
		job := w.job(killOnClose)
		w.member(job).Exit(1)
		w.must(w.start(job).Kill())
		w.member(job)
		w.must(job.Terminate(1))
		if n, exact := w.accounting(job).TerminatedProcesses.Get(); n != 0 || !exact {
			w.Errorf("terminated: %v, want exactly 0", w.accounting(job).TerminatedProcesses)
		}
	})
}

func TestNST42_a_process_counts_in_each_newly_joined_job_only(t *testing.T) {
	given(t, func(w *world) {
		a, b, c := w.job(), w.job(), w.job()
		p := w.member(a)
		w.counts(a, 1, 1)
		w.must(b.Assign(p.Pid()))
		w.must(c.Assign(p.Pid()))
		for _, job := range []kernel.Job{a, b, c} {
			w.counts(job, 1, 1)
		}
		q := w.member(a)
		w.must(c.Assign(q.Pid()))
		for _, job := range []kernel.Job{a, b, c} {
			w.counts(job, 2, 2)
		}
	})
}

func TestNST40_usage_is_what_the_group_says(t *testing.T) {
	given(t, func(w *world) {
		w.machine.SetUsage(group.Usage{
			UserTime:       kernel.Exactly(3 * time.Second),
			PeakProcesses:  kernel.AtLeast[uint64](2),
			PageFaults:     kernel.Exactly[uint64](4),
			PeakMemory:     kernel.Exactly[uint64](5),
			ReadOperations: kernel.Exactly[uint64](6), WriteOperations: kernel.Exactly[uint64](7),
			ReadBytes: kernel.Exactly[uint64](8), WriteBytes: kernel.Exactly[uint64](9),
		})
		job := w.job()
		w.member(job)
		got := w.accounting(job)
		for name, figure := range map[string]struct {
			got  interface{ String() string }
			want string
		}{
			"user time":        {got.UserTime, "3s"},
			"kernel time":      {got.KernelTime, "unknown"}, // and not 0
			"peak processes":   {got.PeakProcesses, "at least 2"},
			"page faults":      {got.PageFaults, "4"},
			"peak job memory":  {got.PeakJobMemory, "5"},
			"peak memory":      {got.PeakProcessMemory, "unknown"},
			"read operations":  {got.ReadOperations, "6"},
			"write operations": {got.WriteOperations, "7"},
			"read bytes":       {got.ReadBytes, "8"},
			"write bytes":      {got.WriteBytes, "9"},
		} {
			if figure.got.String() != figure.want {
				w.Errorf("%s: %v, want %s", name, figure.got, figure.want)
			}
		}
	})
}
