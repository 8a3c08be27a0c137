package main

import (
	"errors"
	"fmt"
	"os"

	"jobobject/internal/report"
)

// run runs a command as a job and returns the exit status.
func run(o *runOptions) int {
	tale := report.New(o.command)
	sink, err := openReport(o)
	if err != nil {
		complain("run: %v", err)
		return exitTrouble
	}
	if status, err := runJob(o, tale); err != nil {
		complain("run: %v", err)
		tale.Outcome.ExitCode = status
	}
	if limit := tale.Outcome.Limit; limit != nil {
		complain("run: the job was ended by its limit --%s", *limit)
	}
	tale.Ended()
	return tell(tale, o.report, sink)
}

// openReport finds out before anything is started whether the report can be
// written.
func openReport(o *runOptions) (*report.Sink, error) {
	if o.reportFile == nil {
		return nil, nil
	}
	sink, err := report.Open(*o.reportFile)
	if err != nil {
		return nil, fmt.Errorf("cannot write the report file: %w; name a file in a directory that you can write to", err)
	}
	return sink, nil
}

// tell hands the report over and returns the exit status, which is trouble if
// somebody waits for a report in vain.
func tell(tale *report.Report, human bool, sink *report.Sink) int {
	status := tale.Outcome.ExitCode
	if human {
		fmt.Fprint(os.Stderr, tale.Text())
	}
	if sink == nil {
		return status
	}
	content, err := tale.JSON()
	if err == nil {
		letGo() // of a reader that does not read
		err = sink.Write(content)
	}
	if err != nil {
		complain("run: write the report file: %v; the status of the job was %d", err, status)
		return exitTrouble
	}
	return status
}

// runJob notes in the report how the job went. An error comes with the status that
// it calls for.
func runJob(o *runOptions, tale *report.Report) (status int, err error) {
	s, err := start(o)
	if err != nil {
		tale.Outcome.Reason = report.StartFailed
		return statusOf(err), err
	}
	tale.HeldBy("cgroup")
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
