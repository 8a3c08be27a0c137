package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"jobobject"
	"jobobject/internal/report"
	"jobobject/internal/supervise"
)

// finish ends what is left of the job, notes in the report how it went and
// returns the exit status.
func (s *session) finish(verdict supervise.Verdict, tale *report.Report) (status int, err error) {
	left, err := s.clear(verdict)
	lost, err := s.mend(err)
	left = append(left, lost...)
	s.signals.stop()
	survivors := survivorsIn(err)
	left = addSurvivors(left, survivors)
	if err == nil {
		s.reap(len(left) > 0 && !s.leaves(verdict))
	}
	used, settleErr := s.settle(left, tale)
	err = errors.Join(err, settleErr)
	until := now
	if len(survivors) == 0 {
		lost, closeErr := s.mend(s.job.Close())
		if len(lost) > 0 {
			tale.Left(append(left, lost...))
		}
		err, until = errors.Join(err, closeErr), s.listenUntil(verdict, closeErr)
	} // else the guard goes on where this process has given up
	s.record.conclude(causeOf(verdict.Cause), until)
	dismissGuard()
	if s.hasEnded() {
		s.tidyTerminal(verdict)
		err = errors.Join(err, s.err)
	}
	s.judge(verdict, &tale.Outcome)
	tale.Limited(bounds(s.options.limits, used, s.strikes, tale.Outcome.Limit))
	s.explainStrikes(tale.Limits)
	if err != nil {
		return exitTrouble, err
	}
	return tale.Outcome.ExitCode, nil
}

// settle asks what the limits have done and what was used, and notes what a report
// was asked for.
func (s *session) settle(left []report.Process, tale *report.Report) (used spent, err error) {
	used.wall = time.Since(tale.Started)
	s.strikes, err = s.job.Strikes()
	reports := s.options.report || s.options.reportFile != nil
	if !reports && len(s.strikes) == 0 {
		return used, err
	}
	var usedErr error
	used.Accounting, usedErr = s.job.Accounting()
	if reports { // else what was struck is told without what was used
		tale.Left(left)
		tale.Used(used.Accounting)
		err = errors.Join(err, usedErr)
	}
	return used, err
}

// clear ends the members that are left, or lets them go on, and names them. After
// that the main process has ended, unless there are survivors.
func (s *session) clear(verdict supervise.Verdict) (left []report.Process, err error) {
	left, listErr := s.leftovers()
	if s.leaves(verdict) {
		return left, errors.Join(listErr, s.leave())
	}
	// Nobody is there to make new members where there is none but the main process.
	if len(left) > 0 || listErr != nil || !verdict.MainEnded {
		// That ends those as well who could not be listed, and then it does not
		// matter any more (D10).
		if err := s.job.Terminate(exitKilled); err != nil {
			return left, errors.Join(err, listErr)
		}
		<-s.mainEnded
	}
	return left, nil
}

// leaves tells whether the members may go on. In a job that was to end they may
// not.
func (s *session) leaves(verdict supervise.Verdict) bool { return s.options.keep && !verdict.Told }

// listenUntil is for a job that was to be closed: when the last of its events has
// come.
func (s *session) listenUntil(verdict supervise.Verdict, closeErr error) until {
	switch {
	case closeErr != nil:
		return now
	case s.leaves(verdict):
		return theMainIsGone
	}
	return allIsTold
}

// reap takes the zombies away of those who were orphaned by the end of the others:
// the init process of a container may not do it.
func (s *session) reap(killed bool) {
	if killed {
		s.reaper.Drain()
	} else {
		s.reaper.Reap()
	}
}

// survivorsIn are the members that could not be ended.
func survivorsIn(err error) []jobobject.Survivor {
	var survivors *jobobject.SurvivorsError
	if !errors.As(err, &survivors) {
		return nil
	}
	return survivors.Survivors
}

// addSurvivors adds those that are not among what is left already: the main process
// can be one.
func addSurvivors(left []report.Process, survivors []jobobject.Survivor) []report.Process {
	for _, survivor := range survivors {
		known := func(p report.Process) bool { return p.PID == survivor.Pid }
		if !slices.ContainsFunc(left, known) {
			left = append(left, report.Process{PID: survivor.Pid, Command: survivor.Command})
		}
	}
	return left
}

// tidyTerminal is for a command that could not do it itself.
func (s *session) tidyTerminal(verdict supervise.Verdict) {
	s.modes.Reclaim()
	if _, signaled := s.status.Signal(); signaled || verdict.Told {
		s.modes.Restore()
	}
}

// judge says how the job ended and with which status.
func (s *session) judge(verdict supervise.Verdict, outcome *report.Outcome) {
	outcome.ExitCode = exitTrouble
	signaled := false
	if s.hasEnded() && s.err == nil {
		outcome.ExitCode = s.status.ExitCode()
		if sig, ok := s.status.Signal(); ok {
			name := report.SignalName(sig)
			outcome.Signal, signaled = &name, true
		}
	}
	switch {
	case verdict.Cause == supervise.TimedOut:
		outcome.Reason, outcome.ExitCode = report.Timeout, exitTimeout
	case verdict.Cause == supervise.Interrupted:
		outcome.Reason = report.Interrupted
	case s.endedBy() != "":
		limit := string(s.endedBy())
		outcome.Reason, outcome.Limit, outcome.ExitCode = report.Limit, &limit, exitTimeout
	case signaled:
		outcome.Reason = report.Signaled
	default:
		outcome.Reason = report.Exited
	}
}

// exitTimeout is the status of a job that ran out of time, or of something else.
const exitTimeout = 124

// leftovers names the members other than the main process, as far as it can.
func (s *session) leftovers() (left []report.Process, err error) {
	pids, err := s.job.Processes()
	if err != nil {
		err = fmt.Errorf("look for what is left: %w", err)
	}
	for _, pid := range pids {
		if pid == s.main.Pid() && !s.hasEnded() {
			continue
		}
		if command, alive := commandLine(pid); alive {
			left = append(left, report.Process{PID: pid, Command: command})
		}
	}
	return left, err
}
