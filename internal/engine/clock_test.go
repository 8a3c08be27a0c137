package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

func jobTime(d time.Duration) kernel.Limits     { return kernel.Limits{JobUserTime: d} }
func processTime(d time.Duration) kernel.Limits { return kernel.Limits{ProcessUserTime: d} }

// overshoot is what a limit on user time may be exceeded by on each processor.
const overshoot = 5 * time.Millisecond

// pass lets time go by, and what is due be done.
func (w *world) pass(d time.Duration) {
	w.Helper()
	time.Sleep(d)
	synctest.Wait()
}

// C38
func TestLIM13_the_members_are_ended_when_their_user_time_together_is_used_up(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(jobTime(time.Second))
		first, second := w.start(job), w.start(job)
		first.body.Spin(1)
		second.body.Spin(1)
		w.pass(time.Second/2 - time.Millisecond)
		w.alive(first.body, second.body)
		w.pass(overshoot)
		w.dead(first.body, second.body)
		if over := first.body.Spent() + second.body.Spent() - time.Second; over > fakegroup.Processors*overshoot {
			t.Errorf("the limit was exceeded by %v", over)
		}
		w.ended(first, kernel.ExitQuota) // EOJ-01
		code, terminated, err := job.TerminateCode()
		w.must(err)
		w.same([]any{uint32(kernel.ExitQuota), true}, []any{code, terminated})
		w.terminated(job, 2) // EOJ-07
		w.struck(job, kernel.Strike{Limit: kernel.JobUserTimeStrike, Terminated: 2})
	})
}

// C38: members that have ended already have used their part.
func TestLIM13_the_time_of_members_that_have_ended_counts(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(jobTime(time.Second))
		p := w.start(job)
		child := p.body.Fork()
		child.Spin(1)
		w.pass(900 * time.Millisecond)
		child.Exit(0)
		p.body.Spin(1)
		w.pass(90 * time.Millisecond)
		w.alive(p.body)
		w.pass(20 * time.Millisecond)
		w.dead(p.body)
	})
}

func TestLIM14_what_was_used_before_the_limit_was_set_does_not_count(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job)
		p.body.Spin(1)
		w.pass(5 * time.Second)
		w.must(job.SetLimits(jobTime(time.Second)))
		w.pass(990 * time.Millisecond)
		w.alive(p.body)
		w.pass(20 * time.Millisecond)
		w.dead(p.body)
	})
}

func TestLIM15_setting_the_limit_again_begins_a_new_period(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(jobTime(time.Second))
		p := w.start(job)
		p.body.Spin(1)
		w.pass(900 * time.Millisecond)
		w.must(job.SetLimits(jobTime(time.Second)))
		w.pass(900 * time.Millisecond)
		w.alive(p.body)
		w.pass(200 * time.Millisecond)
		w.dead(p.body)
	})
}

func TestLIM16_other_limits_change_without_a_new_period(t *testing.T) {
	for name, change := range map[string]func(kernel.Job) error{
		"preserved": func(j kernel.Job) error {
			return j.SetLimits(kernel.Limits{PreserveJobTime: true, BreakawayOK: true})
		},
		"updated": func(j kernel.Job) error {
			return j.UpdateLimits(func(l *kernel.Limits) { l.BreakawayOK = true })
		},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job := w.job(jobTime(time.Second))
				p := w.start(job)
				p.body.Spin(1)
				w.pass(900 * time.Millisecond)
				w.must(change(job))
				w.limited(job, kernel.Limits{JobUserTime: time.Second, BreakawayOK: true})
				w.pass(200 * time.Millisecond)
				w.dead(p.body)
			})
		})
	}
}

func TestLIM18_a_set_without_the_limit_drops_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(jobTime(time.Second))
		p := w.start(job)
		p.body.Spin(2)
		w.must(job.SetLimits(kernel.Limits{}))
		w.pass(time.Minute)
		w.alive(p.body)
	})
}

func TestLIM21_preserving_a_limit_that_was_never_set_is_no_limit(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.must(job.SetLimits(kernel.Limits{PreserveJobTime: true}))
		w.limited(job, kernel.Limits{})
	})
}

func TestEOJ02_nobody_joins_after_the_end_of_the_job_time_until_it_is_set_again(t *testing.T) {
	for name, again := range map[string]kernel.Limits{"set again": jobTime(time.Second), "dropped": {}} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job := w.job(jobTime(time.Second))
				p := w.start(job)
				p.body.Spin(2)
				w.pass(time.Second)
				w.dead(p.body)
				w.signaled(job, true) // SIG-02

				_, err := job.Start(program(), kernel.StartOptions{})
				w.mustBe(err, kernel.ErrQuotaExceeded)
				outsider := w.outsider()
				w.mustBe(job.Assign(outsider.Pid()), kernel.ErrQuotaExceeded)
				w.dead(outsider) // ASG-14

				w.must(job.SetLimits(again))
				w.signaled(job, again == kernel.Limits{}) // SIG-06
				q := w.start(job)
				q.body.Spin(1)
				w.pass(900 * time.Millisecond)
				w.alive(q.body)
			})
		})
	}
}

func TestEOJ04_without_a_port_posting_is_terminating(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{JobUserTime: time.Second, EndOfJobTime: kernel.PostAtEndOfJob})
		p := w.start(job)
		p.body.Spin(1)
		w.pass(2 * time.Second)
		w.dead(p.body)
	})
}

// LIM-22, NST-31, NST-40
func TestNST31_the_time_of_child_jobs_counts_for_the_job_around_them(t *testing.T) {
	given(t, func(w *world) {
		parent, child := w.job(jobTime(time.Second)), w.job(jobTime(time.Hour))
		p := w.member(parent, child)
		p.Spin(1)
		w.pass(time.Second + overshoot)
		w.dead(p)
		w.terminated(child, 1)
		w.struck(child)
	})
}

func TestLIM07_a_member_is_ended_when_its_own_user_time_is_used_up_and_the_others_go_on(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(processTime(time.Second))
		spinner, idle := w.start(job), w.start(job)
		spinner.body.Spin(1)
		w.pass(time.Second - time.Millisecond)
		w.alive(spinner.body)
		w.pass(overshoot)
		w.dead(spinner.body)
		w.ended(spinner, kernel.ExitQuota) // LIM-10
		w.alive(idle.body)
		w.terminated(job, 1) // LIM-12
		w.struck(job, kernel.Strike{Limit: kernel.ProcessUserTimeStrike, Terminated: 1})
		w.signaled(job, false) // SIG-10

		later := idle.body.Fork() // LIM-07: future members too
		later.Spin(2)
		w.pass(time.Second/2 + overshoot)
		w.dead(later)
		w.alive(idle.body)
	})
}

func TestLIM11_the_smallest_limit_of_the_chain_ends_the_process(t *testing.T) {
	for name, limits := range map[string][2]time.Duration{"outer": {1, 5}, "inner": {5, 1}} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				outer, inner := w.job(processTime(limits[0]*time.Second)), w.job(processTime(limits[1]*time.Second))
				p := w.member(outer, inner)
				p.Spin(1)
				w.pass(time.Second - time.Millisecond)
				w.alive(p)
				w.pass(overshoot)
				w.dead(p)
			})
		})
	}
}

func TestLIM08_a_job_without_members_is_not_looked_at_and_an_idle_one_rarely(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(jobTime(10 * time.Second))
		p := w.start(job)
		w.machine.Journal()
		w.pass(time.Minute)
		if looks := len(w.machine.Journal()); looks > 2*2*60/10*fakegroup.Processors {
			t.Errorf("an idle job was looked at %d times in a minute", looks)
		}
		p.body.Exit(0)
		w.pass(time.Minute)
		w.machine.Journal()
		w.pass(time.Hour)
		w.same([]string(nil), w.machine.Journal())

		q := w.start(job)
		q.body.Spin(1)
		w.pass(11 * time.Second)
		w.dead(q.body)
	})
}

func TestLIF03_a_job_that_nobody_can_reach_keeps_its_limit_and_goes_when_that_has_ended_its_members(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(jobTime(time.Second))
		p := w.start(job)
		p.body.Spin(1)
		w.close(job)
		w.pass(2 * time.Second)
		w.dead(p.body)
		w.nothing()
	})
}

func TestLIM13_a_system_that_does_not_tell_user_time_cannot_hold_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.member(job)
		w.machine.SetUsage(group.Usage{})
		w.mustNot(kernel.ErrNotSupported, func() error { return job.SetLimits(jobTime(time.Second)) })
		w.limited(job, kernel.Limits{})
	})
}

// signaled tells whether a wait on the job would return at once.
func (w *world) signaled(job kernel.Job, want bool) {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	if got := job.WaitSignaled(ctx) == nil; got != want {
		w.Fatalf("the job is signaled: %v, want %v", got, want)
	}
}
