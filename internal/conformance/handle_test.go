//go:build linux

package conformance

import (
	"context"
	"os"
	"os/exec"
	"reflect"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// methods are all that can be done to a job, by name, so that none is forgotten.
var methods = map[string]func(t *testing.T, job *jobobject.Job) error{
	"Start": func(t *testing.T, job *jobobject.Job) error {
		_, err := job.Start(testkit.FixtureCommand(t, "sleep"))
		return err
	},
	"Assign":       func(_ *testing.T, job *jobobject.Job) error { return job.Assign(0) },
	"Contains":     func(_ *testing.T, job *jobobject.Job) error { _, err := job.Contains(0); return err },
	"Processes":    func(_ *testing.T, job *jobobject.Job) error { _, err := job.Processes(); return err },
	"Signal":       func(_ *testing.T, job *jobobject.Job) error { return job.Signal(os.Kill) },
	"Terminate":    func(_ *testing.T, job *jobobject.Job) error { return job.Terminate(1) },
	"SetLimits":    func(_ *testing.T, job *jobobject.Job) error { return job.SetLimits(jobobject.Limits{}) },
	"Limits":       func(_ *testing.T, job *jobobject.Job) error { _, err := job.Limits(); return err },
	"Accounting":   func(_ *testing.T, job *jobobject.Job) error { _, err := job.Accounting(); return err },
	"Strikes":      func(_ *testing.T, job *jobobject.Job) error { _, err := job.Strikes(); return err },
	"Escapes":      func(_ *testing.T, job *jobobject.Job) error { _, err := job.Escapes(); return err },
	"WaitEmpty":    func(t *testing.T, job *jobobject.Job) error { return job.WaitEmpty(t.Context()) },
	"WaitSignaled": func(t *testing.T, job *jobobject.Job) error { return job.WaitSignaled(t.Context()) },
	"Freeze":       func(_ *testing.T, job *jobobject.Job) error { return job.Freeze() },
	"Thaw":         func(_ *testing.T, job *jobobject.Job) error { return job.Thaw() },
	"Associate":    func(_ *testing.T, job *jobobject.Job) error { return job.Associate(jobobject.NewPort(), nil) },
	"Dissociate":   func(_ *testing.T, job *jobobject.Job) error { return job.Dissociate() },
	"Events": func(t *testing.T, job *jobobject.Job) error {
		for _, err := range job.Events(t.Context()) {
			return err
		}
		return nil
	},
	"Duplicate": func(_ *testing.T, job *jobobject.Job) error { _, err := job.Duplicate(); return err },
	"Close":     func(_ *testing.T, job *jobobject.Job) error { return job.Close() },
	"SetNotificationLimits": func(_ *testing.T, job *jobobject.Job) error {
		return job.SetNotificationLimits(jobobject.NotificationLimits{})
	},
	"NotificationLimits": func(_ *testing.T, job *jobobject.Job) error {
		_, err := job.NotificationLimits()
		return err
	},
	"Violations": func(_ *testing.T, job *jobobject.Job) error {
		_, err := job.Violations()
		return err
	},
	"TerminateCode": func(_ *testing.T, job *jobobject.Job) error {
		_, _, err := job.TerminateCode()
		return err
	},
	"UpdateLimits": func(t *testing.T, job *jobobject.Job) error {
		return job.UpdateLimits(func(*jobobject.Limits) { t.Error("the change was asked for") })
	},
}

func TestC60_every_method_of_a_handle_that_is_none_says_closed(t *testing.T) {
	testkit.NoLeaks(t)
	closed := newJob(t)
	requireNoError(t, closed.Close())
	used := newJob(t, killOnClose)
	given(t, used, "sleep")
	requireNoError(t, used.Close())

	for kind, job := range map[string]*jobobject.Job{
		"nil": nil, "zero": new(jobobject.Job), "closed": closed, "closed after use": used,
	} {
		for name, call := range methods {
			t.Run(kind+" "+name, func(t *testing.T) { requireErrorIs(t, call(t, job), jobobject.ErrClosed) })
		}
	}
}

func TestC60_no_method_is_forgotten(t *testing.T) {
	job := reflect.TypeFor[*jobobject.Job]()
	for i := range job.NumMethod() {
		name := job.Method(i).Name
		if methods[name] == nil && name != "Existed" { // that one cannot fail
			t.Errorf("%s is not tried on a closed handle", name)
		}
	}
}

func TestATT03_a_job_in_a_start_list_that_is_none_fails_the_start(t *testing.T) {
	closed := newJob(t)
	requireNoError(t, closed.Close())
	for name, bad := range map[string]*jobobject.Job{"nil": nil, "zero": new(jobobject.Job), "closed": closed} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t)
			cmd, tree := command(t, "sleep")
			_, err := job.Start(cmd, jobobject.AlsoIn(bad))
			requireErrorIs(t, err, jobobject.ErrClosed)
			tree.requireGone(t, atOnce)
			requireProcesses(t, job)
		})
	}
}

func TestC60_methods_of_a_process_that_is_none_fail(t *testing.T) {
	for name, process := range map[string]*jobobject.Process{"nil": nil, "zero": new(jobobject.Process)} {
		t.Run(name, func(t *testing.T) {
			_, err := process.Wait()
			for what, err := range map[string]error{
				"Wait": err, "Resume": process.Resume(), "Kill": process.Kill(), "Signal": process.Signal(os.Kill),
			} {
				if err == nil {
					t.Errorf("%s succeeded", what)
				}
			}
			if pid := process.Pid(); pid != 0 {
				t.Errorf("its pid is %d", pid)
			}
		})
	}
}

func TestC60_a_wait_ends_when_its_handle_is_closed(t *testing.T) {
	for name, wait := range map[string]func(*jobobject.Job, context.Context) error{
		"WaitEmpty": (*jobobject.Job).WaitEmpty, "WaitSignaled": (*jobobject.Job).WaitSignaled,
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t)
			other := duplicate(t, job)
			given(t, job, "sleep")
			waited := make(chan error, 1)
			go func() { waited <- wait(other, t.Context()) }()
			requireNoError(t, other.Close())
			requireErrorIs(t, <-waited, jobobject.ErrClosed)
		})
	}
}

func TestC60_a_thousand_jobs_leave_nothing(t *testing.T) {
	testkit.NoLeaks(t)
	for range rounds(t, 1000) {
		job, err := jobobject.Create("", killOnClose)
		requireNoError(t, err)
		requireNoError(t, job.Close())
	}
	for range rounds(t, 100) {
		job, err := jobobject.Create("", killOnClose)
		requireNoError(t, err)
		process, err := job.Start(exec.Command(testkit.Fixture(t), "fork-exit"))
		requireNoError(t, err)
		requireNoError(t, job.Close())
		_, err = process.Wait()
		requireNoError(t, err)
	}
}
