package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

// scene is what an operation is tried on: jobs, one of which is used and has a
// child job, and processes.
type scene struct {
	*world
	used, child, fresh, spare kernel.Job
	member                    *fakegroup.Process
	started                   *started
	outsider                  *fakegroup.Process
}

func (w *world) scene() *scene {
	w.Helper()
	s := &scene{
		world: w,
		used:  w.job(killOnClose), child: w.job(), fresh: w.job(killOnClose), spare: w.job(killOnClose),
	}
	s.started = w.start(s.used)
	s.member = w.member(s.used, s.child)
	s.outsider = w.outsider()
	return s
}

// attempts are operations that use the machine. What each of them is for holds
// afterwards if it succeeds, be it at the second try.
var attempts = map[string]struct {
	given func(*scene)
	do    func(*scene) error
	then  func(*scene)
	half  bool // where it fails, some of it may have happened
}{
	"assign to a fresh job": {
		do:   func(s *scene) error { return s.fresh.Assign(s.outsider.Pid()) },
		then: func(s *scene) { s.has(s.fresh, s.outsider) },
	},
	"nest a fresh job": {
		do:   func(s *scene) error { return s.fresh.Assign(s.member.Pid()) },
		then: func(s *scene) { s.nested(s.member, 3) },
	},
	"assign to a used job": {
		do:   func(s *scene) error { return s.child.Assign(s.outsider.Pid()) },
		then: func(s *scene) { s.nested(s.outsider, 2) },
	},
	"assign to a job that was terminated": {
		given: func(s *scene) { s.must(s.used.Terminate(1)) },
		do:    func(s *scene) error { return s.used.Assign(s.outsider.Pid()) },
		then:  func(s *scene) { s.has(s.used, s.outsider) },
	},
	"assign to a silent job": {
		given: func(s *scene) { s.must(s.fresh.SetLimits(silentBreakaway)) },
		do:    func(s *scene) error { return s.fresh.Assign(s.outsider.Pid()) },
		then:  func(s *scene) { s.machine.LookAround()(); s.has(s.fresh, s.outsider) },
	},
	"assign to a fresh frozen job": {
		given: func(s *scene) { s.must(s.fresh.Freeze()) },
		do:    func(s *scene) error { return s.fresh.Assign(s.outsider.Pid()) },
		then:  func(s *scene) { s.frozen(true, s.outsider) },
	},
	"start in a fresh job": {
		do:   func(s *scene) error { _, err := s.fresh.Start(program(), kernel.StartOptions{}); return err },
		then: func(s *scene) { s.counts(s.fresh, 1, 1) },
	},
	"start in a used job": {
		do:   func(s *scene) error { _, err := s.used.Start(program(), suspended); return err },
		then: func(s *scene) { s.counts(s.used, 3, 3) },
	},
	"start in a job that was terminated": {
		given: func(s *scene) { s.must(s.used.Terminate(1)) },
		do:    func(s *scene) error { _, err := s.child.Start(program(), kernel.StartOptions{}); return err },
		then:  func(s *scene) { s.counts(s.child, 2, 1) },
	},
	"start in a list": {
		do:   func(s *scene) error { _, err := s.used.Start(program(), alsoIn(s.fresh, s.spare)); return err },
		then: func(s *scene) { s.counts(s.fresh, 1, 1); s.counts(s.spare, 1, 1) },
	},
	"start with breakaway": {
		given: func(s *scene) {
			s.must(s.used.SetLimits(breakawayOK))
			s.must(s.used.Assign(0))
		},
		do:   func(s *scene) error { _, err := s.fresh.Start(program(), breakaway); return err },
		then: func(s *scene) { s.counts(s.fresh, 1, 1); s.counts(s.used, 3, 3) },
	},
	"start outside": {
		given: func(s *scene) {
			s.must(s.child.SetLimits(breakawayOK))
			s.must(s.child.Assign(0))
		},
		do:   func(s *scene) error { _, err := s.engine.StartOutside(program(), kernel.StartOptions{}); return err },
		then: func(s *scene) { s.counts(s.used, 4, 4); s.counts(s.child, 2, 2) },
	},
	"start of nothing in a list": {
		do: func(s *scene) error {
			_, err := s.fresh.Start(missing(), alsoIn(s.spare))
			if errors.Is(err, missing().Err) && !errors.Is(err, fakegroup.ErrFault) {
				return nil
			}
			return err
		},
		then: func(s *scene) { s.counts(s.fresh, 0, 0) },
	},
	"start in a frozen job": {
		given: func(s *scene) { s.must(s.used.Freeze()) },
		do:    func(s *scene) error { _, err := s.child.Start(program(), kernel.StartOptions{}); return err },
		then:  func(s *scene) { s.counts(s.child, 2, 2) },
	},
	"freeze": {
		do:   func(s *scene) error { return s.used.Freeze() },
		then: func(s *scene) { s.frozen(true, s.member, s.started.body) },
	},
	"thaw": {
		given: func(s *scene) { s.must(s.used.Freeze()) },
		do:    func(s *scene) error { return s.used.Thaw() },
		then:  func(s *scene) { s.frozen(false, s.member, s.started.body) },
	},
	"clear the limits": {
		do:   func(s *scene) error { return s.used.SetLimits(kernel.Limits{}) },
		then: func(s *scene) { s.guarded(false) },
	},
	"set limits": {
		do: func(s *scene) error {
			return s.child.SetLimits(kernel.Limits{KillOnClose: true, SilentBreakawayOK: true})
		},
		then: func(s *scene) {
			s.close(s.child)
			s.dead(s.member)
		},
	},
	"terminate": {
		do: func(s *scene) error { return s.used.Terminate(7) },
		then: func(s *scene) {
			s.dead(s.member, s.started.body)
			s.ended(s.started, 7)
			s.isSignaled(s.child, true)
		},
	},
	"terminate with a member outside": {
		given: func(s *scene) { s.started.body.Leave("/outside") },
		do:    func(s *scene) error { return s.used.Terminate(7) },
		then:  func(s *scene) { s.dead(s.member, s.started.body) },
		half:  true,
	},
	"associate": {
		do: func(s *scene) error { return s.used.Associate(s.mailbox(), nil) },
		then: func(s *scene) {
			s.traced(1)
			s.mustBe(s.used.Associate(s.mailbox(), nil), kernel.ErrAlreadyAssociated)
		},
	},
	"dissociate": {
		given: func(s *scene) { s.listen(s.used) },
		do:    func(s *scene) error { return s.used.Dissociate() },
		then:  func(s *scene) { s.traced(0) },
	},
	"events": {
		do:   func(s *scene) error { _, err := s.used.Events(); return err },
		then: func(s *scene) { s.traced(1) },
	},
	"start in a fresh job with a port": {
		given: func(s *scene) { s.listen(s.fresh) },
		do:    func(s *scene) error { _, err := s.fresh.Start(program(), kernel.StartOptions{}); return err },
		then:  func(s *scene) { s.counts(s.fresh, 1, 1); s.traced(1) },
	},
	"terminate with a port": {
		given: func(s *scene) { s.listen(s.used) },
		do:    func(s *scene) error { return s.used.Terminate(7) },
		then:  func(s *scene) { s.dead(s.member, s.started.body) },
	},
	"list":      {do: func(s *scene) error { _, err := s.used.Processes(); return err }},
	"look":      {do: func(s *scene) error { _, err := s.used.Contains(s.member.Pid()); return err }},
	"count":     {do: func(s *scene) error { _, err := s.used.Accounting(); return err }},
	"signal":    {do: func(s *scene) error { return s.used.Signal(syscall.SIGTERM) }},
	"current":   {given: func(s *scene) { s.must(s.child.Assign(0)) }, do: func(s *scene) error { _, err := s.engine.CurrentJob(); return err }},
	"wait":      {given: func(s *scene) { s.must(s.used.Terminate(1)) }, do: func(s *scene) error { return s.used.WaitEmpty(s.Context()) }},
	"duplicate": {do: func(s *scene) error { _, err := s.used.Duplicate(); return err }},
}

func TestC56_whatever_fails_leaves_everything_as_it_was(t *testing.T) {
	for name, attempt := range attempts {
		t.Run(name, func(t *testing.T) {
			for calls := 0; ; calls++ {
				var fault *fakegroup.Fault
				given(t, func(w *world) {
					s := w.scene()
					if attempt.given != nil {
						attempt.given(s)
					}
					before := s.state()
					fault = w.machine.FailAfter(calls)
					err := attempt.do(s)
					w.machine.Mend()
					w.Logf("call %q fails: %v", fault.Happened(), err)
					if err != nil {
						w.mustBe(err, fakegroup.ErrFault)
						if strings.HasPrefix(fault.Happened(), "remove ") {
							w.closeAnother() // the second thing that went wrong is made good later
						}
						if !attempt.half {
							w.same(before, s.state())
						}
						w.must(attempt.do(s))
					}
					if attempt.then != nil {
						attempt.then(s)
					}
				})
				if t.Failed() {
					return
				}
				if fault.Happened() == "" { // that was more than there are
					break
				}
			}
		})
	}
}

// state is all that can be seen of the machine and of the jobs.
func (s *scene) state() []string {
	s.Helper()
	var lines []string
	for i, job := range []kernel.Job{s.used, s.child, s.fresh, s.spare} {
		limits, err := job.Limits()
		s.must(err)
		over, cancel := context.WithCancel(s.Context())
		cancel()
		figures := s.accounting(job)
		lines = append(lines, fmt.Sprintf("job %d: %+v, total %v, active %v, signaled %v",
			i, limits, figures.TotalProcesses, figures.ActiveProcesses, job.WaitSignaled(over) == nil))
	}
	return append(lines, s.machine.Snapshot()...)
}

func TestC56_a_close_that_cannot_remove_the_group_tells_and_the_next_one_does_it(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		p := w.member(job)
		w.machine.Fail("remove")
		w.mustBe(job.Close(), fakegroup.ErrFault)
		w.dead(p)
		w.mustBe(job.Close(), kernel.ErrClosed)
		w.same(1, len(w.guard.Watched())) // should this process die before, the guard does it
		w.closeAnother()
		w.nothing()
	})
}

func TestC56_a_close_that_cannot_kill_tells_and_leaves_the_members_to_the_guard(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(killOnClose)
		p := w.member(job)
		w.machine.Fail("end")
		w.mustBe(job.Close(), fakegroup.ErrFault)
		w.alive(p)
		w.guarded(true)
	})
}
