package main

import (
	"bytes"
	"fmt"
	"os"

	"jobobject/internal/lineage"
	"jobobject/internal/report"
	"jobobject/internal/supervise"
	"jobobject/internal/terminal"
)

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

// tell hands over what was asked for and returns the exit status, which is trouble
// if somebody waits for something in vain.
func tell(tale *report.Report, human bool, sink *report.Sink, record *recording) int {
	status := tale.Outcome.ExitCode
	if human {
		fmt.Fprint(os.Stderr, tale.Text())
	}
	if sink != nil || record != nil {
		letGo() // of readers that do not read
	}
	failures := record.tell(tale)
	if err := writeReport(tale, sink); err != nil {
		failures = append(failures, err)
	}
	for _, err := range failures {
		complain("run: %v; the status of the job was %d", err, tale.Outcome.ExitCode)
		status = exitTrouble
	}
	return status
}

func writeReport(tale *report.Report, sink *report.Sink) error {
	if sink == nil {
		return nil
	}
	content, err := tale.JSON()
	if err == nil {
		err = sink.Write(content)
	}
	if err != nil {
		return fmt.Errorf("write the report file: %w", err)
	}
	return nil
}

// tell ends the recording and hands over what came of it.
func (r *recording) tell(tale *report.Report) (failures []error) {
	if r == nil {
		return nil
	}
	failed := func(what string, err error) {
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", what, err))
		}
	}
	if err := r.finish(); tale.Outcome.Reason != report.StartFailed { // which has been told
		failed("record what happens", err)
	}
	if r.log != nil {
		failed("write the events file", r.log.Close())
	}
	if r.tree && tale.Outcome.Reason != report.StartFailed {
		failed("show the tree", r.story.WriteTree(os.Stderr, width(), r.cause))
	}
	if r.profile != nil {
		failed("write the profile", r.writeProfile(tale.Command))
	}
	return failures
}

func (r *recording) writeProfile(command []string) error {
	var content bytes.Buffer
	if err := r.story.WriteProfile(&content, command, r.cause); err != nil {
		return err
	}
	return r.profile.Write(content.Bytes())
}

// width is that of the terminal, or one that can be read in a file.
func width() int {
	const stderr, otherwise = 2, 120
	if columns, known := terminal.Width(stderr); known {
		return columns
	}
	return otherwise
}

// causeOf says what it means to members that they were ended with the job.
func causeOf(cause supervise.Cause) lineage.Cause {
	switch cause {
	case supervise.TimedOut:
		return lineage.Cause{Asked: "ended by timeout", Killed: "killed by timeout"}
	case supervise.Interrupted:
		return lineage.Cause{Asked: "ended on request", Killed: "killed on request"}
	default:
		return lineage.Cause{Killed: "killed as a leftover"}
	}
}
