//go:build linux

package conformance

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// atTheSameTime runs all of them at once and reports every error.
func atTheSameTime(t testing.TB, calls ...func() error) {
	t.Helper()
	begin := make(chan struct{})
	errs := make([]error, len(calls))
	var all sync.WaitGroup
	for i, call := range calls {
		all.Go(func() {
			<-begin
			errs[i] = call()
		})
	}
	close(begin)
	all.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("call %d of %d: %v", i, len(errs), err)
		}
	}
}

func TestC15_terminate_by_sixteen_at_once_with_everything_else_going_on(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "children", "19")
	var calls []func() error
	for code := range uint32(16) {
		calls = append(calls, func() error { return job.Terminate(code) })
	}
	for range 4 {
		other := duplicate(t, job)
		calls = append(calls, other.Close,
			func() error { _, err := job.Processes(); return err },
			func() error { _, err := job.Accounting(); return err },
			func() error { return job.WaitEmpty(t.Context()) },
			func() error { return job.WaitSignaled(t.Context()) },
			func() error { _, err := m.Wait(); return err })
	}

	atTheSameTime(t, calls...)

	m.requireGone(t, atOnce)
	requireEmpty(t, job)
	code, terminated, err := job.TerminateCode()
	requireNoError(t, err)
	status, err := m.Wait()
	requireNoError(t, err)
	if !terminated || code >= 16 || status.ExitCode() >= 16 {
		t.Fatalf("the job's code is %d (terminated: %v), the member ended with %v", code, terminated, status)
	}
}

func TestC15_terminate_of_a_job_that_has_nothing_to_end(t *testing.T) {
	t.Run("never used", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		requireNoError(t, job.Terminate(1))
		requireNoError(t, job.Terminate(2))
		requireTerminateCode(t, job, 2)
	})
	t.Run("finished", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		requireExitCode(t, start(t, job, nil, "exit", "3").Process, 3)
		requireNoError(t, job.Terminate(1))
	})
	t.Run("terminated", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		m := given(t, job, "sleep")
		requireNoError(t, job.Terminate(1))
		requireNoError(t, job.Terminate(2))
		requireExitCode(t, m.Process, 1)
		requireTerminateCode(t, job, 2)
	})
	t.Run("closed", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		requireNoError(t, job.Close())
		requireErrorIs(t, job.Terminate(1), jobobject.ErrClosed)
	})
}

func TestC15_close_while_others_use_the_handle(t *testing.T) {
	testkit.NoLeaks(t)
	for range rounds(t, 20) {
		job := newJob(t, killOnClose)
		m := given(t, job, "children", "3")
		closed := make(chan error, 2)
		orClosed := func(err error) error {
			if errors.Is(err, jobobject.ErrClosed) {
				return nil
			}
			return err
		}
		atTheSameTime(t,
			func() error { closed <- job.Close(); return nil },
			func() error { closed <- job.Close(); return nil },
			func() error { return orClosed(job.Terminate(1)) },
			func() error { _, err := job.Processes(); return orClosed(err) },
			func() error { _, err := job.Contains(m.Pid()); return orClosed(err) },
			func() error { return orClosed(job.WaitEmpty(t.Context())) },
			func() error { _, err := m.Wait(); return err },
		)
		first, second := <-closed, <-closed
		if (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), jobobject.ErrClosed) {
			t.Fatalf("two closes gave %v and %v", first, second)
		}
		m.requireGone(t, atOnce)
	}
}

func TestTRM07_a_second_terminate_waits_for_the_first_and_changes_nothing(t *testing.T) {
	testkit.NoLeaks(t)
	for range rounds(t, 20) {
		job := newJob(t)
		m := given(t, job, "children", "50")
		atTheSameTime(t,
			func() error { return thenGone(job.Terminate(1), m) },
			func() error { return thenGone(job.Terminate(2), m) },
		)
		status, err := m.Wait()
		requireNoError(t, err)
		if code := status.ExitCode(); code != 1 && code != 2 {
			t.Fatalf("the member ended with %v", status)
		}
	}
}

// thenGone holds for each of them: none returns while members live.
func thenGone(err error, m *member) error {
	if left := m.live(); err == nil && len(left) > 0 {
		return fmt.Errorf("returned while %v are alive", left)
	}
	return err
}

func TestTRM12_what_is_being_started_is_refused_or_killed(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	all := tree{pipe: testkit.NewDeathPipe(t)}
	var variable string
	all.nonce, variable = testkit.NewNonce(t)
	startOne := func() error {
		cmd := testkit.FixtureCommand(t, "fork-exit")
		cmd.Env = append(cmd.Environ(), variable)
		all.pipe.Attach(cmd)
		process, err := job.Start(cmd)
		if errors.Is(err, jobobject.ErrAccessDenied) {
			return nil // UNC-04: the job is being terminated
		}
		if err == nil {
			_, err = process.Wait()
		}
		return err
	}
	for range rounds(t, 50) {
		var starts []func() error
		for range 4 {
			starts = append(starts, startOne)
		}
		atTheSameTime(t, append(starts,
			func() error { return job.Terminate(1) },
			func() error { return job.Terminate(2) })...)
	}
	requireNoError(t, job.Terminate(3))
	all.requireGone(t, atOnce)
	requireEmpty(t, job)
}
