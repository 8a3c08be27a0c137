package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"jobobject"
	"jobobject/internal/reaper"
	"jobobject/internal/supervise"
	"jobobject/internal/terminal"
)

// exitKilled is the status of a command that was killed, and the code that the
// members of its job are terminated with.
const exitKilled = 137

// session is a job under way, and what this process does for it.
type session struct {
	options   *runOptions
	job       *jobobject.Job
	mechanism string // that keeps it together
	record    *recording
	modes     *terminal.Modes
	signals   *signals
	reaper    *reaper.Reaper // nil where supervisors reap

	hadChildren bool // before it started any

	main      *jobobject.Process
	mainEnded chan struct{}
	// What came of the main process, once it has ended.
	status jobobject.ExitStatus
	err    error
	// What the limits have done by the end.
	strikes []jobobject.Strike
	notice  *notice // nil where none is to be given
}

// start starts the command. On an error nothing is left of it.
func start(o *runOptions, record *recording) (*session, error) {
	path, err := findProgram(o.command[0])
	if err != nil {
		return nil, err
	}
	hadChildren := hasChildren()
	prepareGuard()
	held, err := jobobject.Mechanism()
	if err != nil {
		dismissGuard()
		return nil, err
	}
	s := &session{
		options: o, mechanism: held, record: record, modes: terminal.Remember(), mainEnded: make(chan struct{}),
		hadChildren: hadChildren,
	}
	s.job, err = jobobject.Create("", o.jobOptions()...)
	if err != nil {
		dismissGuard()
		return nil, err
	}
	if err = record.begin(s.job); err == nil {
		s.notice, err = o.giveNotice(s.job)
	}
	if err == nil {
		err = s.startMain(path)
	}
	if err != nil {
		err = errors.Join(err, s.job.Close())
		s.notice.end()
		dismissGuard()
		return nil, err
	}
	return s, nil
}

func (o *runOptions) jobOptions() []jobobject.Option {
	options := []jobobject.Option{jobobject.WithLimits(o.limits)}
	if o.trace {
		options = append(options, jobobject.WithTracing())
	}
	return options
}

func (s *session) startMain(path string) (err error) {
	if err := reaper.Become(); err != nil {
		return err
	}
	s.signals = listen()
	// The standard files themselves, with nobody in between to copy: so the
	// command has the terminal or the pipe that job was given, and what it leaves
	// behind cannot keep job waiting.
	cmd := &exec.Cmd{Path: path, Args: s.options.command, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	if s.main, err = s.job.Start(cmd); err != nil {
		return explainStart(path, err)
	}
	go s.awaitMain()
	if s.mechanism == jobobject.MechanismCgroup {
		s.reaper = reaper.New(s.main.Pid())
	}
	s.signals.attend(s.main, cmd.Process.Pid, s.reaper)
	return nil
}

func (s *session) awaitMain() {
	s.status, s.err = s.main.Wait()
	close(s.mainEnded)
}

// await returns when the job is over or is to be killed.
func (s *session) await() supervise.Verdict {
	return supervise.Await(s, s.options.rules, s.mainEnded, s.signals.requests)
}

// Tell passes a request to end on to every member. A stopped or frozen one would
// not hear of it before it goes on.
func (s *session) Tell(sig os.Signal) {
	s.record.asked(sig)
	err := s.job.Signal(sig)
	for _, wake := range wakers {
		err = errors.Join(err, s.job.Signal(wake))
	}
	if err = errors.Join(err, s.job.Thaw()); err != nil {
		complain("run: not every process could be told to end: %v; what is left after the grace is killed", err)
	}
}

// WaitEmpty waits for the last member.
func (s *session) WaitEmpty(ctx context.Context) error { return s.job.WaitEmpty(ctx) }

// hasEnded tells whether the main process has.
func (s *session) hasEnded() bool {
	select {
	case <-s.mainEnded:
		return true
	default:
		return false
	}
}

// leave lets the members go on without the job.
func (s *session) leave() error {
	err := s.job.UpdateLimits(func(l *jobobject.Limits) { l.KillOnClose = false })
	if err != nil {
		return fmt.Errorf("leave the remaining processes alone: %w", err)
	}
	return nil
}
