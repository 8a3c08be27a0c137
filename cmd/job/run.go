package main

import (
	"errors"

	"jobobject/internal/report"
)

// run runs a command as a job and returns the exit status.
func run(o *runOptions) int {
	tale := report.New(o.command)
	sink, err := openReport(o)
	var record *recording
	if err == nil {
		record, err = openRecording(o)
	}
	if err != nil {
		complain("run: %v", err)
		return exitTrouble
	}
	if status, err := runJob(o, tale, record); err != nil {
		complain("run: %v", err)
		tale.Outcome.ExitCode = status
	}
	tale.Ended()
	return tell(tale, o.report, sink, record)
}

// runJob notes in the report how the job went. An error comes with the status that
// it calls for.
func runJob(o *runOptions, tale *report.Report, record *recording) (status int, err error) {
	s, err := start(o, record)
	if err != nil {
		tale.Outcome.Reason = report.StartFailed
		return statusOf(err), err
	}
	tale.HeldBy(s.mechanism)
	return s.finish(s.await(), tale)
}

// startError is a start that failed for a reason that has a status of its own.
type startError struct {
	status int
	err    error
}

func (e *startError) Error() string { return e.err.Error() }

func (e *startError) Unwrap() error { return e.err }

func statusOf(err error) int {
	var failed *startError
	if errors.As(err, &failed) {
		return failed.status
	}
	return exitTrouble
}
