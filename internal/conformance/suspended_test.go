//go:build linux

package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

var suspended = []jobobject.StartOption{jobobject.Suspended()}

func TestCPR04_a_suspended_process_executes_nothing_until_it_is_resumed(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := start(t, job, suspended, "exit", "4")
	requireProcesses(t, job, m.Pid())
	requireTimesOut(t, job.WaitEmpty)
	if lines := m.out.Lines(); len(lines) > 0 {
		t.Fatalf("it printed %q", lines)
	}
	requireNoError(t, m.Resume())
	requireExitCode(t, m.Process, 4)
	requireErrorIs(t, m.Resume(), jobobject.ErrProcessExited)
}

func TestCPR04_a_suspended_process_can_be_resumed_at_once_or_twice(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	for range rounds(t, 50) {
		m := start(t, job, suspended, "exit", "4")
		requireNoError(t, m.Resume())
		if err := m.Resume(); err != nil {
			requireErrorIs(t, err, jobobject.ErrProcessExited) // it was quick
		}
		requireExitCode(t, m.Process, 4)
	}
	m := given(t, job, "sleep")
	requireNoError(t, m.Resume()) // it runs already
}

// What is suspended must not be taken for a process that is traced.
func TestCPR04_a_resumed_process_is_as_any_other(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := start(t, job, suspended, "tree", "2", "2")
	requireNoError(t, m.Resume())
	pids := append(m.out.AwaitReady(t), m.Pid())
	requireProcesses(t, job, pids...)
	requireNoError(t, m.Signal(syscall.SIGSTOP))
	requireNoError(t, m.Signal(syscall.SIGCONT))
	requireNoError(t, m.Signal(syscall.SIGTERM))
	requireExitCode(t, m.Process, 128+int(syscall.SIGTERM))
}

func TestCPR04_a_suspended_process_can_be_ended(t *testing.T) {
	for name, end := range map[string]func(job *jobobject.Job, m *member) error{
		"by terminate":      func(job *jobobject.Job, _ *member) error { return job.Terminate(1) },
		"by the last close": func(job *jobobject.Job, _ *member) error { return job.Close() },
		"by a kill":         func(_ *jobobject.Job, m *member) error { return m.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t, killOnClose)
			m := start(t, job, suspended, "sleep")
			requireNoError(t, end(job, m))
			m.requireGone(t, soon)
			if sig, _ := ending(t, m.Process).Signal(); sig != os.Kill {
				t.Fatalf("it was ended by %v", sig)
			}
			requireErrorIs(t, m.Resume(), jobobject.ErrProcessExited)
		})
	}
}

// A process that nobody can resume any more would stay for ever (CPR-05).
func TestCPR05_a_suspended_process_dies_with_its_creator(t *testing.T) {
	testkit.NoLeaks(t)
	place := newPlace(t)
	o := place.owner(t, "suspend")
	requireAlive(t, o.pids...)
	o.kill(t)
	testkit.RequireNone(t, place.nonce, soon)
	place.run(t, "first-job")
	place.requireClean(t)
}

// suspendRole has a suspended member in a job that does not kill on close.
func suspendRole([]string) error {
	job, err := jobobject.Create("")
	if err != nil {
		return err
	}
	for range 3 {
		process, err := job.Start(exec.Command(os.Getenv("JOBOBJECT_FIXTURE"), "sleep"), jobobject.Suspended())
		if err != nil {
			return err
		}
		fmt.Printf("pid %d\n", process.Pid())
	}
	fmt.Println("ready")
	select {}
}

func TestCPR04_many_suspended_processes_at_the_same_time(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	var starts []func() error
	for range 10 {
		cmd, _ := command(t, "exit", "3")
		starts = append(starts, func() error {
			process, err := job.Start(cmd, jobobject.Suspended())
			if err != nil {
				return err
			}
			if err := process.Resume(); err != nil {
				return err
			}
			status, err := process.Wait()
			if err == nil && status.ExitCode() != 3 {
				err = fmt.Errorf("it ended with %v", status)
			}
			return err
		})
	}
	atTheSameTime(t, starts...)
}
