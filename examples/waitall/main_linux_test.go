package main

import (
	"errors"
	"os/exec"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// jobWithMember has one process. The test is skipped where there can be none.
func jobWithMember(t *testing.T) *jobobject.Job {
	t.Helper()
	job, err := jobobject.Create("", jobobject.WithLimits(jobobject.Limits{KillOnClose: true}))
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = job.Close() })
	cmd := exec.Command(testkit.Fixture(t), "sleep")
	_, err = job.Start(cmd)
	if errors.Is(err, jobobject.ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	return job
}

// The exercise: whatever comes, the job is what is believed.
func TestAMessageIsAReasonToLookAndNotTheAnswer(t *testing.T) {
	job, ours, others := jobWithMember(t), &key{}, &key{}
	zero := jobobject.Message{ID: jobobject.ActiveProcessZero, Key: ours}
	foreign := jobobject.Message{ID: jobobject.ActiveProcessZero, Key: others}
	lost := jobobject.Message{ID: jobobject.MessageLost, Lost: 3}
	ended := jobobject.Message{ID: jobobject.ExitProcess, Key: ours, Pid: 4711}

	requireOver := func(when string, message jobobject.Message, want bool) {
		t.Helper()
		if over, err := isOver(job, ours, message); err != nil || over != want {
			t.Errorf("%s, %v: over is %v (%v)", when, message, over, err)
		}
	}
	for _, message := range []jobobject.Message{zero, foreign, lost, ended} {
		requireOver("with a process", message, false)
	}
	if err := job.Terminate(0); err != nil {
		t.Fatal(err)
	}
	for message, want := range map[jobobject.Message]bool{zero: true, foreign: false, lost: true, ended: false} {
		requireOver("without", message, want)
	}
}
