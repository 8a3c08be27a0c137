package engine_test

import (
	"testing"

	"jobobject/internal/kernel"
)

func atMost(n uint32) kernel.Limits { return kernel.Limits{ActiveProcesses: n} }

// C35
func TestLIM24_a_start_beyond_the_limit_fails_and_starts_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(atMost(2))
		first, second := w.start(job), w.start(job)
		w.mustNot(kernel.ErrQuotaExceeded, func() error {
			_, err := job.Start(program(), kernel.StartOptions{})
			return err
		})
		w.has(job, first.body, second.body)
		w.struck(job, kernel.Strike{Limit: kernel.ActiveProcessesStrike, Refused: 1})
		w.terminated(job, 0)

		first.body.Exit(0)
		w.start(job) // LIM-27: who has ended does not count, waited for or not
	})
}

// D3, C35
func TestASG13_an_assignment_beyond_the_limit_fails_and_ends_the_process(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(atMost(1))
		w.member(job)
		other := w.job()
		p := w.start(other)
		outsider := w.outsider()

		w.mustBe(job.Assign(outsider.Pid()), kernel.ErrQuotaExceeded)
		w.dead(outsider)
		w.counts(job, 2, 1) // ACC-06
		w.terminated(job, 1)
		w.struck(job, kernel.Strike{Limit: kernel.ActiveProcessesStrike, Terminated: 1})

		inner := w.job(atMost(1))
		w.must(inner.Assign(p.Pid()))
		another := w.start(other)
		w.mustBe(inner.Assign(another.Pid()), kernel.ErrQuotaExceeded)
		w.ended(another, kernel.ExitQuota)
	})
}

func TestASG09_assigning_a_member_of_a_full_job_again_changes_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(atMost(1))
		p := w.member(job)
		w.must(job.Assign(p.Pid()))
		w.alive(p)
	})
}

// D3, CPR-13
func TestLIM24_a_fork_beyond_the_limit_is_ended_when_it_is_seen(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(atMost(2))
		p := w.start(job)
		within := p.body.Fork()
		w.machine.LookAround()()
		over := within.Fork()
		w.machine.LookAround()()
		w.dead(over)
		w.alive(p.body, within)
		w.terminated(job, 1)

		within.Exit(0)
		w.machine.LookAround()()
		again := p.body.Fork()
		w.machine.LookAround()()
		w.alive(again)
	})
}

func TestLIM24_who_was_started_is_not_taken_for_who_was_forked(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(atMost(2))
		p := w.start(job)
		handIn := w.machine.LookAround()
		started := w.start(job)
		handIn() // taken before it was started
		forked := p.body.Fork()
		w.machine.LookAround()()
		w.alive(started.body)
		w.dead(forked)
	})
}

func TestLIM28_lowering_the_limit_ends_nobody_and_keeps_newcomers_out(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(atMost(5))
		p := w.start(job)
		second, third := p.body.Fork(), p.body.Fork()
		w.machine.LookAround()()
		w.must(job.SetLimits(atMost(1)))
		w.machine.LookAround()()
		w.alive(p.body, second, third)
		newcomer := p.body.Fork()
		w.machine.LookAround()()
		w.dead(newcomer)

		w.must(job.SetLimits(atMost(4))) // C35: raised, it goes on
		w.start(job)
		w.must(job.SetLimits(kernel.Limits{}))
		free := p.body.Fork()
		w.machine.LookAround()()
		w.alive(free)
	})
}

func TestLIM28_a_limit_that_is_set_late_lets_the_present_members_stay(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		child := p.Fork()
		w.must(job.SetLimits(atMost(1)))
		w.machine.LookAround()()
		w.alive(p, child)
	})
}

func TestACC08_who_dies_slowly_is_counted_once(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(atMost(1))
		p := w.start(job)
		over := p.body.Fork()
		over.Resist()
		for range 3 {
			w.machine.LookAround()()
		}
		w.terminated(job, 1)
		over.Yield()
		w.dead(over)
		w.machine.LookAround()()
		another := p.body.Fork()
		w.machine.LookAround()()
		w.dead(another)
		w.terminated(job, 2)
	})
}

// C31
func TestNST31_the_limit_of_a_job_binds_the_members_of_its_child_jobs(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(atMost(2)), w.job(atMost(100))
		p := w.member(parent, child)
		forked := p.Fork()
		w.machine.LookAround()()
		w.mustNot(kernel.ErrQuotaExceeded, func() error {
			_, err := child.Start(program(), alsoInFrom(parent))
			return err
		})
		over := p.Fork()
		w.machine.LookAround()()
		w.alive(p, forked)
		w.dead(over)
		w.terminated(child, 1)
		w.terminated(parent, 1)
		w.struck(child)
		w.limited(child, atMost(100)) // QRY-08
	})
}

// alsoInFrom is for a start in a child job: nothing more than that job's place is
// needed.
func alsoInFrom(kernel.Job) kernel.StartOptions { return kernel.StartOptions{} }

func (w *world) struck(job kernel.Job, want ...kernel.Strike) {
	w.Helper()
	got, err := job.Strikes()
	w.must(err)
	if len(got) == 0 && len(want) == 0 {
		return
	}
	w.same(want, got)
}

func (w *world) terminated(job kernel.Job, want uint64) {
	w.Helper()
	if got, exact := w.accounting(job).TerminatedProcesses.Get(); !exact || got != want {
		w.Fatalf("ended by limits: %v, want %d", w.accounting(job).TerminatedProcesses, want)
	}
}
